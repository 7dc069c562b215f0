/* carriers.h - what the simulator carries a network's messages by. */
#pragma once

#include "lab/drive/world/types.h"
#include "lab/ns3/ns3c.h"

typedef struct {
  RdClock clock; /* first */
  ns3c_sim *sim;
} RdSimClock;

RdSimClock *rd_sim_clock_new(uint64_t seed, GError **error);
void rd_sim_clock_free(RdSimClock *clock); /* NULL is fine */
static inline ns3c_sim *rd_sim_of(const RdWorld *w) {
  return ((RdSimClock *)w->clock)->sim;
}

/* A network is a hub, and an access line to it from each that is attached. A message crosses each line as
 * one event. */
extern const RdCarrier rd_carrier_flow;
/* Each attached actor is an ns-3 node with a point-to-point link to the hub's node, and the message is in
 * IP packets. */
extern const RdCarrier rd_carrier_packet;
