/* packet.h - wraps a message into the IP packet that would have carried it.
 *
 * For captures: header fields a capture's reader may check (lengths, checksums) are right, the
 * rest is the plainest that is valid. IPv4 (RFC 791), IPv6 (RFC 8200), UDP (RFC 768), TCP
 * (RFC 9293). No I/O. */
#pragma once

#include "redoubt/base.h"

#define RD_PACKET_HEADERS 60 /* IPv6 + TCP without options */
#define RD_PACKET_UDP_MAX 65507 /* the largest UDP payload over IPv4 */
#define RD_PACKET_TCP_MAX 65475 /* one segment in one packet, over IPv4 or IPv6 */

typedef struct {
  uint32_t seq, ack; /* TCP only: of the first byte sent; of the next byte awaited */
  uint16_t id; /* IPv4 identification */
} RdPacketNumbers;

/* Writes the headers of one packet that carries `bytes` from src to dst into ret, and returns
 * their length. src->transport says UDP, or TCP (TLS and SCTP are written as TCP: the capture
 * shows the plain text). 0: unlike or absent families, or too long a payload. */
size_t rd_packet_headers(const RdAddress *src, const RdAddress *dst, RdPacketNumbers numbers,
                         const void *bytes, size_t len, uint8_t ret[RD_PACKET_HEADERS]);
