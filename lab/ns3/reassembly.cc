#include "reassembly.h"

#include "word.h"

namespace ns3c {

static const RdTime kPatience = 30 * RD_SECOND;
static const size_t kMostPartials = 1024;

void Reassembly::arm() {
  if (armed_ || partials_.empty())
    return;
  armed_ = true;
  schedule(sim_, partials_.begin()->second.deadline, expire, this);
}

void Reassembly::expire(void *arg) {
  Reassembly *self = static_cast<Reassembly *>(arg);
  self->armed_ = false;
  RdTime time = now(self->sim_);
  while (!self->partials_.empty() && self->partials_.begin()->second.deadline <= time)
    self->abandon_oldest();
  self->arm();
}

void Reassembly::abandon_oldest() {
  auto oldest = partials_.begin();
  uint64_t word = oldest->second.word;
  serials_.erase(oldest->second.key);
  partials_.erase(oldest);
  report_drop(sim_, NS3C_DROP_FRAGMENT, word);
}

uint64_t Reassembly::serial_of(const Key &key, const ns3::Packet &fragment) {
  auto known = serials_.find(key);
  if (known != serials_.end())
    return known->second;
  if (partials_.size() >= kMostPartials)
    abandon_oldest();
  Partial fresh;
  fresh.key = key;
  fresh.deadline = now(sim_) + kPatience;
  fresh.word = word_of(fragment);
  partials_.emplace(next_serial_, std::move(fresh));
  serials_.emplace(key, next_serial_);
  return next_serial_++;
}

ns3::Ptr<ns3::Packet> Reassembly::add(ns3::Ptr<ns3::Packet> fragment,
                                      const ns3::Ipv4Header &header) {
  Key key = {uint64_t(header.GetSource().Get()) << 32 | header.GetDestination().Get(),
             uint32_t(header.GetProtocol()) << 16 | header.GetIdentification()};
  auto at = partials_.find(serial_of(key, *fragment));
  Partial &partial = at->second;
  uint32_t offset = header.GetFragmentOffset();
  if (partial.pieces.emplace(offset, fragment).second)
    partial.bytes += fragment->GetSize();
  if (header.IsLastFragment())
    partial.whole = offset + fragment->GetSize();
  if (partial.whole == 0 || partial.bytes < partial.whole) {
    arm();
    return nullptr;
  }
  ns3::Ptr<ns3::Packet> datagram = partial.pieces.begin()->second;
  for (auto piece = std::next(partial.pieces.begin()); piece != partial.pieces.end(); ++piece)
    datagram->AddAtEnd(piece->second);
  serials_.erase(key);
  partials_.erase(at);
  return datagram;
}

} // namespace ns3c
