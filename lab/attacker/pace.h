/* pace.h - sources that each send at an exact rate, by one chained timer a source. On borrowed
 * time: a source's k-th message is due at start + (phase + k) / rate, whatever happened to the ones
 * before, so a rate holds over any stretch of time. */
#pragma once

#include "redoubt/host.h"

typedef struct RdPace RdPace;

typedef enum {
  RD_PACE_EVEN = 0, /* the sources take turns */
  RD_PACE_RANDOM /* each has a phase of its own */
} RdPacePhase;

/* `rate` is in messages a second and source; nothing is due at or after `stop`. Timers have the
 * source as their entity, and cookie + source as their cookie. */
RdPace *rd_pace_new(RdHost *host, RdTime start, RdTime stop, uint64_t sources, double rate,
                    RdPacePhase phase, uint64_t cookie);
void rd_pace_start(RdPace *pace);
/* A timer of this pace has fired: which message of its source is due now, from 0. Arms the next. */
uint64_t rd_pace_tick(RdPace *pace, uint64_t source);
void rd_pace_free(RdPace *pace); /* NULL is fine */
