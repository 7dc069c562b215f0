/* ladder.h - shows a ladder, for `ladder` and `run --ladder`. */
#pragma once

/* Prints the ladder of a call (lab/ladder/ladder.h) out of captures at `path`, and draws it into `svg` if
 * that is not NULL. Returns an exit code. */
int rd_ladder_show(const char *command, const char *path, const char *call, const char *svg);
