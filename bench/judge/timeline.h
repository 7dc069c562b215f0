/* timeline.h - a cell's service over time, added up over its seeds as their worlds are read. */
#pragma once

#include <json-glib/json-glib.h>

#include "bench/judge/compare.h"

#define RD_TIMELINE_POINTS 60

typedef struct {
  double tried[RD_TIMELINE_POINTS], served[RD_TIMELINE_POINTS];
  double seconds; /* of a point */
  unsigned n;
} RdSeries;

/* Legitimate calls and registrations, in the world of nothing and in that of attack and defense. */
typedef struct {
  RdSeries calls_n, calls_b, registers_n, registers_b;
} RdTimeline;

/* Adds one seed: its result.json, by RdWorldOf. */
void rd_timeline_add(RdTimeline *timeline, JsonObject *const results[RD_WORLDS]);
