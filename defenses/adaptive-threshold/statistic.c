#include "defenses/adaptive-threshold/statistic.h"

#include <math.h>

double threshold_now(const Threshold *t) {
  if (t->base.n < t->learn)
    return INFINITY;
  const double share = (1 + t->above) * t->base.mean;
  return fmax(fmax(share, t->base.mean + t->deviations * rd_ewma_sigma(&t->base)), t->least);
}

static uint32_t pushed(const Threshold *t, double count) {
  const uint32_t mask = t->of >= 32 ? UINT32_MAX : (1U << t->of) - 1;
  return (t->history << 1 | (count > threshold_now(t))) & mask;
}

uint32_t threshold_hits(const Threshold *t, double count) {
  uint32_t hits = 0;
  for (uint32_t bits = pushed(t, count); bits; bits &= bits - 1)
    hits++;
  return hits;
}

bool threshold_over(const Threshold *t, double count) {
  return threshold_hits(t, count) >= t->over;
}

RdAlarmStep threshold_close(Threshold *t, double count) {
  const double limit = threshold_now(t);
  const bool over = threshold_over(t, count);
  t->history = pushed(t, count);
  const RdAlarmStep step = rd_alarm_close(&t->alarm, over);
  if (step == RD_ALARM_GIVEN_UP)
    t->base = (RdEwma){0};
  if (step == RD_ALARM_GIVEN_UP || step == RD_ALARM_ENDS)
    t->history = 0;
  if (!t->alarm.on)
    rd_ewma_add(&t->base, step == RD_ALARM_GIVEN_UP ? count : fmin(count, limit), t->alpha,
                t->alpha);
  return step;
}
