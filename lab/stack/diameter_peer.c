/* Peers: connections, capabilities, watchdog (RFC 6733 s5, RFC 3539). */
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/stack/diameter_private.h"

#define JITTER_PURPOSE UINT32_C(0x6469) /* "di" */
#define PORT 3868

static uint32_t index_of(const RdDiaPeer *p) {
  return (uint32_t)(p - p->dia->peers);
}

/* --- timers --- */

static void arm(RdDiaPeer *p, RdTime after) {
  RdHost *host = p->dia->host;
  host->cancel(host, p->timer);
  /* a clean cause: whether a peer lives is nobody's doing */
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_NEW,
                            .at = host->now(host) + after,
                            .cookie = rd_cookie(p->dia->peer_cookies, index_of(p))};
  p->timer = host->timer(host, &spec);
}

/* RFC 3539 s3.4.1: two seconds about Tw, so that peers do not ask in step. */
static RdTime watchdog(const RdDiaPeer *p) {
  RdHost *host = p->dia->host;
  const RdTime tw = p->dia->config->watchdog;
  if (tw < 6 * RD_SECOND)
    return tw;
  const uint64_t draw = host->random(host, index_of(p), JITTER_PURPOSE, (uint64_t)host->now(host));
  return tw - 2 * RD_SECOND + (RdTime)(draw % (uint64_t)(4 * RD_SECOND));
}

static void watch(RdDiaPeer *p) {
  const bool alive =
      p->state == RD_PEER_OPEN || p->state == RD_PEER_PROBING || p->state == RD_PEER_SUSPECT;
  arm(p, alive ? watchdog(p) : p->dia->config->timeout);
}

/* --- messages of the base protocol --- */

bool rd_dia_write(RdDia *dia, const RdDiaPeer *p, const void *bytes, size_t len) {
  const RdSend send = {.size = sizeof send,
                       .attachment = p->attachment,
                       .protocol = RD_PROTO_DIAMETER,
                       .conn = p->conn,
                       .remote = p->address,
                       .bytes = bytes,
                       .len = len};
  if (len == 0 || p->conn == 0)
    return false;
  dia->host->spend(dia->host, dia->cost, (uint32_t)len, 0);
  dia->host->count(dia->host, dia->n.sent, 1);
  return dia->host->send(dia->host, &send);
}

static void add_origin(const RdDia *dia, RdDiaBuild *b) {
  rd_dia_add_text(b, RD_AVP_ORIGIN_HOST, dia->name);
  rd_dia_add_text(b, RD_AVP_ORIGIN_REALM, dia->config->realm);
}

static const RdAttachment *attachment_of(const RdDia *dia, uint16_t n) {
  const char *at = (const char *)dia->setup->attachments;
  return (const RdAttachment *)(const void *)(at + (size_t)n * dia->setup->attachment_stride);
}

/* s5.3.1: what CER and CEA have in common behind their origin. */
static void add_capabilities(const RdDia *dia, const RdDiaPeer *p, RdDiaBuild *b) {
  rd_dia_add_address(b, RD_AVP_HOST_IP_ADDRESS, &attachment_of(dia, p->attachment)->first);
  rd_dia_add_number(b, RD_AVP_VENDOR_ID, 0);
  rd_dia_add_text(b, RD_AVP_PRODUCT_NAME, "Redoubt");
  rd_dia_add_number(b, RD_AVP_ORIGIN_STATE_ID, dia->state_id);
  rd_dia_add_number(b, RD_AVP_SUPPORTED_VENDOR_ID, RD_3GPP);
  rd_dia_add_application(b, dia->application);
}

static void send_base_request(RdDiaPeer *p, uint32_t command) {
  RdDia *dia = p->dia;
  uint8_t room[512];
  /* its answer is known by its command: these identifiers need not be found again */
  RdDiaBuild b = rd_dia_build(room, sizeof room, RD_DIA_REQUEST, command, RD_DIA_COMMON,
                              (uint32_t)(++dia->generation << 20), ++dia->end_to_end);
  add_origin(dia, &b);
  if (command == RD_DIA_CAPABILITIES_EXCHANGE)
    add_capabilities(dia, p, &b);
  else
    rd_dia_add_number(&b, RD_AVP_ORIGIN_STATE_ID, dia->state_id);
  rd_dia_write(dia, p, room, rd_dia_finish(&b));
}

static void send_base_answer(RdDiaPeer *p, const RdDiameter *request, uint32_t result) {
  RdDia *dia = p->dia;
  uint8_t room[512];
  RdDiaBuild b =
      rd_dia_build(room, sizeof room, result / 1000 == 3 ? RD_DIA_ERROR : 0, request->command,
                   RD_DIA_COMMON, request->hop_by_hop, request->end_to_end);
  rd_dia_add_number(&b, RD_AVP_RESULT_CODE, result);
  add_origin(dia, &b);
  if (request->command == RD_DIA_CAPABILITIES_EXCHANGE)
    add_capabilities(dia, p, &b);
  else if (request->command == RD_DIA_DEVICE_WATCHDOG)
    rd_dia_add_number(&b, RD_AVP_ORIGIN_STATE_ID, dia->state_id);
  rd_dia_write(dia, p, room, rd_dia_finish(&b));
}

