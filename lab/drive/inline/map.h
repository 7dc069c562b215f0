/* map.h - which loopback address stands for which address of a network.
 *
 * A network gets one or more /16 of 127.0.0.0/8 for itself, from 127.64 on; who else runs `redoubt live` on
 * this machine has others. Place n of the network (world/place.h) is address n there, so of IPv4 the last
 * two bytes stay as they are. IPv6 is carried over IPv4: 0 to 255 are the first /64's hosts, 255 + k the k-th
 * /64. A network that lies in 127.0.0.0/8 already stays as it is. */
#pragma once

#include <glib.h>

#include "lab/config/topology.h"

typedef struct RdMap RdMap;

/* Room for this many of its places at least: 1 + the highest rd_map_index(). NULL with *error. */
RdMap *rd_map_new(const RdNetwork *network, uint64_t places, GError **error);
/* Number of a place in the network's block; UINT64_MAX: it can have none. */
uint64_t rd_map_index(const RdNetwork *network, uint64_t place);
/* The loopback address and port that stand for it. An address outside the network, as a forged source may
 * be, gets one that its bytes pick. */
RdAddress rd_map_to(const RdMap *map, const RdAddress *simulated);
/* "127.64.0.0/16"; owned by the map. */
const char *rd_map_text(const RdMap *map);
void rd_map_free(RdMap *map); /* NULL is fine */
