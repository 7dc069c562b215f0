#include "lab/attacker/probe.h"

#include <stdlib.h>

#include "lab/base/address.h"
#include "lab/base/memory.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/build.h"
#include "lab/sip/request.h"
#include "lab/sip/sdp.h"
#include "lab/stack/transaction.h"
#include "lab/subscribers/provision.h"

enum { DRAW_CALL_ID = 0x73747201, DRAW_TAG, DRAW_BRANCH, DRAW_TO_TAG };
#define URI 320

bool rd_probe_aim(RdProbe *s, const char *node) {
  if (node && s->host->resolve(s->host, 0, node, &s->target))
    return true;
  s->host->log(s->host, RD_LOG_ERROR, "the target is not on the attack's network");
  return false;
}

/* --- by TCP --- */

/* One that was refused or cut off calls again when its next message is due. */
static void dial(const RdProbe *s, uint64_t source) {
  RdConnect to = {
      .size = sizeof to, .protocol = RD_PROTO_SIP, .entity = source, .remote = s->target};
  to.remote.transport = RD_TCP;
  s->streams[source] = (RdProbeStream){.conn = s->host->connect(s->host, &to)};
}

void rd_probe_dial(RdProbe *s) {
  s->streams = rd_alloc(s->setup->entities * sizeof *s->streams);
  s->opened = s->host->counter(s->host, "connections-opened");
  s->refused = s->host->counter(s->host, "connections-refused");
  for (uint64_t i = 0; i < s->setup->entities; i++)
    dial(s, i);
}

void rd_probe_receive(RdProbe *s, const RdMessage *m) {
  if (!s->streams || m->kind == RD_DATA || m->entity >= s->setup->entities ||
      s->streams[m->entity].conn != m->conn)
    return;
  if (m->kind == RD_OPENED) {
    s->streams[m->entity].up = true;
    s->host->count(s->host, s->opened, 1);
    return;
  }
  s->streams[m->entity] = (RdProbeStream){0};
  if (m->kind == RD_REFUSED)
    s->host->count(s->host, s->refused, 1);
}

void rd_probe_hang_up(RdProbe *s) {
  for (uint64_t i = 0; s->streams && i < s->setup->entities; i++)
    if (s->streams[i].conn)
      s->host->close(s->host, s->streams[i].conn);
  free(s->streams);
  s->streams = NULL;
}

/* 0: it has none that is up. */
static RdConn stream_of(const RdProbe *s, uint64_t source) {
  if (!s->streams[source].conn)
    dial(s, source);
  return s->streams[source].up ? s->streams[source].conn : 0;
}

static void hex(char text[17], uint64_t bits) {
  RdText t = rd_text(text, 17);
  rd_text_hex(&t, bits, 16);
}

static bool uri(char text[URI], const char *user, const char *realm) {
  RdText t = rd_text(text, URI);
  rd_text_add(&t, "sip:");
  if (user) {
    rd_text_add(&t, user);
    rd_text_char(&t, '@');
  }
  rd_text_add(&t, realm);
  if (user && user[0] == '+')
    rd_text_add(&t, ";user=phone");
  return !t.full;
}

/* A number is dialled as tel:, as phones do. */
static bool dialled(char text[URI], const RdProbeCall *call) {
  if (call->callee[0] != '+')
    return uri(text, call->callee, call->realm);
  RdText t = rd_text(text, URI);
  rd_text_add(&t, "tel:");
  rd_text_add(&t, call->callee);
  return !t.full;
}

/* Completes a request with what makes it unique, and sends it. */
static bool send_unique(const RdProbe *s, uint64_t source, uint64_t number, RdSipRequest *r) {
  char buffer[4096], call_id[17], tag[17], branch[RD_SIP_BRANCH];
  hex(call_id, s->host->random(s->host, source, DRAW_CALL_ID, number));
  hex(tag, s->host->random(s->host, source, DRAW_TAG, number));
  rd_sip_branch(s->host->random(s->host, source, DRAW_BRANCH, number), branch);
  r->local = s->setup->address(s->host, 0, source);
  r->call_id = rd_slice(call_id);
  r->from_tag = rd_slice(tag);
  r->branch = rd_slice(branch);
  r->cseq = 1;
  r->local.transport = s->streams ? RD_TCP : RD_UDP;
  const RdSend send = {.size = sizeof send,
                       .protocol = RD_PROTO_SIP,
                       .entity = source,
                       .conn = s->streams ? stream_of(s, source) : 0,
                       .remote = s->target,
                       .bytes = (const uint8_t *)buffer,
                       .len = rd_sip_write(r, buffer, sizeof buffer)};
  return send.len > 0 && (send.conn || !s->streams) && s->host->send(s->host, &send);
}

bool rd_probe_register(const RdProbe *s, uint64_t source, uint64_t number, const char *imsi,
                       const char *realm) {
  char registrar[URI], who[URI];
  if (!uri(registrar, NULL, realm) || !uri(who, imsi, realm))
    return false;
  RdSipRequest r = {.method = "REGISTER",
                    .uri = rd_slice(registrar),
                    .from_uri = rd_slice(who),
                    .to_uri = rd_slice(who),
                    .contact_user = rd_slice(imsi),
                    .expires = 600000};
  return send_unique(s, source, number, &r);
}

