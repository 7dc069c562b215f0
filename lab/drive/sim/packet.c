/* packet: datagrams and connections through ns-3's nodes, IP, queues and links. */
#include "lab/base/address.h"
#include "lab/drive/sim/carriers.h"
#include "lab/drive/world/network.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/stream.h"

/* Writes of streams whose tags are remembered, for captures and losses: the latest. */
enum { REMEMBERED = 65536, PURPOSE_BARE = 0x62617265 };

typedef struct {
  uint64_t word;
  RdTag tag;
} Written;

typedef struct {
  ns3c_node *hub;
  GHashTable *flying; /* word -> RdParcel */
  Written *written; /* of streams: by word; NULL: none yet */
} Wire;

typedef struct {
  ns3c_node *node;
  ns3c_link *link;
} Line;

/* An end of a connection. */
typedef struct {
  RdStream *stream; /* NULL: it is gone, and ns-3's end with it */
  ns3c_tcp *tcp;
} End;

static Wire *wire_of(const RdWorldNetwork *net) {
  return net->wire;
}

static bool failed(const RdWorldNetwork *net, GError **error) {
  g_set_error(error, RD_WORLD_ERROR, 0, "network %s: %s", net->spec->name, ns3c_error());
  return false;
}

/* Words are of all networks of a world: a drop is told without saying where. */
static uint64_t next_word(RdWorld *w) {
  return ++w->next_word;
}

/* --- datagrams -------------------------------------------------------------------------------- */

static RdParcel *land(RdWorldNetwork *net, uint64_t word) {
  RdParcel *p = g_hash_table_lookup(wire_of(net)->flying, &word);
  if (p)
    g_hash_table_remove(wire_of(net)->flying, &word);
  return p;
}

static void datagram(RdParcel *p) {
  RdWorldNetwork *net = p->network;
  Line *from = p->from->attachments[p->from_attachment].wire;
  uint64_t word = next_word(net->world);
  g_hash_table_insert(wire_of(net)->flying, g_memdup2(&word, sizeof word), p);
  if (ns3c_udp_send(from->node, &p->source, &p->destination, p->bytes, p->len, word))
    return;
  if (g_hash_table_remove(wire_of(net)->flying, &word)) /* else a drop callback has had it */
    rd_network_lose(p, &net->counts.no_route, "no-route");
}

static void on_datagram(void *user, const RdAddress *from, const RdAddress *to,
                        const uint8_t *bytes, size_t len, uint64_t word) {
  RdWorldAttachment *attachment = user;
  RdParcel *p = land(attachment->network, word);
  (void)from, (void)to;
  if (p) /* what IP carried is what counts, to the byte */
    rd_network_delivered(rd_parcel_with(p, bytes, len));
}

static void on_drop(void *user, ns3c_drop reason, uint64_t word) {
  RdWorld *w = user;
  for (unsigned i = 0; i < w->trial->topology->n_networks; i++) {
    RdWorldNetwork *net = &w->networks[i];
    RdParcel *p = net->carrier == &rd_carrier_packet && net->wire ? land(net, word) : NULL;
    if (!p)
      continue;
    switch (reason) {
    case NS3C_DROP_QUEUE:
      rd_network_lose(p, &net->counts.queue_dropped, "line-queue-full");
      return;
    case NS3C_DROP_LOSS:
      rd_network_lose(p, &net->counts.lost, "lost");
      return;
    case NS3C_DROP_NO_SOCKET:
      rd_network_lose(p, &net->counts.no_socket, "no-socket");
      return;
    case NS3C_DROP_FRAGMENT:
      rd_network_lose(p, &net->counts.fragments_lost, "fragment-lost");
      return;
    default:
      rd_network_lose(p, &net->counts.no_route, "no-route");
      return;
    }
  }
}

/* --- what a packet belongs to ------------------------------------------------------------------- */

