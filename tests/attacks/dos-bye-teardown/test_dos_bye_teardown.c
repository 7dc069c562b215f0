/* dos-bye-teardown: one BYE a call, of what was overheard, in the right name, to the right phone. */
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/subscribers/provision.h"
#include "tests/attacks/floods.h"

#define END (31 * RD_SECOND)
#define CALLER "198.18.1.7:5060"
#define CALLEE "198.18.1.9:5060"
#define ROUTES "<sip:sbc;lr>, <sip:192.0.2.2;lr>, <sip:sbc;lr>"
enum { CALLEE_HIT, CALLER_HIT, SERVER_HIT };

/* The 200 as the callee's phone sends it (two Vias), or as the caller's gets it (one). */
static char *answer(unsigned call, bool to_caller) {
  return g_strdup_printf(
      "SIP/2.0 200 OK\r\n%sVia: SIP/2.0/UDP 198.18.1.7:5060;branch=z9hG4bKc%u\r\n"
      "Record-Route: <sip:sbc;lr>\r\nRecord-Route: <sip:192.0.2.2;lr>, <sip:sbc;lr>\r\n"
      "From: <sip:+9990000000001@" RD_IMS_DOMAIN ";user=phone>;tag=f%u\r\n"
      "To: <tel:+9990000000002>;tag=t%u\r\nCall-ID: call-%u\r\nCSeq: 7 INVITE\r\n"
      "Contact: <sip:001010000000002@198.18.1.9:5060>\r\nContent-Length: 0\r\n\r\n",
      to_caller ? "" : "Via: SIP/2.0/UDP 198.18.0.1:5060;branch=z9hG4bKs\r\n", call, call, call,
      call);
}

static void pass(Bench *b, RdDirection direction, const char *remote, const char *text) {
  RdMessage m = *mock_message(b->mock, 0, direction, remote, text, strlen(text));
  RdVerdict v = {.size = sizeof v};
  rd_address_parse(rd_slice("198.18.0.1:5060"), &m.local); /* the line's end is the SBC's */
  redoubt_plugin.actor->intercept(b->self, &m, &v);
  ck_assert_uint_eq(v.action, RD_PASS); /* it forges, and touches nothing */
}

static void overhear(Bench *b, unsigned call) {
  g_autofree char *up = answer(call, false), *down = answer(call, true);
  pass(b, RD_INGRESS, CALLEE, up);
  pass(b, RD_EGRESS, CALLER, down);
}

static void ends(const MockSent *sent, const char *from, const char *to) {
  char text[RD_ADDRESS_TEXT];
  rd_address_text(&sent->local, text);
  ck_assert_str_eq(text, from);
  rd_address_text(&sent->remote, text);
  ck_assert_str_eq(text, to);
}

static const struct {
  const char *from, *to, *uri, *from_tag, *to_tag, *route;
  unsigned cseq;
} cases[] = {
    [CALLEE_HIT] = {"198.18.0.1:5060", CALLEE, "sip:001010000000002@" CALLEE, "f1", "t1", NULL, 8},
    [CALLER_HIT] = {"198.18.0.1:5060", CALLER, "sip:+9990000000001@" CALLER, "t1", "f1", NULL, 1},
    [SERVER_HIT] = {CALLER, "198.18.0.1:5060", "sip:001010000000002@" CALLEE, "f1", "t1", ROUTES,
                    8}};

START_TEST(an_answered_call_gets_one_bye) {
  Bench b;
  bench_open(&b, 1, END, "victim", (double)_i, NULL);
  overhear(&b, 1);
  overhear(&b, 1); /* repeated, as 2xx are */
  mock_run_until(b.world, 2 * RD_SECOND - 1);
  ck_assert_uint_eq(mock_n_sent(b.mock), 0);
  mock_run_until(b.world, END);
  ck_assert_uint_eq(mock_n_sent(b.mock), 1);
  const MockSent *sent = mock_last(b.mock);
  const RdSip *sip = &sent->scan->sip;
  ck_assert_int_eq(sent->at, 2 * RD_SECOND);
  ends(sent, cases[_i].from, cases[_i].to);
  ck_assert_uint_eq(sip->method, RD_SIP_BYE);
  ck_assert_uint_eq(sip->defects, 0);
  ck_assert(rd_slice_is(sip->uri, cases[_i].uri));
  ck_assert(rd_slice_is(sip->call_id, "call-1"));
  ck_assert(rd_slice_is(sip->from_tag, cases[_i].from_tag));
  ck_assert(rd_slice_is(sip->to_tag, cases[_i].to_tag));
  ck_assert(rd_slice_is(sip->via_sent_by, cases[_i].from));
  ck_assert_uint_eq(sip->cseq, cases[_i].cseq);
  const RdSlice route = rd_sip_value(sip, RD_HDR_ROUTE);
  ck_assert(cases[_i].route ? rd_slice_is(route, cases[_i].route) : !route.at);
  bench_close(&b);
}
END_TEST

