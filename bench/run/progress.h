/* progress.h - how far the worlds are: one line, redrawn in place on a terminal; on a file or pipe
 * only what failed (and, if verbose, each world). */
#pragma once

#include <glib.h>
#include <stdio.h>

#include "bench/run/runner.h"

typedef struct RdProgress RdProgress;
RdProgress *rd_progress_new(FILE *out, unsigned worlds, RdVerbosity verbosity);
void rd_progress_done(RdProgress *p, const char *id, gint64 wall_ms);
void rd_progress_failed(RdProgress *p, const char *id, const char *reason);
void rd_progress_draw(RdProgress *p, unsigned running);
void rd_progress_free(RdProgress *p); /* clears its line; NULL is fine */

/* "3 min 20 s" */
char *rd_progress_span(gint64 seconds);