/* NULL: to nothing (a bare SYN or ACK), or to something long ago. */
static const RdTag *tag_of(const RdWorldNetwork *net, uint64_t word) {
  const Wire *wire = wire_of(net);
  const RdParcel *p = g_hash_table_lookup(wire->flying, &word);
  if (p)
    return &p->tag;
  const Written *written = wire->written ? &wire->written[word % REMEMBERED] : NULL;
  return word && written && written->word == word ? &written->tag : NULL;
}

static bool on_loss(void *user, uint64_t word, unsigned nth, bool from_a) {
  RdWorldAttachment *attachment = user;
  const RdTag *tag = tag_of(attachment->network, word);
  /* Segments without a message are numbered as they come: other traffic can move their fate. */
  uint64_t lineage = tag ? tag->lineage : rd_mix(PURPOSE_BARE, nth);
  return (from_a && rd_network_lost_on_path(attachment->network, lineage)) ||
         rd_network_lost_on(attachment, lineage, nth, from_a);
}

static void on_sniff(void *user, RdTime at, const uint8_t *ip, size_t len, uint64_t word,
                     bool from_a) {
  RdWorldAttachment *attachment = user;
  rd_record_packet(attachment->network->world->record, attachment, from_a, at, ip, len,
                   tag_of(attachment->network, word));
}

/* --- joining ---------------------------------------------------------------------------------- */

static bool make_wire(RdWorldNetwork *net, GError **error) {
  ns3c_sim *sim = rd_sim_of(net->world);
  Wire *wire = g_new0(Wire, 1);
  net->wire = wire;
  wire->flying = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  wire->hub = ns3c_node_new(sim, net->spec->name);
  if (!wire->hub)
    return failed(net, error);
  ns3c_drops(sim, on_drop, net->world);
  return true;
}

static bool give_addresses(RdWorldAttachment *a, Line *line, GError **error) {
  for (uint64_t e = 0; e < a->actor->entities; e++) {
    RdAddress address = rd_attachment_address(a, e);
    if (!ns3c_address(line->node, line->link, &address) ||
        !ns3c_route(wire_of(a->network)->hub, line->link, &address, 32))
      return failed(a->network, error);
  }
  return true;
}

static bool join(RdWorldAttachment *a, GError **error) {
  RdWorldNetwork *net = a->network;
  ns3c_sim *sim = rd_sim_of(net->world);
  ns3c_link_spec spec = {.rate = a->line.rate ? a->line.rate : UINT64_C(100000000000),
                         .delay = a->line.delay,
                         .queue = a->line.queue ? a->line.queue : 1000};
  if (!net->wire && !make_wire(net, error))
    return false;
  Line *line = g_new0(Line, 1);
  a->wire = line;
  line->node = ns3c_node_new(sim, rd_actor_name(a->actor));
  line->link = line->node ? ns3c_link_new(sim, line->node, wire_of(net)->hub, &spec) : NULL;
  if (!line->link ||
      !ns3c_route(line->node, line->link, &net->spec->prefix, net->spec->prefix_length))
    return failed(net, error);
  if ((a->line.loss > 0 || net->spec->path_loss > 0) && !ns3c_link_loss(line->link, on_loss, a))
    return failed(net, error);
  if (a->record >= 0 && !ns3c_link_sniff(line->link, on_sniff, a))
    return failed(net, error);
  return give_addresses(a, line, error);
}

/* --- connections ------------------------------------------------------------------------------ */

static End *end_new(RdStream *stream, ns3c_tcp *tcp) {
  End *end = g_new0(End, 1);
  end->stream = stream;
  end->tcp = tcp;
  stream->wire = end;
  return end;
}

/* ns-3 frees its end after the calls that say it is over. */
static RdStream *let_go(End *end) {
  RdStream *s = end->stream;
  end->tcp = NULL;
  return s;
}

static void on_opened(void *user, ns3c_tcp *tcp) {
  (void)tcp;
  rd_stream_opened(((End *)user)->stream);
}

