/* measure.h - distance of two distributions, entropy of one, decay in time. Pure; the same bits on every
 * machine (own logarithm, IEEE sqrt). */
#pragma once

#include "redoubt/base.h"

/* Squared Hellinger distance of two vectors of weights, each taken as a share of its own sum:
 * 1/2 sum (sqrt p - sqrt q)^2, in [0, 1]. NaN if a sum is 0. Weights are not negative. */
double rd_hellinger(const double *p, const double *q, size_t n);

/* Shannon entropy of counts in bits, in [0, log2 n]. NaN if all are 0. */
double rd_entropy(const uint32_t *counts, size_t n);

/* 2^-x for x >= 0, to 12 binary digits of x; 0 past 64. */
double rd_half_to(double x);
