/* What a proxy does to requests, and which ones it refuses. */
#include "tests/lab/stack/proxy_fixture.h"

/* --- requests --- */

START_TEST(only_what_must_change_does) {
  Fixture *f = setup();
  receive(f, request("MESSAGE", BOB, "", MF "Subject: a\r\n"));
  const MockSent *s = mock_last(f->mock);
  char expected[4000], branch[64];
  rd_slice_copy(s->scan->sip.via_branch, branch, sizeof branch);
  snprintf(expected, sizeof expected,
           "MESSAGE sip:bob@example.com SIP/2.0\r\n"
           "Via: SIP/2.0/UDP 198.51.100.1;branch=%s\r\n"
           "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKin\r\nMax-Forwards: 69\r\n"
           "Subject: a\r\nFrom: \"A, b\" <sip:alice@example.com>;tag=a1\r\n"
           "To: <sip:bob@example.com>\r\nCall-ID: c1\r\nCSeq: 7 MESSAGE\r\n"
           "x-oDd :  Kept \t as;it=\"is\"\r\n folded \r\nContent-Length: 4\r\n\r\nbody",
           branch);
  ck_assert_str_eq((const char *)s->bytes, expected);
  ck_assert_uint_eq(s->attachment, 1);
  ck_assert_uint_eq(s->remote.port, 5060);
  teardown(f);
}
END_TEST

START_TEST(a_response_goes_back_without_the_own_via) {
  Fixture *f = setup();
  receive(f, request("MESSAGE", BOB, "", MF));
  answer(f, "MESSAGE", 202);
  ck_assert_str_eq((const char *)mock_last(f->mock)->bytes,
                   "SIP/2.0 202 Answer\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKin\r\n"
                   "From: <sip:alice@example.com>;tag=a1\r\nTo: <sip:bob@example.com>;tag=b1\r\n"
                   "Call-ID: c1\r\nCSeq: 7 MESSAGE\r\nContact: <sip:bob@198.51.100.9>\r\nX-y:z\r\n"
                   "Content-Length: 0\r\n\r\n");
  ck_assert_uint_eq(mock_last(f->mock)->attachment, 0);
  ck_assert_uint_eq(f->responses, 1);
  teardown(f);
}
END_TEST

START_TEST(edits_of_the_node_are_made_both_ways) {
  Fixture *f = setup();
  f->add = "hello";
  receive(f, request("MESSAGE", BOB, "", MF));
  ck_assert_ptr_nonnull(strstr((const char *)mock_last(f->mock)->bytes, "\r\nX-Added: hello\r\n"));
  answer(f, "MESSAGE", 200);
  ck_assert_ptr_nonnull(strstr((const char *)mock_last(f->mock)->bytes, "\r\nX-Added: hello\r\n"));
  ck_assert_uint_eq(mock_last(f->mock)->scan->sip.status, 200);
  teardown(f);
}
END_TEST

START_TEST(too_many_edits_are_no_overrun) {
  RdProxyEdits e = {.n = 0};
  e.text = rd_text(e.room, sizeof e.room);
  char value[1000];
  memset(value, 'x', sizeof value - 1);
  value[sizeof value - 1] = 0;
  for (int i = 0; i < 30; i++)
    rd_proxy_edit(&e, RD_EDIT_ADD, "X", "%s", value);
  ck_assert(e.full);
  ck_assert_uint_eq(e.n, 4);
}
END_TEST

