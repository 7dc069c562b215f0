/* replay.c - `redoubt replay`: what would these defenses have said to this capture? */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/judges.h"
#include "cli/options.h"
#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/config/topology.h"
#include "lab/drive/judge/verdict.h"
#include "lab/drive/pcap/replay.h"
#include "lab/text/json.h"
#include "lab/text/names.h"
#include "lab/text/words.h"

#define LIMITATION                                                                                 \
  "open loop: verdicts are recorded, captured traffic cannot react to them; what defenses send "   \
  "goes nowhere; load is 0"

typedef struct {
  char **defenses, *place, *interface, *domain, *local, *format;
  gint64 seed;
  gboolean alerts, verbose, quiet;
  gboolean json;
  RdInterface interface_id;
  RdAddress local_address;
} Options;

typedef struct {
  const Options *options;
  RdReplay *replay;
  RdCaptureStats stats;
  GError *error; /* a defense refused, or stdout failed */
  GString *text;
} Run;

/* --- lines ------------------------------------------------------------------------------------ */

static void print_line(void *user, const GString *line) {
  (void)user;
  fwrite(line->str, 1, line->len, stdout);
}

/* The same members, in columns: the keys are ours, so the cut points are known. */
static void print_columns(void *user, const GString *line) {
  Run *run = user;
  g_string_truncate(run->text, 0);
  bool quoted = false, value = false;
  for (const char *p = line->str; *p && *p != '\n'; p++) {
    if (*p == '"' && (p == line->str || p[-1] != '\\'))
      quoted = !quoted;
    else if (!quoted && *p == ':')
      value = true;
    else if (!quoted && *p == ',') {
      value = false;
      g_string_append_c(run->text, '\t');
    } else if (value && *p != '}' && !(*p == ' ' && !quoted))
      g_string_append_c(run->text, *p);
  }
  puts(run->text->str);
}

static void print_alert(void *user, const char *defense, RdTime at, const RdAlert *alert) {
  RdJson j;
  (void)user;
  rd_json_init(&j);
  rd_json_open_flat(&j, NULL, '{');
  rd_json_open_flat(&j, "alert", '{');
  rd_json_text(&j, "defense", defense);
  rd_json_int(&j, "t_ns", at);
  rd_json_text(&j, "classes", alert->classes);
  rd_json_text(&j, "subject", alert->subject);
  rd_json_real(&j, "score", alert->score);
  rd_json_text(&j, "evidence", alert->evidence);
  rd_json_close(&j);
  rd_json_close(&j);
  g_autofree char *line = rd_json_finish(&j);
  fputs(line, stdout);
}

static void print_log(void *user, const char *defense, RdLogLevel level, const char *text) {
  const Run *run = user;
  g_autofree char *shown = rd_words_printable(text);
  if (level <= RD_LOG_WARNING || run->options->verbose)
    fprintf(stderr, "redoubt replay: %s: %s\n", defense, shown);
}

/* --- the summary ------------------------------------------------------------------------------ */

static void skipped(RdJson *j, const RdCaptureStats *s) {
  rd_json_open_flat(j, "skipped", '{');
  rd_json_uint(j, "not_ip", s->not_ip);
  rd_json_uint(j, "not_sip", s->not_sip);
  rd_json_uint(j, "keepalives", s->keepalives);
  rd_json_uint(j, "cut", s->cut);
  rd_json_uint(j, "bad", s->bad);
  rd_json_uint(j, "datagrams_lost", s->datagrams_lost);
  rd_json_uint(j, "tcp_gaps", s->tcp_gaps);
  rd_json_uint(j, "tcp_broken", s->tcp_broken);
  rd_json_close(j);
}

static void counters(RdJson *j, const Run *run, const RdJudges *judges) {
  const char *name;
  int64_t value;
  rd_json_open_flat(j, "counters", '{');
  for (unsigned i = 0; i < judges->n; i++) {
    rd_json_open_flat(j, judges->judges[i].name, '{');
    for (unsigned k = 0; rd_replay_counter(run->replay, i, k, &name, &value); k++)
      rd_json_int(j, name, value);
    rd_json_close(j);
  }
  rd_json_close(j);
}

