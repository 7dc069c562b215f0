/* Carries messages: a network is a hub, and an access line to it from each that is attached.
 *
 * flow: a message crosses each line as one event. packet: each attached actor is an ns-3 node with a
 * point-to-point link to the hub's node, and the message is a UDP datagram in IP packets. */
#include <string.h>

#include "lab/base/address.h"
#include "lab/config/capacity.h"
#include "lab/drive/sim/place.h"
#include "lab/drive/sim/world.h"

enum { PURPOSE_LOSS = 0x6c6f7373, PURPOSE_PATH = 0x70617468, PURPOSE_ADDRESS = 0x61646472 };
enum { IP_UDP = 28, IP_HEADER = 20, MTU = 1500, SIP_PORT = 5060 };

typedef struct {
  RdSimAttachment *attachment;
  uint64_t entity;
} Holder;

/* --- addresses -------------------------------------------------------------------------------- */

bool rd_network_holds(const RdSimNetwork *net, const RdAddress *address) {
  return rd_place_inside(net->spec, address);
}

RdAddress rd_sim_attachment_address(const RdSimAttachment *attachment, uint64_t entity) {
  uint64_t place =
      attachment->scattered ? attachment->scattered[entity] : attachment->first + entity;
  return rd_place_address(attachment->network->spec, place);
}

RdSimAttachment *rd_network_find(RdSimNetwork *net, const RdAddress *address,
                                 uint64_t *ret_entity) {
  uint64_t place;
  if (!rd_place_of(net->spec, address, &place))
    return NULL;
  for (unsigned i = 0; i < net->attachments->len; i++) {
    RdSimAttachment *attachment = g_ptr_array_index(net->attachments, i);
    if (!attachment->scattered && place - attachment->first < attachment->actor->entities) {
      *ret_entity = place - attachment->first;
      return attachment;
    }
  }
  Holder *holder = g_hash_table_lookup(net->scattered, &place);
  if (!holder)
    return NULL;
  *ret_entity = holder->entity;
  return holder->attachment;
}

/* Attackers live among the subscribers: their addresses are drawn from the same stretch. */
static bool spread(RdSimNetwork *net, RdSimAttachment *attachment, uint64_t low, uint64_t high) {
  uint64_t n = attachment->actor->entities;
  attachment->scattered = g_new(uint64_t, n);
  for (uint64_t e = 0; e < n; e++) {
    uint64_t tries = 0, place, entity;
    RdAddress a;
    do {
      if (tries > 1000)
        return false;
      place =
          low + rd_below(rd_random(attachment->actor->counters.stream, e, PURPOSE_ADDRESS, tries++),
                         high - low);
      a = rd_place_address(net->spec, place);
    } while (rd_network_find(net, &a, &entity));
    attachment->scattered[e] = place;
    Holder *holder = g_new(Holder, 1);
    *holder = (Holder){attachment, e};
    g_hash_table_insert(net->scattered, g_memdup2(&place, sizeof place), holder);
  }
  return true;
}

/* The stretch that attackers' addresses are drawn from ends here: among those of the populations, or further out if
 * the attackers are more. */
static uint64_t spread_limit(const RdSimNetwork *net, uint64_t low, uint64_t next, uint64_t total) {
  uint64_t attackers = 0;
  for (unsigned i = 0; i < net->attachments->len; i++) {
    const RdSimAttachment *attachment = g_ptr_array_index(net->attachments, i);
    attackers += attachment->actor->is_attack ? attachment->actor->entities : 0;
  }
  return MAX(next + 3 * total + 1024, low + 3 * attackers);
}

/* Of IPv6 a lone phone is no server: it has a /64 too. */
static bool is_population(const RdSimAttachment *attachment) {
  if (attachment->network->spec->prefix.family == 6)
    return rd_seat_of_node(attachment->actor->part) == RD_SEAT_POPULATION;
  return attachment->actor->entities > 1;
}