START_TEST(via_tells_the_truth_about_the_sender) {
  static const struct {
    const char *via, *expected;
  } vias[] = {
      {"192.0.2.7:5060;branch=z9hG4bK1", "192.0.2.7:5060;branch=z9hG4bK1\r\n"},
      {"phone.example.com;branch=z9hG4bK2",
       "phone.example.com;branch=z9hG4bK2;received=192.0.2.7\r\n"},
      {"192.0.2.66;branch=z9hG4bK3", "192.0.2.66;branch=z9hG4bK3;received=192.0.2.7\r\n"},
      {"192.0.2.7;rport;branch=z9hG4bK4",
       "192.0.2.7;branch=z9hG4bK4;received=192.0.2.7;rport=5060\r\n"},
      {"192.0.2.66;received=192.0.2.66;branch=z9hG4bK5",
       "192.0.2.66;branch=z9hG4bK5;received=192.0.2.7\r\n"},
      {"192.0.2.7;branch=z9hG4bK6; ReCeived = 192.0.2.66 ;x=\"a;received=1\"",
       "192.0.2.7;branch=z9hG4bK6;x=\"a;received=1\"\r\n"},
  };
  for (unsigned i = 0; i < G_N_ELEMENTS(vias); i++) {
    Fixture *f = setup();
    char text[1000];
    snprintf(text, sizeof text,
             "OPTIONS sip:x@example.com SIP/2.0\r\nVia: SIP/2.0/UDP %s\r\nFrom: <sip:a@b>;tag=1\r\n"
             "To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n",
             vias[i].via);
    receive(f, text);
    const char *bytes = (const char *)mock_last(f->mock)->bytes;
    ck_assert_msg(strstr(bytes, vias[i].expected), "%s: %s", vias[i].via, bytes);
    ck_assert_ptr_nonnull(strstr(bytes, "\r\nMax-Forwards: 70\r\n"));
    teardown(f);
  }
}
END_TEST

START_TEST(dialogs_are_kept_on_the_path) {
  Fixture *f = setup();
  receive(f, request("INVITE", BOB, "", MF "record-route :  <sip:192.0.2.50;lr> ;x\r\n"));
  const RdSip *sip = forwarded(f, "INVITE");
  RdSlice first = rd_sip_value(sip, RD_HDR_RECORD_ROUTE);
  ck_assert(rd_slice_is(first, "<sip:proxy;lr>, <sip:192.0.2.50;lr> ;x"));
  ck_assert_ptr_null(rd_sip_next(sip, rd_sip_first(sip, RD_HDR_RECORD_ROUTE)));
  ck_assert_uint_eq(count(f, "INVITE", 100), 1);
  static const char *const ways[] = {"Route: <sip:proxy;lr>\r\n",
                                     "Route: <sip:192.0.2.1;lr>,<sip:198.51.100.1;lr>\r\n"};
  for (unsigned i = 0; i < 2; i++) {
    mock_forget_sent(f->mock);
    char head[200];
    snprintf(head, sizeof head, MF "X: %u\r\n%s", i, ways[i]);
    receive(f, request(i ? "BYE" : "INFO", "sip:bob@198.51.100.9", ";tag=b1", head));
    sip = forwarded(f, i ? "BYE" : "INFO");
    ck_assert_ptr_null(rd_sip_first(sip, RD_HDR_RECORD_ROUTE));
    ck_assert_ptr_null(rd_sip_first(sip, RD_HDR_ROUTE));
  }
  teardown(f);
}
END_TEST

/* Where nobody resolves names, one entry a side. */
START_TEST(without_names_both_addresses_are_given) {
  Fixture *f = setup();
  mock_forget_names(f->mock);
  receive(f, request("INVITE", BOB, "", MF));
  ck_assert(rd_slice_is(rd_sip_value(forwarded(f, "INVITE"), RD_HDR_RECORD_ROUTE),
                        "<sip:198.51.100.1;lr>, <sip:192.0.2.1;lr>"));
  teardown(f);
}
END_TEST

START_TEST(loose_routes_are_followed) {
  Fixture *f = setup();
  f->next = NULL;
  receive(f, request("INFO", BOB, ";tag=b1",
                     MF "Route: <sip:192.0.2.1;lr> , \"x, y\" <sip:198.51.100.20:5070;lr>;p=1\r\n"
                        "Route: <sip:198.51.100.30;lr>\r\n"));
  const MockSent *s = mock_last(f->mock);
  ck_assert_uint_eq(s->remote.port, 5070);
  ck_assert_uint_eq(rd_address_as_ip4(&s->remote), 0xc6336414);
  ck_assert(rd_slice_is(s->scan->sip.uri, BOB));
  ck_assert_ptr_nonnull(strstr((const char *)s->bytes,
                               "\r\nRoute: \"x, y\" <sip:198.51.100.20:5070;lr>;p=1\r\n"
                               "Route: <sip:198.51.100.30;lr>\r\n"));
  teardown(f);
}
END_TEST

