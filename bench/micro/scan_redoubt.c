#include "bench/micro/scan_peers.h"
#include "lab/sip/scan.h"
#include "lab/sip/uri.h"

static RdSipScan scan;

static Text text(RdSlice s) {
  return (Text){s.at, s.len};
}

static bool split_uri(RdSlice uri, Text *user, Text *host, unsigned *port) {
  RdSipUri parts;
  if (!rd_sip_uri_parse(uri, &parts))
    return false;
  *user = text(parts.user);
  *host = text(parts.host);
  if (port)
    *port = parts.port;
  return true;
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
  return split_uri(sip->uri, &ret->uri_user, &ret->uri_host, NULL) &&
         split_uri(sip->from_uri, &ret->from_user, &ret->from_host, NULL) &&
         split_uri(sip->to_uri, &ret->to_user, &ret->to_host, NULL) &&
         split_uri(sip->contact_uri, &ret->contact_user, &ret->contact_host, NULL);
}

static void release(void) {}

const ScanPeer scan_peer_redoubt = {"redoubt lab/sip", NULL, read, release};
