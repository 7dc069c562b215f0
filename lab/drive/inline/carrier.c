#include "lab/drive/inline/carrier.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lab/base/address.h"
#include "lab/drive/inline/loopback.h"
#include "lab/drive/world/network.h"
#include "lab/drive/world/place.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/stream.h"

/* Octets of headers; datagrams read from one socket a turn; sockets of forged sources. */
enum { IP_UDP = 28, IP_HEADER = 20, A_TURN = 32, AT_ONCE = 8, MOST_SOURCES = 256 };
/* What has not come out of an empty socket by then was dropped by the kernel; and what was sent so long before
 * something that has come. Longer, and a flood's lost ones would be looked through again and again. */
#define PATIENCE RD_SECOND
#define OUT_OF_ORDER (20 * RD_MILLISECOND)

typedef struct {
  uint64_t key;
  RdWorldAttachment *attachment; /* whose it is; NULL: only ever sent from */
  int fd;
  RdWatch watch;
  RdParcel *head, *tail; /* sent to it and not read yet */
  uint32_t dropped; /* by the kernel, in all */
} Socket;

uint64_t rd_live_key(const RdAddress *a) {
  return (uint64_t)rd_address_as_ip4(a) << 16 | a->port;
}

void rd_live_fail(RdWorldNetwork *net, const char *who, const char *why) {
  RdLiveNetwork *live = rd_live_of(net);
  RdClock *clock = net->world->clock;
  if (!live->failure)
    live->failure = g_strdup_printf("network %s: %s: %s", net->spec->name, who, why);
  clock->stop(clock);
}

static Socket *socket_at(const RdLiveNetwork *live, const RdAddress *loopback) {
  uint64_t key = rd_live_key(loopback);
  return g_hash_table_lookup(live->sockets, &key);
}

static Socket *socket_add(RdLiveNetwork *live, RdWorldAttachment *a, const RdAddress *loopback,
                          int fd) {
  Socket *s = g_new0(Socket, 1);
  *s = (Socket){.key = rd_live_key(loopback), .attachment = a, .fd = fd};
  g_hash_table_insert(live->sockets, &s->key, s);
  return s;
}

