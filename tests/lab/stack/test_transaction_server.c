#include "tests/lab/stack/transaction_fixture.h"

/* --- servers --- */

START_TEST(a_repeated_request_gets_the_answer_again) {
  Fixture *f = setup(10);
  receive(f, request_text("REGISTER", BRANCH, ""));
  receive(f, request_text("REGISTER", BRANCH, "")); /* Trying: nothing to say yet */
  ck_assert_uint_eq(f->requests, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 0);
  ck_assert(respond(f, 100, false));
  receive(f, request_text("REGISTER", BRANCH, ""));
  size_t kept;
  rd_sip_tx_request(f->server, &kept);
  ck_assert_uint_eq(kept, strlen(request_text("REGISTER", BRANCH, "")));
  ck_assert(respond(f, 200, false));
  ck_assert(!respond(f, 200, false)); /* one final answer */
  rd_sip_tx_request(f->server, &kept); /* it waits for 32 s: what is not asked for is not kept */
  ck_assert_uint_eq(kept, 0);
  receive(f, request_text("REGISTER", BRANCH, ""));
  ck_assert_uint_eq(f->requests, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 4);
  ck_assert_uint_eq(mock_last(f->mock)->scan->sip.status, 200);
  run(f, 31999);
  ck_assert_uint_eq(f->ended, 0);
  run(f, 1); /* timer J */
  ck_assert_uint_eq(f->ended, 1);
  receive(f, request_text("REGISTER", BRANCH, ""));
  ck_assert_uint_eq(f->requests, 2);
  teardown(f);
}
END_TEST

/* RFC 3261 s17.2.2: timer J is 64*T1 whatever the answer was and whatever came before it. */
static const struct {
  bool provisional;
  unsigned status;
} finals[] = {{false, 200}, {false, 302}, {false, 404}, {false, 603},
              {true, 200},  {true, 302},  {true, 404},  {true, 603}};

START_TEST(an_answer_is_kept_for_64_t1) {
  Fixture *f = setup(10);
  receive(f, request_text("OPTIONS", BRANCH, ""));
  if (finals[_i].provisional)
    ck_assert(respond(f, 100, false));
  ck_assert(respond(f, finals[_i].status, false));
  run(f, 31999);
  mock_forget_sent(f->mock);
  receive(f, request_text("OPTIONS", BRANCH, ""));
  ck_assert_uint_eq(f->requests, 1);
  ck_assert_uint_eq(mock_last(f->mock)->scan->sip.status, finals[_i].status);
  run(f, 1);
  ck_assert_uint_eq(f->ended, 1);
  teardown(f);
}
END_TEST

START_TEST(a_refusal_is_repeated_until_its_ack) {
  Fixture *f = setup(10);
  receive(f, request_text("INVITE", BRANCH, ""));
  ck_assert(respond(f, 100, false));
  ck_assert(respond(f, 486, false));
  run(f, 5000);
  ck_assert_str_eq(times(f), "0 0 500 1500 3500");
  receive(f, request_text("INVITE", BRANCH, "")); /* and for the asking */
  ck_assert_uint_eq(mock_n_sent(f->mock), 6);
  receive(f, request_text("ACK", BRANCH, ";tag=b1"));
  receive(f, request_text("ACK", BRANCH, ";tag=b1"));
  run(f, 4999);
  ck_assert_uint_eq(f->ended, 0);
  run(f, 1); /* timer I */
  ck_assert_uint_eq(f->ended, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 6);
  ck_assert_uint_eq(f->acks, 0);
  ck_assert_uint_eq(f->no_acks, 0);
  teardown(f);
}
END_TEST

START_TEST(a_refusal_without_ack_ends_by_timer_h) {
  Fixture *f = setup(10);
  receive(f, request_text("INVITE", BRANCH, ""));
  respond(f, 486, false);
  run(f, 32000);
  ck_assert_str_eq(times(f), "0 500 1500 3500 7500 11500 15500 19500 23500 27500 31500");
  ck_assert_uint_eq(f->no_acks, 1);
  ck_assert_uint_eq(f->ended, 1);
  teardown(f);
}
END_TEST

