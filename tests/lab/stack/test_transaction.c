#include "tests/lab/stack/transaction_fixture.h"

/* --- clients --- */

START_TEST(invite_is_retransmitted_and_given_up) {
  Fixture *f = setup(10);
  ck_assert_ptr_nonnull(client(f, "INVITE", RD_UDP));
  run(f, 31999);
  ck_assert_str_eq(times(f), "0 500 1500 3500 7500 15500 31500");
  ck_assert_uint_eq(f->responses, 0);
  run(f, 1);
  ck_assert_uint_eq(f->responses, 1);
  ck_assert_uint_eq(f->status, 408);
  ck_assert_uint_eq(f->ended, 1);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 0);
  run(f, 100000);
  ck_assert_uint_eq(mock_n_sent(f->mock), 7);
  ck_assert_uint_eq(mock_pending(f->mock), 0);
  teardown(f);
}
END_TEST

START_TEST(others_are_capped_at_t2) {
  Fixture *f = setup(10);
  client(f, "REGISTER", RD_UDP);
  run(f, 31999);
  ck_assert_str_eq(times(f), "0 500 1500 3500 7500 11500 15500 19500 23500 27500 31500");
  ck_assert_uint_eq(f->responses, 0);
  run(f, 1);
  ck_assert_uint_eq(f->status, 408);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 0);
  teardown(f);
}
END_TEST

START_TEST(a_provisional_slows_others_down_and_stops_invite) {
  Fixture *f = setup(10);
  client(f, "OPTIONS", RD_UDP);
  run(f, 600);
  receive(f, response_text(100, "OPTIONS", BRANCH));
  run(f, 31400);
  /* E was running for 1 s when the 100 came; then every T2, and F still ends it at 32 s */
  ck_assert_str_eq(times(f), "0 500 1500 5500 9500 13500 17500 21500 25500 29500");
  ck_assert_uint_eq(f->status, 408);
  teardown(f);

  f = setup(10);
  client(f, "INVITE", RD_UDP);
  run(f, 600);
  receive(f, response_text(180, "INVITE", BRANCH));
  run(f, 300000);
  ck_assert_str_eq(times(f), "0 500");
  ck_assert_uint_eq(f->status, 180);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 1); /* s17.1.1.2: only the user ends it now */
  teardown(f);
}
END_TEST

START_TEST(a_refused_invite_is_acknowledged_each_time) {
  Fixture *f = setup(10);
  client(f, "INVITE", RD_UDP);
  receive(f, response_text(486, "INVITE", BRANCH));
  receive(f, response_text(486, "INVITE", BRANCH));
  receive(f, response_text(180, "INVITE", BRANCH));
  ck_assert_uint_eq(f->responses, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 3);
  const MockSent *ack = mock_last(f->mock);
  ck_assert_int_eq(ack->scan->sip.method, RD_SIP_ACK);
  ck_assert(rd_slice_is(ack->scan->sip.via_branch, BRANCH));
  ck_assert(rd_slice_is(ack->scan->sip.to_tag, "b1"));
  ck_assert(rd_slice_is(ack->scan->sip.uri, "sip:bob@example.com"));
  ck_assert_uint_eq(ack->scan->sip.cseq, 7);
  ck_assert(rd_slice_is(rd_sip_value(&ack->scan->sip, RD_HDR_ROUTE), "<sip:192.0.2.9;lr>"));
  ck_assert_uint_eq(ack->scan->sip.defects & ~(uint32_t)RD_SIP_ODD_BUT_VALID, 0);
  run(f, 31999);
  ck_assert_uint_eq(f->ended, 0);
  run(f, 1); /* timer D */
  ck_assert_uint_eq(f->ended, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 3);
  teardown(f);
}
END_TEST

START_TEST(every_2xx_to_invite_goes_up) {
  Fixture *f = setup(10);
  client(f, "INVITE", RD_UDP);
  receive(f, response_text(180, "INVITE", BRANCH));
  receive(f, response_text(200, "INVITE", BRANCH));
  receive(f, response_text(200, "INVITE", BRANCH));
  receive(f, response_text(486, "INVITE", BRANCH)); /* too late: RFC 6026 */
  ck_assert_uint_eq(f->responses, 3);
  ck_assert_uint_eq(mock_n_sent(f->mock), 1); /* no ACK of the layer's */
  run(f, 32000); /* timer M */
  ck_assert_uint_eq(f->ended, 1);
  receive(f, response_text(200, "INVITE", BRANCH));
  ck_assert_uint_eq(f->strays, 1);
  teardown(f);
}
END_TEST

