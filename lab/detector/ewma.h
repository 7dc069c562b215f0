/* ewma.h - a moving mean and how far values stray from it. Pure: basic IEEE arithmetic and sqrt. */
#pragma once

#include "redoubt/base.h"

typedef struct {
  double mean;
  double deviation; /* mean of |x - mean|, as of TCP's timer (Jacobson 1988; RFC 6298) */
  double variance; /* mean of (x - mean)^2 */
  uint64_t n; /* values taken */
} RdEwma;

/* Takes a value: mean += alpha (x - mean), deviation += beta (|x - mean| - deviation), both with the
 * mean as it was before. The first values weigh alike (1/n while that is more than alpha or beta), so
 * that the very first is no anchor. The first value of all strays by nothing. */
void rd_ewma_add(RdEwma *e, double x, double alpha, double beta);

/* Square root of the variance. While n is small it may be far too small by chance, so it is widened by
 * 1 + 2 / sqrt(n). */
double rd_ewma_sigma(const RdEwma *e);
