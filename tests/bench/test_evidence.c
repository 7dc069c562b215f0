#include <math.h>
#include <string.h>

#include "bench/judge/evidence.h"
#include "tests/bench/worlds.h"
#include "tests/check_main.h"

#define MS RD_MILLISECOND
#define S RD_SECOND

/* Stands in for a flood's predicate: RRD p95 at least doubled, or more failures than in peace. */
static void slowed_or_broken(const RdEvidence *e, const void *config, RdSuccess *ret) {
  const double *factor = config;
  double there = e->metric(e, RD_WORLD_THIS, RD_METRIC_RRD_P95, e->attack_start, e->attack_stop);
  double before =
      e->metric(e, RD_WORLD_BASELINE, RD_METRIC_RRD_P95, e->attack_start, e->attack_stop);
  ret->effect = there / before;
  ret->unit = "times RRD p95";
  ret->succeeded = ret->effect >= *factor;
}

static const double twice = 2;
static RdPart part = {.plugin = {.kind = RD_ATTACK, .name = "flood"},
                      .actor = {.success = slowed_or_broken}};
static RdTrialAttack attack = {.name = (char *)"flood",
                               .part = &part,
                               .config = (void *)&twice,
                               .start = 20 * S,
                               .stop = 40 * S};

static const char result[] = "{\"attacks\": [{\"name\": \"other\", \"counters\": {\"tried\": 3}},"
                             "{\"name\": \"flood\", \"counters\": {\"tried\": 41, \"lost\": -1}}]}";

/* Ten registrations a window, before, in and after the attack; the slow one in the attack takes
 * `slowest`. */
static char *world_with(RdTime slowest) {
  RdLedgerRow rows[30];
  for (int i = 0; i < 30; i++)
    rows[29 - i] = row_of(RD_ATTEMPT_REGISTER, 1, (uint64_t)i, 10 * S + i * S, 200,
                          i == 12 ? slowest : 50 * MS);
  char *folder = world_new(rows, 30);
  world_put(folder, "result.json", result);
  return folder;
}

START_TEST(both_sides_of_a_threshold) {
  char *peace = world_with(100 * MS);
  char *below = world_with(200 * MS - 1), *at = world_with(200 * MS);
  RdSuccess s;
  /* Twenty begin in [20 s, 40 s): the 95th percentile is the 19th, and one slow one is not it. */
  for (int i = 0; i < 2; i++) {
    ck_assert(rd_evidence_judge(i ? at : below, peace, &attack, 60 * S, &s, NULL));
    ck_assert(!s.succeeded);
    ck_assert_double_eq_tol(s.effect, 1, 1e-12);
  }
  attack.stop = 30 * S; /* of ten it is */
  ck_assert(rd_evidence_judge(below, peace, &attack, 60 * S, &s, NULL));
  ck_assert(!s.succeeded);
  ck_assert(s.effect < 2);
  ck_assert(rd_evidence_judge(at, peace, &attack, 60 * S, &s, NULL));
  ck_assert(s.succeeded);
  ck_assert_double_eq_tol(s.effect, 2, 1e-12);
  ck_assert_str_eq(s.unit, "times RRD p95");
  world_free(peace);
  world_free(below);
  world_free(at);
}
END_TEST

static double ask(const RdEvidence *e, RdMetric metric, RdTime from, RdTime to) {
  return e->metric(e, RD_WORLD_THIS, metric, from, to);
}

