/* live.h - a live run: SIPp callers, SIPp callee, a flood, and the bridge between them. */
#pragma once

#include "lab/drive/inline/bridge.h"
#include "lab/drive/inline/measure.h"

#define RD_LIVE_MAX_CPS 2000
#define RD_LIVE_MAX_FLOOD 20000
#define RD_LIVE_MAX_SECONDS 600

typedef struct {
  RdBridgeSpec bridge; /* addresses, core, attacker and config are filled in by the run */
  double cps, flood; /* calls and INVITEs a second; flood 0: none */
  unsigned seconds;
  unsigned callers; /* addresses that calls come from */
  const char *scenarios; /* folder of caller.xml, callee.xml, flood.xml */
  /* Makes the node's configuration, now that the callee's address is known ("127.0.0.7:5070"). */
  const void *(*configure)(void *user, const char *next_hop, GError **error);
} RdLiveSpec;

typedef struct {
  RdBridgeCounts counts;
  RdMeasured measured;
  uint64_t capture_dropped; /* packets the tap missed: then measured is short */
  double seconds; /* that the bridge ran */
  int caller_code, flood_code; /* SIPp's exit codes; -1: ended by us */
  bool interrupted;
  GString *counters; /* JSON object: instance -> counter -> value */
} RdLiveResult;

/* False with *error: nothing was measured. SIPp missing or no right to capture is told before anything
 * starts. Every process it started is gone when it returns. */
bool rd_live_run(const RdLiveSpec *spec, RdLiveResult *ret, GError **error);
void rd_live_result_clear(RdLiveResult *r);
