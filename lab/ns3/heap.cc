#include "heap.h"

#include "ns3/event-impl.h"

namespace ns3c {

static Heap *made_last;

ns3::TypeId Heap::GetTypeId() {
  static ns3::TypeId id =
      ns3::TypeId("ns3c::Heap").SetParent<ns3::Scheduler>().AddConstructor<Heap>();
  return id;
}

Heap *Heap::latest() {
  return made_last;
}

Heap::Heap() {
  made_last = this;
}

Heap::~Heap() {
  if (made_last == this)
    made_last = nullptr;
}

ns3::Scheduler::Event Heap::event_of(const Entry &entry) {
  Event event;
  event.impl = entry.impl;
  event.key.m_ts = entry.time;
  event.key.m_uid = entry.uid;
  event.key.m_context = entry.context;
  return event;
}

void Heap::rise(size_t at, const Entry &entry) {
  while (at > 0) {
    size_t parent = (at - 1) / 4;
    if (!before(entry, entries_[parent]))
      break;
    entries_[at] = entries_[parent];
    at = parent;
  }
  entries_[at] = entry;
}

void Heap::sink(size_t at, const Entry &entry) {
  size_t size = entries_.size();
  for (;;) {
    size_t first = 4 * at + 1;
    if (first >= size)
      break;
    size_t last = first + 4 < size ? first + 4 : size;
    size_t least = first;
    for (size_t child = first + 1; child < last; child++) {
      if (before(entries_[child], entries_[least]))
        least = child;
    }
    if (!before(entries_[least], entry))
      break;
    entries_[at] = entries_[least];
    at = least;
  }
  entries_[at] = entry;
}

void Heap::Insert(const Event &event) {
  Entry entry = {event.key.m_ts, sequence_++, event.impl, event.key.m_context, event.key.m_uid};
  entries_.push_back(entry);
  rise(entries_.size() - 1, entry);
}

bool Heap::IsEmpty() const {
  return entries_.empty();
}

ns3::Scheduler::Event Heap::PeekNext() const {
  return event_of(entries_.front());
}

ns3::Scheduler::Event Heap::RemoveNext() {
  Event next = event_of(entries_.front());
  Entry last = entries_.back();
  entries_.pop_back();
  if (!entries_.empty())
    sink(0, last);
  return next;
}

void Heap::Remove(const Event &event) {
  for (size_t i = 0; i < entries_.size(); i++) {
    if (entries_[i].impl != event.impl || entries_[i].uid != event.key.m_uid)
      continue;
    Entry last = entries_.back();
    entries_.pop_back();
    if (i == entries_.size())
      return;
    if (i > 0 && before(last, entries_[(i - 1) / 4]))
      rise(i, last);
    else
      sink(i, last);
    return;
  }
}

bool Heap::due_at(uint64_t time) const {
  return !entries_.empty() && entries_.front().time == time;
}

} // namespace ns3c