START_TEST(metrics_of_a_window) {
  RdLedgerRow rows[] = {
      row_of(RD_ATTEMPT_CALL, 1, 0, 10 * S, 503, S), /* before */
      row_of(RD_ATTEMPT_CALL, 1, 1, 20 * S, 200, 2 * S), /* at the very start: in */
      row_of(RD_ATTEMPT_CALL, 1, 2, 21 * S, 486, S),
      row_of(RD_ATTEMPT_CALL, 1, 3, 22 * S, 302, S),
      row_of(RD_ATTEMPT_CALL, 1, 4, 23 * S, 0, 0),
      row_of(RD_ATTEMPT_CALL, 1, 5, 24 * S, 200, 4 * S),
      row_of(RD_ATTEMPT_CALL, 1, 6, 40 * S, 503, S), /* at the very end: out */
      row_of(RD_ATTEMPT_REGISTER, 1, 0, 25 * S, 200, 30 * MS),
      row_of(RD_ATTEMPT_REGISTER, 1, 1, 26 * S, 403, 10 * MS),
      row_of(RD_ATTEMPT_REGISTER, 1, 2, 27 * S, 200, 50 * MS),
      row_of(RD_ATTEMPT_REGISTER, 1, 3, 28 * S, 0, 0),
      row_of(RD_ATTEMPT_REGISTER, 9, 0, 28 * S, 503, MS), /* the attack's */
      row_of(RD_ATTEMPT_MESSAGE, 1, 0, 10 * S, 0, 0), /* before */
      row_of(RD_ATTEMPT_MESSAGE, 1, 1, 30 * S, 200, 10 * MS),
      row_of(RD_ATTEMPT_MESSAGE, 1, 2, 31 * S, 202, 30 * MS),
      row_of(RD_ATTEMPT_MESSAGE, 1, 3, 32 * S, 404, 5 * MS),
  };
  rows[5].ringing = rows[5].started + S;
  rows[5].left = rows[5].started + 3 * S; /* a 200 to nobody: established by the RFC, and failed */
  rows[11].causes = 1;
  char *folder = world_new(rows, G_N_ELEMENTS(rows));
  world_put(folder, "result.json", result);
  RdEvidenceFile *file = rd_evidence_open(folder, NULL, &attack, 60 * S, NULL);
  ck_assert_ptr_nonnull(file);
  const RdEvidence *e = rd_evidence_view(file);
  RdTime from = 20 * S, to = 40 * S;
  ck_assert_double_eq_tol(ask(e, RD_METRIC_CALL_ATTEMPTS, from, to), 5, 1e-12);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_CALL_FAILED, from, to), 3, 1e-12);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_SER, from, to), 50, 1e-12); /* 2 of 5 - 1 redirected */
  ck_assert_double_eq_tol(ask(e, RD_METRIC_SRD_MEAN, from, to), 1.5e9, 1e-3);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_SRD_P95, from, to), 2e9, 1e-12);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_REGISTER_ATTEMPTS, from, to), 4, 1e-12);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_REGISTER_FAILED, from, to), 2, 1e-12);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_IRA, from, to), 50, 1e-12);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_RRD_MEAN, from, to), 40e6, 1e-3);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_RRD_P95, from, to), 50e6, 1e-12);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_MESSAGE_ATTEMPTS, from, to), 3, 1e-12);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_MESSAGE_FAILED, from, to), 1, 1e-12);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_MESSAGE_DELAY_MEAN, from, to), 20e6, 1e-3);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_MESSAGE_DELAY_P95, from, to), 30e6, 1e-12);
  ck_assert_double_eq_tol(ask(e, RD_METRIC_MESSAGE_ATTEMPTS, 0, S), 0, 1e-12);
  ck_assert(isnan(ask(e, RD_METRIC_MESSAGE_DELAY_P95, 0, S)));
  ck_assert(isnan(ask(e, RD_METRIC_SER, 0, S)));
  ck_assert(isnan(ask(e, RD_METRIC_IRA, to, from)));
  ck_assert(isnan(ask(e, RD_METRIC_RRD_P95, 28 * S, 29 * S)));
  ck_assert_double_eq_tol(ask(e, RD_METRIC_CALL_ATTEMPTS, 0, S), 0, 1e-12);
  ck_assert(isnan(e->metric(e, RD_WORLD_BASELINE, RD_METRIC_CALL_ATTEMPTS, from, to)));
  ck_assert_int_eq(e->attack_start, 20 * S);
  ck_assert_int_eq(e->trial_stop, 60 * S);
  rd_evidence_close(file);
  rd_evidence_close(NULL);
  world_free(folder);
}
END_TEST

/* Four calls and a registration; one call begins as the attack ends, one registration is an attack's. */
static char *world_of(const uint16_t statuses[6]) {
  RdLedgerRow rows[7];
  for (unsigned i = 0; i < 6; i++)
    rows[i] = row_of(i < 5 ? RD_ATTEMPT_CALL : RD_ATTEMPT_REGISTER, 1, i, (20 + 5 * (RdTime)i) * S,
                     statuses[i], S);
  rows[5].started = 30 * S;
  rows[5].answered = 31 * S;
  rows[6] = row_of(RD_ATTEMPT_REGISTER, 9, 0, 28 * S, 503, S);
  rows[6].causes = 1;
  char *folder = world_new(rows, G_N_ELEMENTS(rows));
  world_put(folder, "result.json", result);
  return folder;
}