bool rd_probe_options(const RdProbe *s, uint64_t source, uint64_t number, const char *caller,
                      const char *callee, const char *realm) {
  char from[URI], to[URI];
  if (!uri(from, caller, realm) || !uri(to, callee, realm))
    return false;
  RdSipRequest r = {
      .method = "OPTIONS", .uri = rd_slice(to), .from_uri = rd_slice(from), .to_uri = rd_slice(to)};
  return send_unique(s, source, number, &r);
}

bool rd_probe_ping(const RdProbe *s, uint64_t source, uint64_t number, uint64_t extension) {
  char host[RD_ADDRESS_TEXT], to[URI], from[URI];
  rd_address_text(&s->target, host);
  RdText t = rd_text(to, sizeof to);
  rd_text_add(&t, "sip:");
  rd_text_add(&t, host);
  t = rd_text(from, sizeof from);
  rd_text_add(&t, "sip:");
  rd_text_uint(&t, 1000 + extension);
  rd_text_add(&t, "@office.example");
  RdSipRequest r = {
      .method = "OPTIONS", .uri = rd_slice(to), .from_uri = rd_slice(from), .to_uri = rd_slice(to)};
  return send_unique(s, source, number, &r);
}

bool rd_probe_bye(const RdProbe *s, uint64_t source, uint64_t number, const char *caller,
                  const char *callee, const char *realm) {
  char from[URI], to[URI], tag[17];
  if (!uri(from, caller, realm) || !uri(to, callee, realm))
    return false;
  hex(tag, s->host->random(s->host, source, DRAW_TO_TAG, number));
  RdSipRequest r = {.method = "BYE",
                    .uri = rd_slice(to),
                    .from_uri = rd_slice(from),
                    .to_uri = rd_slice(to),
                    .to_tag = rd_slice(tag)};
  return send_unique(s, source, number, &r);
}

bool rd_probe_invite(const RdProbe *s, uint64_t source, uint64_t number, const RdProbeCall *call) {
  char from[URI], to[URI], sdp[512];
  if (!uri(from, call->caller, call->realm) || !dialled(to, call))
    return false;
  const RdAddress rtp = rd_sip_rtp(s->setup->address(s->host, 0, source));
  const size_t n = rd_sdp_offer(sdp, sizeof sdp, &rtp, number);
  RdSipRequest r = {.method = "INVITE",
                    .uri = rd_slice(to),
                    .from_uri = rd_slice(from),
                    .to_uri = rd_slice(to),
                    .contact_user = rd_slice(call->contact),
                    .body = rd_slice_of(sdp, n),
                    .body_type = "application/sdp"};
  return send_unique(s, source, number, &r);
}

bool rd_probe_response(const RdProbe *s, uint64_t source, uint64_t number, unsigned status,
                       const RdAddress *as) {
  char buffer[2048], tag[17], call_id[17], branch[RD_SIP_BRANCH], host[RD_ADDRESS_TEXT];
  hex(call_id, s->host->random(s->host, source, DRAW_CALL_ID, number));
  hex(tag, s->host->random(s->host, source, DRAW_TAG, number));
  rd_sip_branch(s->host->random(s->host, source, DRAW_BRANCH, number), branch);
  rd_address_text(&s->target, host);
  RdSipBuild b = rd_sip_response(buffer, sizeof buffer, status, NULL);
  rd_sip_addf(&b, "Via", "SIP/2.0/UDP %s;branch=%s", host, branch);
  rd_sip_addf(&b, "From", "<sip:%s>;tag=%s", RD_IMS_DOMAIN, tag);
  rd_sip_addf(&b, "To", "<sip:%s>;tag=%s", RD_IMS_DOMAIN, call_id);
  rd_sip_addf(&b, "Call-ID", "%s", call_id);
  rd_sip_addf(&b, "CSeq", "1 INVITE");
  const RdSend send = {.size = sizeof send,
                       .protocol = RD_PROTO_SIP,
                       .entity = source,
                       .local = *as,
                       .remote = s->target,
                       .bytes = (const uint8_t *)buffer,
                       .len = rd_sip_finish(&b, NULL, (RdSlice){0})};
  return send.len > 0 && s->host->send(s->host, &send);
}

/* Phones lie side by side: IPv4 one an address, IPv6 one a /64. */
RdAddress rd_address_beside(RdAddress first, uint64_t i) {
  const unsigned end = first.family == 4 ? 4 : 8;
  for (unsigned at = end; at > 0 && i > 0; at--) {
    i += first.ip[at - 1];
    first.ip[at - 1] = (uint8_t)i;
    i >>= 8;
  }
  return first;
}

uint64_t rd_probe_call(const RdProbe *s, uint64_t source, uint64_t number) {
  return s->host->random(s->host, source, DRAW_CALL_ID, number);
}

bool rd_probe_answer(const RdMessage *message, uint64_t *ret_call) {
  const RdSlice id = message->sip ? message->sip->call_id : (RdSlice){0};
  if (message->kind != RD_DATA || !message->sip || message->sip->is_request || id.len != 16)
    return false;
  uint64_t n = 0;
  for (uint32_t i = 0; i < id.len; i++) {
    const char c = id.at[i];
    if ((c < '0' || c > '9') && (c < 'a' || c > 'f'))
      return false;
    n = n << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  *ret_call = n;
  return true;
}