START_TEST(a_reliable_2xx_is_repeated_until_its_ack) {
  Fixture *f = setup(10);
  receive(f, request_text("INVITE", BRANCH, ""));
  ck_assert(respond(f, 200, true));
  run(f, 8000);
  ck_assert_str_eq(times(f), "0 500 1500 3500 7500");
  receive(f, request_text("INVITE", BRANCH, "")); /* absorbed: RFC 6026 s7.1 */
  ck_assert_uint_eq(f->requests, 1);
  receive(f, request_text("ACK", "z9hG4bKack", ";tag=b1"));
  ck_assert_uint_eq(f->acks, 1);
  run(f, 24000); /* timer L */
  ck_assert_uint_eq(mock_n_sent(f->mock), 5);
  ck_assert_uint_eq(f->no_acks, 0);
  ck_assert_uint_eq(f->ended, 1);
  receive(f, request_text("ACK", "z9hG4bKack", ";tag=b1"));
  ck_assert_uint_eq(f->acks, 2);
  teardown(f);
}
END_TEST

START_TEST(a_reliable_2xx_without_ack_is_told) {
  Fixture *f = setup(10);
  receive(f, request_text("INVITE", BRANCH, ""));
  respond(f, 200, true);
  run(f, 32000);
  ck_assert_str_eq(times(f), "0 500 1500 3500 7500 11500 15500 19500 23500 27500 31500");
  ck_assert_uint_eq(f->no_acks, 1);
  ck_assert_uint_eq(f->ended, 1);
  teardown(f);
}
END_TEST

START_TEST(a_proxy_s_2xx_is_sent_once) {
  Fixture *f = setup(10);
  receive(f, request_text("INVITE", BRANCH, ""));
  respond(f, 200, false);
  run(f, 20000);
  ck_assert(respond(f, 200, false)); /* the next of the callee's, or of a fork */
  receive(f, request_text("ACK", "z9hG4bKack", ";tag=b1"));
  ck_assert_uint_eq(f->acks, 1);
  run(f, 12000);
  ck_assert_str_eq(times(f), "0 20000");
  ck_assert_uint_eq(f->no_acks, 0);
  ck_assert_uint_eq(f->ended, 1);
  teardown(f);
}
END_TEST

START_TEST(a_cancel_finds_its_invite) {
  Fixture *f = setup(10);
  receive(f, request_text("INVITE", BRANCH, ""));
  RdSipTransaction *invite = f->server;
  receive(f, request_text("CANCEL", BRANCH, ""));
  ck_assert_uint_eq(f->cancels, 1);
  ck_assert_ptr_ne(f->server, invite);
  const char *text = request_text("CANCEL", BRANCH, "");
  const RdMessage *m = mock_message(f->mock, 0, RD_INGRESS, PEER, text, strlen(text));
  ck_assert_ptr_eq(rd_sip_cancelled(f->layer, m), invite);
  text = request_text("CANCEL", "z9hG4bKother", "");
  m = mock_message(f->mock, 0, RD_INGRESS, PEER, text, strlen(text));
  ck_assert_ptr_null(rd_sip_cancelled(f->layer, m));
  teardown(f);
}
END_TEST

START_TEST(another_sent_by_is_another_transaction) {
  Fixture *f = setup(10);
  char text[1000];
  g_strlcpy(text, request_text("INVITE", BRANCH, ""), sizeof text);
  receive(f, text);
  memcpy(strstr(text, "192.0.2.7:5060;"), "192.0.2.8:5060;", 15);
  receive(f, text);
  ck_assert_uint_eq(f->requests, 2);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 2);
  teardown(f);
}
END_TEST

/* RFC 2543 peers have no branch worth the name: s17.2.3's second list. */
START_TEST(peers_of_old_are_matched_too) {
  Fixture *f = setup(10);
  receive(f, request_text("INVITE", "1", ""));
  receive(f, request_text("INVITE", "1", ""));
  ck_assert_uint_eq(f->requests, 1);
  respond(f, 404, false);
  receive(f, request_text("ACK", "1", ";tag=b1"));
  ck_assert_uint_eq(f->requests, 1);
  char text[1000];
  g_strlcpy(text, request_text("INVITE", "1", ""), sizeof text);
  memcpy(strstr(text, "CSeq: 7"), "CSeq: 8", 7);
  receive(f, text);
  ck_assert_uint_eq(f->requests, 2);
  g_strlcpy(text, request_text("INVITE", "2", ""), sizeof text);
  receive(f, text);
  ck_assert_uint_eq(f->requests, 3);
  teardown(f);
}
END_TEST

