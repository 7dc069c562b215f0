/* bridge.c - `redoubt live` without a trial: the compiled SBC and defenses on real sockets, between SIPp and
 * SIPp. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/judges.h"
#include "cli/options.h"
#include "lab/config/diagnostic.h"
#include "lab/config/trial.h"
#include "lab/drive/inline/live.h"
#include "lab/drive/inline/loopback.h"
#include "lab/drive/judge/verdict.h"
#include "lab/plugin/files.h"
#include "lab/text/json.h"
#include "lab/text/names.h"
#include "lab/text/words.h"

#define NODE "sbc"

typedef struct {
  char **defenses, *format, *capture, *verdicts;
  double cps, flood;
  gint64 seed;
  int seconds, callers;
  gboolean json, verbose;
} Options;

/* What is to stand on the sockets. */
typedef struct {
  const Options *options;
  RdParts *parts;
  const RdPart *part; /* of the node */
  void *config;
  RdJudges judges;
  GArray *defenses; /* RdBridgeDefense */
} Stage;

static int fail(const char *message, int code) {
  g_autofree char *shown = rd_words_lines(message);
  fprintf(stderr, "redoubt live: %s\n", shown);
  return code;
}

static void print_log(void *user, const char *instance, RdLogLevel level, const char *text) {
  const Stage *stage = user;
  g_autofree char *shown = rd_words_printable(text);
  if (level <= RD_LOG_WARNING || stage->options->verbose)
    fprintf(stderr, "redoubt live: %s: %s\n", instance, shown);
}

/* --- what to run ------------------------------------------------------------------------------ */

static const void *configure(void *user, const char *next_hop, GError **error) {
  Stage *stage = user;
  stage->config = rd_params_defaults(stage->part);
  if (rd_params_set_text(stage->config, "next-hop-address", next_hop, NULL, error))
    return stage->config;
  return NULL;
}

static void add_defense(Stage *stage, const char *name, const RdPart *part, const void *config) {
  RdBridgeDefense d = {name, part, config};
  g_array_append_val(stage->defenses, d);
}

static bool set_stage(Stage *stage, GError **error) {
  stage->part = rd_parts_get(stage->parts, RD_NODE, NODE, error);
  if (!stage->part)
    return false;
  if (!rd_judges_parse(stage->parts, stage->options->defenses, NULL, &stage->judges, error))
    return false;
  for (unsigned i = 0; i < stage->judges.n; i++)
    add_defense(stage, stage->judges.judges[i].name, stage->judges.judges[i].part,
                stage->judges.judges[i].config);
  return true;
}

static void fill_bridge(Stage *stage, RdBridgeSpec *b) {
  const Options *o = stage->options;
  static const char *const networks[] = {"gm", "core"}, *const domains[] = {"access", "home"};
  *b = (RdBridgeSpec){.seed = (uint64_t)o->seed,
                      .name = NODE,
                      .part = stage->part,
                      .interfaces = {RD_IF_GM, RD_IF_MW},
                      .defenses = (const RdBridgeDefense *)(void *)stage->defenses->data,
                      .n_defenses = stage->defenses->len,
                      .capture = o->capture,
                      .verdicts = o->verdicts,
                      .log = print_log,
                      .user = stage};
  for (unsigned i = 0; i < RD_SIDES; i++) {
    b->networks[i] = networks[i];
    b->domains[i] = domains[i];
  }
}

/* --- what came of it -------------------------------------------------------------------------- */

static void latency(RdJson *j, const char *key, const RdHistogram *h, double quantile) {
  RdTime t = rd_histogram_quantile(h, quantile);
  if (t < 0)
    rd_json_null(j, key);
  else
    rd_json_real(j, key, (double)t / 1e6);
}

static void served(RdJson *j, const char *key, const RdServed *s) {
  rd_json_open_flat(j, key, '{');
  rd_json_uint(j, "calls", s->calls);
  rd_json_uint(j, "answered", s->answered);
  rd_json_uint(j, "refused", s->refused);
  rd_json_uint(j, "redirected", s->redirected);
  rd_json_uint(j, "silent", s->silent);
  rd_json_real(j, "ser_percent", rd_served_ser(s));
  latency(j, "srd_p50_ms", s->srd, 0.5);
  latency(j, "srd_p95_ms", s->srd, 0.95);
  latency(j, "srd_p99_ms", s->srd, 0.99);
  rd_json_close(j);
}

