/* A proxy's transactions: what it waits for, cancels, gives up; connections. */
#include "tests/lab/stack/proxy_fixture.h"

START_TEST(retransmissions_are_not_forwarded_twice) {
  Fixture *f = setup();
  receive(f, request("INVITE", BOB, "", MF));
  receive(f, request("INVITE", BOB, "", MF));
  ck_assert_uint_eq(count(f, "INVITE", 0), 1);
  ck_assert_uint_eq(count(f, "INVITE", 100), 2);
  answer(f, "INVITE", 200);
  answer(f, "INVITE", 200); /* end to end: passed on each time */
  ck_assert_uint_eq(count(f, "INVITE", 200), 2);
  ck_assert_uint_eq(f->asked, 1);
  receive(f, request("ACK", "sip:bob@198.51.100.9", ";tag=b1", MF "Route: <sip:192.0.2.1;lr>\r\n"));
  ck_assert(!rd_slice_is(forwarded(f, "ACK")->via_branch, "z9hG4bKin"));
  run(f, 40);
  ck_assert_uint_eq(rd_sip_layer_count(rd_sip_proxy_layer(f->proxy)), 0);
  ck_assert_uint_eq(mock_pending(f->mock), 0);
  teardown(f);
}
END_TEST

START_TEST(a_failure_is_acknowledged_hop_by_hop) {
  Fixture *f = setup();
  receive(f, request("INVITE", BOB, "", MF));
  answer(f, "INVITE", 486);
  ck_assert_uint_eq(count(f, "ACK", 0), 1); /* towards the callee */
  ck_assert_uint_eq(count(f, "INVITE", 486), 1);
  receive(f, request("ACK", BOB, ";tag=b1", MF));
  ck_assert_uint_eq(count(f, "ACK", 0), 1); /* the caller's ends here */
  run(f, 40);
  ck_assert_uint_eq(count(f, "INVITE", 486), 1);
  ck_assert_uint_eq(rd_sip_layer_count(rd_sip_proxy_layer(f->proxy)), 0);
  teardown(f);
}
END_TEST

START_TEST(silence_of_the_callee_is_408) {
  Fixture *f = setup();
  receive(f, request("INVITE", BOB, "", MF));
  run(f, 31);
  ck_assert_uint_eq(count(f, "INVITE", 408), 0);
  run(f, 2);
  ck_assert_uint_ge(count(f, "INVITE", 408), 1);
  teardown(f);
  f = setup();
  receive(f, request("OPTIONS", BOB, "", MF)); /* RFC 4320: nothing is said */
  run(f, 40);
  ck_assert_uint_eq(count(f, "OPTIONS", 0), 11);
  ck_assert_uint_eq(mock_n_sent(f->mock), 11);
  ck_assert_uint_eq(rd_sip_layer_count(rd_sip_proxy_layer(f->proxy)), 0);
  teardown(f);
}
END_TEST

START_TEST(cancel_waits_for_a_provisional_answer) {
  Fixture *f = setup();
  receive(f, request("INVITE", BOB, "", MF));
  receive(f, request("CANCEL", BOB, "", MF));
  ck_assert_uint_eq(count(f, "CANCEL", 200), 1);
  ck_assert_uint_eq(count(f, "CANCEL", 0), 0);
  answer(f, "INVITE", 180);
  ck_assert_uint_eq(count(f, "CANCEL", 0), 1);
  const RdSip *cancel = forwarded(f, "CANCEL"), *invite = forwarded(f, "INVITE");
  ck_assert(rd_slice_equal(cancel->via_branch, invite->via_branch));
  ck_assert(rd_slice_equal(cancel->uri, invite->uri));
  ck_assert_uint_eq(cancel->cseq, 7);
  answer(f, "CANCEL", 200);
  answer(f, "INVITE", 487);
  ck_assert_uint_eq(count(f, "INVITE", 487), 1);
  receive(f, request("ACK", BOB, ";tag=b1", MF));
  run(f, 40);
  ck_assert_uint_eq(rd_sip_layer_count(rd_sip_proxy_layer(f->proxy)), 0);
  receive(f, request("CANCEL", BOB, "", MF));
  ck_assert_uint_eq(mock_last(f->mock)->scan->sip.status, 481);
  teardown(f);
}
END_TEST

