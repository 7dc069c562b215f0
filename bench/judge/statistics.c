#include "bench/judge/statistics.h"

#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "lab/base/random.h"

#define EXACT_WILCOXON 50

static const RdInterval undefined = {NAN, NAN};

size_t rd_stat_defined(const double *x, size_t n, double *ret) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(x[i]))
      ret[kept++] = x[i];
  return kept;
}

size_t rd_stat_differences(const double *x, const double *y, size_t n, double *ret) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (!isnan(x[i]) && !isnan(y[i]))
      ret[kept++] = x[i] - y[i];
  return kept;
}

double rd_stat_mean(const double *x, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += x[i];
  return n ? sum / (double)n : NAN;
}

double rd_stat_sd(const double *x, size_t n) {
  if (n < 2)
    return NAN;
  double mean = rd_stat_mean(x, n), sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (x[i] - mean) * (x[i] - mean);
  return sqrt(sum / (double)(n - 1));
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double *sorted(const double *x, size_t n) {
  double *copy = g_memdup2(x, n * sizeof *x);
  if (n)
    qsort(copy, n, sizeof *copy, ascending);
  return copy;
}

static double quantile_of_sorted(const double *x, size_t n, double q) {
  double at = q * (double)(n - 1);
  size_t i = (size_t)at;
  if (i + 1 >= n)
    return x[n - 1];
  return x[i] + (at - (double)i) * (x[i + 1] - x[i]);
}

double rd_stat_quantile(const double *x, size_t n, double q) {
  if (!n)
    return NAN;
  g_autofree double *order = sorted(x, n);
  return quantile_of_sorted(order, n, CLAMP(q, 0, 1));
}

double rd_stat_median(const double *x, size_t n) {
  return rd_stat_quantile(x, n, 0.5);
}

/* Back from the scale on which the bounds are infinitely far away. `at` the mean lies `shift` further
 * there. */
static double shifted(double mean, double shift, RdBounds b) {
  const double below = mean - b.least, above = b.most - mean;
  if (isinf(b.least) && isinf(b.most))
    return mean + shift;
  if (isinf(b.most))
    return b.least + below * exp(shift / below);
  if (isinf(b.least))
    return b.most - above * exp(-shift / above);
  const double odds = below / above * exp(shift * (1 / below + 1 / above));
  return isinf(odds) ? b.most : b.least + (b.most - b.least) * (odds / (1 + odds));
}

RdInterval rd_stat_t_interval(const double *x, size_t n, RdBounds bounds, double confidence) {
  if (n < 2)
    return undefined;
  double t = gsl_cdf_tdist_Qinv((1 - confidence) / 2, (double)(n - 1));
  double mean = rd_stat_mean(x, n), half = t * rd_stat_sd(x, n) / sqrt((double)n);
  if (!(half > 0)) /* all equal, perhaps to a bound */
    return (RdInterval){mean, mean};
  if (!(mean > bounds.least && mean < bounds.most))
    bounds = RD_UNBOUNDED;
  return (RdInterval){shifted(mean, -half, bounds), shifted(mean, half, bounds)};
}

/* ---- bootstrap ------------------------------------------------------------------------------- */

typedef double (*Statistic)(const double *, size_t);

static void resample(const double *x, size_t n, uint64_t which, double *ret) {
  uint64_t stream = rd_stream(0, "bootstrap");
  for (size_t i = 0; i < n; i++)
    ret[i] = x[rd_below(rd_random(stream, which, 0, i), n)];
}

static double *bootstrap(const double *x, size_t n, Statistic statistic) {
  double *values = g_new(double, RD_RESAMPLES);
  g_autofree double *sample = g_new(double, n);
  for (uint64_t b = 0; b < RD_RESAMPLES; b++) {
    resample(x, n, b, sample);
    values[b] = statistic(sample, n);
  }
  qsort(values, RD_RESAMPLES, sizeof *values, ascending);
  return values;
}

/* Efron's a: the skewness of the statistic, from leaving out one value at a time. */
static double acceleration(const double *x, size_t n, Statistic statistic) {
  g_autofree double *left = g_new(double, n);
  g_autofree double *without = g_new(double, n);
  for (size_t i = 0; i < n; i++) {
    memcpy(without, x, i * sizeof *x);
    memcpy(without + i, x + i + 1, (n - i - 1) * sizeof *x);
    left[i] = statistic(without, n - 1);
  }
  double mean = rd_stat_mean(left, n), squares = 0, cubes = 0;
  for (size_t i = 0; i < n; i++) {
    double d = mean - left[i];
    squares += d * d;
    cubes += d * d * d;
  }
  return squares > 0 ? cubes / (6 * squares * sqrt(squares)) : 0;
}

/* Share of resamples below the estimate, half of those equal to it: discrete data bias it less. */
static double share_below(const double *values, double estimate) {
  size_t below = 0, equal = 0;
  for (size_t i = 0; i < RD_RESAMPLES; i++) {
    below += values[i] < estimate;
    equal += values[i] == estimate;
  }
  double share = ((double)below + (double)equal / 2) / RD_RESAMPLES;
  return CLAMP(share, 0.5 / RD_RESAMPLES, 1 - 0.5 / RD_RESAMPLES);
}

static double corrected(double bias, double a, double tail) {
  double z = bias + gsl_cdf_ugaussian_Pinv(tail);
  double room = 1 - a * z;
  return room > 0 ? gsl_cdf_ugaussian_P(bias + z / room) : (tail < 0.5 ? 0 : 1);
}

RdInterval rd_stat_bca(const double *x, size_t n, Statistic statistic, double confidence) {
  if (n < 2)
    return undefined;
  double estimate = statistic(x, n), tail = (1 - confidence) / 2;
  if (isnan(estimate))
    return undefined;
  g_autofree double *values = bootstrap(x, n, statistic);
  if (values[0] == values[RD_RESAMPLES - 1])
    return (RdInterval){values[0], values[0]};
  double bias = gsl_cdf_ugaussian_Pinv(share_below(values, estimate));
  double a = acceleration(x, n, statistic);
  return (RdInterval){
      quantile_of_sorted(values, RD_RESAMPLES, corrected(bias, a, tail)),
      quantile_of_sorted(values, RD_RESAMPLES, corrected(bias, a, 1 - tail)),
  };
}

/* ---- signed ranks ---------------------------------------------------------------------------- */

typedef struct {
  double size;
  bool positive;
  unsigned twice_rank; /* ranks of ties are halves */
} Signed;

static int by_size(const void *a, const void *b) {
  double x = ((const Signed *)a)->size, y = ((const Signed *)b)->size;
  return (x > y) - (x < y);
}

static size_t rank_differences(const double *differences, size_t n, Signed *ret) {
  size_t kept = 0;
  for (size_t i = 0; i < n; i++)
    if (differences[i] != 0 && !isnan(differences[i]))
      ret[kept++] = (Signed){fabs(differences[i]), differences[i] > 0, 0};
  qsort(ret, kept, sizeof *ret, by_size);
  for (size_t i = 0; i < kept;) {
    size_t end = i;
    while (end < kept && ret[end].size == ret[i].size)
      end++;
    for (size_t k = i; k < end; k++)
      ret[k].twice_rank = (unsigned)(i + 1 + end);
    i = end;
  }
  return kept;
}

/* P(W <= w) by counting sign patterns a rank at a time. */
static double exact_tail(const Signed *s, size_t n, unsigned twice_w) {
  unsigned most = (unsigned)(n * (n + 1));
  g_autofree double *chance = g_new0(double, most + 1);
  chance[0] = 1;
  for (size_t i = 0; i < n; i++)
    for (unsigned sum = most + 1; sum-- > 0;) {
      double with = sum >= s[i].twice_rank ? chance[sum - s[i].twice_rank] : 0;
      chance[sum] = (chance[sum] + with) / 2;
    }
  double tail = 0;
  for (unsigned sum = 0; sum <= twice_w; sum++)
    tail += chance[sum];
  return tail;
}

static double normal_tail(const Signed *s, size_t n, double w) {
  double count = (double)n, variance = 0;
  for (size_t i = 0; i < n; i++)
    variance += (double)s[i].twice_rank * s[i].twice_rank / 16; /* sum of rank squared, over 4 */
  return gsl_cdf_ugaussian_P((w + 0.5 - count * (count + 1) / 4) / sqrt(variance));
}

double rd_stat_wilcoxon(const double *differences, size_t n) {
  g_autofree Signed *ranks = g_new0(Signed, n + 1);
  size_t kept = rank_differences(differences, n, ranks);
  if (!kept)
    return NAN;
  unsigned up = 0, down = 0;
  for (size_t i = 0; i < kept; i++)
    *(ranks[i].positive ? &up : &down) += ranks[i].twice_rank;
  unsigned least = MIN(up, down);
  double tail = kept <= EXACT_WILCOXON ? exact_tail(ranks, kept, least)
                                       : normal_tail(ranks, kept, (double)least / 2);
  return MIN(1, 2 * tail);
}

/* ---- many tests, effect sizes, survival, shares ---------------------------------------------- */

void rd_stat_holm(const double *p, size_t n, double *ret) {
  size_t left = 0;
  double floor = 0;
  for (size_t i = 0; i < n; i++) {
    ret[i] = NAN;
    left += !isnan(p[i]);
  }
  for (; left; left--) {
    size_t best = n;
    for (size_t i = 0; i < n; i++)
      if (!isnan(p[i]) && isnan(ret[i]) && (best == n || p[i] < p[best]))
        best = i;
    floor = MAX(floor, MIN(1, (double)left * p[best]));
    ret[best] = floor;
  }
}

double rd_stat_cliff_delta(const double *x, size_t n, const double *y, size_t m) {
  double more = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < m; k++)
      more += (x[i] > y[k]) - (x[i] < y[k]);
  return n && m ? more / ((double)n * (double)m) : NAN;
}