static void summary(const Run *run, const RdJudges *judges, double seconds) {
  const RdReplayCounts *c = rd_replay_counts(run->replay);
  RdJson j;
  rd_json_init(&j);
  rd_json_open_flat(&j, NULL, '{');
  rd_json_open_flat(&j, "summary", '{');
  rd_json_uint(&j, "messages", c->messages);
  rd_json_uint(&j, "judged", c->judged);
  rd_json_uint(&j, "alerts", c->alerts);
  rd_json_open_flat(&j, "actions", '{');
  for (unsigned i = 0; i < RD_ACTION_COUNT; i++)
    rd_json_uint(&j, rd_action_name(i), c->actions[i]);
  rd_json_close(&j);
  if (c->messages > 0)
    rd_json_real(&j, "ns_per_message", seconds * 1e9 / (double)c->messages);
  else
    rd_json_null(&j, "ns_per_message");
  rd_json_uint(&j, "frames", run->stats.frames);
  skipped(&j, &run->stats);
  rd_json_uint(&j, "sent_by_defenses", c->sent);
  rd_json_uint(&j, "released", c->released);
  rd_json_uint(&j, "timers_postponed", c->postponed);
  counters(&j, run, judges);
  rd_json_text(&j, "limitation", LIMITATION);
  rd_json_close(&j);
  rd_json_close(&j);
  g_autofree char *line = rd_json_finish(&j);
  fputs(line, stdout);
}

static void summary_text(const Run *run, double seconds) {
  const RdReplayCounts *c = rd_replay_counts(run->replay);
  const RdCaptureStats *s = &run->stats;
  printf("\n%" G_GUINT64_FORMAT " messages, of which %" G_GUINT64_FORMAT
         " were judged, %" G_GUINT64_FORMAT " alerts",
         c->messages, c->judged, c->alerts);
  for (unsigned i = 0; i < RD_ACTION_COUNT; i++)
    if (c->actions[i])
      printf(", %s %" G_GUINT64_FORMAT, rd_action_name(i), c->actions[i]);
  if (c->messages > 0)
    printf("; %.0f ns a message", seconds * 1e9 / (double)c->messages);
  printf("\nskipped: %" G_GUINT64_FORMAT " not IP, %" G_GUINT64_FORMAT
         " not SIP, %" G_GUINT64_FORMAT " keep-alives, %" G_GUINT64_FORMAT
         " cut, %" G_GUINT64_FORMAT " bad, %" G_GUINT64_FORMAT " datagrams lost, %" G_GUINT64_FORMAT
         " TCP gaps\n" LIMITATION "\n",
         s->not_ip, s->not_sip, s->keepalives, s->cut, s->bad, s->datagrams_lost, s->tcp_gaps);
}

/* --- running ---------------------------------------------------------------------------------- */

