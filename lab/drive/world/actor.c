#include "lab/drive/world/actor.h"

#include "lab/base/take.h"
#include "lab/drive/world/cpu.h"
#include "lab/drive/world/facts.h"
#include "lab/drive/world/filter.h"
#include "lab/drive/world/intercept.h"
#include "lab/drive/world/network.h"
#include "lab/drive/world/ports.h"
#include "lab/drive/world/secrets.h"
#include "lab/drive/world/stream.h"
#include "lab/drive/world/timers.h"
#include "lab/drive/world/truth.h"
#include "lab/drive/world/work.h"

/* --- the host --------------------------------------------------------------------------------- */

static RdWorldActor *actor_of(RdHost *host) {
  return (RdWorldActor *)host;
}

/* A server that counts ticks, as Kamailio counts sixteenths of a second (core/timer_ticks.h), adds a
 * duration in whole ticks, rounded up, to the tick it is in: up to one tick early, never late. */
static RdTime on_tick(const RdWorldActor *a, RdTime at) {
  RdTime tick = a->cpu.spec.tick, t = rd_now(a->world);
  if (tick == 0 || at <= t || at > INT64_MAX / 2)
    return at;
  return (t / tick + (at - t + tick - 1) / tick) * tick;
}

static RdTimer host_timer(RdHost *host, const RdTimerSpec *given) {
  RdWorldActor *a = actor_of(host);
  RdTimerSpec taken, *spec = &taken;
  if (!rd_take(spec, sizeof *spec, RD_END_OF(RdTimerSpec, attempt), given))
    return 0;
  RdContext *c = &a->world->context;
  RdTag tag = rd_tag_child(&c->tag, ++c->children);
  if (!c->actor) /* armed in open(): there is no work in hand */
    tag = (RdTag){.causes = a->cause, .lineage = rd_mix(a->host.base.stream, spec->cookie)};
  if (spec->cause == RD_NEW) {
    tag.lineage =
        rd_mix(rd_mix(rd_mix(a->host.base.stream, spec->entity), spec->attempt), spec->cookie);
    tag.causes = a->cause;
    tag.depth = 0;
  }
  return rd_timers_arm(a->world, a, NULL, on_tick(a, spec->at), spec->cookie, &tag);
}

static bool host_send(RdHost *host, const RdSend *given) {
  RdWorldActor *a = actor_of(host);
  RdSend send;
  if (!rd_take(&send, sizeof send, RD_END_OF(RdSend, len), given) || a->world->context.actor != a ||
      send.attachment >= a->n_attachments || send.entity >= a->entities)
    return false;
  RdParcel *p = rd_world_parcel(&a->attachments[send.attachment], NULL, &send);
  if (p)
    rd_work_send(p, true);
  return p != NULL;
}

static uint16_t host_listen(RdHost *host, const RdListen *given) {
  RdWorldActor *a = actor_of(host);
  RdListen listen;
  if (!rd_take(&listen, sizeof listen, RD_END_OF(RdListen, protocol), given) ||
      listen.attachment >= a->n_attachments)
    return 0;
  return rd_ports_open(&a->attachments[listen.attachment], listen.transport, listen.port,
                       listen.protocol, NULL);
}

static RdConn host_connect(RdHost *host, const RdConnect *given) {
  RdWorldActor *a = actor_of(host);
  RdContext *c = &a->world->context;
  RdConnect to;
  if (!rd_take(&to, sizeof to, RD_END_OF(RdConnect, remote), given) || c->actor != a ||
      to.attachment >= a->n_attachments || to.entity >= a->entities)
    return 0;
  RdTag tag = rd_work_tag(a->world);
  return rd_stream_connect(&a->attachments[to.attachment], to.entity, to.protocol, &to.local,
                           &to.remote, NULL, &tag);
}

static void host_close(RdHost *host, RdConn conn) {
  RdWorldActor *a = actor_of(host);
  RdStream *s = rd_stream_find(a->world, a, NULL, conn);
  if (s)
    rd_work_close(s);
}

