#include <math.h>
#include <string.h>

#include "tests/check_main.h"
#include "tests/defenses/series.h"

static void *config;

static void setup(void) {
  config = mock_config(&redoubt_plugin);
}
static void teardown(void) {
  g_free(config);
}

/* The sum over pairs of 19 INVITEs, 5 answers and no ACK is 14 + 5 + 19. */
START_TEST(worked_values) {
  Bench b;
  mock_set(&redoubt_plugin, config, "learn", 1);
  bench_open(&b, &redoubt_plugin, config);
  bench_wait(&b, 5 * RD_SECOND);
  bench_request(&b, "OPTIONS", 1); /* opens a window */
  bench_wait(&b, RD_SECOND);
  ck_assert_double_eq_tol(bench_request(&b, "INVITE", 0).score, 0.5 * 2 / sqrt(6) / 15, 1e-9);
  for (unsigned i = 1; i < 18; i++) {
    bench_request(&b, "INVITE", i);
    if (i <= 5)
      bench_answer(&b, RD_EGRESS, 200);
  }
  ck_assert_uint_eq(mock_n_alerts(b.mock), 0);
  /* 36 / sqrt 6 = 14.7 was below the threshold of 15, 38 / sqrt 6 = 15.5 is not */
  const double score = bench_request(&b, "INVITE", 18).score;
  ck_assert_double_gt(score, 0.5);
  ck_assert_uint_eq(mock_n_alerts(b.mock), 1);
  ck_assert_ptr_nonnull(strstr(mock_alert(b.mock, 0)->evidence, "over 15.0"));
  bench_close(&b);
}
END_TEST

/* A session counts once at each step, and only if it came to the step before. */
START_TEST(repeats_and_strays_do_not_count) {
  Bench b;
  uint64_t bytes;
  bench_open(&b, &redoubt_plugin, config);
  bench_request(&b, "INVITE", 1);
  for (unsigned i = 0; i < 50; i++)
    bench_bytes(&b, RD_INGRESS, b.last, strlen(b.last)); /* sent again, from wherever */
  ck_assert_uint_eq(redoubt_plugin.defense->state(b.self, &bytes), 1);
  for (unsigned i = 0; i < 50; i++)
    bench_request(&b, "ACK", 1); /* of no session */
  ck_assert_uint_eq(redoubt_plugin.defense->state(b.self, &bytes), 1);
  ck_assert(isnan(bench_request(&b, "ACK", 1).score));
  bench_close(&b);
}
END_TEST

START_TEST(completed_calls_leave_no_distance) {
  SeriesFlood whole = {.method = RD_SIP_INVITE,
                       .rate = 200,
                       .start = 300,
                       .length = 20,
                       .sources = 50,
                       .whole = true};
  g_autoptr(GArray) events = series_make(SHAPE_STEADY, 114, 350, &whole);
  const SeriesOutcome o = series_run(&redoubt_plugin, config, events, 350, &whole);
  ck_assert_uint_eq(o.alerts, 0); /* and that is its blind spot */
}
END_TEST

START_TEST(seldom_alarms_and_finds_floods) {
  const SeriesFlood spread = {.method = RD_SIP_INVITE, .sources = 2000};
  series_hold(&redoubt_plugin, config, &spread, 40, 100);
}
END_TEST

START_TEST(an_alarm_that_stays_is_given_up) {
  Bench b;
  mock_set(&redoubt_plugin, config, "freeze", 20);
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned second = 0; second < 200; second++) {
    for (unsigned i = 0; i < (second < 30 ? 2 : 60); i++)
      bench_request(&b, "INVITE", i);
    bench_wait(&b, RD_SECOND);
  }
  ck_assert_int_ge(mock_count(b.mock, "alarms-given-up"), 1);
  ck_assert_double_le(bench_request(&b, "INVITE", 1).score, 0.5);
  bench_close(&b);
}
END_TEST

/* A filter that is full takes new sessions for old ones and goes blind: it fails open. */
START_TEST(a_full_filter_counts_no_more) {
  Bench b;
  uint64_t bytes;
  mock_set(&redoubt_plugin, config, "cells", 64);
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned i = 0; i < 2000; i++)
    bench_request(&b, "INVITE", i);
  ck_assert_uint_lt(redoubt_plugin.defense->state(b.self, &bytes), 500);
  bench_close(&b);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("bloom-session-distance");
  TCase *t = tcase_create("distance");
  tcase_set_timeout(t, 150);
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, worked_values);
  tcase_add_test(t, repeats_and_strays_do_not_count);
  tcase_add_test(t, completed_calls_leave_no_distance);
  tcase_add_test(t, seldom_alarms_and_finds_floods);
  tcase_add_test(t, an_alarm_that_stays_is_given_up);
  tcase_add_test(t, a_full_filter_counts_no_more);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
