#include "heap-probe.h"

#include "heap.h"

#include "ns3/make-event.h"
#include "ns3/priority-queue-scheduler.h"

namespace {

void nothing() {}

struct Pair {
  ns3::Ptr<ns3c::Heap> ours = ns3::CreateObject<ns3c::Heap>();
  ns3::Ptr<ns3::PriorityQueueScheduler> theirs = ns3::CreateObject<ns3::PriorityQueueScheduler>();
  std::vector<ns3::Scheduler::Event> pending;
  uint32_t next_uid = 10;
  uint64_t state;

  uint64_t draw(uint64_t bound) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (state >> 33) % bound;
  }
  void insert() {
    ns3::Scheduler::Event event;
    event.impl = ns3::MakeEvent(&nothing);
    event.key.m_ts = draw(50); /* many ties */
    event.key.m_uid = next_uid++;
    event.key.m_context = uint32_t(draw(1000));
    ours->Insert(event);
    theirs->Insert(event);
    pending.push_back(event);
  }
  void forget(const ns3::Scheduler::Event &event) {
    for (ns3::Scheduler::Event &other : pending) {
      if (other.key.m_uid != event.key.m_uid)
        continue;
      other = pending.back();
      pending.pop_back();
      break;
    }
    event.impl->Unref();
  }
  void remove() {
    ns3::Scheduler::Event event = pending[draw(pending.size())];
    ours->Remove(event);
    theirs->Remove(event);
    forget(event);
  }
  bool pop() {
    if (ours->IsEmpty() != theirs->IsEmpty())
      return false;
    ns3::Scheduler::Event next = ours->PeekNext(), mine = ours->RemoveNext();
    ns3::Scheduler::Event other = theirs->RemoveNext();
    bool same = mine.impl == other.impl && next.impl == mine.impl &&
                mine.key.m_ts == other.key.m_ts && mine.key.m_uid == other.key.m_uid &&
                mine.key.m_context == other.key.m_context;
    forget(other);
    return same;
  }
};

} // namespace

bool ns3c_heap_agrees(uint64_t seed, unsigned operations, uint64_t before_wrap) {
  Pair pair;
  pair.state = seed;
  pair.ours->set_next_number(ns3c::Heap::kNumbers - before_wrap);
  bool same = true;
  for (unsigned i = 0; i < operations && same; i++) {
    uint64_t choice = pair.draw(20);
    if (pair.pending.empty() || choice < 11)
      pair.insert();
    else if (choice < 12)
      pair.remove();
    else
      same = pair.pop();
  }
  while (!pair.pending.empty())
    same = pair.pop() && same;
  return same && pair.ours->IsEmpty() && pair.theirs->IsEmpty();
}
