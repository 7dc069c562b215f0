#include "lab/stack/transaction_stream.h"

#include <string.h>

#include "lab/base/memory.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"

#define LONGEST_DATAGRAM 1300 /* s18.1.1, where the path MTU is not known */

bool rd_tx_via_port(const RdSip *sip, uint16_t *ret) {
  const RdSlice sent_by = sip->via_sent_by;
  uint64_t port = 5060;
  const char *colon = sent_by.len ? memrchr(sent_by.at, ':', sent_by.len) : NULL;
  if (colon && !memchr(colon, ']', sent_by.len - (size_t)(colon - sent_by.at)) &&
      (!rd_slice_uint(
           rd_slice_trim(rd_slice_of(colon + 1, sent_by.len - (uint32_t)(colon - sent_by.at) - 1)),
           &port) ||
       port == 0 || port > 65535))
    return false;
  *ret = (uint16_t)port;
  return true;
}

/* Writes three letters over the transport of a top Via that is in `bytes`. False: it names another than
 * the two. */
static bool put_transport(uint8_t *bytes, size_t at, RdSlice via, const char *name) {
  if (!rd_slice_starts_nocase(via, "SIP/2.0/UDP") && !rd_slice_starts_nocase(via, "SIP/2.0/TCP"))
    return false;
  memcpy(bytes + at + strlen("SIP/2.0/"), name, 3);
  return true;
}

static bool name_transport(RdSipTransaction *tx, const char *name) {
  const size_t at = tx->via.len ? (size_t)(tx->via.at - (const char *)tx->request) : 0;
  return put_transport(tx->request, at, tx->via, name);
}

void rd_tx_by_datagram(RdSipTransaction *tx) {
  tx->conn = 0;
  tx->stream = tx->waits = tx->by_size = false;
  tx->remote.transport = RD_UDP;
  name_transport(tx, "UDP");
}

/* s9.1: to the same address by the same transport. */
static bool follow_invite(RdSipTransaction *tx, const RdSip *cancel) {
  const RdSipTransaction *invite = rd_tx_find_cancelled(tx->layer, cancel, tx->entity);
  if (!invite || !invite->conn || !name_transport(tx, "TCP"))
    return false;
  tx->conn = invite->conn;
  tx->remote = invite->remote;
  tx->stream = true;
  tx->waits = invite->waits;
  return true;
}

void rd_tx_choose_transport(RdSipTransaction *tx, const RdSip *request) {
  RdSipLayer *layer = tx->layer;
  const bool asked = tx->remote.transport == RD_TCP;
  if (!layer->connections || tx->conn ||
      (tx->method == RD_SIP_CANCEL && follow_invite(tx, request)) ||
      (!asked && tx->request_len <= LONGEST_DATAGRAM) || !name_transport(tx, "TCP"))
    return;
  RdAddress to = tx->remote;
  bool up;
  to.transport = RD_TCP;
  tx->by_size = !asked;
  tx->conn = rd_sip_connections_to(layer->connections, tx->attachment, tx->entity, &to, &up);
  tx->stream = true;
  tx->remote = to;
  tx->waits = !up;
  if (tx->conn == 0 && tx->by_size)
    rd_tx_by_datagram(tx);
}

static bool send_by(RdSipLayer *layer, const RdSend *request, const RdAddress *to, RdConn conn) {
  RdSipScan scan;
  uint8_t *bytes = rd_alloc(request->len);
  RdSend s = *request;
  s.conn = conn;
  s.remote = *to;
  s.bytes = bytes;
  memcpy(bytes, request->bytes, request->len);
  const bool sent =
      rd_sip_scan(&scan, bytes, request->len, RD_SIP_DATAGRAM) && scan.sip.via.len > 0 &&
      put_transport(bytes, (size_t)(scan.sip.via.at - (const char *)bytes), scan.sip.via, "TCP") &&
      layer->host->send(layer->host, &s);
  free(bytes);
  return sent;
}

bool rd_tx_send_alone(RdSipLayer *layer, const RdSend *request) {
  const bool asked = request->remote.transport == RD_TCP;
  RdAddress to = request->remote;
  bool up = false;
  if (request->conn || (!asked && request->len <= LONGEST_DATAGRAM))
    return layer->host->send(layer->host, request);
  to.transport = RD_TCP;
  const RdConn conn =
      rd_sip_connections_to(layer->connections, request->attachment, request->entity, &to, &up);
  if (up)
    return send_by(layer, request, &to, conn);
  return !asked && layer->host->send(layer->host, request);
}

bool rd_tx_connect_back(RdSipTransaction *tx) {
  RdSipScan scan;
  RdAddress to = tx->remote;
  bool up;
  if (!rd_sip_scan(&scan, tx->request, tx->request_len, RD_SIP_STREAM) ||
      !rd_tx_via_port(&scan.sip, &to.port))
    return false;
  to.transport = RD_TCP;
  tx->conn = rd_sip_connections_to(tx->layer->connections, tx->attachment, tx->entity, &to, &up);
  tx->remote = to;
  tx->waits = tx->conn && !up;
  return tx->conn != 0;
}

void rd_tx_note_alias(RdSipLayer *layer, const RdMessage *m) {
  const RdSlice via = m->sip->via;
  const char *semicolon = via.len ? memchr(via.at, ';', via.len) : NULL;
  uint16_t port;
  if (!layer->connections || !m->conn || !semicolon || !rd_tx_via_port(m->sip, &port))
    return;
  const RdSlice params = rd_slice_of(semicolon, via.len - (size_t)(semicolon - via.at));
  if (rd_sip_param(params, "alias").at)
    rd_sip_connections_alias(layer->connections, m, port);
}
