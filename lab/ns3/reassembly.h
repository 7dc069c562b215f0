/* reassembly.h - puts the fragments of IPv4 datagrams together again (RFC 791 s3.2).
 *
 * ns-3's own forgets the packet tags of a datagram whose first fragment was lost, answers by ICMP,
 * and has no limit. Here each partial datagram keeps its word, waits 30 s as in ns-3, and the
 * oldest gives way when a node holds 1024. Fragments never overlap: only ns-3 itself makes them. */
#pragma once

#include "internal.h"

#include "ns3/ipv4-header.h"
#include "ns3/packet.h"

#include <map>

namespace ns3c {

class Reassembly {
public:
  explicit Reassembly(ns3c_sim *sim) : sim_(sim) {}
  /* The whole datagram once its last missing fragment has come, else NULL. */
  ns3::Ptr<ns3::Packet> add(ns3::Ptr<ns3::Packet> fragment, const ns3::Ipv4Header &header);

private:
  struct Key {
    uint64_t addresses;
    uint32_t protocol_and_id;
    bool operator<(const Key &other) const {
      return addresses != other.addresses ? addresses < other.addresses
                                          : protocol_and_id < other.protocol_and_id;
    }
  };
  struct Partial {
    Key key;
    RdTime deadline;
    uint64_t word;
    uint32_t bytes = 0;
    uint32_t whole = 0; /* 0: the last fragment has not come */
    std::map<uint32_t, ns3::Ptr<ns3::Packet>> pieces; /* by offset */
  };

  static void expire(void *self);
  void arm();
  void abandon_oldest();
  uint64_t serial_of(const Key &key, const ns3::Packet &fragment);

  ns3c_sim *sim_;
  std::map<Key, uint64_t> serials_;
  std::map<uint64_t, Partial> partials_; /* by serial, so oldest first */
  uint64_t next_serial_ = 1;
  bool armed_ = false;
};

} // namespace ns3c
