/* proxy_fixture.h - a proxy between two networks on the mock host, for its tests. */
#pragma once

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

static inline void on_request(void *user, RdProxyRequest *r) {
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

static inline void on_response(void *user, RdProxyResponse *r) {
  Fixture *f = user;
  f->responses++;
  ck_assert_uint_eq(r->request->cseq, r->message->sip->cseq);
  if (f->add)
    rd_proxy_edit(&r->edits, RD_EDIT_ADD, "X-Added", "%s", f->add);
}

static inline void on_receive(void *self, const RdMessage *m) {
  rd_sip_proxy_receive(((Fixture *)self)->proxy, m);
}

static inline void on_timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  ck_assert(rd_cookies_fire(&((Fixture *)self)->cookies, cookie));
}

static const RdSipProxyOps ops = {.request = on_request, .response = on_response};

static inline Fixture *setup_with(const RdSipProxyConfig *config) {
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

static inline Fixture *setup(void) {
  return setup_with(&(RdSipProxyConfig){.capacity = 1000});
}

static inline void teardown(Fixture *f) {
  rd_sip_proxy_free(f->proxy);
  mock_world_free(f->world);
  g_free(f);
}

/* A request as its sender would write it; `head` are more header lines. */
static inline const char *request(const char *method, const char *uri, const char *to_tag,
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

static inline void receive(Fixture *f, const char *text) {
  mock_receive_text(f->mock, 0, "192.0.2.7:5060", text);
}

#define BOB "sip:bob@example.com"
#define MF "Max-Forwards: 70\r\n"

/* The callee's answer to what the proxy sent last of a method. */
static inline void answer(Fixture *f, const char *method, unsigned status) {
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

static inline const MockSent *find(const Fixture *f, const char *method, unsigned status) {
  for (unsigned i = mock_n_sent(f->mock); i-- > 0;) {
    const MockSent *s = mock_sent(f->mock, i);
    if (s->scan && s->scan->sip.status == status && rd_slice_is(s->scan->sip.method_text, method))
      return s;
  }
  return NULL;
}

static inline unsigned count(const Fixture *f, const char *method, unsigned status) {
  unsigned n = 0;
  for (unsigned i = 0; i < mock_n_sent(f->mock); i++) {
    const RdSip *s = &mock_sent(f->mock, i)->scan->sip;
    n += s->status == status && rd_slice_is(s->method_text, method);
  }
  return n;
}

static inline const RdSip *forwarded(const Fixture *f, const char *method) {
  const MockSent *s = find(f, method, 0);
  ck_assert_ptr_nonnull(s);
  return &s->scan->sip;
}

static inline void run(Fixture *f, RdTime seconds) {
  mock_run_until(f->world, mock_now(f->world) + seconds * RD_SECOND);
}
