/* Transactions over connections: RFC 3261 s18.1.1, s18.2.2, s18.4, RFC 5923. */
#include "tests/lab/stack/transaction_fixture.h"

static Fixture *setup_tcp(void) {
  Fixture *f = setup(10);
  rd_sip_layer_set_tcp(f->layer, 4);
  return f;
}

/* A request of `len` bytes in all; to an address of a transport. */
static RdSipTransaction *ask(Fixture *f, const char *method, size_t len, RdTransport transport) {
  const char *text = request_text(method, BRANCH, "");
  const char *end = strstr(text, "Content-Length");
  const size_t have = strlen(text);
  g_autofree char *pad = g_strnfill(len > have + 5 ? len - have - 5 : 0, 'x');
  g_autofree char *whole = g_strdup_printf("%.*s%s%s%s%s", (int)(end - text), text,
                                           pad[0] ? "X: " : "", pad, pad[0] ? "\r\n" : "", end);
  RdSend s = {.size = sizeof s,
              .protocol = RD_PROTO_SIP,
              .remote = rd_address_ip4(0xc0000207, 5060),
              .bytes = (const uint8_t *)whole,
              .len = strlen(whole)};
  s.remote.transport = (uint8_t)transport;
  return rd_sip_client(f->layer, &s, f);
}

static void tell(Fixture *f, RdMessageKind kind, RdConn conn) {
  RdMessage m = *mock_message(f->mock, 0, RD_INGRESS, PEER, "", 0);
  m.kind = (uint8_t)kind;
  m.conn = conn;
  m.sip = NULL;
  mock_deliver(f->mock, &m);
}

/* A message that came by a connection. */
static void receive_by(Fixture *f, RdConn conn, const char *remote, const char *text) {
  RdMessage m = *mock_message(f->mock, 0, RD_INGRESS, remote, text, strlen(text));
  m.conn = conn;
  m.remote.transport = RD_TCP;
  mock_deliver(f->mock, &m);
}

static bool says(const MockSent *s, const char *transport) {
  g_autofree char *via = g_strdup_printf("\r\nVia: SIP/2.0/%s 192.0.2.7", transport);
  return strstr((const char *)s->bytes, via) != NULL;
}

START_TEST(what_is_short_goes_as_a_datagram) {
  Fixture *f = setup_tcp();
  ask(f, "OPTIONS", 1300, RD_UDP);
  ck_assert_uint_eq(mock_last(f->mock)->len, 1300);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 0);
  ck_assert(says(mock_last(f->mock), "UDP"));
  teardown(f);
}
END_TEST

START_TEST(what_is_long_waits_for_a_connection_and_goes_by_it) {
  Fixture *f = setup_tcp();
  ask(f, "INVITE", 1301, RD_UDP);
  ck_assert_uint_eq(mock_n_sent(f->mock), 0);
  run(f, 100);
  tell(f, RD_OPENED, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  ck_assert_uint_eq(mock_last(f->mock)->len, 1301);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 1);
  ck_assert(says(mock_last(f->mock), "TCP"));
  run(f, 31899); /* no timer A; B runs from the start */
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  ck_assert_uint_eq(f->responses, 0);
  run(f, 1);
  ck_assert_uint_eq(f->status, 408);
  ask(f, "OPTIONS", 2000, RD_UDP); /* the next one finds it open */
  ck_assert_uint_eq(mock_n_sent(f->mock), 2);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 1);
  teardown(f);
}
END_TEST

START_TEST(what_is_refused_a_connection_goes_as_a_datagram) {
  Fixture *f = setup_tcp();
  ask(f, "INVITE", 2000, RD_UDP);
  run(f, 1000);
  tell(f, RD_REFUSED, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 0);
  ck_assert_uint_eq(mock_last(f->mock)->remote.transport, RD_UDP);
  ck_assert(says(mock_last(f->mock), "UDP"));
  run(f, 3600); /* timer A from there */
  ck_assert_str_eq(times(f), "1000 1500 2500 4500");
  teardown(f);
}
END_TEST

START_TEST(who_asks_for_tcp_gets_it_or_fails) {
  Fixture *f = setup_tcp();
  ask(f, "OPTIONS", 0, RD_TCP);
  tell(f, RD_OPENED, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  ck_assert(says(mock_last(f->mock), "TCP"));
  receive_by(f, 1, PEER, response_text(200, "OPTIONS", BRANCH));
  run(f, 0); /* timer K is 0 */
  ck_assert_uint_eq(f->ended, 1);
  tell(f, RD_CLOSED, 1);
  ask(f, "OPTIONS", 0, RD_TCP);
  tell(f, RD_REFUSED, 2);
  ck_assert_uint_eq(f->status, 503);
  ck_assert_uint_eq(f->ended, 2);
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  teardown(f);
}
END_TEST

/* s18.4, s17.1.4: and what is not by that connection goes on. */
START_TEST(a_connection_that_breaks_fails_what_is_pending) {
  Fixture *f = setup_tcp();
  ask(f, "INVITE", 2000, RD_UDP);
  tell(f, RD_OPENED, 1);
  client(f, "OPTIONS", RD_UDP);
  tell(f, RD_CLOSED, 9);
  ck_assert_uint_eq(f->responses, 0);
  tell(f, RD_CLOSED, 1);
  ck_assert_uint_eq(f->responses, 1);
  ck_assert_uint_eq(f->status, 503);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 1);
  teardown(f);
}
END_TEST