/* Gives consecutive places from `next` to the servers, or to the populations; returns what follows. */
static uint64_t line_up(RdSimNetwork *net, bool populations, uint64_t next) {
  for (unsigned i = 0; i < net->attachments->len; i++) {
    RdSimAttachment *attachment = g_ptr_array_index(net->attachments, i);
    if (attachment->actor->is_attack || is_population(attachment) != populations)
      continue;
    attachment->first = next;
    next += attachment->actor->entities;
  }
  return next;
}

bool rd_network_number(RdSimNetwork *net, GError **error) {
  RdSpan span = rd_place_span(net->spec);
  bool wide = span.servers_end > 512;
  uint64_t next = line_up(net, false, 1);
  bool fits = next <= span.servers_end;
  if (span.first)
    next = span.first;
  else if (wide)
    next = (next + 255) & ~UINT64_C(255);
  uint64_t total = next;
  next = line_up(net, true, next);
  total = next - total;
  fits = fits && next <= span.end;
  uint64_t low = span.first ? span.first : MIN(wide ? 256 : 1, span.end);
  uint64_t high = MIN(span.end, spread_limit(net, low, next, total));
  for (unsigned i = 0; i < net->attachments->len && fits; i++) {
    RdSimAttachment *attachment = g_ptr_array_index(net->attachments, i);
    if (attachment->actor->is_attack) {
      attachment->first = UINT64_MAX / 2; /* not consecutive: never matches */
      fits = high > low && high - low > 2 * attachment->actor->entities &&
             spread(net, attachment, low, high);
    }
  }
  if (!fits)
    g_set_error(error, RD_WORLD_ERROR, 0,
                "network %s: its prefix has too few addresses for all that are attached",
                net->spec->name);
  return fits;
}

/* --- what becomes of a message ---------------------------------------------------------------- */

static void lose(RdParcel *p, uint64_t *counter, const char *why) {
  (*counter)++;
  rd_record_trace(p->network->world->record, why, p, NULL);
  rd_parcel_free(p);
}

static void delivered(void *arg) {
  RdParcel *p = arg;
  RdSimNetwork *net = p->network;
  RdSimAttachment *attachment = &p->to->attachments[p->to_attachment];
  net->counts.received++;
  if (net->spec->fidelity == RD_FLOW) {
    net->under_way--;
    rd_record_message(net->world->record, attachment, p, false);
  }
  rd_cpu_arrive(p);
}

static unsigned fragments(size_t len) {
  unsigned room_each = (MTU - IP_HEADER) / 8 * 8;
  return (unsigned)((len + 8 + room_each - 1) / room_each);
}

/* One draw a packet and line, keyed by the message's place in the tree of causes. */
static bool lost_on(const RdSimAttachment *attachment, uint64_t lineage, unsigned nth,
                    bool outgoing) {
  if (attachment->line.loss <= 0)
    return false;
  uint64_t bits = rd_random(attachment->network->index, lineage, PURPOSE_LOSS, nth * 2 + outgoing);
  return rd_unit(rd_mix(bits, attachment->actor->counters.stream)) < attachment->line.loss;
}

/* One draw a message: all its packets share its fate. */
static bool lost_on_path(const RdSimNetwork *net, uint64_t lineage) {
  if (net->spec->path_loss <= 0)
    return false;
  uint64_t bits = rd_random(net->index, lineage, PURPOSE_PATH, 0);
  return rd_unit(rd_mix(bits, net->path_stream)) < net->spec->path_loss;
}

static bool flow_lost(const RdParcel *p) {
  const RdSimAttachment *from = &p->from->attachments[p->from_attachment];
  const RdSimAttachment *to = &p->to->attachments[p->to_attachment];
  if (lost_on_path(p->network, p->tag.lineage))
    return true;
  for (unsigned i = 0; i < fragments(p->len); i++)
    if (lost_on(from, p->tag.lineage, i, true) || lost_on(to, p->tag.lineage, i, false))
      return true;
  return false;
}

static size_t wire_length(const RdParcel *p) {
  return p->len + IP_UDP + (fragments(p->len) - 1) * IP_HEADER;
}

static void at_hub(void *arg) {
  RdParcel *p = arg;
  RdSimAttachment *to = &p->to->attachments[p->to_attachment];
  if (ns3c_flow_send(to->down, wire_length(p), delivered, p, NULL))
    return;
  p->network->under_way--;
  lose(p, &p->network->counts.queue_dropped, "line-queue-full");
}

