/* pool.h - runs processes, a few at a time, and tells how each one ended.
 *
 * Each has a process group of its own, a wall-clock limit, and dies with us (even if we are killed
 * by SIGKILL). SIGINT, SIGTERM and SIGHUP end the children and then the pool; what had finished
 * stays reported. */
#pragma once

#include <glib.h>

#define RD_POOL_ERROR g_quark_from_static_string("rd-pool")

typedef enum {
  RD_JOB_DONE = 0, /* exit code 0 */
  RD_JOB_FAILED, /* another exit code */
  RD_JOB_CRASHED, /* a signal that we did not send */
  RD_JOB_TIMEOUT /* over its wall-clock limit: killed */
} RdJobEnd;

typedef struct {
  RdJobEnd end;
  int code; /* FAILED: exit code; CRASHED: signal */
  gint64 wall_ms;
  const char *reason; /* one line for a human; "" if DONE */
  const char *words; /* the last 4 KiB it wrote to stderr */
} RdJobOutcome;

typedef struct {
  unsigned processes; /* at once; at least 1 */
  gint64 timeout_ms; /* of one job; 0: none */
  guint64 memory; /* address space of one job in bytes; 0: no limit */
  /* The next job as an argv (owned by the pool from then on), and what names it to ended().
   * NULL: there are no more, or *error is set and the pool stops. */
  char **(*next)(void *user, gpointer *ret_job, GError **error);
  /* A job is over. False with *error: stop everything. */
  gboolean (*ended)(void *user, gpointer job, const RdJobOutcome *outcome, GError **error);
  /* Called a few times a second and after each change. May be NULL. */
  void (*tick)(void *user, unsigned running);
  void *user;
  /* Whether next() may have one again later, though it has none now. May be NULL: it does not. */
  gboolean (*later)(void *user);
} RdPool;

/* Runs until next() has no more. False with *error: a callback failed, a process could not be
 * started, or (code RD_POOL_INTERRUPTED) a signal asked us to stop. */
gboolean rd_pool_run(const RdPool *pool, GError **error);

/* One line for a human on how a process ended; `words`: what it last wrote. Free it; "" if DONE. */
char *rd_pool_reason(RdJobEnd end, int code, gint64 timeout_ms, const char *words);

enum { RD_POOL_FAILED = 1, RD_POOL_INTERRUPTED = 2 };