static bool host_resolve(RdHost *host, uint16_t attachment, const char *name, RdAddress *ret) {
  RdWorldActor *a = actor_of(host);
  return attachment < a->n_attachments && name &&
         rd_world_resolve(&a->attachments[attachment], name, ret);
}

static int host_route(RdHost *host, const RdAddress *remote) {
  RdWorldActor *a = actor_of(host);
  for (unsigned i = 0; i < a->n_attachments; i++)
    if (rd_network_holds(a->attachments[i].network, remote))
      return (int)i;
  return -1;
}

static bool host_release(RdHost *host, RdTicket ticket, const RdVerdict *verdict) {
  return rd_intercept_release(actor_of(host), ticket, verdict);
}

static uint64_t host_filter(RdHost *host, const RdFilter *given) {
  RdWorldActor *a = actor_of(host);
  RdFilter filter;
  return !a->is_attack && rd_take(&filter, sizeof filter, RD_END_OF(RdFilter, until), given) &&
                 filter.place < a->n_attachments
             ? rd_filter_add(&a->attachments[filter.place], host, NULL, &filter)
             : 0;
}

static bool host_unfilter(RdHost *host, uint64_t filter, bool keep, uint64_t *ret_dropped) {
  return rd_filter_remove(actor_of(host)->world, host, filter, keep, ret_dropped);
}

static double host_load(RdHost *host, uint16_t place) {
  const RdWorldActor *a = actor_of(host);
  return place < a->n_attachments ? rd_cpu_load(&a->attachments[place]) : 0;
}

static void host_attempt(RdHost *host, const RdAttempt *given) {
  RdWorldActor *a = actor_of(host);
  RdWorld *w = a->world;
  RdAttempt taken, *at = &taken;
  if (!rd_take(at, sizeof *at, RD_END_OF(RdAttempt, talked), given) || !w->ledger)
    return; /* in close() the books are shut */
  RdLedgerRow row = {.entity = at->entity,
                     .attempt = at->attempt,
                     .peer = at->peer,
                     .node = a->is_attack ? w->trial->topology->n_nodes + a->index : a->index,
                     .status = at->status,
                     .kind = at->kind,
                     .retries = at->retries,
                     .started = at->started,
                     .ringing = at->ringing,
                     .answered = at->answered,
                     .ended = at->ended,
                     .closed = at->closed,
                     .left = at->left,
                     .wanted = at->wanted,
                     .talked = at->talked,
                     .causes = a->cause};
  rd_result_attempt(w->result, &row);
  if (!rd_ledger_write(w->ledger, &row))
    w->clock->stop(w->clock); /* finish() says why */
}

static void host_claim(RdHost *host, const RdClaim *given) {
  RdWorldActor *a = actor_of(host);
  RdClaim claim;
  if (rd_take(&claim, sizeof claim, RD_END_OF(RdClaim, value), given) && a->is_attack &&
      claim.kind && claim.subject && a->world->truth)
    rd_truth_claim(a->world->truth, a, &claim);
}

static void host_fact(RdHost *host, const RdFact *given) {
  RdWorldActor *a = actor_of(host);
  RdFact fact;
  if (!a->is_attack && a->world->facts &&
      rd_take(&fact, sizeof fact, RD_END_OF(RdFact, entity), given))
    rd_facts_note(a->world->facts, host, &fact,
                  a->world->context.actor ? a->world->context.tag.causes : 0);
}

static bool host_secret(RdHost *host, const RdSecret *given) {
  RdWorldActor *a = actor_of(host);
  RdSecret secret;
  return !a->is_attack && rd_take(&secret, sizeof secret, RD_END_OF(RdSecret, bytes), given) &&
         rd_secrets_add(a->world->secrets, a, &secret);
}

static RdAddress setup_address(RdHost *host, uint16_t attachment, uint64_t entity) {
  RdWorldActor *a = actor_of(host);
  if (attachment >= a->n_attachments || entity >= a->entities)
    return (RdAddress){.family = 0};
  return rd_attachment_address(&a->attachments[attachment], entity);
}

