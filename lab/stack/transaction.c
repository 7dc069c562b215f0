#include "lab/stack/transaction.h"

#include <stdlib.h>
#include <string.h>

#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/scan.h"
#include "lab/sip/stateless.h"
#include "lab/stack/transaction_store.h"
#include "lab/stack/transaction_stream.h"

#define KEY_PURPOSE UINT32_C(0x7478) /* "tx": the layer's own draw */

/* --- timers --- */

void rd_tx_stop(RdSipTransaction *tx, RdTimer *timer) {
  RdHost *host = tx->layer->host;
  host->cancel(host, *timer);
  *timer = 0;
}

void rd_tx_arm(RdSipTransaction *tx, RdTimer *timer, RdTime after) {
  RdHost *host = tx->layer->host;
  rd_tx_stop(tx, timer);
  RdTimerSpec spec = {.size = sizeof spec,
                      .cause = RD_INHERIT,
                      .at = host->now(host) + after,
                      .cookie = rd_tx_cookie(tx, timer == &tx->guard),
                      .entity = tx->entity};
  *timer = host->timer(host, &spec);
}

/* RFC 3261 table 4, RFC 6026 s7. A wait that is zero still takes a turn of the clock, so that no
 * transaction ends under its user's hands. */
static RdTime guard_time(const RdSipTransaction *tx, char letter) {
  const RdSipTimers *t = tx->timers;
  switch (letter) {
  case 'D':
    return tx->stream ? 0 : t->t_d;
  case 'I':
  case 'K':
    return tx->stream ? 0 : t->t4;
  case 'J':
    return tx->stream && !tx->waits ? 0 : 64 * t->t1; /* what waits has not left yet */
  default: /* B, F, H, L, M */
    return 64 * t->t1;
  }
}

/* `again`: it has just fired. A doubles for ever, the others up to T2. */
void rd_tx_arm_retransmit(RdSipTransaction *tx, char letter, bool again) {
  const RdSipTimers *t = tx->timers;
  if (letter == 'X' ? !tx->wants_ack : tx->stream) {
    rd_tx_stop(tx, &tx->retransmit);
    return;
  }
  tx->interval = again ? tx->interval * 2 : t->t1;
  if (letter == 'e' || (letter != 'A' && tx->interval > t->t2))
    tx->interval = t->t2;
  rd_tx_arm(tx, &tx->retransmit, tx->interval);
}

static void choose_timers(RdSipTransaction *tx) {
  RdSipLayer *layer = tx->layer;
  bool radio =
      layer->ops.over_radio && layer->ops.over_radio(layer->user, tx->attachment, &tx->remote);
  tx->timers = radio ? &layer->radio : &layer->timers;
}

static void set_timers(RdSipTransaction *tx, const RdTxStep *step, RdTxEvent event) {
  if (step->retransmit == '-')
    rd_tx_stop(tx, &tx->retransmit);
  else if (step->retransmit)
    rd_tx_arm_retransmit(tx, step->retransmit, event == RD_TX_RETRANSMIT);
  if (step->guard == '-')
    rd_tx_stop(tx, &tx->guard);
  else if (step->guard)
    rd_tx_arm(tx, &tx->guard, guard_time(tx, step->guard));
}

/* --- the wire --- */

static bool send_bytes(RdSipTransaction *tx, const void *bytes, size_t len) {
  RdHost *host = tx->layer->host;
  if (tx->layer->connections && tx->stream && !tx->conn) /* it is gone */
    return false;
  RdSend s = {.size = sizeof s,
              .attachment = tx->attachment,
              .protocol = RD_PROTO_SIP,
              .entity = tx->entity,
              .conn = tx->conn,
              .local = tx->local,
              .remote = tx->remote,
              .bytes = bytes,
              .len = len};
  return host->send(host, &s);
}

/* True, too, of what waits for its connection: it leaves as that opens. */
bool rd_tx_send_request(RdSipTransaction *tx) {
  if (tx->waits)
    return true;
  return send_bytes(tx, tx->request, tx->request_len);
}

bool rd_tx_send_response(RdSipTransaction *tx) {
  if (tx->layer->connections && tx->stream && !tx->conn && !rd_tx_connect_back(tx))
    return false;
  return tx->waits || send_bytes(tx, tx->response, tx->response_len);
}

