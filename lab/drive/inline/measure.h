/* measure.h - what callers got, read from the packets between them and the node (RFC 6076). */
#pragma once

#include <glib.h>

#include "lab/result/histogram.h"
#include "redoubt/base.h"

typedef struct {
  uint64_t calls; /* INVITEs of their own, retransmissions not counted */
  uint64_t answered; /* 2xx */
  uint64_t redirected; /* 3xx, left out of SER's denominator (s4.6) */
  uint64_t refused; /* 4xx, 5xx, 6xx */
  uint64_t silent; /* no final answer */
  RdHistogram *srd; /* s4.3.1: INVITE to the first 18x, or to 2xx, of calls that were answered */
} RdServed;

typedef struct {
  RdServed quiet, flooded; /* calls begun before the flood; and since */
  uint64_t attack_requests; /* INVITEs from the attacker that reached the node's interface */
  RdTime flood_began; /* capture time of the first; RD_NEVER: none */
} RdMeasured;

/* Reads the tap's file: calls to `node`, those from `attacker` aside. False with *error. */
bool rd_measure(const char *path, const RdAddress *node, const RdAddress *attacker, RdMeasured *ret,
                GError **error);
void rd_measured_clear(RdMeasured *m);
/* Percent; NaN without calls. */
double rd_served_ser(const RdServed *s);
