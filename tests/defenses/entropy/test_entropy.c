#include <math.h>
#include <string.h>

#include "defenses/entropy/block.h"
#include "lab/base/random.h"
#include "tests/check_main.h"
#include "tests/defenses/series.h"

static void *config;

static void setup(void) {
  config = mock_config(&redoubt_plugin);
}
static void teardown(void) {
  g_free(config);
}

START_TEST(entropy_of_given_counts) {
  static BlockCounts b;
  block_clear(&b);
  ck_assert(isnan(block_entropy(&b)));
  for (unsigned i = 0; i < 8; i++)
    block_count(&b, 512 * (i % 4)); /* four values that fall on one place */
  ck_assert_double_eq_tol(block_entropy(&b), 2, 1e-12);
  block_clear(&b);
  for (unsigned i = 0; i < 4; i++)
    block_count(&b, i == 0 ? 9 : 7); /* 1 and 3 of 4 */
  ck_assert_double_eq_tol(block_entropy(&b), 0.811278124459, 1e-10);
  block_clear(&b);
  for (unsigned i = 0; i < BLOCK_MOST; i++)
    block_count(&b, i + 1);
  ck_assert_double_eq_tol(block_entropy(&b), 8, 1e-12);
}
END_TEST

START_TEST(seldom_alarms_and_finds_floods_of_many) {
  const SeriesFlood spread = {.method = RD_SIP_INVITE, .sources = 2000};
  series_hold(&redoubt_plugin, config, &spread, 30, 160);
}
END_TEST

START_TEST(finds_a_flood_of_one) {
  const SeriesFlood one = {
      .method = RD_SIP_REGISTER, .rate = 300, .start = 300.3, .length = 20, .sources = 1};
  g_autoptr(GArray) events = series_make(SHAPE_BURSTY, 111, 350, &one);
  const SeriesOutcome o = series_run(&redoubt_plugin, config, events, 350, &one);
  ck_assert_double_le(o.detected, 1);
  ck_assert_uint_eq(o.alerts, 1);
}
END_TEST

/* Twenty times the traffic in the same mixture: ten times what any count would bear, and no entropy moves. */
START_TEST(what_keeps_the_mixture_is_missed) {
  enum { TIMES = 20 };
  g_autoptr(GArray) events = series_make(SHAPE_STEADY, 112, 350, NULL);
  const SeriesFlood window = {.start = 300, .length = 20};
  Bench b;
  bench_open(&b, &redoubt_plugin, config);
  unsigned during = 0;
  for (unsigned i = 0; i < events->len; i++) {
    SeriesEvent e = g_array_index(events, SeriesEvent, i);
    const double at = (double)e.at * 1e-9;
    if (at >= 350)
      break; /* calls end, and none begins any more */
    const bool flood = at >= window.start && at < window.start + window.length;
    for (unsigned k = 0; k < (flood ? TIMES : 1); k++) {
      if (k > 0) { /* somebody else of the same crowd does the same */
        const uint64_t drawn = rd_below(rd_random(3, i, 1, k), events->len);
        const SeriesEvent *other = &g_array_index(events, SeriesEvent, drawn);
        e = *other;
        e.at = mock_now(b.world);
      }
      series_judge(&b, &e);
      during += flood;
    }
  }
  ck_assert_uint_gt(during, 20 * 20 * 60);
  ck_assert_msg(mock_n_alerts(b.mock) == 0, "%s",
                mock_n_alerts(b.mock) ? mock_alert(b.mock, 0)->evidence : "");
  bench_close(&b);
}
END_TEST

START_TEST(a_quiet_place_ends_an_alarm) {
  Bench b;
  bench_open(&b, &redoubt_plugin, config);
  for (unsigned i = 0; i < 64 * 8; i++) {
    bench_wait(&b, 20 * RD_MILLISECOND);
    bench_request(&b, i % 3 ? "INVITE" : "BYE", i % 40);
  }
  for (unsigned i = 0; i < 400; i++) {
    bench_wait(&b, 2 * RD_MILLISECOND);
    bench_request(&b, "OPTIONS", 999);
  }
  ck_assert_uint_eq(mock_n_alerts(b.mock), 1);
  ck_assert_ptr_nonnull(strstr(mock_alert(b.mock, 0)->evidence, "entropy of "));
  ck_assert_double_gt(bench_request(&b, "OPTIONS", 999).score, 0.5);
  bench_wait(&b, 10 * RD_SECOND);
  ck_assert_double_le(bench_request(&b, "INVITE", 3).score, 0.5);
  ck_assert(isnan(bench_answer(&b, RD_EGRESS, 200).score));
  bench_close(&b);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("entropy");
  TCase *t = tcase_create("entropy");
  tcase_set_timeout(t, 150);
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, entropy_of_given_counts);
  tcase_add_test(t, seldom_alarms_and_finds_floods_of_many);
  tcase_add_test(t, finds_a_flood_of_one);
  tcase_add_test(t, what_keeps_the_mixture_is_missed);
  tcase_add_test(t, a_quiet_place_ends_an_alarm);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