START_TEST(without_spoofing_it_sends_from_itself) {
  Bench b;
  bench_open(&b, 1, END, "spoof", 0.0, NULL);
  overhear(&b, 1);
  mock_run_until(b.world, END);
  ends(mock_last(b.mock), "198.18.64.1:5060", CALLEE);
  bench_close(&b);
}
END_TEST

/* 1000 draws: 5 standard deviations are 79. */
START_TEST(it_spares_whom_it_is_told_to) {
  Bench b;
  bench_open(&b, 1, END, "share", 0.5, "jitter", 3.0, NULL);
  for (unsigned i = 0; i < 1000; i++)
    overhear(&b, i);
  mock_run_until(b.world, END);
  ck_assert_int_eq(mock_count(b.mock, "calls-heard-of"), 1000);
  ck_assert_double_eq_tol(mock_n_sent(b.mock), 500, 79);
  ck_assert_int_le(mock_last(b.mock)->at, 5 * RD_SECOND);
  ck_assert_int_ge(mock_last(b.mock)->at, 4 * RD_SECOND);
  bench_close(&b);
}
END_TEST

START_TEST(what_ends_no_call_is_let_be) {
  Bench b;
  bench_open(&b, 1, END, NULL);
  pass(&b, RD_INGRESS, CALLEE, "junk");
  pass(&b, RD_INGRESS, CALLEE, "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n");
  pass(&b, RD_INGRESS, CALLEE, "BYE sip:a SIP/2.0\r\nCall-ID: x\r\nCSeq: 1 BYE\r\n\r\n");
  g_autofree char *ringing = answer(1, false);
  memcpy(ringing, "SIP/2.0 180", 11);
  pass(&b, RD_INGRESS, CALLEE, ringing);
  mock_run_until(b.world, END);
  ck_assert_uint_eq(mock_n_sent(b.mock), 0);
  bench_close(&b);
}
END_TEST

START_TEST(it_strikes_nobody_after_its_end) {
  Bench b;
  bench_open(&b, 1, END, "after", 5.0, NULL);
  mock_run_until(b.world, END - 3 * RD_SECOND);
  overhear(&b, 1);
  mock_run_until(b.world, END + 60 * RD_SECOND);
  ck_assert_uint_eq(mock_n_sent(b.mock), 0);
  bench_close(&b);
}
END_TEST

START_TEST(its_memory_has_a_bound) {
  Bench b;
  bench_open(&b, 1, END, NULL);
  for (unsigned i = 0; i < 6000; i++)
    overhear(&b, i);
  mock_run_until(b.world, END);
  ck_assert_uint_eq(mock_n_sent(b.mock), 4096);
  bench_close(&b);
}
END_TEST

/* Off the path: the first call of each of three phones, over and over, as one that counts names it. */
START_TEST(it_guesses_what_is_counted) {
  Bench b;
  void *config = mock_config(&redoubt_plugin);
  mock_set(&redoubt_plugin, config, "knows", 1);
  mock_set(&redoubt_plugin, config, "population", 3);
  mock_set(&redoubt_plugin, config, "attempts", 2);
  mock_set(&redoubt_plugin, config, "rate", 6);
  mock_set_text(&redoubt_plugin, config, "phones", "sbc"); /* the one name that the bench knows */
  bench_open_with(&b, 1, END, config);
  overhear(&b, 1); /* it is deaf */
  mock_run_until(b.world, 3 * RD_SECOND - 1);
  ck_assert_uint_eq(mock_n_sent(b.mock), 12);
  for (unsigned i = 0; i < 12; i++) {
    const MockSent *sent = mock_sent(b.mock, i);
    g_autofree char *to = g_strdup_printf("198.18.0.%u:5060", 1 + i % 3);
    g_autofree char *call = g_strdup_printf("%016x", (i % 3) << 24 | (i / 3 % 2) << 8);
    ends(sent, "198.18.0.1:5060", to);
    ck_assert_uint_eq(sent->scan->sip.defects, 0);
    ck_assert(rd_slice_is(sent->scan->sip.call_id, call));
    ck_assert(rd_slice_is(sent->scan->sip.to_tag, call));
    ck_assert(rd_slice_is(sent->scan->sip.from_tag, "0000000000000001"));
    for (unsigned k = 0; k < i; k++) /* the same guess again is another transaction */
      ck_assert(
          !rd_slice_equal(mock_sent(b.mock, k)->scan->sip.via_branch, sent->scan->sip.via_branch));
  }
  bench_close(&b);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("dos-bye-teardown");
  TCase *t = tcase_create("teardown");
  tcase_add_loop_test(t, an_answered_call_gets_one_bye, 0, G_N_ELEMENTS(cases));
  tcase_add_test(t, without_spoofing_it_sends_from_itself);
  tcase_add_test(t, it_spares_whom_it_is_told_to);
  tcase_add_test(t, what_ends_no_call_is_let_be);
  tcase_add_test(t, it_strikes_nobody_after_its_end);
  tcase_add_test(t, its_memory_has_a_bound);
  tcase_add_test(t, it_guesses_what_is_counted);
  suite_add_tcase(s, t);
  harm_add_of(s, RD_ATTEMPT_CALL, "calls");
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
