/* Connections over the kernel's TCP. The lines' rate and delay are ahead of it, as for datagrams; what they
 * lose is not: loopback's TCP repeats nothing, and a loss would be felt by nobody. */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab/drive/inline/carrier.h"
#include "lab/drive/inline/loopback.h"
#include "lab/drive/world/network.h"
#include "lab/drive/world/record.h"
#include "lab/drive/world/stream.h"

/* Octets of a segment's headers and payload; connections accepted a turn; octets that the kernel has not
 * taken from one end yet. */
enum { IP_TCP = 40, PAYLOAD = 1460, A_TURN = 32, MOST_PENDING = 8 << 20 };

typedef enum { DIAL, OPENED, REFUSED, DATA, FIN } Kind;

/* Something on its way over the lines. */
typedef struct RdChunk Chunk;
struct RdChunk {
  Chunk *next, **at; /* alive */
  RdWorldNetwork *network;
  RdWorldAttachment *to; /* whose line it crosses last */
  RdConn conn; /* the end that it is for, when it has crossed: of DATA and FIN the one that wrote */
  Kind kind;
  size_t len;
  uint8_t bytes[];
};

/* One end's own. */
typedef struct {
  RdWorldNetwork *network;
  RdConn conn;
  int fd; /* -1: not dialled yet */
  RdWatch watch; /* 0: paused, or over */
  bool connected, fin, over; /* `over`: the far end went before we heard that it was there */
  GByteArray *out; /* not taken by the kernel yet */
} End;

typedef struct {
  RdWorldAttachment *attachment;
  RdAddress loopback;
  int fd;
  RdWatch watch;
} Listener;

typedef struct {
  uint64_t local, remote;
} Pair;

static RdStream *find(const RdWorldNetwork *net, RdConn conn) {
  return g_hash_table_lookup(net->world->streams, &conn);
}

/* --- crossing the lines ----------------------------------------------------------------------- */

static void landed(void *arg);

static size_t wire_length(size_t len) {
  size_t packets = MAX((len + PAYLOAD - 1) / PAYLOAD, 1);
  return len + packets * IP_TCP;
}

static void at_hub(void *arg) {
  Chunk *c = arg;
  RdWorld *w = c->network->world;
  RdLiveEnd *end = c->to->wire;
  rd_at(w, rd_live_line_stream(&end->down, rd_now(w), wire_length(c->len)), landed, c);
}

static void cross(RdWorldAttachment *from, RdWorldAttachment *to, RdConn conn, Kind kind,
                  const uint8_t *bytes, size_t len) {
  RdWorldNetwork *net = from->network;
  RdWorld *w = net->world;
  RdLiveNetwork *live = rd_live_of(net);
  Chunk *c = g_malloc(sizeof *c + len);
  *c = (Chunk){live->chunks, &live->chunks, net, to, conn, kind, len};
  if (c->next)
    c->next->at = &c->next;
  live->chunks = c;
  if (len > 0)
    memcpy(c->bytes, bytes, len);
  RdLiveEnd *end = from->wire;
  rd_at(w, rd_live_line_stream(&end->up, rd_now(w), wire_length(len)), at_hub, c);
}

static void chunk_free(Chunk *c) {
  *c->at = c->next;
  if (c->next)
    c->next->at = c->at;
  g_free(c);
}

void rd_live_chunks_free(RdLiveNetwork *live) {
  while (live->chunks)
    chunk_free(live->chunks);
}

/* --- one end ---------------------------------------------------------------------------------- */

static End *end_new(RdStream *s) {
  End *end = g_new0(End, 1);
  *end = (End){.network = s->attachment->network, .conn = s->conn, .fd = -1};
  end->out = g_byte_array_new();
  s->wire = end;
  return end;
}

static void unwatch(End *end) {
  rd_loop_unwatch(rd_live_loop(end->network), end->watch);
  end->watch = 0;
}

static void on_ready(void *arg, uint32_t events);

/* Reads, and writes as long as something is left to. */
static void watch(End *end) {
  RdLoop *loop = rd_live_loop(end->network);
  uint32_t flags = !end->connected ? EPOLLOUT : EPOLLIN | (end->out->len > 0 ? EPOLLOUT : 0);
  if (end->watch)
    rd_loop_rewatch(loop, end->watch, flags);
  else
    end->watch = rd_loop_watch(loop, end->fd, flags, on_ready, end);
}

/* Gives the kernel what it takes. False: the connection is broken. */
static bool push(End *end) {
  while (end->out->len > 0) {
    ssize_t n = send(end->fd, end->out->data, end->out->len, MSG_NOSIGNAL);
    if (n < 0)
      return errno == EAGAIN || errno == EINTR;
    g_byte_array_remove_range(end->out, 0, (guint)n);
  }
  if (end->fin)
    shutdown(end->fd, SHUT_WR);
  return true;
}