static void set_host(RdHost *host) {
  host->timer = host_timer;
  host->send = host_send;
  host->listen = host_listen;
  host->connect = host_connect;
  host->close = host_close;
  host->resolve = host_resolve;
  host->route = host_route;
  host->load = host_load;
  host->release = host_release;
  host->filter = host_filter;
  host->unfilter = host_unfilter;
  host->attempt = host_attempt;
  host->claim = host_claim;
  host->fact = host_fact;
  host->secret = host_secret;
}

/* --- life ------------------------------------------------------------------------------------- */

RdWorldActor *rd_actor_new(RdWorld *w, const RdPart *part, const char *name, const void *config,
                           unsigned index, bool is_attack) {
  RdWorldActor *a = g_new0(RdWorldActor, 1);
  rd_world_host_init(&a->host, w, part, name);
  set_host(&a->host.base.host);
  a->world = w;
  a->part = part;
  a->config = config;
  a->index = index;
  a->is_attack = is_attack;
  a->cause = is_attack ? UINT64_C(1) << index : 0;
  a->stop = w->trial->duration;
  a->cost_scan = rd_costs_row(w->costs, part, "scan");
  a->cost_handle = rd_costs_row(w->costs, part, "handle");
  a->cost_send = rd_costs_row(w->costs, part, "send");
  a->cost_timer = rd_costs_row(w->costs, part, "timer");
  return a;
}

/* The ends of the lines that an attack listens on, as a defense is told of its places. */
static void tell_links(RdWorldActor *a) {
  const RdTrial *t = a->world->trial;
  const RdTrialAttack *attack = a->is_attack ? &t->attacks[a->index] : NULL;
  if (!attack || attack->n_links == 0)
    return;
  a->holds = rd_holds_new();
  a->links = g_new0(RdPlace, attack->n_links);
  for (unsigned i = 0; i < attack->n_links; i++)
    a->links[i] = rd_world_place(a->world, &attack->links[i]);
  a->setup.n_links = attack->n_links;
  a->setup.link_stride = sizeof(RdPlace);
  a->setup.links = a->links;
}

bool rd_actor_open(RdWorldActor *a, GError **error) {
  a->told = g_new0(RdAttachment, a->n_attachments + 1);
  for (unsigned i = 0; i < a->n_attachments; i++) {
    const RdNetwork *net = a->attachments[i].network->spec;
    a->told[i] = (RdAttachment){.size = sizeof(RdAttachment),
                                .interface = (uint8_t)net->interface,
                                .network = net->name,
                                .domain = net->domain,
                                .first = rd_attachment_address(&a->attachments[i], 0)};
  }
  a->setup = (RdActorSetup){.size = sizeof a->setup,
                            .n_attachments = a->n_attachments,
                            .attachment_stride = sizeof(RdAttachment),
                            .attachments = a->told,
                            .entities = a->entities,
                            .start = a->start,
                            .stop = a->stop,
                            .address = setup_address};
  tell_links(a);
  a->self = a->part->actor.open(&a->host.base.host, a->config, &a->setup);
  if (!a->self)
    g_set_error(error, RD_WORLD_ERROR, 0, "%s: refused its configuration%s%s", rd_actor_name(a),
                a->world->log->len ? ":\n" : "", a->world->log->str);
  return a->self != NULL;
}

void rd_actor_close(RdWorldActor *a) {
  if (a->self)
    a->part->actor.close(a->self);
  a->self = NULL;
}

void rd_actor_free(RdWorldActor *a) {
  if (!a)
    return;
  for (unsigned i = 0; i < a->n_attachments; i++) {
    rd_chain_free(a->attachments[i].chain);
    g_free(a->attachments[i].scattered);
  }
  rd_cpu_clear(a);
  g_free(a->attachments);
  g_free(a->told);
  g_free(a->links);
  if (a->holds)
    rd_holds_free(a->holds);
  rd_world_host_clear(&a->host);
  g_free(a);
}
