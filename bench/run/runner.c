/* runner.c - runs the worlds of a plan that a store does not have yet. */
#include "bench/run/runner.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bench/run/progress.h"

/* Less than this left: the disk is full, whatever a world says it died of. */
#define LEAST_SPACE (256 * 1024)

typedef struct {
  RdStore *store;
  const RdPlan *plan;
  const RdRunOptions *options;
  RdRunSummary *summary;
  RdProgress *progress;
  GQueue *todo; /* RdWorldSpec *: not finished, as far as is known */
  gint64 began_s; /* seconds since 1970, the first that is wholly ours */
} Runner;

unsigned rd_run_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0)
    return 1;
  return (unsigned)MAX(CPU_COUNT(&set), 1);
}

/* A runaway world fails alone: each may have its share of the machine's memory, but what a plain
 * one needs in any case. A sanitizer reserves terabytes of address space: no limit there. */
#if defined(__has_feature) /* clang's way to ask */
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#define LEAST_MEMORY (G_GUINT64_CONSTANT(2) << 30)

guint64 rd_run_memory_share(unsigned processes) {
#if defined(__SANITIZE_ADDRESS__) || defined(WITH_ASAN)
  (void)processes;
  return 0;
#else
  long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
  guint64 whole = pages > 0 && size > 0 ? (guint64)pages * (guint64)size : 0;
  return MAX(whole / processes, LEAST_MEMORY);
#endif
}

static char **command_of(const Runner *runner, const RdWorldSpec *world, const char *folder) {
  const RdRunOptions *o = runner->options;
  GPtrArray *argv = g_ptr_array_new();
  g_ptr_array_add(argv, g_strdup(o->engine));
  g_ptr_array_add(argv, g_build_filename(folder, "trial.yaml", NULL));
  g_ptr_array_add(argv, g_strdup("--out"));
  g_ptr_array_add(argv, g_strdup(folder));
  gboolean chosen = o->only && strcmp(o->only, world->id) == 0;
  if (chosen && o->captures) {
    g_ptr_array_add(argv, g_strdup("--pcap"));
    g_ptr_array_add(argv, g_strdup(o->captures));
  }
  if (chosen && o->trace) {
    g_ptr_array_add(argv, g_strdup("--trace"));
    g_ptr_array_add(argv, g_strdup(o->trace));
  }
  g_ptr_array_add(argv, NULL);
  return (char **)g_ptr_array_free(argv, FALSE);
}

/* A world that another bench finished, or that failed there meanwhile. */
static gboolean is_settled(Runner *runner, const RdWorldSpec *world) {
  if (rd_store_world(runner->store, world->id) == RD_WORLD_DONE)
    return TRUE;
  return rd_store_failed_since(runner->store, world->id, runner->began_s);
}

static void count_settled(Runner *runner, const RdWorldSpec *world) {
  if (rd_store_world(runner->store, world->id) == RD_WORLD_DONE) {
    runner->summary->elsewhere++;
    rd_progress_done(runner->progress, world->id, 0);
    return;
  }
  g_autofree char *reason = rd_store_world_reason(runner->store, world->id);
  runner->summary->failed++;
  rd_progress_failed(runner->progress, world->id, reason);
}

/* Those that others work on come last, and again until they are settled or abandoned. */
static char **next_world(void *user, gpointer *ret_job, GError **error) {
  Runner *runner = user;
  for (guint left = g_queue_get_length(runner->todo); left > 0; left--) {
    RdWorldSpec *world = g_queue_pop_head(runner->todo);
    GError *fault = NULL;
    if (is_settled(runner, world)) {
      count_settled(runner, world);
      continue;
    }
    g_autofree char *folder = rd_store_begin(runner->store, world->id, world->text, &fault);
    if (fault) {
      g_propagate_error(error, fault);
      return NULL;
    }
    if (!folder) {
      g_queue_push_tail(runner->todo, world);
      continue;
    }
    if (is_settled(runner, world)) { /* just before it was ours */
      rd_store_drop(runner->store, world->id);
      count_settled(runner, world);
      continue;
    }
    *ret_job = world;
    return command_of(runner, world, folder);
  }
  return NULL;
}

