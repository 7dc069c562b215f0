/* place.h - which address of a network's prefix is whose. Pure.
 *
 * A place is a number. IPv4: a place is a host of the prefix. IPv6: places below RD_NETS are hosts of
 * the prefix's first /64, where servers are; RD_NETS + k stands for the prefix's k-th /64, and for
 * its host 1, since a phone is given a /64 of its own (3GPP TS 23.401, clause 5.3.1.2.2). */
#pragma once

#include <stdint.h>

#include "lab/config/topology.h"

#define RD_NETS (UINT64_C(1) << 32)

/* Where addresses may lie; the ends are not included. */
typedef struct {
  uint64_t servers_end; /* servers from 1 up to here */
  uint64_t first; /* populations and attackers from here; 0: behind the servers */
  uint64_t end; /* up to here */
} RdSpan;

RdSpan rd_place_span(const RdNetwork *spec);
RdAddress rd_place_address(const RdNetwork *spec, uint64_t place); /* port 5060, UDP */
/* False: no place has this address. */
bool rd_place_of(const RdNetwork *spec, const RdAddress *address, uint64_t *ret);
bool rd_place_inside(const RdNetwork *spec, const RdAddress *address); /* in the prefix at all */
