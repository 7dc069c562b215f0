#include "word.h"

namespace ns3c {

ns3::TypeId Word::GetTypeId() {
  static ns3::TypeId id = ns3::TypeId("ns3c::Word").SetParent<ns3::Tag>().AddConstructor<Word>();
  return id;
}

ns3::TypeId Word::GetInstanceTypeId() const {
  return GetTypeId();
}

uint32_t Word::GetSerializedSize() const {
  return sizeof value;
}

void Word::Serialize(ns3::TagBuffer to) const {
  to.WriteU64(value);
}

void Word::Deserialize(ns3::TagBuffer from) {
  value = from.ReadU64();
}

void Word::Print(std::ostream &to) const {
  to << value;
}

uint64_t word_of(const ns3::Packet &packet) {
  Word word;
  if (packet.PeekPacketTag(word) || packet.FindFirstMatchingByteTag(word))
    return word.value;
  return 0;
}

} // namespace ns3c