static void send_flow(RdParcel *p) {
  RdSimNetwork *net = p->network;
  RdSimAttachment *from = &p->from->attachments[p->from_attachment];
  RdSimAttachment *to = &p->to->attachments[p->to_attachment];
  net->under_way++;
  if (flow_lost(p)) {
    net->under_way--;
    lose(p, &net->counts.lost, "lost");
  } else if (from->line.rate == 0 && to->line.rate == 0) {
    RdTime at = ns3c_now(net->world->sim) + from->line.delay + to->line.delay;
    ns3c_at(net->world->sim, at, delivered, p);
  } else if (!ns3c_flow_send(from->up, wire_length(p), at_hub, p, NULL)) {
    net->under_way--;
    lose(p, &net->counts.queue_dropped, "line-queue-full");
  }
}

static void send_packet(RdParcel *p) {
  RdSimNetwork *net = p->network;
  RdSimAttachment *from = &p->from->attachments[p->from_attachment];
  uint64_t tag = ++net->world->next_tag;
  g_hash_table_insert(net->flying, g_memdup2(&tag, sizeof tag), p);
  if (ns3c_udp_send(from->node, &p->source, &p->destination, p->bytes, p->len, tag))
    return;
  if (g_hash_table_remove(net->flying, &tag)) /* else a drop callback has had it */
    lose(p, &net->counts.no_route, "no-route");
}

void rd_network_send(RdParcel *p) {
  RdSimNetwork *net = p->network;
  RdWorld *w = net->world;
  uint64_t entity = 0;
  RdSimAttachment *to = rd_network_find(net, &p->destination, &entity);
  net->counts.sent++;
  /* What the sender's defenses did is over: the receiver's judge it afresh. */
  p->judged = false;
  p->link = 0;
  g_clear_pointer(&p->released, g_free);
  if (p->from->is_attack)
    rd_result_attack_sent(w->result, p->from->index, p->len);
  if (net->spec->fidelity == RD_FLOW)
    rd_record_message(w->record, &p->from->attachments[p->from_attachment], p, true);
  if (!to) {
    lose(p, &net->counts.no_route, "no-route");
    return;
  }
  p->to = to->actor;
  p->to_attachment = to->index;
  p->to_entity = entity;
  if (net->spec->fidelity == RD_PACKET)
    send_packet(p);
  else if (p->destination.port != SIP_PORT && p->conn == 0)
    lose(p, &net->counts.no_socket, "no-socket");
  else
    send_flow(p);
}

/* --- packet fidelity -------------------------------------------------------------------------- */

static RdParcel *land(RdSimNetwork *net, uint64_t tag) {
  RdParcel *p = g_hash_table_lookup(net->flying, &tag);
  if (p)
    g_hash_table_remove(net->flying, &tag);
  return p;
}

static void on_datagram(void *user, const RdAddress *from, const RdAddress *to,
                        const uint8_t *bytes, size_t len, uint64_t tag) {
  RdSimAttachment *attachment = user;
  RdParcel *p = land(attachment->network, tag);
  (void)from, (void)to;
  if (p) /* what IP carried is what counts, to the byte */
    delivered(rd_parcel_with(attachment->network->world, p, bytes, len));
}

static void on_drop(void *user, ns3c_drop reason, uint64_t tag) {
  RdWorld *w = user;
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++) {
    RdSimNetwork *net = &w->networks[i];
    RdParcel *p = net->flying ? land(net, tag) : NULL;
    if (!p)
      continue;
    switch (reason) {
    case NS3C_DROP_QUEUE:
      lose(p, &net->counts.queue_dropped, "line-queue-full");
      return;
    case NS3C_DROP_LOSS:
      lose(p, &net->counts.lost, "lost");
      return;
    case NS3C_DROP_NO_SOCKET:
      lose(p, &net->counts.no_socket, "no-socket");
      return;
    case NS3C_DROP_FRAGMENT:
      lose(p, &net->counts.fragments_lost, "fragment-lost");
      return;
    default:
      lose(p, &net->counts.no_route, "no-route");
      return;
    }
  }
}