static void on_message(void *user, const RdCaptureMessage *message) {
  Run *run = user;
  if (!run->error)
    rd_replay_message(run->replay, message, &run->error);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int fail(const char *message, int code) {
  g_autofree char *shown = rd_words_lines(message);
  fprintf(stderr, "redoubt replay: %s\n", shown);
  return code;
}

/* Reads and judges; prints what came of it, also if reading ended early. */
static int drive(Run *run, const RdJudges *judges, const char *path) {
  g_autoptr(GError) error = NULL;
  double begun = now();
  rd_capture_read(path, on_message, run, &run->stats, &error);
  double seconds = now() - begun;
  if (run->error)
    return fail(run->error->message, RD_EXIT_USAGE);
  bool nothing = error && error->code == RD_CAPTURE_INVALID && run->stats.messages == 0;
  if (!nothing && run->options->json)
    summary(run, judges, seconds);
  else if (!nothing)
    summary_text(run, seconds);
  if (run->stats.warning && !run->options->quiet)
    fail(run->stats.warning, 0);
  if (fflush(stdout) != 0 || ferror(stdout))
    return fail("writing the verdicts failed", RD_EXIT_FAILED);
  if (!error)
    return RD_EXIT_DONE;
  return fail(error->message, error->code == RD_CAPTURE_INVALID ? RD_EXIT_USAGE : RD_EXIT_FAILED);
}

static int replay(const Options *o, const char *path, const RdJudges *judges) {
  g_autofree RdReplayDefense *defenses = g_new0(RdReplayDefense, judges->n);
  for (unsigned i = 0; i < judges->n; i++)
    defenses[i] =
        (RdReplayDefense){judges->judges[i].name, judges->judges[i].part, judges->judges[i].config};
  RdPlaces places = o->place ? (RdPlaces){0} : rd_places_of(path);
  bool own = places.n > 0;
  if (!own &&
      !rd_places_one(o->place ? o->place : "capture.capture", o->interface_id, o->domain, &places))
    return fail("--place: the form is NODE.NETWORK", RD_EXIT_USAGE);
  Run run = {.options = o, .text = g_string_new(NULL)};
  RdReplaySpec spec = {.seed = (uint64_t)o->seed,
                       .defenses = defenses,
                       .n_defenses = judges->n,
                       .places = &places,
                       .local = o->local_address,
                       .from_zero = own,
                       .line = o->json ? print_line : print_columns,
                       .alert = o->alerts ? print_alert : NULL,
                       .log = print_log,
                       .user = &run};
  run.replay = rd_replay_new(&spec);
  int code = drive(&run, judges, path);
  rd_replay_free(run.replay);
  rd_capture_stats_clear(&run.stats);
  rd_places_clear(&places);
  g_string_free(run.text, TRUE);
  g_clear_error(&run.error);
  return code;
}

static const char *check(Options *o, int argc) {
  if (argc != 2)
    return "usage: redoubt replay FILE|FOLDER --defense NAME[,key=value...] [--defense ...]";
  if (!o->defenses)
    return "at least one --defense is needed";
  if (o->seed < 0)
    return "--seed: 0 or more";
  if (o->interface && !rd_interface_parse(o->interface, &o->interface_id))
    return "--interface: Gm, Mw, Ic, ISC... is expected";
  if (o->local && !rd_address_parse(rd_slice(o->local), &o->local_address))
    return "--local: an IP address is expected";
  return NULL;
}

static bool parse(Options *o, int *argc, char ***argv) {
  const GOptionEntry entries[] = {
      {"defense", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->defenses,
       "a defense to judge by; again for more, in order (name=... names the instance)",
       "NAME[,key=value...]"},
      {"seed", 0, 0, G_OPTION_ARG_INT64, &o->seed, "seed of random numbers (default 1)", "N"},
      {"place", 0, 0, G_OPTION_ARG_STRING, &o->place,
       "where the capture was taken, if it does not say itself", "NODE.NETWORK"},
      {"interface", 0, 0, G_OPTION_ARG_STRING, &o->interface, "of that place (default other)",
       "Gm|Mw|..."},
      {"domain", 0, 0, G_OPTION_ARG_STRING, &o->domain,
       "trust domain of that place (default the network's name)", "NAME"},
      {"local", 0, 0, G_OPTION_ARG_STRING, &o->local,
       "messages from this address are egress (default: all are ingress)", "ADDRESS"},
      {"alerts", 0, 0, G_OPTION_ARG_NONE, &o->alerts, "print alerts too, one object each", NULL},
      {"format", 0, 0, G_OPTION_ARG_STRING, &o->format, "how to print: text or json", "FORMAT"},
      {"verbose", 'v', 0, G_OPTION_ARG_NONE, &o->verbose, "tell all that defenses log", NULL},
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "no warnings about the capture", NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  return rd_options_parse("FILE|FOLDER",
                          "Judges captured messages, and prints a verdict each: number, time, "
                          "source, destination, method or status,\naction, code, score, class, "
                          "reason, defects of the message.",
                          entries, NULL, argc, argv) &&
         rd_options_format("replay", o->format, &o->json);
}

int rd_cmd_replay(int argc, char **argv) {
  Options o = {.seed = 1};
  RdJudges judges = {0};
  g_autoptr(GError) error = NULL;
  int code = RD_EXIT_USAGE;
  bool parsed = parse(&o, &argc, &argv);
  const char *wrong = parsed ? check(&o, argc) : NULL;
  g_autoptr(RdParts) parts = rd_parts_new();
  if (wrong)
    fail(wrong, 0);
  else if (parsed && !rd_judges_parse(parts, o.defenses, NULL, &judges, &error))
    fail(error->message, 0);
  else if (parsed)
    code = replay(&o, argv[1], &judges);
  rd_judges_clear(&judges);
  g_strfreev(o.defenses);
  g_free(o.place);
  g_free(o.interface);
  g_free(o.domain);
  g_free(o.local);
  g_free(o.format);
  return code;
}
