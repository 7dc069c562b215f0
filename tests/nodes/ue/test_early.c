/* Reliable provisional answers and preconditions: the ladder, what is lost on the way, what is refused. */
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/precondition.h"
#include "lab/sip/scan.h"
#include "tests/check_main.h"
#include "tests/nodes/ue/calls.h"

static void reliable(void *config) {
  always_answered(config);
  mock_set(&redoubt_plugin, config, "prack", RELIABLE_YES);
}

static void reserving(void *config) {
  reliable(config);
  mock_set(&redoubt_plugin, config, "preconditions", 1);
}

static void requiring(void *config) {
  always_answered(config);
  mock_set(&redoubt_plugin, config, "prack", RELIABLE_REQUIRED);
}

/* What the phones sent with the first INVITE's Call-ID, method or status one after the other. */
static char *ladder(const Lab *lab) {
  GString *text = g_string_new(NULL);
  RdSlice call_id = {0};
  for (unsigned i = 0; i < mock_n_sent(lab->phones); i++) {
    const RdSip *sip = &mock_sent(lab->phones, i)->scan->sip;
    if (!call_id.at && sip->method == RD_SIP_INVITE)
      call_id = sip->call_id;
    if (!call_id.at || !rd_slice_equal(sip->call_id, call_id))
      continue;
    if (text->len > 0)
      g_string_append_c(text, ' ');
    if (sip->is_request)
      g_string_append_len(text, sip->method_text.at, sip->method_text.len);
    else
      g_string_append_printf(text, "%u", sip->status);
  }
  return g_string_free(text, FALSE);
}

static RdPrecondition qos_of(const Lab *lab, RdSipMethod method, bool request, unsigned status) {
  return rd_precondition_read(first_sent(lab, method, request, status)->scan->sip.body);
}

/* The network of these tests sends no 100: 13 messages of the 14. */
START_TEST(it_rings_when_both_bearers_are_there) {
  Lab lab;
  lab_open(&lab, 2, 2, reserving);
  lab_run(&lab, 300 * RD_SECOND);
  g_autofree char *seen = ladder(&lab);
  ck_assert_str_eq(seen, "INVITE 183 PRACK 200 UPDATE 200 180 PRACK 200 200 ACK BYE 200");
  const RdPrecondition offer = qos_of(&lab, RD_SIP_INVITE, true, 0);
  const RdPrecondition answer = qos_of(&lab, RD_SIP_INVITE, false, 183);
  const RdPrecondition update = qos_of(&lab, RD_SIP_UPDATE, true, 0);
  const RdPrecondition agreed = qos_of(&lab, RD_SIP_UPDATE, false, 200);
  ck_assert(offer.mandatory && offer.local == RD_QOS_NONE && offer.remote == RD_QOS_NONE);
  ck_assert(answer.confirm && answer.mandatory && answer.local == RD_QOS_NONE);
  ck_assert(update.local == RD_QOS_SENDRECV && update.remote == RD_QOS_NONE && !update.confirm);
  ck_assert(agreed.local == RD_QOS_SENDRECV && agreed.remote == RD_QOS_SENDRECV);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 200);
  ck_assert_int_eq(a->talked, a->wanted);
  ck_assert_uint_eq(first_sent(&lab, RD_SIP_INVITE, false, 200)->scan->sip.body.len, 0);
  ck_assert_int_eq(mock_count(lab.phones, RD_IMPOSSIBLE), 0);
  lab_close(&lab);
}
END_TEST

START_TEST(a_180_is_acknowledged_by_its_number) {
  Lab lab;
  lab_open(&lab, 2, 2, reliable);
  lab_run(&lab, 300 * RD_SECOND);
  g_autofree char *seen = ladder(&lab);
  ck_assert_str_eq(seen, "INVITE 180 PRACK 200 200 ACK BYE 200");
  const RdSip *invite = &first_sent(&lab, RD_SIP_INVITE, true, 0)->scan->sip;
  const RdSip *ringing = &first_sent(&lab, RD_SIP_INVITE, false, 180)->scan->sip;
  const RdSip *prack = &first_sent(&lab, RD_SIP_PRACK, true, 0)->scan->sip;
  const RdSip *bye = &first_sent(&lab, RD_SIP_BYE, true, 0)->scan->sip;
  const RdSlice rseq = rd_sip_value(ringing, RD_HDR_RSEQ);
  g_autofree char *rack = g_strdup_printf("%.*s %u INVITE", (int)rseq.len, rseq.at, invite->cseq);
  ck_assert(rd_slice_is(rd_sip_value(prack, RD_HDR_RACK), rack));
  ck_assert(rd_slice_is(rd_sip_value(ringing, RD_HDR_REQUIRE), "100rel"));
  ck_assert(rd_slice_equal(prack->to_tag, ringing->to_tag));
  ck_assert(rd_slice_equal(prack->uri, ringing->contact_uri));
  ck_assert_uint_eq(prack->cseq, invite->cseq + 1);
  ck_assert_uint_eq(bye->cseq, invite->cseq + 2);
  ck_assert_uint_eq(first_sent(&lab, RD_SIP_ACK, true, 0)->scan->sip.cseq, invite->cseq);
  ck_assert_uint_gt(first_sent(&lab, RD_SIP_INVITE, false, 200)->scan->sip.body.len, 0);
  lab_close(&lab);
}
END_TEST

