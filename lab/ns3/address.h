/* address.h - RdAddress to and from ns-3's IPv4 types, and hash tables keyed by IPv4 addresses.
 *
 * A node of the lab may own a million addresses; ns-3's own lists are searched from end to end for
 * every packet. */
#pragma once

#include "internal.h"

#include "ns3/ipv4-address.h"

namespace ns3c {

/* Host order. Refuses what is not an IPv4 address, naming `what` it was to be. */
bool ip4_of(const RdAddress *address, const char *what, uint32_t *ret);
RdAddress address_of(ns3::Ipv4Address ip, uint16_t port, RdTransport transport);
inline ns3::Ipv4Address ns3_ip(uint32_t ip) {
  return ns3::Ipv4Address(ip);
}

/* Open addressing, load at most one half, nothing is ever removed. */
class AddressTable {
public:
  /* 0: absent */
  uint32_t find(uint32_t key) const {
    if (slots_.empty())
      return 0;
    return slots_[place(key)].value;
  }
  void put(uint32_t key, uint32_t value); /* value > 0; replaces */
  bool empty() const {
    return used_ == 0;
  }

private:
  struct Slot {
    uint32_t key = 0;
    uint32_t value = 0;
  };
  /* Fibonacci hashing: neighbouring addresses spread. */
  size_t place(uint32_t key) const {
    size_t at = (key * uint64_t(0x9E3779B97F4A7C15)) >> shift_;
    while (slots_[at].value && slots_[at].key != key)
      at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  void grow();

  std::vector<Slot> slots_;
  size_t used_ = 0;
  unsigned shift_ = 64;
};

/* Longest matching prefix: one table a length that is in use. */
class PrefixTable {
public:
  uint32_t find(uint32_t ip) const;
  /* False: the prefix is there already. */
  bool add(uint32_t prefix, unsigned length, uint32_t value);

private:
  struct Length {
    unsigned bits;
    AddressTable table;
  };
  std::vector<Length> lengths_; /* longest first */
};

uint32_t prefix_mask(unsigned length);

} // namespace ns3c
