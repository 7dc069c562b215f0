/* dos-tdos: whole calls, line after line, held and hung up, and begun again. */
#include <string.h>

#include "lab/base/slice.h"
#include "lab/subscribers/provision.h"
#include "tests/attacks/floods.h"
#include "tests/attacks/network.h"

#define END (61 * RD_SECOND)

static bool is_invite(const MockSent *sent) {
  return sent->scan->sip.is_request && sent->scan->sip.method == RD_SIP_INVITE;
}

START_TEST(its_calls_are_whole_calls) {
  FakeNetwork n = {.status = 200, .rings = 2 * RD_SECOND};
  Bench b;
  bench_open(&b, 1, END, "accounts", 3.0, "hold", 4.0, "lines", 2.0, "pause", 1.0, "window", 0.0,
             NULL);
  network_run(&n, &b, END + 60 * RD_SECOND);
  ck_assert_uint_gt(n.invites, 9);
  ck_assert_uint_eq(n.acks, n.invites);
  ck_assert_uint_eq(n.byes, n.invites);
  ck_assert_uint_eq(n.cancels, 0);
  ck_assert_int_eq(mock_count(b.mock, "calls-answered"), n.invites);
  ck_assert_uint_eq(mock_n_attempts(b.mock), 3); /* registrations; calls are not the ledger's */
  bench_close(&b);
}
END_TEST

START_TEST(it_goes_round_the_lines) {
  FakeNetwork n = {.status = 486};
  unsigned of[4] = {0};
  RdProvision p;
  Bench b;
  ck_assert(rd_provision_init(&p, "redoubt", 2, 100));
  bench_open(&b, 1, END, "accounts", 4.0, "victim", 7.0, "lines", 4.0, "window", 0.0, NULL);
  network_run(&n, &b, END);
  for (unsigned i = 0; i < mock_n_sent(b.mock); i++) {
    uint64_t who;
    if (!is_invite(mock_sent(b.mock, i)))
      continue;
    ck_assert(rd_provision_find_number(&p, mock_sent(b.mock, i)->scan->sip.uri, &who));
    ck_assert(who >= 7 && who < 11);
    of[who - 7]++;
    ck_assert_int_lt(mock_sent(b.mock, i)->at, END);
  }
  for (unsigned i = 0; i < 4; i++)
    ck_assert_uint_gt(of[i], 10);
  ck_assert_uint_eq(n.acks, n.invites); /* of the 486 */
  bench_close(&b);
}
END_TEST

START_TEST(it_gives_up_a_line_that_only_rings) {
  FakeNetwork n = {0};
  Bench b;
  bench_open(&b, 1, END, "accounts", 1.0, "patience", 5.0, "window", 0.0, NULL);
  network_run(&n, &b, 12 * RD_SECOND);
  ck_assert_uint_eq(n.invites, 1);
  ck_assert_uint_eq(n.cancels, 1);
  bench_close(&b);
}
END_TEST

START_TEST(a_victim_may_hang_up) {
  FakeNetwork n = {.status = 200};
  Bench b;
  bench_open(&b, 1, END, "accounts", 1.0, "hold", 1000.0, "window", 0.0, "pause", 0.0, NULL);
  network_run(&n, &b, 5 * RD_SECOND);
  ck_assert_uint_eq(n.invites, 1);
  for (unsigned i = 0; i < mock_n_sent(b.mock); i++)
    if (is_invite(mock_sent(b.mock, i))) {
      const RdSlice id = mock_sent(b.mock, i)->scan->sip.call_id;
      g_autofree char *call = g_strndup(id.at, id.len);
      network_ask(&b, 0, "BYE", call);
      break;
    }
  network_run(&n, &b, 8 * RD_SECOND);
  ck_assert_uint_eq(n.invites, 2);
  bench_close(&b);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("dos-tdos");
  TCase *t = tcase_create("tdos");
  tcase_add_test(t, its_calls_are_whole_calls);
  tcase_add_test(t, it_goes_round_the_lines);
  tcase_add_test(t, it_gives_up_a_line_that_only_rings);
  tcase_add_test(t, a_victim_may_hang_up);
  suite_add_tcase(s, t);
  harm_add_of(s, RD_ATTEMPT_CALL, "calls");
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