static void verdicts(RdJson *j, const RdBridgeCounts *c) {
  rd_json_open(j, "verdicts_in", '{');
  for (unsigned t = 0; t < RD_LIVE_TRUTHS; t++) {
    rd_json_open_flat(j, rd_truth_name(t), '{');
    for (unsigned a = 0; a < RD_ACTION_COUNT; a++)
      rd_json_uint(j, rd_action_name(a), c->actions[t][a]);
    rd_json_uint(j, "not_judged", c->not_judged[t]);
    rd_json_close(j);
  }
  rd_json_close(j);
}

static void print_json(const RdLiveResult *r) {
  const RdBridgeCounts *c = &r->counts;
  RdJson j;
  rd_json_init(&j);
  rd_json_open(&j, NULL, '{');
  rd_json_real(&j, "seconds", r->seconds);
  rd_json_bool(&j, "interrupted", r->interrupted);
  served(&j, "before_flood", &r->measured.quiet);
  served(&j, "under_flood", &r->measured.flooded);
  rd_json_uint(&j, "calls_asked", r->calls_asked);
  rd_json_uint(&j, "flood_asked", r->flood_asked);
  rd_json_uint(&j, "flood_requests", r->measured.attack_requests);
  verdicts(&j, c);
  rd_json_uint(&j, "alerts", c->alerts);
  rd_json_time(&j, "first_alert_ns", c->first_alert);
  rd_json_open_flat(&j, "node", '{');
  rd_json_uint(&j, "received", c->received);
  rd_json_uint(&j, "sent", c->sent);
  rd_json_uint(&j, "judged", c->judged);
  rd_json_uint(&j, "dropped_by_kernel", c->overflowed);
  rd_json_uint(&j, "send_failed", c->send_failed);
  rd_json_uint(&j, "refused_not_loopback", c->refused);
  rd_json_real(&j, "busy", r->seconds > 0 ? (double)c->busy / 1e9 / r->seconds : NAN);
  rd_json_close(&j);
  rd_json_uint(&j, "capture_dropped", r->capture_dropped);
  rd_json_close(&j);
  g_autofree char *text = rd_json_finish(&j);
  size_t end = strlen(text) - strlen("\n}\n");
  printf("%.*s,\n \"counters\": %s\n}\n", (int)end, text, r->counters->str);
}

static void print_served(const char *when, const RdServed *s) {
  printf("%-14s %6" G_GUINT64_FORMAT " calls, %6" G_GUINT64_FORMAT " answered, SER ", when,
         s->calls, s->answered);
  if (s->calls > s->redirected)
    printf("%.1f %%", rd_served_ser(s));
  else
    printf("undefined");
  if (s->answered > 0)
    printf(", SRD p50 %.2f ms, p95 %.2f ms, p99 %.2f ms",
           (double)rd_histogram_quantile(s->srd, 0.5) / 1e6,
           (double)rd_histogram_quantile(s->srd, 0.95) / 1e6,
           (double)rd_histogram_quantile(s->srd, 0.99) / 1e6);
  putchar('\n');
}

static void print_text(const RdLiveResult *r) {
  print_served("before flood", &r->measured.quiet);
  print_served("under flood", &r->measured.flooded);
  printf("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
         " flood requests were sent; the kernel dropped "
         "%" G_GUINT64_FORMAT " datagrams of all kinds before the SBC read them\n",
         r->measured.attack_requests, r->flood_asked, r->counts.overflowed);
  for (unsigned t = 0; t < RD_LIVE_TRUTHS; t++) {
    printf("%-8s came in:", rd_truth_name(t));
    for (unsigned a = 0; a < RD_ACTION_COUNT; a++)
      if (r->counts.actions[t][a])
        printf(" %s %" G_GUINT64_FORMAT, rd_action_name(a), r->counts.actions[t][a]);
    if (r->counts.not_judged[t])
      printf(" (%" G_GUINT64_FORMAT " not judged)", r->counts.not_judged[t]);
    putchar('\n');
  }
  printf("%" G_GUINT64_FORMAT " alerts\n", r->counts.alerts);
}

