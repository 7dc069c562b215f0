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

/* Legitimate calls and registrations, by RdWorldOf. */
typedef struct {
  RdSeries calls[RD_WORLDS], registers[RD_WORLDS];
} RdTimeline;

/* Adds one seed: its result.json, by RdWorldOf. */
void rd_timeline_add(RdTimeline *timeline, JsonObject *const results[RD_WORLDS]);
