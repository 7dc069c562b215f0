#include <stdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/stack/proxy.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

/* A proxy between two networks: 192.0.2.1 (0) and 198.51.100.1 (1). */
typedef struct {
  MockWorld *world;
  MockHost *mock;
  RdCookies cookies;
  RdSipProxy *proxy;
  unsigned asked, responses;
  const char *next; /* the hook's decision; NULL: Route and Request-URI */
  unsigned answer; /* status; 0: forward */
  const char *add; /* header value added as X-Added */
} Fixture;

static void on_request(void *user, RdProxyRequest *r) {
  Fixture *f = user;
  f->asked++;
  if (f->next)
    rd_address_parse(rd_slice(f->next), &r->next);
  if (f->answer) {
    r->action = RD_PROXY_ANSWER;
    r->code = (uint16_t)f->answer;
  }
  if (f->add)
    rd_proxy_edit(&r->edits, RD_EDIT_ADD, "X-Added", "%s", f->add);
}

static void on_response(void *user, RdProxyResponse *r) {
  Fixture *f = user;
  f->responses++;
  ck_assert_uint_eq(r->request->cseq, r->message->sip->cseq);
  if (f->add)
    rd_proxy_edit(&r->edits, RD_EDIT_ADD, "X-Added", "%s", f->add);
}

static void on_receive(void *self, const RdMessage *m) {
  rd_sip_proxy_receive(((Fixture *)self)->proxy, m);
}

static void on_timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  ck_assert(rd_cookies_fire(&((Fixture *)self)->cookies, cookie));
}

static const RdSipProxyOps ops = {.request = on_request, .response = on_response};

static Fixture *setup_with(const RdSipProxyConfig *config) {
  Fixture *f = g_new0(Fixture, 1);
  f->world = mock_world_new(3);
  f->mock = mock_host_new(f->world, "proxy");
  mock_attach(f->mock, RD_IF_GM, "gm", "access", "192.0.2.1/24");
  mock_attach(f->mock, RD_IF_MW, "core", "home", "198.51.100.1/24");
  f->proxy =
      rd_sip_proxy_new(mock_host(f->mock), mock_setup(f->mock), &f->cookies, config, &ops, f);
  mock_on_receive(f->mock, on_receive, f);
  mock_on_timer(f->mock, on_timer, f);
  f->next = "198.51.100.9:5060";
  return f;
}

static Fixture *setup(void) {
  return setup_with(&(RdSipProxyConfig){.capacity = 1000});
}

static void teardown(Fixture *f) {
  rd_sip_proxy_free(f->proxy);
  mock_world_free(f->world);
  g_free(f);
}

/* A request as its sender would write it; `head` are more header lines. */
static const char *request(const char *method, const char *uri, const char *to_tag,
                           const char *head) {
  static char text[8000];
  snprintf(text, sizeof text,
           "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKin\r\n%s"
           "From: \"A, b\" <sip:alice@example.com>;tag=a1\r\nTo: <sip:bob@example.com>%s\r\n"
           "Call-ID: c1\r\nCSeq: 7 %s\r\nx-oDd :  Kept \t as;it=\"is\"\r\n folded \r\n"
           "Content-Length: 4\r\n\r\nbody",
           method, uri, head, to_tag, method);
  return text;
}

static void receive(Fixture *f, const char *text) {
  mock_receive_text(f->mock, 0, "192.0.2.7:5060", text);
}

#define BOB "sip:bob@example.com"
#define MF "Max-Forwards: 70\r\n"

/* The callee's answer to what the proxy sent last of a method. */
static void answer(Fixture *f, const char *method, unsigned status) {
  const MockSent *sent = NULL;
  for (unsigned i = mock_n_sent(f->mock); i-- > 0 && !sent;) {
    const MockSent *s = mock_sent(f->mock, i);
    if (s->scan && s->scan->sip.is_request && rd_slice_is(s->scan->sip.method_text, method))
      sent = s;
  }
  ck_assert_ptr_nonnull(sent);
  char text[8000];
  size_t n = (size_t)snprintf(text, sizeof text, "SIP/2.0 %u Answer\r\n", status);
  for (const RdSipHeader *h = rd_sip_first(&sent->scan->sip, RD_HDR_VIA); h;
       h = rd_sip_next(&sent->scan->sip, h))
    n += (size_t)snprintf(text + n, sizeof text - n, "Via: %.*s\r\n", (int)h->value.len,
                          h->value.at);
  snprintf(text + n, sizeof text - n,
           "From: <sip:alice@example.com>;tag=a1\r\nTo: <sip:bob@example.com>;tag=b1\r\n"
           "Call-ID: c1\r\nCSeq: 7 %s\r\nContact: <sip:bob@198.51.100.9>\r\nX-y:z\r\n"
           "Content-Length: 0\r\n\r\n",
           method);
  mock_receive_text(f->mock, 1, "198.51.100.9:5060", text);
}

static const MockSent *find(const Fixture *f, const char *method, unsigned status) {
  for (unsigned i = mock_n_sent(f->mock); i-- > 0;) {
    const MockSent *s = mock_sent(f->mock, i);
    if (s->scan && s->scan->sip.status == status && rd_slice_is(s->scan->sip.method_text, method))
      return s;
  }
  return NULL;
}

static unsigned count(const Fixture *f, const char *method, unsigned status) {
  unsigned n = 0;
  for (unsigned i = 0; i < mock_n_sent(f->mock); i++) {
    const RdSip *s = &mock_sent(f->mock, i)->scan->sip;
    n += s->status == status && rd_slice_is(s->method_text, method);
  }
  return n;
}

static const RdSip *forwarded(const Fixture *f, const char *method) {
  const MockSent *s = find(f, method, 0);
  ck_assert_ptr_nonnull(s);
  return &s->scan->sip;
}

static void run(Fixture *f, RdTime seconds) {
  mock_run_until(f->world, mock_now(f->world) + seconds * RD_SECOND);
}

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

/* --- transactions and time --- */

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
  Fixture *f = setup_with(&(RdSipProxyConfig){.capacity = 1000, .connections = 4});
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
  c = tcase_create("transactions");
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
  tcase_add_test(c, without_connections_a_uri_asks_in_vain);
  tcase_add_test(c, foreign_traffic_changes_no_byte);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
