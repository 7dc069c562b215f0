/* host.h - the host that every driver's begins with: chance, counters, alerts, logs. All else says no, and
 * the driver sets those functions that it has. */
#pragma once

#include <glib.h>

#include "redoubt/host.h"

#define RD_BASE_HOST_COUNTERS 64

typedef struct RdBaseHost RdBaseHost;
struct RdBaseHost {
  RdHost host; /* first: what the part hands back is this */
  char *name;
  uint64_t stream;
  char *counters[RD_BASE_HOST_COUNTERS];
  int64_t counts[RD_BASE_HOST_COUNTERS];
  uint32_t n_counters;
  uint64_t alerts;
  /* Told of each; may be NULL. */
  void (*on_alert)(void *user, RdBaseHost *base, const RdAlert *alert);
  void (*on_log)(void *user, RdBaseHost *base, RdLogLevel level, const char *text);
  void *user;
};

/* Every function of the host is set: those of the driver to ones that say no. */
void rd_base_host_init(RdBaseHost *base, const char *name, uint64_t seed);
void rd_base_host_clear(RdBaseHost *base);
/* A score that a part wrote, as it is kept: in [0, 1], or NaN where it gave none. */
double rd_score_settled(double score);
