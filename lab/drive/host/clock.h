/* clock.h - the time of a driver: ns-3's, or the machine's. */
#pragma once

#include "redoubt/base.h"

typedef uint64_t RdClockEvent; /* 0: none */

typedef struct RdClock RdClock;
struct RdClock {
  RdTime (*now)(RdClock *clock);
  /* Calls fn(arg) at `at`, or as soon as may be if that has passed. Events of one time run in the order
   * they were asked for. */
  RdClockEvent (*at)(RdClock *clock, RdTime at, void (*fn)(void *arg), void *arg);
  void (*cancel)(RdClock *clock, RdClockEvent event); /* of 0 or one that has run: harmless */
  void (*stop)(RdClock *clock); /* run() returns early */
  /* Runs everything due until `until`, inclusive; may be called again with a later time. False: *why says
   * what is wrong. */
  bool (*run)(RdClock *clock, RdTime until, const char **why);
  uint64_t (*events)(RdClock *clock); /* run so far */
};
