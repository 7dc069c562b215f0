#include "lab/detector/measure.h"

#include <math.h>

#include "lab/base/random.h"

double rd_hellinger(const double *p, const double *q, size_t n) {
  double of_p = 0, of_q = 0, product = 0;
  for (size_t i = 0; i < n; i++) {
    of_p += p[i];
    of_q += q[i];
    product += sqrt(p[i] * q[i]);
  }
  if (!(of_p > 0) || !(of_q > 0))
    return NAN;
  /* 1/2 sum (sqrt p - sqrt q)^2 = 1 - sum sqrt(p q) for shares */
  const double distance = 1 - product / sqrt(of_p * of_q);
  return distance > 0 ? distance : 0;
}

double rd_entropy(const uint32_t *counts, size_t n) {
  double sum = 0, weighed = 0;
  for (size_t i = 0; i < n; i++)
    if (counts[i] > 0) {
      sum += counts[i];
      weighed += counts[i] * rd_log(counts[i]);
    }
  if (!(sum > 0))
    return NAN;
  const double nats = rd_log(sum) - weighed / sum;
  return nats > 0 ? nats / 0.693147180559945309417 : 0;
}

double rd_half_to(double x) {
  /* 2^-(1/2), 2^-(1/4) ... 2^-(1/4096) */
  static const double roots[] = {0.70710678118654752, 0.84089641525371454, 0.91700404320467123,
                                 0.95760328069857364, 0.97857206208770013, 0.98922801319397548,
                                 0.99459942348363317, 0.99729605608547013, 0.99864711289097017,
                                 0.99932332750265075, 0.99966160649624362, 0.99983078893192906};
  if (!(x < 64))
    return 0;
  if (!(x > 0))
    return 1;
  const uint32_t scaled = (uint32_t)(x * 4096), whole = scaled >> 12;
  double ret = 1 / (double)(UINT64_C(1) << whole);
  for (unsigned i = 0; i < 12; i++)
    if (scaled & (2048U >> i))
      ret *= roots[i];
  return ret;
}
