/* The way of a message through the bridge: judged, handed over, sent; delayed, held, answered. */
#include <math.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/drive/inline/bridge_private.h"
#include "lab/sip/build.h"
#include "lab/text/names.h"

/* --- what it truly is, and the record of it --------------------------------------------------- */

/* SIPp writes the sender's address into the Call-ID, so a call's cause can be told at every hop. */
static bool of_attack(const RdBridge *b, const RdMessage *m) {
  char ip[RD_ADDRESS_TEXT];
  size_t n = rd_address_ip_text(&b->spec.attacker, ip);
  return m->sip && m->sip->call_id.len > n &&
         m->sip->call_id.at[m->sip->call_id.len - n - 1] == '@' &&
         memcmp(rd_slice_end(m->sip->call_id) - n, ip, n) == 0;
}

static unsigned truth_of(const RdBridge *b, const RdMessage *m) {
  if (m->direction == RD_INGRESS && rd_address_same_ip(&m->remote, &b->spec.attacker))
    return RD_LIVE_ATTACK;
  return of_attack(b, m) ? RD_LIVE_INDUCED : RD_LIVE_BENIGN;
}

static void record(RdBridge *b, const RdMessage *m, const RdVerdict *v) {
  static const char *const causes[] = {"flood"};
  unsigned truth = truth_of(b, m);
  bool in = m->direction == RD_INGRESS;
  char comment[RD_LABEL_COMMENT];
  RdLabel label = {rd_truth_name(truth), causes, truth != RD_LIVE_BENIGN, truth == RD_LIVE_INDUCED};
  b->counts.judged++;
  if (in) {
    b->counts.actions[truth][v->action]++;
    b->counts.not_judged[truth] += v->action == RD_PASS && isnan(v->score);
  }
  if (b->capture && rd_pcapng_message(b->capture, 0, b->now, in ? &m->remote : &m->local,
                                      in ? &m->local : &m->remote, m->bytes, m->len,
                                      rd_label_comment(m->direction, &label, comment)))
    rd_pcapng_label(b->capture, &label);
  if (!b->verdicts)
    return;
  g_string_truncate(b->line, 0);
  rd_verdict_line(b->line, b->counts.judged, b->now, m, v);
  fwrite(b->line->str, 1, b->line->len, b->verdicts);
}

void rd_bridge_observe(void *user, RdJudge *judge, const RdMessage *m, const RdVerdict *v) {
  (void)judge, (void)m;
  rd_worst_add(&((RdBridge *)user)->worst, v);
}

/* --- carrying out ----------------------------------------------------------------------------- */

static void transmit(RdBridge *b, uint8_t side, const RdAddress *to, const uint8_t *bytes,
                     size_t len) {
  if (!rd_is_loopback(to))
    b->counts.refused++;
  else if (rd_loopback_send(b->sides[side].fd, to, bytes, len))
    b->counts.sent++;
  else
    b->counts.send_failed++;
}

static void hand_over(RdBridge *b, const RdMessage *m, uint8_t side) {
  RdMessage own = *m;
  own.attachment = side;
  b->spec.part->actor.receive(b->node.self, &own);
}

static RdMessage message_of(RdBridge *b, const RdParked *p, RdView *view) {
  const RdPlace *place = &b->sides[p->side].place;
  RdMessage m = {.size = sizeof m,
                 .kind = RD_DATA,
                 .protocol = RD_PROTO_SIP,
                 .direction = p->direction,
                 .interface = place->interface,
                 .local = p->local,
                 .remote = p->remote,
                 .network = place->network,
                 .domain = place->domain,
                 .bytes = p->bytes,
                 .len = p->len};
  rd_codec_view(view, &m);
  return m;
}

static void deliver(RdBridge *b, const RdMessage *m, uint8_t side) {
  if (m->direction == RD_INGRESS)
    hand_over(b, m, side);
  else
    transmit(b, side, &m->remote, m->bytes, m->len);
}

