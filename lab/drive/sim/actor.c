/* What the world lends an actor: the simulator's attachment of RdHost. */
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/drive/sim/world.h"
#include "lab/plugin/costs.h"
#include "lab/text/words.h"

#define MAX_COUNTERS 64

/* --- counters, shared with judges -------------------------------------------------------------- */

void rd_sim_counters_init(RdSimCounters *c, uint64_t seed, const char *name) {
  c->name = g_strdup(name);
  c->stream = rd_stream(seed, name);
  c->names = g_ptr_array_new_with_free_func(g_free);
  c->values = g_array_new(FALSE, TRUE, sizeof(int64_t));
}

void rd_sim_counters_clear(RdSimCounters *c) {
  g_free(c->name);
  if (c->names)
    g_ptr_array_unref(c->names);
  if (c->values)
    g_array_unref(c->values);
}

uint32_t rd_sim_counter(RdSimCounters *c, const char *name) {
  if (!name)
    return 0;
  for (unsigned i = 0; i < c->names->len; i++)
    if (strcmp(g_ptr_array_index(c->names, i), name) == 0)
      return i + 1;
  if (c->names->len == MAX_COUNTERS)
    return 0;
  g_ptr_array_add(c->names, g_strdup(name));
  g_array_set_size(c->values, c->names->len);
  return c->names->len;
}

void rd_sim_count(RdSimCounters *c, uint32_t counter, int64_t delta) {
  if (counter == 0 || counter > c->values->len)
    return;
  int64_t *value = &g_array_index(c->values, int64_t, counter - 1);
  if (__builtin_add_overflow(*value, delta, value))
    *value = delta > 0 ? INT64_MAX : INT64_MIN;
}

void rd_sim_log(RdWorld *w, const char *name, RdLogLevel level, const char *text) {
  static const char *const words[] = {"error", "warning", "info", "debug"};
  if (text && level <= RD_LOG_WARNING && w->log->len < 65536)
    g_string_append_printf(w->log, "%s: %s: %s\n", name, words[MIN(level, RD_LOG_DEBUG)], text);
}

#define UNDECLARED_MAX                                                                             \
  64 /* a part that makes up names is heard of this often, all parts together */

uint32_t rd_sim_operation(RdWorld *w, const RdHost *host, const RdPart *part, const char *name) {
  if (!name)
    return 0;
  if (rd_part_spends(part, name))
    return rd_costs_row(w->costs, part, name);
  if (g_hash_table_size(w->undeclared) >= UNDECLARED_MAX ||
      !g_hash_table_add(w->undeclared, g_strdup_printf("%s %s", host->name, name)))
    return 0;
  g_autofree const char **known = rd_part_operations(part);
  g_autofree char *quoted = rd_words_quote(name);
  g_autofree char *suggestion = rd_words_suggestion(name, known);
  g_autofree char *text = g_strdup_printf(
      "it asks for the operation %s, which part %s does not declare, so its work is free%s", quoted,
      part->plugin.name, suggestion);
  rd_sim_log(w, host->name, RD_LOG_ERROR, text);
  return 0;
}

/* --- the host --------------------------------------------------------------------------------- */

static RdSimActor *actor_of(RdHost *host) {
  return (RdSimActor *)host;
}

static RdTime host_now(RdHost *host) {
  return ns3c_now(actor_of(host)->world->sim);
}

static uint64_t host_random(RdHost *host, uint64_t entity, uint32_t purpose, uint64_t index) {
  return rd_random(actor_of(host)->counters.stream, entity, purpose, index);
}

/* A server that counts ticks, as Kamailio counts sixteenths of a second (core/timer_ticks.h), adds a
 * duration in whole ticks, rounded up, to the tick it is in: up to one tick early, never late. */
static RdTime on_tick(const RdSimActor *a, RdTime at) {
  RdTime tick = a->cpu.spec.tick, t = ns3c_now(a->world->sim);
  if (tick == 0 || at <= t || at > INT64_MAX / 2)
    return at;
  return (t / tick + (at - t + tick - 1) / tick) * tick;
}

