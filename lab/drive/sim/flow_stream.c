/* flow: TCP, as far as a message feels it: the handshake's round trips, bytes in order, a closed window, and
 * what a lost segment costs (RFC 6298: one second, then twice that each time). What one write holds crosses
 * as one event; acknowledgements take no room on the lines, and there is no slow start. */
#include <string.h>

#include "lab/drive/sim/flow.h"
#include "lab/drive/world/network.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/stream.h"

/* Octets of a segment's headers and of its payload at most; RFC 6298 s2; tries before both ends give up. */
enum { IP_TCP = 40, PAYLOAD = 1460, MOST_TRIES = 6 };
#define FIRST_RTO RD_SECOND

typedef enum { SYN = 1, SYN_ACK, ACK, DATA, FIN, RST } Kind;

typedef struct RdFlowSegment Segment;
struct RdFlowSegment {
  Segment *next; /* waiting at the receiver for those before it */
  Segment *alive_next, **alive_at;
  RdWorldNetwork *network;
  RdWorldAttachment *from, *to;
  RdConn sender, receiver; /* ends; receiver 0 in a SYN */
  Kind kind;
  uint64_t number; /* of DATA and FIN, from 0 */
  unsigned tries;
  RdTag tag;
  size_t len;
  uint8_t bytes[];
};

/* One end's half of it. */
typedef struct {
  uint64_t next_out, next_in; /* numbers of segments */
  Segment *waiting; /* by number */
} End;

/* --- segments --------------------------------------------------------------------------------- */

static Segment *segment_new(RdStream *from, RdWorldAttachment *to, RdConn receiver, Kind kind,
                            const void *bytes, size_t len, const RdTag *tag) {
  RdWorldNetwork *net = from->attachment->network;
  RdFlowNetwork *flow = net->wire;
  Segment *s = g_malloc0(sizeof *s + len);
  s->network = net;
  s->from = from->attachment;
  s->to = to;
  s->sender = from->conn;
  s->receiver = receiver;
  s->kind = kind;
  s->tag = *tag;
  s->len = len;
  if (len > 0)
    memcpy(s->bytes, bytes, len);
  s->alive_next = flow->segments;
  s->alive_at = &flow->segments;
  if (s->alive_next)
    s->alive_next->alive_at = &s->alive_next;
  flow->segments = s;
  return s;
}

static void segment_free(Segment *s) {
  *s->alive_at = s->alive_next;
  if (s->alive_next)
    s->alive_next->alive_at = s->alive_at;
  g_free(s);
}

void rd_flow_segments_free(RdFlowNetwork *flow) {
  while (flow && flow->segments)
    segment_free(flow->segments);
}

static RdStream *find(const RdWorldNetwork *net, RdConn conn) {
  return g_hash_table_lookup(net->world->streams, &conn);
}

static End *end_of(RdStream *s) {
  if (!s->wire)
    s->wire = g_new0(End, 1);
  return s->wire;
}

void rd_flow_forget(RdStream *s) {
  End *end = s->wire;
  for (Segment *at = end ? end->waiting : NULL, *next; at; at = next) {
    next = at->next;
    segment_free(at);
  }
  g_clear_pointer(&s->wire, g_free);
}

/* --- crossing --------------------------------------------------------------------------------- */

static void cross(void *arg);
static void arrived(void *arg);

static unsigned packets(const Segment *s) {
  return (unsigned)MAX((s->len + PAYLOAD - 1) / PAYLOAD, 1);
}

static size_t wire_length(const Segment *s) {
  return s->len + packets(s) * IP_TCP;
}

static bool lost(const Segment *s) {
  uint64_t lineage = rd_mix(rd_mix(s->tag.lineage, s->kind), s->tries);
  if (rd_network_lost_on_path(s->network, lineage))
    return true;
  for (unsigned i = 0; i < packets(s); i++)
    if (rd_network_lost_on(s->from, lineage, i, true) ||
        rd_network_lost_on(s->to, lineage, i, false))
      return true;
  return false;
}

static void give_up(Segment *s) {
  RdStream *sender = find(s->network, s->sender), *receiver = find(s->network, s->receiver);
  RdConn other = s->receiver;
  segment_free(s);
  if (sender && !sender->up)
    rd_stream_refused(sender);
  else if (sender)
    rd_stream_reset(sender);
  if (receiver && find(receiver->attachment->network, other))
    rd_stream_reset(receiver);
}

static void again(Segment *s) {
  RdWorld *w = s->network->world;
  if (s->kind == ACK || s->kind == RST || s->tries == MOST_TRIES) {
    if (s->kind == ACK || s->kind == RST) /* the next segment does as well; the far end's timer */
      segment_free(s);
    else
      give_up(s);
    return;
  }
  rd_at(w, rd_now(w) + (FIRST_RTO << s->tries++), cross, s);
}

