/* A trial made by hand, whose every figure is worked out beside it. */
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "lab/result/result.h"
#include "tests/check_main.h"

#define MS RD_MILLISECOND
#define S RD_SECOND

static const RdPart flood_part = {
    .plugin = {.kind = RD_ATTACK, .name = "dos-flood", .family = "dos"}};
static const RdPart storm_part = {
    .plugin = {.kind = RD_ATTACK, .name = "dos-storm", .family = "dos", .benign = true}};
static const RdPart limit_part = {.plugin = {.kind = RD_DEFENSE, .name = "rl-token"}};
static const RdPart node_part = {.plugin = {.kind = RD_NODE, .name = "node"}};

static RdNetwork networks[] = {{.name = (char *)"gm"}, {.name = (char *)"core"}};
static RdAttach at_gm[] = {{.network = 0}}, at_both[] = {{.network = 0}, {.network = 1}};
static RdNode nodes[] = {
    {.name = (char *)"ue", .part = &node_part, .attach = at_gm, .n_attach = 1, .entities = 100},
    {.name = (char *)"sbc",
     .part = &node_part,
     .attach = at_both,
     .n_attach = 2,
     .entities = 1,
     .cpu = {.workers = 1, .buffer = 65536, .speed = 1}},
};
static RdTopology topology = {
    .name = (char *)"pair", .networks = networks, .n_networks = 2, .nodes = nodes, .n_nodes = 2};

static RdTrialAttack attacks[] = {
    {.name = (char *)"flood", .part = &flood_part, .start = 20 * S, .stop = 60 * S, .entities = 1},
    {.name = (char *)"storm", .part = &storm_part, .start = 70 * S, .stop = 80 * S, .entities = 9},
};
enum { FLOOD = 1, STORM = 2 };

static RdTrialDefense defense;
static RdTrial trial = {.name = (char *)"hand-made",
                        .topology = &topology,
                        .seed = 7,
                        .duration = 100 * S,
                        .warmup = 10 * S,
                        .attacks = attacks,
                        .n_attacks = 2,
                        .defenses = &defense,
                        .n_defenses = 1};

static char *folder;

static void make_folder(void) {
  folder = g_dir_make_tmp("redoubt-result-XXXXXX", NULL);
  ck_assert_ptr_nonnull(folder);
  defense = (RdTrialDefense){.name = (char *)"limit", .part = &limit_part};
  defense.places = g_malloc0(sizeof *defense.places);
  defense.places[0].node = 1;
  defense.n_places = 1;
}

static void remove_folder(void) {
  static const char *const names[] = {"result.json", "result-broken.json"};
  for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_build_filename(folder, names[i], NULL);
    g_unlink(path);
  }
  g_rmdir(folder);
  g_clear_pointer(&folder, g_free);
  g_clear_pointer(&defense.places, g_free);
}

/* ---- reading what was written ---------------------------------------------------------------- */

static JsonNode *written(RdResult *r) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = g_build_filename(folder, "result.json", NULL);
  g_autofree char *text = NULL;
  ck_assert_msg(rd_result_write(r, folder, &error), "%s", error ? error->message : "");
  ck_assert(g_file_get_contents(path, &text, NULL, NULL));
  JsonNode *root = json_from_string(text, &error);
  ck_assert_msg(root != NULL, "%s", error ? error->message : "");
  return root;
}

/* The node at a path as "legit.call.ser" or "defenses.0.message.tp". */
static JsonNode *find(JsonNode *root, const char *path) {
  g_auto(GStrv) steps = g_strsplit(path, ".", -1);
  JsonNode *node = root;
  for (char **step = steps; *step; step++) {
    if (JSON_NODE_HOLDS_ARRAY(node))
      node = json_array_get_element(json_node_get_array(node),
                                    (guint)g_ascii_strtoull(*step, NULL, 10));
    else
      node = json_object_get_member(json_node_get_object(node), *step);
    ck_assert_msg(node != NULL, "no %s in %s", *step, path);
  }
  return node;
}

static double number(JsonNode *root, const char *path) {
  JsonNode *node = find(root, path);
  ck_assert_msg(!JSON_NODE_HOLDS_NULL(node), "%s is null", path);
  return json_node_get_double(node);
}

#define IS(path, want)                                                                             \
  ck_assert_msg(fabs(number(root, path) - (double)(want)) < 6e-7, "%s is %.9f, not %.9f", path,    \
                number(root, path), (double)(want))
#define IS_NULL(path) ck_assert_msg(JSON_NODE_HOLDS_NULL(find(root, path)), "%s is not null", path)

/* ---- service --------------------------------------------------------------------------------- */

static void attempt(RdResult *r, RdAttemptKind kind, RdTime started, uint16_t status, RdTime ring,
                    RdTime answer, uint64_t causes) {
  static uint64_t next;
  RdLedgerRow row = {.entity = next++,
                     .kind = (uint8_t)kind,
                     .status = status,
                     .started = started,
                     .ringing = ring ? started + ring : RD_NEVER,
                     .answered = answer ? started + answer : RD_NEVER,
                     .ended = RD_NEVER,
                     .closed = RD_NEVER,
                     .causes = causes};
  rd_result_attempt(r, &row);
}

