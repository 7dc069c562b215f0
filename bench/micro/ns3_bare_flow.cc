#include "bench/micro/ns3_bare.h"

#include "bench/micro/ns3_bare_clock.h"

#include <cstdlib>
#include <cstring>

using namespace ns3;

namespace {

struct Message {
  uint32_t line;
  uint8_t bytes[NS3_BENCH_BYTES];
};

unsigned long left;
uint64_t state = 1;

uint64_t Draw() {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return state >> 33;
}

void Arrive(Message *message);

void Launch(const Message *from) {
  Message *copy = static_cast<Message *>(malloc(sizeof *copy));
  memcpy(copy, from, sizeof *copy);
  Simulator::Schedule(NanoSeconds(Draw() % 2000000000), &Arrive, copy);
}

void Arrive(Message *message) {
  if (left > 0 && --left == 0)
    Simulator::Stop();
  Launch(message);
  free(message);
}

} // namespace

double ns3_bare_flow(unsigned pending, unsigned long events) {
  UsePriorityQueue();
  Message first = {};
  left = events;
  for (unsigned i = 0; i < pending; i++) {
    first.line = i;
    Launch(&first);
  }
  double seconds = TimedRun();
  Simulator::Destroy();
  return double(events) / seconds;
}
