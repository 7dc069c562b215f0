/* Against published tables and closed forms; each expected number names where it is from. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/judge/statistics.h"
#include "lab/base/random.h"
#include "tests/check_main.h"

#define NEAR(a, b, tolerance) ck_assert_double_eq_tol(a, b, tolerance)

START_TEST(moments_and_quantiles) {
  const double x[] = {2, 4, 4, 4, 5, 5, 7, 9};
  NEAR(rd_stat_mean(x, 8), 5, 1e-12);
  NEAR(rd_stat_sd(x, 8), sqrt(32.0 / 7), 1e-12);
  NEAR(rd_stat_median(x, 8), 4.5, 1e-12);
  /* Type 7: position 0.25 * 7 = 1.75, between the second and third. */
  NEAR(rd_stat_quantile(x, 8, 0.25), 4, 1e-12);
  NEAR(rd_stat_quantile(x, 8, 0.9), 7.6, 1e-12);
  NEAR(rd_stat_quantile(x, 8, 1), 9, 1e-12);
  ck_assert(isnan(rd_stat_mean(x, 0)) && isnan(rd_stat_sd(x, 1)) && isnan(rd_stat_median(x, 0)));
}
END_TEST

START_TEST(student_interval) {
  /* t(0.975, 4) = 2.776445 in any table; sd of 1..5 is sqrt(2.5). */
  const double x[] = {1, 2, 3, 4, 5};
  RdInterval i = rd_stat_t_interval(x, 5, RD_UNBOUNDED, 0.95);
  double half = 2.776445 * sqrt(2.5 / 5);
  NEAR(i.low, 3 - half, 1e-5);
  NEAR(i.high, 3 + half, 1e-5);
  ck_assert(isnan(rd_stat_t_interval(x, 1, RD_UNBOUNDED, 0.95).low));
}
END_TEST

/* By hand, with t(0.975, 4) = 2.776445: on the scale of logs the half width is t * s / (sqrt(n) * mean),
 * on that of logits t * s / (sqrt(n) * p * (1 - p)). */
START_TEST(bounded_intervals_stay_within) {
  const double counts[] = {0, 0, 0, 0, 5}; /* mean 1, standard error 1 */
  RdInterval i = rd_stat_t_interval(counts, 5, (RdBounds){0, INFINITY}, 0.95);
  NEAR(i.low, exp(-2.776445), 1e-6);
  NEAR(i.high, exp(2.776445), 1e-4);
  const double shares[] = {0.9, 1, 1, 1, 1}; /* mean 0.98, standard error 0.02 */
  i = rd_stat_t_interval(shares, 5, (RdBounds){0, 1}, 0.95);
  const double shift = 2.776445 * 0.02 / (0.98 * 0.02);
  NEAR(i.low, 1 / (1 + exp(-(log(49) - shift))), 1e-6);
  NEAR(i.high, 1 / (1 + exp(-(log(49) + shift))), 1e-6);
  ck_assert(i.high < 1 && i.low > 0);
  /* Mirrored: what lies as far below 1 as the counts above 0. */
  const double mirrored[] = {1, 1, 1, 1, -4};
  i = rd_stat_t_interval(mirrored, 5, (RdBounds){-INFINITY, 1}, 0.95);
  NEAR(i.low, 1 - exp(2.776445), 1e-4);
  NEAR(i.high, 1 - exp(-2.776445), 1e-6);
}
END_TEST

START_TEST(bounds_far_away_or_wrong_change_nothing) {
  const double x[] = {1, 2, 3, 4, 5};
  const RdInterval plain = rd_stat_t_interval(x, 5, RD_UNBOUNDED, 0.95);
  RdInterval i = rd_stat_t_interval(x, 5, (RdBounds){-1e7, 1e7}, 0.95);
  NEAR(i.low, plain.low, 1e-5);
  NEAR(i.high, plain.high, 1e-5);
  i = rd_stat_t_interval(x, 5, (RdBounds){4, 9}, 0.95); /* the mean is outside */
  ck_assert(i.low == plain.low && i.high == plain.high);
  const double equal[] = {1, 1, 1};
  i = rd_stat_t_interval(equal, 3, (RdBounds){0, 1}, 0.95);
  ck_assert(i.low == 1 && i.high == 1);
}
END_TEST

