/* read.h - reading a whole file. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Reads a regular file of at most `max` bytes. False: *why says what is wrong (free it); folders,
 * devices and pipes are refused, never waited for. *ret is NUL-terminated. */
bool rd_files_read(const char *path, gsize max, char **ret, gsize *ret_len, char **why);
