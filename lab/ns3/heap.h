/* heap.h - the event queue: a 4-ary heap in the order (time, order of scheduling).
 *
 * ns-3's own schedulers break ties by a 32-bit event number, which wraps after 4.3e9 events and
 * would then run simultaneous events in the wrong order. This one numbers insertions itself, and
 * numbers them anew before its own counter wraps.
 *
 * With a million events pending the time goes into cache misses. So a key is 16 bytes and the four
 * children of a node are one cache line; what a key stands for lies apart, and is fetched ahead as
 * the key nears the top. */
#pragma once

#include "ns3/scheduler.h"

#include <new>
#include <vector>

namespace ns3c {

/* For a std::vector that begins on a cache line. */
template <typename T> struct LineAllocator {
  using value_type = T;
  LineAllocator() = default;
  template <typename U> LineAllocator(const LineAllocator<U> &) {}
  T *allocate(size_t count) {
    return static_cast<T *>(::operator new(count * sizeof(T), std::align_val_t(64)));
  }
  void deallocate(T *at, size_t) {
    ::operator delete(at, std::align_val_t(64));
  }
  template <typename U> bool operator==(const LineAllocator<U> &) const {
    return true;
  }
  template <typename U> bool operator!=(const LineAllocator<U> &) const {
    return false;
  }
};

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
  /* For the test that the order survives renumbering. */
  void set_next_number(uint64_t number) {
    next_number_ = number;
  }

  static constexpr unsigned kPlaceBits = 26; /* 67 million events can be pending */
  static constexpr uint64_t kNumbers = uint64_t(1) << (64 - kPlaceBits);

private:
  struct Key {
    uint64_t time;
    uint64_t number_and_place;
    size_t place() const {
      return number_and_place & ((uint64_t(1) << kPlaceBits) - 1);
    }
  };
  static constexpr Key kNever = {UINT64_MAX, UINT64_MAX};
  struct Record {
    ns3::EventImpl *impl; /* NULL: a spare place */
    void *arg; /* of one of our own events; else NULL */
    uint32_t context;
    uint32_t uid; /* of a spare place: the next one */
  };
  /* Without branches: which child is least is a coin toss that no processor predicts. */
  static bool before(const Key &a, const Key &b) {
    return (a.time < b.time) | ((a.time == b.time) & (a.number_and_place < b.number_and_place));
  }
  /* Shifted by three, so that the children of a key, 4i+1 to 4i+4, share a cache line. */
  Key &key(size_t at) {
    return keys_[at + 3];
  }
  const Key &key(size_t at) const {
    return keys_[at + 3];
  }
  Event event_at(size_t at) const;
  size_t take_place(const Event &event);
  void give_place(size_t place);
  void renumber();
  void fetch_ahead(size_t at) const;
  void rise(size_t at, Key moving);
  void remove_at(size_t at);

  std::vector<Key, LineAllocator<Key>> keys_; /* those beyond size_ are later than any event */
  size_t size_ = 0;
  std::vector<Record> records_;
  uint32_t spare_ = UINT32_MAX;
  uint64_t next_number_ = 0;
};

} // namespace ns3c
