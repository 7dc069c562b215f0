/* word.h - the caller's 64-bit word, carried by a packet and by each of its fragments. */
#pragma once

#include "ns3/packet.h"
#include "ns3/tag.h"

namespace ns3c {

class Word final : public ns3::Tag {
public:
  static ns3::TypeId GetTypeId();
  ns3::TypeId GetInstanceTypeId() const override;
  uint32_t GetSerializedSize() const override;
  void Serialize(ns3::TagBuffer to) const override;
  void Deserialize(ns3::TagBuffer from) override;
  void Print(std::ostream &to) const override;

  uint64_t value = 0;
};

/* A datagram's word, or that of a segment's first labelled byte; 0: neither. */
uint64_t word_of(const ns3::Packet &packet);

} // namespace ns3c