static void session(RdResult *r, RdTime started, RdTime talk, RdTime closing) {
  RdLedgerRow row = {.kind = RD_ATTEMPT_CALL,
                     .status = 200,
                     .started = started,
                     .ringing = started + 200 * MS,
                     .answered = started + 3 * S,
                     .ended = started + 3 * S + talk,
                     .closed = started + 3 * S + talk + closing};
  rd_result_attempt(r, &row);
}

static void serve(RdResult *r) {
  for (int i = 0; i < 8; i++)
    attempt(r, RD_ATTEMPT_REGISTER, 20 * S + i * S, 200, 0, 100 * MS, 0);
  attempt(r, RD_ATTEMPT_REGISTER, 40 * S, 503, 0, 10 * MS, 0);
  attempt(r, RD_ATTEMPT_REGISTER, 41 * S, 0, 0, 0, 0);
  attempt(r, RD_ATTEMPT_REGISTER, 9 * S, 503, 0, 10 * MS, 0); /* warm-up */
  attempt(r, RD_ATTEMPT_REGISTER, 75 * S, 200, 0, 700 * MS, STORM);
  for (int i = 0; i < 4; i++)
    session(r, 20 * S + i * S, 30 * S, 50 * MS);
  session(r, 30 * S, 10 * S, 32 * S); /* nobody answered the BYE */
  attempt(r, RD_ATTEMPT_CALL, 31 * S, 200, 200 * MS, 3 * S, 0); /* still up */
  attempt(r, RD_ATTEMPT_CALL, 32 * S, 486, 200 * MS, 400 * MS, 0);
  attempt(r, RD_ATTEMPT_CALL, 33 * S, 480, 200 * MS, 20 * S, 0);
  attempt(r, RD_ATTEMPT_CALL, 34 * S, 480, 0, 60 * MS, 0);
  attempt(r, RD_ATTEMPT_CALL, 35 * S, 302, 0, 60 * MS, 0);
  attempt(r, RD_ATTEMPT_CALL, 36 * S, 503, 0, 90 * MS, 0);
  attempt(r, RD_ATTEMPT_CALL, 37 * S, 0, 0, 0, 0);
}

START_TEST(service_follows_rfc_6076) {
  RdResult *r = rd_result_new(&trial);
  serve(r);
  g_autoptr(JsonNode) root = written(r);
  IS("format", 2);
  IS("trial.seed", 7);
  IS("legit.register.attempts", 10);
  IS("legit.register.failed", 2);
  IS("legit.register.timeouts", 1);
  IS("legit.register.ira", 20);
  IS("legit.register.rrd_ns.n", 8);
  IS("legit.register.rrd_ns.mean", 100 * MS);
  IS("legit.register.rrd_ns.p95", 100 * MS);
  IS("twin.register.attempts", 1);
  IS("twin.register.rrd_ns.max", 700 * MS);
  IS_NULL("attack.register.ira");
  IS("legit.call.attempts", 12);
  IS("legit.call.answered", 6);
  IS("legit.call.busy", 1);
  IS("legit.call.no_answer", 1);
  IS("legit.call.redirected", 1);
  IS("legit.call.failed", 3);
  IS("legit.call.timeouts", 1);
  IS("legit.call.completed", 4);
  IS("legit.call.ser", 600.0 / 11);
  IS("legit.call.seer", 900.0 / 11);
  IS("legit.call.isa", 200.0 / 12);
  IS("legit.call.scr", 400.0 / 12);
  IS("legit.call.srd_ns.n", 8);
  IS("legit.call.srd_ns.max", 200 * MS);
  IS("legit.call.srd_failed_ns.n", 2);
  IS("legit.call.srd_failed_ns.mean", 75 * MS);
  IS("legit.call.sdd_ns.n", 5);
  IS("legit.call.sdd_ns.max", 32 * S);
  IS("legit.call.sdt_ns.max", 30 * S);
  IS("timeline.bucket_ns", S);
  IS("timeline.rows.9.0", 1);
  IS("timeline.rows.20.0", 1);
  IS("timeline.rows.20.3", 1);
  IS("timeline.rows.75.0", 0);
  rd_result_free(r);
}
END_TEST

/* An answered call: 200 after 3 s, `wanted` to talk, talked; its caller left after `left` (0: never). */
static void talk(RdResult *r, RdTime started, RdTime wanted, RdTime talked, RdTime left) {
  RdLedgerRow row = {.kind = RD_ATTEMPT_CALL,
                     .status = 200,
                     .started = started,
                     .ringing = RD_NEVER,
                     .answered = started + 3 * S,
                     .ended = started + 3 * S + talked,
                     .closed = started + 3 * S + talked + 50 * MS,
                     .left = left ? started + left : RD_NEVER,
                     .wanted = wanted,
                     .talked = talked};
  rd_result_attempt(r, &row);
}

