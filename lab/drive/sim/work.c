/* What a message does on a worker: judges, handler, effects. When it gets one: cpu.c. */
#include "lab/drive/sim/work.h"

#include <string.h>

static RdTime now(const RdWorld *w) {
  return ns3c_now(w->sim);
}

/* How often a row was spent in this work before. Keyed by the row, not counted over all of them: one
 * more judge must not shift the draws of the handler behind it. */
static uint32_t times_spent(RdContext *c, uint32_t row) {
  for (unsigned i = 0; i < G_N_ELEMENTS(c->spent); i++) {
    if (c->spent[i].row == 0)
      c->spent[i].row = row;
    if (c->spent[i].row == row)
      return c->spent[i].times++;
  }
  return (uint32_t)c->children; /* more kinds of work in one message than any part has */
}

static void spend(RdContext *c, RdTime cost) {
  c->cost = MIN(c->cost + cost, RD_WORK_LONGEST);
}

void rd_work_spend(RdWorld *w, uint32_t row, uint64_t bytes, uint64_t occupancy) {
  RdContext *c = &w->context;
  if (row == 0 || !c->actor || c->actor->cpu.n_pools == 0)
    return;
  uint64_t bits = rd_random(c->actor->counters.stream, c->tag.lineage, row, times_spent(c, row));
  spend(c, rd_costs_ns(w->costs, row, bytes, occupancy, bits));
}

/* --- what the work in hand sends --------------------------------------------------------------- */

static void add_effect(RdContext *c, RdParcel *parcel) {
  parcel->next = NULL;
  *c->effects_end = parcel;
  c->effects_end = &parcel->next;
}

static void tag_send(RdContext *c, RdParcel *parcel) {
  parcel->tag = rd_tag_child(&c->tag, ++c->children);
  if (c->actor->is_attack) {
    parcel->tag.causes |= c->actor->cause;
    parcel->tag.depth = 0;
  } else {
    parcel->tag.depth = c->tag.causes ? c->tag.depth + 1 : 0;
  }
}

RdWork *rd_work_new(RdSimActor *actor, RdWorkKind kind, const RdTag *tag) {
  RdWork *work = g_new0(RdWork, 1);
  RdWorld *w = actor->world;
  work->actor = actor;
  work->kind = kind;
  work->tag = *tag;
  work->alive_next = w->works;
  work->alive_at = &w->works;
  if (work->alive_next)
    work->alive_next->alive_at = &work->alive_next;
  w->works = work;
  return work;
}

static void work_free(RdWork *work) {
  *work->alive_at = work->alive_next;
  if (work->alive_next)
    work->alive_next->alive_at = work->alive_at;
  rd_parcel_free(work->parcel);
  g_free(work);
}

RdWork *rd_work_message(RdParcel *p, RdWorkKind kind) {
  RdWork *work = rd_work_new(p->to, kind, &p->tag);
  work->parcel = p;
  work->arrived = p->arrived;
  return work;
}

void rd_work_free_all(RdWorld *w) {
  while (w->works)
    work_free(w->works);
  while (w->parcels)
    rd_parcel_free(w->parcels);
}

static RdMessage message_of(const RdParcel *p, uint8_t direction, RdSipScan *scan) {
  bool in = direction == RD_INGRESS;
  const RdSimNetwork *net = p->network;
  RdMessage m = {.size = sizeof m,
                 .kind = p->kind,
                 .protocol = p->protocol,
                 .direction = direction,
                 .interface = (uint8_t)net->spec->interface,
                 .attachment = (uint16_t)(in ? p->to_attachment : p->from_attachment),
                 .conn = p->conn,
                 .local = in ? p->destination : p->source,
                 .remote = in ? p->source : p->destination,
                 .entity = in ? p->to_entity : p->from_entity,
                 .network = net->spec->name,
                 .domain = net->spec->domain,
                 .bytes = p->bytes,
                 .len = p->len};
  if (p->kind == RD_DATA && p->protocol == RD_PROTO_SIP &&
      rd_sip_scan(scan, p->bytes, p->len, p->conn ? RD_SIP_STREAM : RD_SIP_DATAGRAM))
    m.sip = &scan->sip;
  return m;
}

