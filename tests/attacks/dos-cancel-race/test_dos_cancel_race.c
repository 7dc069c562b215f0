/* dos-cancel-race: one CANCEL a call, with the branch of the INVITE it overheard. */
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/subscribers/provision.h"
#include "tests/attacks/floods.h"

#define END (31 * RD_SECOND)
#define CALLER "198.18.1.7:5060"
#define CALLEE "198.18.1.9:5060"
#define SBC "198.18.0.1:5060"

static char *invite(bool to_callee, const char *to_tag) {
  return g_strdup_printf(
      "INVITE %s SIP/2.0\r\n%sVia: SIP/2.0/UDP 198.18.1.7:5060;branch=z9hG4bKc\r\n"
      "Max-Forwards: 70\r\nRoute: <sip:198.51.100.2;lr;orig>\r\n"
      "From: <sip:+9990000000001@" RD_IMS_DOMAIN ";user=phone>;tag=f\r\n"
      "To: <tel:+9990000000002>%s\r\nCall-ID: call\r\nCSeq: 7 INVITE\r\n"
      "Content-Length: 0\r\n\r\n",
      to_callee ? "sip:001010000000002@198.18.1.9:5060" : "tel:+9990000000002",
      to_callee ? "Via: SIP/2.0/UDP 198.18.0.1:5060;branch=z9hG4bKs\r\n" : "", to_tag);
}

static void pass(Bench *b, RdDirection direction, const char *remote, const char *text) {
  RdMessage m = *mock_message(b->mock, 0, direction, remote, text, strlen(text));
  RdVerdict v = {.size = sizeof v};
  rd_address_parse(rd_slice(SBC), &m.local); /* the line's end is the SBC's */
  redoubt_plugin.actor->intercept(b->self, &m, &v);
  ck_assert_uint_eq(v.action, RD_PASS);
}

static void overhear(Bench *b) {
  g_autofree char *first = invite(false, ""), *last = invite(true, "");
  pass(b, RD_INGRESS, CALLER, first);
  pass(b, RD_EGRESS, CALLEE, last);
}

static void ends(const MockSent *sent, const char *from, const char *to) {
  char text[RD_ADDRESS_TEXT];
  rd_address_text(&sent->local, text);
  ck_assert_str_eq(text, from);
  rd_address_text(&sent->remote, text);
  ck_assert_str_eq(text, to);
}

static const struct {
  const char *from, *to, *uri, *branch, *sent_by;
} cases[] = {{CALLER, SBC, "tel:+9990000000002", "z9hG4bKc", CALLER},
             {SBC, CALLEE, "sip:001010000000002@" CALLEE, "z9hG4bKs", SBC}};

START_TEST(a_ringing_call_gets_one_cancel) {
  Bench b;
  bench_open(&b, 1, END, "victim", (double)_i, NULL);
  overhear(&b);
  overhear(&b); /* an INVITE that is repeated */
  mock_run_until(b.world, END);
  ck_assert_uint_eq(mock_n_sent(b.mock), 1);
  const MockSent *sent = mock_last(b.mock);
  const RdSip *sip = &sent->scan->sip;
  ck_assert_int_eq(sent->at, 2 * RD_SECOND);
  ends(sent, cases[_i].from, cases[_i].to);
  ck_assert_uint_eq(sip->method, RD_SIP_CANCEL);
  ck_assert_uint_eq(sip->defects, 0);
  ck_assert(rd_slice_is(sip->uri, cases[_i].uri));
  ck_assert(rd_slice_is(sip->via_branch, cases[_i].branch));
  ck_assert(rd_slice_is(sip->via_sent_by, cases[_i].sent_by));
  ck_assert(rd_slice_is(sip->from_tag, "f"));
  ck_assert(!sip->to_tag.at);
  ck_assert_uint_eq(sip->cseq, 7);
  bench_close(&b);
}
END_TEST

START_TEST(without_spoofing_it_sends_from_itself) {
  Bench b;
  bench_open(&b, 1, END, "spoof", 0.0, NULL);
  overhear(&b);
  mock_run_until(b.world, END);
  ends(mock_last(b.mock), "198.18.64.1:5060", SBC);
  bench_close(&b);
}
END_TEST

START_TEST(what_can_not_be_cancelled_is_let_be) {
  Bench b;
  g_autofree char *again = invite(false, ";tag=t");
  bench_open(&b, 1, END, NULL);
  pass(&b, RD_INGRESS, CALLER, "junk");
  pass(&b, RD_INGRESS, CALLER, again); /* a re-INVITE */
  pass(&b, RD_INGRESS, CALLER, "INVITE sip:a SIP/2.0\r\n\r\n");
  mock_run_until(b.world, END);
  ck_assert_uint_eq(mock_n_sent(b.mock), 0);
  bench_close(&b);
}
END_TEST

START_TEST(it_guesses_what_is_counted) {
  Bench b;
  void *config = mock_config(&redoubt_plugin);
  mock_set(&redoubt_plugin, config, "knows", 1);
  mock_set(&redoubt_plugin, config, "population", 300);
  mock_set(&redoubt_plugin, config, "rate", 300);
  mock_set_text(&redoubt_plugin, config, "phones", "sbc"); /* the one name that the bench knows */
  bench_open_with(&b, 1, END, config);
  overhear(&b); /* it is deaf */
  mock_run_until(b.world, 2 * RD_SECOND - 1);
  ck_assert_uint_eq(mock_n_sent(b.mock), 300);
  const MockSent *sent = mock_sent(b.mock, 299);
  ends(sent, "198.18.1.44:5060", SBC); /* 299 beyond .0.1 */
  ck_assert(rd_slice_is(sent->scan->sip.via_branch, "z9hG4bK010000012b000000"));
  ck_assert_uint_eq(sent->scan->sip.defects, 0);
  bench_close(&b);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("dos-cancel-race");
  TCase *t = tcase_create("race");
  tcase_add_loop_test(t, a_ringing_call_gets_one_cancel, 0, G_N_ELEMENTS(cases));
  tcase_add_test(t, without_spoofing_it_sends_from_itself);
  tcase_add_test(t, what_can_not_be_cancelled_is_let_be);
  tcase_add_test(t, it_guesses_what_is_counted);
  suite_add_tcase(s, t);
  harm_add_of(s, RD_ATTEMPT_CALL, "calls");
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
