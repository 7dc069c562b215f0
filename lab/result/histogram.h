/* histogram.h - counts durations in buckets of bounded relative error (HDR style). Pure.
 *
 * 64 linear sub-buckets an octave: a quantile is off by less than 1.6 %. Fixed size, mergeable. */
#pragma once

#include "redoubt/base.h"

typedef struct RdHistogram RdHistogram;
RdHistogram *rd_histogram_new(void);
void rd_histogram_add(RdHistogram *h, RdTime value); /* negative counts as 0 */
void rd_histogram_add_times(RdHistogram *h, RdTime value, uint64_t times); /* the same so often */
void rd_histogram_merge(RdHistogram *into, const RdHistogram *from);
uint64_t rd_histogram_count(const RdHistogram *h);
RdTime rd_histogram_sum(const RdHistogram *h);
/* The smallest bucket midpoint with at least q of the values at or below; -1 if empty. */
RdTime rd_histogram_quantile(const RdHistogram *h, double q);
RdTime rd_histogram_max(const RdHistogram *h); /* exact; -1 if empty */
void rd_histogram_free(RdHistogram *h); /* NULL is fine */
