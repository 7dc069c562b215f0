/* What the world lends a defense, and what it keeps for it: held messages, questions asked. */
#include <string.h>

#include "lab/drive/judge/verdict.h"
#include "lab/drive/sim/world.h"
#include "lab/sip/build.h"

/* Messages one defense may hold at once, and questions it may have open: the oldest is not evicted,
 * the next is refused (a HOLD then falls back at once). */
enum { MAX_HELD = 65536, MAX_ASKED = 65536 };

typedef struct {
  RdSimJudge *judge;
  RdParcel *parcel;
  RdTicket ticket;
  uint8_t fallback;
  ns3c_event deadline;
} Held;

static RdSimJudge *judge_of(RdHost *host) {
  return (RdSimJudge *)host;
}

/* --- holding ---------------------------------------------------------------------------------- */

static void resume_event(void *arg) {
  rd_work_resume(arg);
}

/* A copy whose challenge is its own: the message goes on only after the defense's call is over. */
static RdVerdict *keep_verdict(const RdVerdict *v) {
  size_t len = v->challenge ? strlen(v->challenge) + 1 : 0;
  RdVerdict *copy = g_malloc(sizeof *copy + len);
  *copy = *v;
  copy->classes = copy->reason = NULL;
  if (len > 0)
    copy->challenge = memcpy(copy + 1, v->challenge, len);
  return copy;
}

/* Has a message go on under a verdict, after whatever is in hand. */
static void resume_under(RdWorld *w, RdParcel *p, const RdVerdict *verdict) {
  g_free(p->released); /* of an earlier defense that held it */
  p->released = keep_verdict(verdict);
  ns3c_at(w->sim, ns3c_now(w->sim), resume_event, p);
}

/* Sends a held message on under a verdict. Edits are made now: they do not outlive the call. */
static void go_on(Held *held, const RdVerdict *verdict) {
  RdWorld *w = held->judge->world;
  RdParcel *p = held->parcel;
  RdVerdict v = *verdict;
  g_autofree char *edited = NULL;
  if (v.action == RD_REWRITE) {
    edited = g_malloc(RD_SIP_MAX_MESSAGE + 1);
    size_t len = 0;
    bool readable = v.n_edits == 0 || (v.edits && v.edit_stride >= sizeof(RdEdit));
    if (readable && rd_sip_scan(&w->scan_other, p->bytes, p->len, RD_SIP_DATAGRAM))
      len = rd_sip_edit(&w->scan_other.sip, v.edits, v.n_edits, v.edit_stride, edited,
                        RD_SIP_MAX_MESSAGE + 1);
    v.action = len > 0 ? RD_PASS : RD_DROP;
    if (len > 0)
      p = rd_parcel_with(w, p, (const uint8_t *)edited, len);
  }
  v.edits = NULL;
  v.n_edits = 0;
  ns3c_cancel(w->sim, held->deadline);
  g_hash_table_remove(held->judge->held, &held->ticket); /* frees held */
  resume_under(w, p, &v);
}

static void deadline(void *arg) {
  Held *held = arg;
  RdVerdict v = {.size = sizeof v, .action = held->fallback == RD_DROP ? RD_DROP : RD_PASS};
  go_on(held, &v);
}

void rd_sim_judge_hold(RdSimJudge *judge, const RdChainResult *r, RdParcel *parcel) {
  RdWorld *w = judge->world;
  RdTicket ticket = r->verdict.ticket;
  RdParcel *p = rd_parcel_with(w, parcel, r->message.bytes, r->message.len);
  p->link = r->next;
  if (ticket == 0 || g_hash_table_size(judge->held) >= MAX_HELD ||
      g_hash_table_contains(judge->held, &ticket)) {
    RdVerdict v = {.size = sizeof v, .action = r->verdict.fallback == RD_DROP ? RD_DROP : RD_PASS};
    resume_under(w, p, &v);
    return;
  }
  Held *held = g_new0(Held, 1);
  *held = (Held){judge, p, ticket, r->verdict.fallback, 0};
  g_hash_table_insert(judge->held, &held->ticket, held);
  held->deadline = ns3c_at(w->sim, ns3c_now(w->sim) + r->delay, deadline, held);
}

