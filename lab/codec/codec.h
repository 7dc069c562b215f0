/* codec.h - one row a protocol: all that the drivers know of it.
 *
 * A port or a connection says which protocol its bytes are read as; nothing else does. A protocol without
 * a row crosses the network as bytes: nobody can make a view, refuse or edit it, and its streams cannot be
 * cut into messages. Rows are found in codecs[] (table.c), which a test may replace by one of its own. */
#pragma once

#include "lab/diameter/scan.h"
#include "lab/sip/scan.h"
#include "redoubt/defense.h"
#include "redoubt/message.h"

/* Room for the view of one message, whatever its protocol. */
typedef struct {
  union {
    RdSipScan sip;
    RdDiaScan dia;
    uint64_t words[64];
  };
} RdView;

typedef enum {
  RD_FRAME_MORE = 0, /* no whole message yet */
  RD_FRAME_MESSAGE, /* one message; valid until the next push */
  RD_FRAME_PING, /* bytes between messages that keep a connection alive (RFC 5626 s3.5.1) */
  RD_FRAME_BROKEN /* no later boundary can be trusted: for good */
} RdFramed;

/* Cuts a stream into messages. */
typedef struct {
  void *(*open)(void);
  void (*push)(void *framer, const void *bytes, size_t len);
  RdFramed (*pop)(void *framer, RdSlice *ret); /* until it says MORE or BROKEN */
  size_t (*pending)(void *framer); /* bytes kept for want of the rest */
  void (*close)(void *framer);
} RdFramer;

typedef struct {
  uint8_t protocol; /* RdProtocol */
  const char *name; /* "sip" */
  uint16_t port; /* by default; 0: none */
  uint8_t transport; /* RdTransport that the default port is open on from the start; 0: none */
  size_t longest; /* that a message can be in octets, rewritten ones too */
  /* Sets message->sip or message->view, into `room`; nothing if it cannot be read. NULL: no view. */
  void (*view)(RdView *room, RdMessage *message);
  const RdFramer *framer; /* NULL: datagrams only */
  bool (*is_request)(const RdMessage *message);
  /* Puts what a part wrote in the range of the protocol's codes; NULL: none is out of range. */
  void (*settle)(RdVerdict *verdict);
  /* The stateless answer to a REJECT or CHALLENGE; 0: nothing may be answered. NULL: never. */
  size_t (*refuse)(const RdMessage *request, const RdVerdict *verdict, const uint64_t key[2],
                   char *ret, size_t cap);
  /* What such an answer draws, and nobody is to see (SIP's ACK). NULL: nothing does. */
  bool (*is_refusal_ack)(const RdMessage *message, const uint64_t key[2]);
  /* Carries out a REWRITE; 0: it does not fit, or leaves nothing readable. NULL: WHOLE alone can. */
  size_t (*edit)(const RdMessage *message, const RdEdit *edits, size_t n, size_t stride, char *ret,
                 size_t cap);
  /* The operation it is of, for counts by operation (RdSipMethod). NULL: 0. */
  unsigned (*operation)(const RdMessage *message);
} RdCodec;

/* table.c: ended by NULL. */
extern const RdCodec *const rd_codecs[];
extern const RdCodec rd_codec_sip, rd_codec_diameter;

/* Never NULL: a protocol without a row has one that does nothing. */
const RdCodec *rd_codec(uint8_t protocol);
/* The protocol whose default port this is; RD_PROTO_UNKNOWN: nobody's. */
uint8_t rd_codec_at(uint16_t port);

/* Makes the view that message->protocol asks for, of RD_DATA: sets sip and view, or both to NULL. */
void rd_codec_view(RdView *room, RdMessage *message);
/* Carries out edits, WHOLE among them, on any protocol; 0: they cannot be. `stride` is the part's word,
 * and less than the first release's RdEdit is refused. */
size_t rd_codec_edit(const RdMessage *message, const RdEdit *edits, size_t n, size_t stride,
                     char *ret, size_t cap);
