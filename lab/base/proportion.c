#include "lab/base/proportion.h"

#include <math.h>

#define Z 1.959963984540054 /* of 95 %, two-sided */

/* Newton's, as the C library's would make a part depend on libm. */
static double root(double x) {
  if (!(x > 0))
    return 0;
  double y = x > 1 ? x : 1;
  for (double next = (y + x / y) / 2; next < y; next = (y + x / y) / 2)
    y = next;
  return y;
}

RdRange rd_share_range(uint64_t k, uint64_t n) {
  if (n == 0)
    return (RdRange){NAN, NAN};
  const double count = (double)n, p = (double)k / count, z2 = Z * Z;
  const double centre = (p + z2 / (2 * count)) / (1 + z2 / count);
  const double half = Z / (1 + z2 / count) * root(p * (1 - p) / count + z2 / (4 * count * count));
  /* At 0 and n one end is exact; rounding must not move it. */
  return (RdRange){k > 0 ? centre - half : 0, k < n ? centre + half : 1};
}

/* Tango's statistic: how many standard errors the observed difference lies above `delta`, the error
 * being that of the likeliest case in which the difference is `delta`. */
static double score(double lost, double gained, double n, double delta) {
  const double b = (2 * n - lost + gained) * delta - lost - gained;
  const double c = -gained * delta * (1 - delta);
  const double rare = (root(b * b - 8 * n * c) - b) / (4 * n);
  const double variance = n * (2 * rare + delta * (1 - delta));
  const double off = lost - gained - n * delta;
  return variance > 0 ? off / root(variance) : off > 0 ? INFINITY : off < 0 ? -INFINITY : 0;
}

/* The score falls as delta grows: halves [-1, 1] until it cannot be halved. */
static double where_score_is(double wanted, double lost, double gained, double n) {
  double low = -1, high = 1;
  for (unsigned i = 0; i < 60; i++) {
    const double middle = (low + high) / 2;
    *(score(lost, gained, n, middle) > wanted ? &low : &high) = middle;
  }
  return (low + high) / 2;
}

RdRange rd_paired_range(uint64_t lost, uint64_t gained, uint64_t n) {
  if (n == 0)
    return (RdRange){NAN, NAN};
  const double l = (double)lost, g = (double)gained, all = (double)n;
  return (RdRange){gained == n ? -1 : where_score_is(Z, l, g, all),
                   lost == n ? 1 : where_score_is(-Z, l, g, all)};
}

RdRange rd_difference_range(uint64_t k, uint64_t n, uint64_t l, uint64_t m) {
  if (n == 0 || m == 0)
    return (RdRange){NAN, NAN};
  const RdRange a = rd_share_range(k, n), b = rd_share_range(l, m);
  const double p = (double)k / (double)n, q = (double)l / (double)m;
  return (RdRange){
      p - q - root((p - a.low) * (p - a.low) + (b.high - q) * (b.high - q)),
      p - q + root((a.high - p) * (a.high - p) + (q - b.low) * (q - b.low)),
  };
}
