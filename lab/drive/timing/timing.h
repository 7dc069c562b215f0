/* timing.h - how long a defense's judge takes on this machine, beside the scan of the same messages.
 *
 * The only driver that measures wall time. What it finds goes to a cost table (fit.h), never into a
 * trial's result: a trial reads modelled costs alone, so that it is the same on any machine. */
#pragma once

#include <glib.h>

#include "lab/plugin/loader.h"

/* One point: messages of one size, the defense's tables holding so many entries. Times are medians
 * over rounds; scan and judge are timed in turn within a round, so that a machine that slows down
 * does so for both, and the ratio is a median of its own. */
typedef struct {
  uint32_t sources; /* distinct source addresses that the messages came from */
  uint32_t bytes; /* of a message */
  uint64_t entries; /* that the defense says its tables hold; 0 if it does not say */
  double scan_ns, judge_ns, ratio; /* a message; ratio = judge / scan */
  double acted; /* share of these messages that were not passed: 0 on the quiet path */
} RdTimingPoint;

typedef struct {
  unsigned rounds; /* timed rounds a point; each scans and judges RD_TIMING_BATCH messages */
  uint64_t seed; /* of the defense's random numbers */
} RdTimingSpec;

#define RD_TIMING_BATCH 2048

/* INVITEs of about these sizes, from about these numbers of sources, each source quiet (one message
 * in ten seconds of the base clock): the path that legitimate traffic takes. */
#define RD_TIMING_SIZES 3
#define RD_TIMING_SOURCES 3
#define RD_TIMING_POINTS (RD_TIMING_SIZES * RD_TIMING_SOURCES)

#define RD_TIMING_ERROR g_quark_from_static_string("rd-timing")

/* Opens the defense at one Gm place with `config` and fills all points. False: it refused. */
bool rd_timing_defense(const RdPart *part, const void *config, const RdTimingSpec *spec,
                       RdTimingPoint ret[RD_TIMING_POINTS], GError **error);
