#include "lab/drive/world/work.h"

#include "lab/drive/world/held.h"
#include "lab/drive/world/network.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/stream.h"
#include "lab/drive/world/train.h"
#include "lab/drive/world/truth.h"

/* How often this instance did this operation in this work before. */
static uint32_t times_done(RdContext *c, uint64_t stream, uint32_t operation) {
  const uint64_t key = rd_mix(stream, operation) | 1; /* 0 is an empty place */
  for (unsigned i = 0; i < G_N_ELEMENTS(c->done); i++) {
    if (c->done[i].key == 0)
      c->done[i].key = key;
    if (c->done[i].key == key)
      return c->done[i].times++;
  }
  return (uint32_t)c->children; /* more kinds of work in one message than any chain of parts has */
}

/* A draw is keyed by who works, at what, in which message: neither one judge more nor a new operation
 * of another part moves it (common random numbers: the worlds of a trial are compared pairwise). */
static uint64_t draw(RdContext *c, const RdWorldHost *by, uint32_t operation) {
  const uint64_t stream = by->base.stream;
  return rd_random(stream, c->tag.lineage, operation, times_done(c, stream, operation));
}

static void spend(RdContext *c, RdTime cost) {
  c->cost = MIN(c->cost + cost, RD_WORK_LONGEST);
}

void rd_work_spend(const RdWorldHost *by, uint32_t row, uint64_t bytes, uint64_t occupancy) {
  RdWorld *w = by->world;
  RdContext *c = &w->context;
  if (row == 0 || !c->actor || c->actor->cpu.n_pools == 0)
    return;
  const uint32_t operation = rd_costs_drawn(w->costs, row);
  spend(c, rd_costs_ns(w->costs, row, bytes, occupancy, operation ? draw(c, by, operation) : 0));
}

/* --- what the work in hand sends --------------------------------------------------------------- */

static void add_effect(RdContext *c, RdParcel *parcel) {
  parcel->next = NULL;
  *c->effects_end = parcel;
  c->effects_end = &parcel->next;
}

RdTag rd_work_tag(RdWorld *w) {
  RdContext *c = &w->context;
  RdTag tag = rd_tag_child(&c->tag, ++c->children);
  if (c->actor->is_attack) {
    tag.causes |= c->actor->cause;
    tag.depth = 0;
  } else {
    tag.depth = c->tag.causes ? c->tag.depth + 1 : 0;
  }
  return tag;
}

/* The stateless answer goes back where the message came from. */
static RdParcel *answer_parcel(RdWorld *w, const RdParcel *to, const RdChainResult *r) {
  RdParcel *p = rd_parcel_new(w, r->answer, r->answer_len);
  p->network = to->network;
  p->protocol = to->protocol;
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
  p->protocol = sent->protocol;
  p->to = sent->from;
  p->to_attachment = sent->from_attachment;
  p->to_entity = sent->from_entity;
  p->source = sent->destination;
  p->destination = sent->source;
  p->conn = sent->conn;
  p->judged = true;
  p->tag = rd_tag_child(&sent->tag, 1);
  p->tag.depth = sent->tag.causes ? sent->tag.depth + 1 : 0;
  rd_at(w, rd_now(w), deliver_later, p);
}

/* Parks a message and goes on with it after `delay`. What released it is done: it is not to be judged so
 * again. */
static void park(RdWorld *w, RdParcel *p, RdTime delay) {
  p->judged = true;
  g_clear_pointer(&p->released, g_free);
  rd_at(w, rd_now(w) + delay, w->up.resume, p);
}

/* Resets the connection that a message came by or was to leave by. */
static void cut(RdWorld *w, const RdParcel *p) {
  RdStream *s = g_hash_table_lookup(w->streams, &p->conn);
  if (s && !s->closing)
    rd_stream_cut(s);
}

/* Carries out what the chain said of an outgoing message; takes it. */
static void settle_send(RdWorld *w, RdParcel *p, const RdChainResult *r) {
  switch (r->outcome) {
  case RD_CHAIN_PASS:
    p = rd_parcel_with(p, r->message.bytes, r->message.len);
    if (r->delay > 0)
      park(w, p, r->delay);
    else
      add_effect(&w->context, p);
    return;
  case RD_CHAIN_HOLD:
    rd_held_put((RdWorldJudge *)r->by->host, r, p);
    return;
  case RD_CHAIN_ANSWER:
    answer_sender(w, p, r);
    break;
  case RD_CHAIN_DROP:
    if (r->close)
      cut(w, p);
    break;
  case RD_CHAIN_ABSORB:
    break;
  }
  rd_record_trace(w->record, "refused", p, r->by ? r->by->name : NULL);
  rd_parcel_free(p);
}

void rd_work_send_unjudged(RdParcel *p, const RdTag *tag) {
  RdWorld *w = p->from->world;
  RdContext *c = &w->context;
  p->count = 1; /* a defense's own questions are no train */
  p->tag = *tag;
  p->tag.depth = tag->causes ? tag->depth + 1 : 0;
  if (p->from->cpu.n_pools > 0) {
    const uint32_t row = p->from->cost_send;
    uint64_t bits =
        rd_random(p->from->host.base.stream, p->tag.lineage, rd_costs_drawn(w->costs, row), 0);
    spend(c, rd_costs_ns(w->costs, row, p->len, 0, bits));
  }
  add_effect(c, p);
}

