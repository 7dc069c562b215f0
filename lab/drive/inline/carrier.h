/* carrier.h - carries a network's messages over the kernel's loopback sockets.
 *
 * Each entity has a socket for each port it is heard at. A datagram is put on its sender's socket and read
 * from its receiver's; the parcel that it was waits at the receiver's socket meanwhile and is known again by
 * its sender and its bytes: the kernel carries no labels. Connections are in carrier_stream.c. */
#pragma once

#include "lab/drive/inline/external.h"
#include "lab/drive/inline/line.h"
#include "lab/drive/inline/loop.h"
#include "lab/drive/inline/map.h"
#include "lab/drive/world/types.h"

typedef struct {
  RdMap *map;
  GHashTable *sockets; /* address and port -> where datagrams are sent from and read */
  GQueue sources; /* of these, those that only send: forged ones. The oldest goes first */
  GHashTable *calling; /* address pair -> RdConn that is on its way */
  struct RdChunk *chunks; /* of streams, alive */
  uint64_t under_way; /* datagrams */
  uint64_t datagrams, dropped, strangers, connections;
  char *
      failure; /* the kernel has no more sockets, or none there: the world is not what it should be */
  uint8_t bytes[65536]; /* what was read last */
} RdLiveNetwork;

typedef struct {
  RdLiveLine up, down; /* to the hub, from it */
  GPtrArray *listeners; /* of connections */
  RdExternal *external; /* the program outside that it stands for; NULL: none */
} RdLiveEnd;

extern const RdCarrier rd_carrier_live;

static inline RdLiveNetwork *rd_live_of(const RdWorldNetwork *net) {
  return net->wire;
}
static inline RdLoop *rd_live_loop(const RdWorldNetwork *net) {
  return rd_loop_of(net->world->clock);
}
/* Ends the run: what comes of it is no result. The first reason counts. */
void rd_live_fail(RdWorldNetwork *net, const char *who, const char *why);
/* A loopback address as a key. */
uint64_t rd_live_key(const RdAddress *a);

bool rd_live_stream_listen(RdWorldAttachment *attachment, uint16_t port, GError **error);
bool rd_live_stream_connect(RdStream *stream);
bool rd_live_stream_write(RdStream *stream, const uint8_t *bytes, size_t len, const RdTag *tag);
void rd_live_stream_close(RdStream *stream);
void rd_live_stream_wake(RdStream *stream);
void rd_live_stream_forget(RdStream *stream);
void rd_live_listeners_free(RdWorldAttachment *attachment);
void rd_live_chunks_free(RdLiveNetwork *live);
