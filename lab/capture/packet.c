#include "lab/capture/packet.h"

#include <string.h>

enum { IPPROTO_TCP_ = 6, IPPROTO_UDP_ = 17, TTL = 64, TCP_PSH_ACK = 0x18 };

static void put16(uint8_t *at, uint32_t n) {
  at[0] = (uint8_t)(n >> 8);
  at[1] = (uint8_t)n;
}

static void put32(uint8_t *at, uint32_t n) {
  put16(at, n >> 16);
  put16(at + 2, n);
}

/* One's complement sum of RFC 1071, not yet folded. */
static uint64_t add_words(uint64_t sum, const void *bytes, size_t len) {
  const uint8_t *p = bytes;
  for (; len > 1; p += 2, len -= 2)
    sum += (uint32_t)p[0] << 8 | p[1];
  return len ? sum + ((uint32_t)p[0] << 8) : sum;
}

static uint16_t fold(uint64_t sum) {
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

static size_t ip4_header(const RdAddress *src, const RdAddress *dst, uint16_t id, uint8_t protocol,
                         size_t payload, uint8_t *ip) {
  memset(ip, 0, 20);
  ip[0] = 0x45;
  put16(ip + 2, (uint32_t)(20 + payload));
  put16(ip + 4, id);
  ip[8] = TTL;
  ip[9] = protocol;
  memcpy(ip + 12, src->ip, 4);
  memcpy(ip + 16, dst->ip, 4);
  put16(ip + 10, fold(add_words(0, ip, 20)));
  return 20;
}

static size_t ip6_header(const RdAddress *src, const RdAddress *dst, uint8_t protocol,
                         size_t payload, uint8_t *ip) {
  memset(ip, 0, 40);
  ip[0] = 0x60;
  put16(ip + 4, (uint32_t)payload);
  ip[6] = protocol;
  ip[7] = TTL;
  memcpy(ip + 8, src->ip, 16);
  memcpy(ip + 24, dst->ip, 16);
  return 40;
}

static size_t udp_header(const RdAddress *src, const RdAddress *dst, size_t len, uint8_t *at) {
  put16(at, src->port);
  put16(at + 2, dst->port);
  put16(at + 4, (uint32_t)(8 + len));
  put16(at + 6, 0);
  return 8;
}

static size_t tcp_header(const RdAddress *src, const RdAddress *dst, RdPacketNumbers n,
                         uint8_t *at) {
  put16(at, src->port);
  put16(at + 2, dst->port);
  put32(at + 4, n.seq);
  put32(at + 8, n.ack);
  at[12] = 5 << 4;
  at[13] = TCP_PSH_ACK;
  put16(at + 14, 65535);
  put32(at + 16, 0);
  return 20;
}

/* The pseudo-header of RFC 768 and RFC 8200 s8.1: the same words, whatever their order. */
static uint16_t checksum(const RdAddress *src, const RdAddress *dst, uint8_t protocol,
                         const uint8_t *header, size_t header_len, const void *bytes, size_t len) {
  size_t n = src->family == 4 ? 4 : 16;
  uint64_t sum = add_words(add_words(0, src->ip, n), dst->ip, n);
  sum += protocol + header_len + len;
  sum = add_words(sum, header, header_len);
  return fold(add_words(sum, bytes, len));
}

size_t rd_packet_headers(const RdAddress *src, const RdAddress *dst, RdPacketNumbers numbers,
                         const void *bytes, size_t len, uint8_t ret[RD_PACKET_HEADERS]) {
  bool udp = src->transport <= RD_UDP;
  if (src->family != dst->family || (src->family != 4 && src->family != 6))
    return 0;
  if (len > (udp ? RD_PACKET_UDP_MAX : RD_PACKET_TCP_MAX))
    return 0;
  uint8_t protocol = udp ? IPPROTO_UDP_ : IPPROTO_TCP_;
  size_t inner = udp ? 8 : 20;
  size_t at = src->family == 4 ? ip4_header(src, dst, numbers.id, protocol, inner + len, ret)
                               : ip6_header(src, dst, protocol, inner + len, ret);
  uint8_t *header = ret + at;
  if (udp)
    udp_header(src, dst, len, header);
  else
    tcp_header(src, dst, numbers, header);
  uint16_t sum = checksum(src, dst, protocol, header, inner, bytes, len);
  if (udp && sum == 0) /* 0 on the wire would mean "no checksum" */
    sum = 0xffff;
  put16(header + (udp ? 6 : 16), sum);
  return at + inner;
}
