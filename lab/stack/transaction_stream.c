#include "lab/stack/transaction_stream.h"

#include <string.h>

#include "lab/base/memory.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"

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
  rd_tx_bind(tx, 0);
  tx->stream = tx->waits = tx->by_size = false;
  tx->remote.transport = RD_UDP;
  name_transport(tx, "UDP");
}

/* s9.1: to the same address by the same transport. */
static bool follow_invite(RdSipTransaction *tx, const RdSip *cancel) {
  const RdSipTransaction *invite = rd_tx_find_cancelled(tx->layer, cancel, tx->entity);
  if (!invite || !invite->conn || !name_transport(tx, "TCP"))
    return false;
  rd_tx_bind(tx, invite->conn);
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
      (!asked && tx->request_len <= RD_SIP_LONGEST_DATAGRAM) || !name_transport(tx, "TCP"))
    return;
  RdAddress to = tx->remote;
  bool up;
  to.transport = RD_TCP;
  tx->by_size = !asked;
  rd_tx_bind(tx, rd_sip_connections_to(layer->connections, tx->attachment, tx->entity, &to, &up));
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
  if (request->conn || (!asked && request->len <= RD_SIP_LONGEST_DATAGRAM))
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
  rd_tx_bind(tx,
             rd_sip_connections_to(tx->layer->connections, tx->attachment, tx->entity, &to, &up));
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

/* --- what becomes of transactions with their connections --- */

void rd_tx_fail_later(RdSipTransaction *tx) {
  tx->failed = true;
  rd_tx_stop(tx, &tx->retransmit);
  rd_tx_arm(tx, &tx->guard, 0);
}

/* A long request that no connection could be had for begins again as a datagram (s18.1.1). */
static void fall_back(RdSipTransaction *tx) {
  rd_tx_by_datagram(tx);
  if (rd_tx_send_request(tx))
    rd_tx_arm_retransmit(tx, tx->machine == RD_TX_CLIENT_INVITE ? 'A' : 'E', false);
  else
    rd_tx_advance(tx, RD_TX_ERROR, NULL);
}

/* As if the transport had said so at once (s17.1.4, s18.4). What a server has to say waits for its
 * answer, and then for another connection. */
static void fail(RdSipLayer *layer, RdConn conn, bool refused) {
  for (RdSipTransaction *tx; (tx = rd_tx_of_conn(layer, conn));) {
    const bool again = refused && tx->waits && tx->by_size;
    rd_tx_bind(tx, 0);
    tx->waits = false;
    if (rd_sip_is_server(tx))
      continue;
    if (again)
      fall_back(tx);
    else
      rd_tx_advance(tx, RD_TX_ERROR, NULL);
  }
}

/* The connections' own doing, within a call of the user's. */
static void lost(void *user, RdConn conn) {
  RdSipLayer *layer = user;
  for (RdSipTransaction *tx; (tx = rd_tx_of_conn(layer, conn));) {
    rd_tx_bind(tx, 0);
    tx->waits = false;
    if (!rd_sip_is_server(tx))
      rd_tx_fail_later(tx);
  }
}

/* Those that wait stand before those that do not. */
static void opened(RdSipLayer *layer, RdConn conn) {
  for (RdSipTransaction *tx; (tx = rd_tx_of_conn(layer, conn)) && tx->waits;) {
    rd_tx_bind(tx, conn); /* to the end */
    tx->waits = false;
    if (!rd_sip_is_server(tx)) {
      if (!rd_tx_send_request(tx))
        rd_tx_advance(tx, RD_TX_ERROR, NULL);
      continue;
    }
    rd_tx_send_response(tx);
    if (tx->machine == RD_TX_SERVER_OTHER && tx->state == RD_TX_COMPLETED)
      rd_tx_arm(tx, &tx->guard, 0); /* timer J, now that it has left */
  }
}

/* RFC 5626 s3.5.1: who is sent two line ends answers one. What comes by a connection that was opened here
 * is answers: two of them look like a ping. */
static void pong(RdSipLayer *layer, const RdMessage *m) {
  if (layer->connections && rd_sip_connections_is_own(layer->connections, m->conn))
    return;
  const RdSend send = {.size = sizeof send,
                       .attachment = m->attachment,
                       .protocol = RD_PROTO_SIP,
                       .entity = m->entity,
                       .conn = m->conn,
                       .local = m->local,
                       .remote = m->remote,
                       .bytes = (const uint8_t *)"\r\n",
                       .len = 2};
  layer->host->send(layer->host, &send);
}

static void keep_alive(RdSipLayer *layer, RdConn conn, uint64_t entity) {
  RdHost *host = layer->host;
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_INHERIT,
                            .at = host->now(host) + layer->keep_alive,
                            .cookie = rd_cookie(layer->pings, conn),
                            .entity = entity};
  if (layer->keep_alive > 0 && rd_sip_connections_is_own(layer->connections, conn))
    host->timer(host, &spec);
}

static void ping_due(void *block, uint64_t conn) {
  RdSipLayer *layer = block;
  uint64_t entity;
  if (rd_sip_connections_ping(layer->connections, conn, &entity))
    keep_alive(layer, conn, entity);
}

void rd_tx_receive_stream(RdSipLayer *layer, const RdMessage *m) {
  RdHost *host = layer->host;
  const bool broken = m->kind == RD_DATA && (m->flags & RD_UNFRAMED);
  if (m->kind == RD_DATA && !broken) {
    pong(layer, m);
    return;
  }
  if (broken) /* s18.3: nothing more can be read from it */
    host->close(host, m->conn);
  if (layer->connections && broken)
    rd_sip_connections_forget(layer->connections, m->conn);
  else if (layer->connections)
    rd_sip_connections_receive(layer->connections, m);
  if (m->kind == RD_OPENED) {
    opened(layer, m->conn);
    if (layer->connections)
      keep_alive(layer, m->conn, m->entity);
    return;
  }
  host->count(host, m->kind == RD_REFUSED ? layer->refused : layer->broken, 1);
  fail(layer, m->conn, m->kind == RD_REFUSED);
}

void rd_sip_layer_set_tcp(RdSipLayer *layer, uint32_t connections) {
  if (layer->connections)
    return;
  layer->connections = rd_sip_connections_new(layer->host, connections, lost, layer);
  layer->refused = layer->host->counter(layer->host, "connections-refused");
  layer->broken = layer->host->counter(layer->host, "connections-broken");
}

void rd_sip_layer_keep_alive(RdSipLayer *layer, RdCookies *cookies, RdTime every) {
  layer->keep_alive = every;
  layer->pings = rd_cookies_claim(cookies, ping_due, layer);
}

void rd_sip_listen_tcp(RdHost *host, const RdActorSetup *setup) {
  for (uint32_t i = 0; i < setup->n_attachments; i++) {
    const RdListen at = {.size = sizeof at,
                         .attachment = (uint16_t)i,
                         .port = RD_SIP_PORT,
                         .transport = RD_TCP,
                         .protocol = RD_PROTO_SIP};
    host->listen(host, &at);
  }
}
