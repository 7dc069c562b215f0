/* Requests and answers, and what waits (RFC 6733 s6). */
#include "lab/stack/diameter.h"

#include <string.h>

#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/stack/diameter_private.h"

#define KEY_PURPOSE UINT32_C(0x6464) /* "dd" */
#define SLOT_BITS 20 /* of a hop-by-hop identifier; the rest tells its uses apart */
_Static_assert(1000000 < 1 << SLOT_BITS, "diameter-pending fits");

void rd_dia_name(const char *node, const char *realm, char ret[RD_DIA_NAME]) {
  RdText t = rd_text(ret, RD_DIA_NAME);
  rd_text_add(&t, node);
  rd_text_char(&t, '.');
  rd_text_add(&t, realm);
}

/* --- slots --- */

static RdDiaWaiting *slot_new(RdDia *dia) {
  if (dia->n_free > 0)
    return &dia->waiting[dia->free_slots[--dia->n_free]];
  if (dia->n_waiting == (uint64_t)dia->config->pending)
    return NULL;
  if (dia->n_waiting == dia->cap_waiting) {
    dia->cap_waiting = dia->cap_waiting ? dia->cap_waiting * 2 : 64;
    dia->waiting = realloc(dia->waiting, dia->cap_waiting * sizeof *dia->waiting);
    dia->free_slots = realloc(dia->free_slots, dia->cap_waiting * sizeof *dia->free_slots);
    if (!dia->waiting || !dia->free_slots)
      abort();
  }
  RdDiaWaiting *w = &dia->waiting[dia->n_waiting++];
  memset(w, 0, sizeof *w);
  return w;
}

static uint32_t slot_of(const RdDia *dia, const RdDiaWaiting *w) {
  return (uint32_t)(w - dia->waiting);
}

/* The context of one that is over. */
static uint64_t slot_free(RdDia *dia, RdDiaWaiting *w) {
  dia->host->cancel(dia->host, w->timer);
  w->timer = 0;
  w->len = 0;
  dia->free_slots[dia->n_free++] = slot_of(dia, w);
  return w->context;
}

uint32_t rd_dia_pending(const RdDia *dia) {
  return dia->n_waiting - dia->n_free;
}

/* --- requests --- */

/* To whoever is up; each hop has identifiers of its own (s6.1.1), and who gets it a second time is told. */
static void dispatch(RdDia *dia, RdDiaWaiting *w, bool again) {
  w->peer = rd_dia_peer_for(dia, w->host);
  if (w->peer == RD_DIA_NO_PEER)
    return;
  w->hop_by_hop = (uint32_t)(++dia->generation << SLOT_BITS) | slot_of(dia, w);
  for (int i = 0; i < 4; i++)
    w->bytes[12 + i] = (uint8_t)(w->hop_by_hop >> (24 - 8 * i));
  if (again)
    w->bytes[4] |= RD_DIA_REPEATED;
  rd_dia_write(dia, &dia->peers[w->peer], w->bytes, w->len);
}

static void add_session(RdDia *dia, uint64_t session) {
  char id[RD_DIA_NAME + 24];
  RdText t = rd_text(id, sizeof id);
  rd_text_add(&t, dia->name);
  rd_text_char(&t, ';');
  rd_text_uint(&t, session >> 32);
  rd_text_char(&t, ';');
  rd_text_uint(&t, session & UINT32_MAX);
  rd_dia_add_text(&dia->build, RD_AVP_SESSION_ID, id);
}

RdDiaBuild *rd_dia_begin(RdDia *dia, uint32_t command, uint64_t session, RdSlice host) {
  RdDiaBuild *b = &dia->build;
  *b = rd_dia_build(dia->buffer, sizeof dia->buffer, RD_DIA_REQUEST | RD_DIA_PROXIABLE, command,
                    dia->application, 0, ++dia->end_to_end);
  add_session(dia, session);
  rd_dia_add_application(b, dia->application);
  rd_dia_add_no_state(b);
  rd_dia_add_text(b, RD_AVP_ORIGIN_HOST, dia->name);
  rd_dia_add_text(b, RD_AVP_ORIGIN_REALM, dia->config->realm);
  dia->to[0] = 0;
  if (host.len > 0 && host.len < sizeof dia->to) {
    rd_slice_copy(host, dia->to, sizeof dia->to);
    rd_dia_add(b, RD_AVP_DESTINATION_HOST, host);
  }
  rd_dia_add_text(b, RD_AVP_DESTINATION_REALM, dia->config->realm);
  return b;
}

