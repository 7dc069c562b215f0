#include "lab/result/histogram.h"

#include <stdlib.h>

/* Values below 64 have a bucket each; above, an octave [2**e, 2**(e+1)) is cut in 64. */
#define SUB_BITS 6
#define SUBS (1u << SUB_BITS)
#define BUCKETS ((63 - SUB_BITS) * SUBS + SUBS)

struct RdHistogram {
  uint64_t count;
  RdTime sum, min, max;
  uint64_t bucket[BUCKETS];
};

RdHistogram *rd_histogram_new(void) {
  RdHistogram *h = calloc(1, sizeof *h);
  if (h) {
    h->min = INT64_MAX;
    h->max = -1;
  }
  return h;
}

static unsigned bucket_of(uint64_t value) {
  if (value < SUBS)
    return (unsigned)value;
  unsigned exponent = 63 - (unsigned)__builtin_clzll(value);
  unsigned shift = exponent - SUB_BITS;
  return (shift + 1) * SUBS + ((unsigned)(value >> shift) & (SUBS - 1));
}

static RdTime midpoint(unsigned bucket) {
  if (bucket < SUBS)
    return bucket;
  unsigned shift = bucket / SUBS - 1;
  uint64_t low = (uint64_t)(SUBS + bucket % SUBS) << shift;
  return (RdTime)(low + (((uint64_t)1 << shift) - 1) / 2);
}

static RdTime saturating_add(RdTime a, RdTime b) {
  RdTime sum;
  return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

void rd_histogram_add(RdHistogram *h, RdTime value) {
  rd_histogram_add_times(h, value, 1);
}

void rd_histogram_add_times(RdHistogram *h, RdTime value, uint64_t times) {
  if (value < 0)
    value = 0;
  if (times == 0)
    return;
  h->bucket[bucket_of((uint64_t)value)] += times;
  h->count += times;
  RdTime all;
  if (__builtin_mul_overflow(value, times, &all)) /* it stops at the end of its range */
    all = INT64_MAX;
  h->sum = saturating_add(h->sum, all);
  if (value < h->min)
    h->min = value;
  if (value > h->max)
    h->max = value;
}

void rd_histogram_merge(RdHistogram *into, const RdHistogram *from) {
  for (unsigned i = 0; i < BUCKETS; i++)
    into->bucket[i] += from->bucket[i];
  into->count += from->count;
  into->sum = saturating_add(into->sum, from->sum);
  if (from->min < into->min)
    into->min = from->min;
  if (from->max > into->max)
    into->max = from->max;
}

uint64_t rd_histogram_count(const RdHistogram *h) {
  return h->count;
}

RdTime rd_histogram_sum(const RdHistogram *h) {
  return h->sum;
}

static uint64_t rank_of(double q, uint64_t count) {
  if (!(q > 0))
    return 1;
  if (q >= 1)
    return count;
  double exact = q * (double)count;
  uint64_t rank = (uint64_t)exact;
  if ((double)rank < exact)
    rank++;
  return rank ? rank : 1;
}

RdTime rd_histogram_quantile(const RdHistogram *h, double q) {
  if (!h->count)
    return -1;
  uint64_t rank = rank_of(q, h->count), seen = 0;
  unsigned i = 0;
  for (; i < BUCKETS - 1; i++) {
    seen += h->bucket[i];
    if (seen >= rank)
      break;
  }
  RdTime value = midpoint(i);
  if (value < h->min)
    value = h->min;
  return value > h->max ? h->max : value;
}

RdTime rd_histogram_max(const RdHistogram *h) {
  return h->max;
}

void rd_histogram_free(RdHistogram *h) {
  free(h);
}
