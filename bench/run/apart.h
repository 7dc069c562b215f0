/* apart.h - does something in a process of its own, since it may crash or never end. */
#pragma once

#include "bench/run/pool.h"

/* Runs in a copy of this process, which has no open file but `out` and ends with it. Whatever it writes
 * to `out` arrives, even if it dies right after. */
typedef void (*RdApartWork)(void *user, int out);

/* How it ended; unless that is RD_JOB_DONE, *ret_why says it in one line; free it. *ret_answer, what it
 * wrote so far, is set in any case; free it. At most `timeout_ms` of wall-clock time pass. */
RdJobEnd rd_apart_run(RdApartWork work, void *user, gint64 timeout_ms, GByteArray **ret_answer,
                      char **ret_why);
