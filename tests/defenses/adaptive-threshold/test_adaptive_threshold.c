#include <math.h>

#include "defenses/adaptive-threshold/statistic.h"
#include "tests/check_main.h"
#include "tests/defenses/series.h"

static Threshold plain(void) {
  return (Threshold){.above = 0.5,
                     .alpha = 0.02,
                     .of = 4,
                     .over = 3,
                     .learn = 4,
                     .alarm = {.freeze = 10, .calm = 2}};
}

static Threshold learned(double count) {
  Threshold t = plain();
  for (unsigned i = 0; i < 100; i++)
    threshold_close(&t, count);
  return t;
}

START_TEST(worked_values) {
  Threshold t = plain();
  ck_assert(isinf(threshold_now(&t)));
  for (unsigned i = 0; i < 4; i++)
    threshold_close(&t, 8);
  ck_assert_double_eq_tol(threshold_now(&t), 12, 1e-12); /* 1.5 x 8 */
  ck_assert(threshold_hits(&t, 12) == 0); /* above, not at */
  ck_assert_int_eq(threshold_close(&t, 20), RD_ALARM_NONE);
  ck_assert_double_eq_tol(t.base.mean, 8 + 4 / 5.0, 1e-12); /* 20 is learned as 12; weighs 1/5 */
  ck_assert_int_eq(threshold_close(&t, 20), RD_ALARM_NONE);
  ck_assert_int_eq(threshold_close(&t, 5), RD_ALARM_NONE);
  ck_assert_uint_eq(threshold_hits(&t, 20), 3);
  ck_assert_int_eq(threshold_close(&t, 20), RD_ALARM_BEGINS); /* three of the last four */
}
END_TEST

START_TEST(two_windows_of_four_are_no_alarm) {
  Threshold t = learned(8);
  for (unsigned i = 0; i < 40; i++)
    ck_assert_int_eq(threshold_close(&t, i % 2 ? 500 : 0), RD_ALARM_NONE);
}
END_TEST

START_TEST(deviations_lift_the_threshold) {
  Threshold t = plain();
  t.deviations = 3;
  for (unsigned i = 0; i < 400; i++)
    threshold_close(&t, i % 2 ? 6 : 10);
  /* mean 8, deviation 2 and widened by a tenth */
  ck_assert_double_eq_tol(threshold_now(&t), 8 + 3 * 2 * 1.1, 0.3);
}
END_TEST

START_TEST(an_alarm_ends_or_is_given_up) {
  Threshold t = learned(8);
  for (unsigned i = 0; i < 3; i++)
    threshold_close(&t, 100);
  ck_assert(t.alarm.on);
  const double frozen = t.base.mean;
  threshold_close(&t, 8);
  threshold_close(&t, 8);
  ck_assert_double_eq(t.base.mean, frozen);
  ck_assert_int_eq(threshold_close(&t, 8), RD_ALARM_ENDS); /* the first 8 still saw 3 of 4 above */
  for (unsigned i = 0; i < 3; i++)
    threshold_close(&t, 100);
  RdAlarmStep step = RD_ALARM_NONE;
  while (step == RD_ALARM_NONE)
    step = threshold_close(&t, 100);
  ck_assert_int_eq(step, RD_ALARM_GIVEN_UP);
  ck_assert_double_eq(t.base.mean, 100); /* learned anew */
}
END_TEST

/* The published weakness. */
START_TEST(a_slow_ramp_is_never_seen) {
  Threshold t = learned(10);
  double count = 10;
  while (count < 1000) {
    ck_assert_int_eq(threshold_close(&t, count), RD_ALARM_NONE);
    count *= 1.005;
  }
}
END_TEST

START_TEST(seldom_alarms_and_finds_floods) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  const SeriesFlood spread = {.method = RD_SIP_INVITE, .sources = 2000};
  series_hold(&redoubt_plugin, c, &spread, 20, 60);
}
END_TEST

START_TEST(more_windows_over_than_looked_at_are_refused) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  mock_set(&redoubt_plugin, c, "over", 5);
  b.world = mock_world_new(1);
  MockHost *mock = mock_host_new(b.world, "threshold");
  const RdDefenseSetup setup = {.size = sizeof setup};
  ck_assert_ptr_null(redoubt_plugin.defense->open(mock_host(mock), c, &setup));
  ck_assert_uint_eq(mock_n_logs(mock, RD_LOG_ERROR), 1);
  mock_world_free(b.world);
}
END_TEST

START_TEST(answers_and_what_leaves_are_not_judged) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  ck_assert(!isnan(bench_request(&b, "INVITE", 1).score));
  ck_assert(isnan(bench_answer(&b, RD_EGRESS, 200).score));
  ck_assert(isnan(bench_egress(&b, "INVITE", 1).score));
  bench_close(&b);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("adaptive-threshold");
  TCase *t = tcase_create("threshold");
  tcase_set_timeout(t, 150);
  tcase_add_test(t, worked_values);
  tcase_add_test(t, two_windows_of_four_are_no_alarm);
  tcase_add_test(t, deviations_lift_the_threshold);
  tcase_add_test(t, an_alarm_ends_or_is_given_up);
  tcase_add_test(t, a_slow_ramp_is_never_seen);
  tcase_add_test(t, seldom_alarms_and_finds_floods);
  tcase_add_test(t, more_windows_over_than_looked_at_are_refused);
  tcase_add_test(t, answers_and_what_leaves_are_not_judged);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