static bool host_release(RdHost *host, RdTicket ticket, const RdVerdict *verdict) {
  Held *held = g_hash_table_lookup(judge_of(host)->held, &ticket);
  if (held && verdict)
    go_on(held, verdict);
  return held && verdict;
}

/* --- what it begins ---------------------------------------------------------------------------- */

/* What a defense begins is numbered apart from what its node's handler does, and from other
 * defenses': that it stands here moves no draw of theirs. */
static RdTag tag_own(RdSimJudge *g) {
  RdContext *c = &g->world->context;
  const RdTag *of = g->world->judged ? g->world->judged : &c->tag;
  if (c->own_by != g || c->own_of != of->lineage) {
    c->own_by = g;
    c->own_of = of->lineage;
    c->own_sends = 0;
  }
  uint64_t own = rd_mix(rd_mix(of->lineage, g->counters.stream), c->actor->counters.stream);
  return (RdTag){c->tag.causes, rd_mix(own, ++c->own_sends), c->tag.depth};
}

/* --- its own messages ------------------------------------------------------------------------- */

static uint64_t branch_key(RdSlice branch) {
  const uint64_t key[2] = {0x6272616e6368, 0};
  return rd_siphash(key, branch.at, branch.len);
}

static void remember_question(RdSimJudge *judge, const RdSend *send) {
  RdWorld *w = judge->world;
  if (send->protocol != RD_PROTO_SIP || g_hash_table_size(judge->asked) >= MAX_ASKED ||
      !rd_sip_scan(&w->scan_other, send->bytes, send->len, RD_SIP_DATAGRAM) ||
      !w->scan_other.sip.is_request)
    return;
  uint64_t key = branch_key(w->scan_other.sip.via_branch);
  g_hash_table_insert(judge->asked, g_memdup2(&key, sizeof key),
                      GUINT_TO_POINTER(send->attachment));
}

static bool host_send(RdHost *host, const RdSend *send) {
  RdSimJudge *g = judge_of(host);
  RdWorld *w = g->world;
  if (!w->context.actor || send->attachment >= g->spec->n_places || send->conn ||
      (send->local.family && send->local.family != send->remote.family) ||
      send->len > RD_SIP_MAX_MESSAGE || (!send->bytes && send->len > 0))
    return false;
  RdSimAttachment *attachment = g->attachments[send->attachment];
  if (!rd_network_holds(attachment->network, &send->remote))
    return false;
  remember_question(g, send);
  RdParcel *p = rd_parcel_new(w, send->bytes, send->len);
  p->network = attachment->network;
  p->protocol = send->protocol;
  p->from = attachment->actor;
  p->from_attachment = attachment->index;
  p->source = send->local.family ? send->local : rd_sim_attachment_address(attachment, 0);
  p->destination = send->remote;
  p->source.transport = p->destination.transport = RD_UDP;
  RdTag tag = tag_own(g);
  rd_work_send_unjudged(p, &tag);
  return true;
}

bool rd_sim_judge_answered(RdSimAttachment *attachment, const RdMessage *m) {
  RdWorld *w = attachment->actor->world;
  if (!attachment->chain || !m->sip || m->sip->is_request)
    return false;
  uint64_t key = branch_key(m->sip->via_branch);
  for (unsigned i = 0; i < w->n_judges; i++) {
    RdSimJudge *g = w->judges[i];
    if (!g->judge->part->defense.receive || !g_hash_table_contains(g->asked, &key))
      continue;
    RdMessage own = *m;
    own.attachment = (uint16_t)GPOINTER_TO_UINT(g_hash_table_lookup(g->asked, &key));
    if (m->sip->status >= 200)
      g_hash_table_remove(g->asked, &key);
    g->judge->part->defense.receive(g->judge->self, &own);
    return true;
  }
  return false;
}

/* A defense's own time: it holds up no worker, and what it sends leaves at once. */
void rd_sim_judge_timer(RdSimJudge *g, RdTimer timer, uint64_t cookie, const RdTag *tag) {
  RdWorld *w = g->world;
  if (!g->judge->part->defense.timer)
    return;
  w->context = (RdContext){.actor = g->actors[0], .tag = *tag};
  w->context.effects_end = &w->context.effects;
  g->judge->part->defense.timer(g->judge->self, timer, cookie);
  RdParcel *effects = w->context.effects;
  w->context.actor = NULL;
  for (RdParcel *p = effects, *next; p; p = next) {
    next = p->next;
    p->next = NULL;
    rd_network_send(p);
  }
}