START_TEST(undefined_values_are_left_out) {
  const double x[] = {1, NAN, 3, 4}, y[] = {0, 5, NAN, 1};
  double ret[4];
  ck_assert_uint_eq(rd_stat_defined(x, 4, ret), 3);
  ck_assert_uint_eq(rd_stat_differences(x, y, 4, ret), 2);
  NEAR(ret[0], 1, 1e-12);
  NEAR(ret[1], 3, 1e-12);
  RdSummary s = rd_stat_summary(x, 4, RD_UNBOUNDED);
  ck_assert_uint_eq(s.n, 3);
  NEAR(s.mean, 8.0 / 3, 1e-12);
  ck_assert(isnan(rd_stat_summary(x, 0, RD_UNBOUNDED).mean));
}
END_TEST

/* ---- signed ranks: the exact null distribution is 2**n equally likely sign patterns ----------- */

START_TEST(wilcoxon_counts_sign_patterns) {
  const double all_up[] = {1, 2, 3, 4, 5};
  NEAR(rd_stat_wilcoxon(all_up, 5), 2.0 / 32, 1e-12);
  /* Rank 1 against the rest: W = 1, reached by {} and {1}: 2 * 2 / 32. */
  const double one_down[] = {-1, 2, 3, 4, 5};
  NEAR(rd_stat_wilcoxon(one_down, 5), 4.0 / 32, 1e-12);
  /* W = 3: {}, {1}, {2}, {3}, {1,2}: 2 * 5 / 32. */
  const double third_down[] = {1, 2, -3, 4, 5};
  NEAR(rd_stat_wilcoxon(third_down, 5), 10.0 / 32, 1e-12);
  const double even[] = {-1, 1};
  NEAR(rd_stat_wilcoxon(even, 2), 1, 1e-12);
}
END_TEST

START_TEST(wilcoxon_ties_and_zeros) {
  /* Two equal sizes share rank 1.5; W = 1.5 is reached by {} and either of them: 2 * 3 / 8. */
  const double tied[] = {-1, 1, 2, 0, 0};
  NEAR(rd_stat_wilcoxon(tied, 5), 6.0 / 8, 1e-12);
  /* Ranks 1.5, 1.5, 3 and 4, W = 4: {}, either 1.5, 3, 4 and both 1.5: 2 * 6 / 16. */
  const double below[] = {1, 1, 3, -4};
  NEAR(rd_stat_wilcoxon(below, 4), 12.0 / 16, 1e-12);
  const double nothing[] = {0, 0, 0};
  ck_assert(isnan(rd_stat_wilcoxon(nothing, 3)));
  ck_assert(isnan(rd_stat_wilcoxon(nothing, 0)));
}
END_TEST

/* Darwin's maize heights (Fisher 1935, The Design of Experiments, table 3), in eighths of an inch:
 * the classical worked example; two-sided exact p = 0.0413. */
START_TEST(wilcoxon_of_darwins_maize) {
  const double x[] = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
  NEAR(rd_stat_wilcoxon(x, 15), 0.04126, 5e-5);
}
END_TEST

START_TEST(wilcoxon_exact_and_normal_meet) {
  double x[60];
  for (int i = 0; i < 60; i++)
    x[i] = (i % 3 ? 1 : -1) * (i + 1.0);
  double exact = rd_stat_wilcoxon(x, 50), normal = rd_stat_wilcoxon(x, 51);
  ck_assert_msg(fabs(exact - normal) < 0.02, "%f and %f", exact, normal);
}
END_TEST

