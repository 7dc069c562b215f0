/* ben-options-ping: a steady rate from one address, many names, told apart from an attack. */
#include <math.h>

#include "lab/base/slice.h"
#include "tests/attacks/bench.h"
#include "tests/check_main.h"

#define END (31 * RD_SECOND)

START_TEST(each_extension_pings_once_a_period) {
  GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Bench b;
  ck_assert(redoubt_plugin.benign);
  bench_open(&b, 1, END, "extensions", 20.0, "every", 10.0, NULL);
  mock_run_until(b.world, END + 10 * RD_SECOND);
  ck_assert_uint_eq(mock_n_sent(b.mock), 60);
  for (unsigned i = 0; i < 60; i++) {
    const RdSip *sip = &mock_sent(b.mock, i)->scan->sip;
    ck_assert_uint_eq(sip->method, RD_SIP_OPTIONS);
    ck_assert_uint_eq(sip->defects, 0);
    ck_assert(rd_slice_is(sip->uri, "sip:198.18.0.1:5060")); /* the trunk itself */
    g_hash_table_add(names, g_strndup(sip->from_uri.at, sip->from_uri.len));
    if (i % 3)
      bench_answer(&b, mock_sent(b.mock, i), i % 3 == 1 ? 200 : 403);
    else
      bench_answer(&b, mock_sent(b.mock, i), 100);
  }
  ck_assert_uint_eq(g_hash_table_size(names), 20);
  ck_assert_int_eq(mock_count(b.mock, "pings-answered"), 40);
  g_hash_table_destroy(names);
  bench_close(&b);
}
END_TEST

START_TEST(it_never_succeeds) {
  FakeEvidence fake;
  void *config = mock_config(&redoubt_plugin);
  evidence_of_nothing(&fake);
  RdSuccess s = evidence_judge(&fake, config);
  ck_assert(isnan(s.effect) && !s.succeeded && isnan(s.threshold));
  g_free(config);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ben-options-ping");
  TCase *t = tcase_create("ping");
  tcase_add_test(t, each_extension_pings_once_a_period);
  tcase_add_test(t, it_never_succeeds);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