/* RFC 3262 s3: T1, then twice as long each time. */
START_TEST(an_unacknowledged_answer_comes_again) {
  Lab lab;
  RdTime at[3];
  unsigned n = 0;
  lab_open(&lab, 2, 2, reserving);
  mock_set(&redoubt_plugin, lab.config, "patience", 40);
  lab.network.lose_pracks = 1000;
  lab_run(&lab, 300 * RD_SECOND);
  const RdSlice call_id = first_sent(&lab, RD_SIP_INVITE, true, 0)->scan->sip.call_id;
  for (unsigned i = 0; i < mock_n_sent(lab.phones) && n < 3; i++) {
    const MockSent *sent = mock_sent(lab.phones, i);
    if (sent->scan->sip.status == 183 && rd_slice_equal(sent->scan->sip.call_id, call_id))
      at[n++] = sent->at;
  }
  ck_assert_uint_eq(n, 3);
  ck_assert_int_eq(at[1] - at[0], 2 * RD_SECOND);
  ck_assert_int_eq(at[2] - at[1], 4 * RD_SECOND);
  const RdAttempt *a = first_call(&lab);
  ck_assert_uint_eq(a->status, 487); /* nobody rang: its caller gave up */
  ck_assert_int_eq(mock_count(lab.phones, RD_IMPOSSIBLE), 0);
  lab_close(&lab);
}
END_TEST

/* A PRACK that is lost comes again, of itself and for nothing twice. */
START_TEST(one_lost_prack_costs_time_only) {
  Lab lab;
  lab_open(&lab, 2, 2, reserving);
  lab.network.lose_pracks = 1;
  lab_run(&lab, 300 * RD_SECOND);
  ck_assert_uint_eq(first_call(&lab)->status, 200);
  ck_assert_int_eq(mock_count(lab.phones, RD_IMPOSSIBLE), 0);
  lab_close(&lab);
}
END_TEST

/* 64*T1 after the 183, if its caller is still there. */
START_TEST(who_never_acknowledges_is_refused) {
  Lab lab;
  lab_open(&lab, 2, 2, reliable);
  mock_set(&redoubt_plugin, lab.config, "patience", 600);
  mock_set(&redoubt_plugin, lab.config, "ring-limit", 3600);
  mock_set(&redoubt_plugin, lab.config, "ring-min", 500);
  mock_set(&redoubt_plugin, lab.config, "ring-max", 500);
  lab.network.lose_pracks = UINT32_MAX;
  lab_run(&lab, 400 * RD_SECOND);
  ck_assert_int_gt(mock_count(lab.phones, "calls-without-prack"), 0);
  ck_assert_ptr_nonnull(first_sent(&lab, RD_SIP_INVITE, false, 504));
  ck_assert_int_eq(mock_count(lab.phones, RD_IMPOSSIBLE), 0);
  lab_close(&lab);
}
END_TEST

static const RdSip *asked(Lab *lab, const char *method, const char *tag, const char *more) {
  char imsi[RD_IMSI_TEXT];
  rd_provision_imsi(&lab->network.provision, 0, imsi);
  g_autofree char *text = g_strdup_printf(
      "%s sip:%s@198.18.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 198.18.0.1:5060;branch=z9hG4bK%s\r\n"
      "Max-Forwards: 70\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:z@y>%s\r\nCall-ID: m\r\n"
      "CSeq: 1 %s\r\nContact: <sip:x@198.18.0.1>\r\n%s\r\n",
      method, imsi, method, tag, method, more);
  mock_receive_text(lab->phones, 0, "198.18.0.1:5060", text);
  return &mock_last(lab->phones)->scan->sip;
}