static void line(RdText *t, const char *name, RdSlice value) {
  rd_text_add(t, name);
  rd_text_slice(t, value);
  rd_text_add(t, "\r\n");
}

size_t rd_sip_follow_up(const RdSip *invite, const char *method, RdSlice to, char *buffer,
                        size_t cap) {
  RdText t = rd_text(buffer, cap);
  rd_text_add(&t, method);
  rd_text_char(&t, ' ');
  rd_text_slice(&t, invite->uri);
  rd_text_add(&t, " SIP/2.0\r\n");
  line(&t, "Via: ", invite->via);
  for (const RdSipHeader *h = rd_sip_first(invite, RD_HDR_ROUTE); h; h = rd_sip_next(invite, h))
    line(&t, "Route: ", h->value);
  line(&t, "From: ", invite->from);
  line(&t, "To: ", to);
  line(&t, "Call-ID: ", invite->call_id);
  rd_text_add(&t, "CSeq: ");
  rd_text_uint(&t, invite->cseq);
  rd_text_char(&t, ' ');
  rd_text_add(&t, method);
  rd_text_add(&t, "\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n");
  return t.full ? 0 : t.len;
}

/* The ACK of a 3xx-6xx is the transaction's own. */
static void send_ack(RdSipTransaction *tx, const RdSip *response) {
  RdSipScan scan;
  if (!rd_sip_scan(&scan, tx->request, tx->request_len, RD_SIP_DATAGRAM))
    return;
  size_t cap = tx->request_len + response->to.len + 128;
  char *buffer = malloc(cap);
  if (!buffer)
    abort();
  size_t len = rd_sip_follow_up(&scan.sip, "ACK", response->to, buffer, cap);
  if (len > 0)
    send_bytes(tx, buffer, len);
  free(buffer);
}

/* --- the machine --- */

static void settle(RdSipTransaction *tx) {
  if (tx->state != RD_TX_TERMINATED)
    return;
  if (tx->slot != RD_TX_NO_SLOT)
    rd_tx_retire(tx);
  if (tx->busy > 0)
    return;
  tx->busy++; /* ended() may well abandon() it */
  if (tx->layer->ops.ended)
    tx->layer->ops.ended(tx->layer->user, tx);
  rd_tx_free(tx);
}

static void tell(RdSipTransaction *tx, unsigned actions, RdTxEvent event, const RdMessage *m) {
  const RdSipLayerOps *ops = &tx->layer->ops;
  void *user = tx->layer->user;
  if ((actions & RD_TX_UP) && rd_sip_is_server(tx))
    ops->request(user, event == RD_TX_BEGIN ? tx : NULL, m);
  else if (actions & RD_TX_UP)
    ops->response(user, tx, m, m->sip->status);
  if (actions & RD_TX_TIMEOUT)
    ops->response(user, tx, NULL, 408);
  if (actions & RD_TX_FAILURE)
    ops->response(user, tx, NULL, 503);
  if ((actions & RD_TX_NO_ACK) && ops->no_ack && (tx->state != RD_TX_ACCEPTED || tx->wants_ack))
    ops->no_ack(user, tx);
}

/* Nothing of the request is sent or looked at any more: neither by an ACK nor by another connection. */
static bool is_answered_for_good(const RdSipTransaction *tx) {
  return tx->machine == RD_TX_CLIENT_OTHER || tx->machine == RD_TX_SERVER_OTHER;
}

