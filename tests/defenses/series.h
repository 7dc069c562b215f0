/* series.h - made-up call traffic of many shapes, to hold detectors to a rate of false alarms.
 *
 * Pure: the same shape, seed and length give the same events. Calls of benign SIP come in counts whose
 * deviation is as large as their mean, in ramps and days: a detector tuned on Poisson traffic alarms on
 * all of that. Seeds below 100 are for tuning, those from 100 on for tests. */
#pragma once

#include "tests/defenses/requests.h"

typedef enum {
  SHAPE_STEADY = 0, /* Poisson, 12 calls/s */
  SHAPE_BURSTY, /* negative binomial, 8/s: the rate of each second is exponential */
  SHAPE_CLUSTERED, /* the rate is drawn anew every 5 s (gamma of shape 3), 8/s */
  SHAPE_DIURNAL, /* from 1/s to 20/s and back in 900 s; over-dispersed (gamma of shape 2) */
  SHAPE_RAMP, /* from 2/s to 24/s over the whole length; over-dispersed the same way */
  SHAPE_LOW, /* negative binomial, 0.3/s */
  SHAPE_STEP, /* 5/s, and 10/s from the middle on; gamma of shape 3 */
  SHAPES
} Shape;

const char *shape_name(Shape shape);
double shape_mean(Shape shape); /* calls a second, over the whole length */

/* One message. Requests have status 0. The place is a border's outer side. */
typedef struct {
  RdTime at;
  uint64_t order; /* breaks ties */
  uint32_t caller, callee; /* of the call, whoever sends this message */
  uint32_t call;
  uint32_t source; /* the far end's address */
  uint16_t status;
  uint8_t method; /* RdSipMethod */
  uint8_t direction; /* RdDirection */
  bool by_callee; /* a request within the dialog that the callee sends */
  bool flood;
} SeriesEvent;

/* A flood on top of it. `sources` addresses, each with a caller of its own, take turns. */
typedef struct {
  RdSipMethod method;
  double rate; /* messages a second; with `whole`, calls a second */
  double start, length; /* s */
  uint32_t sources;
  bool whole; /* each call goes through to its BYE in one second, answers and all: proportional */
} SeriesFlood;

/* Events in order of time; `flood` may be NULL. Free with g_array_unref(). */
GArray *series_make(Shape shape, uint64_t seed, unsigned seconds, const SeriesFlood *flood);

/* Judges one event at its time, as a scanned message would be. */
RdVerdict series_judge(Bench *b, const SeriesEvent *e);

typedef struct {
  unsigned seconds; /* in which no flood was */
  unsigned alarmed; /* of these: a message scored above 0.5, or an alert came */
  double
      detected; /* s from the flood's start to the first alert after it; NaN: none, or no flood */
  unsigned alerts;
  unsigned flood_acted, flood_messages, benign_acted,
      benign_messages; /* ingress requests while it ran */
} SeriesOutcome;

SeriesOutcome series_run(const RdPlugin *plugin, const void *config, const GArray *events,
                         unsigned seconds, const SeriesFlood *flood);

/* Holds a defense to what detectors promise, on the test seeds: at most 0.5 % of the benign seconds of
 * each shape are alarmed, and a flood of 20 s of `factor` times the shape's mean plus `base` messages a
 * second, from `sources` addresses, is found within one second. With SERIES_PRINT set, the tuning seeds
 * are run and the figures printed instead. */
void series_hold(const RdPlugin *plugin, const void *config, const SeriesFlood *flood,
                 double factor, double base);
