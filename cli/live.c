/* live.c - `redoubt live`: a trial on real loopback sockets; without one, the SBC between SIPp and SIPp. */
#include <stdio.h>
#include <string.h>

#include "bench/judge/document.h"
#include "cli/commands.h"
#include "cli/compose.h"
#include "cli/options.h"
#include "cli/worlds.h"
#include "lab/config/trial.h"

/* Wall-clock seconds that a world may take beyond its duration; what --duration, --rate, --flood and --callers
 * may be without a trial. */
enum { TO_SPARE = 60, LONGEST = 600, MOST_RATE = 2000, MOST_FLOOD = 20000, MOST_CALLERS = 200 };
/* Lateness from which on the figures are the machine's, not the trial's (ns). */
#define TOO_LATE 10e6

typedef struct {
  char *topology, *seed, *duration, *warmup;
  char **attacks, **defenses;
  char *captures, *trace, *folder, *format, *rate, *flood, *callers;
  gboolean alone, json;
  int processes;
  RdVerbosity verbosity;
} Options;

static void options_clear(Options *o) {
  char **const texts[] = {&o->topology, &o->seed,  &o->duration, &o->warmup,
                          &o->captures, &o->trace, &o->folder,   &o->format,
                          &o->rate,     &o->flood, &o->callers};
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
    g_free(*texts[i]);
  g_strfreev(o->attacks);
  g_strfreev(o->defenses);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static const char *misused(const Options *o, int argc) {
  if (argc > 2 || (argc == 2 && o->topology))
    return "usage: redoubt live [TRIAL.yaml | --topology FILE] [--attack ...] [--defense ...] "
           "(a target cannot be given: live stays on loopback)";
  if ((argc == 2 || o->topology) && (o->rate || o->flood || o->callers))
    return "redoubt live: --rate, --flood and --callers go without a trial";
  if (argc == 2 && (o->attacks || o->defenses || o->duration || o->warmup))
    return "redoubt live: --attack, --defense, --duration and --warmup go with --topology; a trial "
           "file has its own";
  return NULL;
}

/* How well the machine kept up, from result.json. */
static char *lateness(const char *result) {
  g_autoptr(JsonObject) r = rd_document_parse(result, NULL);
  if (!r)
    return g_strdup("");
  double p50 = rd_document_number(r, "live.lateness_ns.p50");
  double p99 = rd_document_number(r, "live.lateness_ns.p99");
  return g_strdup_printf(
      "on loopback sockets, in real time: events ran %.2f ms late (median), %.2f ms (p99), %.2f ms "
      "at most; busy %.0f %% of the time; %.0f datagrams and %.0f connections through the kernel, "
      "which dropped %.0f\n%s",
      p50 / 1e6, p99 / 1e6, rd_document_number(r, "live.lateness_ns.max") / 1e6,
      100 * rd_document_number(r, "live.busy"), rd_document_number(r, "live.datagrams"),
      rd_document_number(r, "live.connections"), rd_document_number(r, "live.kernel_dropped"),
      p99 > TOO_LATE ? "the machine did not keep up: times are its own, not the trial's\n" : "");
}

static int run_trial(const RdTrial *trial, RdParts *parts, const Options *o) {
  RdWorldsOptions worlds = {.command = "live",
                            .engine = "redoubt-live",
                            .captures = o->captures,
                            .trace = o->trace,
                            .folder = o->folder,
                            .processes = (unsigned)o->processes,
                            .timeout = (double)trial->duration / 1e9 + TO_SPARE,
                            .alone = o->alone,
                            .json = o->json,
                            .verbosity = o->verbosity,
                            .more = lateness};
  return rd_worlds_run(trial, parts, &worlds);
}

/* --- the trial ---------------------------------------------------------------------------------- */

static RdTrial *composed_trial(const Options *o, RdParts *parts, GError **error) {
  RdComposition c = {o->topology, o->attacks, o->defenses, o->seed, o->duration, o->warmup};
  g_autofree char *yaml = rd_compose(&c, error);
  return yaml ? rd_trial_parse(yaml, "(command line)", parts, error) : NULL;
}

static double number(const char *option, const char *text, double low, double high,
                     GError **error) {
  char *end = NULL;
  double n = g_ascii_strtod(text, &end);
  if (end != text && *end == '\0' && n >= low && n <= high)
    return n;
  g_set_error(error, RD_COMPOSE_ERROR, 0, "%s: a number from %g to %g, not \"%s\"", option, low,
              high, text);
  return -1;
}

/* Those without a place stand at the SBC's access side. */
static char **placed(char **defenses) {
  GPtrArray *all = g_ptr_array_new();
  for (char **d = defenses; d && *d; d++)
    g_ptr_array_add(all, strchr(*d, '@') ? g_strdup(*d) : g_strconcat(*d, "@sbc.gm", NULL));
  g_ptr_array_add(all, NULL);
  return (char **)g_ptr_array_free(all, FALSE);
}

/* --attack, and --flood: INVITEs of one source, from a quarter of the time on. */
static char **attacks_of(const Options *o, double seconds, GError **error) {
  GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
  double rate = o->flood ? number("--flood", o->flood, 0, MOST_FLOOD, error) : 0;
  for (char **a = o->attacks; a && *a; a++)
    g_ptr_array_add(all, g_strdup(*a));
  if (rate > 0)
    g_ptr_array_add(all, g_strdup_printf("dos-invite-flood-1src,at=%.3fs,for=%.3fs,rate=%.6f",
                                         seconds / 4, seconds * 3 / 4 - 1, rate));
  g_ptr_array_add(all, NULL);
  if (rate >= 0)
    return (char **)g_ptr_array_free(all, FALSE);
  g_ptr_array_unref(all);
  return NULL;
}

/* topologies/sipp.yaml: an SBC between SIPp that calls and SIPp that is called. */
static RdTrial *border_trial(const Options *o, RdParts *parts, GError **error) {
  const char *duration = o->duration ? o->duration : "10";
  double seconds = number("--duration", duration, 3, LONGEST, error);
  double rate =
      seconds > 0 ? number("--rate", o->rate ? o->rate : "20", 0.1, MOST_RATE, error) : -1;
  double callers =
      rate > 0 ? number("--callers", o->callers ? o->callers : "50", 1, MOST_CALLERS, error) : -1;
  if (callers < 1)
    return NULL;
  g_auto(GStrv) defenses = placed(o->defenses);
  g_auto(GStrv) attacks = attacks_of(o, seconds, error);
  if (!attacks)
    return NULL;
  RdComposition c = {"sipp", attacks, defenses, o->seed, duration, o->warmup};
  g_autofree char *yaml = rd_compose(&c, error);
  if (!yaml)
    return NULL;
  g_autofree char *whole =
      g_strdup_printf("%sset: {callers: {rate: %.6f, addresses: %.0f}}\n", yaml, rate, callers);
  return rd_trial_parse(whole, "(command line)", parts, error);
}

static gboolean parse(Options *o, int *argc, char ***argv) {
  const GOptionEntry entries[] = {
      {"topology", 0, 0, G_OPTION_ARG_STRING, &o->topology, "A topology's name or file", "FILE"},
      {"attack", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->attacks,
       "An attack, as in run; may be given again", "NAME[,key=value...]"},
      {"defense", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->defenses,
       "A defense, as in run; without a trial and a place, at the SBC's access side",
       "NAME[,key=value...]@PLACE"},
      {"seed", 0, 0, G_OPTION_ARG_STRING, &o->seed, "Default: 1, or the file's", "N"},
      {"duration", 0, 0, G_OPTION_ARG_STRING, &o->duration,
       "Real time (default: 60; without a trial: 10)", "S"},
      {"warmup", 0, 0, G_OPTION_ARG_STRING, &o->warmup, "Kept out of figures (default: 0)", "S"},
      {"format", 0, 0, G_OPTION_ARG_STRING, &o->format, "text or json", "FORMAT"},
      {"no-counterfactuals", 0, 0, G_OPTION_ARG_NONE, &o->alone,
       "Run the trial alone, without the worlds it is compared with", NULL},
      {"pcap", 0, 0, G_OPTION_ARG_FILENAME, &o->captures,
       "Write the trial's captures, and what each defense judged and said", "DIR"},
      {"trace", 0, 0, G_OPTION_ARG_FILENAME, &o->trace, "Write every message's way", "FILE"},
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->folder, "Keep the worlds (a new folder)",
       "DIR"},
      {"jobs", 'j', 0, G_OPTION_ARG_INT, &o->processes,
       "Worlds at once (default: 1, as they share the machine's time)", "N"},
      {"rate", 0, 0, G_OPTION_ARG_STRING, &o->rate,
       "Without a trial: SIPp's calls a second (default: 20)", "CPS"},
      {"flood", 0, 0, G_OPTION_ARG_STRING, &o->flood,
       "Without a trial: an attack, INVITEs a second from one source (default: 0)", "RATE"},
      {"callers", 0, 0, G_OPTION_ARG_STRING, &o->callers,
       "Without a trial: addresses that call (default: 50)", "N"},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  return rd_options_parse(
      "[TRIAL.yaml]",
      "Runs a trial as `redoubt run` does, but on real UDP and TCP sockets of 127.0.0.0/8 and in "
      "real "
      "time: every\nnode, population and attack in one process, each address of the topology on a "
      "loopback address of its own.\nWithout a trial: the SBC and defenses between a SIPp caller "
      "and a SIPp callee. No other target can be given.",
      entries, &o->verbosity, argc, argv);
}

static RdTrial *find_trial(const Options *o, const char *path, RdParts *parts, GError **error) {
  if (path)
    return rd_worlds_load(path, o->seed, parts, error);
  return o->topology ? composed_trial(o, parts, error) : border_trial(o, parts, error);
}

int rd_cmd_live(int argc, char **argv) {
  g_auto(Options) o = {.processes = 1};
  if (!parse(&o, &argc, &argv))
    return RD_EXIT_USAGE;
  const char *misuse = misused(&o, argc);
  if (misuse) {
    fprintf(stderr, "%s\n", misuse);
    return RD_EXIT_USAGE;
  }
  if (!rd_options_format("live", o.format, &o.json) ||
      !rd_options_worlds("live", o.processes, TO_SPARE))
    return RD_EXIT_USAGE;
  GError *error = NULL;
  g_autoptr(RdParts) parts = rd_parts_new();
  g_autoptr(RdTrial) trial = find_trial(&o, argc == 2 ? argv[1] : NULL, parts, &error);
  return trial ? run_trial(trial, parts, &o) : rd_options_fail("live", error, RD_EXIT_USAGE);
}
