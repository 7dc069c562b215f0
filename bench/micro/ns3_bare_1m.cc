/* Bare ns-3 under the load of flow_1m.sh: SUBSCRIBERS sources, each with one pending event, send
 * MESSAGES of BYTES in all. A message is the source's event and one delivery, its payload copied into
 * a fresh buffer that the delivery frees; with EVENTS 1 the source's event is itself the delivery.
 *   ns3_bare_1m SUBSCRIBERS MESSAGES BYTES EVENTS */
#include "ns3/object-factory.h"
#include "ns3/simulator.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace ns3;

namespace {

constexpr uint64_t kSecond = 1000000000, kDelay = 10000000;

uint8_t payload[65536];
size_t bytes;
unsigned long left, checked;
bool direct;
uint64_t state = 1;

uint64_t Draw() {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return state >> 33;
}

void Arrive(uint8_t *message) {
  checked += message[bytes - 1];
  free(message);
}

void Send();

void Arm() {
  Simulator::Schedule(NanoSeconds(int64_t(Draw() % (2 * kSecond))), &Send);
}

void Send() {
  if (left == 0) {
    Simulator::Stop();
    return;
  }
  left--;
  uint8_t *copy = static_cast<uint8_t *>(malloc(bytes));
  memcpy(copy, payload, bytes);
  if (direct)
    Arrive(copy);
  else
    Simulator::Schedule(NanoSeconds(kDelay), &Arrive, copy);
  Arm();
}

} // namespace

int main(int argc, char **argv) {
  unsigned long subscribers = argc == 5 ? strtoul(argv[1], nullptr, 10) : 0;
  bytes = argc == 5 ? strtoul(argv[3], nullptr, 10) : 0;
  if (subscribers == 0 || bytes == 0 || bytes > sizeof payload) {
    fprintf(stderr, "usage: ns3_bare_1m SUBSCRIBERS MESSAGES BYTES EVENTS\n");
    return 2;
  }
  left = strtoul(argv[2], nullptr, 10);
  direct = argv[4][0] == '1';
  memset(payload, 1, sizeof payload);
  /* The fastest of ns-3's schedulers with many events pending. */
  Simulator::SetScheduler(ObjectFactory("ns3::PriorityQueueScheduler"));
  for (unsigned long i = 0; i < subscribers; i++)
    Arm();
  Simulator::Run();
  Simulator::Destroy();
  printf("%lu\n", checked);
  return 0;
}
