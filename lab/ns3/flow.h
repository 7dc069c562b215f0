/* flow.h - the state of a one-way line of the flow lane. */
#pragma once

#include "internal.h"

#include <deque>

struct ns3c_flow {
  ns3c_sim *sim;
  uint64_t rate; /* bit/s; 0: no serialisation */
  RdTime delay;
  uint32_t queue;
  RdTime idle_at = 0; /* when the last accepted message will have been put on the line */
  std::deque<RdTime> starts; /* when each waiting message begins, oldest first */
};
