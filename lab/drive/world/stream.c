#include "lab/drive/world/stream.h"

#include <string.h>

#include "lab/base/address.h"
#include "lab/drive/world/filter.h"
#include "lab/drive/world/ports.h"

typedef struct {
  uint64_t end; /* octets of the stream up to here */
  RdTag tag;
} Stretch;

/* --- by address ------------------------------------------------------------------------------- */

static uint64_t mix_address(uint64_t h, const RdAddress *a) {
  uint64_t half[2];
  memcpy(half, a->ip, sizeof half);
  return rd_mix(rd_mix(rd_mix(h, half[0]), half[1]), a->port);
}

static guint pair_hash(gconstpointer stream) {
  const RdStream *s = stream;
  return (guint)mix_address(mix_address(s->attachment->network->index, &s->local), &s->remote);
}

static bool same_end(const RdAddress *a, const RdAddress *b) {
  return rd_address_same_ip(a, b) && a->port == b->port;
}

static gboolean pair_equal(gconstpointer a, gconstpointer b) {
  const RdStream *x = a, *y = b;
  return x->attachment->network == y->attachment->network && same_end(&x->local, &y->local) &&
         same_end(&x->remote, &y->remote);
}

void rd_streams_new(RdWorld *w) {
  w->streams = g_hash_table_new(g_int64_hash, g_int64_equal);
  w->pairs = g_hash_table_new(pair_hash, pair_equal);
}

/* The one that has its addresses already keeps them. */
static void list(RdStream *s) {
  GHashTable *pairs = s->attachment->network->world->pairs;
  s->listed = !g_hash_table_contains(pairs, s) && g_hash_table_add(pairs, s);
}

RdStream *rd_stream_between(const RdWorldNetwork *net, const RdAddress *local,
                            const RdAddress *remote) {
  RdWorldAttachment there = {.network = (RdWorldNetwork *)net};
  const RdStream wanted = {.attachment = &there, .local = *local, .remote = *remote};
  return g_hash_table_lookup(net->world->pairs, &wanted);
}

/* Is this pair of addresses in use already, from either end? */
static bool is_taken(const RdWorldNetwork *net, const RdAddress *local, const RdAddress *remote) {
  return rd_stream_between(net, local, remote) || rd_stream_between(net, remote, local);
}

/* A port that no connection to there has; 0: there is none. */
static uint16_t free_port(RdWorldAttachment *a, RdAddress local, const RdAddress *remote) {
  for (unsigned tries = 0; tries < RD_PORTS_DYNAMIC; tries++) {
    local.port = rd_ports_free(a, RD_TCP);
    if (local.port == 0 || !is_taken(a->network, &local, remote))
      return local.port;
  }
  return 0;
}

/* --- life ------------------------------------------------------------------------------------- */

static RdStream *stream_new(RdWorldAttachment *a, uint64_t entity, uint8_t protocol,
                            RdWorldJudge *owner, const RdTag *tag) {
  RdWorld *w = a->network->world;
  RdStream *s = g_new0(RdStream, 1);
  s->conn = ++w->next_conn;
  s->attachment = a;
  s->entity = entity;
  s->protocol = protocol;
  s->owner = owner;
  s->tag = *tag;
  s->framer = rd_codec(protocol)->framer->open();
  s->written = g_array_new(FALSE, FALSE, sizeof(Stretch));
  a->actor->connections++;
  g_hash_table_insert(w->streams, &s->conn, s);
  return s;
}

static void stream_free(RdStream *s) {
  RdWorldNetwork *net = s->attachment->network;
  if (s->peer)
    s->peer->peer = NULL;
  /* What the other end has not read by now it never will. */
  net->counts.lost += s->written->len - s->written_first;
  s->attachment->actor->connections--;
  net->carrier->forget(s);
  net->world->up.forget(s);
  rd_codec(s->protocol)->framer->close(s->framer);
  g_array_unref(s->written);
  g_hash_table_remove(net->world->streams, &s->conn);
  if (s->listed)
    g_hash_table_remove(net->world->pairs, s);
  g_free(s);
}