static void socket_free(gpointer data) {
  Socket *s = data;
  close(s->fd);
  g_free(s);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void drop(RdParcel *p, uint64_t *counter, const char *why) {
  rd_live_of(p->network)->under_way--;
  rd_network_lose(p, counter, why);
}

static void unlink_parcel(Socket *s, RdParcel *before, RdParcel *p) {
  *(before ? &before->next : &s->head) = p->next;
  if (s->tail == p)
    s->tail = before;
  p->next = NULL;
}

/* What was put on it before `then` never will be read. */
static void give_up(Socket *s, RdTime then) {
  while (s->head && s->head->arrived < then) {
    RdParcel *p = s->head;
    unlink_parcel(s, NULL, p);
    drop(p, &p->network->counts.queue_dropped, "kernel-queue-full");
  }
}

/* Which of those sent to it this is: from the same address, and the same to the byte. */
static RdParcel *recognize(RdLiveNetwork *live, Socket *s, const RdAddress *from, size_t len) {
  uint64_t key = rd_live_key(from);
  for (RdParcel *p = s->head, *before = NULL; p; before = p, p = p->next) {
    if (p->len != len || memcmp(p->bytes, live->bytes, len) != 0)
      continue;
    RdAddress source = rd_map_to(live->map, &p->source);
    if (rd_live_key(&source) != key)
      continue;
    unlink_parcel(s, before, p);
    give_up(s, p->arrived - OUT_OF_ORDER);
    return p;
  }
  return NULL;
}

static RdLiveEnd *end_at(const RdWorldActor *actor, uint16_t attachment) {
  return actor->attachments[attachment].wire;
}

static void delivered(void *arg) {
  RdParcel *p = arg;
  rd_live_of(p->network)->under_way--;
  rd_record_message(p->network->world->record, &p->to->attachments[p->to_attachment], p, false);
  rd_network_delivered(p);
}

/* From a program outside, which the trial has a node for: it has crossed the kernel, and the lines are still
 * before it. False: from nobody that the trial knows. */
static bool take_from_outside(RdWorldNetwork *net, Socket *s, const RdAddress *from, size_t len) {
  RdWorld *w = net->world;
  uint64_t entity, to_entity;
  RdWorldAttachment *a = rd_network_find(net, from, &entity), *to = s->attachment;
  RdAddress at = rd_address_ip4((uint32_t)(s->key >> 16), (uint16_t)s->key);
  if (!a || !rd_is_external(a->actor) || rd_network_find(net, &at, &to_entity) != to)
    return false;
  RdExternal *x = ((RdLiveEnd *)a->wire)->external;
  RdParcel *p = rd_parcel_new(w, rd_live_of(net)->bytes, len);
  p->network = net;
  p->from = a->actor;
  p->from_attachment = (uint16_t)a->index;
  p->from_entity = entity;
  p->to = to->actor;
  p->to_attachment = (uint16_t)to->index;
  p->to_entity = to_entity;
  p->source = *from;
  p->destination = at;
  p->tag = rd_external_tag(x, entity);
  net->counts.sent++;
  rd_record_message(w->record, a, p, true);
  rd_external_saw(x, p, true);
  rd_live_of(net)->under_way++;
  if (rd_network_lost(p))
    drop(p, &net->counts.lost, "lost");
  else
    rd_at(w, rd_now(w) + a->line.delay + to->line.delay, delivered, p);
  return true;
}

static bool read_one(RdWorldNetwork *net, Socket *s) {
  RdLiveNetwork *live = rd_live_of(net);
  RdAddress from;
  uint32_t before = s->dropped;
  ssize_t len = rd_loopback_receive(s->fd, live->bytes, sizeof live->bytes, &from, &s->dropped);
  live->dropped += s->dropped - before;
  if (len < 0) {
    give_up(s, rd_now(net->world) - PATIENCE);
    return false;
  }
  live->datagrams++;
  RdParcel *p = recognize(live, s, &from, (size_t)len);
  if (p)
    delivered(p);
  else if (!take_from_outside(net, s, &from, (size_t)len))
    live->strangers++; /* another program's, on this machine */
  return true;
}

static void on_readable(void *arg, uint32_t events) {
  Socket *s = arg;
  RdWorldNetwork *net = s->attachment->network;
  (void)events;
  for (unsigned i = 1; i <= A_TURN && read_one(net, s); i++)
    if (i % AT_ONCE == 0) /* one by one, what is sent meanwhile would keep us from reading */
      rd_loop_tick(rd_live_loop(net));
}

/* --- sending ---------------------------------------------------------------------------------- */

/* For a source that is nobody's socket: another port, or an address that is forged. */
static Socket *make_source(RdLiveNetwork *live, const RdAddress *loopback) {
  if (live->sources.length >= MOST_SOURCES) {
    Socket *oldest = g_queue_pop_head(&live->sources);
    g_hash_table_remove(live->sockets, &oldest->key);
  }
  int fd = rd_loopback_source(loopback);
  if (fd < 0)
    return NULL;
  Socket *s = socket_add(live, NULL, loopback, fd);
  g_queue_push_tail(&live->sources, s);
  return s;
}

/* To a program outside: what the kernel took has been received. */
static void hand_outside(RdParcel *p) {
  rd_live_of(p->network)->under_way--;
  rd_record_message(p->network->world->record, &p->to->attachments[p->to_attachment], p, false);
  rd_external_saw(end_at(p->to, p->to_attachment)->external, p, false);
  p->network->counts.received++;
  rd_parcel_free(p);
}

/* It has crossed both lines: now through the kernel. */
static void cross(void *arg) {
  RdParcel *p = arg;
  RdLiveNetwork *live = rd_live_of(p->network);
  RdAddress source = rd_map_to(live->map, &p->source);
  RdAddress destination = rd_map_to(live->map, &p->destination);
  Socket *from = socket_at(live, &source);
  if (!from)
    from = make_source(live, &source);
  bool sent = from && rd_loopback_send(from->fd, &destination, p->bytes, p->len);
  if (sent && rd_is_external(p->to)) {
    hand_outside(p);
    return;
  }
  Socket *to = socket_at(live, &destination);
  if (!to || !to->attachment) {
    drop(p, &p->network->counts.no_socket, "no-socket");
    return;
  }
  if (!sent) {
    drop(p, &p->network->counts.queue_dropped, "kernel-refused");
    return;
  }
  p->arrived = rd_now(p->network->world);
  p->next = NULL;
  *(to->tail ? &to->tail->next : &to->head) = p;
  to->tail = p;
}

static size_t wire_length(const RdParcel *p) {
  return p->len + IP_UDP + (rd_network_fragments(p->len) - 1) * IP_HEADER;
}

static void at_hub(void *arg) {
  RdParcel *p = arg;
  RdWorld *w = p->network->world;
  RdTime t;
  if (rd_live_line_enter(&end_at(p->to, p->to_attachment)->down, rd_now(w), wire_length(p), &t))
    rd_at(w, t, cross, p);
  else
    drop(p, &p->network->counts.queue_dropped, "line-queue-full");
}

static void datagram(RdParcel *p) {
  RdWorldNetwork *net = p->network;
  RdWorld *w = net->world;
  RdTime t;
  rd_record_message(w->record, &p->from->attachments[p->from_attachment], p, true);
  rd_live_of(net)->under_way++;
  if (rd_network_lost(p))
    drop(p, &net->counts.lost, "lost");
  else if (rd_live_line_enter(&end_at(p->from, p->from_attachment)->up, rd_now(w), wire_length(p),
                              &t))
    rd_at(w, t, at_hub, p);
  else
    drop(p, &net->counts.queue_dropped, "line-queue-full");
}

/* --- joining ---------------------------------------------------------------------------------- */

/* How many places of the network need an address: its own first 65536, and all that are held. */
static uint64_t places_of(const RdWorldNetwork *net) {
  RdSpan span = rd_place_span(net->spec);
  uint64_t most = net->spec->prefix.family == 4 ? MIN(span.servers_end + 1, 65536) : 65536;
  for (unsigned i = 0; i < net->attachments->len; i++) {
    const RdWorldAttachment *a = g_ptr_array_index(net->attachments, i);
    for (uint64_t e = 0; e < a->actor->entities; e++) {
      uint64_t index = rd_map_index(net->spec, a->scattered ? a->scattered[e] : a->first + e);
      if (index == UINT64_MAX)
        return UINT64_MAX;
      most = MAX(most, index + 1);
    }
  }
  return most;
}

static bool make_wire(RdWorldNetwork *net, GError **error) {
  RdLiveNetwork *live = g_new0(RdLiveNetwork, 1);
  live->map = rd_map_new(net->spec, places_of(net), error);
  if (!live->map) {
    g_free(live);
    return false;
  }
  live->sockets = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, socket_free);
  live->calling =
      g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, g_free);
  g_queue_init(&live->sources);
  net->wire = live;
  return true;
}