/* Takes one step; false if the event cannot be, or if nothing could be sent. */
bool rd_tx_advance(RdSipTransaction *tx, RdTxEvent event, const RdMessage *m) {
  const RdTxStep *step = rd_tx_step(tx->machine, tx->state, event);
  const unsigned actions = step ? step->base.actions : 0;
  bool sent = true;
  if (!step) {
    tx->layer->host->count(tx->layer->host, tx->layer->impossible, 1);
    return false;
  }
  tx->busy++;
  if (actions & RD_TX_SEND)
    sent = rd_tx_send_request(tx);
  if (actions & (RD_TX_RESPOND | RD_TX_RESEND) && tx->response)
    sent = rd_tx_send_response(tx);
  if (actions & RD_TX_SEND_ACK)
    send_ack(tx, m->sip);
  if (event == RD_TX_ACK || event == RD_TX_ACK_2XX)
    tx->wants_ack = false;
  set_timers(tx, step, event);
  if (!(actions & RD_TX_NO_ACK))
    tx->state = step->base.next;
  tell(tx, actions, event, m);
  if (actions & RD_TX_NO_ACK)
    tx->state = step->base.next;
  tx->busy--;
  if (tx->state == RD_TX_COMPLETED && !tx->stream && tx->request_len > 0 &&
      is_answered_for_good(tx))
    rd_tx_forget_request(tx);
  if (!sent && !rd_sip_is_server(tx) && event != RD_TX_BEGIN && tx->state != RD_TX_TERMINATED)
    return rd_tx_advance(tx, RD_TX_ERROR, NULL);
  settle(tx);
  return sent;
}

static RdTxEvent status_event(unsigned status) {
  return status < 200 ? RD_TX_1XX : status < 300 ? RD_TX_2XX : RD_TX_3_6XX;
}

/* --- arrivals --- */

/* s18.2.2, RFC 3581: back to the source, at the port of Via unless it asks for the source's. */
static RdAddress reply_to(const RdMessage *m) {
  RdAddress to = m->remote;
  RdSlice rest = m->sip->via;
  if (m->conn || (m->sip->defects & RD_SIP_BAD_VIA))
    return to;
  const char *semicolon = rest.len ? memchr(rest.at, ';', rest.len) : NULL;
  if (semicolon) {
    rest = rd_slice_of(semicolon + 1, rest.len - (uint32_t)(semicolon - rest.at) - 1);
    if (rd_sip_param(rest, "rport").at)
      return to;
  }
  rd_tx_via_port(m->sip, &to.port);
  return to;
}

static void refuse(RdSipLayer *layer, const RdMessage *m, uint16_t code) {
  char buffer[4096];
  RdVerdict verdict = {.size = sizeof verdict, .action = RD_REJECT, .code = code};
  size_t len = rd_sip_refuse(m->sip, &verdict, layer->key, buffer, sizeof buffer);
  if (len == 0)
    return;
  RdSend s = {.size = sizeof s,
              .attachment = m->attachment,
              .protocol = RD_PROTO_SIP,
              .entity = m->entity,
              .conn = m->conn,
              .local = m->local,
              .remote = reply_to(m),
              .bytes = (const uint8_t *)buffer,
              .len = len};
  layer->host->send(layer->host, &s);
}

static void receive_ack(RdSipLayer *layer, const RdMessage *m) {
  RdSipTransaction *tx = rd_tx_find_server(layer, m, "INVITE");
  RdTxEvent event = RD_TX_ACK;
  if (!tx && rd_sip_is_refusal_ack(m->sip, layer->key))
    return;
  if (!tx) {
    tx = rd_tx_find_dialog(layer, m);
    event = RD_TX_ACK_2XX;
  }
  if (tx)
    rd_tx_advance(tx, event, m);
  else
    layer->ops.request(layer->user, NULL, m);
}

static void receive_request(RdSipLayer *layer, const RdMessage *m) {
  RdSipTransaction *tx = rd_tx_find_server(layer, m, NULL);
  if (tx) {
    rd_tx_advance(tx, RD_TX_REQUEST, m);
    return;
  }
  tx = rd_tx_create(layer, m->sip, m->bytes, m->len, m->entity, true);
  if (!tx) {
    refuse(layer, m, 503);
    return;
  }
  tx->attachment = m->attachment;
  rd_tx_bind(tx, m->conn);
  tx->local = m->local;
  tx->remote = reply_to(m);
  tx->stream = m->conn != 0 || m->remote.transport > RD_UDP;
  choose_timers(tx);
  rd_tx_note_alias(layer, m);
  rd_tx_advance(tx, RD_TX_BEGIN, m);
}

static void receive_response(RdSipLayer *layer, const RdMessage *m) {
  RdSipTransaction *tx = rd_tx_find_client(layer, m);
  if (tx)
    rd_tx_advance(tx, status_event(m->sip->status), m);
  else if (layer->ops.stray)
    layer->ops.stray(layer->user, m);
}