/* The stateless answer goes back where the message came from. */
static RdParcel *answer_parcel(RdWorld *w, const RdParcel *to, const RdChainResult *r) {
  RdParcel *p = rd_parcel_new(w, r->answer, r->answer_len);
  p->network = to->network;
  p->protocol = RD_PROTO_SIP;
  p->from = to->to;
  p->from_attachment = to->to_attachment;
  p->from_entity = to->to_entity;
  p->source = to->destination;
  p->destination = to->source;
  p->conn = to->conn;
  return p;
}

static void deliver_later(void *arg) {
  rd_cpu_arrive(arg);
}

/* An outgoing request that a defense answers: its sender gets the answer as if from the far end. */
static void answer_sender(RdWorld *w, const RdParcel *sent, const RdChainResult *r) {
  RdParcel *p = rd_parcel_new(w, r->answer, r->answer_len);
  p->network = sent->network;
  p->protocol = RD_PROTO_SIP;
  p->to = sent->from;
  p->to_attachment = sent->from_attachment;
  p->to_entity = sent->from_entity;
  p->source = sent->destination;
  p->destination = sent->source;
  p->conn = sent->conn;
  p->judged = true;
  p->tag = rd_tag_child(&sent->tag, 1);
  p->tag.depth = sent->tag.causes ? sent->tag.depth + 1 : 0;
  ns3c_at(w->sim, now(w), deliver_later, p);
}

static void resume_event(void *arg) {
  rd_work_resume(arg);
}

/* Parks a message and goes on with it after `delay`. */
static void park(RdWorld *w, RdParcel *p, RdTime delay) {
  p->judged = true;
  ns3c_at(w->sim, now(w) + delay, resume_event, p);
}

/* Carries out what the chain said of an outgoing message; takes it. */
static void settle_send(RdWorld *w, RdParcel *p, const RdChainResult *r) {
  switch (r->outcome) {
  case RD_CHAIN_PASS:
    p = rd_parcel_with(w, p, r->message.bytes, r->message.len);
    if (r->delay > 0)
      park(w, p, r->delay);
    else
      add_effect(&w->context, p);
    return;
  case RD_CHAIN_HOLD:
    rd_sim_judge_hold((RdSimJudge *)r->by->host, r, p);
    return;
  case RD_CHAIN_ANSWER:
    answer_sender(w, p, r);
    break;
  case RD_CHAIN_DROP:
  case RD_CHAIN_ABSORB:
    break;
  }
  rd_record_trace(w->record, "refused", p, r->by ? r->by->name : NULL);
  rd_parcel_free(p);
}

void rd_work_send_unjudged(RdParcel *p, const RdTag *tag) {
  RdWorld *w = p->from->world;
  RdContext *c = &w->context;
  p->tag = *tag;
  p->tag.depth = tag->causes ? tag->depth + 1 : 0;
  if (p->from->cpu.n_pools > 0 && p->from->cost_send > 0)
    spend(c, rd_costs_ns(w->costs, p->from->cost_send, p->len, 0,
                         rd_random(p->from->counters.stream, p->tag.lineage, 0, 0)));
  add_effect(c, p);
}

void rd_work_send(RdParcel *p, bool judge) {
  RdWorld *w = p->from->world;
  RdChain *chain = p->from->attachments[p->from_attachment].chain;
  tag_send(&w->context, p);
  rd_work_spend(w, p->from->cost_send, p->len, 0);
  if (p->tag.depth == 0 && p->from->is_attack)
    rd_truth_sent(w->truth, p);
  if (!chain || !judge || p->kind != RD_DATA) {
    add_effect(&w->context, p);
    return;
  }
  RdMessage m = message_of(p, RD_EGRESS, &w->scan_out);
  RdChainResult r;
  const RdTag *outer = w->judged;
  w->judged = &p->tag;
  w->context.cost_seen = w->context.cost;
  rd_chain_judge(chain, 0, &m, &r);
  w->judged = outer;
  settle_send(w, p, &r);
}

/* --- the work itself -------------------------------------------------------------------------- */

static void handle(RdSimActor *actor, const RdMessage *m) {
  rd_work_spend(actor->world, actor->cost_handle, m->len, 0);
  actor->part->actor.receive(actor->self, m);
}

