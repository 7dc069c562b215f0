/* bench.c - `redoubt bench CAMPAIGN.yaml`: plans a matrix, runs what is missing, compares. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "bench/judge/predicate.h"
#include "bench/run/inputs.h"
#include "bench/run/programs.h"
#include "bench/run/progress.h"
#include "bench/run/runner.h"
#include "bench/run/store.h"
#include "cli/bench_plan.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/results.h"
#include "lab/text/words.h"

typedef struct {
  char *folder, *format, *seeds;
  int processes;
  double timeout;
  RdVerbosity verbosity;
  gboolean json, no_sweeps, dry_run;
} Options;

static void options_clear(Options *o) {
  g_free(o->folder);
  g_free(o->format);
  g_free(o->seeds);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static char *default_folder(const RdCampaign *campaign) {
  return g_build_filename("results", campaign->name, NULL);
}

static gboolean remember(RdStore *store, const RdCampaign *campaign, const RdPlan *plan,
                         const char *inputs, GError **error) {
  g_autofree char *name = g_path_get_basename(campaign->path);
  return rd_store_set_plan(store, plan->rows, error) &&
         rd_store_set_meta(store, "file", name, error) &&
         rd_store_set_meta(store, "engine", plan->engine, error) &&
         rd_store_set_meta(store, "inputs", inputs, error) &&
         rd_store_set_meta(store, "version", RD_VERSION, error);
}

/* What the run came to, in a line on stderr. */
static void tell(const Options *o, const char *folder, const RdRunSummary *s, gint64 began) {
  g_autofree char *span =
      rd_progress_span((g_get_monotonic_time() - began + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC);
  g_autofree char *others =
      s->elsewhere ? g_strdup_printf(", %u by another bench here", s->elsewhere) : g_strdup("");
  if (o->verbosity == RD_QUIET)
    return;
  if (s->kept == s->wanted)
    fprintf(stderr, "all %u worlds were finished before: nothing to compute (%s)\n", s->wanted,
            folder);
  else
    fprintf(stderr, "%u worlds: %u run in %s, %u finished before%s, %u failed\n", s->wanted,
            s->done, span, s->kept, others, s->failed);
}

/* Why there is something to compute, before it is. */
static void tell_why(const Options *o, RdStore *store, const RdPlan *plan, const char *before,
                     const char *now) {
  unsigned wanted = plan->worlds->len, kept = 0, failed = 0;
  for (guint i = 0; i < wanted; i++) {
    RdWorldStatus status = rd_store_world(store, ((const RdWorldSpec *)plan->worlds->pdata[i])->id);
    kept += status == RD_WORLD_DONE;
    failed += status == RD_WORLD_FAILED;
  }
  g_autofree char *changed = before ? rd_inputs_changed(before, now) : g_strdup("");
  if (o->verbosity == RD_QUIET || kept == wanted)
    return;
  fprintf(stderr, "%u of %u worlds to compute: ", wanted - kept, wanted);
  if (failed)
    fprintf(stderr, "%u failed before%s", failed, failed + kept < wanted ? "; " : "\n");
  if (failed + kept == wanted)
    return;
  if (*changed)
    fprintf(stderr, "changed since the last bench here: %s\n", changed);
  else
    fprintf(stderr, "%s\n", before ? "not run yet" : "this folder is new");
}

static int stopped(const char *folder, const RdRunSummary *s, GError *error) {
  fprintf(stderr,
          "redoubt bench: %s; %u of %u worlds are finished and kept in %s: the same command "
          "goes on from there\n",
          error->message, s->kept + s->done + s->elsewhere, s->wanted, folder);
  g_error_free(error);
  return RD_EXIT_FAILED;
}

static int dry_run(const RdPlan *plan, const RdCampaign *campaign, const Options *o,
                   const char *folder) {
  GError *error = NULL;
  g_autofree char *text = rd_bench_plan_text(plan, campaign, !o->no_sweeps, folder, &error);
  if (!text)
    return rd_options_fail("bench", error, RD_EXIT_USAGE);
  g_autofree char *shown = rd_words_lines(text);
  return rd_options_print(shown);
}

static int bench(const char *path, Options *o) {
  g_autoptr(RdParts) parts = rd_parts_new();
  GError *error = NULL;
  gint64 began = g_get_monotonic_time();
  g_autofree char *engine = rd_program_find("redoubt-trial", &error);
  if (!engine)
    return rd_options_fail("bench", error, RD_EXIT_FAILED);
  g_autoptr(RdCampaign) campaign = rd_campaign_load(path, parts, &error);
  if (campaign && o->seeds && !rd_campaign_set_seeds(campaign, o->seeds, &error))
    return rd_options_fail("bench", error, RD_EXIT_USAGE);
  g_autoptr(RdPlan) plan = campaign ? rd_plan_new(engine, &error) : NULL;
  g_autoptr(GHashTable) inputs = plan ? rd_inputs_new(plan->engine) : NULL;
  if (!plan || !rd_bench_plan(plan, campaign, !o->no_sweeps, inputs, &error))
    return rd_options_fail("bench", error, RD_EXIT_USAGE);
  g_autofree char *folder = o->folder ? g_strdup(o->folder) : default_folder(campaign);
  if (o->dry_run)
    return dry_run(plan, campaign, o, folder);
  rd_parts_names_only(parts); /* the campaign's own are loaded; the folder may be another's */
  g_autoptr(RdStore) store = rd_store_open(folder, campaign->name, &error);
  if (!store)
    return rd_options_fail(
        "bench", error,
        g_error_matches(error, RD_STORE_ERROR, RD_STORE_FOREIGN) ? RD_EXIT_USAGE : RD_EXIT_FAILED);
  g_autofree char *before = rd_store_meta(store, "inputs"), *now = rd_inputs_text(inputs);
  tell_why(o, store, plan, before, now);
  if (!remember(store, campaign, plan, now, &error))
    return rd_options_fail("bench", error, RD_EXIT_FAILED);
  g_autofree char *line = rd_bench_plan_line(plan, campaign, !o->no_sweeps);
  if (o->verbosity != RD_QUIET)
    fprintf(stderr, "%s: %s\n", campaign->name, line);
  RdRunOptions run = {.engine = engine,
                      .processes = (unsigned)o->processes,
                      .timeout_ms = (gint64)(o->timeout * 1000),
                      .verbosity = o->verbosity};
  RdRunSummary summary;
  if (!rd_run_worlds(store, plan, &run, &summary, &error))
    return stopped(folder, &summary, error);
  tell(o, folder, &summary, began);
  int code = rd_results_show(store, parts, MIN(run.timeout_ms, RD_PREDICATE_TIMEOUT_MS), o->json,
                             o->verbosity);
  return summary.failed ? RD_EXIT_FAILED : code;
}

int rd_cmd_bench(int argc, char **argv) {
  g_auto(Options) o = {.processes = (int)rd_run_processors(), .timeout = 600};
  const GOptionEntry entries[] = {
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.folder,
       "Folder of the results (default: results/NAME of the campaign)", "DIR"},
      {"seeds", 0, 0, G_OPTION_ARG_STRING, &o.seeds,
       "Others than the file's: 30 (1 to 30), 101-130, or 1,7,101-105", "SEEDS"},
      {"no-sweeps", 0, 0, G_OPTION_ARG_NONE, &o.no_sweeps,
       "Leave out the points of `sweep` and `grid`", NULL},
      {"dry-run", 0, 0, G_OPTION_ARG_NONE, &o.dry_run,
       "Print what would be run and which parameters differ; run and write nothing", NULL},
      {"jobs", 'j', 0, G_OPTION_ARG_INT, &o.processes, "Worlds at once (default: processors)", "N"},
      {"timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o.timeout,
       "Wall-clock limit of one world (default: 600)", "SECONDS"},
      {"format", 0, 0, G_OPTION_ARG_STRING, &o.format, "text or json", "FORMAT"},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  if (!rd_options_parse("CAMPAIGN.yaml",
                        "Runs every attack against every defense setting of a campaign over its "
                        "seeds, each world\nonce, and writes a table, report.html and results.csv. "
                        "Stopped or killed, the same command goes on.",
                        entries, &o.verbosity, &argc, &argv) ||
      !rd_options_format("bench", o.format, &o.json))
    return RD_EXIT_USAGE;
  if (argc != 2) {
    fprintf(stderr, "usage: redoubt bench CAMPAIGN.yaml [-o DIR] [-j N] [--format json]\n");
    return RD_EXIT_USAGE;
  }
  if (!rd_options_worlds("bench", o.processes, o.timeout))
    return RD_EXIT_USAGE;
  return bench(argv[1], &o);
}
