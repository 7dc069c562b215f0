#include "internal.h"

using namespace ns3c;

static const size_t kLongest = size_t(1) << 31; /* bytes: in bit-nanoseconds it fits in 64 bits */

/* Rounded up: a line is never faster than its rate. */
static uint64_t line_time(const ns3c_flow *flow, size_t len) {
  if (flow->rate == 0)
    return 0;
  uint64_t bit_nanoseconds = uint64_t(len) * 8 * RD_SECOND;
  return bit_nanoseconds / flow->rate + (bit_nanoseconds % flow->rate != 0);
}

ns3c_flow *ns3c_flow_new(ns3c_sim *sim, uint64_t rate, RdTime delay, uint32_t queue) {
  if (!sim || delay < 0) {
    refuse("a flow line needs a simulation and a delay of 0 or more");
    return nullptr;
  }
  sim->flows.push_back({sim, rate, delay, queue, 0, 0, {}});
  return &sim->flows.back();
}

/* How many messages have not begun. */
static uint32_t waiting(ns3c_flow *flow, RdTime time) {
  while (flow->begun < flow->starts.size() && flow->starts[flow->begun] <= time)
    flow->begun++;
  if (2 * size_t(flow->begun) >= flow->starts.size()) {
    flow->starts.erase(flow->starts.begin(), flow->starts.begin() + flow->begun);
    flow->begun = 0;
  }
  return uint32_t(flow->starts.size() - flow->begun);
}

/* Takes the message's turn on the line; false when the queue is full or time runs out. */
static bool enter(ns3c_flow *flow, size_t len, RdTime *ret_at) {
  RdTime time = now(flow->sim);
  RdTime start = flow->idle_at > time ? flow->idle_at : time;
  if (start > time && waiting(flow, time) >= flow->queue)
    return refuse("the line's queue is full");
  uint64_t on_line = len > kLongest ? UINT64_MAX : line_time(flow, len);
  if (flow->delay > RD_NEVER - start || on_line >= uint64_t(RD_NEVER - start - flow->delay))
    return refuse("a message of %zu bytes would never arrive", len);
  if (start > time)
    flow->starts.push_back(start);
  flow->idle_at = start + RdTime(on_line);
  *ret_at = flow->idle_at + flow->delay;
  return true;
}

bool ns3c_flow_send(ns3c_flow *flow, size_t wire_len, void (*fn)(void *arg), void *arg,
                    RdTime *ret_at) {
  if (!flow || !fn)
    return refuse("a message needs a line and a function");
  if (flow->sim->pool.full())
    return refuse("too many events are pending");
  RdTime at = 0;
  if (!enter(flow, wire_len, &at))
    return false;
  schedule(flow->sim, at, fn, arg);
  if (ret_at)
    *ret_at = at;
  return true;
}