RdStream *rd_stream_find(RdWorld *w, const RdWorldActor *actor, const RdWorldJudge *owner,
                         RdConn conn) {
  RdStream *s = g_hash_table_lookup(w->streams, &conn);
  return s && !s->closing && s->owner == owner && (owner || s->attachment->actor == actor) ? s
                                                                                           : NULL;
}

static bool may_have_more(const RdWorldActor *a) {
  return a->cpu.spec.connections == 0 || a->connections < a->cpu.spec.connections;
}

RdConn rd_stream_connect(RdWorldAttachment *a, uint64_t entity, uint8_t protocol,
                         const RdAddress *local, const RdAddress *remote, RdWorldJudge *owner,
                         const RdTag *tag) {
  RdWorldNetwork *net = a->network;
  RdAddress from = local->family ? *local : rd_attachment_address(a, entity);
  if (remote->transport != RD_TCP || !rd_codec(protocol)->framer || !may_have_more(a->actor) ||
      !rd_network_holds(net, remote) || from.family != remote->family)
    return 0;
  from.transport = RD_TCP;
  if (!local->family || local->port == 0)
    from.port = free_port(a, from, remote);
  else if (is_taken(net, &from, remote))
    return 0;
  if (from.port == 0)
    return 0;
  RdStream *s = stream_new(a, entity, protocol, owner, tag);
  s->local = from;
  s->remote = *remote;
  list(s);
  if (!net->carrier->connect(s)) {
    stream_free(s);
    return 0;
  }
  return s->conn;
}

/* Without a peer nobody will read what is left. */
void rd_stream_close(RdStream *s) {
  if (s->closing)
    return;
  RdStream *peer = s->peer;
  s->closing = true;
  s->attachment->network->carrier->close(s);
  if (peer && !peer->closing)
    return;
  stream_free(s);
  if (peer) /* nobody reads at either end */
    stream_free(peer);
}

void rd_streams_free(RdWorld *w) {
  GHashTableIter i;
  gpointer s;
  if (!w->streams)
    return;
  for (;;) {
    g_hash_table_iter_init(&i, w->streams);
    if (!g_hash_table_iter_next(&i, NULL, &s))
      break;
    RdStream *stream = s;
    if (!stream->closing)
      stream->attachment->network->carrier->close(stream);
    stream_free(stream);
  }
  g_hash_table_unref(w->streams);
  g_hash_table_unref(w->pairs);
}

/* --- what its owner is told --------------------------------------------------------------------- */

static RdParcel *told(RdStream *s, uint8_t kind, const uint8_t *bytes, size_t len,
                      const RdTag *tag) {
  RdWorldAttachment *a = s->attachment;
  RdParcel *p = rd_parcel_new(a->network->world, bytes, len);
  p->network = a->network;
  p->to = a->actor;
  p->to_attachment = (uint16_t)a->index;
  p->to_entity = s->entity;
  p->from = s->peer ? s->peer->attachment->actor : NULL;
  p->from_attachment = s->peer ? (uint16_t)s->peer->attachment->index : 0;
  p->kind = kind;
  p->protocol = s->protocol;
  p->conn = s->conn;
  p->owner = s->owner;
  p->source = s->remote;
  p->destination = s->local;
  p->tag = *tag;
  return p;
}

static void tell(RdStream *s, uint8_t kind) {
  if (s->closing)
    return;
  RdTag tag = rd_tag_child(&s->tag, kind);
  s->attachment->network->world->up.arrived(told(s, kind, NULL, 0, &tag));
}

void rd_stream_opened(RdStream *s) {
  if (s->up)
    return;
  s->up = true;
  tell(s, RD_OPENED);
}

void rd_stream_refused(RdStream *s) {
  tell(s, RD_REFUSED);
  stream_free(s);
}

