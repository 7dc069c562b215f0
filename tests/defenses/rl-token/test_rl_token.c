#include <math.h>

#include "tests/check_main.h"
#include "tests/defenses/requests.h"

static unsigned passed(Bench *b, unsigned n, unsigned source) {
  unsigned passes = 0;
  for (unsigned i = 0; i < n; i++)
    passes += bench_request(b, "OPTIONS", source).action == RD_PASS;
  return passes;
}

START_TEST(the_burst_passes_then_503_then_silence) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  ck_assert_uint_eq(passed(&b, 20, 1), 20);
  for (unsigned i = 0; i < 10; i++) {
    RdVerdict v = bench_request(&b, "INVITE", 1);
    ck_assert_int_eq(v.action, RD_REJECT);
    ck_assert_int_eq(v.code, 503);
    ck_assert_uint_eq(v.retry_after, 5);
    ck_assert(v.score > 0.5);
  }
  ck_assert_int_eq(bench_request(&b, "INVITE", 1).action, RD_DROP);
  ck_assert_uint_eq(passed(&b, 20, 2), 20); /* another source has its own */
  bench_close(&b);
}
END_TEST

/* One request that passes ends the row of refusals: the next ones are told 503 again. */
START_TEST(refusals_in_a_row_are_forgotten) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  passed(&b, 20, 1);
  for (unsigned i = 0; i < 9; i++)
    ck_assert_int_eq(bench_request(&b, "INVITE", 1).action, RD_REJECT);
  bench_wait(&b, 100 * RD_MILLISECOND); /* one token */
  ck_assert_uint_eq(passed(&b, 1, 1), 1);
  for (unsigned i = 0; i < 10; i++)
    ck_assert_int_eq(bench_request(&b, "INVITE", 1).action, RD_REJECT);
  ck_assert_int_eq(bench_request(&b, "INVITE", 1).action, RD_DROP);
  bench_close(&b);
}
END_TEST

START_TEST(tokens_come_back_at_the_rate) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  passed(&b, 25, 1);
  bench_wait(&b, RD_SECOND); /* ten tokens */
  ck_assert_uint_eq(passed(&b, 30, 1), 10);
  bench_wait(&b, 3600 * RD_SECOND); /* no more than the burst */
  ck_assert_uint_eq(passed(&b, 30, 1), 20);
  bench_close(&b);
}
END_TEST

START_TEST(a_source_at_the_rate_is_never_refused) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  for (unsigned i = 0; i < 2000; i++) {
    ck_assert_int_eq(bench_request(&b, "REGISTER", 7).action, RD_PASS);
    bench_wait(&b, 100 * RD_MILLISECOND);
  }
  bench_close(&b);
}
END_TEST

START_TEST(ack_responses_and_egress_are_not_metered) {
  static const char response[] =
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\n"
      "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>;tag=2\r\n"
      "Call-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  for (unsigned i = 0; i < 100; i++) {
    ck_assert(isnan(bench_request(&b, "ACK", 9).score));
    ck_assert(isnan(bench_bytes(&b, RD_INGRESS, response, sizeof response - 1).score));
    ck_assert(isnan(bench_bytes(&b, RD_EGRESS, response, sizeof response - 1).score));
  }
  ck_assert_double_eq_tol(bench_request(&b, "INVITE", 9).score, 0.025, 1e-9);
  ck_assert_uint_eq(passed(&b, 19, 9), 19);
  bench_close(&b);
}
END_TEST

START_TEST(a_full_table_evicts_the_oldest_and_counts_it) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  uint64_t bytes;
  mock_set(&redoubt_plugin, c, "capacity", 100);
  bench_open(&b, &redoubt_plugin, c);
  passed(&b, 25, 0);
  for (unsigned s = 1; s <= 100; s++)
    passed(&b, 1, s);
  ck_assert_uint_eq(redoubt_plugin.defense->state(b.self, &bytes), 100);
  ck_assert_uint_gt(bytes, 100 * 32);
  ck_assert_int_eq(mock_count(b.mock, "evicted"), 1);
  ck_assert_uint_eq(passed(&b, 20, 0), 20); /* forgotten, as the README says: it fails open */
  bench_close(&b);
}
END_TEST

