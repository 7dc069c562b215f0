/* third_party.c - application servers are told who is registered: third-party REGISTER (TS 24.229 s5.4.1.7). */
#include <inttypes.h>

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "lab/sip/scan.h"
#include "nodes/s-cscf/services.h"

#define REGISTER_TEXT 2048
#define ENDS_BIT                                                                                   \
  (UINT64_C(1) << 56) /* in a number, beside the subscriber: without the server no service */

typedef struct {
  uint64_t subscriber;
  RdSlice user; /* its default public identity */
  uint64_t expires; /* s */
} Told;

/* Length, 0: it does not fit. The identifiers are functions of whom, when and to whom. */
static size_t write_register(const Services *v, const Told *told, const char *server,
                             const char *own, char *ret, size_t cap) {
  const Scscf *s = v->s;
  const uint64_t draw = rd_siphash(v->key, server, strlen(server)) ^
                        rd_mix(told->subscriber, (uint64_t)s->host->now(s->host));
  const char *transport = rd_sip_proxy_transport(s->proxy);
  RdSipBuild b = rd_sip_request(ret, cap, "REGISTER", rd_slice(server));
  rd_sip_addf(&b, "Via", "SIP/2.0/%s %s;branch=z9hG4bK%016" PRIx64, transport[0] ? "TCP" : "UDP",
              own, rd_siphash(v->key, &draw, sizeof draw));
  rd_sip_add(&b, "Max-Forwards", rd_slice("70"));
  rd_sip_addf(&b, "From", "<sip:%s>;tag=%08" PRIx64, own, draw >> 32);
  rd_sip_addf(&b, "To", "<%.*s>", (int)told->user.len, told->user.at);
  rd_sip_addf(&b, "Call-ID", "%016" PRIx64 "@%s", rd_mix(draw, 2), own);
  rd_sip_add(&b, "CSeq", rd_slice("1 REGISTER"));
  rd_sip_addf(&b, "Contact", "<sip:%s%s>", own, transport);
  rd_sip_addf(&b, "Expires", "%" PRIu64, told->expires);
  return rd_sip_finish(&b, NULL, (RdSlice){0});
}

static void send_register(Services *v, const Told *told, const RdFilterCriteria *c) {
  Scscf *s = v->s;
  char text[REGISTER_TEXT], own[RD_ADDRESS_TEXT];
  RdSend send = {.size = sizeof send, .protocol = RD_PROTO_SIP};
  uint64_t number = told->subscriber;
  if (c->ends_session && told->expires > 0)
    number |= ENDS_BIT;
  if (!rd_sip_proxy_locate(s->proxy, rd_slice(c->server), &send.remote, NULL)) {
    scscf_told(v, number, 503);
    return;
  }
  const int attachment = s->host->route(s->host, &send.remote);
  send.attachment = (uint16_t)MAX(attachment, 0);
  rd_address_text(rd_sip_proxy_address(s->proxy, send.attachment), own);
  send.bytes = (const uint8_t *)text;
  send.len = write_register(v, told, c->server, own, text, sizeof text);
  if (attachment < 0 || send.len == 0 || !rd_sip_proxy_request(s->proxy, &send, number)) {
    scscf_told(v, number, 503);
    return;
  }
  s->host->count(s->host, v->n.told, 1);
}

uint32_t scscf_servers_of(const Criteria *set, const RdSip *request, RdRegisters registers) {
  static const char bare[] = "REGISTER sip:" RD_IMS_DOMAIN " SIP/2.0\r\n\r\n";
  RdSipScan scan;
  uint32_t which = 0;
  if (!request && rd_sip_scan(&scan, bare, sizeof bare - 1, RD_SIP_DATAGRAM))
    request = &scan.sip; /* nobody sent one: its criteria are the method's and the type's */
  for (unsigned i = 0; request && set && i < set->n; i++)
    if (rd_criteria_match(&set->list[i], request, RD_CASE_ORIGINATING, registers))
      which |= UINT32_C(1) << i;
  return which;
}

void scscf_tell_servers(Scscf *s, uint64_t subscriber, Criteria *set, const char *identities,
                        uint32_t which, bool bound) {
  if (!which || !identities)
    return;
  g_autofree char *kept = g_strdup(identities); /* who is told of may go meanwhile */
  RdSlice rest = rd_slice(kept);
  const Binding *b = bound ? scscf_binding(s, subscriber) : NULL;
  const RdTime left = b ? b->until - s->host->now(s->host) : 0;
  const Told told = {subscriber, rd_sip_name_addr(rd_sip_split(&rest), NULL),
                     (uint64_t)(left / RD_SECOND)};
  scscf_criteria_keep(set);
  for (unsigned i = 0; i < set->n; i++)
    if (which & UINT32_C(1) << i)
      send_register(set->owner, &told, &set->list[i]);
  scscf_criteria_drop(set);
}

/* Without a server whose criteria end the session there is no registration either. */
void scscf_told(Services *v, uint64_t number, unsigned status) {
  Scscf *s = v->s;
  const uint64_t subscriber = number & (ENDS_BIT - 1);
  if (status != 408 && (status < 500 || status >= 600))
    return;
  s->host->count(s->host, v->n.failed, 1);
  if (number & ENDS_BIT && scscf_binding(s, subscriber))
    scscf_cx_end(s->cx, subscriber, RD_CX_ADMINISTRATIVE_DEREGISTRATION);
}