static bool on_loss(void *user, uint64_t tag, unsigned nth, bool from_a) {
  RdSimAttachment *attachment = user;
  RdParcel *p = g_hash_table_lookup(attachment->network->flying, &tag);
  if (!p)
    return false;
  return (from_a && lost_on_path(attachment->network, p->tag.lineage)) ||
         lost_on(attachment, p->tag.lineage, nth, from_a);
}

static void on_sniff(void *user, RdTime at, const uint8_t *ip, size_t len, uint64_t tag,
                     bool from_a) {
  RdSimAttachment *attachment = user;
  RdParcel *p = g_hash_table_lookup(attachment->network->flying, &tag);
  (void)from_a;
  rd_record_packet(attachment->network->world->record, attachment, at, ip, len, p ? &p->tag : NULL);
}

static bool failed(const RdSimNetwork *net, GError **error) {
  g_set_error(error, RD_WORLD_ERROR, 0, "network %s: %s", net->spec->name, ns3c_error());
  return false;
}

static bool join_packet(RdSimNetwork *net, RdSimAttachment *attachment, GError **error) {
  ns3c_sim *sim = net->world->sim;
  ns3c_link_spec spec = {.rate =
                             attachment->line.rate ? attachment->line.rate : UINT64_C(100000000000),
                         .delay = attachment->line.delay,
                         .queue = attachment->line.queue ? attachment->line.queue : 1000};
  attachment->node = ns3c_node_new(sim, attachment->actor->counters.name);
  attachment->link =
      attachment->node ? ns3c_link_new(sim, attachment->node, net->hub, &spec) : NULL;
  if (!attachment->link || !ns3c_udp_bind(attachment->node, SIP_PORT, on_datagram, attachment) ||
      !ns3c_route(attachment->node, attachment->link, &net->spec->prefix, net->spec->prefix_length))
    return failed(net, error);
  if ((attachment->line.loss > 0 || net->spec->path_loss > 0) &&
      !ns3c_link_loss(attachment->link, on_loss, attachment))
    return failed(net, error);
  if (attachment->record >= 0 && !ns3c_link_sniff(attachment->link, on_sniff, attachment))
    return failed(net, error);
  for (uint64_t e = 0; e < attachment->actor->entities; e++) {
    RdAddress a = rd_sim_attachment_address(attachment, e);
    if (!ns3c_address(attachment->node, attachment->link, &a) ||
        !ns3c_route(net->hub, attachment->link, &a, 32))
      return failed(net, error);
  }
  return true;
}

bool rd_network_build(RdSimNetwork *net, GError **error) {
  ns3c_sim *sim = net->world->sim;
  if (net->spec->fidelity == RD_PACKET) {
    net->flying = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    net->hub = ns3c_node_new(sim, net->spec->name);
    if (!net->hub)
      return failed(net, error);
    ns3c_drops(sim, on_drop, net->world);
  }
  for (unsigned i = 0; i < net->attachments->len; i++) {
    RdSimAttachment *attachment = g_ptr_array_index(net->attachments, i);
    if (net->spec->fidelity == RD_PACKET) {
      if (!join_packet(net, attachment, error))
        return false;
      continue;
    }
    attachment->up =
        ns3c_flow_new(sim, attachment->line.rate, attachment->line.delay, attachment->line.queue);
    attachment->down =
        ns3c_flow_new(sim, attachment->line.rate, attachment->line.delay, attachment->line.queue);
    if (!attachment->up || !attachment->down)
      return failed(net, error);
  }
  return true;
}

/* Counted one by one, not by subtraction: the law of conservation is checked against it. */
void rd_network_in_flight(RdSimNetwork *net) {
  if (net->spec->fidelity == RD_PACKET)
    net->counts.in_flight = g_hash_table_size(net->flying);
  else
    net->counts.in_flight = net->under_way;
}

void rd_network_free(RdSimNetwork *net) {
  if (net->attachments)
    g_ptr_array_unref(net->attachments);
  if (net->scattered)
    g_hash_table_unref(net->scattered);
  if (net->flying)
    g_hash_table_unref(net->flying);
}