static void at_hub(void *arg) {
  Segment *s = arg;
  if (!ns3c_flow_send(((RdFlowLine *)s->to->wire)->down, wire_length(s), arrived, s, NULL))
    again(s);
}

static void cross(void *arg) {
  Segment *s = arg;
  RdWorld *w = s->network->world;
  if (lost(s))
    again(s);
  else if (s->from->line.rate == 0 && s->to->line.rate == 0)
    rd_at(w, rd_now(w) + s->from->line.delay + s->to->line.delay, arrived, s);
  else if (!ns3c_flow_send(((RdFlowLine *)s->from->wire)->up, wire_length(s), at_hub, s, NULL))
    again(s);
}

static void send(RdStream *from, RdWorldAttachment *to, RdConn receiver, Kind kind) {
  RdTag tag = rd_tag_child(&from->tag, kind);
  cross(segment_new(from, to, receiver, kind, NULL, 0, &tag));
}

/* --- arriving --------------------------------------------------------------------------------- */

/* A refusal has no end of its own to come from: it goes as the caller's own would. */
static void refuse(RdStream *caller, RdWorldAttachment *called) {
  RdTag tag = rd_tag_child(&caller->tag, RST);
  Segment *s = segment_new(caller, caller->attachment, caller->conn, RST, NULL, 0, &tag);
  s->from = called;
  cross(s);
}

static void came_syn(const Segment *s) {
  RdStream *caller = find(s->network, s->sender);
  if (!caller || caller->peer)
    return;
  RdStream *end = rd_stream_accept(caller);
  if (end)
    send(end, caller->attachment, caller->conn, SYN_ACK);
  else
    refuse(caller, s->to);
}

static void came_syn_ack(RdStream *caller) {
  if (caller->up || !caller->peer)
    return;
  send(caller, caller->peer->attachment, caller->peer->conn, ACK);
  rd_stream_opened(caller);
}

static void record(const Segment *s, const RdStream *at, bool outgoing) {
  rd_record_stream(s->network->world->record, at, outgoing, s->bytes, s->len, &s->tag);
}

/* Hands over what is next, as long as the reader has room. */
static void hand_over(RdWorldNetwork *net, RdConn conn) {
  for (RdStream *at; (at = find(net, conn));) {
    End *end = end_of(at);
    Segment *s = end->waiting;
    if (!s || s->number != end->next_in || rd_stream_is_full(at))
      return;
    end->waiting = s->next;
    end->next_in++;
    if (s->kind == FIN) {
      segment_free(s);
      rd_stream_reset(at);
      return;
    }
    record(s, at, false);
    rd_stream_read(at, s->bytes, s->len);
    segment_free(s);
  }
}

static void came_in_order(Segment *s, RdStream *at) {
  Segment **place = &end_of(at)->waiting;
  while (*place && (*place)->number < s->number)
    place = &(*place)->next;
  s->next = *place;
  *place = s;
  rd_stream_opened(at); /* its ACK may have been lost */
  hand_over(s->network, s->receiver);
}

static void arrived(void *arg) {
  Segment *s = arg;
  RdStream *at = find(s->network, s->receiver);
  if (s->kind == SYN) {
    came_syn(s);
  } else if (at && (s->kind == DATA || s->kind == FIN)) {
    came_in_order(s, at);
    return;
  } else if (at && s->kind == SYN_ACK) {
    came_syn_ack(at);
  } else if (at && s->kind == ACK) {
    rd_stream_opened(at);
  } else if (at && s->kind == RST) {
    if (at->up)
      rd_stream_reset(at);
    else
      rd_stream_refused(at);
  }
  segment_free(s);
}

/* --- the carrier's functions -------------------------------------------------------------------- */

bool rd_flow_connect(RdStream *stream) {
  uint64_t entity;
  RdWorldAttachment *to = rd_network_find(stream->attachment->network, &stream->remote, &entity);
  if (!to)
    return false;
  send(stream, to, 0, SYN);
  return true;
}

static bool put(RdStream *stream, Kind kind, const uint8_t *bytes, size_t len, const RdTag *tag) {
  if (!stream->peer)
    return false;
  Segment *s =
      segment_new(stream, stream->peer->attachment, stream->peer->conn, kind, bytes, len, tag);
  s->number = end_of(stream)->next_out++;
  if (kind == DATA)
    record(s, stream, true);
  cross(s);
  return true;
}

bool rd_flow_write(RdStream *stream, const uint8_t *bytes, size_t len, const RdTag *tag) {
  return put(stream, DATA, bytes, len, tag);
}

void rd_flow_close(RdStream *stream) {
  RdTag tag = rd_tag_child(&stream->tag, FIN);
  put(stream, FIN, NULL, 0, &tag);
}

void rd_flow_wake(RdStream *stream) {
  hand_over(stream->attachment->network, stream->conn);
}