START_TEST(a_final_answer_ends_others_after_t4) {
  Fixture *f = setup(10);
  client(f, "BYE", RD_UDP);
  receive(f, response_text(200, "BYE", BRANCH));
  receive(f, response_text(200, "BYE", BRANCH));
  ck_assert_uint_eq(f->responses, 1);
  run(f, 4999);
  ck_assert_uint_eq(f->ended, 0);
  run(f, 1);
  ck_assert_uint_eq(f->ended, 1);
  ck_assert_str_eq(times(f), "0");
  teardown(f);
}
END_TEST

/* What comes after the end is no event of ours, and none that could not be (teardown asks). */
START_TEST(what_comes_too_late_does_nothing) {
  static const struct {
    const char *method;
    unsigned first, then[3];
  } rows[] = {{"OPTIONS", 200, {100, 200, 404}},
              {"OPTIONS", 404, {100, 200, 503}},
              {"INVITE", 486, {180, 200, 100}},
              {"INVITE", 200, {180, 486, 100}}};
  for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
    Fixture *f = setup(10);
    client(f, rows[i].method, RD_UDP);
    receive(f, response_text(rows[i].first, rows[i].method, BRANCH));
    for (unsigned k = 0; k < 3; k++)
      receive(f, response_text(rows[i].then[k], rows[i].method, BRANCH));
    RdMessage refused = *mock_message(f->mock, 0, RD_INGRESS, PEER, "", 0);
    refused.kind = RD_REFUSED;
    refused.sip = NULL;
    mock_deliver(f->mock, &refused);
    ck_assert_uint_eq(f->responses, 1);
    ck_assert_uint_eq(f->status, rows[i].first);
    run(f, 33000);
    ck_assert_uint_eq(f->ended, 1);
    teardown(f);
  }
}
END_TEST

START_TEST(foreign_responses_are_strays) {
  Fixture *f = setup(10);
  client(f, "INVITE", RD_UDP);
  receive(f, response_text(200, "INVITE", "z9hG4bKother"));
  receive(f, response_text(200, "BYE", BRANCH)); /* same branch, other method */
  ck_assert_uint_eq(f->responses, 0);
  ck_assert_uint_eq(f->strays, 2);
  teardown(f);
}
END_TEST

START_TEST(a_reliable_transport_needs_no_repetition) {
  Fixture *f = setup(10);
  client(f, "INVITE", RD_TCP);
  run(f, 32000);
  ck_assert_str_eq(times(f), "0");
  ck_assert_uint_eq(f->status, 408);
  client(f, "MESSAGE", RD_TCP);
  receive(f, response_text(200, "MESSAGE", BRANCH));
  ck_assert_uint_eq(f->ended, 1); /* the INVITE's */
  run(f, 0); /* K is zero, but not within receive() */
  ck_assert_uint_eq(f->ended, 2);
  client(f, "INVITE", RD_TCP);
  receive(f, response_text(404, "INVITE", BRANCH));
  run(f, 0);
  ck_assert_uint_eq(f->ended, 3);
  teardown(f);
}
END_TEST

START_TEST(a_failed_send_is_told_later) {
  Fixture *f = setup(10);
  mock_fail_send(f->mock, true);
  ck_assert_ptr_nonnull(client(f, "INVITE", RD_UDP));
  ck_assert_uint_eq(f->responses, 0);
  run(f, 0);
  ck_assert_uint_eq(f->status, 503);
  ck_assert_uint_eq(f->ended, 1);
  mock_fail_send(f->mock, false);
  client(f, "OPTIONS", RD_UDP);
  mock_fail_send(f->mock, true);
  run(f, 500);
  ck_assert_uint_eq(f->responses, 2);
  ck_assert_uint_eq(f->ended, 2);
  teardown(f);
}
END_TEST

START_TEST(a_closed_port_fails_what_went_there) {
  Fixture *f = setup(10);
  client(f, "INVITE", RD_UDP);
  RdMessage refused = *mock_message(f->mock, 0, RD_INGRESS, "192.0.2.8:5060", "", 0);
  refused.kind = RD_REFUSED;
  refused.sip = NULL;
  mock_deliver(f->mock, &refused); /* another peer */
  ck_assert_uint_eq(f->responses, 0);
  refused.remote = rd_address_ip4(0xc0000207, 5060);
  mock_deliver(f->mock, &refused);
  ck_assert_uint_eq(f->status, 503);
  ck_assert_uint_eq(f->ended, 1);
  teardown(f);
}
END_TEST