/* A datagram came back: a port is closed. */
static void receive_unreachable(RdSipLayer *layer, const RdMessage *m) {
  for (uint32_t i = 0; i < layer->n_slots; i++) {
    RdSipTransaction *tx = layer->slots[i];
    if (tx && tx->entity == m->entity && !tx->conn && !rd_sip_is_server(tx) &&
        memcmp(&tx->remote, &m->remote, sizeof tx->remote) == 0)
      rd_tx_advance(tx, RD_TX_ERROR, NULL);
  }
}

void rd_sip_layer_receive(RdSipLayer *layer, const RdMessage *m) {
  const uint32_t unusable = RD_SIP_UNSCANNABLE | RD_SIP_MISSING_HEADER | RD_SIP_BAD_CSEQ;
  if (m->conn && (m->kind != RD_DATA || m->len == 0 || (m->flags & RD_UNFRAMED))) {
    rd_tx_receive_stream(layer, m);
    return;
  }
  if (m->kind == RD_CLOSED || m->kind == RD_REFUSED)
    receive_unreachable(layer, m);
  if (m->kind != RD_DATA || !m->sip || (m->sip->defects & unusable))
    return;
  if (!m->sip->is_request)
    receive_response(layer, m);
  else if (m->sip->method == RD_SIP_ACK)
    receive_ack(layer, m);
  else if (m->sip->defects & RD_SIP_CSEQ_METHOD)
    refuse(layer, m, 400);
  else
    receive_request(layer, m);
}

static void timer_fired(void *block, uint64_t cookie) {
  bool guard;
  RdSipTransaction *tx = rd_tx_of_cookie(block, cookie, &guard);
  if (!tx)
    return;
  *(guard ? &tx->guard : &tx->retransmit) = 0;
  rd_tx_advance(tx, tx->failed ? RD_TX_ERROR : guard ? RD_TX_GUARD : RD_TX_RETRANSMIT, NULL);
}

/* --- the user's side --- */

RdSipTransaction *rd_sip_client(RdSipLayer *layer, const RdSend *request, void *context) {
  RdSipScan scan;
  if (!rd_sip_scan_identity(&scan, request->bytes, request->len) || !scan.sip.is_request ||
      scan.sip.method == RD_SIP_ACK || !scan.sip.via_branch.at)
    return NULL;
  RdSipTransaction *tx =
      rd_tx_create(layer, &scan.sip, request->bytes, request->len, request->entity, false);
  if (!tx)
    return NULL;
  tx->context = context;
  tx->attachment = request->attachment;
  rd_tx_bind(tx, request->conn);
  tx->local = request->local;
  tx->remote = request->remote;
  tx->stream = request->conn != 0 || request->remote.transport > RD_UDP;
  choose_timers(tx);
  rd_tx_choose_transport(tx, &scan.sip);
  if (!rd_tx_advance(tx, RD_TX_BEGIN, NULL)) {
    rd_tx_fail_later(tx);
  }
  return tx;
}

bool rd_sip_send(RdSipLayer *layer, const RdSend *request) {
  return layer->connections ? rd_tx_send_alone(layer, request)
                            : layer->host->send(layer->host, request);
}

bool rd_sip_respond(RdSipTransaction *tx, const void *bytes, size_t len, unsigned status,
                    bool reliable) {
  RdTxEvent event = status_event(status);
  if (!rd_sip_is_server(tx) || !rd_tx_step(tx->machine, tx->state, event))
    return false;
  rd_tx_keep_response(tx, bytes, len);
  if (reliable && event == RD_TX_2XX && tx->method == RD_SIP_INVITE)
    rd_tx_expect_ack(tx);
  return rd_tx_advance(tx, event, NULL);
}

void rd_sip_abandon(RdSipTransaction *tx) {
  tx->state = RD_TX_TERMINATED;
  settle(tx);
}

RdSipTransaction *rd_sip_cancelled(RdSipLayer *layer, const RdMessage *cancel) {
  return cancel->sip ? rd_tx_find_server(layer, cancel, "INVITE") : NULL;
}