/* Keeps a copy until an alarm; what does not fit goes on at once, as its fallback says. */
static void park(RdBridge *b, const RdChainResult *r, uint8_t side) {
  bool held = r->outcome == RD_CHAIN_HOLD;
  RdBridgeJudge *judge = held ? (RdBridgeJudge *)r->by->host : NULL;
  RdParked *p = rd_bridge_park(&r->message, side);
  RdVerdict fallback = {.size = sizeof fallback, .action = r->verdict.fallback};
  p->next = r->next;
  p->fallback = r->verdict.fallback == RD_DROP ? RD_DROP : RD_PASS;
  bool room =
      b->parked < RD_BRIDGE_HELD &&
      (!held || (r->verdict.ticket && !g_hash_table_contains(judge->held, &r->verdict.ticket)));
  b->parked++;
  if (!room) {
    fallback.action = held ? p->fallback : RD_PASS;
    rd_bridge_release(b, p, &fallback);
    return;
  }
  RdAlarm alarm = {RD_ALARM_PARKED, p, 0};
  p->timer = rd_bridge_alarm(b, b->now + r->delay, &alarm);
  if (!held)
    return;
  p->judge = judge;
  p->ticket = r->verdict.ticket;
  g_hash_table_insert(judge->held, &p->ticket, p);
}

void rd_bridge_parked_free(void *parked) {
  g_free(((RdParked *)parked)->verdict);
  g_free(parked);
}

bool rd_bridge_release(RdBridge *b, RdParked *p, const RdVerdict *verdict) {
  RdMessage m = message_of(b, p, &b->view_out);
  RdVerdict v;
  char *bytes;
  size_t len;
  if (!rd_hold_release(verdict, &m, &v, &bytes, &len))
    return false;
  rd_wheel_cancel(b->wheel, p->timer);
  if (p->judge)
    g_hash_table_remove(p->judge->held, &p->ticket);
  b->parked--;
  if (bytes) {
    m.bytes = (const uint8_t *)bytes;
    m.len = len;
    RdParked *other = rd_bridge_park(&m, p->side);
    other->next = p->next;
    rd_bridge_parked_free(p);
    g_free(bytes);
    p = other;
  }
  p->verdict = rd_verdict_keep(&v);
  g_queue_push_tail(&b->effects, p);
  return true;
}

static void carry_out(RdBridge *b, const RdChainResult *r, uint8_t side) {
  const RdMessage *m = &r->message;
  switch (r->outcome) {
  case RD_CHAIN_PASS:
    if (r->delay > 0)
      park(b, r, side);
    else
      deliver(b, m, side);
    break;
  case RD_CHAIN_HOLD:
    park(b, r, side);
    break;
  case RD_CHAIN_ANSWER: {
    RdParked *p = NULL;
    RdMessage answer = *m;
    answer.bytes = r->answer;
    answer.len = r->answer_len;
    answer.direction = m->direction == RD_INGRESS ? RD_EGRESS : RD_INGRESS;
    p = rd_bridge_park(&answer, side);
    p->unjudged = true;
    g_queue_push_tail(&b->effects, p);
    break;
  }
  case RD_CHAIN_DROP:
  case RD_CHAIN_ABSORB:
    break;
  }
}

/* A fresh message at a side: judged where the defenses stand. */
static void judge(RdBridge *b, const RdMessage *m, uint8_t side) {
  RdChainResult r;
  if (side != RD_SIDE_ACCESS) {
    deliver(b, m, side);
    return;
  }
  b->worst = rd_worst_none();
  rd_chain_judge(b->chain, 0, m, &r);
  record(b, m, &b->worst.verdict);
  carry_out(b, &r, side);
}

static void go_on(RdBridge *b, RdParked *p) {
  RdMessage m = message_of(b, p, p->direction == RD_INGRESS ? &b->view_in : &b->view_out);
  RdChainResult r;
  if (p->unjudged) {
    deliver(b, &m, p->side);
  } else if (p->verdict && p->next == 0) { /* only delayed */
    if (p->verdict->action == RD_PASS)
      deliver(b, &m, p->side);
  } else if (p->verdict) {
    rd_chain_resume(b->chain, p->next, &m, p->verdict, &r);
    carry_out(b, &r, p->side);
  } else {
    judge(b, &m, p->side);
  }
  rd_bridge_parked_free(p);
}

void rd_bridge_flush(RdBridge *b) {
  RdParked *p;
  while ((p = g_queue_pop_head(&b->effects)))
    go_on(b, p);
}

void rd_bridge_ingress(RdBridge *b, uint8_t side, const RdAddress *from, const uint8_t *bytes,
                       size_t len) {
  const RdPlace *place = &b->sides[side].place;
  RdMessage m = {.size = sizeof m,
                 .kind = RD_DATA,
                 .protocol = RD_PROTO_SIP,
                 .direction = RD_INGRESS,
                 .interface = place->interface,
                 .local = b->sides[side].address,
                 .remote = *from,
                 .network = place->network,
                 .domain = place->domain,
                 .bytes = bytes,
                 .len = len};
  rd_codec_view(&b->view_in, &m);
  b->counts.received++;
  judge(b, &m, side);
  rd_bridge_flush(b);
}