/* s16.6 step 6: the next hop does not know loose routing. */
START_TEST(a_strict_next_hop_gets_its_uri) {
  Fixture *f = setup();
  f->next = NULL;
  receive(f, request("INFO", BOB, ";tag=b1",
                     MF "Route: <sip:198.51.100.20;x=1>, <sip:198.51.100.30;lr>\r\n"));
  const MockSent *s = mock_last(f->mock);
  ck_assert_uint_eq(rd_address_as_ip4(&s->remote), 0xc6336414);
  ck_assert(rd_slice_is(s->scan->sip.uri, "sip:198.51.100.20;x=1"));
  ck_assert_ptr_nonnull(strstr((const char *)s->bytes, "\r\nRoute: <sip:198.51.100.30;lr>\r\n"));
  ck_assert_ptr_nonnull(strstr((const char *)s->bytes, "\r\nRoute: <" BOB ">\r\n"));
  teardown(f);
}
END_TEST

/* s16.4: the previous hop did not either. */
START_TEST(a_strict_previous_hop_is_undone) {
  Fixture *f = setup();
  f->next = NULL;
  receive(f, request("INFO", "sip:192.0.2.1;lr", ";tag=b1",
                     MF "Route: <sip:198.51.100.30;lr>, <sip:bob@198.51.100.9>\r\n"));
  const MockSent *s = mock_last(f->mock);
  ck_assert(rd_slice_is(s->scan->sip.uri, "sip:bob@198.51.100.9"));
  ck_assert_uint_eq(rd_address_as_ip4(&s->remote), 0xc633641e);
  ck_assert(rd_slice_is(rd_sip_value(&s->scan->sip, RD_HDR_ROUTE), "<sip:198.51.100.30;lr>"));
  teardown(f);
}
END_TEST

START_TEST(names_of_nodes_are_found) {
  Fixture *f = setup();
  f->next = NULL;
  mock_name(f->mock, 1, "registrar", "198.51.100.77:5060");
  receive(f, request("OPTIONS", "sip:x@registrar:5090", "", MF));
  ck_assert_uint_eq(rd_address_as_ip4(&mock_last(f->mock)->remote), 0xc633644d);
  ck_assert_uint_eq(mock_last(f->mock)->remote.port, 5090);
  teardown(f);
}
END_TEST

/* --- refusals --- */

static const struct {
  const char *uri, *head;
  unsigned status;
} refused[] = {
    {BOB, "Max-Forwards: 0\r\n", 483},          {BOB, MF "Proxy-Require: sec-agree\r\n", 420},
    {"sip:bob@elsewhere.example.net", MF, 503}, /* a name that no one knows */
    {"sip:bob@203.0.113.9", MF, 503}, /* an address on no network of ours */
    {"tel:+1-201-555-0123", MF, 503},           {BOB, MF "Route: <sip:[2001:db8::1];lr>\r\n", 503},
};

START_TEST(what_cannot_be_forwarded_is_answered) {
  Fixture *f = setup();
  f->next = NULL;
  receive(f, request("OPTIONS", refused[_i].uri, "", refused[_i].head));
  ck_assert_uint_eq(mock_n_sent(f->mock), 1);
  const RdSip *sip = &mock_last(f->mock)->scan->sip;
  ck_assert_uint_eq(sip->status, refused[_i].status);
  ck_assert_uint_eq(sip->to_tag.len, 16);
  if (refused[_i].status == 420)
    ck_assert(rd_slice_is(rd_sip_value(sip, RD_HDR_UNSUPPORTED), "sec-agree"));
  receive(f, request("ACK", refused[_i].uri, "", refused[_i].head));
  ck_assert_uint_eq(mock_n_sent(f->mock), 1); /* nothing answers an ACK */
  teardown(f);
}
END_TEST