static void is_fared(RdFared f, uint64_t attempts, uint64_t lost, uint64_t gained) {
  ck_assert_uint_eq(f.attempts, attempts);
  ck_assert_uint_eq(f.lost, lost);
  ck_assert_uint_eq(f.gained, gained);
}

START_TEST(attempts_are_held_against_the_baseline) {
  char *peace = world_of((uint16_t[]){200, 200, 503, 200, 200, 200});
  char *here = world_of((uint16_t[]){200, 486, 200, 503, 503, 503});
  RdTrialAttack twenty = attack;
  twenty.stop = 40 * S;
  RdEvidenceFile *file = rd_evidence_open(here, peace, &twenty, 60 * S, NULL);
  const RdEvidence *e = rd_evidence_view(file);
  /* 25 s: answered in peace, busy here, is lost; 30 s: gained; 35 s: lost; 40 s: outside. */
  is_fared(e->fared(e, 0, 20 * S, 40 * S), 5, 3, 1);
  is_fared(e->fared(e, RD_ATTEMPT_CALL, 20 * S, 40 * S), 4, 2, 1);
  is_fared(e->fared(e, RD_ATTEMPT_REGISTER, 20 * S, 40 * S), 1, 1, 0);
  is_fared(e->fared(e, RD_ATTEMPT_MESSAGE, 20 * S, 40 * S), 0, 0, 0);
  is_fared(e->fared(e, 0, 40 * S, 41 * S), 1, 1, 0);
  is_fared(e->fared(e, 0, 22 * S, 25 * S), 0, 0, 0);
  is_fared(e->fared(e, 0, 21 * S, 25 * S), 1, 0, 0); /* answered at 21 s: just under way */
  rd_evidence_close(file);
  file = rd_evidence_open(here, NULL, &twenty, 60 * S, NULL);
  e = rd_evidence_view(file);
  is_fared(e->fared(e, 0, 20 * S, 40 * S), 0, 0, 0);
  rd_evidence_close(file);
  world_free(peace);
  world_free(here);
}
END_TEST

/* What was begun before the attack and still rings or talks in peace can be lost to it; what was over
 * cannot, and what was begun in the warm-up is in no figure. */
START_TEST(calls_begun_before_count_while_they_are_under_way) {
  static const char warm[] = "{\"trial\": {\"warmup_ns\": 5000000000},"
                             "\"attacks\": [{\"name\": \"flood\", \"counters\": {}}]}";
  RdLedgerRow rows[4];
  rows[0] = row_of(RD_ATTEMPT_CALL, 1, 0, 4 * S, 200, 17 * S); /* warm-up */
  rows[1] = row_of(RD_ATTEMPT_CALL, 1, 1, 10 * S, 200, 11 * S); /* rings until 21 s */
  rows[2] = row_of(RD_ATTEMPT_CALL, 1, 2, 11 * S, 200, S); /* talks until 22 s */
  rows[2].talked = 10 * S;
  rows[3] = row_of(RD_ATTEMPT_CALL, 1, 3, 12 * S, 200, S); /* over at 13 s */
  char *peace = world_new(rows, 4);
  for (unsigned i = 0; i < 4; i++)
    rows[i].status = 503;
  char *here = world_new(rows, 4);
  world_put(peace, "result.json", warm);
  world_put(here, "result.json", warm);
  RdEvidenceFile *file = rd_evidence_open(here, peace, &attack, 60 * S, NULL);
  const RdEvidence *e = rd_evidence_view(file);
  is_fared(e->fared(e, 0, 20 * S, 40 * S), 2, 2, 0);
  is_fared(e->fared(e, 0, 23 * S, 40 * S), 0, 0, 0);
  rd_evidence_close(file);
  world_free(peace);
  world_free(here);
}
END_TEST

static const char some_claims[] =
    "{\"attack\":\"flood\",\"kind\":\"id\",\"subject\":\"a\",\"value\":0.1,\"true\":true}\n"
    "{\"attack\":\"flood\",\"kind\":\"id\",\"subject\":\"b\",\"value\":0.6,\"true\":false}\n"
    "{\"attack\":\"flood\",\"kind\":\"id\",\"subject\":\"c\",\"value\":0.6,\"true\":true}\n"
    "{\"attack\":\"flood\",\"kind\":\"id\",\"subject\":\"d\",\"value\":0.2,\"true\":false}\n"
    "{\"attack\":\"flood\",\"kind\":\"id\",\"subject\":\"e\",\"value\":0.3,\"true\":true}\n"
    "{\"attack\":\"flood\",\"kind\":\"id\",\"subject\":\"f\",\"value\":0.9,\"true\":null}\n"
    "{\"attack\":\"other\",\"kind\":\"id\",\"subject\":\"g\",\"value\":0.9,\"true\":false}\n"
    "{\"attack\":\"flood\",\"kind\":\"cell\",\"subject\":\"a\",\"value\":0.9,\"true\":true}\n"
    /* A second thought on "a": the last word counts. */
    "{\"attack\":\"flood\",\"kind\":\"id\",\"subject\":\"a\",\"value\":0.8,\"true\":true}\n";

