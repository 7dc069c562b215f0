#include <math.h>

#include "defenses/cusum/statistic.h"
#include "lab/base/random.h"
#include "tests/check_main.h"
#include "tests/defenses/series.h"

static Cusum textbook(void) {
  return (Cusum){.k = 0.5,
                 .h = 5,
                 .alpha = 0.1,
                 .least = 2, /* and the variance stays below 4 / 9: sigma is 2 */
                 .learn = 4,
                 .alarm = {.freeze = 10, .calm = 2}};
}

/* 10 10 10 10 | 13 14 18, mean by hand. */
START_TEST(worked_values) {
  Cusum c = textbook();
  for (unsigned i = 0; i < 4; i++)
    cusum_close(&c, 10);
  ck_assert_double_eq(c.base.mean, 10);
  ck_assert_double_eq(c.sum, 0);
  ck_assert_double_eq(cusum_sigma(&c), 2);
  ck_assert_double_eq_tol(cusum_next(&c, 13), 1, 1e-12); /* 3/2 - 1/2 */
  ck_assert_int_eq(cusum_close(&c, 13), RD_ALARM_NONE);
  ck_assert_double_eq_tol(c.base.mean, 10.6, 1e-12); /* fifth value: weighs 1/5 */
  ck_assert_double_eq_tol(c.base.variance, 9.0 / 4, 1e-12);
  c.base.variance = 0; /* the deviation by hand from here on */
  ck_assert_double_eq_tol(cusum_next(&c, 14), 1 + 1.7 - 0.5, 1e-12);
  ck_assert_int_eq(cusum_close(&c, 14), RD_ALARM_NONE);
  c.base.variance = 0;
  const double mean = 10.6 + 3.4 / 6;
  ck_assert_int_eq(cusum_close(&c, 18), RD_ALARM_BEGINS);
  ck_assert_double_eq_tol(c.sum, 2.2 + (18 - mean) / 2 - 0.5, 1e-12);
  ck_assert_double_eq_tol(c.base.mean, mean, 1e-12); /* frozen */
}
END_TEST

START_TEST(an_alarm_ends_and_the_sum_is_reset) {
  Cusum c = textbook();
  for (unsigned i = 0; i < 4; i++)
    cusum_close(&c, 10);
  ck_assert_int_eq(cusum_close(&c, 1000), RD_ALARM_BEGINS);
  ck_assert_double_eq(c.sum, 10); /* 2 h, however large the flood */
  RdAlarmStep step = RD_ALARM_NONE;
  unsigned windows = 0;
  while (step == RD_ALARM_NONE && windows++ < 20)
    step = cusum_close(&c, 8);
  ck_assert_int_eq(step, RD_ALARM_ENDS);
  ck_assert_uint_eq(windows, 5); /* 8.5, 7, 5.5, then two below 5 */
  ck_assert_double_eq(c.sum, 0);
}
END_TEST

START_TEST(a_change_that_stays_becomes_the_norm) {
  Cusum c = textbook();
  for (unsigned i = 0; i < 20; i++)
    cusum_close(&c, 10);
  unsigned alarmed = 0;
  for (unsigned i = 0; i < 200; i++) {
    cusum_close(&c, 100);
    alarmed += c.alarm.on;
  }
  ck_assert_uint_eq(alarmed, 9); /* freeze is 10: given up as the tenth closes */
  ck_assert_double_eq_tol(c.base.mean, 100, 1e-9);
}
END_TEST

/* The trap: over-dispersed counts under the textbook's tuning, and under ours. */
START_TEST(gaussian_tuning_alarms_most_of_the_time) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  g_autoptr(GArray) events = series_make(SHAPE_BURSTY, 101, 900, NULL);
  const SeriesOutcome ours = series_run(&redoubt_plugin, c, events, 900, NULL);
  ck_assert_uint_le(ours.alarmed, 4);
  /* the deviation of Poisson counts of mean 8, and an alarm that never ends by itself */
  Cusum naive = {.k = 0.5,
                 .h = 5,
                 .alpha = 0.03,
                 .learn = 10,
                 .least = 2.83,
                 .alarm = {.freeze = 1000000, .calm = 2}};
  unsigned alarmed = 0, i = 0;
  for (unsigned second = 0; second < 900; second++) {
    unsigned count = 0;
    for (; i < events->len && g_array_index(events, SeriesEvent, i).at < (second + 1) * RD_SECOND;
         i++) {
      const SeriesEvent *e = &g_array_index(events, SeriesEvent, i);
      count += e->method == RD_SIP_INVITE && e->status == 0;
    }
    naive.base.variance = 0;
    cusum_close(&naive, count);
    alarmed += naive.alarm.on;
  }
  ck_assert_uint_gt(alarmed, 450);
}
END_TEST

/* Many sources of a few messages each: no limit per source would see them. */
START_TEST(seldom_alarms_and_finds_floods) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  const SeriesFlood spread = {.method = RD_SIP_INVITE, .sources = 2000};
  series_hold(&redoubt_plugin, c, &spread, 30, 60);
}
END_TEST

START_TEST(finds_a_flood_of_registers) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  const SeriesFlood one = {
      .method = RD_SIP_REGISTER, .rate = 200, .start = 100.4, .length = 20, .sources = 1};
  g_autoptr(GArray) events = series_make(SHAPE_BURSTY, 104, 200, &one);
  ck_assert_double_le(series_run(&redoubt_plugin, c, events, 200, &one).detected, 1);
}
END_TEST

/* Its blind spot: what grows more slowly than the mean learns. */
START_TEST(a_slow_ramp_is_learned) {
  Cusum c = textbook();
  c.dispersion = 1;
  double count = 10;
  for (unsigned i = 0; i < 500; i++) {
    ck_assert_int_eq(cusum_close(&c, count), RD_ALARM_NONE);
    count *= 1.01;
  }
  ck_assert_double_gt(count, 1400);
}
END_TEST

START_TEST(answers_and_what_leaves_are_not_judged) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  ck_assert(!isnan(bench_request(&b, "INVITE", 1).score));
  ck_assert(isnan(bench_answer(&b, RD_EGRESS, 200).score));
  ck_assert(isnan(bench_answer(&b, RD_INGRESS, 200).score));
  ck_assert(isnan(bench_egress(&b, "INVITE", 1).score));
  bench_close(&b);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("cusum");
  TCase *t = tcase_create("cusum");
  tcase_set_timeout(t, 150);
  tcase_add_test(t, worked_values);
  tcase_add_test(t, an_alarm_ends_and_the_sum_is_reset);
  tcase_add_test(t, a_change_that_stays_becomes_the_norm);
  tcase_add_test(t, gaussian_tuning_alarms_most_of_the_time);
  tcase_add_test(t, seldom_alarms_and_finds_floods);
  tcase_add_test(t, finds_a_flood_of_registers);
  tcase_add_test(t, a_slow_ramp_is_learned);
  tcase_add_test(t, answers_and_what_leaves_are_not_judged);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
