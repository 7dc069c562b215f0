#include "lab/drive/world/place.h"

#include <string.h>

#include "lab/base/address.h"
#include "lab/config/capacity.h"

enum { SIP_PORT = 5060 };

static unsigned address_bytes(const RdNetwork *spec) {
  return spec->prefix.family == 6 ? 16 : 4;
}

/* How many hosts are numbered, no more than 2**32. */
static uint64_t hosts(const RdNetwork *spec) {
  unsigned bits = address_bytes(spec) * 8 - spec->prefix_length;
  return UINT64_C(1) << (bits < 32 ? bits : 32);
}

RdSpan rd_place_span(const RdNetwork *spec) {
  uint64_t last = hosts(spec) - 1;
  if (spec->prefix.family != 6)
    return (RdSpan){last, 0, last};
  return (RdSpan){last, RD_NETS + 1, RD_NETS + rd_capacity_nets(spec)};
}

/* Puts a number into the bytes that end at `last`; the prefix has no bits there. */
static void put(RdAddress *a, unsigned last, uint64_t n) {
  for (unsigned i = 0; n; i++, n >>= 8)
    a->ip[last - i] |= (uint8_t)n;
}

static uint64_t get(const RdNetwork *spec, const RdAddress *a, unsigned last, unsigned bytes) {
  uint64_t n = 0;
  for (unsigned i = 0; i < bytes; i++)
    n |= (uint64_t)(uint8_t)(a->ip[last - i] & ~spec->prefix.ip[last - i]) << (8 * i);
  return n;
}

RdAddress rd_place_address(const RdNetwork *spec, uint64_t place) {
  RdAddress a = spec->prefix;
  bool own_net = spec->prefix.family == 6 && place >= RD_NETS;
  if (own_net)
    put(&a, 7, place - RD_NETS);
  put(&a, address_bytes(spec) - 1, own_net ? 1 : place);
  a.port = SIP_PORT;
  a.transport = RD_UDP;
  return a;
}

bool rd_place_inside(const RdNetwork *spec, const RdAddress *address) {
  if (address->family != spec->prefix.family)
    return false;
  unsigned whole = spec->prefix_length / 8, rest = spec->prefix_length % 8;
  if (memcmp(address->ip, spec->prefix.ip, whole) != 0)
    return false;
  return rest == 0 || ((address->ip[whole] ^ spec->prefix.ip[whole]) >> (8 - rest)) == 0;
}

bool rd_place_of(const RdNetwork *spec, const RdAddress *address, uint64_t *ret) {
  if (!rd_place_inside(spec, address))
    return false;
  uint64_t net = spec->prefix.family == 6 ? get(spec, address, 7, 8) : 0;
  if (net >= RD_CAPACITY_NETS_MAX)
    return false;
  *ret = net ? RD_NETS + net : get(spec, address, address_bytes(spec) - 1, 4);
  RdAddress numbered = rd_place_address(spec, *ret);
  return rd_address_same_ip(&numbered, address);
}
