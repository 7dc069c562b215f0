/* internal.h - what the translation units of the ns-3 bindings share. C++; not for callers.
 *
 * ns-3 keeps its simulator, node list and random seeds in process globals, so there is one
 * `current` simulation here too. Whatever ns-3 would abort on is checked before ns-3 sees it. */
#pragma once

#include "flow.h"

#include "ns3/event-impl.h"
#include "ns3/simulator-impl.h"

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

namespace ns3c {

/* Records why a call failed. Always false, so that `return refuse(...)` reads well. */
bool refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One scheduled callback. Lives in a slot of the pool and goes back to it when ns-3 deletes it. */
class Event final : public ns3::EventImpl {
public:
  Event(void (*fn)(void *), void *arg) : fn_(fn), arg_(arg) {}
  static void *operator new(size_t size);
  static void operator delete(void *at);
  void *arg() const {
    return arg_;
  }

protected:
  void Notify() override;

private:
  void (*fn_)(void *);
  void *arg_;
};

/* Storage for events, reused last-freed first. A handle is a slot and the generation it had when
 * the event was made; running or cancelling an event ends its generation, so a stale handle is
 * recognised. 39 bits of generation and 25 of slot: 33 million events can be pending. */
class EventPool {
public:
  EventPool() = default;
  EventPool(const EventPool &) = delete;
  EventPool &operator=(const EventPool &) = delete;

  bool full() const;
  void *take();
  void give(void *event);
  ns3c_event handle(const Event *event) const;
  void retire(Event *event); /* its handle is void from here on */
  Event *find(ns3c_event handle);

private:
  struct alignas(64) Slot { /* one cache line */
    uint64_t generation = 0;
    uint32_t index = 0;
    uint32_t next_free = 0;
    alignas(Event) unsigned char event[sizeof(Event)];
  };
  static constexpr uint32_t kChunkBits = 12;
  static constexpr uint32_t kSlotBits = 25;
  static constexpr uint32_t kNone = UINT32_MAX;

  Slot *slot(uint32_t index) {
    return &chunks_[index >> kChunkBits][index & ((1u << kChunkBits) - 1)];
  }
  static Slot *slot_of(const void *event);
  void grow();

  std::vector<std::unique_ptr<Slot[]>> chunks_;
  uint32_t free_ = kNone;
};

class Heap;

/* The two ends of a TCP connection, seen from one of them. */
struct Tuple {
  uint32_t local_ip, remote_ip;
  uint16_t local_port, remote_port;

  bool operator==(const Tuple &other) const {
    return local_ip == other.local_ip && remote_ip == other.remote_ip &&
           local_port == other.local_port && remote_port == other.remote_port;
  }
  Tuple far_side() const {
    return {remote_ip, local_ip, remote_port, local_port};
  }
};

struct TupleHash {
  size_t operator()(const Tuple &t) const {
    uint64_t ips = uint64_t(t.local_ip) << 32 | t.remote_ip;
    uint64_t ports = uint64_t(t.local_port) << 16 | t.remote_port;
    return ((ips * UINT64_C(0x9E3779B97F4A7C15) ^ ports) * UINT64_C(0xBF58476D1CE4E5B9)) >> 16;
  }
};

struct Wire;

} // namespace ns3c

struct ns3c_sim {
  ns3c::EventPool pool;
  ns3::Ptr<ns3::SimulatorImpl> engine;
  ns3::Ptr<ns3c::Heap> heap;
  std::deque<ns3c_flow> flows; /* whose addresses stay */
  std::vector<std::unique_ptr<ns3c_node>> nodes;
  std::vector<std::unique_ptr<ns3c_link>> links;
  std::vector<ns3::Ptr<ns3c_tcp>> connections;
  /* By the opener's tuple, for the accepter to find. */
  std::unordered_map<ns3c::Tuple, std::shared_ptr<ns3c::Wire>, ns3c::TupleHash> wires;
  ns3c_on_drop on_drop = nullptr;
  void *drop_user = nullptr;
  /* Room for the longest packet with its headers; apart, as a callback of one may cause the other. */
  std::vector<uint8_t> scratch = std::vector<uint8_t>(1 << 17);
  std::vector<uint8_t> sniff_scratch = std::vector<uint8_t>(1 << 17);
  RdTime until = 0; /* of the ns3c_run() under way */
  uint64_t guards = 0; /* events that only served ns3c_run() */
  bool running = false;
};

namespace ns3c {

/* The one simulation of the process, NULL before ns3c_new() and after ns3c_free(). */
extern ns3c_sim *current;

RdTime now(const ns3c_sim *sim);
/* As ns3c_at() without its checks. `at` must not be in the past. */
ns3c_event schedule(ns3c_sim *sim, RdTime at, void (*fn)(void *), void *arg);

/* Tells the caller's drop function, if there is one. */
void report_drop(ns3c_sim *sim, ns3c_drop reason, uint64_t word);

} // namespace ns3c
