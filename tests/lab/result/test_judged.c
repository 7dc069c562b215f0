/* What defenses did and said, held against the truth. */
#include "tests/lab/result/hand_made.h"

START_TEST(messages_are_scored_against_the_truth) {
  RdResult *r = rd_result_new(&trial);
  judge_all(r);
  for (int i = 0; i < 20; i++)
    rd_result_attack_sent(r, 0, 1, 500);
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

static Suite *suite(void) {
  Suite *s = suite_create("judged");
  TCase *t = tcase_create("judged");
  tcase_add_checked_fixture(t, make_folder, remove_folder);
  tcase_add_test(t, messages_are_scored_against_the_truth);
  tcase_add_test(t, what_is_not_judged_dilutes_nothing);
  tcase_add_test(t, a_defense_that_never_acts_is_not_flattered);
  tcase_add_test(t, a_twin_is_a_negative);
  tcase_add_test(t, partial_auc_looks_at_the_left_edge);
  tcase_add_test(t, alerts_are_true_in_window_family_and_subject);
  tcase_add_test(t, alerts_are_of_one_kind_each);
  tcase_add_test(t, an_alert_on_a_victim_detects_nothing);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