/* ---- many tests, effects, survival, shares ---------------------------------------------------- */

START_TEST(holm_steps_down) {
  /* Sorted 0.005 0.01 0.03 0.04 by 4 3 2 1: 0.02 0.03 0.06 and, never falling, 0.06. */
  const double p[] = {0.01, 0.04, NAN, 0.03, 0.005};
  double adjusted[5];
  rd_stat_holm(p, 5, adjusted);
  NEAR(adjusted[4], 0.02, 1e-12);
  NEAR(adjusted[0], 0.03, 1e-12);
  NEAR(adjusted[3], 0.06, 1e-12);
  NEAR(adjusted[1], 0.06, 1e-12);
  ck_assert(isnan(adjusted[2]));
  const double sure[] = {0.9, 0.8};
  rd_stat_holm(sure, 2, adjusted);
  NEAR(adjusted[0], 1, 1e-12);
}
END_TEST

START_TEST(cliff_delta_counts_pairs) {
  const double x[] = {1, 2, 3}, y[] = {2, 4};
  /* Of 6 pairs: x greater 1 (3 > 2), less 4, equal 1. */
  NEAR(rd_stat_cliff_delta(x, 3, y, 2), -0.5, 1e-12);
  NEAR(rd_stat_cliff_delta(y, 2, x, 3), 0.5, 1e-12);
  ck_assert(isnan(rd_stat_cliff_delta(x, 0, y, 2)));
}
END_TEST

/* Remission times under 6-MP (Freireich and others 1963), used to teach Kaplan-Meier ever since:
 * 21 patients, 9 events; the median is 23 weeks. */
START_TEST(kaplan_meier_of_the_6mp_trial) {
  const double weeks[] = {6,  6,  6,  6,  7,  9,  10, 10, 11, 13, 16,
                          17, 19, 20, 22, 23, 25, 32, 32, 34, 35};
  const bool event[] = {true,  true,  true,  false, true, false, true,  false, false, true, true,
                        false, false, false, true,  true, false, false, false, false, false};
  NEAR(rd_stat_kaplan_meier_median(weeks, event, 21), 23, 1e-12);
  /* As SAS's LIFETEST prints it for these data (CONFTYPE=LOGLOG): 13 and no upper end. */
  RdInterval i = rd_stat_kaplan_meier_interval(weeks, event, 21, 0.95);
  NEAR(i.low, 13, 1e-12);
  ck_assert(isinf(i.high) && i.high > 0);
}
END_TEST

/* Klein and Moeschberger's bone marrow transplants, the group ALL (38 patients, days to relapse or
 * death): median 418 with 192 below and no upper end. Also the AML trial's controls (Miller): 23, 5 to
 * 33, by the log-log limits of R's survfit. */
START_TEST(brookmeyer_crowley_as_published) {
  const double days[] = {2081, 1602, 1496, 1462, 1433, 1377, 1330, 996, 226, 1199, 1111, 530, 1182,
                         1167, 418,  383,  276,  104,  609,  172,  487, 662, 194,  230,  526, 122,
                         129,  74,   122,  86,   466,  192,  109,  55,  1,   107,  110,  332};
  bool event[38], all[12];
  for (unsigned k = 0; k < 38; k++)
    event[k] = k >= 14;
  NEAR(rd_stat_kaplan_meier_median(days, event, 38), 418, 1e-12);
  RdInterval i = rd_stat_kaplan_meier_interval(days, event, 38, 0.95);
  NEAR(i.low, 192, 1e-12);
  ck_assert(isinf(i.high));
  const double weeks[] = {5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45};
  for (unsigned k = 0; k < 12; k++)
    all[k] = k != 5;
  NEAR(rd_stat_kaplan_meier_median(weeks, all, 12), 23, 1e-12);
  i = rd_stat_kaplan_meier_interval(weeks, all, 12, 0.95);
  NEAR(i.low, 5, 1e-12);
  NEAR(i.high, 33, 1e-12);
}
END_TEST

