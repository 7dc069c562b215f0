#include "lab/capture/ip.h"

#include <string.h>

enum {
  EXT_HOP_BY_HOP = 0,
  EXT_ROUTING = 43,
  EXT_FRAGMENT = 44,
  EXT_AUTHENTICATION = 51,
  EXT_DESTINATION = 60,
  MOST_EXTENSIONS = 8
};

static uint32_t get16(const uint8_t *at) {
  return (uint32_t)at[0] << 8 | at[1];
}

static RdIpVerdict read4(const uint8_t *bytes, size_t captured, RdIp *ip) {
  if (captured < 20)
    return RD_IP_CUT;
  size_t header = (bytes[0] & 15u) * 4, total = get16(bytes + 2);
  if (total == 0) /* segmentation left to the card: the capture knows better */
    total = captured;
  if (header < 20 || total < header)
    return RD_IP_BAD;
  if (captured < total)
    return RD_IP_CUT;
  uint32_t flags = get16(bytes + 6);
  ip->src.family = ip->dst.family = 4;
  memcpy(ip->src.ip, bytes + 12, 4);
  memcpy(ip->dst.ip, bytes + 16, 4);
  ip->protocol = bytes[9];
  ip->payload = bytes + header;
  ip->len = total - header;
  ip->more = flags & 0x2000;
  ip->at = (flags & 0x1fff) * 8;
  ip->fragment = ip->more || ip->at > 0;
  ip->id = get16(bytes + 4);
  return RD_IP_OK;
}

static RdIpVerdict read6(const uint8_t *bytes, size_t captured, RdIp *ip) {
  if (captured < 40)
    return RD_IP_CUT;
  size_t len = get16(bytes + 4);
  if (len == 0)
    len = captured - 40;
  if (captured - 40 < len)
    return RD_IP_CUT;
  ip->src.family = ip->dst.family = 6;
  memcpy(ip->src.ip, bytes + 8, 16);
  memcpy(ip->dst.ip, bytes + 24, 16);
  ip->protocol = bytes[6];
  ip->payload = bytes + 40;
  ip->len = len;
  return rd_ip_skip_extensions(ip) ? RD_IP_OK : RD_IP_BAD;
}

RdIpVerdict rd_ip_read(const uint8_t *bytes, size_t captured, RdIp *ret) {
  memset(ret, 0, sizeof *ret);
  if (captured == 0)
    return RD_IP_CUT;
  unsigned version = bytes[0] >> 4;
  if (version == 4)
    return read4(bytes, captured, ret);
  return version == 6 ? read6(bytes, captured, ret) : RD_IP_BAD;
}

static bool is_extension(uint8_t protocol) {
  return protocol == EXT_HOP_BY_HOP || protocol == EXT_ROUTING || protocol == EXT_FRAGMENT ||
         protocol == EXT_AUTHENTICATION || protocol == EXT_DESTINATION;
}

static void take_fragment_header(RdIp *ip) {
  uint32_t word = get16(ip->payload + 2);
  ip->at = word & 0xfff8;
  ip->more = word & 1;
  ip->id = get16(ip->payload + 4) << 16 | get16(ip->payload + 6);
  /* An "atomic" fragment (RFC 6946) is whole. */
  ip->fragment = ip->more || ip->at > 0;
}

bool rd_ip_skip_extensions(RdIp *ip) {
  if (ip->src.family != 6)
    return true;
  for (int i = 0; i < MOST_EXTENSIONS && is_extension(ip->protocol); i++) {
    if (ip->len < 8)
      return false;
    size_t n =
        ip->protocol == EXT_AUTHENTICATION ? (ip->payload[1] + 2u) * 4 : (ip->payload[1] + 1u) * 8;
    if (ip->protocol == EXT_FRAGMENT) {
      n = 8;
      take_fragment_header(ip);
    }
    if (ip->len < n)
      return false;
    ip->protocol = ip->payload[0];
    ip->payload += n;
    ip->len -= n;
    if (ip->fragment)
      return true; /* what follows is a piece */
  }
  return !is_extension(ip->protocol);
}
