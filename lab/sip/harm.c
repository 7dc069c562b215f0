#include "lab/sip/harm.h"

#include <stdio.h>

#define WINDOW (10 * RD_SECOND)
#define STEP RD_SECOND
#define SER_POINTS 5.0
#define DELAY_FACTOR 2.0

/* A comparison with NaN is false, so an undefined metric never makes harm. */
typedef struct {
  double ser_drop, srd_factor;
  bool harmed;
} Window;

static Window judge_window(const RdEvidence *e, RdTime from) {
  const RdTime to = from + WINDOW;
  const RdWorldKind a = RD_WORLD_THIS, b = RD_WORLD_BASELINE;
  const double ser = e->metric(e, a, RD_METRIC_SER, from, to);
  const double ser_without = e->metric(e, b, RD_METRIC_SER, from, to);
  const double srd = e->metric(e, a, RD_METRIC_SRD_P95, from, to);
  const double srd_without = e->metric(e, b, RD_METRIC_SRD_P95, from, to);
  Window w = {.ser_drop = ser_without - ser, .srd_factor = srd / srd_without};
  /* A callee that is busy only because a call moved in time is nobody's harm. */
  const bool more_fail =
      w.ser_drop >= SER_POINTS && e->metric(e, a, RD_METRIC_CALL_FAILED, from, to) >
                                      e->metric(e, b, RD_METRIC_CALL_FAILED, from, to);
  w.harmed = more_fail || w.srd_factor >= DELAY_FACTOR;
  return w;
}

void rd_harm_calls(const RdEvidence *e, RdSuccess *ret) {
  double drop = 0, factor = 0;
  RdTime first = RD_NEVER;
  unsigned harmed = 0, windows = 0;
  for (RdTime from = e->attack_start; from + WINDOW <= e->attack_stop; from += STEP, windows++) {
    const Window w = judge_window(e, from);
    drop = w.ser_drop > drop ? w.ser_drop : drop;
    factor = w.srd_factor > factor ? w.srd_factor : factor;
    harmed += w.harmed;
    if (w.harmed && first == RD_NEVER)
      first = from;
  }
  ret->succeeded = harmed > 0;
  ret->effect = drop;
  ret->effect_unit = "percentage points of SER";
  if (windows == 0)
    snprintf(ret->why, sizeof ret->why, "the attack lasted less than 10 s");
  else if (harmed == 0)
    snprintf(ret->why, sizeof ret->why,
             "in no 10 s did SER fall by 5 points or SRD p95 double (at most %.1f points, x%.2f)",
             drop, factor);
  else
    snprintf(ret->why, sizeof ret->why,
             "harm in %u of %u windows of 10 s, first %.0f s in: SER down by up to %.1f points, "
             "SRD p95 up to x%.2f",
             harmed, windows, (double)((first - e->attack_start) / RD_SECOND), drop, factor);
}

void rd_harm_registrations(const RdEvidence *e, RdSuccess *ret) {
  const RdWorldKind a = RD_WORLD_THIS, b = RD_WORLD_BASELINE;
  const RdTime from = e->attack_start, to = e->attack_stop;
  const double failed = e->metric(e, a, RD_METRIC_REGISTER_FAILED, from, to);
  const double failed_without = e->metric(e, b, RD_METRIC_REGISTER_FAILED, from, to);
  const double attempts = e->metric(e, a, RD_METRIC_REGISTER_ATTEMPTS, from, to);
  const double factor =
      e->metric(e, a, RD_METRIC_RRD_P95, from, to) / e->metric(e, b, RD_METRIC_RRD_P95, from, to);
  ret->succeeded = factor >= DELAY_FACTOR || failed > failed_without;
  ret->effect = factor;
  ret->effect_unit = "times the RRD p95";
  if (!(attempts > 0))
    snprintf(ret->why, sizeof ret->why,
             "nobody registered while it ran: set `registrations` of the phones");
  else if (factor != factor)
    snprintf(ret->why, sizeof ret->why,
             "RRD p95 undefined; %.0f of %.0f registrations failed (%.0f without the attack)",
             failed, attempts, failed_without);
  else
    snprintf(ret->why, sizeof ret->why,
             "RRD p95 x%.2f; %.0f of %.0f registrations failed (%.0f without the attack)", factor,
             failed, attempts, failed_without);
}
