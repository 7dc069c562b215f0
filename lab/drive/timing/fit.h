/* fit.h - a row of the cost table through measured points: base + per-byte * bytes + per-doubling *
 * log2(1 + entries), least squares of the relative errors, no coefficient below 0
 * (a table has no negative costs). Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
  double bytes, entries;
  double cost; /* any unit; the coefficients are in it */
} RdFitPoint;

typedef struct {
  double base, per_byte, per_doubling;
  double worst; /* largest |fitted - measured| / measured over the points */
} RdFit;

#define RD_FIT_POINTS 64

/* False: no points, more than RD_FIT_POINTS, or one that is negative or not finite. */
bool rd_fit_cost(const RdFitPoint *points, unsigned n, RdFit *ret);