/* --- the rest of its host --------------------------------------------------------------------- */

static RdTime host_now(RdHost *host) {
  return ns3c_now(judge_of(host)->world->sim);
}

static uint64_t host_random(RdHost *host, uint64_t entity, uint32_t purpose, uint64_t index) {
  return rd_random(judge_of(host)->counters.stream, entity, purpose, index);
}

static RdTimer host_timer(RdHost *host, const RdTimerSpec *spec) {
  RdSimJudge *g = judge_of(host);
  RdContext *c = &g->world->context;
  RdTag tag = {.lineage = rd_mix(rd_mix(rd_mix(g->counters.stream, spec->entity), spec->attempt),
                                 spec->cookie)};
  if (c->actor && spec->cause == RD_INHERIT)
    tag = tag_own(g);
  return rd_world_timer(g->world, NULL, g, spec->at, spec->cookie, &tag);
}

static void host_cancel(RdHost *host, RdTimer timer) {
  rd_wheel_cancel(judge_of(host)->world->wheel, timer);
}

static RdConn host_open(RdHost *host, uint16_t attachment, uint64_t entity,
                        const RdAddress *remote) {
  (void)host, (void)attachment, (void)entity, (void)remote;
  return 0; /* a defense speaks in datagrams */
}

static void host_close(RdHost *host, RdConn conn) {
  (void)host, (void)conn;
}

static bool host_resolve(RdHost *host, uint16_t attachment, const char *name, RdAddress *ret) {
  RdSimJudge *g = judge_of(host);
  if (attachment >= g->spec->n_places)
    return false;
  RdSimActor *a = g->actors[attachment];
  return a->host.resolve(&a->host, (uint16_t)g->attachments[attachment]->index, name, ret);
}

static int host_route(RdHost *host, const RdAddress *remote) {
  RdSimJudge *g = judge_of(host);
  for (unsigned i = 0; i < g->spec->n_places; i++)
    if (rd_network_holds(g->attachments[i]->network, remote))
      return (int)i;
  return -1;
}

static double host_load(RdHost *host, uint16_t place) {
  RdSimJudge *g = judge_of(host);
  return place < g->spec->n_places ? rd_cpu_load(g->attachments[place]) : 0;
}

static void host_alert(RdHost *host, const RdAlert *alert) {
  RdSimJudge *g = judge_of(host);
  RdAlert settled = *alert;
  settled.score = rd_score_settled(alert->score);
  if (g->judge && g->world->truth) /* neither in open() nor in close() is it heard */
    rd_truth_alert(g->world->truth, g, &settled);
}

static uint32_t host_counter(RdHost *host, const char *name) {
  return rd_sim_counter(&judge_of(host)->counters, name);
}

static void host_count(RdHost *host, uint32_t counter, int64_t delta) {
  rd_sim_count(&judge_of(host)->counters, counter, delta);
}

static void host_log(RdHost *host, RdLogLevel level, const char *text) {
  rd_sim_log(judge_of(host)->world, host->name, level, text);
}

static uint32_t host_operation(RdHost *host, const char *name) {
  RdSimJudge *g = judge_of(host);
  return rd_sim_operation(g->world, &g->host, g->spec->part, name);
}

static void host_spend(RdHost *host, uint32_t operation, uint32_t bytes, uint32_t occupancy) {
  rd_work_spend(judge_of(host)->world, operation, bytes, occupancy);
}

static void host_attempt(RdHost *host, const RdAttempt *attempt) {
  (void)host, (void)attempt; /* a defense has no subscribers */
}

static void host_claim(RdHost *host, const RdClaim *claim) {
  (void)host, (void)claim;
}

static const RdHost judge_host = {.size = sizeof(RdHost),
                                  .now = host_now,
                                  .random = host_random,
                                  .timer = host_timer,
                                  .cancel = host_cancel,
                                  .send = host_send,
                                  .open = host_open,
                                  .close = host_close,
                                  .resolve = host_resolve,
                                  .route = host_route,
                                  .load = host_load,
                                  .release = host_release,
                                  .alert = host_alert,
                                  .counter = host_counter,
                                  .count = host_count,
                                  .log = host_log,
                                  .operation = host_operation,
                                  .spend = host_spend,
                                  .attempt = host_attempt,
                                  .claim = host_claim};

