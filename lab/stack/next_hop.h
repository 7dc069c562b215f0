/* next_hop.h - the one neighbour that a border node leans on, and what stands between it and the core.
 *
 * Found in start(), when every node has its addresses. The core is whatever is behind the attachment
 * that leads to it; on a node of one network, the next hop alone. */
#pragma once

#include "redoubt/actor.h"

typedef struct {
  const RdActorSetup *setup;
  RdAddress address; /* family 0: it was not found */
  uint16_t attachment; /* that leads to it; the last one if it was not found */
} RdNextHop;

/* By address ("ip:port", port 5060 if there is none) if `address` is given, else by name on the first
 * network that knows it; either may be NULL or "". False, and logged: there is no such hop. */
bool rd_next_hop_find(RdNextHop *hop, RdHost *host, const RdActorSetup *setup, const char *name,
                      const char *address);
bool rd_next_hop_is_core(const RdNextHop *hop, uint16_t attachment, const RdAddress *remote);