START_TEST(a_cancel_without_effect_ends_all_the_same) {
  Fixture *f = setup();
  receive(f, request("INVITE", BOB, "", MF));
  answer(f, "INVITE", 180);
  receive(f, request("CANCEL", BOB, "", MF));
  run(f, 31);
  ck_assert_uint_eq(count(f, "INVITE", 408), 0);
  run(f, 2);
  ck_assert_uint_ge(count(f, "INVITE", 408), 1);
  receive(f, request("ACK", BOB, ";tag=b1", MF));
  run(f, 40);
  ck_assert_uint_eq(rd_sip_layer_count(rd_sip_proxy_layer(f->proxy)), 0);
  teardown(f);
}
END_TEST

START_TEST(timer_c_cancels_what_rings_for_ever) {
  Fixture *f = setup();
  receive(f, request("INVITE", BOB, "", MF));
  answer(f, "INVITE", 180);
  run(f, 100);
  answer(f, "INVITE", 183); /* news: it starts again (s16.7 step 2) */
  run(f, 180);
  ck_assert_uint_eq(count(f, "CANCEL", 0), 0);
  run(f, 1);
  ck_assert_uint_eq(count(f, "CANCEL", 0), 1);
  run(f, 33);
  ck_assert_uint_ge(count(f, "INVITE", 408), 1);
  run(f, 40);
  ck_assert_uint_eq(rd_sip_layer_count(rd_sip_proxy_layer(f->proxy)), 0);
  ck_assert_uint_eq(mock_pending(f->mock), 0);
  teardown(f);
}
END_TEST

/* s16.7 step 2: 100 is no news, or a next hop that is alive could hold a call for ever. */
START_TEST(a_100_does_not_start_timer_c_again) {
  Fixture *f = setup();
  receive(f, request("INVITE", BOB, "", MF));
  answer(f, "INVITE", 180);
  run(f, 100);
  answer(f, "INVITE", 100);
  run(f, 80);
  ck_assert_uint_eq(count(f, "CANCEL", 0), 0);
  run(f, 1);
  ck_assert_uint_eq(count(f, "CANCEL", 0), 1);
  teardown(f);
}
END_TEST

/* One transaction is all there is room for, and the request has it. */
START_TEST(without_room_for_a_client_transaction_it_is_503) {
  static const char *const methods[] = {"INVITE", "OPTIONS"};
  for (unsigned i = 0; i < G_N_ELEMENTS(methods); i++) {
    Fixture *f = setup_with(&(RdSipProxyConfig){.capacity = 1});
    receive(f, request(methods[i], BOB, "", MF));
    ck_assert_uint_eq(mock_n_sent(f->mock), 1);
    ck_assert_uint_eq(count(f, methods[i], 503), 1);
    ck_assert_uint_eq(mock_last(f->mock)->attachment, 0);
    run(f, 70);
    ck_assert_uint_eq(rd_sip_layer_count(rd_sip_proxy_layer(f->proxy)), 0);
    ck_assert_uint_eq(mock_pending(f->mock), 0);
    teardown(f);
  }
}
END_TEST

static void tell_opened(Fixture *f, RdConn conn) {
  RdMessage m = *mock_message(f->mock, 1, RD_INGRESS, "198.51.100.9:5060", "", 0);
  m.kind = RD_OPENED;
  m.conn = conn;
  m.sip = NULL;
  mock_deliver(f->mock, &m);
}

#define BY_TCP "sip:bob@198.51.100.9;transport=TCP"

/* RFC 3261 s19.1.1; the ACK of its 2xx goes the same way, in no transaction. */
START_TEST(a_uri_may_ask_for_a_connection) {
  Fixture *f = setup_with(&(RdSipProxyConfig){.capacity = 1000, .tcp = {.connections = 4}});
  f->next = NULL;
  receive(f, request("INVITE", BY_TCP, "", MF));
  ck_assert_uint_eq(count(f, "INVITE", 0), 0);
  ck_assert_uint_eq(count(f, "INVITE", 100), 1);
  receive(f, request("ACK", BY_TCP, ";tag=b1", MF)); /* too early: its connection is not up */
  ck_assert_uint_eq(count(f, "ACK", 0), 0);
  tell_opened(f, 1);
  const MockSent *s = find(f, "INVITE", 0);
  ck_assert_ptr_nonnull(s);
  ck_assert_uint_eq(s->conn, 1);
  ck_assert_ptr_nonnull(strstr((const char *)s->bytes, "\r\nVia: SIP/2.0/TCP 198.51.100.1;"));
  answer(f, "INVITE", 200);
  receive(f, request("ACK", BY_TCP, ";tag=b1", MF "X: 2\r\n"));
  s = find(f, "ACK", 0);
  ck_assert_ptr_nonnull(s);
  ck_assert_uint_eq(s->conn, 1);
  ck_assert_ptr_nonnull(strstr((const char *)s->bytes, "\r\nVia: SIP/2.0/TCP 198.51.100.1;"));
  run(f, 33);
  teardown(f);
}
END_TEST

