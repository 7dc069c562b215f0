#include "tests/attacks/bench.h"
#include "tests/check_main.h"

START_TEST(its_rate_is_exact_and_answers_are_counted) {
  Bench b;
  bench_open(&b, 1, 11 * RD_SECOND, "rate", 20.0, NULL);
  mock_run_until(b.world, 11 * RD_SECOND);
  ck_assert_uint_eq(mock_n_sent(b.mock), 200);
  ck_assert_uint_eq(mock_sent(b.mock, 0)->scan->sip.method, RD_SIP_OPTIONS);
  bench_answer(&b, mock_sent(b.mock, 0), 100);
  ck_assert_int_eq(mock_count(b.mock, "answered"), 0); /* that was none yet */
  bench_answer(&b, mock_sent(b.mock, 0), 404);
  ck_assert_int_eq(mock_count(b.mock, "answered"), 1);
  bench_close(&b);
}
END_TEST

START_TEST(nothing_done_is_no_success) {
  FakeEvidence fake;
  void *config = mock_config(&redoubt_plugin);
  evidence_of_nothing(&fake);
  ck_assert(!evidence_judge(&fake, config).succeeded);
  g_free(config);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("options-knock");
  TCase *t = tcase_create("options-knock");
  tcase_add_test(t, its_rate_is_exact_and_answers_are_counted);
  tcase_add_test(t, nothing_done_is_no_success);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