bool rd_dia_send(RdDia *dia, uint64_t context) {
  const size_t len = rd_dia_finish(&dia->build);
  RdDiaWaiting *w = len > 0 ? slot_new(dia) : NULL;
  if (!w) {
    dia->host->count(dia->host, dia->n.full, 1);
    return false;
  }
  if (len > w->cap) {
    free(w->bytes);
    w->cap = len + len / 2;
    w->bytes = rd_alloc(w->cap);
  }
  memcpy(w->bytes, dia->buffer, len);
  memcpy(w->host, dia->to, sizeof w->host);
  w->len = len;
  w->context = context;
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_INHERIT,
                            .at = dia->host->now(dia->host) + dia->config->timeout,
                            .cookie = rd_cookie(dia->waiting_cookies, slot_of(dia, w))};
  w->timer = dia->host->timer(dia->host, &spec);
  dispatch(dia, w, false);
  return true;
}

void rd_dia_waiting_timer(void *block, uint64_t own) {
  RdDia *dia = block;
  if (own >= dia->n_waiting || dia->waiting[own].len == 0)
    return;
  dia->waiting[own].timer = 0;
  dia->host->count(dia->host, dia->n.timed_out, 1);
  const uint64_t context = slot_free(dia, &dia->waiting[own]);
  if (dia->ops.answer)
    dia->ops.answer(dia->user, context, RD_DIA_TIMED_OUT, NULL);
}

/* s5.5.4 */
void rd_dia_fail_over(RdDia *dia, uint32_t peer) {
  for (uint32_t i = 0; i < dia->n_waiting; i++) {
    RdDiaWaiting *w = &dia->waiting[i];
    if (w->len == 0 || w->peer != peer)
      continue;
    dia->host->count(dia->host, dia->n.failed_over, 1);
    dispatch(dia, w, true);
  }
}

void rd_dia_peer_up(RdDia *dia) {
  for (uint32_t i = 0; i < dia->n_waiting; i++)
    if (dia->waiting[i].len > 0 && dia->waiting[i].peer == RD_DIA_NO_PEER)
      dispatch(dia, &dia->waiting[i], dia->waiting[i].hop_by_hop != 0);
}

/* --- what comes --- */

static void take_answer(RdDia *dia, const RdDiameter *m) {
  const uint32_t slot = m->hop_by_hop & ((1u << SLOT_BITS) - 1);
  RdDiaWaiting *w = slot < dia->n_waiting ? &dia->waiting[slot] : NULL;
  if (!w || w->len == 0 || w->hop_by_hop != m->hop_by_hop) {
    dia->host->count(dia->host, dia->n.late, 1);
    return;
  }
  const uint64_t context = slot_free(dia, w);
  if (dia->ops.answer)
    dia->ops.answer(dia->user, context, RD_DIA_ANSWERED, m);
}

void rd_dia_hand_up(RdDia *dia, const RdDiaPeer *peer, const RdDiameter *m) {
  if (!m->is_request) {
    take_answer(dia, m);
    return;
  }
  RdDiaReply reply = {.conn = peer->conn,
                      .command = m->command,
                      .application = m->application,
                      .hop_by_hop = m->hop_by_hop,
                      .end_to_end = m->end_to_end,
                      .is_proxiable = m->is_proxiable};
  uint32_t objection = 0;
  if (m->session_id.len >= sizeof reply.session)
    objection = RD_DIA_INVALID_AVP_LENGTH;
  else
    rd_slice_copy(m->session_id, reply.session, sizeof reply.session);
  if (m->application != dia->application)
    objection = RD_DIA_APPLICATION_UNSUPPORTED;
  else if (m->defects & RD_DIA_BAD_FLAGS)
    objection = RD_DIA_INVALID_HDR_BITS;
  else if (m->defects & (RD_DIA_AVP_SHORT | RD_DIA_AVP_LONG | RD_DIA_BAD_VALUE))
    objection = RD_DIA_INVALID_AVP_LENGTH;
  else if (m->defects & RD_DIA_MISSING || !m->session_id.at)
    objection = RD_DIA_MISSING_AVP;
  else if (!dia->ops.request)
    objection = RD_DIA_COMMAND_UNSUPPORTED;
  if (objection) {
    rd_dia_begin_answer(dia, &reply, objection, false);
    rd_dia_answer(dia, &reply);
  } else {
    dia->ops.request(dia->user, &reply, m);
  }
}

/* --- answers --- */

