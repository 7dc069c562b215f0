/* dos-ringing-hold: registers its own phones, lets them call each other, answers 180 and no more. */
#include <string.h>

#include "lab/base/slice.h"
#include "tests/attacks/floods.h"
#include "tests/attacks/network.h"

#define END (21 * RD_SECOND)

START_TEST(its_phones_call_each_other_and_never_give_up) {
  FakeNetwork n = {0};
  Bench b;
  bench_open(&b, 1, END, "accounts", 4.0, "rate", 10.0, NULL);
  network_run(&n, &b, 200 * RD_SECOND);
  ck_assert_uint_eq(n.registers, 8);
  ck_assert_int_eq(mock_count(b.mock, "registered"), 4);
  /* nobody can call before he is registered: two seconds at most */
  ck_assert_int_ge(mock_count(b.mock, "calls-placed"), 180);
  ck_assert_int_le(mock_count(b.mock, "calls-placed"), 200);
  ck_assert_uint_eq(n.invites, mock_count(b.mock, "calls-placed"));
  ck_assert_uint_eq(n.cancels + n.byes, 0);
  for (unsigned i = 0; i < mock_n_sent(b.mock); i++) {
    const RdSip *sip = &mock_sent(b.mock, i)->scan->sip;
    ck_assert_uint_eq(sip->defects, 0);
    ck_assert_int_lt(mock_sent(b.mock, i)->at, END);
    if (sip->method == RD_SIP_INVITE)
      ck_assert(rd_slice_starts_nocase(sip->uri, "tel:+999"));
  }
  bench_close(&b);
}
END_TEST

START_TEST(whoever_calls_them_hears_it_ring) {
  FakeNetwork n = {0};
  Bench b;
  bench_open(&b, 1, END, "accounts", 4.0, "rate", 0.001, NULL);
  network_run(&n, &b, 5 * RD_SECOND);
  network_ask(&b, 2, "INVITE", "one");
  network_ask(&b, 2, "INVITE", "two");
  network_ask(&b, 1, "OPTIONS", "three");
  network_run(&n, &b, 150 * RD_SECOND);
  ck_assert_uint_eq(network_answer(&b, "one"), 180);
  ck_assert_uint_eq(network_answer(&b, "two"), 180);
  ck_assert_uint_eq(network_answer(&b, "three"), 405);
  ck_assert_int_eq(mock_count(b.mock, "calls-ringing"), 2);
  bench_close(&b);
}
END_TEST

START_TEST(a_cancel_is_obeyed) {
  FakeNetwork n = {0};
  Bench b;
  bench_open(&b, 1, END, "accounts", 4.0, "rate", 0.001, NULL);
  network_run(&n, &b, 5 * RD_SECOND);
  network_ask(&b, 2, "INVITE", "one");
  network_ask(&b, 2, "CANCEL", "one");
  ck_assert_uint_eq(network_answer(&b, "one"), 487);
  network_ask(&b, 2, "CANCEL", "none");
  ck_assert_uint_eq(network_answer(&b, "none"), 481);
  bench_close(&b);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("dos-ringing-hold");
  TCase *t = tcase_create("hold");
  tcase_add_test(t, its_phones_call_each_other_and_never_give_up);
  tcase_add_test(t, whoever_calls_them_hears_it_ring);
  tcase_add_test(t, a_cancel_is_obeyed);
  suite_add_tcase(s, t);
  harm_add(s);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
