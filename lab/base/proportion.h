/* proportion.h - 95 % intervals of shares and of their differences, each within the range that the
 * quantity can have. Pure, and without libm, so that a part may use it.
 *
 * Score intervals: they stay in range by what they are, nothing is cut off. Sources: Wilson 1927;
 * Tango 1998 (Statistics in Medicine 17, 891-908); Newcombe 1998 (17, 873-890, his method 10). */
#pragma once

#include <stdint.h>

typedef struct {
  double low, high; /* NaN, NaN: undefined */
} RdRange;

/* k of n; undefined for n == 0. Within [0, 1]. */
RdRange rd_share_range(uint64_t k, uint64_t n);

/* (lost - gained) / n, where each of n cases was tried twice: `lost` came out well the first time
 * only, `gained` the second time only, the others alike. Tango's score interval, within [-1, 1]. It
 * has a width even if lost and gained are 0. Undefined for n == 0. */
RdRange rd_paired_range(uint64_t lost, uint64_t gained, uint64_t n);

/* k / n - l / m of two groups that have no case in common; undefined if one is empty. Within
 * [-1, 1]. */
RdRange rd_difference_range(uint64_t k, uint64_t n, uint64_t l, uint64_t m);
