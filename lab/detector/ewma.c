#include "lab/detector/ewma.h"

#include <math.h>

void rd_ewma_add(RdEwma *e, double x, double alpha, double beta) {
  e->n++;
  const double even = 1.0 / (double)e->n;
  const double a = even > alpha ? even : alpha, stray = x - e->mean;
  e->mean += a * stray;
  if (e->n == 1)
    return;
  /* n values have strayed n - 1 times */
  const double once = 1.0 / (double)(e->n - 1), b = once > beta ? once : beta;
  e->deviation += b * (fabs(stray) - e->deviation);
  e->variance += b * (stray * stray - e->variance);
}

double rd_ewma_sigma(const RdEwma *e) {
  if (e->n == 0)
    return 0;
  return sqrt(e->variance) * (1 + 2 / sqrt((double)e->n));
}