static RdSipTimers timers_or(const RdSipTimers *given, RdSipTimers fallback) {
  if (!given)
    return fallback;
  return (RdSipTimers){.t1 = given->t1 > 0 ? given->t1 : fallback.t1,
                       .t2 = given->t2 > 0 ? given->t2 : fallback.t2,
                       .t4 = given->t4 > 0 ? given->t4 : fallback.t4,
                       .t_d = given->t_d > 0 ? given->t_d : fallback.t_d};
}

void rd_sip_layer_set_radio(RdSipLayer *layer, const RdSipTimers *timers) {
  RdSipTimers radio = RD_SIP_RADIO_TIMERS;
  if (timers->t1 > 0)
    radio.t_d = 64 * timers->t1;
  layer->radio = timers_or(timers, radio);
}

RdSipLayer *rd_sip_layer_new(RdHost *host, RdCookies *cookies, const RdSipTimers *timers,
                             uint32_t capacity, const RdSipLayerOps *ops, void *user) {
  RdSipLayer *layer = rd_alloc(sizeof *layer);
  layer->host = host;
  layer->impossible = host->counter(host, RD_IMPOSSIBLE);
  layer->cookies = rd_cookies_claim(cookies, timer_fired, layer);
  layer->timers = timers_or(
      timers, (RdSipTimers){500 * RD_MILLISECOND, 4 * RD_SECOND, 5 * RD_SECOND, 32 * RD_SECOND});
  layer->radio = RD_SIP_RADIO_TIMERS;
  layer->ops = *ops;
  layer->user = user;
  layer->capacity = capacity > 0 ? capacity : 1;
  for (uint64_t i = 0; i < 2; i++)
    layer->key[i] = host->random(host, 0, KEY_PURPOSE, i);
  rd_tx_store_init(layer);
  return layer;
}

void rd_sip_layer_free(RdSipLayer *layer) {
  if (!layer)
    return;
  for (uint32_t i = 0; i < layer->n_slots; i++)
    if (layer->slots[i])
      rd_sip_abandon(layer->slots[i]);
  rd_sip_connections_free(layer->connections);
  rd_tx_store_free(layer);
  free(layer);
}

/* --- questions --- */

uint32_t rd_sip_layer_count(const RdSipLayer *layer) {
  return layer->count;
}

uint32_t rd_sip_layer_peak(const RdSipLayer *layer) {
  return layer->peak;
}

void *rd_sip_context(const RdSipTransaction *tx) {
  return tx->context;
}

void rd_sip_set_context(RdSipTransaction *tx, void *context) {
  tx->context = context;
}

bool rd_sip_is_server(const RdSipTransaction *tx) {
  return tx->machine >= RD_TX_SERVER_INVITE;
}

RdSipMethod rd_sip_tx_method(const RdSipTransaction *tx) {
  return tx->method;
}

const uint8_t *rd_sip_tx_request(const RdSipTransaction *tx, size_t *ret_len) {
  *ret_len = tx->request_len;
  return tx->request;
}

const RdAddress *rd_sip_tx_remote(const RdSipTransaction *tx) {
  return &tx->remote;
}

uint16_t rd_sip_tx_attachment(const RdSipTransaction *tx) {
  return tx->attachment;
}

RdConn rd_sip_tx_conn(const RdSipTransaction *tx) {
  return tx->conn;
}

uint64_t rd_sip_tx_entity(const RdSipTransaction *tx) {
  return tx->entity;
}

RdTime rd_sip_tx_t1(const RdSipTransaction *tx) {
  return tx->timers->t1;
}

/* --- branches --- */

void rd_sip_branch(uint64_t bits, char ret[RD_SIP_BRANCH]) {
  RdText t = rd_text(ret, RD_SIP_BRANCH);
  rd_text_add(&t, "z9hG4bK");
  rd_text_hex(&t, bits, 16);
}

/* Method and To tag stay out, so that CANCEL and the ACK of a failure get their INVITE's branch. */
void rd_sip_proxy_branch(const uint64_t key[2], const RdSip *request, char ret[RD_SIP_BRANCH]) {
  const RdSlice parts[] = {request->via, request->call_id, request->from_tag, request->uri};
  uint64_t h = request->cseq;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    const uint64_t mixed[2] = {key[0] ^ h, key[1] + i};
    h = rd_siphash(mixed, parts[i].at ? parts[i].at : "", parts[i].len);
  }
  rd_sip_branch(h, ret);
}
