/* dos-invite-ddos-low: a flood of INVITEs whose sources are slow, at chance moments. */
#include "tests/attacks/floods.h"

static const FloodTraits traits = {
    .method = RD_SIP_INVITE, .sixty = {{"bots", 120}, {"rate", 0.5}}, .least = 40, .most = 80};

START_TEST(a_bot_stays_below_the_threshold_of_a_source) {
  Bench b;
  RdTime last[200] = {0};
  unsigned sources = 0;
  bench_open(&b, 5, FLOOD_END, NULL); /* the defaults */
  mock_run_until(b.world, FLOOD_END);
  for (unsigned i = 0; i < mock_n_sent(b.mock); i++) {
    const MockSent *sent = mock_sent(b.mock, i);
    ck_assert_uint_lt(sent->entity, 200);
    sources += last[sent->entity] == 0;
    if (last[sent->entity] > 0)
      ck_assert_int_ge(sent->at - last[sent->entity], 2 * RD_SECOND - 1);
    last[sent->entity] = sent->at;
  }
  ck_assert_uint_eq(sources, 200);
  bench_close(&b);
}
END_TEST

static Suite *make(void) {
  Suite *s = flood_suite(&traits);
  TCase *t = tcase_create("bots");
  tcase_add_test(t, a_bot_stays_below_the_threshold_of_a_source);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