START_TEST(a_full_layer_answers_503_and_keeps_nothing) {
  Fixture *f = setup(3);
  char branch[40];
  for (int i = 0; i < 5; i++) {
    snprintf(branch, sizeof branch, "z9hG4bK%d", i);
    receive(f, request_text("INVITE", branch, ""));
  }
  ck_assert_uint_eq(f->requests, 3);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 3);
  ck_assert_uint_eq(rd_sip_layer_peak(f->layer), 3);
  ck_assert_uint_eq(mock_n_sent(f->mock), 2);
  const RdSip *refusal = &mock_last(f->mock)->scan->sip;
  ck_assert_uint_eq(refusal->status, 503);
  ck_assert_ptr_null(client(f, "OPTIONS", RD_UDP));
  char to[80];
  snprintf(to, sizeof to, ";tag=%.*s", (int)refusal->to_tag.len, refusal->to_tag.at);
  receive(f, request_text("ACK", branch, to)); /* swallowed, not passed up */
  ck_assert_uint_eq(f->acks, 0);
  rd_sip_abandon(f->server);
  ck_assert_uint_eq(f->ended, 1);
  ck_assert_ptr_nonnull(client(f, "OPTIONS", RD_UDP));
  teardown(f);
}
END_TEST

START_TEST(answers_go_where_via_says) {
  static const struct {
    const char *via, *to;
  } ways[] = {
      {"192.0.2.7:5070;branch=z9hG4bK1", "192.0.2.7:5070"},
      {"phone.example.com;branch=z9hG4bK2", "192.0.2.7:5060"},
      {"192.0.2.7:5070;rport;branch=z9hG4bK3", "192.0.2.7:40000"},
      {"[2001:db8::1];branch=z9hG4bK4", "192.0.2.7:5060"},
      {"192.0.2.7:0;branch=z9hG4bK5", "192.0.2.7:40000"},
      {"192.0.2.7:99999;branch=z9hG4bK6", "192.0.2.7:40000"},
  };
  Fixture *f = setup(10);
  for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
    char text[1000], to[RD_ADDRESS_TEXT];
    snprintf(text, sizeof text,
             "OPTIONS sip:x@example.com SIP/2.0\r\nVia: SIP/2.0/UDP %s\r\nFrom: <sip:a@b>;tag=1\r\n"
             "To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n",
             ways[i].via);
    mock_receive_text(f->mock, 0, "192.0.2.7:40000", text);
    ck_assert_uint_eq(f->requests, i + 1);
    rd_address_text(rd_sip_tx_remote(f->server), to);
    ck_assert_str_eq(to, ways[i].to);
  }
  teardown(f);
}
END_TEST

START_TEST(broken_requests_make_no_transaction) {
  Fixture *f = setup(10);
  char text[1000];
  g_strlcpy(text, request_text("INVITE", BRANCH, ""), sizeof text);
  memcpy(strstr(text, "7 INVITE"), "7 OPTION", 8);
  receive(f, text);
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  ck_assert_uint_eq(mock_last(f->mock)->scan->sip.status, 400);
  receive(f, "INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n\r\n");
  receive(f, "\r\n\r\n");
  receive(f, "");
  receive(f, "SIP/2.0 200 OK\r\n\r\n");
  ck_assert_uint_eq(f->requests, 0);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 0);
  teardown(f);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("transaction-server");
  TCase *c;
  c = tcase_create("server");
  suite_add_tcase(s, c);
  tcase_add_test(c, a_repeated_request_gets_the_answer_again);
  tcase_add_loop_test(c, an_answer_is_kept_for_64_t1, 0, G_N_ELEMENTS(finals));
  tcase_add_test(c, a_refusal_is_repeated_until_its_ack);
  tcase_add_test(c, a_refusal_without_ack_ends_by_timer_h);
  tcase_add_test(c, a_reliable_2xx_is_repeated_until_its_ack);
  tcase_add_test(c, a_reliable_2xx_without_ack_is_told);
  tcase_add_test(c, a_proxy_s_2xx_is_sent_once);
  tcase_add_test(c, a_cancel_finds_its_invite);
  tcase_add_test(c, another_sent_by_is_another_transaction);
  tcase_add_test(c, peers_of_old_are_matched_too);
  tcase_add_test(c, a_full_layer_answers_503_and_keeps_nothing);
  tcase_add_test(c, answers_go_where_via_says);
  tcase_add_test(c, broken_requests_make_no_transaction);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