/* RFC 6076 counts every 2xx; a subscriber does not. */
START_TEST(a_call_that_nobody_had_is_not_served) {
  RdResult *r = rd_result_new(&trial);
  talk(r, 20 * S, 30 * S, 30 * S, 0);
  talk(r, 21 * S, 30 * S, 12 * S, 0); /* torn down */
  talk(r, 22 * S, 0, 0, 2 * S); /* answered after its caller had left */
  attempt(r, RD_ATTEMPT_CALL, 23 * S, 486, 0, S, 0);
  attempt(r, RD_ATTEMPT_CALL, 24 * S, 302, 0, S, 0); /* nobody answered that, either */
  g_autoptr(JsonNode) root = written(r);
  IS("legit.call.attempts", 5);
  IS("legit.call.served", 2);
  IS("legit.call.answered", 2);
  IS("legit.call.caller_gone", 1);
  IS("legit.call.busy", 1);
  IS("legit.call.dropped", 1);
  IS("legit.call.talked_ns", 42 * S);
  IS("legit.call.lost_talk_ns", 18 * S);
  IS("legit.call.ser", 300.0 / 4);
  IS("legit.call.seer", 400.0 / 4);
  IS("legit.call.completed", 3);
  IS("timeline.rows.20.4", 1);
  IS("timeline.rows.21.3", 1);
  IS("timeline.rows.21.4", 0);
  IS("timeline.rows.22.3", 0);
  IS("timeline.rows.22.4", 0);
  rd_result_free(r);
}
END_TEST

/* A part may tell anything; sums stay what a time can hold. */
START_TEST(talk_without_sense_is_borne) {
  RdResult *r = rd_result_new(&trial);
  for (unsigned i = 0; i < 3; i++) {
    talk(r, 20 * S, RD_NEVER, INT64_MIN / 2, 0);
    talk(r, 20 * S, INT64_MIN, RD_NEVER - 30 * S, 0);
  }
  g_autoptr(JsonNode) root = written(r);
  IS("legit.call.dropped", 3);
  ck_assert_int_eq(json_node_get_int(find(root, "legit.call.talked_ns")), INT64_MAX);
  ck_assert_int_eq(json_node_get_int(find(root, "legit.call.lost_talk_ns")), INT64_MAX);
  rd_result_free(r);
}
END_TEST

START_TEST(nothing_happened_is_null) {
  RdResult *r = rd_result_new(&trial);
  g_autoptr(JsonNode) root = written(r);
  IS_NULL("legit.register.ira");
  IS_NULL("legit.register.rrd_ns.p50");
  IS_NULL("legit.call.ser");
  IS_NULL("legit.call.seer");
  IS_NULL("legit.call.isa");
  IS_NULL("legit.call.scr");
  IS_NULL("defenses.0.message.tpr");
  IS_NULL("defenses.0.message.precision");
  IS_NULL("defenses.0.message.mcc");
  IS_NULL("defenses.0.message.precision_at_base_rate");
  IS_NULL("defenses.0.message.fpr_high");
  IS_NULL("defenses.0.message.precision_at_base_rate_low");
  IS_NULL("defenses.0.score.roc_auc");
  IS_NULL("defenses.0.cost.per_message_ns");
  IS_NULL("attacks.0.ttd_ns");
  IS_NULL("attacks.0.blocked_share");
  IS_NULL("nodes.0.utilisation");
  rd_result_free(r);
}
END_TEST

START_TEST(long_trials_have_wide_buckets) {
  RdTrial longer = trial;
  longer.duration = 7201 * S;
  RdResult *r = rd_result_new(&longer);
  attempt(r, RD_ATTEMPT_REGISTER, 7200 * S, 200, 0, MS, 0);
  g_autoptr(JsonNode) root = written(r);
  IS("timeline.bucket_ns", 3 * S);
  JsonArray *rows = json_node_get_array(find(root, "timeline.rows"));
  ck_assert_uint_eq(json_array_get_length(rows), 2401);
  IS("timeline.rows.2400.1", 1);
  rd_result_free(r);
}
END_TEST

/* ---- detection ------------------------------------------------------------------------------- */

static void judge(RdResult *r, int times, RdTruth truth, uint64_t causes, double score,
                  RdAction action, RdTime at) {
  RdVerdict verdict = {.size = sizeof verdict, .action = (uint8_t)action, .score = score};
  for (int i = 0; i < times; i++)
    rd_result_judged(r, 0, 0, truth, causes, RD_SIP_INVITE, &verdict, at + i, 250);
}

static void judge_all(RdResult *r) {
  judge(r, 6, RD_BENIGN, 0, 0.0, RD_PASS, 15 * S);
  judge(r, 2, RD_BENIGN, 0, 0.2, RD_PASS, 15 * S);
  judge(r, 1, RD_BENIGN, 0, 0.2, RD_REWRITE, 15 * S);
  judge(r, 1, RD_BENIGN, 0, 0.8, RD_DROP, 15 * S);
  judge(r, 1, RD_ATTACKED, FLOOD, 0.2, RD_PASS, 21 * S);
  judge(r, 4, RD_ATTACKED, FLOOD, 0.8, RD_DELAY, 22 * S);
  judge(r, 5, RD_ATTACKED, FLOOD, 1.0, RD_REJECT, 23 * S);
  judge(r, 7, RD_INDUCED, FLOOD, 0.9, RD_DROP, 24 * S);
}

