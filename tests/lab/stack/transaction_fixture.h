/* transaction_fixture.h - a transaction layer on a mock host, for the tests of its machines. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "lab/stack/transaction.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

/* A layer on a mock host, and what its user was told. */
typedef struct {
  MockWorld *world;
  MockHost *mock;
  RdCookies cookies;
  RdSipLayer *layer;
  RdSipTransaction *server; /* the last one made */
  unsigned requests, acks, cancels, responses, strays, no_acks, ended;
  unsigned status; /* of the last response */
  bool abandon; /* within the callbacks */
} Fixture;

static inline void on_request(void *user, RdSipTransaction *tx, const RdMessage *m) {
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

static inline void on_response(void *user, RdSipTransaction *tx, const RdMessage *m,
                               unsigned status) {
  Fixture *f = user;
  f->responses++;
  f->status = status;
  ck_assert_uint_eq(m ? m->sip->status : status, status);
  if (f->abandon)
    rd_sip_abandon(tx);
}

static inline void on_stray(void *user, const RdMessage *m) {
  (void)m;
  ((Fixture *)user)->strays++;
}

static inline void on_no_ack(void *user, RdSipTransaction *tx) {
  Fixture *f = user;
  f->no_acks++;
  if (f->abandon)
    rd_sip_abandon(tx);
}

static inline void on_ended(void *user, RdSipTransaction *tx) {
  (void)tx;
  ((Fixture *)user)->ended++;
}

static const RdSipLayerOps fixture_ops = {.request = on_request,
                                          .response = on_response,
                                          .stray = on_stray,
                                          .no_ack = on_no_ack,
                                          .ended = on_ended};

static inline void on_timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  ck_assert(rd_cookies_fire(&((Fixture *)self)->cookies, cookie));
}

static inline void on_receive(void *self, const RdMessage *m) {
  rd_sip_layer_receive(((Fixture *)self)->layer, m);
}

static inline Fixture *setup(uint32_t capacity) {
  Fixture *f = g_new0(Fixture, 1);
  f->world = mock_world_new(1);
  f->mock = mock_host_new(f->world, "node");
  mock_attach(f->mock, RD_IF_GM, "gm", "access", "192.0.2.1/24");
  f->layer = rd_sip_layer_new(mock_host(f->mock), &f->cookies, NULL, capacity, &fixture_ops, f);
  mock_on_timer(f->mock, on_timer, f);
  mock_on_receive(f->mock, on_receive, f);
  return f;
}

static inline void teardown(Fixture *f) {
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

static inline RdSipTransaction *client(Fixture *f, const char *method, RdTransport transport) {
  const char *text = request_text(method, BRANCH, "");
  RdSend s = {.size = sizeof s,
              .protocol = RD_PROTO_SIP,
              .remote = rd_address_ip4(0xc0000207, 5060),
              .bytes = (const uint8_t *)text,
              .len = strlen(text)};
  s.remote.transport = (uint8_t)transport;
  return rd_sip_client(f->layer, &s, f);
}

static inline void receive(Fixture *f, const char *text) {
  mock_receive_text(f->mock, 0, PEER, text);
}

static inline bool respond(Fixture *f, unsigned status, bool reliable) {
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

static inline void run(Fixture *f, RdTime milliseconds) {
  mock_run_until(f->world, mock_now(f->world) + milliseconds * RD_MILLISECOND);
}
