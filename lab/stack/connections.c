#include "lab/stack/connections.h"

#include <string.h>

#include "lab/base/memory.h"
#include "lab/base/table.h"

#define KEY_PURPOSE UINT32_C(0x636e) /* "cn": the table's own draw */
#define KEY 29

typedef struct {
  RdConn conn;
  bool up, own; /* own: opened here */
} Peer;

typedef struct {
  uint8_t key[KEY]; /* of the peer */
} Known;

struct RdSipConnections {
  RdHost *host;
  RdTable *peers; /* key -> Peer */
  RdTable *conns; /* conn -> Known */
  uint32_t capacity;
  void (*lost)(void *user, RdConn conn);
  void *user;
};

static void key_of(uint16_t attachment, uint64_t entity, const RdAddress *remote, uint16_t port,
                   uint8_t ret[KEY]) {
  memcpy(ret, &attachment, 2);
  memcpy(ret + 2, &entity, 8);
  memcpy(ret + 10, remote->ip, 16);
  ret[26] = remote->family;
  memcpy(ret + 27, &port, 2);
}

RdSipConnections *rd_sip_connections_new(RdHost *host, uint32_t capacity,
                                         void (*lost)(void *user, RdConn conn), void *user) {
  RdSipConnections *c = rd_alloc(sizeof *c);
  const uint64_t key[2] = {host->random(host, 0, KEY_PURPOSE, 0),
                           host->random(host, 0, KEY_PURPOSE, 1)};
  c->host = host;
  c->lost = lost;
  c->user = user;
  c->capacity = capacity > 0 ? capacity : 1;
  c->peers = rd_table_new(c->capacity, sizeof(Peer), key, NULL, NULL);
  c->conns = rd_table_new(c->capacity, sizeof(Known), key, NULL, NULL);
  return c;
}

void rd_sip_connections_free(RdSipConnections *c) {
  if (!c)
    return;
  for (const Peer *p; (p = rd_table_oldest(c->peers, NULL, NULL));) {
    const RdConn conn = p->conn;
    if (p->own)
      c->host->close(c->host, conn);
    const Known *known = rd_table_get(c->conns, &conn, sizeof conn);
    uint8_t key[KEY];
    memcpy(key, known->key, KEY);
    rd_table_remove(c->peers, key, KEY);
    rd_table_remove(c->conns, &conn, sizeof conn);
  }
  rd_table_free(c->peers);
  rd_table_free(c->conns);
  free(c);
}

void rd_sip_connections_forget(RdSipConnections *c, RdConn conn) {
  const Known *known = rd_table_get(c->conns, &conn, sizeof conn);
  if (!known)
    return;
  uint8_t key[KEY];
  memcpy(key, known->key, KEY);
  rd_table_remove(c->peers, key, KEY);
  rd_table_remove(c->conns, &conn, sizeof conn);
}

/* The one used longest ago gives way. One that a peer opened stays open, and is not found any more. */
static void make_room(RdSipConnections *c) {
  const Peer *oldest = rd_table_oldest(c->peers, NULL, NULL);
  if (rd_table_count(c->peers) < c->capacity)
    return;
  const Peer gone = *oldest;
  rd_sip_connections_forget(c, gone.conn);
  if (!gone.own)
    return;
  c->host->close(c->host, gone.conn);
  c->lost(c->user, gone.conn);
}

static void remember(RdSipConnections *c, const uint8_t key[KEY], Peer peer) {
  Known known;
  make_room(c);
  memcpy(known.key, key, KEY);
  *(Peer *)rd_table_put(c->peers, key, KEY, NULL) = peer;
  *(Known *)rd_table_put(c->conns, &peer.conn, sizeof peer.conn, NULL) = known;
}

RdConn rd_sip_connections_to(RdSipConnections *c, uint16_t attachment, uint64_t entity,
                             const RdAddress *remote, bool *ret_up) {
  uint8_t key[KEY];
  key_of(attachment, entity, remote, remote->port, key);
  const Peer *known = rd_table_get(c->peers, key, KEY);
  if (known) {
    *ret_up = known->up;
    return known->conn;
  }
  *ret_up = false;
  RdConnect to = {.size = sizeof to,
                  .attachment = attachment,
                  .protocol = RD_PROTO_SIP,
                  .entity = entity,
                  .remote = *remote};
  to.remote.transport = RD_TCP;
  const RdConn conn = c->host->connect(c->host, &to);
  if (conn)
    remember(c, key, (Peer){.conn = conn, .own = true});
  return conn;
}

/* The first to be known by an address stays it: a later one must not take its place while it is up. */
void rd_sip_connections_alias(RdSipConnections *c, const RdMessage *m, uint16_t port) {
  uint8_t key[KEY];
  key_of(m->attachment, m->entity, &m->remote, port, key);
  if (m->conn && !rd_table_get(c->conns, &m->conn, sizeof m->conn) &&
      !rd_table_get(c->peers, key, KEY))
    remember(c, key, (Peer){.conn = m->conn, .up = true});
}

void rd_sip_connections_receive(RdSipConnections *c, const RdMessage *m) {
  const Known *known = m->conn ? rd_table_get(c->conns, &m->conn, sizeof m->conn) : NULL;
  if (!known)
    return;
  Peer *p = rd_table_get(c->peers, known->key, KEY);
  if (m->kind == RD_OPENED && p)
    p->up = true;
  else if (m->kind == RD_CLOSED || m->kind == RD_REFUSED)
    rd_sip_connections_forget(c, m->conn);
}

static Peer *peer_of(RdSipConnections *c, RdConn conn, const Known **ret) {
  *ret = rd_table_get(c->conns, &conn, sizeof conn);
  return *ret ? rd_table_get(c->peers, (*ret)->key, KEY) : NULL;
}

bool rd_sip_connections_is_own(RdSipConnections *c, RdConn conn) {
  const Known *known;
  const Peer *p = peer_of(c, conn, &known);
  return p && p->own;
}

bool rd_sip_connections_ping(RdSipConnections *c, RdConn conn, uint64_t *ret_entity) {
  const Known *known;
  const Peer *p = peer_of(c, conn, &known);
  RdSend send = {.size = sizeof send,
                 .protocol = RD_PROTO_SIP,
                 .conn = conn,
                 .bytes = (const uint8_t *)"\r\n\r\n",
                 .len = 4};
  if (!p || !p->own || !p->up)
    return false;
  memcpy(&send.attachment, known->key, 2);
  memcpy(&send.entity, known->key + 2, 8);
  *ret_entity = send.entity;
  return c->host->send(c->host, &send);
}

uint32_t rd_sip_connections_count(const RdSipConnections *c) {
  return rd_table_count(c->peers);
}