void rd_stream_reset(RdStream *s) {
  RdStream *peer = s->peer;
  tell(s, RD_CLOSED);
  stream_free(s);
  if (peer && peer->closing)
    stream_free(peer);
}

static void arrive_later(void *arg) {
  RdParcel *p = arg;
  p->network->world->up.arrived(p);
}

/* A judge may ask for it in the middle of some work: its owner is told after that. */
void rd_stream_cut(RdStream *s) {
  RdWorld *w = s->attachment->network->world;
  if (s->closing)
    return;
  RdTag tag = rd_tag_child(&s->tag, RD_CLOSED);
  rd_at(w, rd_now(w), arrive_later, told(s, RD_CLOSED, NULL, 0, &tag));
  rd_stream_close(s);
}

/* The open port that it calls; NULL: none, or its node has as many connections as it may. */
static const RdPort *called(const RdStream *from, RdWorldAttachment **ret, uint64_t *ret_entity) {
  RdWorldAttachment *a = rd_network_find(from->attachment->network, &from->remote, ret_entity);
  *ret = a;
  return a && may_have_more(a->actor) ? rd_ports_find(a, RD_TCP, from->remote.port) : NULL;
}

bool rd_stream_acceptable(const RdStream *from) {
  uint64_t entity;
  RdWorldAttachment *a;
  return called(from, &a, &entity) != NULL;
}

RdStream *rd_stream_accept(RdStream *from) {
  uint64_t entity = 0;
  RdWorldAttachment *a;
  const RdPort *port = called(from, &a, &entity);
  if (!port || (a->filters && rd_filter_drops(a, &from->local, &from->tag)))
    return NULL;
  RdTag tag = rd_tag_child(&from->tag, RD_OPENED);
  tag.depth += tag.causes ? 1 : 0;
  RdStream *s = stream_new(a, entity, port->protocol, port->owner, &tag);
  s->local = from->remote;
  s->remote = from->local;
  list(s);
  s->accepted = true;
  s->peer = from;
  from->peer = s;
  return s;
}

/* --- bytes -------------------------------------------------------------------------------------- */

void rd_stream_write(RdParcel *p) {
  RdWorldNetwork *net = p->network;
  RdStream *s = g_hash_table_lookup(net->world->streams, &p->conn);
  if (p->kind == RD_CLOSED) {
    if (s)
      rd_stream_close(s);
    rd_parcel_free(p);
    return;
  }
  net->counts.sent++;
  if (!s) { /* gone while the work was in hand */
    rd_network_lose(p, &net->counts.no_socket, "no-connection");
    return;
  }
  s->n_written += p->len;
  Stretch stretch = {s->n_written, p->tag};
  g_array_append_val(s->written, stretch);
  if (!net->carrier->write(s, p->bytes, p->len, &p->tag))
    rd_stream_cut(s);
  rd_parcel_free(p);
}

/* Adds the tags of the octets from n_cut to `end` to those of the message in hand. */
static void gather(RdStream *s, uint64_t end) {
  RdStream *peer = s->peer;
  for (guint i = peer ? peer->written_first : 0; peer && i < peer->written->len; i++) {
    const Stretch *stretch = &g_array_index(peer->written, Stretch, i);
    if (s->cutting) {
      bool hotter = stretch->tag.causes && (!s->cut.causes || stretch->tag.depth < s->cut.depth);
      uint64_t causes = s->cut.causes | stretch->tag.causes;
      uint32_t depth = hotter ? stretch->tag.depth : s->cut.depth;
      s->cut = (RdTag){causes, stretch->tag.lineage, depth};
    } else {
      s->cut = stretch->tag;
    }
    s->cutting = true;
    if (stretch->end >= end)
      return;
  }
}

/* The peer's stretches that have been read whole are no more under way. */
static void forget_read(RdStream *s) {
  RdStream *peer = s->peer;
  while (peer && peer->written_first < peer->written->len &&
         g_array_index(peer->written, Stretch, peer->written_first).end <= s->n_cut) {
    peer->written_first++;
    s->attachment->network->counts.received++;
  }
  if (peer && peer->written_first > 1024) {
    g_array_remove_range(peer->written, 0, peer->written_first);
    peer->written_first = 0;
  }
}

