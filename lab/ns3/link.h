/* link.h - a point-to-point link with its hooks. */
#pragma once

#include "node.h"

namespace ns3c {

/* How many packets with each word have passed. Two generations of 65536 words: a word is forgotten
 * only after as many others, so memory does not grow with the trial. */
class WordCounts {
public:
  unsigned next(uint64_t word); /* how many came before; 0 for its first */

private:
  std::unordered_map<uint64_t, unsigned> young_, old_;
};

/* Asks the link's loss hook about each packet that has reached an end. */
class Loss final : public ns3::ErrorModel {
public:
  static ns3::TypeId GetTypeId();
  explicit Loss(ns3c_link *link = nullptr, bool from_a = false) : link_(link), from_a_(from_a) {}

private:
  bool DoCorrupt(ns3::Ptr<ns3::Packet> packet) override;
  void DoReset() override {}

  ns3c_link *link_;
  bool from_a_;
  WordCounts counts_;
};

} // namespace ns3c

struct ns3c_link {
  ns3c_sim *sim = nullptr;
  ns3c::End a, b;
  ns3c_on_loss on_loss = nullptr;
  void *loss_user = nullptr;
  ns3c_on_sniff on_sniff = nullptr;
  void *sniff_user = nullptr;
  bool sniff_connected = false;
  bool has_pcap = false;
};
