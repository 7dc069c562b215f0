/* lent.h - what a driver that models nothing (replay, inline) lends a part: chance, counters, logs,
 * and no costs. The driver fills in clock, timers and network. */
#pragma once

#include <glib.h>

#include "redoubt/host.h"

#define RD_LENT_COUNTERS 64

typedef struct RdLent RdLent;
struct RdLent {
  RdHost host; /* first: what the part hands back is this */
  char *name;
  uint64_t stream;
  char *counters[RD_LENT_COUNTERS];
  int64_t counts[RD_LENT_COUNTERS];
  uint32_t n_counters;
  uint64_t alerts;
  /* Told of each; may be NULL. */
  void (*on_alert)(void *user, RdLent *lent, const RdAlert *alert);
  void (*on_log)(void *user, RdLent *lent, RdLogLevel level, const char *text);
  void *user;
};

/* Every function of the host is set: those of the driver to ones that say no. */
void rd_lent_init(RdLent *lent, const char *name, uint64_t seed);
void rd_lent_clear(RdLent *lent);
