#include "lab/capture/link.h"

/* LINKTYPE_ values of tcpdump.org; some differ from the DLT_ that libpcap gives on this system. */
enum {
  LINK_NULL = 0,
  LINK_ETHERNET = 1,
  LINK_PPP = 9,
  LINK_DLT_RAW = 12,
  LINK_DLT_RAW_OPENBSD = 14,
  LINK_PPP_HDLC = 50,
  LINK_RAW = 101,
  LINK_LOOP = 108,
  LINK_COOKED = 113,
  LINK_IPV4 = 228,
  LINK_IPV6 = 229,
  LINK_COOKED2 = 276
};

enum { TYPE_IP4 = 0x0800, TYPE_IP6 = 0x86dd, MOST_TAGS = 4 };

static unsigned get16(const uint8_t *at) {
  return (unsigned)at[0] << 8 | at[1];
}

static bool is_tag(unsigned type) {
  return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/* From an EtherType at `at` over tags to the IP header. */
static int ether_type(const uint8_t *bytes, size_t len, size_t at) {
  for (int tags = 0; tags <= MOST_TAGS && at + 2 <= len; tags++, at += 4) {
    unsigned type = get16(bytes + at);
    if (type == TYPE_IP4 || type == TYPE_IP6)
      return (int)at + 2;
    if (!is_tag(type))
      return -1;
  }
  return -1;
}

static int cooked2(const uint8_t *bytes, size_t len) {
  if (len < 20)
    return -1;
  unsigned type = get16(bytes);
  if (type == TYPE_IP4 || type == TYPE_IP6)
    return 20;
  /* The tag's TCI, then the inner EtherType, as behind an Ethernet header. */
  return is_tag(type) ? ether_type(bytes, len, 22) : -1;
}

/* RFC 1661, RFC 1662: address and control octets may be there; the protocol may be compressed. */
static int ppp(const uint8_t *bytes, size_t len) {
  size_t at = len >= 2 && bytes[0] == 0xff && bytes[1] == 0x03 ? 2 : 0;
  if (at < len && (bytes[at] == 0x21 || bytes[at] == 0x57))
    return (int)at + 1;
  if (at + 2 > len)
    return -1;
  unsigned protocol = get16(bytes + at);
  return protocol == 0x0021 || protocol == 0x0057 ? (int)at + 2 : -1;
}

static int checked(const uint8_t *bytes, size_t len, int at) {
  if (at < 0 || (size_t)at >= len)
    return -1;
  unsigned version = bytes[at] >> 4;
  return version == 4 || version == 6 ? at : -1;
}

int rd_link_strip(int link, const uint8_t *bytes, size_t len) {
  switch (link) {
  case LINK_ETHERNET:
    return checked(bytes, len, ether_type(bytes, len, 12));
  case LINK_COOKED:
    return checked(bytes, len, ether_type(bytes, len, 14));
  case LINK_COOKED2:
    return checked(bytes, len, cooked2(bytes, len));
  case LINK_PPP:
  case LINK_PPP_HDLC:
    return checked(bytes, len, ppp(bytes, len));
  case LINK_NULL: /* the address family is the writer's own number: the IP version tells it better */
  case LINK_LOOP:
    return checked(bytes, len, 4);
  case LINK_RAW:
  case LINK_DLT_RAW:
  case LINK_DLT_RAW_OPENBSD:
  case LINK_IPV4:
  case LINK_IPV6:
    return checked(bytes, len, 0);
  default:
    return -1;
  }
}

bool rd_link_known(int link) {
  static const int known[] = {LINK_NULL,   LINK_ETHERNET, LINK_PPP,  LINK_DLT_RAW,
                              LINK_RAW,    LINK_PPP_HDLC, LINK_LOOP, LINK_DLT_RAW_OPENBSD,
                              LINK_COOKED, LINK_IPV4,     LINK_IPV6, LINK_COOKED2};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i] == link)
      return true;
  return false;
}
