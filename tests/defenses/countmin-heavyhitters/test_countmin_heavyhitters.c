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

/* 24 pass, the 25th is heavy; the window after is no pardon, the one after a silent window is. */
START_TEST(worked_values) {
  Bench b;
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned i = 0; i < 24; i++)
    ck_assert_int_eq(bench_request(&b, "INVITE", 7).action, RD_PASS);
  RdVerdict v = bench_request(&b, "INVITE", 7);
  ck_assert_int_eq(v.action, RD_REJECT);
  ck_assert_int_eq(v.code, 503);
  ck_assert_double_eq_tol(v.score, 0.51, 1e-9);
  ck_assert_int_eq(bench_request(&b, "INVITE", 8).action, RD_PASS);
  bench_wait(&b, RD_SECOND);
  ck_assert_int_eq(bench_request(&b, "INVITE", 7).action, RD_REJECT);
  bench_wait(&b, 2 * RD_SECOND);
  ck_assert_int_eq(bench_request(&b, "INVITE", 7).action, RD_PASS);
  ck_assert_int_eq(mock_count(b.mock, "refused"), 2);
  bench_close(&b);
}
END_TEST

/* 25 requests are heavy only if they are 5 % of all. */
START_TEST(a_share_not_only_a_count) {
  Bench b;
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned i = 0; i < 1000; i++)
    bench_request(&b, "INVITE", i % 250);
  unsigned refused = 0;
  for (unsigned i = 0; i < 52; i++)
    refused += bench_request(&b, "INVITE", 999).action != RD_PASS;
  ck_assert_uint_eq(refused, 0); /* 52 of 1052 are less than 5 %; a callee is never refused */
  for (unsigned i = 0; i < 10; i++)
    refused += bench_request(&b, "INVITE", 999).action != RD_PASS;
  ck_assert_uint_gt(refused, 5);
  bench_close(&b);
}
END_TEST

START_TEST(alerts_name_source_caller_and_victim) {
  Bench b;
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned i = 0; i < 60; i++)
    bench_request(&b, "INVITE", 7);
  ck_assert_uint_eq(mock_n_alerts(b.mock), 3); /* one each, however long it goes on */
  ck_assert_str_eq(mock_alert(b.mock, 0)->subject, "198.18.0.7");
  ck_assert_int_eq(mock_alert(b.mock, 0)->subject_kind, RD_SUBJECT_SOURCE);
  ck_assert_str_eq(mock_alert(b.mock, 1)->subject, "sip:alice7@example.com");
  ck_assert_str_eq(mock_alert(b.mock, 2)->subject, "sip:bob@example.com");
  bench_close(&b);
}
END_TEST

/* Many sources that call one number: nobody is refused, and the number is named. */
START_TEST(a_distributed_flood_on_one_callee_is_told) {
  Bench b;
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned i = 0; i < 100; i++)
    ck_assert_int_eq(bench_request(&b, "INVITE", i).action, RD_PASS);
  ck_assert_uint_eq(mock_n_alerts(b.mock), 1);
  ck_assert_str_eq(mock_alert(b.mock, 0)->subject, "sip:bob@example.com");
  bench_close(&b);
}
END_TEST

START_TEST(seldom_alarms_and_finds_floods_of_few) {
  const SeriesFlood few = {.method = RD_SIP_INVITE, .sources = 4};
  series_hold(&redoubt_plugin, config, &few, 20, 220);
}
END_TEST

/* Its blind spot. */
START_TEST(a_flood_of_many_is_missed) {
  const SeriesFlood spread = {
      .method = RD_SIP_INVITE, .rate = 300, .start = 100, .length = 20, .sources = 2000};
  g_autoptr(GArray) events = series_make(SHAPE_STEADY, 113, 150, &spread);
  const SeriesOutcome o = series_run(&redoubt_plugin, config, events, 150, &spread);
  ck_assert(isnan(o.detected));
  ck_assert_uint_eq(o.flood_acted, 0);
}
END_TEST

/* It makes a victim of whoever shares an address with the flood. */
START_TEST(an_office_behind_one_address_is_refused_with_the_flood) {
  Bench b;
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned i = 0; i < 30; i++)
    bench_request_from(&b, "INVITE", "198.18.0.77:5060", i);
  ck_assert_int_eq(bench_request_from(&b, "INVITE", "198.18.0.77:5062", 500).action, RD_REJECT);
  bench_close(&b);
}
END_TEST

START_TEST(ack_and_answers_are_not_judged) {
  Bench b;
  bench_open(&b, &redoubt_plugin, config);
  ck_assert(isnan(bench_request(&b, "ACK", 1).score));
  ck_assert(isnan(bench_answer(&b, RD_INGRESS, 200).score));
  ck_assert(isnan(bench_egress(&b, "INVITE", 1).score));
  mock_set_text(&redoubt_plugin, config, "act", "alert");
  for (unsigned i = 0; i < 60; i++)
    ck_assert_int_eq(bench_request(&b, "INVITE", 7).action, RD_PASS);
  bench_close(&b);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("countmin-heavyhitters");
  TCase *t = tcase_create("heavy");
  tcase_set_timeout(t, 150);
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, worked_values);
  tcase_add_test(t, a_share_not_only_a_count);
  tcase_add_test(t, alerts_name_source_caller_and_victim);
  tcase_add_test(t, a_distributed_flood_on_one_callee_is_told);
  tcase_add_test(t, seldom_alarms_and_finds_floods_of_few);
  tcase_add_test(t, a_flood_of_many_is_missed);
  tcase_add_test(t, an_office_behind_one_address_is_refused_with_the_flood);
  tcase_add_test(t, ack_and_answers_are_not_judged);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