/* s9.1, s17.1.1.3: CANCEL and ACK go where their INVITE went. */
START_TEST(cancel_and_ack_follow_their_invite) {
  Fixture *f = setup_tcp();
  ask(f, "INVITE", 2000, RD_UDP);
  tell(f, RD_OPENED, 1);
  receive_by(f, 1, PEER, response_text(180, "INVITE", BRANCH));
  client(f, "CANCEL", RD_UDP);
  ck_assert_uint_eq(mock_last(f->mock)->scan->sip.method, RD_SIP_CANCEL);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 1);
  ck_assert(says(mock_last(f->mock), "TCP"));
  receive_by(f, 1, PEER, response_text(487, "INVITE", BRANCH));
  ck_assert_uint_eq(mock_last(f->mock)->scan->sip.method, RD_SIP_ACK);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 1);
  ck_assert(says(mock_last(f->mock), "TCP"));
  teardown(f);
}
END_TEST

/* s18.2.2: by the connection that the request came by; if that is gone, by one to the port of its Via. */
START_TEST(an_answer_finds_its_way_back) {
  Fixture *f = setup_tcp();
  receive_by(f, 5, "192.0.2.7:40000", request_text("OPTIONS", BRANCH, ""));
  respond(f, 100, false);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 5);
  tell(f, RD_CLOSED, 5);
  respond(f, 200, false);
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  tell(f, RD_OPENED, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 2);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 1);
  ck_assert_uint_eq(mock_last(f->mock)->remote.port, 5060);
  ck_assert_uint_eq(mock_last(f->mock)->scan->sip.status, 200);
  run(f, 0); /* timer J is 0 */
  ck_assert_uint_eq(f->ended, 1);
  teardown(f);
}
END_TEST

/* Timer J is 0 from when the answer has left, not from when it began to wait. */
START_TEST(an_answer_that_waits_for_a_connection_is_kept) {
  Fixture *f = setup_tcp();
  receive_by(f, 5, "192.0.2.7:40000", request_text("OPTIONS", BRANCH, ""));
  tell(f, RD_CLOSED, 5);
  respond(f, 200, false);
  run(f, 3000);
  ck_assert_uint_eq(f->ended, 0);
  tell(f, RD_OPENED, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  run(f, 0);
  ck_assert_uint_eq(f->ended, 1);
  receive_by(f, 6, "192.0.2.7:40001", request_text("OPTIONS", BRANCH "2", ""));
  tell(f, RD_CLOSED, 6);
  tell(f, RD_CLOSED, 1);
  respond(f, 200, false);
  tell(f, RD_REFUSED, 2); /* nobody is to be told; it ends by itself */
  run(f, 32000);
  ck_assert_uint_eq(f->ended, 2);
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  teardown(f);
}
END_TEST

static void ask_as(Fixture *f, unsigned number) {
  g_autofree char *branch = g_strdup_printf("z9hG4bKin%u", number);
  const char *text = request_text("OPTIONS", branch, "");
  RdSend s = {.size = sizeof s,
              .protocol = RD_PROTO_SIP,
              .remote = rd_address_ip4(0xc0000207, 5060),
              .bytes = (const uint8_t *)text,
              .len = strlen(text)};
  s.remote.transport = RD_TCP;
  ck_assert_ptr_nonnull(rd_sip_client(f->layer, &s, f));
}

/* More than the first buckets of the layer hold. */
START_TEST(what_waits_leaves_in_its_order) {
  Fixture *f = setup(100);
  rd_sip_layer_set_tcp(f->layer, 4);
  for (unsigned i = 0; i < 70; i++)
    ask_as(f, i);
  tell(f, RD_OPENED, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 70);
  for (unsigned i = 0; i < 70; i++) {
    g_autofree char *branch = g_strdup_printf("z9hG4bKin%u", i);
    ck_assert(rd_slice_is(mock_sent(f->mock, i)->scan->sip.via_branch, branch));
  }
  tell(f, RD_CLOSED, 1);
  ck_assert_uint_eq(f->responses, 70);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 0);
  teardown(f);
}
END_TEST

/* What the far end says that nobody can cut is the end of the connection (s18.3). */
START_TEST(a_stream_that_cannot_be_cut_is_closed) {
  Fixture *f = setup_tcp();
  ask(f, "OPTIONS", 0, RD_TCP);
  tell(f, RD_OPENED, 1);
  RdMessage m = *mock_message(f->mock, 0, RD_INGRESS, PEER, "garbage", 7);
  m.conn = 1;
  m.flags = RD_UNFRAMED;
  m.sip = NULL;
  mock_deliver(f->mock, &m);
  ck_assert_uint_eq(mock_closed(f->mock), 1);
  ck_assert_uint_eq(f->status, 503);
  ask_as(f, 1); /* the next one asks for another */
  tell(f, RD_OPENED, 2);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 2);
  teardown(f);
}
END_TEST

