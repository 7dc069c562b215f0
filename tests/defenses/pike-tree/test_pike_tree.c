/* The band of pike's documentation, x to 3x requests in a unit, warm and cold. */
#include <math.h>

#include "tests/check_main.h"
#include "tests/defenses/requests.h"

/* The defaults. */
#define DENSITY 16u
#define BANS 100000u

/* Requests at once until one is blocked; 0 if none of `most` was. */
static unsigned until_blocked(Bench *b, unsigned source, unsigned most) {
  for (unsigned n = 1; n <= most; n++)
    if (bench_request(b, "OPTIONS", source).action != RD_PASS)
      return n;
  return 0;
}

START_TEST(cold_limit_lies_between_x_and_3x) {
  const int64_t densities[] = {4, 16, 60, 100, 1000};
  for (unsigned i = 0; i < G_N_ELEMENTS(densities); i++) {
    g_autofree void *c = mock_config(&redoubt_plugin);
    Bench b;
    mock_set(&redoubt_plugin, c, "density", (double)densities[i]);
    bench_open(&b, &redoubt_plugin, c);
    unsigned n = until_blocked(&b, 77, 10000);
    ck_assert_int_ge(n, densities[i]);
    ck_assert_int_le(n, 3 * densities[i]);
    ck_assert_int_ge(n, 3 * densities[i] / 2); /* and clearly above the warm limit */
    bench_close(&b);
  }
}
END_TEST

START_TEST(warm_limit_is_x_exactly) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  mock_set(&redoubt_plugin, c, "ban", 1);
  bench_open(&b, &redoubt_plugin, c);
  ck_assert_uint_gt(until_blocked(&b, 77, 1000), 0); /* now its leaf is there */
  for (unsigned i = 0; i < 3; i++) { /* kept warm while the counts cool down and the ban ends */
    bench_wait(&b, 2 * RD_SECOND);
    bench_request(&b, "OPTIONS", 77);
  }
  bench_wait(&b, 2 * RD_SECOND);
  ck_assert_uint_eq(until_blocked(&b, 77, 1000), DENSITY);
  bench_close(&b);
}
END_TEST

/* A request is counted and scored from the first on, 0 while its address is not in the tree; what is
 * no incoming request is not judged. */
START_TEST(requests_alone_are_judged) {
  static const char response[] =
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\n"
      "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>;tag=2\r\n"
      "Call-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  ck_assert_double_eq(bench_request(&b, "OPTIONS", 5).score, 0);
  ck_assert(isnan(bench_bytes(&b, RD_INGRESS, response, sizeof response - 1).score));
  ck_assert(isnan(bench_bytes(&b, RD_EGRESS, response, sizeof response - 1).score));
  bench_close(&b);
}
END_TEST

START_TEST(below_the_density_nobody_is_blocked) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  for (unsigned i = 0; i < 1000; i++) { /* 15 in a unit of 2 s, evenly */
    ck_assert_int_eq(bench_request(&b, "OPTIONS", 5).action, RD_PASS);
    bench_wait(&b, 2 * RD_SECOND / 15);
  }
  bench_close(&b);
}
END_TEST

START_TEST(a_ban_ends) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  until_blocked(&b, 5, 1000);
  bench_wait(&b, 299 * RD_SECOND);
  ck_assert_int_eq(bench_request(&b, "OPTIONS", 5).action, RD_DROP);
  bench_wait(&b, 2 * RD_SECOND);
  ck_assert_int_eq(bench_request(&b, "OPTIONS", 5).action, RD_PASS);
  bench_close(&b);
}
END_TEST

START_TEST(many_quiet_sources_leave_a_small_tree) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  uint64_t bytes;
  bench_open(&b, &redoubt_plugin, c);
  for (unsigned s = 0; s < 20000; s++) {
    bench_request(&b, "OPTIONS", s);
    bench_wait(&b, 10 * RD_MILLISECOND);
  }
  ck_assert_uint_lt(redoubt_plugin.defense->state(b.self, &bytes), 20000);
  bench_wait(&b, 10 * RD_SECOND);
  ck_assert_uint_eq(redoubt_plugin.defense->state(b.self, &bytes), 0); /* idle nodes go */
  bench_close(&b);
}
END_TEST

