/* run.c - `redoubt run`: one trial and the worlds it is compared with. */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/judge/predicate.h"
#include "bench/report/schema.h"
#include "bench/run/folder.h"
#include "bench/run/programs.h"
#include "bench/run/runner.h"
#include "cli/commands.h"
#include "cli/compose.h"
#include "cli/options.h"
#include "cli/outcome.h"

typedef struct {
  char *topology, *seed, *duration, *warmup;
  char **attacks, **defenses;
  char *captures, *trace, *folder, *format;
  int processes;
  double timeout;
  gboolean alone, json, schema;
  RdVerbosity verbosity;
} Options;

static void options_clear(Options *o) {
  g_free(o->topology);
  g_free(o->seed);
  g_free(o->duration);
  g_free(o->warmup);
  g_strfreev(o->attacks);
  g_strfreev(o->defenses);
  g_free(o->captures);
  g_free(o->trace);
  g_free(o->folder);
  g_free(o->format);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* ---- the trial -------------------------------------------------------------------------------- */

static RdTrial *composed_trial(const Options *o, RdParts *parts, GError **error) {
  RdComposition c = {o->topology, o->attacks, o->defenses, o->seed, o->duration, o->warmup};
  g_autofree char *yaml = rd_compose(&c, error);
  return yaml ? rd_trial_parse(yaml, "(command line)", parts, error) : NULL;
}

/* A trial file with another seed. */
static RdTrial *loaded_trial(const char *path, const Options *o, RdParts *parts, GError **error) {
  guint64 seed = 0;
  if (o->seed && !g_ascii_string_to_unsigned(o->seed, 10, 0, G_MAXUINT64, &seed, error)) {
    g_prefix_error(error, "--seed: ");
    return NULL;
  }
  RdTrial *trial = rd_trial_load(path, parts, error);
  if (trial && o->seed)
    trial->seed = seed;
  return trial;
}

static const char *misused(const Options *o, int argc) {
  if (argc > 2 || (argc == 2) == (o->topology != NULL))
    return "usage: redoubt run TRIAL.yaml | --topology FILE [--attack ...] [--defense ...]";
  if (argc == 2 && (o->attacks || o->defenses || o->duration || o->warmup))
    return "redoubt run: --attack, --defense, --duration and --warmup go with --topology; a trial "
           "file has its own";
  return NULL;
}

/* ---- its worlds ------------------------------------------------------------------------------- */

static gboolean is_empty_folder(const char *path) {
  GDir *dir = g_dir_open(path, 0, NULL);
  gboolean empty = !dir || !g_dir_read_name(dir);
  g_clear_pointer(&dir, g_dir_close);
  return empty;
}

/* Where the worlds go: the folder asked for, which must be new, or one that is removed again. */
static char *make_folder(const Options *o, GError **error) {
  if (!o->folder)
    return g_dir_make_tmp("redoubt-run-XXXXXX", error);
  if (g_file_test(o->folder, G_FILE_TEST_EXISTS) && !is_empty_folder(o->folder)) {
    g_set_error(error, RD_STORE_ERROR, RD_STORE_FOREIGN, "%s: exists and is not an empty folder",
                o->folder);
    return NULL;
  }
  return g_strdup(o->folder);
}

/* A predicate never needs longer than a world may. */
static gint64 predicate_time(const Options *o) {
  return MIN((gint64)(o->timeout * 1000), RD_PREDICATE_TIMEOUT_MS);
}

static int show(RdStore *store, RdParts *parts, const RdPlan *plan, const Options *o) {
  GError *error = NULL;
  const RdPlanRow *row = plan->rows->pdata[0];
  g_autofree char *text = o->alone
                              ? rd_verdict_alone(store, row, o->json, &error)
                              : rd_verdict(store, parts, row, predicate_time(o), o->json, &error);
  if (!text)
    return rd_options_fail("run", error, RD_EXIT_FAILED);
  return rd_options_print(text);
}

static int run_worlds(RdStore *store, RdParts *parts, const RdPlan *plan, const char *engine,
                      const Options *o) {
  GError *error = NULL;
  RdRunSummary summary;
  RdRunOptions run = {.engine = engine,
                      .processes = (unsigned)o->processes,
                      .timeout_ms = (gint64)(o->timeout * 1000),
                      .verbosity = o->verbosity,
                      .only = rd_plan_row_world(plan->rows->pdata[0], RD_KIND_BOTH),
                      .captures = o->captures,
                      .trace = o->trace};
  if (!rd_store_set_plan(store, plan->rows, &error) ||
      !rd_run_worlds(store, plan, &run, &summary, &error))
    return rd_options_fail("run", error, RD_EXIT_FAILED);
  return summary.failed ? RD_EXIT_FAILED : show(store, parts, plan, o);
}

static int run_trial(const RdTrial *trial, RdParts *parts, const Options *o) {
  GError *error = NULL;
  g_autofree char *engine = rd_program_find("redoubt-trial", &error);
  g_autoptr(RdPlan) plan = engine ? rd_plan_new(engine, &error) : NULL;
  if (!plan || !rd_plan_add(plan, trial, trial->n_attacks ? "attack" : "none",
                            trial->n_defenses ? "defense" : "none",
                            o->alone ? RD_PLAN_ALONE : RD_PLAN_FOUR, &error))
    return rd_options_fail("run", error, RD_EXIT_FAILED);
  g_autofree char *folder = make_folder(o, &error);
  if (!folder)
    return rd_options_fail("run", error, o->folder ? RD_EXIT_USAGE : RD_EXIT_FAILED);
  RdStore *store = rd_store_open(folder, trial->name, &error);
  int code = store ? run_worlds(store, parts, plan, engine, o)
                   : rd_options_fail("run", error, RD_EXIT_FAILED);
  rd_store_close(store);
  if (!o->folder)
    rd_folder_remove(folder);
  return code;
}

int rd_cmd_run(int argc, char **argv) {
  g_auto(Options) o = {.processes = (int)rd_run_processors(), .timeout = 600};
  const GOptionEntry entries[] = {
      {"topology", 0, 0, G_OPTION_ARG_STRING, &o.topology, "A topology's name or file", "FILE"},
      {"attack", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.attacks,
       "An attack: also network=, at=, for=, name=; may be given again", "NAME[,key=value...]"},
      {"defense", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.defenses,
       "A defense at NODE.NETWORK, or at several joined by +; may be given again",
       "NAME[,key=value...]@PLACE"},
      {"seed", 0, 0, G_OPTION_ARG_STRING, &o.seed, "Default: 1, or the file's", "N"},
      {"duration", 0, 0, G_OPTION_ARG_STRING, &o.duration, "Simulated time (default: 60)", "S"},
      {"warmup", 0, 0, G_OPTION_ARG_STRING, &o.warmup, "Kept out of figures (default: 0)", "S"},
      {"format", 0, 0, G_OPTION_ARG_STRING, &o.format, "text or json", "FORMAT"},
      {"schema", 0, 0, G_OPTION_ARG_NONE, &o.schema, "Print the JSON schema of --format json",
       NULL},
      {"no-counterfactuals", 0, 0, G_OPTION_ARG_NONE, &o.alone,
       "Run the trial alone, without the worlds it is compared with", NULL},
      {"pcap", 0, 0, G_OPTION_ARG_FILENAME, &o.captures, "Write the trial's captures", "DIR"},
      {"trace", 0, 0, G_OPTION_ARG_FILENAME, &o.trace, "Write every message's way", "FILE"},
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.folder, "Keep the worlds (a new folder)", "DIR"},
      {"jobs", 'j', 0, G_OPTION_ARG_INT, &o.processes, "Worlds at once", "N"},
      {"timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o.timeout,
       "Wall-clock limit of one world (default: 600)", "SECONDS"},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  if (!rd_options_parse("[TRIAL.yaml]",
                        "Runs one trial (from a file, or put together here) and the worlds it is "
                        "compared with: nothing,\nthe attacks alone, the defenses alone. The same "
                        "trial prints the same JSON, byte for byte.",
                        entries, &o.verbosity, &argc, &argv) ||
      !rd_options_format("run", o.format, &o.json))
    return RD_EXIT_USAGE;
  if (o.schema) {
    g_autofree char *schema = rd_schema_run();
    return rd_options_print(schema);
  }
  const char *misuse = misused(&o, argc);
  if (misuse) {
    fprintf(stderr, "%s\n", misuse);
    return RD_EXIT_USAGE;
  }
  if (!rd_options_worlds("run", o.processes, o.timeout))
    return RD_EXIT_USAGE;
  GError *error = NULL;
  g_autoptr(RdParts) parts = rd_parts_new();
  g_autoptr(RdTrial) trial =
      o.topology ? composed_trial(&o, parts, &error) : loaded_trial(argv[1], &o, parts, &error);
  return trial ? run_trial(trial, parts, &o) : rd_options_fail("run", error, RD_EXIT_USAGE);
}