static gboolean more_later(void *user) {
  return !g_queue_is_empty(((Runner *)user)->todo);
}

static gboolean disk_is_full(const RdStore *store, const RdJobOutcome *outcome) {
  struct statvfs fs;
  if (strstr(outcome->words, g_strerror(ENOSPC)))
    return TRUE;
  return statvfs(rd_store_folder(store), &fs) == 0 && fs.f_bavail * fs.f_frsize < LEAST_SPACE;
}

static gboolean world_failed(Runner *runner, const RdWorldSpec *world, const RdJobOutcome *outcome,
                             GError **error) {
  runner->summary->failed++;
  rd_progress_failed(runner->progress, world->id, outcome->reason);
  if (disk_is_full(runner->store, outcome)) {
    g_set_error(error, RD_STORE_ERROR, RD_STORE_FULL, "%s: no space left on the disk",
                rd_store_folder(runner->store));
    return FALSE;
  }
  return rd_store_fail(runner->store, world->id, world->text, outcome->reason, outcome->words,
                       outcome->wall_ms, error);
}

static gboolean world_ended(void *user, gpointer job, const RdJobOutcome *outcome, GError **error) {
  Runner *runner = user;
  const RdWorldSpec *world = job;
  if (outcome->end != RD_JOB_DONE)
    return world_failed(runner, world, outcome, error);
  if (!rd_store_finish(runner->store, world->id, outcome->wall_ms, error))
    return FALSE;
  if (rd_store_world(runner->store, world->id) == RD_WORLD_DONE) {
    runner->summary->done++;
    rd_progress_done(runner->progress, world->id, outcome->wall_ms);
    return TRUE;
  }
  g_autofree char *reason = rd_store_world_reason(runner->store, world->id);
  runner->summary->failed++;
  rd_progress_failed(runner->progress, world->id, reason);
  return TRUE;
}

static void tick(void *user, unsigned running) {
  Runner *runner = user;
  rd_store_beat(runner->store);
  rd_progress_draw(runner->progress, running);
}

/* Those that are not finished; how many are is returned. */
static unsigned list_worlds(Runner *runner) {
  const GPtrArray *worlds = runner->plan->worlds;
  unsigned kept = 0;
  for (guint i = 0; i < worlds->len; i++) {
    RdWorldSpec *world = worlds->pdata[i];
    const gboolean done = rd_store_world(runner->store, world->id) == RD_WORLD_DONE;
    kept += done;
    if (!done)
      g_queue_push_tail(runner->todo, world);
  }
  return kept;
}

gboolean rd_run_worlds(RdStore *store, const RdPlan *plan, const RdRunOptions *options,
                       RdRunSummary *ret, GError **error) {
  g_autoptr(GQueue) todo = g_queue_new();
  Runner runner = {.store = store,
                   .plan = plan,
                   .options = options,
                   .summary = ret,
                   .todo = todo,
                   .began_s = g_get_real_time() / G_USEC_PER_SEC + 1};
  *ret = (RdRunSummary){.wanted = plan->worlds->len};
  ret->kept = list_worlds(&runner);
  runner.progress = rd_progress_new(stderr, ret->wanted - ret->kept, options->verbosity);
  RdPool pool = {.processes = options->processes,
                 .timeout_ms = options->timeout_ms,
                 .memory = rd_run_memory_share(options->processes),
                 .next = next_world,
                 .later = more_later,
                 .ended = world_ended,
                 .tick = tick,
                 .user = &runner};
  gboolean ok = rd_pool_run(&pool, error);
  rd_progress_free(runner.progress);
  return ok;
}
