/* runner.h - runs the worlds of a plan that a store does not have yet. */
#pragma once

#include "bench/run/plan.h"
#include "bench/run/pool.h"

typedef enum { RD_QUIET = 0, RD_NORMAL, RD_VERBOSE } RdVerbosity;

typedef struct {
  const char *engine; /* path of redoubt-trial */
  unsigned processes;
  gint64 timeout_ms; /* of one world */
  RdVerbosity verbosity;
  const char *only; /* id of the world that also gets the two below; may be NULL */
  const char *captures; /* --pcap; may be NULL */
  const char *trace; /* --trace; may be NULL */
} RdRunOptions;

typedef struct {
  unsigned wanted, kept; /* worlds of the plan; those finished before */
  unsigned done, failed; /* in this run */
  unsigned elsewhere; /* finished meanwhile by another bench on this folder */
} RdRunSummary;

/* Every finished world is in the store at once, whatever ends the run. False with *error: the run
 * stopped before its end (a signal: RD_POOL_INTERRUPTED, a full disk: RD_STORE_FULL). A failing
 * world does not stop it; worlds that failed in an earlier run are tried again. */
gboolean rd_run_worlds(RdStore *store, const RdPlan *plan, const RdRunOptions *options,
                       RdRunSummary *ret, GError **error);
/* Processors that we may use. */
unsigned rd_run_processors(void);
/* Address space that each of so many processes may have; 0: no limit (a sanitizer's build). */
guint64 rd_run_memory_share(unsigned processes);