START_TEST(messages_are_scored_against_the_truth) {
  RdResult *r = rd_result_new(&trial);
  judge_all(r);
  for (int i = 0; i < 20; i++)
    rd_result_attack_sent(r, 0, 500);
  g_autoptr(JsonNode) root = written(r);
  IS("defenses.0.judged.benign.n", 10);
  IS("defenses.0.judged.induced.drop", 7);
  IS("defenses.0.judged.attack.reject", 5);
  IS("defenses.0.methods.INVITE.benign.flagged", 1);
  IS("defenses.0.places.0.judged", 27);
  IS("defenses.0.message.tp", 9);
  IS("defenses.0.message.fp", 1);
  IS("defenses.0.message.tn", 9);
  IS("defenses.0.message.fn", 1);
  IS("defenses.0.message.tpr", 0.9);
  IS("defenses.0.message.fpr", 0.1);
  IS("defenses.0.message.precision", 0.9);
  IS("defenses.0.message.f1", 0.9);
  IS("defenses.0.message.mcc", 0.8);
  /* 9e-5 / (9e-5 + 0.9999 * 0.1) */
  IS("defenses.0.message.precision_at_base_rate", 0.000899281);
  /* Wilson, 1 of 10: the upper end is 0.404150. */
  IS("defenses.0.message.fpr_high", 0.404150);
  IS("defenses.0.message.precision_at_base_rate_low", 9e-5 / (9e-5 + 0.9999 * 0.404150));
  /* Pairs won: 1 * (6 + 3/2) + 4 * (9 + 1/2) + 5 * 10 of 100. */
  IS("defenses.0.score.roc_auc", 0.955);
  /* 5/10 * 1 + 4/10 * 9/10 + 1/10 * 10/14 */
  IS("defenses.0.score.pr_auc", 0.5 + 0.36 + 1.0 / 14);
  IS_NULL("defenses.0.score.partial_auc");
  /* (0,0), then thresholds 1, 0.8, 0.2, 0. */
  IS("defenses.0.score.roc.1.0", 1);
  IS("defenses.0.score.roc.1.2", 0.5);
  IS("defenses.0.score.roc.2.1", 0.1);
  IS("defenses.0.score.roc.2.2", 0.9);
  IS("defenses.0.score.roc.4.1", 1);
  IS("defenses.0.cost.total_ns", 27 * 250);
  IS("defenses.0.cost.per_message_ns", 250);
  IS("attacks.0.judged", 10);
  IS("attacks.0.flagged", 9);
  IS("attacks.0.blocked", 5);
  IS("attacks.0.blocked_share", 0.25);
  IS("attacks.0.bytes", 10000);
  IS("attacks.0.ttm_ns", 2 * S);
  rd_result_free(r);
}
END_TEST

/* 60 answers that the defense never looks at dilute neither its FPR nor its AUC; two attack messages
 * that it never looked at are two that it missed. */
START_TEST(what_is_not_judged_dilutes_nothing) {
  RdResult *r = rd_result_new(&trial);
  judge_all(r);
  judge(r, 60, RD_BENIGN, 0, NAN, RD_PASS, 16 * S);
  judge(r, 3, RD_BENIGN, 0, NAN, RD_REWRITE, 16 * S);
  judge(r, 2, RD_ATTACKED, FLOOD, NAN, RD_PASS, 23 * S);
  judge(r, 8, RD_INDUCED, FLOOD, NAN, RD_PASS, 24 * S);
  g_autoptr(JsonNode) root = written(r);
  IS("defenses.0.judged.benign.n", 10);
  IS("defenses.0.not_judged.benign.n", 63);
  IS("defenses.0.not_judged.benign.pass", 60);
  IS("defenses.0.not_judged.benign.rewrite", 3);
  IS("defenses.0.not_judged.attack.n", 2);
  IS("defenses.0.not_judged.induced.n", 8);
  IS("defenses.0.not_judged.twin.n", 0);
  IS("defenses.0.methods.INVITE.benign.n", 10);
  IS("defenses.0.methods.INVITE.benign.not_judged", 63);
  IS("defenses.0.places.0.judged", 27);
  IS("defenses.0.places.0.not_judged", 73);
  IS("defenses.0.message.fpr", 0.1);
  IS("defenses.0.message.fn", 3);
  IS("defenses.0.message.tpr", 9.0 / 12);
  IS("defenses.0.message.acted", 21); /* 10 + 7 flagged, a rewrite, and 3 more unjudged */
  /* 95.5 pairs won, of 10 x 12. */
  IS("defenses.0.score.roc_auc", 0.955 * 10 / 12);
  IS("defenses.0.cost.messages", 100);
  IS("attacks.0.judged", 10);
  IS("attacks.0.not_judged", 2);
  rd_result_free(r);
}
END_TEST

/* Twelve subscribers' requests that it meters, 88 answers that it does not, and an attack whose
 * sources each stay below the subscribers' own pace: it never acts, and its AUC says so. */
