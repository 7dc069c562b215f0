/* heap.h - the event queue: a 4-ary heap in the order (time, order of scheduling).
 *
 * ns-3's own schedulers break ties by a 32-bit event number, which wraps after 4.3e9 events and
 * would then run simultaneous events in the wrong order. This one numbers insertions with 64 bits.
 * Four children a parent: half the levels of a binary heap, and a family spans two cache lines. */
#pragma once

#include "ns3/scheduler.h"

#include <vector>

namespace ns3c {

class Heap final : public ns3::Scheduler {
public:
  static ns3::TypeId GetTypeId();
  static Heap *latest(); /* the one that ns-3 made last */

  Heap();
  ~Heap() override;
  void Insert(const Event &event) override;
  bool IsEmpty() const override;
  Event PeekNext() const override;
  Event RemoveNext() override;
  void Remove(const Event &event) override; /* O(n); ns-3 uses it on its own events only */

  /* Is anything queued for this very moment? */
  bool due_at(uint64_t time) const;

private:
  struct Entry {
    uint64_t time;
    uint64_t sequence;
    ns3::EventImpl *impl;
    uint32_t context;
    uint32_t uid;
  };
  static bool before(const Entry &a, const Entry &b) {
    return a.time != b.time ? a.time < b.time : a.sequence < b.sequence;
  }
  static Event event_of(const Entry &entry);
  void rise(size_t at, const Entry &entry);
  void sink(size_t at, const Entry &entry);

  std::vector<Entry> entries_;
  uint64_t sequence_ = 0;
};

} // namespace ns3c