/* A step of the curve of survival. */
typedef struct {
  double time, left; /* share that is left after it */
  double variance; /* Greenwood's sum: that of log(left) */
} Step;

/* The distinct times of events in order; those watched till then are at risk. Returns how many. */
static size_t survival(const double *times, const bool *observed, size_t n, Step *steps) {
  g_autofree double *order = sorted(times, n);
  Step now = {.left = 1};
  size_t kept = 0;
  for (size_t i = 0; i < n; i++) {
    if (i && order[i] == order[i - 1])
      continue;
    double events = 0, at_risk = (double)(n - i);
    for (size_t k = 0; k < n; k++)
      events += observed[k] && times[k] == order[i];
    if (!(events > 0))
      continue;
    now.time = order[i];
    now.left *= 1 - events / at_risk;
    now.variance += events / (at_risk * (at_risk - events)); /* infinite with the last of them */
    steps[kept++] = now;
  }
  return kept;
}

#define HALF (0.5 + 1e-12) /* products of fractions are not exact */

double rd_stat_kaplan_meier_median(const double *times, const bool *observed, size_t n) {
  g_autofree Step *steps = g_new(Step, n + 1);
  const size_t kept = survival(times, observed, n, steps);
  for (size_t i = 0; i < kept; i++)
    if (steps[i].left <= HALF)
      return steps[i].time;
  return NAN;
}

