#include "lab/base/random.h"
#include "lab/result/detection.h"
#include "tests/check_main.h"

static RdScores scores; /* 16 kB: not on a fork's stack */

static void clear(void) {
  scores = (RdScores){0};
}

/* All bins used by both classes, attacks leaning to the right. */
static void spread(void) {
  for (uint64_t i = 0; i < 50000; i++) {
    double benign = rd_unit(rd_random(1, i, 0, 0)), attack = rd_unit(rd_random(1, i, 1, 0));
    rd_scores_add(&scores, false, benign * benign);
    rd_scores_add(&scores, true, 1 - attack * attack);
  }
}

START_TEST(the_curve_is_bounded_and_monotone) {
  RdRocPoint p[RD_ROC_POINTS];
  spread();
  unsigned n = rd_roc_curve(&scores, p);
  ck_assert_uint_eq(n, RD_ROC_POINTS);
  ck_assert(p[0].fpr + p[0].tpr < 1e-12);
  ck_assert(p[n - 1].fpr > 1 - 1e-12 && p[n - 1].tpr > 1 - 1e-12);
  double area = 0;
  for (unsigned i = 1; i < n; i++) {
    ck_assert(p[i].threshold < p[i - 1].threshold);
    ck_assert(p[i].fpr >= p[i - 1].fpr && p[i].tpr >= p[i - 1].tpr);
    area += (p[i].fpr - p[i - 1].fpr) * (p[i].tpr + p[i - 1].tpr) / 2;
  }
  /* The points kept lie on the whole curve: their area is the whole's but for thin slivers. */
  ck_assert_double_eq_tol(area, rd_roc_auc(&scores), 2e-3);
}
END_TEST

/* P(X < Y) for X = U**2 and Y = 1 - V**2 is P(U**2 + V**2 < 1): a quarter disc, pi/4. */
START_TEST(auc_of_a_known_pair) {
  spread();
  ck_assert_double_eq_tol(rd_roc_auc(&scores), 0.78539816, 4e-3);
}
END_TEST

START_TEST(perfect_chance_and_inverted) {
  rd_scores_add(&scores, false, 0.2);
  rd_scores_add(&scores, true, 0.7);
  ck_assert_double_eq_tol(rd_roc_auc(&scores), 1, 1e-12);
  ck_assert_double_eq_tol(rd_pr_auc(&scores), 1, 1e-12);
  clear();
  rd_scores_add(&scores, false, 0.5);
  rd_scores_add(&scores, true, 0.5);
  ck_assert_double_eq_tol(rd_roc_auc(&scores), 0.5, 1e-12);
  clear();
  rd_scores_add(&scores, false, 0.9);
  rd_scores_add(&scores, true, 0.1);
  ck_assert_double_eq_tol(rd_roc_auc(&scores), 0, 1e-12);
}
END_TEST

START_TEST(odd_scores_are_clamped) {
  rd_scores_add(&scores, true, -INFINITY);
  rd_scores_add(&scores, true, -3);
  rd_scores_add(&scores, true, 1e300);
  rd_scores_add(&scores, true, INFINITY);
  ck_assert_uint_eq(scores.positive[0], 2);
  ck_assert_uint_eq(scores.positive[RD_SCORE_BINS - 1], 2);
  RdRocPoint p[RD_ROC_POINTS];
  ck_assert_uint_eq(rd_roc_curve(&scores, p), 0);
  ck_assert(isnan(rd_roc_auc(&scores)) && isnan(rd_pr_auc(&scores)));
}
END_TEST

/* Of two attack messages the one that was never looked at loses to every negative that was, even to
 * a negative of score 0; a negative that was not looked at is none. */
START_TEST(not_judged_is_not_a_score_of_zero) {
  RdRocPoint p[RD_ROC_POINTS];
  for (unsigned i = 0; i < 4; i++)
    rd_scores_add(&scores, false, 0);
  rd_scores_add(&scores, true, 0.5);
  rd_scores_add(&scores, true, NAN);
  for (unsigned i = 0; i < 100; i++)
    rd_scores_add(&scores, false, NAN);
  ck_assert_double_eq_tol(rd_roc_auc(&scores), 0.5, 1e-12);
  ck_assert_double_eq_tol(rd_pr_auc(&scores), 0.5, 1e-12);
  unsigned n = rd_roc_curve(&scores, p);
  ck_assert_uint_eq(n, 3);
  ck_assert_double_eq_tol(p[1].tpr, 0.5, 1e-12);
  ck_assert_double_eq_tol(p[2].fpr, 1, 1e-12);
  ck_assert_double_eq_tol(p[2].tpr, 0.5, 1e-12);
  clear();
  rd_scores_add(&scores, false, NAN); /* nothing to compare with */
  rd_scores_add(&scores, true, 0.5);
  ck_assert(isnan(rd_roc_auc(&scores)));
  clear();
  rd_scores_add(&scores, false, 0.5); /* it looked at no attack message: all of them missed */
  rd_scores_add(&scores, true, NAN);
  ck_assert_double_eq_tol(rd_roc_auc(&scores), 0, 1e-12);
}
END_TEST

/* Axelsson's point: one false positive in a hundred drowns a perfect detector. */
START_TEST(base_rates_rule) {
  ck_assert_double_eq_tol(rd_precision_at(1e-4, 1, 1e-2), 1e-4 / (1e-4 + 0.9999e-2), 1e-12);
  ck_assert(rd_precision_at(1e-4, 1, 1e-2) < 0.01);
  ck_assert_double_eq_tol(rd_precision_at(1e-4, 0.5, 0), 1, 1e-12);
  ck_assert(isnan(rd_precision_at(1e-4, 0, 0)));
  ck_assert(isnan(rd_precision_at(1e-4, NAN, 0.1)));
}
END_TEST

START_TEST(a_rate_of_zero_has_an_upper_end) {
  ck_assert_double_eq_tol(rd_rate_upper(0, 100), 3.841459 / 103.841459, 1e-7);
  ck_assert_double_eq_tol(rd_rate_upper(5, 10), 0.763407, 1e-6);
  ck_assert_double_eq_tol(rd_rate_upper(10, 10), 1, 1e-12);
  ck_assert(isnan(rd_rate_upper(0, 0)));
  double precision = rd_precision_at(1e-4, 1, rd_rate_upper(0, 2000));
  ck_assert_double_eq_tol(precision, 0.0496, 1e-3);
}
END_TEST

START_TEST(margins_of_zero_are_undefined) {
  const RdConfusion silent = {.tn = 50, .fn = 5}, empty = {0}, wrong = {.fp = 4, .fn = 4};
  ck_assert(isnan(rd_mcc(&silent)) && isnan(rd_precision(&silent)));
  ck_assert_double_eq_tol(rd_f1(&silent), 0, 1e-12);
  ck_assert(isnan(rd_f1(&empty)) && isnan(rd_true_positive_rate(&empty)));
  ck_assert_double_eq_tol(rd_mcc(&wrong), -1, 1e-12);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("detection");
  TCase *t = tcase_create("detection");
  tcase_add_checked_fixture(t, clear, NULL);
  tcase_add_test(t, the_curve_is_bounded_and_monotone);
  tcase_add_test(t, auc_of_a_known_pair);
  tcase_add_test(t, perfect_chance_and_inverted);
  tcase_add_test(t, odd_scores_are_clamped);
  tcase_add_test(t, not_judged_is_not_a_score_of_zero);
  tcase_add_test(t, base_rates_rule);
  tcase_add_test(t, a_rate_of_zero_has_an_upper_end);
  tcase_add_test(t, margins_of_zero_are_undefined);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