START_TEST(one_alert_a_spell) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  for (unsigned i = 0; i < 200; i++) {
    passed(&b, 30, 3);
    bench_wait(&b, 100 * RD_MILLISECOND);
  }
  ck_assert_uint_eq(mock_n_alerts(b.mock), 1);
  const MockAlert *a = mock_alert(b.mock, 0);
  ck_assert_str_eq(a->subject, "198.18.0.3");
  ck_assert_int_eq(a->subject_kind, RD_SUBJECT_SOURCE);
  bench_wait(&b, 61 * RD_SECOND);
  passed(&b, 30, 3);
  ck_assert_uint_eq(mock_n_alerts(b.mock), 2);
  bench_close(&b);
}
END_TEST

START_TEST(prefix_and_caller_keys) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  mock_set_text(&redoubt_plugin, c, "key", "prefix");
  bench_open(&b, &redoubt_plugin, c);
  unsigned passes = 0;
  for (unsigned s = 0; s < 30; s++)
    passes += passed(&b, 1, s);
  ck_assert_uint_eq(passes, 20); /* one /24 */
  ck_assert_uint_eq(passed(&b, 30, 256), 20); /* the next */
  bench_close(&b);
  mock_set_text(&redoubt_plugin, c, "key",
                "caller"); /* requests.c gives each source a From of its own */
  bench_open(&b, &redoubt_plugin, c);
  ck_assert_uint_eq(passed(&b, 30, 1), 20);
  ck_assert_uint_eq(passed(&b, 30, 2), 20);
  const MockAlert *a = mock_alert(b.mock, 0);
  ck_assert_str_eq(a->subject, "sip:alice1@example.com");
  bench_close(&b);
}
END_TEST

/* One request from each of n hosts, `step` /64s apart; a host bit differs too. */
static unsigned passed_ipv6(Bench *b, unsigned n, unsigned step) {
  unsigned passes = 0;
  for (unsigned i = 0; i < n; i++) {
    g_autofree char *remote = g_strdup_printf("[2001:db8:7:%x::%x]:5060", i * step, i + 1);
    passes += bench_request_from(b, "OPTIONS", remote, i).action == RD_PASS;
  }
  return passes;
}

/* A /56 has 256 /64s. The prefix of IPv4 does not count. */
START_TEST(ipv6_has_a_prefix_of_its_own) {
  static const struct {
    int key;
    int64_t prefix6;
    unsigned step, passes;
  } rows[] = {{0, 56, 0, 20},   {0, 56, 1, 30},   {1, 56, 1, 20},
              {1, 56, 256, 30}, {1, 48, 256, 20}, {1, 64, 1, 30}};
  for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree void *c = mock_config(&redoubt_plugin);
    Bench b;
    mock_set(&redoubt_plugin, c, "key", rows[i].key);
    mock_set(&redoubt_plugin, c, "prefix6", (double)rows[i].prefix6);
    bench_open(&b, &redoubt_plugin, c);
    unsigned got = passed_ipv6(&b, 30, rows[i].step);
    ck_assert_msg(got == rows[i].passes, "row %zu: %u pass", i, got);
    bench_close(&b);
  }
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("rl-token");
  TCase *t = tcase_create("rl-token");
  tcase_add_test(t, the_burst_passes_then_503_then_silence);
  tcase_add_test(t, refusals_in_a_row_are_forgotten);
  tcase_add_test(t, tokens_come_back_at_the_rate);
  tcase_add_test(t, a_source_at_the_rate_is_never_refused);
  tcase_add_test(t, ack_responses_and_egress_are_not_metered);
  tcase_add_test(t, a_full_table_evicts_the_oldest_and_counts_it);
  tcase_add_test(t, one_alert_a_spell);
  tcase_add_test(t, prefix_and_caller_keys);
  tcase_add_test(t, ipv6_has_a_prefix_of_its_own);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