void rd_work_send(RdParcel *p, bool judge) {
  RdWorld *w = p->from->world;
  if (p->count > 1 && !rd_train_is_one(p))
    rd_train_follow(p, &w->context.tag, judge);
  RdChain *chain = p->from->attachments[p->from_attachment].chain;
  p->tag = rd_work_tag(w);
  rd_work_spend(&p->from->host, p->from->cost_send, p->len, 0);
  if (p->tag.depth == 0 && p->from->is_attack)
    rd_truth_sent(w->truth, p);
  if (!chain || !judge || p->kind != RD_DATA) {
    add_effect(&w->context, p);
    return;
  }
  RdMessage m = rd_parcel_message(p, RD_EGRESS, &w->view_out);
  RdChainResult r;
  const RdTag *outer = w->judged;
  w->judged = &p->tag;
  w->context.cost_seen = w->context.cost;
  rd_chain_judge(chain, 0, &m, &r);
  w->judged = outer;
  settle_send(w, p, &r);
}

/* --- the work itself -------------------------------------------------------------------------- */

static void handle(RdWorldActor *actor, const RdMessage *m) {
  if (m->kind == RD_DATA)
    rd_work_spend(&actor->host, actor->cost_handle, m->len, 0);
  actor->part->actor.receive(actor->self, m);
}

/* What came to a port or a connection of a defense's own. */
static void hand_to_owner(const RdParcel *p, const RdMessage *m) {
  RdWorldJudge *judge = p->owner;
  RdMessage own = *m;
  for (unsigned i = 0; i < judge->n_places; i++)
    if (judge->attachments[i] == &p->to->attachments[p->to_attachment])
      own.attachment = (uint16_t)i;
  if (judge->judge->part->defense.receive)
    judge->judge->part->defense.receive(judge->judge->self, &own);
}

/* Runs a message through the judges of its attachment; true if the handler is to have it. */
static bool judged(RdWorld *w, RdParcel **at, RdMessage *m) {
  RdParcel *p = *at;
  RdChain *chain = p->to->attachments[p->to_attachment].chain;
  RdChainResult r;
  if (p->judged || !chain)
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
        *at = rd_parcel_with(p, r.message.bytes, r.message.len);
        *m = rd_parcel_message(*at, RD_INGRESS, &w->view_in);
      }
      return true;
    }
    park(w, rd_parcel_with(p, r.message.bytes, r.message.len), r.delay);
    *at = NULL;
    return false;
  case RD_CHAIN_HOLD:
    rd_held_put((RdWorldJudge *)r.by->host, &r, p);
    *at = NULL;
    return false;
  case RD_CHAIN_ANSWER:
    rd_work_send(answer_parcel(w, p, &r), false);
    break;
  case RD_CHAIN_DROP:
    if (r.close)
      cut(w, p);
    break;
  case RD_CHAIN_ABSORB:
    break;
  }
  rd_record_trace(w->record, "refused", p, r.by ? r.by->name : "absorbed");
  return false;
}

static void do_message(RdWork *work) {
  RdParcel *p = work->parcel;
  RdWorldActor *actor = work->actor;
  RdWorld *w = actor->world;
  RdMessage m = rd_parcel_message(p, RD_INGRESS, &w->view_in);
  rd_stream_taken(w, p);
  if (work->kind == RD_WORK_MESSAGE && p->kind == RD_DATA)
    rd_work_spend(&actor->host, actor->cost_scan, p->len, 0);
  rd_truth_came(w->truth, p, m.sip);
  if (p->owner)
    hand_to_owner(p, &m);
  else if (judged(w, &work->parcel, &m))
    handle(actor, &m);
}

void rd_work_execute(RdWork *work) {
  RdWorldActor *actor = work->actor;
  RdContext *c = &actor->world->context;
  rd_work_begin(actor, &work->tag);
  if (actor->is_attack)
    c->tag.causes |= actor->cause;
  switch (work->kind) {
  case RD_WORK_MESSAGE:
  case RD_WORK_RESUME:
    do_message(work);
    break;
  case RD_WORK_TIMER:
    rd_work_spend(&actor->host, actor->cost_timer, 0, 0);
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

static void send_effects(RdParcel *first) {
  for (RdParcel *p = first, *next; p; p = next) {
    next = p->next;
    p->next = NULL;
    rd_network_send(p);
  }
}

void rd_work_flush(RdWork *work) {
  RdParcel *effects = work->effects;
  rd_work_free(work);
  send_effects(effects);
}

void rd_work_begin(RdWorldActor *actor, const RdTag *tag) {
  RdContext *c = &actor->world->context;
  *c = (RdContext){.actor = actor, .tag = *tag};
  c->effects_end = &c->effects;
}

void rd_work_end(RdWorld *w) {
  RdParcel *effects = w->context.effects;
  w->context.actor = NULL;
  send_effects(effects);
}

void rd_work_close(RdStream *s) {
  RdWorld *w = s->attachment->network->world;
  RdParcel *p = rd_parcel_new(w, NULL, 0);
  p->network = s->attachment->network;
  p->from = s->attachment->actor;
  p->from_attachment = (uint16_t)s->attachment->index;
  p->kind = RD_CLOSED;
  p->conn = s->conn;
  add_effect(&w->context, p);
}

/* An outgoing message that was parked leaves at last; an incoming one goes on to its handler. */
void rd_work_resume(void *parcel) {
  RdParcel *p = parcel;
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
  RdMessage m = rd_parcel_message(p, RD_EGRESS, &w->view_out);
  RdChainResult r;
  rd_work_begin(p->from, &p->tag);
  w->judged = &p->tag;
  rd_chain_resume(chain, p->link, &m, p->released, &r);
  w->judged = NULL;
  settle_send(w, p, &r);
  rd_work_end(w);
}