static RdTimer host_timer(RdHost *host, const RdTimerSpec *spec) {
  RdSimActor *a = actor_of(host);
  RdContext *c = &a->world->context;
  RdTag tag = rd_tag_child(&c->tag, ++c->children);
  if (!c->actor) /* armed in open(): there is no work in hand */
    tag = (RdTag){.causes = a->cause, .lineage = rd_mix(a->counters.stream, spec->cookie)};
  if (spec->cause == RD_NEW) {
    tag.lineage =
        rd_mix(rd_mix(rd_mix(a->counters.stream, spec->entity), spec->attempt), spec->cookie);
    tag.causes = a->cause;
    tag.depth = 0;
  }
  return rd_world_timer(a->world, a, NULL, on_tick(a, spec->at), spec->cookie, &tag);
}

static void host_cancel(RdHost *host, RdTimer timer) {
  rd_wheel_cancel(actor_of(host)->world->wheel, timer);
}

static bool host_send(RdHost *host, const RdSend *send) {
  RdSimActor *a = actor_of(host);
  RdWorld *w = a->world;
  if (w->context.actor != a || send->attachment >= a->n_attachments ||
      send->entity >= a->entities || send->conn != 0)
    return false;
  RdSimAttachment *attachment = &a->attachments[send->attachment];
  if (send->len > 65507 || (!send->bytes && send->len > 0) ||
      (send->local.family && send->local.family != send->remote.family) ||
      !rd_network_holds(attachment->network, &send->remote))
    return false;
  RdParcel *p = rd_parcel_new(w, send->bytes, send->len);
  p->network = attachment->network;
  p->protocol = send->protocol;
  p->from = a;
  p->from_attachment = send->attachment;
  p->from_entity = send->entity;
  p->source =
      send->local.family ? send->local : rd_sim_attachment_address(attachment, send->entity);
  p->destination = send->remote;
  p->source.transport = p->destination.transport = RD_UDP;
  rd_work_send(p, true);
  return true;
}

static RdConn host_open(RdHost *host, uint16_t attachment, uint64_t entity,
                        const RdAddress *remote) {
  (void)host, (void)attachment, (void)entity, (void)remote;
  return 0;
}

static void host_close(RdHost *host, RdConn conn) {
  (void)host, (void)conn;
}

static bool host_resolve(RdHost *host, uint16_t attachment, const char *name, RdAddress *ret) {
  RdSimActor *a = actor_of(host);
  if (attachment >= a->n_attachments || !name)
    return false;
  GPtrArray *there = a->attachments[attachment].network->attachments;
  for (unsigned i = 0; i < there->len; i++) {
    RdSimAttachment *other = g_ptr_array_index(there, i);
    if (!other->actor->is_attack && strcmp(other->actor->counters.name, name) == 0) {
      *ret = rd_sim_attachment_address(other, 0);
      return true;
    }
  }
  return false;
}

static int host_route(RdHost *host, const RdAddress *remote) {
  RdSimActor *a = actor_of(host);
  for (unsigned i = 0; i < a->n_attachments; i++)
    if (rd_network_holds(a->attachments[i].network, remote))
      return (int)i;
  return -1;
}

static double host_load(RdHost *host, uint16_t place) {
  const RdSimActor *a = actor_of(host);
  return place < a->n_attachments ? rd_cpu_load(&a->attachments[place]) : 0;
}

static bool host_release(RdHost *host, RdTicket ticket, const RdVerdict *verdict) {
  (void)host, (void)ticket, (void)verdict;
  return false; /* actors hold nothing */
}

static void host_alert(RdHost *host, const RdAlert *alert) {
  (void)host, (void)alert; /* only defenses are heard */
}

static uint32_t host_counter(RdHost *host, const char *name) {
  return rd_sim_counter(&actor_of(host)->counters, name);
}

static void host_count(RdHost *host, uint32_t counter, int64_t delta) {
  rd_sim_count(&actor_of(host)->counters, counter, delta);
}

