#include "heap.h"

#include "internal.h"

#include <algorithm>
#include <typeinfo>

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

/* --- what a key stands for ------------------------------------------------------------------ */

size_t Heap::take_place(const Event &event) {
  bool own = typeid(*event.impl) == typeid(ns3c::Event);
  void *arg = own ? static_cast<ns3c::Event *>(event.impl)->arg() : nullptr;
  size_t place = spare_;
  if (spare_ == UINT32_MAX) {
    place = records_.size();
    records_.emplace_back();
  } else {
    spare_ = records_[place].uid;
  }
  records_[place] = {event.impl, arg, event.key.m_context, event.key.m_uid};
  return place;
}

void Heap::give_place(size_t place) {
  records_[place] = {nullptr, nullptr, 0, spare_};
  spare_ = uint32_t(place);
}

ns3::Scheduler::Event Heap::event_at(size_t at) const {
  const Record &record = records_[key(at).place()];
  Event event;
  event.impl = record.impl;
  event.key.m_ts = key(at).time;
  event.key.m_uid = record.uid;
  event.key.m_context = record.context;
  return event;
}

/* --- the heap ------------------------------------------------------------------------------- */

/* The keys in order are a heap already. */
void Heap::renumber() {
  if (size_)
    std::sort(&key(0), &key(0) + size_, before);
  for (size_t i = 0; i < size_; i++)
    key(i).number_and_place = uint64_t(i) << kPlaceBits | key(i).place();
  next_number_ = size_;
}

void Heap::rise(size_t at, Key moving) {
  while (at > 0) {
    size_t parent = (at - 1) / 4;
    if (!before(moving, key(parent)))
      break;
    key(at) = key(parent);
    at = parent;
  }
  key(at) = moving;
}

/* A key climbs at most one level a removal: two levels below the top its record is fetched, one
 * below it the event and the caller's data, which are cold by now. */
void Heap::fetch_ahead(size_t at) const {
  if (at == 0 || at > 20)
    return;
  const Record &record = records_[key(at).place()];
  if (at > 4) {
    __builtin_prefetch(&record);
    return;
  }
  __builtin_prefetch(record.impl);
  __builtin_prefetch(record.arg);
}

/* The hole sinks to the bottom before the last key fills it: that key comes from the bottom, and
 * rarely has to rise again. */
void Heap::remove_at(size_t at) {
  give_place(key(at).place());
  size_--;
  Key moving = key(size_);
  key(size_) = kNever;
  if (at == size_)
    return;
  for (;;) {
    size_t first = 4 * at + 1;
    if (first >= size_)
      break;
    /* The next level but one, whichever child is taken. */
    for (size_t i = 0; i < 4 && 4 * first + 1 + 4 * i < size_; i++)
      __builtin_prefetch(&key(4 * first + 1 + 4 * i));
    size_t left = first + before(key(first + 1), key(first));
    size_t right = first + 2 + before(key(first + 3), key(first + 2));
    size_t least = before(key(right), key(left)) ? right : left;
    key(at) = key(least);
    fetch_ahead(at);
    at = least;
  }
  rise(at, moving);
}

void Heap::Insert(const Event &event) {
  if (next_number_ >= kNumbers)
    renumber();
  /* Three before the first, and room for the last one's brothers. */
  if (size_ + 8 > keys_.size())
    keys_.resize(2 * keys_.size() + 1024, kNever);
  Key fresh = {event.key.m_ts, next_number_++ << kPlaceBits | take_place(event)};
  rise(size_++, fresh);
}

bool Heap::IsEmpty() const {
  return size_ == 0;
}

ns3::Scheduler::Event Heap::PeekNext() const {
  return event_at(0);
}

ns3::Scheduler::Event Heap::RemoveNext() {
  Event next = event_at(0);
  remove_at(0);
  return next;
}

void Heap::Remove(const Event &event) {
  for (size_t i = 0; i < size_; i++) {
    const Record &record = records_[key(i).place()];
    if (record.impl != event.impl || record.uid != event.key.m_uid)
      continue;
    remove_at(i);
    return;
  }
}

bool Heap::due_at(uint64_t time) const {
  return size_ > 0 && key(0).time == time;
}

} // namespace ns3c