START_TEST(a_defense_that_never_acts_is_not_flattered) {
  RdResult *r = rd_result_new(&trial);
  judge(r, 12, RD_BENIGN, 0, 0.05, RD_PASS, 15 * S);
  judge(r, 88, RD_BENIGN, 0, NAN, RD_PASS, 15 * S);
  judge(r, 20, RD_ATTACKED, FLOOD, 0.025, RD_PASS, 21 * S);
  g_autoptr(JsonNode) root = written(r);
  IS("defenses.0.message.acted", 0);
  IS("defenses.0.message.tpr", 0);
  IS("defenses.0.score.roc_auc", 0);
  rd_result_free(r);
}
END_TEST

START_TEST(a_twin_is_a_negative) {
  RdResult *r = rd_result_new(&trial);
  judge(r, 2, RD_ATTACKED, STORM, 0.9, RD_DROP, 71 * S);
  judge(r, 1, RD_BENIGN, STORM, 0.9, RD_DROP, 71 * S);
  judge(r, 1, RD_ATTACKED, STORM, 0.0, RD_PASS, 71 * S);
  g_autoptr(JsonNode) root = written(r);
  IS("defenses.0.judged.twin.drop", 3);
  IS("defenses.0.judged.attack.n", 0);
  IS("defenses.0.message.fp", 3);
  IS("defenses.0.message.tn", 1);
  IS("defenses.0.message.tp", 0);
  IS_NULL("defenses.0.score.roc_auc");
  IS_NULL("attacks.1.detected");
  IS("attacks.1.blocked", 3);
  IS("attacks.1.blocked_share", 0.75);
  rd_result_free(r);
}
END_TEST

/* 2000 negatives, one of which has the highest score; half of the attack lies above all others. */
START_TEST(partial_auc_looks_at_the_left_edge) {
  RdResult *r = rd_result_new(&trial);
  judge(r, 1999, RD_BENIGN, 0, 0.1, RD_PASS, 15 * S);
  judge(r, 1, RD_BENIGN, 0, 1.0, RD_DROP, 15 * S);
  judge(r, 50, RD_ATTACKED, FLOOD, 0.5, RD_DROP, 21 * S);
  judge(r, 50, RD_ATTACKED, FLOOD, 0.1, RD_PASS, 21 * S);
  g_autoptr(JsonNode) root = written(r);
  /* FPR 0 to 0.0005 at TPR 0, then TPR 0.5 rising by 0.5 * 0.0005/0.9995 up to FPR 0.001. */
  double rise = 0.5 * 0.0005 / 0.9995;
  IS("defenses.0.score.partial_auc", 0.5 * (0.5 + rise / 2));
  rd_result_free(r);
}
END_TEST

static void alert(RdResult *r, RdSubject kind, const char *subject, const char *classes,
                  uint64_t sent, RdTime at) {
  const RdWhose whose = {.sent = sent};
  RdAlert a = {.size = sizeof a,
               .subject_kind = (uint8_t)kind,
               .score = 0.9,
               .classes = classes,
               .subject = subject,
               .evidence = "over the rate"};
  rd_result_alert(r, 0, &a, &whose, at);
}

START_TEST(alerts_are_true_in_window_family_and_subject) {
  RdResult *r = rd_result_new(&trial);
  alert(r, RD_SUBJECT_SOURCE, "198.18.0.9", "acc", FLOOD, 22 * S); /* wrong family: false */
  alert(r, RD_SUBJECT_SOURCE, "198.18.0.9", "acc, dos", FLOOD, 25 * S); /* true: TTD 5 s */
  alert(r, RD_SUBJECT_NONE, NULL, "dos", 0, 30 * S); /* the place, while it runs: true */
  alert(r, RD_SUBJECT_SOURCE, "198.18.0.9", "dos", FLOOD, 70 * S); /* within the grace: true */
  alert(r, RD_SUBJECT_SOURCE, "198.18.0.7", "dos", FLOOD, 70 * S + 1); /* past it: false */
  alert(r, RD_SUBJECT_SOURCE, "198.18.0.2", "dos", 0, 31 * S); /* a subscriber: false */
  alert(r, RD_SUBJECT_SOURCE, "198.18.0.2", "dos", 0, 90 * S); /* merged with it: 59 s */
  alert(r, RD_SUBJECT_SOURCE, "198.18.0.2", "dos", 0, 91 * S); /* 60 s: another alarm */
  alert(r, RD_SUBJECT_SOURCE, "198.18.0.3", "dos", STORM, 72 * S); /* a twin: false, collateral */
  alert(r, RD_SUBJECT_NONE, "", "dosage", 0, 30 * S); /* no such family: false */
  judge(r, 500, RD_BENIGN, 0, 0, RD_PASS, 15 * S);
  g_autoptr(JsonNode) root = written(r);
  IS("defenses.0.alerts.total", 10);
  IS("defenses.0.alerts.true", 3);
  IS("defenses.0.alerts.false", 7);
  IS("defenses.0.alerts.false_alarms", 6);
  /* 100 subscribers for 100 s; 500 messages. */
  IS("defenses.0.alerts.false_alarms_per_subscriber_day", 6 * 8.64);
  IS("defenses.0.alerts.false_alarms_per_million_messages", 12000);
  ck_assert(json_node_get_boolean(find(root, "attacks.0.detected")));
  IS("attacks.0.ttd_ns", 5 * S);
  IS("attacks.0.true_alerts", 3);
  IS_NULL("attacks.1.detected");
  IS_NULL("attacks.1.ttd_ns");
  IS("attacks.1.collateral_alerts", 1);
  IS("defenses.0.attacks.0.true_alerts", 3);
  rd_result_free(r);
}
END_TEST

