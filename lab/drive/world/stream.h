/* stream.h - connections: bytes in order, cut into messages by the protocol of the port they came to.
 *
 * Both ends are actors' or defenses' of one world, and each has an RdStream. A stretch of bytes keeps the tag
 * of the work that wrote it, whatever way TCP cuts it: the n-th byte read is the n-th written. */
#pragma once

#include "lab/drive/world/network.h"

/* Bytes that a node has not read yet and takes no more of, as a window of TCP; and of one message that is
 * not whole, if the node does not say (`cpu: {unframed:}`). */
#define RD_STREAM_WINDOW 262144

/* What attacks on the line keep of one direction, in order. */
typedef struct {
  struct RdKeptItem *head, *tail;
  RdClockEvent event;
} RdKept;

struct RdStream {
  RdConn conn;
  RdWorldAttachment *attachment;
  uint64_t entity;
  RdAddress local, remote;
  RdWorldJudge *owner; /* NULL: the actor's */
  uint8_t protocol;
  bool up; /* written to and read from */
  bool accepted;
  bool broken; /* cannot be cut into messages any more */
  bool listed; /* found by its addresses */
  bool closing; /* its owner has let go of it; what it wrote is still on its way */
  RdStream *peer; /* the other end, while it is there */
  RdTag tag; /* of what opened it */
  void *framer;
  GArray *written; /* of stretches not read by the peer yet: where each ends, and its tag */
  guint written_first;
  uint64_t n_written, n_read, n_cut; /* octets: written; read; of these, cut into messages */
  RdTag cut; /* of the bytes of the message that is not whole yet */
  bool cutting;
  uint64_t unread; /* octets in messages that wait for a worker */
  void *wire; /* the carrier's */
  RdKept kept[2]; /* of what comes, of what leaves */
};

void rd_streams_new(RdWorld *w);
/* NULL: no such connection of this actor (owner NULL) or defense. */
RdStream *rd_stream_find(RdWorld *w, const RdWorldActor *actor, const RdWorldJudge *owner,
                         RdConn conn);
/* The actor (or the defense that stands there) opens one; 0: it cannot be. */
RdConn rd_stream_connect(RdWorldAttachment *attachment, uint64_t entity, uint8_t protocol,
                         const RdAddress *local, const RdAddress *remote, RdWorldJudge *owner,
                         const RdTag *tag);
/* By its owner: no message comes of it any more. */
void rd_stream_close(RdStream *stream);
void rd_stream_cut(RdStream *stream); /* the same by a judge: its owner is told RD_CLOSED */
/* Bytes of a message that has left its work; takes the parcel. */
void rd_stream_write(RdParcel *parcel);
void rd_stream_taken(RdWorld *w, const RdParcel *parcel); /* a worker has it: room for more */
uint64_t rd_streams_in_flight(const RdWorldNetwork *net); /* stretches written and not read */
void rd_stream_received(RdParcel *parcel); /* a message has come by one; takes it */
void rd_streams_free(RdWorld *w);

/* --- for carriers --- */
/* Somebody calls from `from`; NULL: refused (no such port, or too many connections). The new end, its peer
 * known; rd_stream_opened() when its handshake is over. */
RdStream *rd_stream_accept(RdStream *from);
/* The end of a network whose own address is `local`, and its far end's `remote`; NULL: none. */
RdStream *rd_stream_between(const RdWorldNetwork *net, const RdAddress *local,
                            const RdAddress *remote);
bool rd_stream_acceptable(const RdStream *from); /* as things are now */
void rd_stream_opened(RdStream *stream); /* it is up: its owner is told */
void rd_stream_refused(RdStream *stream); /* stream is gone afterwards */
void rd_stream_read(RdStream *stream, const uint8_t *bytes, size_t len);
void rd_stream_reset(
    RdStream *stream); /* the far end closed or reset it; stream is gone afterwards */
/* Octets left of the stretch that is read next, and its tag; 0: nothing is under way to it. */
uint64_t rd_stream_next(const RdStream *stream, RdTag *ret);
bool rd_stream_is_full(const RdStream *stream); /* its window is closed */
