/* ben-dialler: seats that call drawn subscribers, one at a time each. */
#include "lab/base/slice.h"
#include "lab/subscribers/provision.h"
#include "tests/attacks/network.h"
#include "tests/check_main.h"

#define END (61 * RD_SECOND)

START_TEST(its_callees_are_spread) {
  FakeNetwork n = {.status = 486};
  unsigned of[10] = {0};
  RdProvision p;
  Bench b;
  ck_assert(redoubt_plugin.benign);
  ck_assert(rd_provision_init(&p, "redoubt", 2, 10));
  bench_open(&b, 1, END, "accounts", 10.0, "callees", 10.0, "window", 0.0, "pause", 0.1, NULL);
  network_run(&n, &b, END);
  ck_assert_uint_gt(n.invites, 300);
  for (unsigned i = 0; i < mock_n_sent(b.mock); i++) {
    const MockSent *sent = mock_sent(b.mock, i);
    uint64_t who;
    if (!sent->scan->sip.is_request || sent->scan->sip.method != RD_SIP_INVITE)
      continue;
    ck_assert(rd_provision_find_number(&p, sent->scan->sip.uri, &who));
    of[who]++;
  }
  for (unsigned i = 0; i < 10; i++)
    ck_assert_uint_gt(of[i], n.invites / 20);
  bench_close(&b);
}
END_TEST

START_TEST(a_seat_has_one_call_at_a_time) {
  FakeNetwork n = {.status = 200};
  Bench b;
  bench_open(&b, 1, END, "accounts", 1.0, "window", 0.0, "hold", 5.0, "pause", 0.0, NULL);
  network_run(&n, &b, END);
  ck_assert_uint_gt(n.invites, 3);
  ck_assert_uint_le(n.invites - n.byes, 1);
  bench_close(&b);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ben-dialler");
  TCase *t = tcase_create("dialler");
  tcase_add_test(t, its_callees_are_spread);
  tcase_add_test(t, a_seat_has_one_call_at_a_time);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
