#include "tests/check_main.h"
#include "tests/defenses/requests.h"

extern const RdPlugin redoubt_plugin;

static Bench bench;
static void *config;

static void setup(void) {
  config = mock_config(&redoubt_plugin); /* the defaults */
  mock_set(&redoubt_plugin, config, "most", 5);
  mock_set(&redoubt_plugin, config, "window", 10);
  bench_open(&bench, &redoubt_plugin, config);
}

static void teardown(void) {
  bench_close(&bench);
  g_free(config);
}

START_TEST(the_sixth_dialog_in_a_window_is_refused) {
  for (int i = 0; i < 5; i++)
    ck_assert_int_eq(bench_request(&bench, "INVITE", 7).action, RD_PASS);
  ck_assert_int_eq(bench_request(&bench, "INVITE", 7).action, RD_REJECT);
  ck_assert_int_eq(bench_request(&bench, "INVITE", 8).action, RD_PASS); /* somebody else */
  bench_wait(&bench, 10 * RD_SECOND);
  ck_assert_int_eq(bench_request(&bench, "INVITE", 7).action, RD_PASS);
  ck_assert_int_eq(mock_count(bench.mock, "refused"), 1);
}
END_TEST

START_TEST(answers_and_what_leaves_are_not_judged) {
  for (int i = 0; i < 20; i++) {
    ck_assert_int_eq(bench_egress(&bench, "INVITE", 7).action, RD_PASS);
    ck_assert_int_eq(bench_answer(&bench, RD_INGRESS, 200).action, RD_PASS);
  }
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("quiet-hours");
  TCase *t = tcase_create("quiet-hours");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, the_sixth_dialog_in_a_window_is_refused);
  tcase_add_test(t, answers_and_what_leaves_are_not_judged);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
