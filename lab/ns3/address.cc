#include "address.h"

#include <algorithm>
#include <cstring>

namespace ns3c {

bool ip4_of(const RdAddress *address, const char *what, uint32_t *ret) {
  if (!address || address->family == 0)
    return refuse("%s has no address", what);
  if (address->family == 6)
    return refuse("%s is an IPv6 address: packet links carry IPv4 only", what);
  if (address->family != 4)
    return refuse("%s has the unknown address family %u", what, unsigned(address->family));
  const uint8_t *ip = address->ip;
  *ret = uint32_t(ip[0]) << 24 | uint32_t(ip[1]) << 16 | uint32_t(ip[2]) << 8 | ip[3];
  return true;
}

RdAddress address_of(ns3::Ipv4Address ip, uint16_t port, RdTransport transport) {
  RdAddress address;
  memset(&address, 0, sizeof address);
  ip.Serialize(address.ip);
  address.port = port;
  address.family = 4;
  address.transport = uint8_t(transport);
  return address;
}

void AddressTable::put(uint32_t key, uint32_t value) {
  if (2 * (used_ + 1) > slots_.size())
    grow();
  Slot &slot = slots_[place(key)];
  if (!slot.value)
    used_++;
  slot = {key, value};
}

void AddressTable::grow() {
  std::vector<Slot> old(slots_.empty() ? 8 : 2 * slots_.size());
  old.swap(slots_);
  shift_ = 64;
  for (size_t size = slots_.size(); size > 1; size /= 2)
    shift_--;
  for (const Slot &slot : old) {
    if (slot.value)
      slots_[place(slot.key)] = slot;
  }
}

uint32_t prefix_mask(unsigned length) {
  return length == 0 ? 0 : UINT32_MAX << (32 - length);
}

uint32_t PrefixTable::find(uint32_t ip) const {
  for (const Length &length : lengths_) {
    uint32_t value = length.table.find(ip & prefix_mask(length.bits));
    if (value)
      return value;
  }
  return 0;
}

bool PrefixTable::add(uint32_t prefix, unsigned length, uint32_t value) {
  auto at = std::find_if(lengths_.begin(), lengths_.end(),
                         [length](const Length &l) { return l.bits <= length; });
  if (at == lengths_.end() || at->bits != length)
    at = lengths_.insert(at, Length{length, AddressTable()});
  if (at->table.find(prefix))
    return false;
  at->table.put(prefix, value);
  return true;
}

} // namespace ns3c