START_TEST(few_seeds_bound_a_median_from_below_alone) {
  const double times[] = {1, 2, 3, 4, 5, 6, 7}, same[] = {2, 2, 2, 2, 2, 2, 2};
  const bool all[] = {true, true, true, true, true, true, true}, none[7] = {false};
  RdInterval i = rd_stat_kaplan_meier_interval(times, all, 6, 0.95);
  ck_assert(i.low == 1 && isinf(i.high));
  i = rd_stat_kaplan_meier_interval(times, all, 7, 0.95);
  ck_assert(i.low == 1 && i.high == 6);
  i = rd_stat_kaplan_meier_interval(same, all, 7, 0.95);
  ck_assert(i.low == 2 && isinf(i.high));
  i = rd_stat_kaplan_meier_interval(times, none, 7, 0.95);
  ck_assert(isinf(i.low) && isinf(i.high));
}
END_TEST

START_TEST(kaplan_meier_may_have_no_median) {
  const double times[] = {1, 2, 10, 10, 10};
  const bool few[] = {true, true, false, false, false},
             none[] = {false, false, false, false, false};
  ck_assert(isnan(rd_stat_kaplan_meier_median(times, few, 5)));
  ck_assert(isnan(rd_stat_kaplan_meier_median(times, none, 5)));
  ck_assert(isnan(rd_stat_kaplan_meier_median(times, none, 0)));
  const bool all[] = {true, true, true, true, true};
  NEAR(rd_stat_kaplan_meier_median(times, all, 5), 10, 1e-12);
}
END_TEST

START_TEST(wilson_score) {
  /* p = 1/2, n = 10, z = 1.959964: 0.5 -+ z/(1 + z2/n) sqrt(1/40 + z2/400). */
  RdInterval i = rd_stat_wilson(5, 10, 0.95);
  NEAR(i.low, 0.236593, 1e-5);
  NEAR(i.high, 0.763407, 1e-5);
  /* k = 0: 0 to z2/(n + z2). */
  i = rd_stat_wilson(0, 5, 0.95);
  NEAR(i.low, 0, 1e-12);
  NEAR(i.high, 3.841459 / 8.841459, 1e-5);
  i = rd_stat_wilson(5, 5, 0.95);
  NEAR(i.low, 5 / 8.841459, 1e-5);
  NEAR(i.high, 1, 1e-12);
  ck_assert(isnan(rd_stat_wilson(0, 0, 0.95).low));
}
END_TEST

/* ---- bootstrap -------------------------------------------------------------------------------- */

START_TEST(bca_is_the_same_every_time) {
  const double x[] = {3, 1, 4, 1, 5, 9, 2, 6};
  RdInterval a = rd_stat_bca(x, 8, rd_stat_mean, 0.95), b = rd_stat_bca(x, 8, rd_stat_mean, 0.95);
  ck_assert(a.low == b.low && a.high == b.high);
  ck_assert(a.low < rd_stat_mean(x, 8) && rd_stat_mean(x, 8) < a.high);
  /* The long tail is to the right, and so is the interval's longer arm. */
  ck_assert(a.high - rd_stat_mean(x, 8) > rd_stat_mean(x, 8) - a.low);
}
END_TEST

START_TEST(bca_of_little) {
  const double same[] = {7, 7, 7, 7, 7};
  RdInterval i = rd_stat_bca(same, 5, rd_stat_mean, 0.95);
  NEAR(i.low, 7, 1e-12);
  NEAR(i.high, 7, 1e-12);
  ck_assert(isnan(rd_stat_bca(same, 1, rd_stat_mean, 0.95).low));
  ck_assert(isnan(rd_stat_bca(same, 0, rd_stat_mean, 0.95).high));
}
END_TEST

