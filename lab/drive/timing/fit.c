#include "lab/drive/timing/fit.h"

#include <math.h>
#include <stddef.h>

enum { TERMS = 3 };

static double term(const RdFitPoint *p, unsigned k) {
  return k == 0 ? 1 : k == 1 ? p->bytes : log2(1 + p->entries);
}

/* Errors count by their share of the cost: a quiet, small table is the common case, and would be
 * nothing beside a full one. */
static double weight(const RdFitPoint *p) {
  return p->cost > 0 ? 1 / (p->cost * p->cost) : 0;
}

/* Gauss with pivots on the normal equations of the terms in `use`; false: singular. */
static bool solve(const RdFitPoint *points, unsigned n, unsigned use, double ret[TERMS]) {
  double a[TERMS][TERMS + 1] = {{0}}, scale[TERMS] = {0};
  unsigned of[TERMS], m = 0;
  for (unsigned k = 0; k < TERMS; k++) {
    ret[k] = 0;
    if (use >> k & 1)
      of[m++] = k;
  }
  for (unsigned i = 0; i < n; i++)
    for (unsigned r = 0; r < m; r++) {
      for (unsigned c = 0; c < m; c++)
        a[r][c] += weight(&points[i]) * term(&points[i], of[r]) * term(&points[i], of[c]);
      a[r][m] += weight(&points[i]) * term(&points[i], of[r]) * points[i].cost;
    }
  for (unsigned r = 0; r < m; r++)
    scale[of[r]] = a[r][r];
  for (unsigned c = 0; c < m; c++) {
    unsigned pivot = c;
    for (unsigned r = c + 1; r < m; r++)
      if (fabs(a[r][c]) > fabs(a[pivot][c]))
        pivot = r;
    if (fabs(a[pivot][c]) <= scale[of[c]] * 1e-12)
      return false;
    for (unsigned k = 0; k <= m; k++) {
      double kept = a[c][k];
      a[c][k] = a[pivot][k];
      a[pivot][k] = kept;
    }
    for (unsigned r = 0; r < m; r++) {
      double factor = r == c ? 0 : a[r][c] / a[c][c];
      for (unsigned k = c; k <= m; k++)
        a[r][k] -= factor * a[c][k];
    }
  }
  for (unsigned c = 0; c < m; c++)
    ret[of[c]] = a[c][m] / a[c][c];
  return true;
}

static double fitted(const RdFitPoint *p, const double x[TERMS]) {
  double sum = 0;
  for (unsigned k = 0; k < TERMS; k++)
    sum += x[k] * term(p, k);
  return sum;
}

static double squares(const RdFitPoint *points, unsigned n, const double x[TERMS]) {
  double sum = 0;
  for (unsigned i = 0; i < n; i++) {
    const double off = fitted(&points[i], x) - points[i].cost;
    sum += weight(&points[i]) * off * off;
  }
  return sum;
}

static bool sound(const RdFitPoint *points, unsigned n) {
  for (unsigned i = 0; i < n; i++)
    if (!(points[i].bytes >= 0) || !(points[i].entries >= 0) || !(points[i].cost >= 0) ||
        isinf(points[i].bytes) || isinf(points[i].entries) || isinf(points[i].cost))
      return false;
  return n > 0 && n <= RD_FIT_POINTS;
}

/* With three terms every set of terms can be tried: the best of those without a negative one is
 * the constrained optimum. */
bool rd_fit_cost(const RdFitPoint *points, unsigned n, RdFit *ret) {
  double best[TERMS] = {0}, x[TERMS];
  if (!sound(points, n))
    return false;
  double least = squares(points, n, best);
  for (unsigned use = 1; use < 1u << TERMS; use++) {
    if (!solve(points, n, use, x) || x[0] < 0 || x[1] < 0 || x[2] < 0)
      continue;
    double sum = squares(points, n, x);
    if (sum < least) {
      least = sum;
      for (unsigned k = 0; k < TERMS; k++)
        best[k] = x[k];
    }
  }
  *ret = (RdFit){best[0], best[1], best[2], 0};
  for (unsigned i = 0; i < n; i++)
    if (points[i].cost > 0)
      ret->worst =
          fmax(ret->worst, fabs(fitted(&points[i], best) - points[i].cost) / points[i].cost);
  return true;
}
