#include "defenses/cusum/statistic.h"

#include <math.h>

double cusum_sigma(const Cusum *c) {
  double sigma = rd_ewma_sigma(&c->base);
  sigma = fmax(sigma, c->dispersion * c->base.mean);
  return fmax(sigma, c->least);
}

double cusum_next(const Cusum *c, double count) {
  if (c->base.n < c->learn)
    return 0;
  const double sum = c->sum + (count - c->base.mean) / cusum_sigma(c) - c->k;
  return sum < 0 ? 0 : fmin(sum, 2 * c->h);
}

RdAlarmStep cusum_close(Cusum *c, double count) {
  c->sum = cusum_next(c, count);
  const RdAlarmStep step = rd_alarm_close(&c->alarm, c->sum > c->h);
  if (step == RD_ALARM_GIVEN_UP)
    c->base = (RdEwma){0};
  if (step == RD_ALARM_GIVEN_UP || step == RD_ALARM_ENDS)
    c->sum = 0;
  if (!c->alarm.on)
    rd_ewma_add(&c->base, count, c->alpha, c->alpha);
  return step;
}