START_TEST(the_tree_is_bounded) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  uint64_t bytes;
  mock_set(&redoubt_plugin, c, "capacity", 64);
  bench_open(&b, &redoubt_plugin, c);
  for (unsigned i = 0; i < 60000; i++)
    bench_request(&b, "OPTIONS", i % 3000);
  ck_assert_uint_le(redoubt_plugin.defense->state(b.self, &bytes), 64 + BANS);
  ck_assert_int_gt(mock_count(b.mock, "tree-full"), 0);
  bench_close(&b);
}
END_TEST

START_TEST(an_alert_names_the_source) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  until_blocked(&b, 300, 1000);
  ck_assert_uint_eq(mock_n_alerts(b.mock), 1);
  const MockAlert *a = mock_alert(b.mock, 0);
  ck_assert_str_eq(a->subject, "198.18.1.44");
  bench_close(&b);
}
END_TEST

/* As the README says: whole addresses are counted, and a host may take any address of its /64. */
START_TEST(an_ipv6_host_that_changes_its_address_is_not_seen) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  bench_open(&b, &redoubt_plugin, c);
  for (unsigned i = 0; i < 1000; i++) {
    g_autofree char *remote = g_strdup_printf("[2001:db8:7:7::%x]:5060", 0x1000 + i);
    ck_assert_int_eq(bench_request_from(&b, "OPTIONS", remote, 1).action, RD_PASS);
  }
  unsigned n = 0;
  while (++n < 1000) /* and one that keeps it is */
    if (bench_request_from(&b, "OPTIONS", "[2001:db8:7:8::1]:5060", 1).action != RD_PASS)
      break;
  ck_assert_uint_le(n, 5 * DENSITY);
  bench_close(&b);
}
END_TEST

/* The count of the unit before counts as this one's does: for growing the tree, and for being red. */
START_TEST(the_unit_before_counts_too) {
  g_autofree void *c = mock_config(&redoubt_plugin);
  Bench b;
  uint64_t bytes;
  mock_set(&redoubt_plugin, c, "ban", 0);
  bench_open(&b, &redoubt_plugin, c);
  for (unsigned i = 0; i < 4; i++) /* a quarter of the density, and the node 198 is busy */
    bench_request_from(&b, "OPTIONS", "198.18.0.1:5060", 1);
  ck_assert_uint_eq(redoubt_plugin.defense->state(b.self, &bytes), 2);
  bench_wait(&b, 2 * RD_SECOND);
  bench_request_from(&b, "OPTIONS", "198.19.0.1:5060", 1);
  ck_assert_uint_eq(redoubt_plugin.defense->state(b.self, &bytes), 3);
  bench_close(&b);
  bench_open(&b, &redoubt_plugin, c);
  ck_assert_uint_gt(until_blocked(&b, 77, 1000), 0);
  bench_wait(&b, 2 * RD_SECOND);
  ck_assert_int_eq(bench_request(&b, "OPTIONS", 77).action, RD_DROP);
  bench_wait(&b, 2 * RD_SECOND);
  ck_assert_int_eq(bench_request(&b, "OPTIONS", 77).action, RD_PASS);
  bench_close(&b);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("pike-tree");
  TCase *t = tcase_create("pike-tree");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, cold_limit_lies_between_x_and_3x);
  tcase_add_test(t, warm_limit_is_x_exactly);
  tcase_add_test(t, requests_alone_are_judged);
  tcase_add_test(t, below_the_density_nobody_is_blocked);
  tcase_add_test(t, a_ban_ends);
  tcase_add_test(t, many_quiet_sources_leave_a_small_tree);
  tcase_add_test(t, the_tree_is_bounded);
  tcase_add_test(t, an_alert_names_the_source);
  tcase_add_test(t, an_ipv6_host_that_changes_its_address_is_not_seen);
  tcase_add_test(t, the_unit_before_counts_too);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
