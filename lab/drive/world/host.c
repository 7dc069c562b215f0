#include "lab/drive/world/host.h"

#include <string.h>

#include "lab/base/take.h"
#include "lab/drive/world/network.h"
#include "lab/drive/world/stream.h"
#include "lab/drive/world/timers.h"
#include "lab/drive/world/train.h"
#include "lab/drive/world/work.h"
#include "lab/plugin/costs.h"
#include "lab/text/words.h"

/* Of what parts said, kept for stderr; and the most octets of a datagram over IPv4. */
enum { LONGEST_LOG = 65536, LONGEST_DATAGRAM = 65507, LONGEST_WRITE = 1 << 20 };
/* Operations that parts make up are told of this often, all parts together. */
enum { MOST_UNDECLARED = 64 };

static RdWorldHost *of(RdHost *host) {
  return (RdWorldHost *)host;
}

static RdTime host_now(RdHost *host) {
  return rd_now(of(host)->world);
}

static void host_cancel(RdHost *host, RdTimer timer) {
  rd_timers_cancel(of(host)->world, timer);
}

/* One that the part does not declare is free, and an error of the part, said once. */
static uint32_t host_operation(RdHost *host, const char *name) {
  RdWorld *w = of(host)->world;
  const RdPart *part = of(host)->part;
  if (!name)
    return 0;
  if (rd_part_spends(part, name))
    return rd_costs_row(w->costs, part, name);
  if (g_hash_table_size(w->undeclared) >= MOST_UNDECLARED ||
      !g_hash_table_add(w->undeclared, g_strdup_printf("%s %s", host->name, name)))
    return 0;
  g_autofree const char **known = rd_part_operations(part);
  g_autofree char *quoted = rd_words_quote(name);
  g_autofree char *suggestion = rd_words_suggestion(name, known);
  g_autofree char *text = g_strdup_printf(
      "it asks for the operation %s, which part %s does not declare, so its work is free%s", quoted,
      part->plugin.name, suggestion);
  host->log(host, RD_LOG_ERROR, text);
  return 0;
}

static void host_spend(RdHost *host, uint32_t operation, uint32_t bytes, uint32_t occupancy) {
  rd_work_spend(of(host), operation, bytes, occupancy);
}

static void on_log(void *user, RdBaseHost *base, RdLogLevel level, const char *text) {
  static const char *const words[] = {"error", "warning", "info", "debug"};
  RdWorld *w = user;
  if (level <= RD_LOG_WARNING && w->log->len < LONGEST_LOG)
    g_string_append_printf(w->log, "%s: %s: %s\n", base->name, words[MIN(level, RD_LOG_DEBUG)],
                           text);
}

void rd_world_host_init(RdWorldHost *h, RdWorld *w, const RdPart *part, const char *name) {
  rd_base_host_init(&h->base, name, w->trial->seed);
  h->base.on_log = on_log;
  h->base.user = w;
  h->base.host.now = host_now;
  h->base.host.epoch = w->trial->epoch;
  h->base.host.cancel = host_cancel;
  h->base.host.operation = host_operation;
  h->base.host.spend = host_spend;
  h->world = w;
  h->part = part;
}

void rd_world_host_clear(RdWorldHost *h) {
  rd_base_host_clear(&h->base);
}

/* --- sending ---------------------------------------------------------------------------------- */

static bool fits(const RdSend *send, const RdWorldNetwork *net) {
  size_t most = send->conn ? LONGEST_WRITE : LONGEST_DATAGRAM;
  if (send->len > most || (!send->bytes && send->len > 0))
    return false;
  return send->conn || ((!send->local.family || send->local.family == send->remote.family) &&
                        rd_network_holds(net, &send->remote));
}

static RdParcel *on_stream(RdWorldAttachment *a, RdWorldJudge *owner, const RdSend *send) {
  RdWorld *w = a->network->world;
  RdStream *s = rd_stream_find(w, a->actor, owner, send->conn);
  if (!s || s->attachment != a || !s->up || send->len == 0)
    return NULL;
  RdParcel *p = rd_parcel_new(w, send->bytes, send->len);
  p->network = a->network;
  p->conn = s->conn;
  p->protocol = s->protocol;
  p->from_entity = s->entity;
  p->source = s->local;
  p->destination = s->remote;
  return p;
}

static RdParcel *as_datagram(RdWorldAttachment *a, const RdSend *send) {
  RdParcel *p = rd_parcel_new(a->network->world, send->bytes, send->len);
  p->network = a->network;
  p->protocol = send->protocol;
  p->from_entity = send->entity;
  p->source = send->local.family ? send->local : rd_attachment_address(a, send->entity);
  p->destination = send->remote;
  p->source.transport = p->destination.transport = RD_UDP;
  p->count = rd_train_length(a->actor, send);
  p->spacing = send->spacing;
  return p;
}

RdParcel *rd_world_parcel(RdWorldAttachment *a, RdWorldJudge *owner, const RdSend *send) {
  if (!fits(send, a->network))
    return NULL;
  RdParcel *p = send->conn ? on_stream(a, owner, send) : as_datagram(a, send);
  if (!p)
    return NULL;
  p->owner = owner;
  p->from = a->actor;
  p->from_attachment = (uint16_t)a->index;
  return p;
}

bool rd_world_resolve(RdWorldAttachment *attachment, const char *name, RdAddress *ret) {
  GPtrArray *there = attachment->network->attachments;
  for (unsigned i = 0; i < there->len; i++) {
    RdWorldAttachment *other = g_ptr_array_index(there, i);
    if (!other->actor->is_attack && strcmp(rd_actor_name(other->actor), name) == 0) {
      *ret = rd_attachment_address(other, 0);
      return true;
    }
  }
  return false;
}

RdPlace rd_world_place(const RdWorld *w, const RdTrialPlace *at) {
  const RdTopology *t = w->trial->topology;
  const RdNode *node = &t->nodes[at->node];
  const RdNetwork *net = &t->networks[node->attach[at->attach].network];
  return (RdPlace){.size = sizeof(RdPlace),
                   .interface = (uint8_t)net->interface,
                   .node = node->name,
                   .network = net->name,
                   .domain = net->domain};
}