/* Runs a message through the judges of its attachment; true if the handler is to have it. */
static bool judged(RdWorld *w, RdParcel **at, RdMessage *m) {
  RdParcel *p = *at;
  RdChain *chain = p->to->attachments[p->to_attachment].chain;
  RdChainResult r;
  if (p->judged || !chain || p->kind != RD_DATA)
    return true;
  w->judged = &p->tag;
  w->context.cost_seen = w->context.cost;
  if (p->released)
    rd_chain_resume(chain, p->link, m, p->released, &r);
  else
    rd_chain_judge(chain, p->link, m, &r);
  w->judged = NULL;
  switch (r.outcome) {
  case RD_CHAIN_PASS:
    if (r.delay == 0) {
      /* The chain's own room is used again when the handler sends: what it reads must not be there. */
      if (r.message.bytes != p->bytes) {
        *at = rd_parcel_with(w, p, r.message.bytes, r.message.len);
        *m = message_of(*at, RD_INGRESS, &w->scan_in);
      }
      return true;
    }
    park(w, rd_parcel_with(w, p, r.message.bytes, r.message.len), r.delay);
    *at = NULL;
    return false;
  case RD_CHAIN_HOLD:
    rd_sim_judge_hold((RdSimJudge *)r.by->host, &r, p);
    *at = NULL;
    return false;
  case RD_CHAIN_ANSWER:
    rd_work_send(answer_parcel(w, p, &r), false);
    break;
  case RD_CHAIN_DROP:
  case RD_CHAIN_ABSORB:
    break;
  }
  rd_record_trace(w->record, "refused", p, r.by ? r.by->name : "absorbed");
  return false;
}

static void do_message(RdWork *work) {
  RdParcel *p = work->parcel;
  RdSimActor *actor = work->actor;
  RdWorld *w = actor->world;
  RdMessage m = message_of(p, RD_INGRESS, &w->scan_in);
  if (work->kind == RD_WORK_MESSAGE)
    rd_work_spend(w, actor->cost_scan, p->len, 0);
  rd_truth_came(w->truth, p, m.sip);
  if (rd_sim_judge_answered(&actor->attachments[p->to_attachment], &m))
    return;
  if (judged(w, &work->parcel, &m))
    handle(actor, &m);
}

void rd_work_execute(RdWork *work) {
  RdSimActor *actor = work->actor;
  RdContext *c = &actor->world->context;
  *c = (RdContext){.actor = actor, .tag = work->tag};
  c->effects_end = &c->effects;
  if (actor->is_attack)
    c->tag.causes |= actor->cause;
  switch (work->kind) {
  case RD_WORK_MESSAGE:
  case RD_WORK_RESUME:
    do_message(work);
    break;
  case RD_WORK_TIMER:
    rd_work_spend(actor->world, actor->cost_timer, 0, 0);
    actor->part->actor.timer(actor->self, work->timer, work->cookie);
    break;
  case RD_WORK_START:
    actor->part->actor.start(actor->self);
    break;
  case RD_WORK_STOP:
    actor->part->actor.stop(actor->self);
    break;
  }
  work->effects = c->effects;
  c->actor = NULL;
}

void rd_work_flush(RdWork *work) {
  for (RdParcel *p = work->effects, *next; p; p = next) {
    next = p->next;
    p->next = NULL;
    rd_network_send(p);
  }
  work->effects = NULL;
  work_free(work);
}

/* An outgoing message that was parked leaves at last; an incoming one goes on to its handler. */
void rd_work_resume(RdParcel *p) {
  if (p->to) {
    rd_cpu_submit(rd_work_message(p, RD_WORK_RESUME));
    return;
  }
  if (!p->released) {
    rd_network_send(p);
    return;
  }
  RdWorld *w = p->from->world;
  RdChain *chain = p->from->attachments[p->from_attachment].chain;
  RdMessage m = message_of(p, RD_EGRESS, &w->scan_out);
  RdChainResult r;
  w->context = (RdContext){.actor = p->from, .tag = p->tag};
  w->context.effects_end = &w->context.effects;
  w->judged = &p->tag;
  rd_chain_resume(chain, p->link, &m, p->released, &r);
  w->judged = NULL;
  settle_send(w, p, &r);
  RdWork *work = rd_work_new(w->context.actor, RD_WORK_RESUME, &w->context.tag);
  work->effects = w->context.effects;
  w->context.actor = NULL;
  rd_work_flush(work);
}