static void on_refused(void *user, ns3c_tcp *tcp) {
  (void)tcp;
  rd_stream_refused(let_go(user));
}

static void on_data(void *user, ns3c_tcp *tcp, const uint8_t *bytes, size_t len, uint64_t word) {
  RdStream *s = ((End *)user)->stream;
  RdWorld *w = s->attachment->network->world;
  RdConn conn = s->conn;
  (void)word;
  rd_stream_read(s, bytes, len);
  s = g_hash_table_lookup(w->streams, &conn); /* what it read may have been its end */
  if (s && !s->closing && rd_stream_is_full(s))
    ns3c_tcp_hold(tcp, true);
}

static void on_closed(void *user, ns3c_tcp *tcp) {
  (void)tcp;
  rd_stream_reset(let_go(user));
}

static const ns3c_tcp_ops tcp_ops = {on_opened, on_refused, on_data, on_closed};

static void *on_accept(void *user, ns3c_tcp *tcp, const RdAddress *from, const RdAddress *to) {
  RdWorldAttachment *a = user;
  RdStream *caller = rd_stream_between(a->network, from, to);
  const bool calls = caller && !caller->accepted && !caller->peer;
  RdStream *stream = calls ? rd_stream_accept(caller) : NULL;
  if (!stream) {
    ns3c_tcp_close(tcp);
    return NULL;
  }
  End *end = end_new(stream, tcp);
  rd_stream_opened(stream);
  return end;
}

static bool listen_at(RdWorldAttachment *a, uint8_t transport, uint16_t port) {
  Line *line = a->wire;
  if (transport == RD_UDP)
    return ns3c_udp_bind(line->node, port, on_datagram, a);
  return ns3c_tcp_listen(line->node, port, &tcp_ops, on_accept, a);
}

static bool connect_stream(RdStream *s) {
  Line *line = s->attachment->wire;
  End *end = end_new(s, NULL);
  end->tcp = ns3c_tcp_open(line->node, &s->local, &s->remote, &tcp_ops, end);
  return end->tcp != NULL;
}

static bool write_stream(RdStream *s, const uint8_t *bytes, size_t len, const RdTag *tag) {
  Wire *wire = wire_of(s->attachment->network);
  End *end = s->wire;
  uint64_t word = next_word(s->attachment->network->world);
  if (!wire->written)
    wire->written = g_new0(Written, REMEMBERED);
  wire->written[word % REMEMBERED] = (Written){word, *tag};
  return end && end->tcp && ns3c_tcp_send(end->tcp, bytes, len, word);
}

static void close_stream(RdStream *s) {
  End *end = s->wire;
  if (end && end->tcp)
    ns3c_tcp_close(end->tcp);
  if (end)
    end->tcp = NULL;
}

/* There is room again. */
static void wake(RdStream *s) {
  End *end = s->wire;
  if (end && end->tcp)
    ns3c_tcp_hold(end->tcp, false);
}

static void forget(RdStream *s) {
  close_stream(s);
  g_clear_pointer(&s->wire, g_free);
}

/* --- the end ---------------------------------------------------------------------------------- */

static uint64_t in_flight(RdWorldNetwork *net) {
  return g_hash_table_size(wire_of(net)->flying) + rd_streams_in_flight(net);
}

static void leave(RdWorldAttachment *a) {
  g_clear_pointer(&a->wire, g_free);
}

static void free_network(RdWorldNetwork *net) {
  Wire *wire = net->wire;
  g_hash_table_unref(wire->flying);
  g_free(wire->written);
  g_clear_pointer(&net->wire, g_free);
}

const RdCarrier rd_carrier_packet = {.join = join,
                                     .listen = listen_at,
                                     .datagram = datagram,
                                     .connect = connect_stream,
                                     .write = write_stream,
                                     .close = close_stream,
                                     .wake = wake,
                                     .forget = forget,
                                     .in_flight = in_flight,
                                     .leave = leave,
                                     .free = free_network};
