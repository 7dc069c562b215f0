/* dos-multiattr-flood: exact in all, mixed as told, none of them malformed. */
#include <string.h>

#include "lab/base/slice.h"
#include "tests/attacks/floods.h"

static void open_mix(Bench *b, uint64_t seed, double bye) {
  bench_open(b, seed, FLOOD_END, "bots", 60.0, "rate", 5.0, "bye", bye, NULL);
  mock_run_until(b->world, FLOOD_END);
}

/* 3000 requests; 5 standard deviations of a share p are 273 * sqrt(p (1 - p)). */
START_TEST(it_mixes_methods_as_told) {
  static const RdSipMethod methods[] = {RD_SIP_INVITE, RD_SIP_REGISTER, RD_SIP_OPTIONS, RD_SIP_BYE};
  static const double of_28[] = {10, 10, 1, 7}, of_21[] = {10, 10, 1, 0};
  unsigned seen[RD_SIP_METHOD_COUNT] = {0};
  Bench b;
  open_mix(&b, 1, _i ? 0 : 7);
  ck_assert_uint_eq(mock_n_sent(b.mock), 3000);
  ck_assert_int_eq(mock_count(b.mock, "sent"), 3000);
  for (unsigned i = 0; i < 3000; i++) {
    const RdSip *sip = &mock_sent(b.mock, i)->scan->sip;
    ck_assert_uint_eq(sip->defects, 0);
    ck_assert(!sip->to_tag.at == (sip->method != RD_SIP_BYE));
    seen[sip->method]++;
  }
  for (unsigned i = 0; i < 4; i++) {
    const double share = _i ? of_21[i] / 21 : of_28[i] / 28;
    ck_assert_double_eq_tol(seen[methods[i]], 3000 * share, share > 0 ? 136 : 0.5);
  }
  bench_close(&b);
}
END_TEST

START_TEST(each_bot_is_slow) {
  unsigned of[60] = {0};
  Bench b;
  open_mix(&b, 1, 7);
  for (unsigned i = 0; i < mock_n_sent(b.mock); i++)
    of[mock_sent(b.mock, i)->entity]++;
  for (unsigned i = 0; i < 60; i++)
    ck_assert_uint_eq(of[i], 50);
  bench_close(&b);
}
END_TEST

START_TEST(a_mix_of_nothing_is_refused) {
  MockWorld *world = mock_world_new(1);
  MockHost *mock = mock_host_new(world, "attack");
  void *config = mock_config(&redoubt_plugin);
  static const char *const weights[] = {"invite", "register", "options", "bye"};
  for (unsigned i = 0; i < 4; i++)
    mock_set(&redoubt_plugin, config, weights[i], 0);
  mock_attach(mock, RD_IF_GM, "gm", "access", "198.18.64.1/15");
  ck_assert(mock_open(mock, redoubt_plugin.actor, config) == NULL);
  ck_assert_uint_eq(mock_n_logs(mock, RD_LOG_ERROR), 1);
  mock_world_free(world);
  g_free(config);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("dos-multiattr-flood");
  TCase *t = tcase_create("mix");
  tcase_add_loop_test(t, it_mixes_methods_as_told, 0, 2);
  tcase_add_test(t, each_bot_is_slow);
  tcase_add_test(t, a_mix_of_nothing_is_refused);
  suite_add_tcase(s, t);
  harm_add(s);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
