#include <stdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "lab/sip/transaction.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

/* A layer on a mock host, and what its user was told. */
typedef struct {
  MockWorld *world;
  MockHost *mock;
  RdSipLayer *layer;
  RdSipTransaction *server; /* the last one made */
  unsigned requests, acks, cancels, responses, strays, no_acks, ended;
  unsigned status; /* of the last response */
  bool abandon; /* within the callbacks */
} Fixture;

static void on_request(void *user, RdSipTransaction *tx, const RdMessage *m) {
  Fixture *f = user;
  f->requests++;
  f->acks += m->sip->method == RD_SIP_ACK;
  f->cancels += m->sip->method == RD_SIP_CANCEL;
  if (m->sip->method == RD_SIP_ACK)
    ck_assert_ptr_null(tx);
  else
    f->server = tx;
  if (f->abandon && tx)
    rd_sip_abandon(tx);
}

static void on_response(void *user, RdSipTransaction *tx, const RdMessage *m, unsigned status) {
  Fixture *f = user;
  f->responses++;
  f->status = status;
  ck_assert_uint_eq(m ? m->sip->status : status, status);
  if (f->abandon)
    rd_sip_abandon(tx);
}

static void on_stray(void *user, const RdMessage *m) {
  (void)m;
  ((Fixture *)user)->strays++;
}

static void on_no_ack(void *user, RdSipTransaction *tx) {
  Fixture *f = user;
  f->no_acks++;
  if (f->abandon)
    rd_sip_abandon(tx);
}

static void on_ended(void *user, RdSipTransaction *tx) {
  (void)tx;
  ((Fixture *)user)->ended++;
}

static const RdSipLayerOps ops = {on_request, on_response, on_stray, on_no_ack, on_ended};

static void on_timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  ck_assert(rd_sip_layer_timer(((Fixture *)self)->layer, cookie));
}

static void on_receive(void *self, const RdMessage *m) {
  rd_sip_layer_receive(((Fixture *)self)->layer, m);
}

static Fixture *setup(uint32_t capacity) {
  Fixture *f = g_new0(Fixture, 1);
  f->world = mock_world_new(1);
  f->mock = mock_host_new(f->world, "node");
  mock_attach(f->mock, RD_IF_GM, "gm", "access", "192.0.2.1/24");
  f->layer = rd_sip_layer_new(mock_host(f->mock), NULL, capacity, &ops, f);
  mock_on_timer(f->mock, on_timer, f);
  mock_on_receive(f->mock, on_receive, f);
  return f;
}

static void teardown(Fixture *f) {
  rd_sip_layer_free(f->layer);
  mock_world_free(f->world);
  g_free(f);
}

static const char *request_text(const char *method, const char *branch, const char *extra) {
  static char text[1000];
  snprintf(text, sizeof text,
           "%s sip:bob@example.com SIP/2.0\r\n"
           "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=%s\r\n"
           "Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=a1\r\n"
           "To: <sip:bob@example.com>%s\r\nCall-ID: c1@192.0.2.7\r\nCSeq: 7 %s\r\n"
           "Contact: <sip:alice@192.0.2.7>\r\nRoute: <sip:192.0.2.9;lr>\r\n"
           "Content-Length: 0\r\n\r\n",
           method, branch, extra, method);
  return text;
}

static const char *response_text(unsigned status, const char *method, const char *branch) {
  static char text[1000];
  snprintf(text, sizeof text,
           "SIP/2.0 %u Whatever\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=%s\r\n"
           "From: <sip:alice@example.com>;tag=a1\r\nTo: <sip:bob@example.com>;tag=b1\r\n"
           "Call-ID: c1@192.0.2.7\r\nCSeq: 7 %s\r\nContent-Length: 0\r\n\r\n",
           status, branch, method);
  return text;
}

#define BRANCH "z9hG4bK0000000000000001"
#define PEER "192.0.2.7:5060"

static RdSipTransaction *client(Fixture *f, const char *method, RdTransport transport) {
  const char *text = request_text(method, BRANCH, "");
  RdSend s = {.size = sizeof s,
              .protocol = RD_PROTO_SIP,
              .remote = rd_address_ip4(0xc0000207, 5060),
              .bytes = (const uint8_t *)text,
              .len = strlen(text)};
  s.remote.transport = (uint8_t)transport;
  return rd_sip_client(f->layer, &s, f);
}

static void receive(Fixture *f, const char *text) {
  mock_receive_text(f->mock, 0, PEER, text);
}

static bool respond(Fixture *f, unsigned status, bool reliable) {
  char text[1000];
  const char *method = rd_sip_method_name(rd_sip_tx_method(f->server));
  g_strlcpy(text, response_text(status, method, BRANCH), sizeof text);
  return rd_sip_respond(f->server, text, strlen(text), status, reliable);
}

/* The times of all sends, in milliseconds, as text. */
static const char *times(const Fixture *f) {
  static char text[500];
  size_t n = 0;
  text[0] = 0;
  for (unsigned i = 0; i < mock_n_sent(f->mock); i++)
    n += (size_t)snprintf(text + n, sizeof text - n, "%s%ld", i ? " " : "",
                          (long)(mock_sent(f->mock, i)->at / RD_MILLISECOND));
  return text;
}

static void run(Fixture *f, RdTime milliseconds) {
  mock_run_until(f->world, mock_now(f->world) + milliseconds * RD_MILLISECOND);
}

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

/* --- servers --- */

START_TEST(a_repeated_request_gets_the_answer_again) {
  Fixture *f = setup(10);
  receive(f, request_text("REGISTER", BRANCH, ""));
  receive(f, request_text("REGISTER", BRANCH, "")); /* Trying: nothing to say yet */
  ck_assert_uint_eq(f->requests, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 0);
  ck_assert(respond(f, 100, false));
  receive(f, request_text("REGISTER", BRANCH, ""));
  ck_assert(respond(f, 200, false));
  ck_assert(!respond(f, 200, false)); /* one final answer */
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
  for (uint64_t low = 0; low < 64; low++)
    ck_assert(rd_sip_layer_timer(f->layer, RD_SIP_COOKIE | UINT64_C(77) << 32 | low));
  ck_assert(rd_sip_layer_timer(f->layer, UINT64_MAX));
  ck_assert(!rd_sip_layer_timer(f->layer, 42));
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
  TCase *c = tcase_create("client");
  suite_add_tcase(s, c);
  tcase_add_test(c, invite_is_retransmitted_and_given_up);
  tcase_add_test(c, others_are_capped_at_t2);
  tcase_add_test(c, a_provisional_slows_others_down_and_stops_invite);
  tcase_add_test(c, a_refused_invite_is_acknowledged_each_time);
  tcase_add_test(c, every_2xx_to_invite_goes_up);
  tcase_add_test(c, a_final_answer_ends_others_after_t4);
  tcase_add_test(c, foreign_responses_are_strays);
  tcase_add_test(c, a_reliable_transport_needs_no_repetition);
  tcase_add_test(c, a_failed_send_is_told_later);
  tcase_add_test(c, a_closed_port_fails_what_went_there);
  c = tcase_create("server");
  suite_add_tcase(s, c);
  tcase_add_test(c, a_repeated_request_gets_the_answer_again);
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