static bool join(RdWorldAttachment *a, GError **error) {
  if (!a->network->wire && !make_wire(a->network, error))
    return false;
  RdLiveEnd *end = g_new0(RdLiveEnd, 1);
  end->up.spec = end->down.spec = a->line;
  end->listeners = g_ptr_array_new();
  a->wire = end;
  if (rd_is_external(a->actor))
    end->external = rd_external_new(a, error);
  return end->external || !rd_is_external(a->actor);
}

/* What sent from there as a forger did gives way to who lives there. */
static void clear_source(RdLiveNetwork *live, const RdAddress *loopback) {
  Socket *s = socket_at(live, loopback);
  if (!s || s->attachment)
    return;
  g_queue_remove(&live->sources, s);
  g_hash_table_remove(live->sockets, &s->key);
}

static bool bind_one(RdWorldAttachment *a, uint64_t entity, uint16_t port, GError **error) {
  RdLiveNetwork *live = rd_live_of(a->network);
  RdAddress address = rd_attachment_address(a, entity);
  address.port = port;
  RdAddress loopback = rd_map_to(live->map, &address);
  clear_source(live, &loopback);
  int fd = rd_loopback_bind(&loopback, error);
  if (fd < 0)
    return false;
  Socket *s = socket_add(live, a, &loopback, fd);
  s->watch = rd_loop_watch(rd_live_loop(a->network), fd, EPOLLIN, on_readable, s);
  if (s->watch)
    return true;
  g_set_error(error, RD_INLINE_ERROR, 0, "epoll: %s", g_strerror(errno));
  return false;
}

static bool bind_all(RdWorldAttachment *a, uint16_t port, GError **error) {
  for (uint64_t e = 0; e < a->actor->entities; e++)
    if (!bind_one(a, e, port, error))
      return false;
  return true;
}

static bool listen_at(RdWorldAttachment *a, uint8_t transport, uint16_t port) {
  g_autoptr(GError) error = NULL;
  if (rd_is_external(a->actor)) /* whoever it stands for listens */
    return true;
  bool open =
      transport == RD_UDP ? bind_all(a, port, &error) : rd_live_stream_listen(a, port, &error);
  if (!open) {
    rd_live_fail(a->network, rd_actor_name(a->actor), error->message);
    g_string_append_printf(a->network->world->log, "%s: %s\n", rd_actor_name(a->actor),
                           error->message);
  }
  return open;
}

/* --- the end ---------------------------------------------------------------------------------- */

static uint64_t in_flight(RdWorldNetwork *net) {
  return rd_live_of(net)->under_way + rd_streams_in_flight(net);
}

static void leave(RdWorldAttachment *a) {
  RdLiveEnd *end = a->wire;
  rd_external_free(end->external);
  rd_live_listeners_free(a);
  rd_live_line_clear(&end->up);
  rd_live_line_clear(&end->down);
  g_clear_pointer(&a->wire, g_free);
}

static void free_network(RdWorldNetwork *net) {
  RdLiveNetwork *live = rd_live_of(net);
  g_queue_clear(&live->sources);
  g_hash_table_unref(live->sockets);
  g_hash_table_unref(live->calling);
  rd_live_chunks_free(live);
  rd_map_free(live->map);
  g_free(live->failure);
  g_clear_pointer(&net->wire, g_free);
}

const RdCarrier rd_carrier_live = {.join = join,
                                   .listen = listen_at,
                                   .datagram = datagram,
                                   .connect = rd_live_stream_connect,
                                   .write = rd_live_stream_write,
                                   .close = rd_live_stream_close,
                                   .wake = rd_live_stream_wake,
                                   .forget = rd_live_stream_forget,
                                   .in_flight = in_flight,
                                   .leave = leave,
                                   .free = free_network};
