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
  guint next;
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

static char **next_world(void *user, gpointer *ret_job, GError **error) {
  Runner *runner = user;
  const GPtrArray *worlds = runner->plan->worlds;
  while (runner->next < worlds->len) {
    RdWorldSpec *world = worlds->pdata[runner->next++];
    if (rd_store_world(runner->store, world->id) == RD_WORLD_DONE)
      continue;
    g_autofree char *folder = rd_store_begin(runner->store, world->id, world->text, error);
    if (!folder)
      return NULL;
    *ret_job = world;
    return command_of(runner, world, folder);
  }
  return NULL;
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
  rd_progress_draw(runner->progress, running);
}

static unsigned count_kept(RdStore *store, const RdPlan *plan) {
  unsigned kept = 0;
  for (guint i = 0; i < plan->worlds->len; i++) {
    const RdWorldSpec *world = plan->worlds->pdata[i];
    kept += rd_store_world(store, world->id) == RD_WORLD_DONE;
  }
  return kept;
}

gboolean rd_run_worlds(RdStore *store, const RdPlan *plan, const RdRunOptions *options,
                       RdRunSummary *ret, GError **error) {
  *ret = (RdRunSummary){.wanted = plan->worlds->len, .kept = count_kept(store, plan)};
  Runner runner = {.store = store, .plan = plan, .options = options, .summary = ret};
  runner.progress = rd_progress_new(stderr, ret->wanted - ret->kept, options->verbosity);
  RdPool pool = {.processes = options->processes,
                 .timeout_ms = options->timeout_ms,
                 .memory = rd_run_memory_share(options->processes),
                 .next = next_world,
                 .ended = world_ended,
                 .tick = tick,
                 .user = &runner};
  gboolean ok = rd_pool_run(&pool, error);
  rd_progress_free(runner.progress);
  return ok;
}