/* Thirty draws of a known mean, 200 times: a 95 % interval should hold it in about 95 % of them
 * (the bootstrap is a little optimistic at 30; three standard errors of 200 trials are 4.6 %). */
START_TEST(bca_covers_a_known_mean) {
  int covered = 0;
  for (uint64_t trial = 0; trial < 200; trial++) {
    double x[30];
    for (uint64_t i = 0; i < 30; i++)
      x[i] = rd_unit(rd_random(5, trial, 0, i)) + rd_unit(rd_random(5, trial, 1, i));
    RdInterval i = rd_stat_bca(x, 30, rd_stat_mean, 0.95);
    covered += i.low <= 1 && 1 <= i.high;
  }
  ck_assert_msg(covered >= 178 && covered <= 199, "covered %d of 200", covered);
}
END_TEST

START_TEST(pairs_are_compared_seed_by_seed) {
  const double x[] = {10, 21, 32, 43, 54}, y[] = {9, 19, 29, 39, 49};
  RdPaired p = rd_stat_paired(x, y, 5, RD_UNBOUNDED);
  ck_assert_uint_eq(p.difference.n, 5);
  NEAR(p.difference.mean, 3, 1e-12);
  NEAR(p.p, 0.0625, 1e-12);
  NEAR(p.delta, 5.0 / 25, 1e-12);
}
END_TEST

START_TEST(few_seeds_get_students_interval) {
  double x[20];
  for (int i = 0; i < 20; i++)
    x[i] = i % 7 * 1.5;
  ck_assert(rd_stat_summary(x, 5, RD_UNBOUNDED).interval.low ==
            rd_stat_t_interval(x, 5, RD_UNBOUNDED, 0.95).low);
  ck_assert(rd_stat_summary(x, 20, RD_UNBOUNDED).interval.low ==
            rd_stat_bca(x, 20, rd_stat_mean, 0.95).low);
  ck_assert(isnan(rd_stat_summary(x, 1, RD_UNBOUNDED).interval.low));
}
END_TEST

/* A quarter of the resamples of half zeros, half ones have the mean itself: half of them count as below
 * it, so the interval lies evenly about it. */
START_TEST(bca_of_discrete_data_is_not_biased) {
  const double x[] = {0, 0, 0, 0, 1, 1, 1, 1};
  RdInterval i = rd_stat_bca(x, 8, rd_stat_mean, 0.95);
  NEAR(i.low + i.high, 1, 0.13); /* one step of the means */
  ck_assert(i.low < 0.3);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("statistics");
  TCase *t = tcase_create("statistics");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, moments_and_quantiles);
  tcase_add_test(t, student_interval);
  tcase_add_test(t, bounded_intervals_stay_within);
  tcase_add_test(t, bounds_far_away_or_wrong_change_nothing);
  tcase_add_test(t, undefined_values_are_left_out);
  tcase_add_test(t, wilcoxon_counts_sign_patterns);
  tcase_add_test(t, wilcoxon_ties_and_zeros);
  tcase_add_test(t, wilcoxon_of_darwins_maize);
  tcase_add_test(t, wilcoxon_exact_and_normal_meet);
  tcase_add_test(t, holm_steps_down);
  tcase_add_test(t, cliff_delta_counts_pairs);
  tcase_add_test(t, kaplan_meier_of_the_6mp_trial);
  tcase_add_test(t, brookmeyer_crowley_as_published);
  tcase_add_test(t, few_seeds_bound_a_median_from_below_alone);
  tcase_add_test(t, kaplan_meier_may_have_no_median);
  tcase_add_test(t, wilson_score);
  tcase_add_test(t, bca_is_the_same_every_time);
  tcase_add_test(t, bca_of_little);
  tcase_add_test(t, bca_of_discrete_data_is_not_biased);
  tcase_add_test(t, bca_covers_a_known_mean);
  tcase_add_test(t, pairs_are_compared_seed_by_seed);
  tcase_add_test(t, few_seeds_get_students_interval);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
