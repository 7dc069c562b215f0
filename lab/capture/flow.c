#include "lab/capture/flow.h"

#include <glib.h>
#include <string.h>

#include "lab/base/table.h"
#include "lab/capture/recognise.h"
#include "lab/codec/codec.h"

enum {
  MOST_CONNECTIONS = 4096,
  MOST_WAITING = 64,
  MOST_WAITING_BYTES = 256 << 10,
  FIN = 1,
  SYN = 2,
  RST = 4
};

typedef struct {
  uint32_t seq, len;
  uint8_t bytes[];
} Segment;

typedef struct {
  bool known; /* `next` is */
  bool fresh; /* nothing has come since SYN: the next byte begins a message, if this is SIP */
  uint32_t next; /* sequence number awaited */
  GPtrArray *waiting; /* Segment, out of order; NULL: none */
  size_t waiting_bytes;
  const RdCodec *codec; /* whose `stream` is */
  void *stream; /* its framer's; NULL: out of step */
  RdAddress src, dst;
} Half;

typedef struct {
  RdConn conn;
  Half half[2]; /* from the lesser address; from the greater */
} Connection;

struct RdFlows {
  RdTable *table;
  RdFlowMessage message;
  void *user;
  RdConn last;
  RdFlowCounts counts;
};

typedef struct {
  RdAddress src, dst;
  uint32_t seq;
  uint8_t flags;
  const uint8_t *bytes;
  uint32_t len;
} Tcp;

static void close_stream(Half *h) {
  if (h->stream)
    h->codec->framer->close(h->stream);
  h->stream = NULL;
}

static void clear_half(Half *h) {
  g_clear_pointer(&h->waiting, g_ptr_array_unref);
  close_stream(h);
  memset(h, 0, sizeof *h);
}

static void clear_connection(Connection *c) {
  clear_half(&c->half[0]);
  clear_half(&c->half[1]);
}

static void evicted(void *value, void *user) {
  ((RdFlows *)user)->counts.forgotten++;
  clear_connection(value);
}

RdFlows *rd_flows_new(RdFlowMessage message, void *user) {
  static const uint64_t key[2] = {UINT64_C(0x746370636f6e6e65), UINT64_C(0x6374696f6e732121)};
  RdFlows *f = g_new0(RdFlows, 1);
  f->table = rd_table_new(MOST_CONNECTIONS, sizeof(Connection), key, evicted, f);
  f->message = message;
  f->user = user;
  return f;
}

RdFlowCounts rd_flows_counts(const RdFlows *f) {
  return f->counts;
}

/* The same key for both directions. */
static unsigned key_of(const Tcp *t, uint8_t ret[RD_TABLE_KEY]) {
  uint8_t a[18], b[18];
  memcpy(a, t->src.ip, 16);
  memcpy(a + 16, &t->src.port, 2);
  memcpy(b, t->dst.ip, 16);
  memcpy(b + 16, &t->dst.port, 2);
  unsigned from = memcmp(a, b, sizeof a) > 0;
  memcpy(ret, from ? b : a, sizeof a);
  memcpy(ret + sizeof a, from ? a : b, sizeof a);
  ret[36] = t->src.family;
  return from;
}

/* A SIP stream begins with a token, or blank lines. TLS does not, nor do most protocols in octets. */
static bool may_begin(uint8_t first) {
  return first == '\r' || first == '\n' || (first > ' ' && first <= '~');
}

/* First byte of what looks like a message, at the front or behind a line's end; len: none. */
static size_t find_message(const uint8_t *bytes, size_t len) {
  size_t at = 0;
  while (at < len && rd_recognise(bytes + at, len - at) != RD_LOOKS_SIP) {
    const uint8_t *lf = memchr(bytes + at, '\n', len - at);
    at = lf ? (size_t)(lf - bytes) + 1 : len;
  }
  return at;
}

/* Of the port that it goes to, or comes from; SIP if they have none that can be cut. */
static const RdCodec *codec_of(const Half *h) {
  const RdCodec *there = rd_codec(rd_codec_at(h->dst.port)),
                *here = rd_codec(rd_codec_at(h->src.port));
  return there->framer ? there : here->framer ? here : rd_codec(RD_PROTO_SIP);
}

/* Everything whole that the stream holds goes out. */
static void pop(RdFlows *f, const Connection *c, Half *h) {
  RdSlice message;
  for (;;) {
    switch (h->codec->framer->pop(h->stream, &message)) {
    case RD_FRAME_MESSAGE:
      f->message(f->user, c->conn, &h->src, &h->dst, (const uint8_t *)message.at, message.len);
      break;
    case RD_FRAME_PING:
      f->counts.pings++;
      break;
    case RD_FRAME_BROKEN:
      f->counts.broken++;
      close_stream(h);
      return;
    default:
      return;
    }
  }
}

static void deliver(RdFlows *f, const Connection *c, Half *h, const uint8_t *bytes, size_t len) {
  if (!h->stream) {
    h->codec = codec_of(h);
    bool sip = h->codec->protocol == RD_PROTO_SIP;
    size_t skip = !sip || (h->fresh && may_begin(bytes[0])) ? 0 : find_message(bytes, len);
    h->fresh = false;
    f->counts.skipped += skip;
    if (skip == len)
      return;
    bytes += skip;
    len -= skip;
    h->stream = h->codec->framer->open();
  }
  h->codec->framer->push(h->stream, bytes, len);
  pop(f, c, h);
}

