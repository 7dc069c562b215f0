#include <math.h>

#include "tests/check_main.h"
#include "tests/defenses/series.h"

static void *config;

static void setup(void) {
  config = mock_config(&redoubt_plugin);
}
static void teardown(void) {
  g_free(config);
}

/* Twelve calls at once and no answer: suspicion 0.5. A minute later they count for six. */
START_TEST(worked_values) {
  Bench b;
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned i = 1; i < 12; i++)
    ck_assert_double_eq_tol(bench_request(&b, "INVITE", 7).score, 0.5 * i / 12, 1e-9);
  ck_assert_uint_eq(mock_n_alerts(b.mock), 0);
  ck_assert_double_eq_tol(bench_request(&b, "INVITE", 7).score, 0.51, 1e-9);
  ck_assert_uint_eq(mock_n_alerts(b.mock), 1);
  ck_assert_str_eq(mock_alert(b.mock, 0)->subject, "sip:alice7@example.com");
  bench_wait(&b, 60 * RD_SECOND);
  ck_assert_double_eq_tol(bench_request(&b, "INVITE", 7).score, 0.5 * 7 / 12, 1e-3);
  bench_close(&b);
}
END_TEST

/* Talks long enough: calls much and is never flagged. */
static double score_of_one_who_talks(RdTime talk) {
  Bench b;
  double score = 0;
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned i = 0; i < 40; i++) {
    score = bench_request(&b, "INVITE", 7).score;
    bench_answer(&b, RD_EGRESS, 200);
    g_autofree char *bye = g_strdup_printf(
        "BYE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKb\r\n"
        "From: <sip:alice7@example.com>;tag=1\r\nTo: <sip:bob@example.com>;tag=2\r\n"
        "Call-ID: %u@example.com\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n",
        i + 1);
    bench_wait(&b, talk);
    bench_bytes(&b, RD_INGRESS, bye, strlen(bye));
  }
  bench_close(&b);
  return score;
}

START_TEST(who_talks_is_spared) {
  ck_assert_double_lt(score_of_one_who_talks(RD_SECOND), 1.01);
  ck_assert_double_ge(score_of_one_who_talks(RD_SECOND), 0.5);
  mock_set(&redoubt_plugin, config, "half-life", 3600);
  ck_assert_double_ge(score_of_one_who_talks(RD_SECOND), 0.5);
  ck_assert_double_lt(score_of_one_who_talks(30 * RD_SECOND), 0.5);
}
END_TEST

/* Who is called as often as it calls is no telemarketer. */
START_TEST(who_is_called_back_is_spared) {
  Bench b;
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned i = 0; i < 5; i++) { /* bench_egress calls bob */
    bench_egress(&b, "INVITE", i);
  }
  for (unsigned i = 0; i < 20; i++) {
    static const char invite[] =
        "INVITE sip:x@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKc\r\n"
        "From: <sip:bob@example.com>;tag=1\r\nTo: <sip:x@example.com>\r\n"
        "Call-ID: y\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
    ck_assert_double_lt(bench_bytes(&b, RD_INGRESS, invite, sizeof invite - 1).score, 0.5);
  }
  bench_close(&b);
}
END_TEST

START_TEST(seldom_alarms_and_finds_callers_who_call_much) {
  const SeriesFlood few = {.method = RD_SIP_INVITE, .sources = 8};
  series_hold(&redoubt_plugin, config, &few, 20, 160);
}
END_TEST

/* Many bots, one call in two seconds each: below any limit a source is held to. Each is found in time. */
START_TEST(slow_callers_are_found_later) {
  const SeriesFlood slow = {
      .method = RD_SIP_INVITE, .rate = 50, .start = 100, .length = 60, .sources = 100};
  mock_set_text(&redoubt_plugin, config, "act", "reject");
  g_autoptr(GArray) events = series_make(SHAPE_STEADY, 115, 200, &slow);
  const SeriesOutcome o = series_run(&redoubt_plugin, config, events, 200, &slow);
  ck_assert_double_gt(o.detected, 20);
  ck_assert_double_lt(o.detected, 35);
  ck_assert_double_gt(o.flood_acted, 0.4 * o.flood_messages);
  ck_assert_uint_eq(o.benign_acted, 0);
  ck_assert_uint_eq(o.alerts, 100);
}
END_TEST

/* Its blind spot: a new name for each call. */
START_TEST(names_that_change_are_missed) {
  const SeriesFlood spread = {
      .method = RD_SIP_INVITE, .rate = 200, .start = 100, .length = 20, .sources = 4000};
  g_autoptr(GArray) events = series_make(SHAPE_STEADY, 116, 150, &spread);
  ck_assert(isnan(series_run(&redoubt_plugin, config, events, 150, &spread).detected));
}
END_TEST

START_TEST(timed_calls_are_bounded) {
  Bench b;
  uint64_t bytes;
  mock_set(&redoubt_plugin, config, "calls", 10);
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned i = 0; i < 30; i++) {
    bench_request(&b, "INVITE", i);
    bench_answer(&b, RD_EGRESS, 200);
  }
  ck_assert_uint_eq(redoubt_plugin.defense->state(b.self, &bytes), 10);
  ck_assert_int_eq(mock_count(b.mock, "calls-evicted"), 20);
  bench_close(&b);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("decaying-bloom");
  TCase *t = tcase_create("decaying");
  tcase_set_timeout(t, 150);
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, worked_values);
  tcase_add_test(t, who_talks_is_spared);
  tcase_add_test(t, who_is_called_back_is_spared);
  tcase_add_test(t, seldom_alarms_and_finds_callers_who_call_much);
  tcase_add_test(t, slow_callers_are_found_later);
  tcase_add_test(t, names_that_change_are_missed);
  tcase_add_test(t, timed_calls_are_bounded);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
