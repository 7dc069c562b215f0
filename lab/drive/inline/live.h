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
  uint64_t calls_asked, flood_asked; /* what SIPp was to send: calls, INVITEs of the flood */
  int caller_code, flood_code; /* SIPp's exit codes; -1: ended by us, or none was started */
  bool interrupted;
  GString *counters; /* JSON object: instance -> counter -> value */
} RdLiveResult;

/* False with *error: nothing was measured. SIPp missing or no right to capture is told before anything
 * starts. Every process it started is gone when it returns. */
bool rd_live_run(const RdLiveSpec *spec, RdLiveResult *ret, GError **error);
/* Why this run is no success, in a line; NULL: it is one. No call measured, clearly fewer calls than
 * asked for, a SIPp that failed, a flood that sent nothing. Calls that failed are a result. */
char *rd_live_failure(const RdLiveResult *r);
void rd_live_result_clear(RdLiveResult *r);