/* --- whom to speak with --- */

/* The name a node of our realm has; the list's "*" is anybody. */
static bool is_welcome(const RdDia *dia, const RdDiameter *cer) {
  char name[RD_DIA_NAME];
  for (const char *const *one = dia->config->accept; one && *one; one++) {
    if (strcmp(*one, "*") == 0)
      return true;
    rd_dia_name(*one, dia->config->realm, name);
    if (rd_slice_is_nocase(cer->origin_host, name) &&
        rd_slice_is_nocase(cer->origin_realm, dia->config->realm))
      return true;
  }
  return false;
}

static bool speaks(const RdDiameter *m, uint32_t application) {
  uint32_t n;
  for (unsigned i = 0; i < m->n_avps; i++) {
    const RdAvp *avp = rd_dia_avp(m, i);
    RdSlice value = avp->data;
    if (rd_avp_id(avp) == RD_AVP_VENDOR_SPECIFIC_APPLICATION_ID)
      value = rd_dia_in(avp->data, RD_AVP_AUTH_APPLICATION_ID);
    else if (rd_avp_id(avp) != RD_AVP_AUTH_APPLICATION_ID)
      continue;
    if (rd_dia_unsigned32(value, &n) && (n == application || n == RD_DIA_RELAY))
      return true;
  }
  return false;
}

/* What a CER deserves. */
static uint32_t judge_cer(const RdDia *dia, const RdDiameter *cer) {
  if (cer->defects & (RD_DIA_MISSING | RD_DIA_AVP_SHORT | RD_DIA_AVP_LONG) ||
      cer->origin_host.len >= RD_DIA_NAME)
    return RD_DIA_MISSING_AVP;
  if (!is_welcome(dia, cer))
    return RD_DIA_UNKNOWN_PEER;
  return speaks(cer, dia->application) ? RD_DIA_SUCCESS : RD_DIA_NO_COMMON_APPLICATION;
}

RdDiaPeer *rd_dia_peer_of(RdDia *dia, RdConn conn) {
  for (unsigned i = 0; i < RD_DIA_PEERS + RD_DIA_ACCEPTED; i++)
    if (dia->peers[i].used && dia->peers[i].conn == conn)
      return &dia->peers[i];
  return NULL;
}

uint32_t rd_dia_peer_for(const RdDia *dia, const char *host) {
  uint32_t any = RD_DIA_NO_PEER;
  for (unsigned i = 0; i < RD_DIA_PEERS + RD_DIA_ACCEPTED; i++) {
    const RdDiaPeer *p = &dia->peers[i];
    if (!p->used || (p->state != RD_PEER_OPEN && p->state != RD_PEER_PROBING))
      continue;
    if (host[0] && strcmp(p->name, host) == 0)
      return i;
    if (any == RD_DIA_NO_PEER && !p->accepted)
      any = i;
  }
  return any;
}

/* --- the machine --- */

static void connect(RdDiaPeer *p) {
  RdHost *host = p->dia->host;
  const RdConnect to = {.size = sizeof to,
                        .attachment = p->attachment,
                        .protocol = RD_PROTO_DIAMETER,
                        .remote = p->address};
  p->conn = host->connect(host, &to);
}

static void close_conn(RdDiaPeer *p) {
  RdHost *host = p->dia->host;
  if (p->conn)
    host->close(host, p->conn);
  p->conn = 0;
}

/* Who was accepted is forgotten; who we connect to is tried again. */
static void retry(RdDiaPeer *p) {
  RdDia *dia = p->dia;
  p->conn = 0;
  if (!p->accepted) {
    arm(p, dia->config->reconnect);
    return;
  }
  dia->host->cancel(dia->host, p->timer);
  *p = (RdDiaPeer){.dia = dia};
}

