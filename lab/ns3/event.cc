#include "internal.h"

namespace ns3c {

void *Event::operator new(size_t) {
  return current->pool.take();
}

void Event::operator delete(void *at) {
  current->pool.give(at);
}

void Event::Notify() {
  current->pool.retire(this);
  fn_(arg_);
}

EventPool::Slot *EventPool::slot_of(const void *event) {
  const char *at = static_cast<const char *>(event) - offsetof(Slot, event);
  return reinterpret_cast<Slot *>(const_cast<char *>(at));
}

bool EventPool::full() const {
  return free_ == kNone && chunks_.size() >= size_t(1) << (kSlotBits - kChunkBits);
}

void EventPool::grow() {
  uint32_t count = uint32_t(1) << kChunkBits;
  uint32_t base = uint32_t(chunks_.size()) << kChunkBits;
  chunks_.emplace_back(new Slot[count]);
  for (uint32_t i = count; i-- > 0;) {
    Slot *fresh = slot(base + i);
    fresh->index = base + i;
    fresh->next_free = free_;
    free_ = base + i;
  }
}

void *EventPool::take() {
  if (free_ == kNone)
    grow();
  Slot *taken = slot(free_);
  free_ = taken->next_free;
  return taken->event;
}

void EventPool::give(void *event) {
  Slot *freed = slot_of(event);
  freed->next_free = free_;
  free_ = freed->index;
}

ns3c_event EventPool::handle(const Event *event) const {
  const Slot *at = slot_of(event);
  /* Generations begin at 0; 1 is added so that no handle is 0. */
  return ((at->generation + 1) << kSlotBits) | at->index;
}

void EventPool::retire(Event *event) {
  slot_of(event)->generation++;
}

Event *EventPool::find(ns3c_event handle) {
  uint64_t index = handle & ((uint64_t(1) << kSlotBits) - 1);
  if (handle == 0 || (index >> kChunkBits) >= chunks_.size())
    return nullptr;
  Slot *at = slot(uint32_t(index));
  bool current_generation = ((at->generation + 1) << kSlotBits) == handle - index;
  return current_generation ? reinterpret_cast<Event *>(at->event) : nullptr;
}

} // namespace ns3c
