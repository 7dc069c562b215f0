/* results.h - shows a folder of results: table or JSON on stdout, report.html and results.csv in
 * the folder. */
#pragma once

#include "bench/run/runner.h"
#include "bench/run/store.h"

/* Returns an exit code: RD_EXIT_FAILED if something could not be read or written, or a world of
 * the plan is missing. `timeout_ms`: of the predicates of a row (bench/judge/predicate.h). */
int rd_results_show(RdStore *store, RdParts *parts, gint64 timeout_ms, gboolean json,
                    RdVerbosity verbosity);