/* The far end is gone, or never was. */
static void is_over(RdStream *s, End *end) {
  unwatch(end);
  if (s->closing)
    return; /* who closes reads no more: its peer ends them both */
  if (s->up)
    rd_stream_reset(s);
  else if (s->peer)
    end->over = true;
  else {
    uint64_t entity;
    RdWorldAttachment *from = rd_network_find(end->network, &s->remote, &entity);
    cross(from, s->attachment, s->conn, REFUSED, NULL, 0);
  }
}

/* A stretch at a time, each with the label of the work that wrote it. Then it is read as one. */
static void take_in(RdStream *s, const uint8_t *bytes, size_t len) {
  RdRecord *record = s->attachment->network->world->record;
  uint64_t n_read = s->n_read;
  for (size_t at = 0; at < len;) {
    RdTag tag = s->tag;
    uint64_t left = rd_stream_next(s, &tag);
    size_t n = left > 0 ? (size_t)MIN(left, len - at) : len - at;
    rd_record_stream(record, s, false, bytes + at, n, &tag);
    s->n_read += n;
    at += n;
  }
  s->n_read = n_read;
  rd_stream_read(s, bytes, len);
}

/* False: nothing more of this connection is to be looked at. */
static bool read_some(RdStream *s, End *end) {
  RdLiveNetwork *live = rd_live_of(end->network);
  RdConn conn = end->conn;
  ssize_t n = recv(end->fd, live->bytes, sizeof live->bytes, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return true;
  if (n <= 0) {
    is_over(s, end);
    return false;
  }
  take_in(s, live->bytes, (size_t)n);
  s = find(end->network, conn);
  if (!s)
    return false;
  if (rd_stream_is_full(s))
    unwatch(end);
  return true;
}

static void on_ready(void *arg, uint32_t events) {
  End *end = arg;
  RdStream *s = find(end->network, end->conn);
  if (!s)
    return;
  if (!end->connected) {
    if (rd_loopback_error(end->fd) != 0) {
      is_over(s, end);
      return;
    }
    end->connected = true;
    watch(end);
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !read_some(s, end))
    return;
  if (events & EPOLLOUT) {
    if (push(end)) {
      if (end->watch)
        watch(end);
    } else {
      is_over(s, end);
    }
  }
}

/* --- opening ---------------------------------------------------------------------------------- */

static GBytes *pair_of(const RdAddress *local, const RdAddress *remote) {
  Pair pair = {rd_live_key(local), rd_live_key(remote)};
  return g_bytes_new(&pair, sizeof pair);
}

static void dial(RdStream *s) {
  RdLiveNetwork *live = rd_live_of(s->attachment->network);
  End *end = s->wire;
  RdAddress local = rd_map_to(live->map, &s->local), remote = rd_map_to(live->map, &s->remote);
  end->fd = rd_loopback_connect(&local, &remote);
  if (end->fd < 0 && errno == EMFILE)
    rd_live_fail(end->network, rd_actor_name(s->attachment->actor), rd_loopback_reason(errno));
  if (end->fd < 0) {
    is_over(s, end);
    return;
  }
  g_hash_table_insert(live->calling, pair_of(&local, &remote), g_memdup2(&s->conn, sizeof s->conn));
  watch(end);
}

/* Whoever in this world began to connect from there; NULL: it is gone, or another program. */
static RdStream *caller_of(Listener *l, const RdAddress *from) {
  RdLiveNetwork *live = rd_live_of(l->attachment->network);
  g_autoptr(GBytes) pair = pair_of(from, &l->loopback);
  const RdConn *conn = g_hash_table_lookup(live->calling, pair);
  RdStream *s = conn ? find(l->attachment->network, *conn) : NULL;
  live->strangers += !conn;
  g_hash_table_remove(live->calling, pair);
  return s;
}

static void take(Listener *l, int fd, const RdAddress *from) {
  RdWorldNetwork *net = l->attachment->network;
  RdLiveNetwork *live = rd_live_of(net);
  RdStream *caller = caller_of(l, from), *s = caller ? rd_stream_accept(caller) : NULL;
  if (!s) {
    rd_loopback_reset(fd);
    return;
  }
  End *end = end_new(s);
  end->fd = fd;
  end->connected = true;
  watch(end);
  live->connections++;
  cross(l->attachment, caller->attachment, caller->conn, OPENED, NULL, 0);
  rd_stream_opened(s);
}

static void on_caller(void *arg, uint32_t events) {
  Listener *l = arg;
  RdAddress from;
  (void)events;
  int fd;
  for (int i = 0; i < A_TURN && (fd = rd_loopback_accept(l->fd, &from)) >= 0; i++)
    take(l, fd, &from);
  if (fd < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
    rd_live_fail(l->attachment->network, rd_actor_name(l->attachment->actor),
                 rd_loopback_reason(errno));
}

static void opened(RdStream *s) {
  End *end = s->wire;
  RdWorldNetwork *net = end->network;
  RdConn conn = s->conn;
  if (!end->connected) {
    end->connected = true;
    watch(end);
  }
  rd_stream_opened(s);
  s = find(net, conn);
  if (s && end->over && !s->closing)
    rd_stream_reset(s);
}

static void pass_on(RdStream *s, const Chunk *c) {
  End *end = s->wire;
  if (!end || end->fd < 0)
    return;
  end->fin = c->kind == FIN;
  g_byte_array_append(end->out, c->bytes, (guint)c->len);
  if (!push(end))
    is_over(s, end);
  else if (end->out->len > 0 && end->watch)
    watch(end);
}

static void landed(void *arg) {
  Chunk *c = arg;
  RdStream *s = find(c->network, c->conn);
  if (s && c->kind == DIAL)
    dial(s);
  else if (s && c->kind == OPENED)
    opened(s);
  else if (s && c->kind == REFUSED)
    rd_stream_refused(s);
  else if (s)
    pass_on(s, c);
  chunk_free(c);
}

/* --- the carrier's functions ------------------------------------------------------------------ */

static bool listen_one(RdWorldAttachment *a, uint64_t entity, uint16_t port, GError **error) {
  RdAddress address = rd_attachment_address(a, entity);
  address.port = port;
  address.transport = RD_TCP;
  Listener *l = g_new0(Listener, 1);
  *l = (Listener){a, rd_map_to(rd_live_of(a->network)->map, &address), -1, 0};
  g_ptr_array_add(((RdLiveEnd *)a->wire)->listeners, l);
  l->fd = rd_loopback_listen(&l->loopback, error);
  if (l->fd < 0)
    return false;
  l->watch = rd_loop_watch(rd_live_loop(a->network), l->fd, EPOLLIN, on_caller, l);
  if (!l->watch)
    g_set_error(error, RD_INLINE_ERROR, 0, "epoll: %s", g_strerror(errno));
  return l->watch != 0;
}

bool rd_live_stream_listen(RdWorldAttachment *a, uint16_t port, GError **error) {
  for (uint64_t e = 0; e < a->actor->entities; e++)
    if (!listen_one(a, e, port, error))
      return false;
  return true;
}

void rd_live_listeners_free(RdWorldAttachment *a) {
  RdLiveEnd *end = a->wire;
  for (guint i = 0; i < end->listeners->len; i++) {
    Listener *l = g_ptr_array_index(end->listeners, i);
    if (l->fd >= 0)
      close(l->fd);
    g_free(l);
  }
  g_ptr_array_unref(end->listeners);
}

bool rd_live_stream_connect(RdStream *s) {
  uint64_t entity;
  RdWorldAttachment *to = rd_network_find(s->attachment->network, &s->remote, &entity);
  if (!to || rd_is_external(to->actor))
    return false;
  end_new(s);
  cross(s->attachment, to, s->conn, DIAL, NULL, 0);
  return true;
}

bool rd_live_stream_write(RdStream *s, const uint8_t *bytes, size_t len, const RdTag *tag) {
  End *end = s->wire;
  if (!s->peer || !end || end->fd < 0 || end->out->len > MOST_PENDING)
    return false;
  rd_record_stream(s->attachment->network->world->record, s, true, bytes, len, tag);
  cross(s->attachment, s->peer->attachment, s->conn, DATA, bytes, len);
  return true;
}

void rd_live_stream_close(RdStream *s) {
  if (s->peer)
    cross(s->attachment, s->peer->attachment, s->conn, FIN, NULL, 0);
}

void rd_live_stream_wake(RdStream *s) {
  End *end = s->wire;
  if (end && end->fd >= 0 && !end->watch && !end->over)
    watch(end);
}

void rd_live_stream_forget(RdStream *s) {
  End *end = s->wire;
  if (!end)
    return;
  if (!s->accepted && end->fd >= 0) {
    RdLiveNetwork *live = rd_live_of(end->network);
    RdAddress local = rd_map_to(live->map, &s->local), remote = rd_map_to(live->map, &s->remote);
    g_autoptr(GBytes) pair = pair_of(&local, &remote);
    g_hash_table_remove(live->calling, pair);
  }
  unwatch(end);
  if (end->fd >= 0)
    close(end->fd);
  g_byte_array_unref(end->out);
  g_clear_pointer(&s->wire, g_free);
}
