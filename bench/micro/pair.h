/* pair.h - compares two ways of doing the same work: A B A B in fresh processes, then medians.
 *
 * A measuring process prints its rate (work per second) as its only line. Alternating the two keeps
 * a machine's slow drifts out of the ratio; the ratio is the median of the pairs' ratios. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  const char *name; /* what the line of the table says */
  const char *arguments[2]; /* of `self`, for A and B */
} RdBenchPair;

/* Prints a line; 0, or 1 when a process failed. */
int rd_bench_pair(const char *self, const RdBenchPair *pair, int rounds);
/* Processor time of this process: the work has one thread, and other processes do not count. */
double rd_bench_seconds(void);

#ifdef __cplusplus
}
#endif