START_TEST(users_may_end_it_within_any_callback) {
  Fixture *f = setup(100);
  f->abandon = true;
  receive(f, request_text("INVITE", BRANCH, ""));
  client(f, "INVITE", RD_UDP);
  receive(f, response_text(180, "INVITE", BRANCH));
  client(f, "INVITE", RD_UDP);
  run(f, 32000);
  f->abandon = false;
  receive(f, request_text("INVITE", BRANCH, ""));
  respond(f, 486, false);
  f->abandon = true;
  run(f, 32000);
  ck_assert_uint_eq(f->no_acks, 1);
  ck_assert_uint_eq(f->ended, 4);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 0);
  ck_assert_uint_eq(mock_pending(f->mock), 0);
  teardown(f);
}
END_TEST

START_TEST(a_stale_cookie_is_harmless) {
  Fixture *f = setup(10);
  client(f, "INVITE", RD_UDP);
  const RdCookieSpace layer = (RdCookieSpace)RD_COOKIE_OWN
                              << RD_COOKIE_BITS; /* the first claimed */
  for (uint64_t low = 0; low < 64; low++)
    ck_assert(rd_cookies_fire(&f->cookies, rd_cookie(layer, UINT64_C(77) << 32 | low)));
  ck_assert(rd_cookies_fire(&f->cookies, rd_cookie(layer, UINT64_MAX)));
  ck_assert(!rd_cookies_fire(&f->cookies, 42));
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 1);
  teardown(f);
}
END_TEST

START_TEST(many_are_kept_apart) {
  Fixture *f = setup(100000);
  char branch[RD_SIP_BRANCH];
  for (unsigned round = 0; round < 2; round++)
    for (unsigned i = 0; i < 3000; i++) {
      rd_sip_branch(i, branch);
      receive(f, request_text("OPTIONS", branch, ""));
    }
  ck_assert_uint_eq(f->requests, 3000);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 3000);
  teardown(f);
}
END_TEST

START_TEST(a_proxy_branch_is_a_function_of_the_request) {
  const uint64_t key[2] = {1, 2}, other[2] = {1, 3};
  RdSipScan a, b;
  char texts[4][1000], branches[6][RD_SIP_BRANCH];
  g_strlcpy(texts[0], request_text("INVITE", BRANCH, ""), 1000);
  g_strlcpy(texts[1], request_text("ACK", BRANCH, ";tag=b1"), 1000);
  g_strlcpy(texts[2], request_text("INVITE", "z9hG4bK9", ""), 1000);
  rd_sip_scan(&a, texts[0], strlen(texts[0]), RD_SIP_DATAGRAM);
  rd_sip_proxy_branch(key, &a.sip, branches[0]);
  rd_sip_proxy_branch(key, &a.sip, branches[1]);
  rd_sip_proxy_branch(other, &a.sip, branches[2]);
  rd_sip_scan(&b, texts[1], strlen(texts[1]), RD_SIP_DATAGRAM);
  rd_sip_proxy_branch(key, &b.sip, branches[3]);
  rd_sip_scan(&b, texts[2], strlen(texts[2]), RD_SIP_DATAGRAM);
  rd_sip_proxy_branch(key, &b.sip, branches[4]);
  ck_assert_uint_eq(strlen(branches[0]), 23);
  ck_assert_int_eq(strncmp(branches[0], "z9hG4bK", 7), 0);
  ck_assert_str_eq(branches[0], branches[1]);
  ck_assert_str_ne(branches[0], branches[2]);
  ck_assert_str_eq(branches[0], branches[3]);
  ck_assert_str_ne(branches[0], branches[4]);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("transaction");
  TCase *c;
  c = tcase_create("client");
  suite_add_tcase(s, c);
  tcase_add_test(c, invite_is_retransmitted_and_given_up);
  tcase_add_test(c, others_are_capped_at_t2);
  tcase_add_test(c, a_provisional_slows_others_down_and_stops_invite);
  tcase_add_test(c, a_refused_invite_is_acknowledged_each_time);
  tcase_add_test(c, every_2xx_to_invite_goes_up);
  tcase_add_test(c, a_final_answer_ends_others_after_t4);
  tcase_add_test(c, what_comes_too_late_does_nothing);
  tcase_add_test(c, foreign_responses_are_strays);
  tcase_add_test(c, a_reliable_transport_needs_no_repetition);
  tcase_add_test(c, a_failed_send_is_told_later);
  tcase_add_test(c, a_closed_port_fails_what_went_there);
  c = tcase_create("layer");
  suite_add_tcase(s, c);
  tcase_add_test(c, users_may_end_it_within_any_callback);
  tcase_add_test(c, a_stale_cookie_is_harmless);
  tcase_add_test(c, many_are_kept_apart);
  tcase_add_test(c, a_proxy_branch_is_a_function_of_the_request);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
