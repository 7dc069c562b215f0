/* world.h - a trial as a whole network, in steps: new, run until, finish. */
#pragma once

#include "lab/drive/world/types.h"

/* What a driver brings. */
typedef struct {
  RdClock *clock; /* outlives the world */
  const RdCarrier *(*carrier)(const RdNetwork *network); /* NULL: it has none for such a network */
  bool outside; /* its carriers reach programs outside: nodes that are external */
} RdWorldDriver;

/* Builds the world; `log` (may be NULL) is what parts said meanwhile, also when it fails. */
RdWorld *rd_world_new(const RdTrial *trial, const RdOutputs *outputs, const RdWorldDriver *driver,
                      GString *log, GError **error);
/* Runs until `until`, inclusive, the trial's acts of that time too: as often as one likes, with later times. */
bool rd_world_run(RdWorld *w, RdTime until, GError **error);
/* Tells an instance to do something, now; false: it refused. Between two runs alone: then the log replays. */
bool rd_world_act(RdWorld *w, const RdTrialAct *act, char reply[RD_REPLY]);
/* Counts up, and writes what is the result of it: result.json last. Nothing runs after it. */
bool rd_world_finish(RdWorld *w, const RdOutputs *outputs, GError **error);
void rd_world_free(RdWorld *w); /* NULL is fine */