static RdAlertKind alert_on(RdResult *r, RdWhose whose, const char *classes, RdTime at) {
  const RdAlert a = {.size = sizeof a,
                     .subject_kind = RD_SUBJECT_SOURCE,
                     .classes = classes,
                     .subject = "198.18.1.5"};
  return rd_result_alert(r, 0, &a, &whose, at);
}

START_TEST(alerts_are_of_one_kind_each) {
  RdResult *r = rd_result_new(&trial);
  const RdWhose hostile = {.sent = FLOOD}, spoofed = {.sent = FLOOD, .legit = true},
                shared = {.sent = FLOOD | STORM, .targeted = FLOOD},
                called = {.targeted = FLOOD, .legit = true}, other = {.legit = true},
                twins = {.sent = STORM, .targeted = STORM};
  ck_assert_int_eq(alert_on(r, called, "dos", 21 * S), RD_ALERT_VICTIM);
  ck_assert_int_eq(alert_on(r, spoofed, "dos", 22 * S), RD_ALERT_TRUE_HITS_VICTIM);
  ck_assert_int_eq(alert_on(r, hostile, "dos", 23 * S), RD_ALERT_TRUE);
  ck_assert_int_eq(alert_on(r, shared, "dos", 24 * S), RD_ALERT_TRUE_HITS_VICTIM);
  ck_assert_int_eq(alert_on(r, other, "dos", 25 * S), RD_ALERT_FALSE);
  ck_assert_int_eq(alert_on(r, twins, "dos", 26 * S), RD_ALERT_FALSE);
  /* neither another family nor another time is about the attack, whosever the subject is */
  ck_assert_int_eq(alert_on(r, spoofed, "mal", 27 * S), RD_ALERT_FALSE);
  ck_assert_int_eq(alert_on(r, called, "mal", 28 * S), RD_ALERT_FALSE);
  ck_assert_int_eq(alert_on(r, called, "dos", 5 * S), RD_ALERT_FALSE);
  g_autoptr(JsonNode) root = written(r);
  IS("defenses.0.alerts.total", 9);
  IS("defenses.0.alerts.true", 1);
  IS("defenses.0.alerts.true_hits_victim", 2);
  IS("defenses.0.alerts.victim", 1);
  IS("defenses.0.alerts.false", 5);
  IS("attacks.0.true_alerts", 1);
  IS("attacks.0.true_hits_victim_alerts", 2);
  IS("attacks.0.victim_alerts", 1);
  IS("attacks.0.ttd_ns", 2 * S); /* the first that hit it, though a victim was hit as well */
  IS("attacks.1.collateral_alerts", 2);
  IS_NULL("attacks.1.detected");
  rd_result_free(r);
}
END_TEST

START_TEST(an_alert_on_a_victim_detects_nothing) {
  RdResult *r = rd_result_new(&trial);
  alert_on(r, (RdWhose){.targeted = FLOOD, .legit = true}, "dos", 21 * S);
  g_autoptr(JsonNode) root = written(r);
  ck_assert(!json_node_get_boolean(find(root, "attacks.0.detected")));
  IS_NULL("attacks.0.ttd_ns");
  IS("defenses.0.alerts.false_alarms", 0);
  rd_result_free(r);
}
END_TEST

START_TEST(claims_and_counters_are_kept) {
  RdResult *r = rd_result_new(&trial);
  rd_result_claim(r, 0, "identity-exists", 0.9, true);
  rd_result_claim(r, 0, "identity-exists", 0.9, false);
  rd_result_claim(r, 0, "identity-exists", 0.1, true);
  for (int i = 0; i < 40; i++) {
    g_autofree char *kind = g_strdup_printf("kind-%d", i);
    rd_result_claim(r, 0, kind, 1, true);
  }
  rd_result_counter(r, RD_ATTACK, 1, "sent \"quoted\"", -4);
  rd_result_counter(r, RD_DEFENSE, 0, "evictions", 5);
  rd_result_counter(r, RD_NODE, 1, "retransmissions", INT64_C(1) << 40);
  rd_result_defense_state(r, 0, 12, 900);
  rd_result_defense_state(r, 0, 3, 300);
  rd_result_engine(r, 11, 12);
  g_autoptr(JsonNode) root = written(r);
  IS("attacks.0.claims.0.made", 3);
  IS("attacks.0.claims.0.truths", 2);
  IS("attacks.0.claims.0.held", 2);
  IS("attacks.0.claims.0.right", 1);
  ck_assert_str_eq(json_node_get_string(find(root, "attacks.0.claims.15.kind")), "other");
  IS("attacks.0.claims.15.made", 26);
  IS("attacks.1.counters.sent \"quoted\"", -4);
  IS("defenses.0.counters.evictions", 5);
  IS("nodes.1.counters.retransmissions", 1099511627776.0);
  IS("defenses.0.cost.entries", 3);
  IS("defenses.0.cost.peak_bytes", 900);
  IS("engine.messages", 12);
  rd_result_free(r);
}
END_TEST