/* RFC 5658: how each side is to reach it; RFC 5923. */
START_TEST(one_that_prefers_tcp_says_so) {
  const RdSipProxyConfig config = {.capacity = 1000,
                                   .tcp = {RD_SIP_BY_TCP, .alias = true, .connections = 4}};
  Fixture *f = setup_with(&config);
  RdMessage m =
      *mock_message(f->mock, 0, RD_INGRESS, "192.0.2.7:40000", request("INVITE", BOB, "", MF),
                    strlen(request("INVITE", BOB, "", MF)));
  m.conn = _i ? 77 : 0;
  mock_deliver(f->mock, &m);
  tell_opened(f, 1);
  const MockSent *s = find(f, "INVITE", 0);
  ck_assert_ptr_nonnull(s);
  ck_assert_uint_eq(s->conn, 1);
  const char *bytes = (const char *)s->bytes;
  ck_assert_ptr_nonnull(strstr(bytes, "\r\nVia: SIP/2.0/TCP 198.51.100.1;branch="));
  ck_assert_ptr_nonnull(strstr(bytes, ";alias\r\n"));
  ck_assert_ptr_nonnull(strstr(
      bytes, _i ? "Record-Route: <sip:proxy;transport=tcp;lr>\r\n"
                : "Record-Route: <sip:198.51.100.1;transport=tcp;lr>, <sip:192.0.2.1;lr>\r\n"));
  ck_assert_str_eq(rd_sip_proxy_transport(f->proxy), ";transport=tcp");
  answer(f, "INVITE", 200);
  run(f, 33);
  teardown(f);
}
END_TEST

START_TEST(without_connections_a_uri_asks_in_vain) {
  Fixture *f = setup();
  f->next = NULL;
  receive(f, request("INVITE", BY_TCP, "", MF));
  const MockSent *s = find(f, "INVITE", 0);
  ck_assert_ptr_nonnull(s);
  ck_assert_uint_eq(s->conn, 0);
  ck_assert_uint_eq(s->remote.transport, RD_UDP);
  ck_assert_ptr_nonnull(strstr((const char *)s->bytes, "\r\nVia: SIP/2.0/UDP 198.51.100.1;"));
  teardown(f);
}
END_TEST

/* Whatever else passed through, a message leaves with the same bytes. */
START_TEST(foreign_traffic_changes_no_byte) {
  Fixture *a = setup(), *b = setup();
  for (int i = 0; i < 50; i++) {
    char text[4000];
    g_strlcpy(text, request("INVITE", BOB, "", MF), sizeof text);
    char *id = strstr(text, "Call-ID: c1"), *branch = strstr(text, "z9hG4bKin");
    id[9] = (char)('A' + i % 26);
    branch[7] = (char)('A' + i % 26);
    branch[8] = (char)('a' + i / 26);
    receive(b, text);
  }
  const char *text = request("INVITE", BOB, "", MF);
  receive(a, text);
  receive(b, text);
  unsigned n = mock_n_sent(b->mock);
  ck_assert_uint_eq(n, 102);
  ck_assert_str_eq((const char *)mock_sent(a->mock, 0)->bytes,
                   (const char *)mock_sent(b->mock, n - 2)->bytes);
  ck_assert_str_eq((const char *)mock_sent(a->mock, 1)->bytes,
                   (const char *)mock_sent(b->mock, n - 1)->bytes);
  teardown(a);
  teardown(b);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("proxy-time");
  TCase *c = tcase_create("transactions");
  suite_add_tcase(s, c);
  tcase_add_test(c, retransmissions_are_not_forwarded_twice);
  tcase_add_test(c, a_failure_is_acknowledged_hop_by_hop);
  tcase_add_test(c, silence_of_the_callee_is_408);
  tcase_add_test(c, cancel_waits_for_a_provisional_answer);
  tcase_add_test(c, a_cancel_without_effect_ends_all_the_same);
  tcase_add_test(c, timer_c_cancels_what_rings_for_ever);
  tcase_add_test(c, a_100_does_not_start_timer_c_again);
  tcase_add_test(c, without_room_for_a_client_transaction_it_is_503);
  tcase_add_test(c, a_uri_may_ask_for_a_connection);
  tcase_add_loop_test(c, one_that_prefers_tcp_says_so, 0, 2);
  tcase_add_test(c, without_connections_a_uri_asks_in_vain);
  tcase_add_test(c, foreign_traffic_changes_no_byte);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
