/* capacity.h - how many addresses a network's prefix has, and whether they are enough. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lab/config/topology.h"

#define RD_CAPACITY_NETS_MAX                                                                       \
  (UINT64_C(1) << 48) /* /64s that are numbered: more than can be asked */

/* What an address is for. Servers lie side by side; of IPv6 anything else has a /64 of its own. */
typedef enum { RD_SEAT_SERVER = 0, RD_SEAT_POPULATION, RD_SEAT_ATTACKER } RdSeat;

typedef struct {
  uint64_t seats[3]; /* by RdSeat */
} RdSeats;

/* A node is a population if its part says how many it is, be it one. */
RdSeat rd_seat_of_node(const RdPart *part);
/* Of IPv6: the /64s in the prefix, 1 if it is longer; no more than RD_CAPACITY_NETS_MAX. */
uint64_t rd_capacity_nets(const RdNetwork *network);
/* All addresses of IPv4, those of the first /64 of IPv6, without the lowest and the highest. */
uint64_t rd_capacity_hosts(const RdNetwork *network);
/* Of IPv6: the longest prefix with a /64 for each of these; 64 if servers alone are there. Attackers
 * are drawn among twice as many /64s as are taken. */
unsigned rd_capacity_prefix(const RdSeats *taken);
