/* run.c - `redoubt run`: one trial and the worlds it is compared with. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "bench/report/schema.h"
#include "bench/run/folder.h"
#include "cli/commands.h"
#include "cli/compose.h"
#include "cli/ladder.h"
#include "cli/options.h"
#include "cli/worlds.h"

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=.,:/@+%"

typedef struct {
  char *topology, *seed, *duration, *warmup;
  char **attacks, **defenses;
  char *captures, *trace, *folder, *format, *ladder, *svg, *page, *again;
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
  g_free(o->ladder);
  g_free(o->svg);
  g_free(o->page);
  g_free(o->again);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* ---- the trial -------------------------------------------------------------------------------- */

static RdTrial *composed_trial(const Options *o, RdParts *parts, GError **error) {
  RdComposition c = {o->topology, o->attacks, o->defenses, o->seed, o->duration, o->warmup};
  g_autofree char *yaml = rd_compose(&c, error);
  return yaml ? rd_trial_parse(yaml, "(command line)", parts, error) : NULL;
}

static const char *misused(const Options *o, int argc) {
  if (argc > 2 || (argc == 2) == (o->topology != NULL))
    return "usage: redoubt run TRIAL.yaml | --topology FILE [--attack ...] [--defense ...]";
  if (argc == 2 && (o->attacks || o->defenses || o->duration || o->warmup))
    return "redoubt run: --attack, --defense, --duration and --warmup go with --topology; a trial "
           "file has its own";
  if (o->page && o->alone)
    return "redoubt run: a page compares worlds; it does not go with --no-counterfactuals";
  if (o->svg && !o->ladder)
    return "redoubt run: --svg draws what --ladder names";
  if (o->ladder && o->json)
    return "redoubt run: --ladder is text; with --format=json, keep the captures (--pcap) and use "
           "`redoubt ladder`";
  return NULL;
}

/* A trial alone is compared with nothing, and JSON is for programs: no page, unless it is asked for. */
static const char *page_of(const Options *o) {
  return o->page ? o->page : o->alone || o->json ? NULL : "";
}

/* As it was typed, for a shell. */
static char *command_line(int argc, char **argv) {
  GString *line = g_string_new("redoubt");
  for (int i = 0; i < argc; i++) {
    const gboolean plain = *argv[i] && strspn(argv[i], PLAIN) == strlen(argv[i]);
    g_autofree char *word = plain ? g_strdup(argv[i]) : g_shell_quote(argv[i]);
    g_string_append_printf(line, " %s", word);
  }
  return g_string_free(line, FALSE);
}

static int run_trial(const RdTrial *trial, RdParts *parts, const Options *o) {
  RdWorldsOptions worlds = {.command = "run",
                            .engine = "redoubt-trial",
                            .captures = o->captures,
                            .trace = o->trace,
                            .folder = o->folder,
                            .processes = (unsigned)o->processes,
                            .timeout = o->timeout,
                            .alone = o->alone,
                            .json = o->json,
                            .name = trial->name,
                            .page = page_of(o),
                            .again = o->again,
                            .ladder = o->ladder,
                            .verbosity = o->verbosity};
  return rd_worlds_run(trial, parts, &worlds);
}

/* The ladder is made of captures: those asked for, or some that are removed again. */
static int run_and_show(const RdTrial *trial, RdParts *parts, Options *o) {
  GError *error = NULL;
  const bool kept = o->captures != NULL;
  if (!o->ladder)
    return run_trial(trial, parts, o);
  if (!kept && !(o->captures = g_dir_make_tmp("redoubt-ladder-XXXXXX", &error)))
    return rd_options_fail("run", error, RD_EXIT_FAILED);
  int code = run_trial(trial, parts, o);
  if (code == RD_EXIT_DONE)
    code = rd_ladder_show("run", o->captures, o->ladder, o->svg);
  if (!kept)
    rd_folder_remove(o->captures);
  return code;
}

int rd_cmd_run(int argc, char **argv) {
  g_auto(Options) o = {.processes = (int)rd_run_processors(), .timeout = 600};
  o.again = command_line(argc, argv);
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
      {"ladder", 0, 0, G_OPTION_ARG_STRING, &o.ladder,
       "Then print the ladder of a Call-ID, or of the first call, registration or attack", "CALL"},
      {"svg", 0, 0, G_OPTION_ARG_FILENAME, &o.svg, "Draw that ladder into a file, too", "FILE"},
      {"trace", 0, 0, G_OPTION_ARG_FILENAME, &o.trace, "Write every message's way", "FILE"},
      {"page", 0, 0, G_OPTION_ARG_FILENAME, &o.page,
       "Where the trial's page goes (default: page.html with the worlds, or results/NAME.html)",
       "FILE"},
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
  g_autoptr(RdTrial) trial = o.topology ? composed_trial(&o, parts, &error)
                                        : rd_worlds_load(argv[1], o.seed, parts, &error);
  return trial ? run_and_show(trial, parts, &o) : rd_options_fail("run", error, RD_EXIT_USAGE);
}