/* ---- laws ------------------------------------------------------------------------------------ */

static RdResult *sound(void) {
  RdResult *r = rd_result_new(&trial);
  RdNodeCounts node = {.arrived = 10,
                       .served = 5,
                       .overflowed = 2,
                       .waiting = 2,
                       .in_service = 1,
                       .busy = 0.25,
                       .area = 777,
                       .sojourn = 777,
                       .peak_queue = 4,
                       .workers = 1};
  RdNetworkCounts network = {.sent = 28,
                             .received = 7,
                             .lost = 6,
                             .queue_dropped = 5,
                             .no_route = 4,
                             .no_socket = 3,
                             .in_flight = 2,
                             .fragments_lost = 1};
  for (int i = 0; i < 5; i++)
    rd_result_served(r, 1, i < 3 ? RD_BENIGN : RD_ATTACKED, 100, 50);
  rd_result_overflow(r, 1, 0, RD_BENIGN);
  rd_result_overflow(r, 1, 1, RD_ATTACKED);
  rd_result_node(r, 1, &node);
  rd_result_queue(r, 1, 0, &(RdQueueCounts){7, 4, 1, 2, 3});
  rd_result_queue(r, 1, 1, &(RdQueueCounts){3, 2, 1, 0, 2});
  rd_result_network(r, 0, &network);
  return r;
}

START_TEST(a_sound_trial_is_written) {
  RdResult *r = sound();
  g_autoptr(JsonNode) root = written(r);
  ck_assert_str_eq(json_node_get_string(find(root, "laws.conservation")), "ok");
  ck_assert_str_eq(json_node_get_string(find(root, "laws.little")), "ok");
  IS("nodes.1.utilisation", 0.25);
  IS("nodes.1.benign.served", 3);
  IS("nodes.1.attack.overflowed", 1);
  ck_assert_str_eq(json_node_get_string(find(root, "nodes.1.queues.1.network")), "core");
  IS("nodes.1.queues.0.arrived", 7);
  IS("nodes.1.queues.0.taken", 4);
  IS("nodes.1.queues.0.waiting", 2);
  IS("nodes.1.queues.0.peak", 3);
  IS("nodes.1.queues.0.overflowed_by.benign", 1);
  IS("nodes.1.queues.0.overflowed_by.attack", 0);
  IS("nodes.1.queues.1.overflowed", 1);
  IS("nodes.1.queues.1.overflowed_by.attack", 1);
  IS("nodes.1.attack.wait_ns.n", 2);
  IS("nodes.1.benign.service_ns.p50", 50);
  IS_NULL("nodes.1.induced.wait_ns");
  IS("networks.0.fragments_lost", 1);
  rd_result_free(r);
}
END_TEST

static void expect_broken(RdResult *r, const char *words) {
  g_autoptr(GError) error = NULL;
  g_autofree char *good = g_build_filename(folder, "result.json", NULL);
  g_autofree char *broken = g_build_filename(folder, "result-broken.json", NULL);
  g_autofree char *text = NULL;
  ck_assert(!rd_result_write(r, folder, &error));
  ck_assert_msg(strstr(error->message, words) != NULL, "%s", error->message);
  ck_assert(!g_file_test(good, G_FILE_TEST_EXISTS));
  ck_assert(g_file_get_contents(broken, &text, NULL, NULL));
  ck_assert_ptr_nonnull(strstr(text, words));
  rd_result_free(r);
}

START_TEST(a_message_that_vanishes_is_reported) {
  RdResult *r = sound();
  RdNetworkCounts network = {.sent = 28, .received = 27};
  rd_result_network(r, 0, &network);
  expect_broken(r, "network gm: sent 28 != 27");
}
END_TEST

START_TEST(a_node_that_loses_count_is_reported) {
  RdResult *r = sound();
  RdNodeCounts node = {.arrived = 11, .served = 5, .overflowed = 2, .waiting = 3};
  rd_result_node(r, 1, &node);
  expect_broken(r, "node sbc: arrived 11 != 10");
}
END_TEST

START_TEST(a_queue_that_loses_count_is_reported) {
  RdResult *r = sound();
  rd_result_queue(r, 1, 0, &(RdQueueCounts){7, 4, 1, 1, 3});
  expect_broken(r, "node sbc, queue 0: arrived 7 != taken 4 + overflowed 1 + waiting 1");
}
END_TEST

/* Each queue adds up, and together they are not what the node counted. */
START_TEST(queues_that_are_not_their_node_are_reported) {
  RdResult *r = sound();
  rd_result_queue(r, 1, 0, &(RdQueueCounts){8, 5, 1, 2, 3});
  expect_broken(r, "node sbc: its queues (arrived 11, taken 7, overflowed 2, waiting 2) are not");
}
END_TEST

