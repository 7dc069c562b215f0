#include "lab/drive/world/network.h"

#include "lab/base/address.h"
#include "lab/config/capacity.h"
#include "lab/drive/world/filter.h"
#include "lab/drive/world/place.h"
#include "lab/drive/world/ports.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/stream.h"

enum { PURPOSE_LOSS = 0x6c6f7373, PURPOSE_PATH = 0x70617468, PURPOSE_ADDRESS = 0x61646472 };
enum { IP_HEADER = 20, MTU = 1500 };

typedef struct {
  RdWorldAttachment *attachment;
  uint64_t entity;
} Holder;

/* --- addresses -------------------------------------------------------------------------------- */

bool rd_network_holds(const RdWorldNetwork *net, const RdAddress *address) {
  return rd_place_inside(net->spec, address);
}

RdAddress rd_attachment_address(const RdWorldAttachment *attachment, uint64_t entity) {
  uint64_t place =
      attachment->scattered ? attachment->scattered[entity] : attachment->first + entity;
  return rd_place_address(attachment->network->spec, place);
}

RdWorldAttachment *rd_network_find(RdWorldNetwork *net, const RdAddress *address,
                                   uint64_t *ret_entity) {
  uint64_t place;
  if (!rd_place_of(net->spec, address, &place))
    return NULL;
  for (unsigned i = 0; i < net->attachments->len; i++) {
    RdWorldAttachment *attachment = g_ptr_array_index(net->attachments, i);
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
static bool spread(RdWorldNetwork *net, RdWorldAttachment *attachment, uint64_t low,
                   uint64_t high) {
  uint64_t n = attachment->actor->entities;
  attachment->scattered = g_new(uint64_t, n);
  for (uint64_t e = 0; e < n; e++) {
    uint64_t tries = 0, place, entity;
    RdAddress a;
    do {
      if (tries > 1000)
        return false;
      place = low +
              rd_below(rd_random(attachment->actor->host.base.stream, e, PURPOSE_ADDRESS, tries++),
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
static uint64_t spread_limit(const RdWorldNetwork *net, uint64_t low, uint64_t next,
                             uint64_t total) {
  uint64_t attackers = 0;
  for (unsigned i = 0; i < net->attachments->len; i++) {
    const RdWorldAttachment *attachment = g_ptr_array_index(net->attachments, i);
    attackers += attachment->actor->is_attack ? attachment->actor->entities : 0;
  }
  return MAX(next + 3 * total + 1024, low + 3 * attackers);
}

/* Of IPv6 a lone phone is no server: it has a /64 too. */
static bool is_population(const RdWorldAttachment *attachment) {
  if (attachment->network->spec->prefix.family == 6)
    return rd_seat_of_node(attachment->actor->part) == RD_SEAT_POPULATION;
  return attachment->actor->entities > 1;
}

/* Gives consecutive places from `next` to the servers, or to the populations; returns what follows. */
static uint64_t line_up(RdWorldNetwork *net, bool populations, uint64_t next) {
  for (unsigned i = 0; i < net->attachments->len; i++) {
    RdWorldAttachment *attachment = g_ptr_array_index(net->attachments, i);
    if (attachment->actor->is_attack || is_population(attachment) != populations)
      continue;
    attachment->first = next;
    next += attachment->actor->entities;
  }
  return next;
}

bool rd_network_number(RdWorldNetwork *net, GError **error) {
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
    RdWorldAttachment *attachment = g_ptr_array_index(net->attachments, i);
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

void rd_network_lose(RdParcel *p, uint64_t *counter, const char *why) {
  *counter += p->count;
  rd_record_trace(p->network->world->record, why, p, NULL);
  rd_parcel_free(p);
}

/* The receiver's port says whose the message is, and how it is read. */
static void receive(RdParcel *p) {
  RdWorldNetwork *net = p->network;
  RdWorldAttachment *a = &p->to->attachments[p->to_attachment];
  const RdPort *port = rd_ports_find(a, RD_UDP, p->destination.port);
  if (a->filters && rd_filter_drops(a, &p->source, &p->tag)) {
    rd_network_lose(p, &net->counts.filtered, "filtered");
    return;
  }
  if (!port) {
    rd_network_lose(p, &net->counts.no_socket, "no-socket");
    return;
  }
  p->protocol = port->protocol;
  p->owner = port->owner;
  net->counts.received += p->count;
  net->world->up.arrived(p);
}

void rd_network_delivered(RdParcel *p) {
  RdWorldAttachment *a = &p->to->attachments[p->to_attachment];
  if (a->taps)
    p = p->network->world->up.intercept(p, a);
  if (p)
    receive(p);
}

unsigned rd_network_fragments(size_t len) {
  unsigned room_each = (MTU - IP_HEADER) / 8 * 8;
  return (unsigned)((len + 8 + room_each - 1) / room_each);
}

bool rd_network_lost_on(const RdWorldAttachment *attachment, uint64_t lineage, unsigned nth,
                        bool outgoing) {
  if (attachment->line.loss <= 0)
    return false;
  uint64_t bits = rd_random(attachment->network->index, lineage, PURPOSE_LOSS, nth * 2 + outgoing);
  return rd_unit(rd_mix(bits, attachment->actor->host.base.stream)) < attachment->line.loss;
}

bool rd_network_lost_on_path(const RdWorldNetwork *net, uint64_t lineage) {
  if (net->spec->path_loss <= 0)
    return false;
  uint64_t bits = rd_random(net->index, lineage, PURPOSE_PATH, 0);
  return rd_unit(rd_mix(bits, net->path_stream)) < net->spec->path_loss;
}

static bool is_lost(const RdParcel *p, uint64_t lineage) {
  const RdWorldAttachment *from = &p->from->attachments[p->from_attachment];
  const RdWorldAttachment *to = &p->to->attachments[p->to_attachment];
  if (rd_network_lost_on_path(p->network, lineage))
    return true;
  for (unsigned i = 0; i < rd_network_fragments(p->len); i++)
    if (rd_network_lost_on(from, lineage, i, true) || rd_network_lost_on(to, lineage, i, false))
      return true;
  return false;
}

uint64_t rd_network_lost(const RdParcel *p) {
  uint64_t n = is_lost(p, p->tag.lineage);
  for (uint64_t i = 1; i < p->count; i++)
    n += is_lost(p, rd_mix(p->tag.lineage, i));
  return n;
}

/* Only who is at home at an address has the key that its packets are sealed with. */
static bool is_unsealed(RdParcel *p) {
  uint64_t entity;
  return p->network->spec->sealed && p->from->is_attack &&
         rd_network_find(p->network, &p->source, &entity) !=
             &p->from->attachments[p->from_attachment];
}

static void send_datagram(RdParcel *p) {
  RdWorldNetwork *net = p->network;
  uint64_t entity = 0;
  RdWorldAttachment *to = rd_network_find(net, &p->destination, &entity);
  net->counts.sent += p->count;
  if (!to) {
    rd_record_message(net->world->record, &p->from->attachments[p->from_attachment], p, true);
    rd_network_lose(p, &net->counts.no_route, "no-route");
    return;
  }
  if (is_unsealed(p)) {
    rd_network_lose(p, &net->counts.lost, "not-sealed");
    return;
  }
  p->to = to->actor;
  p->to_attachment = (uint16_t)to->index;
  p->to_entity = entity;
  net->carrier->datagram(p);
}

static void leave(RdParcel *p) {
  if (p->conn)
    rd_stream_write(p);
  else
    send_datagram(p);
}

void rd_network_send(RdParcel *p) {
  RdWorldAttachment *a = &p->from->attachments[p->from_attachment];
  /* What the sender's defenses did is over: the receiver's judge it afresh. */
  p->judged = false;
  p->link = 0;
  g_clear_pointer(&p->released, g_free);
  if (p->from->is_attack && p->kind == RD_DATA)
    rd_result_attack_sent(p->network->world->result, p->from->index, p->count, p->len);
  if (a->taps)
    p = p->network->world->up.intercept(p, a);
  if (p)
    leave(p);
}

void rd_network_crossed(RdParcel *p) {
  if (!p->to)
    leave(p);
  else if (p->conn)
    p->network->world->up.arrived(p);
  else
    receive(p);
}

/* --- joining ---------------------------------------------------------------------------------- */

/* The protocols whose default port is open from the start. */
static bool open_defaults(RdWorldAttachment *a) {
  for (const RdCodec *const *c = rd_codecs; *c; c++)
    if ((*c)->transport && !rd_ports_open(a, (*c)->transport, (*c)->port, (*c)->protocol, NULL))
      return false;
  return true;
}

bool rd_network_join(RdWorldNetwork *net, GError **error) {
  for (unsigned i = 0; i < net->attachments->len; i++) {
    RdWorldAttachment *a = g_ptr_array_index(net->attachments, i);
    if (!net->carrier->join(a, error))
      return false;
    if (!open_defaults(a)) {
      g_set_error(error, RD_WORLD_ERROR, 0, "network %s: no port for %s", net->spec->name,
                  rd_actor_name(a->actor));
      return false;
    }
  }
  return true;
}

void rd_network_free(RdWorldNetwork *net) {
  for (unsigned i = 0; net->attachments && i < net->attachments->len; i++) {
    RdWorldAttachment *a = g_ptr_array_index(net->attachments, i);
    if (a->wire && net->carrier)
      net->carrier->leave(a);
    if (a->ports)
      g_array_unref(a->ports);
    if (a->taps)
      g_array_unref(a->taps);
    rd_filters_free(a->filters);
  }
  if (net->wire && net->carrier)
    net->carrier->free(net);
  if (net->attachments)
    g_ptr_array_unref(net->attachments);
  if (net->scattered)
    g_hash_table_unref(net->scattered);
}