/* `message` and `result` are those that the event is about, if it is about one. */
static void meet(RdDiaPeer *p, RdPeerEvent event, const RdDiameter *message, uint32_t result) {
  RdDia *dia = p->dia;
  const uint32_t index = index_of(p);
  const unsigned does =
      rd_machine_take(&rd_diameter_peer, &p->state, event, dia->host, dia->n.impossible);
  if (does & RD_PEER_DO_CONNECT)
    connect(p);
  if (does & RD_PEER_SEND_CER)
    send_base_request(p, RD_DIA_CAPABILITIES_EXCHANGE);
  if (does & RD_PEER_SEND_CEA)
    send_base_answer(p, message, result);
  if (does & RD_PEER_SEND_DWR)
    send_base_request(p, RD_DIA_DEVICE_WATCHDOG);
  if (does & RD_PEER_SEND_DPA)
    send_base_answer(p, message, RD_DIA_SUCCESS);
  if (does & RD_PEER_CLOSE)
    close_conn(p);
  if (does & RD_PEER_WATCH)
    watch(p);
  if (does & RD_PEER_UP)
    rd_dia_peer_up(dia);
  if (does & RD_PEER_RETRY) {
    if (event != RD_PEER_REFUSED)
      dia->host->count(dia->host, dia->n.lost, 1);
    retry(p);
  }
  if (does & RD_PEER_FAIL_OVER)
    rd_dia_fail_over(dia, index);
  if ((does & RD_PEER_DO_CONNECT) && p->conn == 0)
    meet(p, RD_PEER_REFUSED, NULL, 0);
  if (!(does & RD_PEER_HAND_UP) || !message)
    return;
  if (message->is_request && message->command == RD_DIA_DEVICE_WATCHDOG)
    send_base_answer(p, message, RD_DIA_SUCCESS);
  else if (message->command != RD_DIA_DEVICE_WATCHDOG)
    rd_dia_hand_up(dia, p, message);
}

void rd_dia_peer_timer(void *block, uint64_t own) {
  RdDia *dia = block;
  RdDiaPeer *p = own < RD_DIA_PEERS + RD_DIA_ACCEPTED ? &dia->peers[own] : NULL;
  if (!p || !p->used)
    return;
  p->timer = 0;
  meet(p, p->state == RD_PEER_CLOSED ? RD_PEER_CONNECT : RD_PEER_SILENCE, NULL, 0);
}

/* --- what arrives --- */

static void receive_cer(RdDiaPeer *p, const RdDiameter *cer) {
  RdDia *dia = p->dia;
  const uint32_t result = judge_cer(dia, cer);
  if (result == RD_DIA_SUCCESS && p->state == RD_PEER_WAITING)
    rd_slice_copy(cer->origin_host, p->name, sizeof p->name);
  if (result == RD_DIA_UNKNOWN_PEER)
    dia->host->count(dia->host, dia->n.unknown_peers, 1);
  meet(p, result == RD_DIA_SUCCESS ? RD_PEER_CER : RD_PEER_BAD_CER, cer, result);
}

/* A CEA from another than the one we wanted is none. */
static void receive_cea(RdDiaPeer *p, const RdDiameter *cea) {
  const bool good = cea->result == RD_DIA_SUCCESS && speaks(cea, p->dia->application) &&
                    rd_slice_is_nocase(cea->origin_host, p->name);
  meet(p, good ? RD_PEER_CEA : RD_PEER_BAD_CEA, cea, 0);
}

static void receive_message(RdDiaPeer *p, const RdDiameter *m) {
  RdDia *dia = p->dia;
  dia->host->spend(dia->host, dia->cost, m->length, 0);
  dia->host->count(dia->host, dia->n.received, 1);
  if (m->command == RD_DIA_CAPABILITIES_EXCHANGE && m->is_request)
    receive_cer(p, m);
  else if (m->command == RD_DIA_CAPABILITIES_EXCHANGE)
    receive_cea(p, m);
  else if (m->command == RD_DIA_DISCONNECT_PEER && m->is_request)
    meet(p, RD_PEER_DPR, m, 0);
  else
    meet(p, RD_PEER_MESSAGE, m, 0);
}

static void accept(RdDia *dia, const RdMessage *m) {
  for (unsigned i = RD_DIA_PEERS; i < RD_DIA_PEERS + RD_DIA_ACCEPTED; i++) {
    RdDiaPeer *p = &dia->peers[i];
    if (p->used)
      continue;
    *p = (RdDiaPeer){.dia = dia,
                     .used = true,
                     .accepted = true,
                     .conn = m->conn,
                     .attachment = m->attachment,
                     .address = m->remote};
    meet(p, RD_PEER_ACCEPTED, NULL, 0);
    return;
  }
  dia->host->count(dia->host, dia->n.full, 1);
  dia->host->close(dia->host, m->conn);
}

bool rd_dia_receive(RdDia *dia, const RdMessage *m) {
  if (m->protocol != RD_PROTO_DIAMETER)
    return false;
  RdDiaPeer *p = m->conn ? rd_dia_peer_of(dia, m->conn) : NULL;
  switch (m->kind) {
  case RD_OPENED:
    if (p)
      meet(p, RD_PEER_OPENED, NULL, 0);
    else
      accept(dia, m);
    break;
  case RD_REFUSED:
  case RD_CLOSED:
    if (p)
      p->conn = 0;
    if (p)
      meet(p, m->kind == RD_REFUSED ? RD_PEER_REFUSED : RD_PEER_LOST, NULL, 0);
    break;
  case RD_DATA:
    if (p && !(m->flags & RD_UNFRAMED) && rd_dia_scan(&dia->scan, m->bytes, m->len)) {
      receive_message(p, &dia->scan.dia);
    } else if (p) {
      close_conn(p);
      meet(p, RD_PEER_LOST, NULL, 0);
    }
    break;
  default:
    break;
  }
  return true;
}
