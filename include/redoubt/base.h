/* base.h - the words every other header is written in: time, addresses, slices, connections.
 *
 * Part of the contract between Redoubt and its parts (nodes, attacks, defenses). These headers
 * need nothing but the C11 library. Structs that cross the contract begin with their size and only
 * ever grow at the end. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds since the trial began (simulator), of the capture's packet (replay) or of the
 * monotonic clock since start (inline). Never wall-clock time. */
typedef int64_t RdTime;

#define RD_MICROSECOND INT64_C(1000)
#define RD_MILLISECOND INT64_C(1000000)
#define RD_SECOND INT64_C(1000000000)
#define RD_NEVER INT64_MAX

/* Text or bytes inside somebody else's buffer: not NUL-terminated, valid as long as the buffer.
 * An absent value has at == NULL; a present but empty one has len == 0 and at != NULL. */
typedef struct {
  const char *at;
  uint32_t len;
} RdSlice;

typedef enum { RD_UDP = 1, RD_TCP = 2, RD_TLS = 3, RD_SCTP = 4 } RdTransport;

/* An IPv4 or IPv6 transport address. `ip` holds 4 or 16 bytes in network order, the rest is zero,
 * so that two equal addresses are equal byte by byte. family 0 means "no address". */
typedef struct {
  uint8_t ip[16];
  uint16_t port; /* host order */
  uint8_t family; /* 0, 4 or 6 */
  uint8_t transport; /* RdTransport */
} RdAddress;

/* A byte-stream connection (TCP, TLS); 0 is "none", as for datagrams. Unique within one host. */
typedef uint64_t RdConn;

/* An armed timer; 0 is "none". Never reused within a trial. */
typedef uint64_t RdTimer;

/* A message held back by a defense; 0 is "none". */
typedef uint64_t RdTicket;

/* Reference points and interfaces, named as in 3GPP TS 23.002. */
typedef enum {
  RD_IF_OTHER = 0,
  RD_IF_GM, /* UE - P-CSCF */
  RD_IF_MW, /* CSCF - CSCF */
  RD_IF_IC, /* IBCF - peer network */
  RD_IF_ISC, /* S-CSCF - AS */
  RD_IF_CX, /* I-/S-CSCF - HSS, Diameter */
  RD_IF_SH,
  RD_IF_RX,
  RD_IF_S6A,
  RD_IF_MAP,
  RD_IF_UT,
  RD_IF_SWU,
  RD_IF_MB,
  RD_IF_COUNT /* no bound for a part's arrays: values at or above it may come (abi.md) */
} RdInterface;

typedef enum {
  RD_PROTO_UNKNOWN = 0,
  RD_PROTO_SIP,
  RD_PROTO_DIAMETER,
  RD_PROTO_MAP,
  RD_PROTO_RTP,
  RD_PROTO_HTTP,
  RD_PROTO_IKE,
  RD_PROTO_DNS,
  RD_PROTO_EXPERIMENT = 192 /* from here on: for tests, and for what nobody has given a number */
} RdProtocol;

typedef enum { RD_INGRESS = 0, RD_EGRESS = 1 } RdDirection;

/* Room for what a part answers to an act, its NUL included. */
#define RD_REPLY 160