/* The part of [seq, seq + len) at and after `next`, delivered; earlier bytes came before. */
static void deliver_new(RdFlows *f, const Connection *c, Half *h, uint32_t seq,
                        const uint8_t *bytes, uint32_t len) {
  uint32_t old = h->next - seq;
  if (old >= len)
    return;
  h->next = seq + len;
  deliver(f, c, h, bytes + old, len - old);
}

static int distance(const Half *h, uint32_t seq) {
  return (int32_t)(seq - h->next);
}

/* Index of the waiting segment that comes first; -1: none waits. */
static int earliest(const Half *h) {
  int best = -1;
  for (unsigned i = 0; h->waiting && i < h->waiting->len; i++) {
    const Segment *s = h->waiting->pdata[i];
    if (best < 0 || distance(h, s->seq) < distance(h, ((Segment *)h->waiting->pdata[best])->seq))
      best = (int)i;
  }
  return best;
}

static void drain(RdFlows *f, const Connection *c, Half *h) {
  int i;
  while ((i = earliest(h)) >= 0) {
    Segment *s = h->waiting->pdata[i];
    if (distance(h, s->seq) > 0)
      return;
    g_autofree Segment *taken = g_ptr_array_steal_index_fast(h->waiting, (guint)i);
    h->waiting_bytes -= taken->len;
    deliver_new(f, c, h, taken->seq, taken->bytes, taken->len);
  }
}

/* The missing segment will not come: go on behind the gap, out of step. */
static void give_up_gap(RdFlows *f, const Connection *c, Half *h) {
  const Segment *s = h->waiting->pdata[earliest(h)];
  f->counts.gaps++;
  h->next = s->seq;
  h->fresh = false;
  close_stream(h);
  drain(f, c, h);
}

static void keep(RdFlows *f, const Connection *c, Half *h, const Tcp *t) {
  if (!h->waiting)
    h->waiting = g_ptr_array_new_with_free_func(g_free);
  Segment *s = g_malloc(sizeof *s + t->len);
  s->seq = t->seq;
  s->len = t->len;
  memcpy(s->bytes, t->bytes, t->len);
  g_ptr_array_add(h->waiting, s);
  h->waiting_bytes += t->len;
  while (h->waiting->len > MOST_WAITING || h->waiting_bytes > MOST_WAITING_BYTES)
    give_up_gap(f, c, h);
}

static void payload(RdFlows *f, const Connection *c, Half *h, const Tcp *t) {
  f->counts.segments++;
  h->src = t->src;
  h->dst = t->dst;
  if (!h->known) {
    h->known = true;
    h->next = t->seq;
  }
  if (distance(h, t->seq) > 0) {
    keep(f, c, h, t);
    return;
  }
  deliver_new(f, c, h, t->seq, t->bytes, t->len);
  drain(f, c, h);
}

static bool read_header(const RdAddress *src, const RdAddress *dst, const uint8_t *p, size_t len,
                        Tcp *ret) {
  if (len < 20)
    return false;
  size_t header = (p[12] >> 4) * 4u;
  if (header < 20 || header > len)
    return false;
  *ret = (Tcp){.src = *src,
               .dst = *dst,
               .seq = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7],
               .flags = p[13],
               .bytes = p + header,
               .len = (uint32_t)(len - header)};
  ret->src.port = (uint16_t)(p[0] << 8 | p[1]);
  ret->dst.port = (uint16_t)(p[2] << 8 | p[3]);
  ret->src.transport = ret->dst.transport = RD_TCP;
  return true;
}

bool rd_flows_add(RdFlows *f, const RdAddress *src, const RdAddress *dst, const uint8_t *segment,
                  size_t len) {
  Tcp t;
  uint8_t key[RD_TABLE_KEY];
  bool added;
  if (!read_header(src, dst, segment, len, &t))
    return false;
  unsigned from = key_of(&t, key);
  Connection *c = rd_table_put(f->table, key, 37, &added);
  if (added)
    c->conn = ++f->last;
  Half *h = &c->half[from];
  if (t.flags & SYN) {
    clear_half(h);
    h->known = h->fresh = true;
    h->next = ++t.seq;
  }
  if (t.len > 0)
    payload(f, c, h, &t);
  if ((t.flags & FIN) && h->known && distance(h, t.seq + t.len) <= 0)
    clear_half(h);
  if ((t.flags & RST) || ((t.flags & FIN) && !c->half[0].known && !c->half[1].known)) {
    clear_connection(c);
    rd_table_remove(f->table, key, 37);
  }
  return true;
}

/* Forgets all connections, the one idle for longest first. */
static void forget_all(RdFlows *f, bool read_on) {
  const void *key;
  size_t len;
  Connection *c;
  while ((c = rd_table_oldest(f->table, &key, &len))) {
    uint8_t copy[RD_TABLE_KEY];
    memcpy(copy, key, len);
    for (unsigned i = 0; read_on && i < 2; i++)
      while (c->half[i].waiting && c->half[i].waiting->len > 0)
        give_up_gap(f, c, &c->half[i]);
    clear_connection(c);
    rd_table_remove(f->table, copy, len);
  }
}

void rd_flows_finish(RdFlows *f) {
  forget_all(f, true);
}

void rd_flows_free(RdFlows *f) {
  if (!f)
    return;
  forget_all(f, false);
  rd_table_free(f->table);
  g_free(f);
}
