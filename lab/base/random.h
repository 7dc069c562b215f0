/* random.h - numbers that are functions of their key, and distributions without libm.
 *
 * rd_random() keeps no state: the same key always gives the same number, so nobody's draw moves
 * anybody else's. Distributions use integer and basic IEEE arithmetic only: the same bits on every
 * machine. Pure. */
#pragma once

#include "redoubt/base.h"

/* SipHash-2-4 of bytes under a 128-bit key. Also the keyed hash of tables. */
uint64_t rd_siphash(const uint64_t key[2], const void *bytes, size_t len);

/* Mixes the words into one number; order matters. Good enough to draw from, not a MAC. */
uint64_t rd_mix(uint64_t a, uint64_t b);

/* The draw behind RdHost.random: stream names an instance under a seed. */
uint64_t rd_stream(uint64_t seed, const char *name);
uint64_t rd_random(uint64_t stream, uint64_t entity, uint32_t purpose, uint64_t index);

double rd_unit(uint64_t bits); /* in [0, 1) */
uint64_t rd_below(uint64_t bits, uint64_t bound); /* in [0, bound); bound > 0 */
double rd_exponential(uint64_t bits, double mean); /* > 0 */
double rd_log(double x); /* natural logarithm of x > 0, own: same bits everywhere; error < 1e-14 */
