/* message.h - what arrives at (or leaves) a part.
 *
 * A message carries no label and no truth: what a part may know is here, and nothing else. Valid
 * for the call only. */
#pragma once

#include "redoubt/base.h"
#include "redoubt/sip.h"

typedef enum {
  RD_DATA = 0, /* a message: a datagram, or one framed message of a stream */
  RD_OPENED, /* a stream connection is up: accepted, or the answer to connect() */
  RD_CLOSED, /* the far end closed or reset it; `conn` is no more */
  RD_REFUSED, /* connect() failed; `conn` is no more */
  RD_REPORT /* defenses: from another member of the same defense (RdHost.report) */
} RdMessageKind;

/* Bits of RdMessage.flags. */
typedef enum {
  RD_UNFRAMED =
      1 << 0, /* a stream that cannot be cut into messages any more: the bytes are what came, and
                          nothing else will come but RD_CLOSED */
  RD_SEALED =
      1 << 1 /* to who stands on a line that is sealed (IPsec, TLS): a cipher's bytes. Length, time
                        and ends are all that they tell */
} RdMessageFlag;

typedef struct {
  uint32_t size; /* of this struct */
  uint8_t kind; /* RdMessageKind */
  uint8_t protocol; /* RdProtocol */
  uint8_t direction; /* RdDirection, as seen by the node at this place */
  uint8_t interface; /* RdInterface */
  uint16_t attachment; /* index of the own; for a defense, of the places given to open() */
  uint16_t flags; /* RdMessageFlag */
  RdConn conn; /* 0 for a datagram */
  RdAddress local, remote; /* of the node at this place, and of the other end */
  uint64_t entity; /* actors: which of the population this is for, 0-based */
  const char *network; /* name of the network it came over or leaves by */
  const char *domain; /* trust domain of that network, as the topology names it */
  const RdSip *sip; /* the scanned view when protocol is SIP, else NULL */
  const uint8_t *bytes;
  size_t len;
  const void *view; /* what the host made of the bytes by `protocol`; NULL: none. SIP's is `sip` */
  uint64_t count; /* a train: as many datagrams like this one, `spacing` apart; 0 is 1 */
  RdTime spacing;
  uint64_t sender; /* RD_REPORT: the member it is from */
} RdMessage;
