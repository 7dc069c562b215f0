#include "bench/micro/scan_peers.h"
#include "lab/sip/scan.h"

static RdSipScan scan;

static Text text(RdSlice s) {
  return (Text){s.at, s.len};
}

static unsigned count_routes(const RdSip *sip) {
  unsigned n = 0;
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_ROUTE); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    while (rd_sip_split(&rest).at)
      n++;
  }
  return n;
}

static bool read(const char *bytes, size_t len, ScanFields *ret) {
  if (!rd_sip_scan(&scan, bytes, len, RD_SIP_DATAGRAM) || scan.sip.defects)
    return false;
  const RdSip *sip = &scan.sip;
  RdSlice type = rd_sip_value(sip, RD_HDR_CONTENT_TYPE), subtype;
  ret->method = text(sip->method_text);
  ret->via_branch = text(sip->via_branch);
  ret->from_tag = text(sip->from_tag);
  ret->call_id = text(sip->call_id);
  ret->cseq_method = ret->method; /* or the message had a defect */
  ret->body = text(sip->body);
  ret->cseq = sip->cseq;
  ret->max_forwards = (unsigned)sip->max_forwards;
  ret->content_length = (unsigned)sip->content_length;
  ret->to_has_tag = sip->to_tag.at != NULL;
  ret->routes = count_routes(sip);
  type = rd_sip_media_type(type, &subtype);
  ret->type = text(type);
  ret->subtype = text(subtype);
  ret->via_host = text(rd_sip_host_port(sip->via_sent_by, &ret->via_port));
  ret->uri_user = text(sip->uri_at.user);
  ret->uri_host = text(sip->uri_at.host);
  ret->from_user = text(sip->from_at.user);
  ret->from_host = text(sip->from_at.host);
  ret->to_user = text(sip->to_at.user);
  ret->to_host = text(sip->to_at.host);
  ret->contact_user = text(sip->contact_at.user);
  ret->contact_host = text(sip->contact_at.host);
  return true;
}

static void release(void) {}

const ScanPeer scan_peer_redoubt = {"redoubt lab/sip", NULL, read, release};
