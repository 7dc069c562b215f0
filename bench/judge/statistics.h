/* statistics.h - what a handful of seeds allows one to say, and no more.
 *
 * Values are doubles; NaN among them means "undefined in that seed" and has to be taken out first
 * (rd_stat_defined, rd_stat_differences). What cannot be computed is NaN. Nothing here draws
 * chance of its own: resampling is keyed, so the same values give the same interval. Sources:
 * Efron 1987 (BCa), Wilcoxon 1945, Holm 1979, Cliff 1993, Kaplan and Meier 1958, Brookmeyer and Crowley
 * 1982, Wilson 1927. */
#pragma once

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
  double low, high; /* NaN, NaN: undefined */
} RdInterval;

#define RD_CONFIDENCE 0.95
#define RD_RESAMPLES 9999
#define RD_BOOTSTRAP_FROM 20 /* fewer values: the bootstrap covers too little (docs/method.md) */

/* Copies the values that are not NaN to ret[n] and returns how many they are. */
size_t rd_stat_defined(const double *x, size_t n, double *ret);
/* x[i] - y[i] where both are defined; returns how many pairs are. */
size_t rd_stat_differences(const double *x, const double *y, size_t n, double *ret);

double rd_stat_mean(const double *x, size_t n); /* NaN: n == 0 */
double rd_stat_sd(const double *x, size_t n); /* of a sample, n - 1; NaN: n < 2 */
/* Linear between order statistics (type 7 of Hyndman and Fan 1996); NaN: n == 0. */
double rd_stat_quantile(const double *x, size_t n, double q);
double rd_stat_median(const double *x, size_t n);

/* What a quantity can be; infinite: no bound. */
typedef struct {
  double least, most;
} RdBounds;
#define RD_UNBOUNDED ((RdBounds){-INFINITY, INFINITY})

/* Of the mean, by Student's t; undefined for n < 2. Where the quantity has a bound, t is taken on a
 * scale on which the bound is infinitely far away: log(x - least), log(most - x) or, with both, the
 * logit; the mean's standard error is carried over by the delta method. So the interval stays within
 * the bounds and widens away from them. All values equal: a point. A mean outside the bounds: as if
 * there were none. */
RdInterval rd_stat_t_interval(const double *x, size_t n, RdBounds bounds, double confidence);

/* Bootstrap, bias-corrected and accelerated, of any statistic, from RD_RESAMPLES keyed resamples.
 * Undefined for n < 2 or when the statistic is; a point when all resamples agree. With n = 5 it
 * covers less than it says (docs/method.md): print n beside it. */
RdInterval rd_stat_bca(const double *x, size_t n, double (*statistic)(const double *, size_t),
                       double confidence);

/* Signed-rank test that differences centre on 0, two-sided. Zeros are dropped, ties share ranks.
 * Exact up to 50 differences, normal approximation with tie correction beyond. NaN: none is left.
 * The least p that n differences can give is 2 / 2**n: 0.0625 for 5. */
double rd_stat_wilcoxon(const double *differences, size_t n);

/* Step-down adjusted p-values; NaN stays NaN and is no hypothesis. */
void rd_stat_holm(const double *p, size_t n, double *ret);

/* P(x > y) - P(x < y) over all pairs, in [-1, 1]; NaN if a side is empty. */
double rd_stat_cliff_delta(const double *x, size_t n, const double *y, size_t m);

/* Median survival time: the first time at which at most half are left. observed[i] false: times[i]
 * is where watching stopped. NaN: never reached, or n == 0. */
double rd_stat_kaplan_meier_median(const double *times, const bool *observed, size_t n);

/* Of that median, by Brookmeyer and Crowley with the log-log scale: the times at which the estimated
 * survival is not too far from a half for its standard error (Greenwood's). high is infinite where the
 * data do not bound it: with all of n observed, for n < 7. low is infinite if nothing was observed. */
RdInterval rd_stat_kaplan_meier_interval(const double *times, const bool *observed, size_t n,
                                         double confidence);

/* Score interval of k successes in n; undefined for n == 0. */
RdInterval rd_stat_wilson(size_t k, size_t n, double confidence);

/* What a table's cell shows of one metric over seeds. */
typedef struct {
  size_t n; /* seeds in which it is defined */
  double mean, sd, median;
  /* Of the mean: Student's t below RD_BOOTSTRAP_FROM values, BCa from there, whose ends are means of
   * resamples and so within any bounds of the values. */
  RdInterval interval;
} RdSummary;
RdSummary rd_stat_summary(const double *x, size_t n, RdBounds bounds);
/* The same of x - y, seed by seed, with its test. `bounds` are those of x and of y. */
typedef struct {
  RdSummary difference;
  double p; /* Wilcoxon, not yet adjusted */
  size_t ranked; /* differences it was taken of: those that are not 0 */
  double delta; /* Cliff's */
} RdPaired;
RdPaired rd_stat_paired(const double *x, const double *y, size_t n, RdBounds bounds);