START_TEST(what_is_required_and_not_done_is_named) {
  Lab lab;
  lab_open(&lab, 2, 1, _i ? reliable : always_answered);
  lab_run(&lab, RD_SECOND);
  const RdSip *sip = asked(&lab, "INVITE", "", "Require: 100rel, precondition\r\n");
  ck_assert_uint_eq(sip->status, 420);
  const RdSipHeader *h = rd_sip_first(sip, RD_HDR_UNSUPPORTED);
  ck_assert(rd_slice_is(h->value, _i ? "precondition" : "100rel"));
  ck_assert_int_eq(rd_sip_next(sip, h) == NULL, _i);
  lab_close(&lab);
}
END_TEST

START_TEST(a_caller_without_100rel_is_told_or_let_in) {
  Lab lab;
  lab_open(&lab, 2, 1, _i ? requiring : reserving);
  lab_run(&lab, RD_SECOND);
  const RdSip *sip = asked(&lab, "INVITE", "", "");
  ck_assert_uint_eq(sip->status, _i ? 421 : 180);
  ck_assert(rd_slice_is(rd_sip_value(sip, RD_HDR_REQUIRE), "100rel") == (_i == 1));
  ck_assert_ptr_null(rd_sip_first(sip, RD_HDR_RSEQ));
  lab_close(&lab);
}
END_TEST

START_TEST(prack_and_update_of_nothing_are_481) {
  Lab lab;
  lab_open(&lab, 2, 1, reserving);
  lab_run(&lab, RD_SECOND);
  ck_assert_uint_eq(asked(&lab, "PRACK", ";tag=2", "RAck: 1 1 INVITE\r\n")->status, 481);
  ck_assert_uint_eq(asked(&lab, "UPDATE", ";tag=2", "")->status, 481);
  lab_close(&lab);
}
END_TEST

/* What it says of the media, and of itself: too long for a datagram (RFC 3261 s18.1.1). */
START_TEST(the_invite_is_a_phones) {
  Lab lab;
  lab_open(&lab, 2, 2, reserving);
  lab_run(&lab, 300 * RD_SECOND);
  const MockSent *sent = first_sent(&lab, RD_SIP_INVITE, true, 0);
  const RdSip *sip = &sent->scan->sip;
  ck_assert_uint_eq(sip->defects, 0);
  ck_assert_uint_gt(sent->len, 1300);
  ck_assert(rd_slice_is(rd_sip_value(sip, RD_HDR_SUPPORTED), "100rel, precondition"));
  ck_assert_ptr_nonnull(rd_sip_first(sip, RD_HDR_P_ACCESS_NETWORK_INFO));
  lab_close(&lab);
}
END_TEST

static void crowded(void *config) {
  reserving(config);
  only(config, 6, 1, 1, 2);
  mock_set(&redoubt_plugin, config, "bhca", 300);
}

/* Spoilt bytes, for long: no crash, no leak, nothing that the tables do not know. */
START_TEST(nothing_that_arrives_breaks_it) {
  Lab lab;
  lab_open(&lab, (uint64_t)_i + 20, 20, crowded);
  lab.network.mangle = true;
  lab_run(&lab, 400 * RD_SECOND);
  ck_assert_int_eq(mock_count(lab.phones, RD_IMPOSSIBLE), 0);
  ck_assert_uint_gt(lab.network.spoiled, 100);
  lab_close(&lab);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ue-early");
  TCase *c = tcase_create("early");
  tcase_set_timeout(c, 120);
  suite_add_tcase(s, c);
  tcase_add_test(c, it_rings_when_both_bearers_are_there);
  tcase_add_test(c, a_180_is_acknowledged_by_its_number);
  tcase_add_test(c, an_unacknowledged_answer_comes_again);
  tcase_add_test(c, one_lost_prack_costs_time_only);
  tcase_add_test(c, who_never_acknowledges_is_refused);
  tcase_add_loop_test(c, what_is_required_and_not_done_is_named, 0, 2);
  tcase_add_loop_test(c, a_caller_without_100rel_is_told_or_let_in, 0, 2);
  tcase_add_test(c, prack_and_update_of_nothing_are_481);
  tcase_add_test(c, the_invite_is_a_phones);
  tcase_add_loop_test(c, nothing_that_arrives_breaks_it, 0, 4);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