START_TEST(an_overflow_that_no_queue_counted_is_reported) {
  RdResult *r = sound();
  rd_result_overflow(r, 1, 1, RD_INDUCED);
  expect_broken(r, "node sbc, queue 1: overflowed 1, but 2 messages did");
}
END_TEST

START_TEST(two_counts_that_differ_are_reported) {
  RdResult *r = sound();
  rd_result_served(r, 1, RD_INDUCED, 1, 1);
  expect_broken(r, "node sbc: served 5, but 6 messages left");
}
END_TEST

START_TEST(little_is_held_to_the_nanosecond) {
  RdResult *r = sound();
  RdNodeCounts node = {
      .arrived = 7, .served = 5, .overflowed = 2, .area = 1000000001, .sojourn = 1000000000};
  rd_result_node(r, 1, &node);
  expect_broken(r, "area 1000000001 ns != sojourn 1000000000 ns (off by 1)");
}
END_TEST

/* ---- bytes ----------------------------------------------------------------------------------- */

static char *bytes_of_one_run(void) {
  RdResult *r = sound();
  serve(r);
  judge_all(r);
  alert(r, RD_SUBJECT_SOURCE, "198.18.0.2\n\x01\xff", "dos", 0, 31 * S);
  json_node_unref(written(r));
  g_autofree char *path = g_build_filename(folder, "result.json", NULL);
  char *text = NULL;
  ck_assert(g_file_get_contents(path, &text, NULL, NULL));
  rd_result_free(r);
  return text;
}

START_TEST(the_same_calls_write_the_same_bytes) {
  g_autofree char *one = bytes_of_one_run();
  g_autofree char *two = bytes_of_one_run();
  ck_assert_str_eq(one, two);
}
END_TEST

START_TEST(no_folder_is_an_error) {
  RdResult *r = rd_result_new(&trial);
  g_autoptr(GError) error = NULL;
  ck_assert(!rd_result_write(r, "/nonexistent/world", &error));
  ck_assert_ptr_nonnull(error);
  rd_result_free(r);
  rd_result_free(NULL);
}
END_TEST

/* RFC 6076 s4.7 and s4.8, status by status. */
static const struct {
  unsigned status;
  double seer, isa;
} statuses[] = {{200, 100, 0}, {480, 100, 0}, {486, 100, 0}, {600, 100, 0},
                {603, 100, 0}, {404, 0, 0},   {403, 0, 0},   {408, 0, 100},
                {500, 0, 100}, {503, 0, 100}, {504, 0, 100}, {0, 0, 100}};

START_TEST(each_status_is_effective_or_not) {
  RdResult *r = rd_result_new(&trial);
  const RdTime answer = statuses[_i].status ? 3 * S : 0;
  attempt(r, RD_ATTEMPT_CALL, 31 * S, statuses[_i].status, 200 * MS, answer, 0);
  g_autoptr(JsonNode) root = written(r);
  IS("legit.call.seer", statuses[_i].seer);
  IS("legit.call.isa", statuses[_i].isa);
  rd_result_free(r);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("result");
  TCase *t = tcase_create("result");
  tcase_add_checked_fixture(t, make_folder, remove_folder);
  tcase_add_test(t, service_follows_rfc_6076);
  tcase_add_loop_test(t, each_status_is_effective_or_not, 0, G_N_ELEMENTS(statuses));
  tcase_add_test(t, a_call_that_nobody_had_is_not_served);
  tcase_add_test(t, talk_without_sense_is_borne);
  tcase_add_test(t, nothing_happened_is_null);
  tcase_add_test(t, long_trials_have_wide_buckets);
  tcase_add_test(t, messages_are_scored_against_the_truth);
  tcase_add_test(t, what_is_not_judged_dilutes_nothing);
  tcase_add_test(t, a_defense_that_never_acts_is_not_flattered);
  tcase_add_test(t, a_twin_is_a_negative);
  tcase_add_test(t, partial_auc_looks_at_the_left_edge);
  tcase_add_test(t, alerts_are_true_in_window_family_and_subject);
  tcase_add_test(t, alerts_are_of_one_kind_each);
  tcase_add_test(t, an_alert_on_a_victim_detects_nothing);
  tcase_add_test(t, claims_and_counters_are_kept);
  tcase_add_test(t, a_sound_trial_is_written);
  tcase_add_test(t, a_message_that_vanishes_is_reported);
  tcase_add_test(t, a_node_that_loses_count_is_reported);
  tcase_add_test(t, a_queue_that_loses_count_is_reported);
  tcase_add_test(t, queues_that_are_not_their_node_are_reported);
  tcase_add_test(t, an_overflow_that_no_queue_counted_is_reported);
  tcase_add_test(t, two_counts_that_differ_are_reported);
  tcase_add_test(t, little_is_held_to_the_nanosecond);
  tcase_add_test(t, the_same_calls_write_the_same_bytes);
  tcase_add_test(t, no_folder_is_an_error);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