static int warn(const RdLiveResult *r) {
  if (r->capture_dropped > 0)
    fprintf(stderr,
            "redoubt live: the capture missed %" G_GUINT64_FORMAT
            " packets: calls are counted short\n",
            r->capture_dropped);
  g_autofree char *failure = rd_live_failure(r);
  return failure ? fail(failure, RD_EXIT_FAILED) : RD_EXIT_DONE;
}

static int live(Stage *stage) {
  const Options *o = stage->options;
  g_autoptr(GError) error = NULL;
  g_autofree char *scenarios = rd_files_scenarios();
  RdLiveResult result;
  RdLiveSpec spec = {.cps = o->cps,
                     .flood = o->flood,
                     .seconds = (unsigned)MAX(o->seconds, 0),
                     .callers = (unsigned)MAX(o->callers, 0),
                     .scenarios = scenarios,
                     .configure = configure};
  fill_bridge(stage, &spec.bridge);
  bool done = rd_live_run(&spec, &result, &error);
  int code = RD_EXIT_FAILED;
  if (!done) {
    bool usage = g_error_matches(error, RD_INLINE_ERROR, RD_INLINE_USAGE);
    code = fail(error->message, usage ? RD_EXIT_USAGE : RD_EXIT_FAILED);
  } else {
    if (o->json)
      print_json(&result);
    else
      print_text(&result);
    code = warn(&result);
  }
  rd_live_result_clear(&result);
  return code;
}

/* --- options ---------------------------------------------------------------------------------- */

static bool parse(Options *o, int *argc, char ***argv) {
  const GOptionEntry entries[] = {
      {"defense", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->defenses,
       "a defense at the SBC's access side; again for more, in order", "NAME[,key=value...]"},
      {"rate", 0, 0, G_OPTION_ARG_DOUBLE, &o->cps, "legitimate calls a second (default 20)", "CPS"},
      {"duration", 0, 0, G_OPTION_ARG_INT, &o->seconds, "seconds (default 10)", "S"},
      {"flood", 0, 0, G_OPTION_ARG_DOUBLE, &o->flood,
       "INVITEs a second from 127.0.0.66, from a quarter of the time on (default 0)", "RATE"},
      {"callers", 0, 0, G_OPTION_ARG_INT, &o->callers, "addresses that call (default 50)", "N"},
      {"seed", 0, 0, G_OPTION_ARG_INT64, &o->seed, "seed of the parts' random numbers", "N"},
      {"pcap", 0, 0, G_OPTION_ARG_FILENAME, &o->capture,
       "write what was judged, labelled, as pcapng (replay reads it)", "FILE"},
      {"verdicts", 0, 0, G_OPTION_ARG_FILENAME, &o->verdicts, "write the verdicts, an object each",
       "FILE"},
      {"format", 0, 0, G_OPTION_ARG_STRING, &o->format, "how to print: text or json", "FORMAT"},
      {"verbose", 'v', 0, G_OPTION_ARG_NONE, &o->verbose, "tell all that parts log", NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  return rd_options_parse("",
                          "Puts the SBC and its defenses on real sockets of 127.0.0.0/8, between a "
                          "SIPp caller and a SIPp\ncallee. No other target can be given.",
                          entries, NULL, argc, argv) &&
         rd_options_format("live", o->format, &o->json);
}

static const char *check(const Options *o, int argc) {
  if (argc > 1)
    return "a target cannot be given: live stays on loopback";
  if (o->seed < 0)
    return "--seed: 0 or more";
  return NULL;
}

int rd_cmd_bridge(int argc, char **argv) {
  Options o = {.cps = 20, .seconds = 10, .callers = 50, .seed = 1};
  g_autoptr(GError) error = NULL;
  int code = RD_EXIT_USAGE;
  bool parsed = parse(&o, &argc, &argv);
  const char *wrong = parsed ? check(&o, argc) : NULL;
  g_autoptr(RdParts) parts = rd_parts_new();
  Stage stage = {.options = &o, .parts = parts};
  stage.defenses = g_array_new(FALSE, FALSE, sizeof(RdBridgeDefense));
  if (wrong)
    fail(wrong, 0);
  else if (parsed && !set_stage(&stage, &error))
    fail(error->message, 0);
  else if (parsed)
    code = live(&stage);
  g_array_unref(stage.defenses);
  rd_judges_clear(&stage.judges);
  rd_params_free(stage.config);
  g_strfreev(o.defenses);
  g_free(o.format);
  g_free(o.capture);
  g_free(o.verdicts);
  return code;
}