/* Standard errors by which log(-log(left)) lies above that of a half; NaN where nobody is left. */
static double beyond_half(const Step *s) {
  const double log_left = log(s->left);
  return s->left > 0 ? (log(-log_left) - log(-log(0.5))) * -log_left / sqrt(s->variance) : NAN;
}

RdInterval rd_stat_kaplan_meier_interval(const double *times, const bool *observed, size_t n,
                                         double confidence) {
  const double z = gsl_cdf_ugaussian_Qinv((1 - confidence) / 2);
  g_autofree Step *steps = g_new(Step, n + 1);
  const size_t kept = survival(times, observed, n, steps);
  RdInterval interval = {INFINITY, INFINITY};
  for (size_t i = kept; i-- > 0;) {
    const double beyond = beyond_half(&steps[i]);
    if (!(beyond < -z)) /* NaN: the last step is not below the median */
      interval.low = steps[i].time;
    if (beyond > z)
      interval.high = steps[i].time;
  }
  return interval;
}

RdInterval rd_stat_wilson(size_t k, size_t n, double confidence) {
  if (!n)
    return undefined;
  double z = gsl_cdf_ugaussian_Qinv((1 - confidence) / 2), count = (double)n;
  double p = (double)k / count, z2 = z * z;
  double centre = (p + z2 / (2 * count)) / (1 + z2 / count);
  double half = z / (1 + z2 / count) * sqrt(p * (1 - p) / count + z2 / (4 * count * count));
  return (RdInterval){k ? MAX(0, centre - half) : 0, k < n ? MIN(1, centre + half) : 1};
}

RdSummary rd_stat_summary(const double *x, size_t n, RdBounds bounds) {
  g_autofree double *defined = g_new(double, n + 1);
  size_t kept = rd_stat_defined(x, n, defined);
  RdInterval interval = kept < RD_BOOTSTRAP_FROM
                            ? rd_stat_t_interval(defined, kept, bounds, RD_CONFIDENCE)
                            : rd_stat_bca(defined, kept, rd_stat_mean, RD_CONFIDENCE);
  return (RdSummary){kept, rd_stat_mean(defined, kept), rd_stat_sd(defined, kept),
                     rd_stat_median(defined, kept), interval};
}

RdPaired rd_stat_paired(const double *x, const double *y, size_t n, RdBounds bounds) {
  const double width = bounds.most - bounds.least;
  g_autofree double *differences = g_new(double, n + 1);
  g_autofree double *left = g_new(double, n + 1);
  g_autofree double *right = g_new(double, n + 1);
  size_t pairs = rd_stat_differences(x, y, n, differences), ranked = 0;
  size_t n_left = rd_stat_defined(x, n, left), n_right = rd_stat_defined(y, n, right);
  for (size_t i = 0; i < pairs; i++)
    ranked += differences[i] != 0;
  return (RdPaired){rd_stat_summary(differences, pairs, (RdBounds){-width, width}),
                    rd_stat_wilcoxon(differences, pairs), ranked,
                    rd_stat_cliff_delta(left, n_left, right, n_right)};
}