/* Past the scanner's index anything could hide, a Route or an identity. */
START_TEST(hidden_headers_are_refused) {
  Fixture *f = setup();
  GString *text = g_string_new(request("OPTIONS", BOB, "", MF));
  gssize at = strstr(text->str, "Content-Length") - text->str;
  for (int i = 0; i < 130; i++)
    g_string_insert(text, at, "X: y\r\n");
  receive(f, text->str);
  ck_assert_uint_eq(mock_last(f->mock)->scan->sip.status, 513);
  g_string_free(text, TRUE);
  teardown(f);
}
END_TEST

/* What was forwarded comes back by way of another proxy, to `uri`. */
static void come_round(Fixture *f, const char *uri, const char *branch) {
  const char *was = (const char *)find(f, "INVITE", 0)->bytes;
  g_autofree char *text =
      g_strdup_printf("INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.9;branch=%s\r\n%s", uri,
                      branch, strstr(was, "Via: "));
  mock_receive_text(f->mock, 1, "198.51.100.9:5060", text);
}

/* No answer fits, so nothing is said; but nothing is kept waiting either. */
START_TEST(what_is_too_long_to_answer_is_dropped) {
  Fixture *f = setup();
  f->answer = 403;
  g_autofree char *vias = g_strnfill(65000, 'x');
  g_autofree char *head =
      g_strdup_printf(MF "Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bK%s\r\n", vias);
  g_autofree char *text = g_strdup_printf(
      "OPTIONS sip:x@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n%s"
      "From: <sip:a@b>;tag=1\r\nTo: <sip:%.300s@d>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n",
      head, vias);
  receive(f, text);
  ck_assert_uint_eq(mock_n_sent(f->mock), 0);
  ck_assert_uint_eq(f->asked, 1);
  ck_assert_uint_eq(rd_sip_layer_count(rd_sip_proxy_layer(f->proxy)), 0);
  teardown(f);
}
END_TEST

START_TEST(a_loop_is_seen_and_a_spiral_is_none) {
  Fixture *f = setup();
  receive(f, request("INVITE", BOB, "", MF));
  come_round(f, BOB, "z9hG4bKloop");
  ck_assert_uint_eq(count(f, "INVITE", 482), 1);
  come_round(f, "sip:bib@example.com", "z9hG4bKspiral");
  ck_assert_uint_eq(count(f, "INVITE", 482), 1);
  ck_assert_uint_eq(count(f, "INVITE", 0), 2);
  teardown(f);
}
END_TEST

START_TEST(a_node_may_answer_itself) {
  Fixture *f = setup();
  f->answer = 403;
  f->add = "why";
  receive(f, request("OPTIONS", BOB, "", MF));
  ck_assert_uint_eq(mock_last(f->mock)->scan->sip.status, 403);
  ck_assert_ptr_nonnull(strstr((const char *)mock_last(f->mock)->bytes, "\r\nX-Added: why\r\n"));
  teardown(f);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("proxy");
  TCase *c = tcase_create("requests");
  suite_add_tcase(s, c);
  tcase_add_test(c, only_what_must_change_does);
  tcase_add_test(c, a_response_goes_back_without_the_own_via);
  tcase_add_test(c, edits_of_the_node_are_made_both_ways);
  tcase_add_test(c, too_many_edits_are_no_overrun);
  tcase_add_test(c, via_tells_the_truth_about_the_sender);
  tcase_add_test(c, dialogs_are_kept_on_the_path);
  tcase_add_test(c, without_names_both_addresses_are_given);
  tcase_add_test(c, loose_routes_are_followed);
  tcase_add_test(c, a_strict_next_hop_gets_its_uri);
  tcase_add_test(c, a_strict_previous_hop_is_undone);
  tcase_add_test(c, names_of_nodes_are_found);
  c = tcase_create("refusals");
  suite_add_tcase(s, c);
  tcase_add_loop_test(c, what_cannot_be_forwarded_is_answered, 0, G_N_ELEMENTS(refused));
  tcase_add_test(c, hidden_headers_are_refused);
  tcase_add_test(c, what_is_too_long_to_answer_is_dropped);
  tcase_add_test(c, a_loop_is_seen_and_a_spiral_is_none);
  tcase_add_test(c, a_node_may_answer_itself);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