/* --- judging ---------------------------------------------------------------------------------- */

uint64_t rd_sim_judge_entries(RdSimJudge *g, uint64_t *ret_bytes) {
  *ret_bytes = 0;
  if (!g->judge->part->defense.state)
    return 0;
  return g->judge->part->defense.state(g->judge->self, ret_bytes);
}

void rd_sim_judge_observe(void *user, RdJudge *judge, const RdMessage *m, const RdVerdict *v) {
  RdWorld *w = user;
  RdSimJudge *g = (RdSimJudge *)judge->host;
  uint64_t bytes;
  rd_work_spend(w, g->cost_judge, m->len, rd_sim_judge_entries(g, &bytes));
  RdTime cost = w->context.cost - w->context.cost_seen;
  w->context.cost_seen = w->context.cost;
  rd_result_judged(w->result, judge->index, m->attachment,
                   rd_tag_truth(w->judged, w->benign_causes), w->judged->causes,
                   m->sip ? m->sip->method : RD_SIP_NONE, v, ns3c_now(w->sim), cost);
  rd_record_verdict(w->record, g, m, v, w->judged);
}

/* --- life ------------------------------------------------------------------------------------- */

static void find_places(RdSimJudge *g, RdPlace *places) {
  for (unsigned i = 0; i < g->spec->n_places; i++) {
    RdSimActor *actor = g->world->actors[g->spec->places[i].node];
    RdSimAttachment *attachment = &actor->attachments[g->spec->places[i].attach];
    const RdNetwork *net = attachment->network->spec;
    g->actors[i] = actor;
    g->attachments[i] = attachment;
    places[i] = (RdPlace){.size = sizeof(RdPlace),
                          .interface = (uint8_t)net->interface,
                          .protocol = RD_PROTO_SIP,
                          .node = actor->counters.name,
                          .network = net->name,
                          .domain = net->domain};
  }
}

static void stand(RdSimJudge *g) {
  RdWorld *w = g->world;
  for (unsigned i = 0; i < g->spec->n_places; i++) {
    RdSimAttachment *attachment = g->attachments[i];
    if (!attachment->chain) {
      const uint64_t key[2] = {
          rd_random(attachment->actor->counters.stream, 0, 1, attachment->index),
          rd_random(attachment->actor->counters.stream, 0, 2, attachment->index)};
      attachment->chain = rd_chain_new(key, rd_sim_judge_observe, w);
    }
    rd_chain_add(attachment->chain, g->judge, (uint16_t)i);
  }
}

RdSimJudge *rd_sim_judge_new(RdWorld *w, unsigned index, GError **error) {
  RdSimJudge *g = g_new0(RdSimJudge, 1);
  g->host = judge_host;
  g->world = w;
  g->spec = &w->trial->defenses[index];
  g->actors = g_new0(RdSimActor *, g->spec->n_places);
  g->attachments = g_new0(RdSimAttachment *, g->spec->n_places);
  g->held = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
  g->asked = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  rd_sim_counters_init(&g->counters, w->trial->seed, g->spec->name);
  g->host.name = g->counters.name;
  g->cost_judge = rd_costs_row(w->costs, g->spec->part, "judge");
  g->places = g_new0(RdPlace, g->spec->n_places);
  find_places(g, g->places);
  g->judge = rd_judge_new(g->spec->name, g->spec->part, g->spec->config, &g->host, g->places,
                          g->spec->n_places, index, error);
  if (!g->judge) {
    rd_sim_judge_free(g);
    return NULL;
  }
  stand(g);
  return g;
}

void rd_sim_judge_free(RdSimJudge *g) {
  if (!g)
    return;
  rd_judge_free(g->judge);
  g_hash_table_unref(g->held); /* parcels are freed with the world's */
  g_hash_table_unref(g->asked);
  rd_sim_counters_clear(&g->counters);
  g_free(g->actors);
  g_free(g->attachments);
  g_free(g->places);
  g_free(g);
}