/* `len` 0: a keep-alive, which is no message and judged by nobody. */
void rd_stream_received(RdParcel *p) {
  RdWorldAttachment *a = &p->to->attachments[p->to_attachment];
  RdWorld *w = p->network->world;
  if (a->taps)
    p = w->up.intercept(p, a);
  if (p)
    w->up.arrived(p);
}

static void hand_over(RdStream *s, const uint8_t *bytes, size_t len, uint8_t flags) {
  RdTag tag = s->cut;
  s->cutting = false;
  RdParcel *p = told(s, RD_DATA, bytes, len, &tag);
  p->flags = flags;
  p->judged = len == 0;
  s->unread += len;
  rd_stream_received(p);
}

void rd_stream_read(RdStream *s, const uint8_t *bytes, size_t len) {
  const RdFramer *framer = rd_codec(s->protocol)->framer;
  RdWorld *w = s->attachment->network->world;
  uint64_t limit = s->attachment->actor->cpu.spec.unframed;
  RdConn conn = s->conn;
  RdSlice message;
  s->n_read += len;
  if (s->broken || s->closing) {
    s->n_cut = s->n_read;
    forget_read(s);
    return;
  }
  framer->push(s->framer, bytes, len);
  for (RdFramed frame; (frame = framer->pop(s->framer, &message)) != RD_FRAME_MORE;) {
    uint64_t end = frame == RD_FRAME_BROKEN ? s->n_read : s->n_read - framer->pending(s->framer);
    gather(s, end);
    s->n_cut = end;
    forget_read(s);
    if (frame == RD_FRAME_BROKEN) {
      s->broken = true;
      hand_over(s, bytes, len, RD_UNFRAMED);
      return;
    }
    hand_over(s, (const uint8_t *)message.at, message.len, 0);
    /* An owner without workers may have closed it by now. */
    if (!g_hash_table_lookup(w->streams, &conn) || s->closing)
      return;
  }
  if (framer->pending(s->framer) > (limit ? limit : RD_STREAM_WINDOW)) {
    gather(s, s->n_read);
    s->n_cut = s->n_read;
    forget_read(s);
    s->broken = true;
    hand_over(s, bytes, len, RD_UNFRAMED);
  }
}

uint64_t rd_stream_next(const RdStream *s, RdTag *ret) {
  const RdStream *peer = s->peer;
  for (guint i = peer ? peer->written_first : 0; peer && i < peer->written->len; i++) {
    const Stretch *stretch = &g_array_index(peer->written, Stretch, i);
    if (stretch->end > s->n_read) {
      *ret = stretch->tag;
      return stretch->end - s->n_read;
    }
  }
  return 0;
}

bool rd_stream_is_full(const RdStream *s) {
  return s->unread > RD_STREAM_WINDOW;
}

void rd_stream_taken(RdWorld *w, const RdParcel *p) {
  RdStream *s = p->conn ? g_hash_table_lookup(w->streams, &p->conn) : NULL;
  if (!s || p->kind != RD_DATA)
    return;
  bool was_full = rd_stream_is_full(s);
  s->unread -= MIN(s->unread, p->len);
  const RdCarrier *carrier = s->attachment->network->carrier;
  if (was_full && !rd_stream_is_full(s) && carrier->wake)
    carrier->wake(s);
}

uint64_t rd_streams_in_flight(const RdWorldNetwork *net) {
  GHashTableIter i;
  gpointer at;
  uint64_t n = 0;
  g_hash_table_iter_init(&i, net->world->streams);
  while (g_hash_table_iter_next(&i, NULL, &at)) {
    const RdStream *s = at;
    if (s->attachment->network == net)
      n += s->written->len - s->written_first;
  }
  return n;
}
