/* flow.h - the state of a one-way line of the flow lane. A world may have millions: keep it small. */
#pragma once

#include "ns3c.h"

#include <vector>

struct alignas(64) ns3c_flow { /* one cache line */
  ns3c_sim *sim;
  uint64_t rate; /* bit/s; 0: no serialisation */
  RdTime delay;
  uint32_t queue;
  uint32_t begun = 0; /* how many of `starts` are over */
  RdTime idle_at = 0; /* when the last accepted message will have been put on the line */
  std::vector<RdTime> starts; /* when each waiting message begins, oldest first */
};