START_TEST(claims_are_ranked_against_the_truth) {
  char *folder = world_new(NULL, 0);
  world_put(folder, "result.json", result);
  world_put(folder, "claims.jsonl", some_claims);
  RdEvidenceFile *file = rd_evidence_open(folder, NULL, &attack, 60 * S, NULL);
  ck_assert_ptr_nonnull(file);
  const RdEvidence *e = rd_evidence_view(file);
  RdClaimed c = e->claimed(e, "id");
  ck_assert_uint_eq(c.made, 7);
  /* True 0.8 0.6 0.3 against false 0.6 0.2: wins 2, 1.5 and 1 of 6. */
  ck_assert_double_eq_tol(c.auc, 4.5 / 6, 1e-12);
  ck_assert_uint_eq(c.truths, 3);
  ck_assert_uint_eq(c.right, 2);
  ck_assert_uint_eq(c.falses, 2);
  ck_assert_uint_eq(c.wrong, 1);
  c = e->claimed(e, "cell");
  ck_assert_uint_eq(c.made, 1);
  ck_assert(isnan(c.auc));
  ck_assert_uint_eq(c.right, 1);
  c = e->claimed(e, "toll");
  ck_assert_uint_eq(c.made + c.truths + c.falses, 0);
  ck_assert(isnan(c.auc));
  ck_assert_int_eq(e->counter(e, "tried"), 41);
  ck_assert_int_eq(e->counter(e, "lost"), -1);
  ck_assert_int_eq(e->counter(e, "never"), 0);
  rd_evidence_close(file);
  world_free(folder);
}
END_TEST

static void expect_error(const char *folder, const char *words) {
  g_autoptr(GError) error = NULL;
  RdSuccess s;
  ck_assert(!rd_evidence_judge(folder, NULL, &attack, 60 * S, &s, &error));
  ck_assert_msg(error && strstr(error->message, words), "%s", error ? error->message : "none");
}

START_TEST(broken_files_are_errors) {
  char *folder = world_new(NULL, 0);
  world_put(folder, "claims.jsonl", "{\"attack\":\"flood\"}\n{\"attack\":");
  expect_error(folder, "claims.jsonl:2:");
  world_put(folder, "claims.jsonl", "\n");
  expect_error(folder, "claims.jsonl:1:");
  world_put(folder, "claims.jsonl", "[1]\n");
  expect_error(folder, "not an object");
  world_put(folder, "claims.jsonl", "");
  expect_error(folder, "result.json");
  world_put(folder, "result.json", "[]");
  expect_error(folder, "no attack named 'flood'");
  world_put(folder, "result.json", "{\"attacks\": [{\"name\": \"else\", \"counters\": {}}]}");
  expect_error(folder, "no attack named 'flood'");
  world_free(folder);
}
END_TEST

START_TEST(no_predicate_no_success) {
  RdTrialAttack twin = attack;
  RdPart plain = {.plugin = {.kind = RD_ATTACK, .name = "twin", .benign = true}};
  char *folder = world_new(NULL, 0);
  RdSuccess s;
  twin.part = &plain;
  world_put(folder, "result.json", result);
  ck_assert(rd_evidence_judge(folder, NULL, &twin, 60 * S, &s, NULL));
  ck_assert(!s.succeeded);
  ck_assert(isnan(s.effect) && isnan(s.effect_low) && isnan(s.threshold) && isnan(s.worst));
  ck_assert_str_eq(s.unit, "");
  world_free(folder);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("evidence");
  TCase *t = tcase_create("evidence");
  tcase_add_test(t, both_sides_of_a_threshold);
  tcase_add_test(t, metrics_of_a_window);
  tcase_add_test(t, attempts_are_held_against_the_baseline);
  tcase_add_test(t, calls_begun_before_count_while_they_are_under_way);
  tcase_add_test(t, claims_are_ranked_against_the_truth);
  tcase_add_test(t, broken_files_are_errors);
  tcase_add_test(t, no_predicate_no_success);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