static void host_log(RdHost *host, RdLogLevel level, const char *text) {
  rd_sim_log(actor_of(host)->world, host->name, level, text);
}

static uint32_t host_operation(RdHost *host, const char *name) {
  RdSimActor *a = actor_of(host);
  return rd_sim_operation(a->world, &a->host, a->part, name);
}

static void host_spend(RdHost *host, uint32_t operation, uint32_t bytes, uint32_t occupancy) {
  rd_work_spend(actor_of(host)->world, operation, bytes, occupancy);
}

static void host_attempt(RdHost *host, const RdAttempt *at) {
  RdSimActor *a = actor_of(host);
  RdWorld *w = a->world;
  if (!w->ledger) /* in close(): the books are shut */
    return;
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
    ns3c_stop(w->sim); /* finish() says why */
}

static void host_claim(RdHost *host, const RdClaim *claim) {
  RdSimActor *a = actor_of(host);
  if (a->is_attack && claim->kind && claim->subject && a->world->truth)
    rd_truth_claim(a->world->truth, a, claim);
}

static RdAddress setup_address(RdHost *host, uint16_t attachment, uint64_t entity) {
  RdSimActor *a = actor_of(host);
  if (attachment >= a->n_attachments || entity >= a->entities)
    return (RdAddress){.family = 0};
  return rd_sim_attachment_address(&a->attachments[attachment], entity);
}

static const RdHost actor_host = {.size = sizeof(RdHost),
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

/* --- life ------------------------------------------------------------------------------------- */

RdSimActor *rd_sim_actor_new(RdWorld *w, const RdPart *part, const char *name, const void *config,
                             unsigned index, bool is_attack) {
  RdSimActor *a = g_new0(RdSimActor, 1);
  a->host = actor_host;
  a->world = w;
  a->part = part;
  a->config = config;
  a->index = index;
  a->is_attack = is_attack;
  a->cause = is_attack ? UINT64_C(1) << index : 0;
  a->stop = w->trial->duration;
  rd_sim_counters_init(&a->counters, w->trial->seed, name);
  a->host.name = a->counters.name;
  a->cost_scan = rd_costs_row(w->costs, part, "scan");
  a->cost_handle = rd_costs_row(w->costs, part, "handle");
  a->cost_send = rd_costs_row(w->costs, part, "send");
  a->cost_timer = rd_costs_row(w->costs, part, "timer");
  return a;
}

bool rd_sim_actor_open(RdSimActor *a, GError **error) {
  a->told = g_new0(RdAttachment, a->n_attachments + 1);
  for (unsigned i = 0; i < a->n_attachments; i++) {
    const RdNetwork *net = a->attachments[i].network->spec;
    a->told[i] = (RdAttachment){.size = sizeof(RdAttachment),
                                .interface = (uint8_t)net->interface,
                                .network = net->name,
                                .domain = net->domain,
                                .first = rd_sim_attachment_address(&a->attachments[i], 0)};
  }
  a->setup = (RdActorSetup){.size = sizeof a->setup,
                            .n_attachments = a->n_attachments,
                            .attachment_stride = sizeof(RdAttachment),
                            .attachments = a->told,
                            .entities = a->entities,
                            .start = a->start,
                            .stop = a->stop,
                            .address = setup_address};
  a->self = a->part->actor.open(&a->host, a->config, &a->setup);
  if (!a->self)
    g_set_error(error, RD_WORLD_ERROR, 0, "%s: refused its configuration%s%s", a->counters.name,
                a->world->log->len ? ":\n" : "", a->world->log->str);
  return a->self != NULL;
}

void rd_sim_actor_free(RdSimActor *a) {
  if (!a)
    return;
  if (a->self)
    a->part->actor.close(a->self);
  for (unsigned i = 0; i < a->n_attachments; i++) {
    rd_chain_free(a->attachments[i].chain);
    g_free(a->attachments[i].scattered);
  }
  rd_cpu_clear(a);
  g_free(a->attachments);
  g_free(a->told);
  rd_sim_counters_clear(&a->counters);
  g_free(a);
}
