#include "tests/attacks/network.h"

#include <check.h>
#include <string.h>

#include "lab/auth/aka.h"
#include "lab/auth/digest.h"
#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "lab/sip/scan.h"
#include "lab/subscribers/provision.h"

#define SBC "198.18.0.1:5060"

static void deliver(Bench *b, uint64_t entity, const RdAddress *local, const char *text,
                    size_t len) {
  RdMessage m = *mock_message(b->mock, 0, RD_INGRESS, SBC, text, len);
  m.entity = entity;
  m.local = *local;
  mock_deliver(b->mock, &m);
}

static void answer(Bench *b, const MockSent *sent, unsigned status, const char *more) {
  char buffer[4096];
  RdSipBuild r = rd_sip_reply(buffer, sizeof buffer, &sent->scan->sip, status, NULL, rd_slice("x"));
  if (more)
    rd_sip_add(&r, status == 401 ? "WWW-Authenticate" : "Service-Route", rd_slice(more));
  if (sent->scan->sip.method == RD_SIP_INVITE && status / 100 == 2)
    rd_sip_add(&r, "Contact", rd_slice("<sip:far@198.18.9.9:5060>"));
  const size_t len = rd_sip_finish(&r, NULL, (RdSlice){0});
  deliver(b, sent->entity, &sent->local, buffer, len);
}

/* Keys are those of whoever the REGISTER names: the attack has to have them. */
static void answer_register(Bench *b, const MockSent *sent) {
  RdProvision p;
  RdDigest d;
  RdAkaKeys keys;
  RdAkaVector vector;
  uint8_t rand[16] = {7};
  char nonce[RD_AKA_NONCE], line[512];
  uint64_t who;
  ck_assert(rd_provision_init(&p, "redoubt", 2, RD_MSIN_LIMIT / 2));
  ck_assert(rd_provision_find(&p, sent->scan->sip.to_uri, &who));
  if (!rd_digest_parse(rd_sip_value(&sent->scan->sip, RD_HDR_AUTHORIZATION), &d))
    d = (RdDigest){0};
  if (d.response.len > 0) {
    answer(b, sent, 200, "<sip:192.0.2.9;lr;orig>");
    return;
  }
  rd_provision_keys(&p, who, keys.k, keys.opc);
  rd_aka_vector(&keys, rand, 1, &vector);
  rd_aka_nonce(&vector, nonce);
  g_snprintf(line, sizeof line,
             "Digest realm=\"%s\", nonce=\"%s\", algorithm=AKAv1-MD5, qop=\"auth\"", RD_IMS_DOMAIN,
             nonce);
  answer(b, sent, 401, line);
}

static void look_at(FakeNetwork *n, Bench *b, const MockSent *sent) {
  if (!sent->scan->sip.is_request)
    return;
  switch (sent->scan->sip.method) {
  case RD_SIP_REGISTER:
    n->registers++;
    answer_register(b, sent);
    return;
  case RD_SIP_INVITE:
    n->invites++;
    answer(b, sent, 180, NULL);
    if (n->status && n->rings == 0)
      answer(b, sent, n->status, NULL);
    return;
  case RD_SIP_ACK:
    n->acks++;
    return;
  case RD_SIP_BYE:
    n->byes++;
    answer(b, sent, 200, NULL);
    return;
  case RD_SIP_CANCEL:
    n->cancels++;
    answer(b, sent, 200, NULL);
    return;
  default:
    return;
  }
}

/* INVITEs whose ringing is over in this step. */
static void end_ringing(const FakeNetwork *n, Bench *b, RdTime from, RdTime to) {
  for (unsigned i = 0; n->status && n->rings > 0 && i < n->done; i++) {
    const MockSent *sent = mock_sent(b->mock, i);
    if (sent->scan && sent->scan->sip.is_request && sent->scan->sip.method == RD_SIP_INVITE &&
        sent->at + n->rings > from && sent->at + n->rings <= to)
      answer(b, sent, n->status, NULL);
  }
}

void network_run(FakeNetwork *n, Bench *b, RdTime until) {
  const RdTime step = 10 * RD_MILLISECOND;
  for (RdTime t = mock_now(b->world); t <= until; t += step) {
    mock_run_until(b->world, t);
    end_ringing(n, b, t - step, t);
    for (; n->done < mock_n_sent(b->mock); n->done++)
      if (mock_sent(b->mock, n->done)->scan)
        look_at(n, b, mock_sent(b->mock, n->done));
  }
}

void network_ask(Bench *b, uint64_t entity, const char *method, const char *call_id) {
  g_autofree char *text = g_strdup_printf(
      "%s sip:x@198.18.64.1 SIP/2.0\r\nVia: SIP/2.0/UDP " SBC ";branch=z9hG4bK%s\r\n"
      "Max-Forwards: 70\r\nFrom: <sip:a@" RD_IMS_DOMAIN ">;tag=f\r\nTo: <sip:b@" RD_IMS_DOMAIN
      ">\r\nCall-ID: %s\r\nCSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
      method, call_id, call_id, method);
  const RdAddress local = mock_setup(b->mock)->address(mock_host(b->mock), 0, entity);
  deliver(b, entity, &local, text, strlen(text));
}

unsigned network_answer(const Bench *b, const char *call_id) {
  for (unsigned i = mock_n_sent(b->mock); i-- > 0;) {
    const MockSent *sent = mock_sent(b->mock, i);
    if (sent->scan && !sent->scan->sip.is_request && rd_slice_is(sent->scan->sip.call_id, call_id))
      return sent->scan->sip.status;
  }
  return 0;
}