RdDiaBuild *rd_dia_begin_answer(RdDia *dia, const RdDiaReply *reply, uint32_t result,
                                bool experimental) {
  RdDiaBuild *b = &dia->build;
  const bool error = !experimental && result / 1000 == 3; /* s7.1.3 */
  *b = rd_dia_build(dia->buffer, sizeof dia->buffer,
                    (reply->is_proxiable ? RD_DIA_PROXIABLE : 0) | (error ? RD_DIA_ERROR : 0),
                    reply->command, reply->application, reply->hop_by_hop, reply->end_to_end);
  if (reply->session[0])
    rd_dia_add_text(b, RD_AVP_SESSION_ID, reply->session);
  rd_dia_add_application(b, dia->application);
  if (experimental)
    rd_dia_add_experimental(b, result);
  else
    rd_dia_add_number(b, RD_AVP_RESULT_CODE, result);
  rd_dia_add_no_state(b);
  rd_dia_add_text(b, RD_AVP_ORIGIN_HOST, dia->name);
  rd_dia_add_text(b, RD_AVP_ORIGIN_REALM, dia->config->realm);
  return b;
}

bool rd_dia_answer(RdDia *dia, const RdDiaReply *reply) {
  const RdDiaPeer *peer = reply->conn ? rd_dia_peer_of(dia, reply->conn) : NULL;
  const size_t len = rd_dia_finish(&dia->build);
  return peer && len > 0 && rd_dia_write(dia, peer, dia->buffer, len);
}

/* --- life --- */

RdDia *rd_dia_new(RdHost *host, const RdActorSetup *setup, RdCookies *cookies,
                  const RdDiaConfig *config, uint32_t application, const RdDiaOps *ops,
                  void *user) {
  RdDia *dia = rd_alloc(sizeof *dia);
  dia->host = host;
  dia->setup = setup;
  dia->config = config;
  dia->application = application;
  dia->ops = *ops;
  dia->user = user;
  dia->state_id = (uint32_t)host->epoch; /* s8.16: since when it has been up */
  dia->end_to_end = (uint32_t)host->random(host, 0, KEY_PURPOSE, 0);
  dia->cost = host->operation(host, "diameter-message");
  dia->n.impossible = host->counter(host, RD_IMPOSSIBLE);
  dia->n.sent = host->counter(host, "diameter-sent");
  dia->n.received = host->counter(host, "diameter-received");
  dia->n.timed_out = host->counter(host, "diameter-timed-out");
  dia->n.failed_over = host->counter(host, "diameter-failed-over");
  dia->n.late = host->counter(host, "diameter-late-answers");
  dia->n.unknown_peers = host->counter(host, "diameter-unknown-peers");
  dia->n.lost = host->counter(host, "diameter-peers-lost");
  dia->n.full = host->counter(host, "diameter-full");
  dia->peer_cookies = rd_cookies_claim(cookies, rd_dia_peer_timer, dia);
  dia->waiting_cookies = rd_cookies_claim(cookies, rd_dia_waiting_timer, dia);
  rd_dia_name(host->name, config->realm, dia->name);
  return dia;
}

void rd_dia_free(RdDia *dia) {
  if (!dia)
    return;
  for (uint32_t i = 0; i < dia->n_waiting; i++)
    free(dia->waiting[i].bytes);
  free(dia->waiting);
  free(dia->free_slots);
  free(dia);
}

void rd_dia_listen(RdDia *dia) {
  for (uint32_t i = 0; i < dia->setup->n_attachments; i++) {
    const RdListen at = {.size = sizeof at,
                         .attachment = (uint16_t)i,
                         .port = 3868,
                         .transport = RD_TCP,
                         .protocol = RD_PROTO_DIAMETER};
    dia->host->listen(dia->host, &at);
  }
}

bool rd_dia_connect(RdDia *dia, const char *node) {
  RdAddress address;
  bool found = false;
  for (uint32_t i = 0; i < dia->setup->n_attachments && !found; i++)
    found = dia->host->resolve(dia->host, (uint16_t)i, node, &address);
  if (!found || dia->n_peers == RD_DIA_PEERS)
    return false;
  address.port = 3868;
  address.transport = RD_TCP;
  const int attachment = dia->host->route(dia->host, &address);
  if (attachment < 0)
    return false;
  RdDiaPeer *p = &dia->peers[dia->n_peers++];
  *p =
      (RdDiaPeer){.dia = dia, .used = true, .attachment = (uint16_t)attachment, .address = address};
  rd_dia_name(node, dia->config->realm, p->name);
  rd_dia_peer_timer(dia, (uint64_t)(p - dia->peers));
  return true;
}
