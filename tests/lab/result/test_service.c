/* The service that subscribers got, as RFC 6076 counts it. */
#include "tests/lab/result/hand_made.h"

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
  Suite *s = suite_create("service");
  TCase *t = tcase_create("service");
  tcase_add_checked_fixture(t, make_folder, remove_folder);
  tcase_add_test(t, service_follows_rfc_6076);
  tcase_add_test(t, a_call_that_nobody_had_is_not_served);
  tcase_add_test(t, talk_without_sense_is_borne);
  tcase_add_test(t, nothing_happened_is_null);
  tcase_add_test(t, long_trials_have_wide_buckets);
  tcase_add_loop_test(t, each_status_is_effective_or_not, 0, G_N_ELEMENTS(statuses));
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