/* RFC 5626 s3.5.1. */
START_TEST(keep_alives_are_sent_and_answered) {
  Fixture *f = setup_tcp();
  receive_by(f, 9, "192.0.2.7:40000", "");
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 9);
  ck_assert_str_eq((const char *)mock_last(f->mock)->bytes, "\r\n");
  rd_sip_layer_keep_alive(f->layer, &f->cookies, 2 * RD_SECOND);
  tell(f, RD_OPENED, 9); /* not opened here: its peer's to keep */
  ask(f, "OPTIONS", 0, RD_TCP);
  run(f, 1000);
  tell(f, RD_OPENED, 1);
  mock_forget_sent(f->mock);
  run(f, 5000);
  ck_assert_str_eq(times(f), "3000 5000");
  ck_assert_uint_eq(mock_last(f->mock)->conn, 1);
  ck_assert_str_eq((const char *)mock_last(f->mock)->bytes, "\r\n\r\n");
  receive_by(f, 1, PEER, ""); /* two answers, which make no ping */
  ck_assert_uint_eq(mock_n_sent(f->mock), 2);
  tell(f, RD_CLOSED, 1);
  mock_forget_sent(f->mock);
  run(f, 5000);
  ck_assert_uint_eq(mock_n_sent(f->mock), 0);
  teardown(f);
}
END_TEST

/* RFC 5923: a request back to who asked for it needs no connection of its own. */
START_TEST(an_alias_is_used_and_only_where_asked) {
  for (int asked = 0; asked < 2; asked++) {
    Fixture *f = setup_tcp();
    receive_by(f, 5, "192.0.2.7:40000",
               request_text("OPTIONS", asked ? BRANCH ";alias" : BRANCH, ""));
    ask(f, "INVITE", 2000, RD_UDP);
    ck_assert_uint_eq(mock_n_sent(f->mock), (unsigned)asked);
    if (asked)
      ck_assert_uint_eq(mock_last(f->mock)->conn, 5);
    teardown(f);
  }
}
END_TEST

/* A fifth peer: the connection used longest ago closes, and who waits on it is told, not from within. */
START_TEST(one_connection_too_many_fails_the_oldest) {
  Fixture *f = setup_tcp();
  for (uint32_t i = 0; i < 5; i++) {
    char branch[32];
    snprintf(branch, sizeof branch, "z9hG4bKpeer%u", i);
    const char *text = request_text("OPTIONS", branch, "");
    RdSend s = {.size = sizeof s,
                .protocol = RD_PROTO_SIP,
                .remote = rd_address_ip4(0xc0000207 + i, 5060),
                .bytes = (const uint8_t *)text,
                .len = strlen(text)};
    s.remote.transport = RD_TCP;
    ck_assert_ptr_nonnull(rd_sip_client(f->layer, &s, f));
    ck_assert_uint_eq(f->responses, 0);
  }
  run(f, 0);
  ck_assert_uint_eq(f->responses, 1);
  ck_assert_uint_eq(f->status, 503);
  ck_assert_uint_eq(rd_sip_layer_count(f->layer), 4);
  teardown(f);
}
END_TEST

/* Nothing but data goes to a layer that opens no connections. */
START_TEST(without_it_nothing_changes) {
  Fixture *f = setup(10);
  ask(f, "INVITE", 2000, RD_UDP);
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 0);
  ck_assert(says(mock_last(f->mock), "UDP"));
  teardown(f);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("stream");
  TCase *c = tcase_create("stream");
  suite_add_tcase(s, c);
  tcase_add_test(c, what_is_short_goes_as_a_datagram);
  tcase_add_test(c, what_is_long_waits_for_a_connection_and_goes_by_it);
  tcase_add_test(c, what_is_refused_a_connection_goes_as_a_datagram);
  tcase_add_test(c, who_asks_for_tcp_gets_it_or_fails);
  tcase_add_test(c, a_connection_that_breaks_fails_what_is_pending);
  tcase_add_test(c, cancel_and_ack_follow_their_invite);
  tcase_add_test(c, an_answer_finds_its_way_back);
  tcase_add_test(c, an_answer_that_waits_for_a_connection_is_kept);
  tcase_add_test(c, what_waits_leaves_in_its_order);
  tcase_add_test(c, a_stream_that_cannot_be_cut_is_closed);
  tcase_add_test(c, keep_alives_are_sent_and_answered);
  tcase_add_test(c, an_alias_is_used_and_only_where_asked);
  tcase_add_test(c, one_connection_too_many_fails_the_oldest);
  tcase_add_test(c, without_it_nothing_changes);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
