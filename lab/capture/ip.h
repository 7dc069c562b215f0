/* ip.h - reads IPv4 (RFC 791) and IPv6 (RFC 8200) headers of captured packets.
 *
 * Checksums are not verified: where the sender's network card fills them in, captures hold wrong
 * ones. */
#pragma once

#include "redoubt/base.h"

typedef struct {
  RdAddress src, dst; /* IP only */
  uint8_t protocol; /* of the payload; for a fragment, of the whole datagram's */
  const uint8_t *payload;
  size_t len;
  bool fragment; /* of a datagram larger than this packet */
  bool more; /* not the last fragment */
  uint32_t id; /* fragments: identification */
  uint32_t at; /* fragments: offset in bytes */
} RdIp;

typedef enum {
  RD_IP_OK = 0,
  RD_IP_CUT, /* the capture holds less than the packet had */
  RD_IP_BAD /* lengths that cannot be */
} RdIpVerdict;

RdIpVerdict rd_ip_read(const uint8_t *bytes, size_t captured, RdIp *ret);
/* Goes over IPv6 extension headers in front of a payload (in a whole packet, or one put together
 * again). False: lengths that cannot be. */
bool rd_ip_skip_extensions(RdIp *ip);
