/* The scanner, and everything that works on what it gives: no slice leaves the message, no header is
 * lost, and what is written of it can be read. */
#include <stdlib.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "lab/sip/precondition.h"
#include "lab/sip/scan.h"
#include "lab/sip/sdp.h"
#include "lab/sip/stateless.h"
#include "lab/sip/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct {
  const char *at, *end;
} Bounds;

static void demand(bool holds) {
  if (!holds)
    abort();
}

static void check_inside(const Bounds *b, RdSlice s) {
  demand(s.at ? s.at >= b->at && s.at + s.len <= b->end : s.len == 0);
}

static void walk_uri(const Bounds *b, RdSlice text) {
  RdSipUri uri;
  if (!rd_sip_uri_parse(text, &uri))
    return;
  const RdSlice parts[] = {uri.scheme, uri.user, uri.host, uri.params, uri.password, uri.headers};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    check_inside(b, parts[i]);
  RdAddress address;
  rd_sip_uri_address(&uri, &address);
  demand(rd_sip_uri_equal(&uri, &uri));
}

static void walk_value(const Bounds *b, RdSlice value) {
  RdSlice rest = value, params;
  for (RdSlice e = rd_sip_split(&rest); e.at; e = rd_sip_split(&rest)) {
    check_inside(b, e);
    demand(e.len > 0);
    RdSlice uri = rd_sip_name_addr(e, &params);
    check_inside(b, uri);
    check_inside(b, params);
    check_inside(b, rd_sip_param(params, "tag"));
    check_inside(b, rd_sip_param(params, "expires"));
    walk_uri(b, uri);
  }
  unsigned port;
  RdSlice subtype;
  check_inside(b, rd_sip_host_port(value, &port));
  check_inside(b, rd_sip_media_type(value, &subtype));
  check_inside(b, subtype);
}

/* Every header is in exactly one chain, in order. */
static void walk_headers(const Bounds *b, const RdSip *sip) {
  unsigned chained = 0;
  for (int id = 0; id < RD_HDR_CAPACITY; id++) {
    const RdSipHeader *last = NULL;
    for (const RdSipHeader *h = rd_sip_first(sip, (RdHeaderId)id); h; h = rd_sip_next(sip, h)) {
      demand(h->id == id && h > last);
      last = h;
      chained++;
    }
  }
  demand(chained == sip->n_headers && chained <= RD_SIP_MAX_HEADERS);
  for (unsigned i = 0; i < sip->n_headers; i++) {
    const RdSipHeader *h = rd_sip_header(sip, i);
    check_inside(b, h->name);
    check_inside(b, h->value);
    demand(h->name.at != NULL);
    walk_value(b, h->value);
  }
}

static void walk_sdp(const Bounds *b, RdSlice body) {
  static char answer[70000];
  RdSdp sdp;
  RdAddress rtp = {.ip = {192, 0, 2, 1}, .port = 4000, .family = 4};
  if (!rd_sdp_parse(body, &sdp))
    return;
  check_inside(b, sdp.address);
  for (int i = 0; i < sdp.n_media; i++) {
    check_inside(b, sdp.media[i].kind);
    check_inside(b, sdp.media[i].protocol);
    check_inside(b, sdp.media[i].address);
  }
  const RdPrecondition p = rd_precondition_read(body);
  demand(p.local <= RD_QOS_SENDRECV && p.remote <= RD_QOS_SENDRECV);
  size_t len = rd_sdp_answer(answer, sizeof answer, &sdp, &rtp, 1);
  demand(len == 0 || rd_sdp_parse(rd_slice_of(answer, len), &sdp));
}

static void try_edits(const RdSip *sip) {
  static char out[200000];
  const RdEdit body = {RD_EDIT_BODY, {0}, rd_slice("new body")};
  size_t len = rd_sip_edit(sip, NULL, 0, sizeof(RdEdit), out, sizeof out);
  /* A message whose last line ends in LF alone gets a whole one; else nothing changes. */
  if (len > 0 && !(sip->defects & RD_SIP_BARE_LF)) {
    demand(len == (size_t)sip->head.len + sip->body.len);
    demand(memcmp(out, sip->head.at, sip->head.len) == 0);
  }
  RdSipScan again;
  len = rd_sip_edit(sip, &body, 1, sizeof body, out, sizeof out);
  if (len > 0) {
    demand(rd_sip_scan(&again, out, len, RD_SIP_DATAGRAM));
    demand(rd_slice_is(again.sip.body, "new body"));
  }
  if (sip->n_headers == 0)
    return;
  const RdSipHeader *h = rd_sip_header(sip, 0);
  const RdEdit removal = {RD_EDIT_REMOVE, h->name, {0}};
  len = rd_sip_edit(sip, &removal, 1, sizeof removal, out, sizeof out);
  if (len > 0 && h->id != RD_HDR_OTHER) {
    demand(rd_sip_scan(&again, out, len, RD_SIP_DATAGRAM));
    demand(!rd_sip_first(&again.sip, (RdHeaderId)h->id));
  }
}

static void try_answer(const RdSip *sip) {
  static char out[200000];
  static const uint64_t key[2] = {3, 4};
  const RdVerdict verdict = {.action = RD_REJECT, .code = 503, .retry_after = 5};
  RdSipScan answer;
  size_t len = rd_sip_refuse(sip, &verdict, key, out, sizeof out);
  rd_sip_is_refusal_ack(sip, key);
  if (len == 0)
    return;
  demand(rd_sip_scan(&answer, out, len, RD_SIP_DATAGRAM));
  demand(answer.sip.status == 503 && answer.sip.content_length == 0);
  demand(rd_slice_equal(answer.sip.via_branch, sip->via_branch));
  demand(rd_slice_equal(answer.sip.call_id, sip->call_id));
}

static void scan(const uint8_t *data, size_t size, RdSipFraming framing) {
  RdSipScan scan;
  Bounds b = {(const char *)data, (const char *)data + size};
  char names[512];
  bool scanned = rd_sip_scan(&scan, data, size, framing);
  const RdSip *sip = &scan.sip;
  demand(scanned == !(sip->defects & RD_SIP_UNSCANNABLE));
  rd_sip_defect_names(sip->defects, names, sizeof names);
  const RdSlice slices[] = {
      sip->method_text,
      sip->uri,
      sip->reason,
      sip->call_id,
      sip->from,
      sip->to,
      sip->from_uri,
      sip->to_uri,
      sip->from_tag,
      sip->to_tag,
      sip->via,
      sip->via_sent_by,
      sip->via_branch,
      sip->contact_uri,
      sip->head,
      sip->body,
      sip->uri_at.user,
      sip->uri_at.host,
      sip->from_at.user,
      sip->from_at.host,
      sip->to_at.user,
      sip->to_at.host,
      sip->contact_at.user,
      sip->contact_at.host,
  };
  for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++)
    check_inside(&b, slices[i]);
  walk_headers(&b, sip);
  if (!scanned)
    return;
  walk_uri(&b, sip->uri);
  walk_sdp(&b, sip->body);
  try_edits(sip);
  try_answer(sip);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > RD_SIP_MAX_MESSAGE)
    return 0;
  scan(data, size, RD_SIP_DATAGRAM);
  scan(data, size, RD_SIP_STREAM);
  walk_sdp(&(Bounds){(const char *)data, (const char *)data + size}, rd_slice_of(data, size));
  return 0;
}
