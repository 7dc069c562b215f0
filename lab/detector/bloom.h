/* bloom.h - Bloom filters: one that counts, and one whose values decay in time. Pure.
 *
 * Keys go in as a 64-bit keyed hash, as for sketches. A filter of `cells` cells and `hashes` hashes that
 * holds n keys takes a key it never saw for one of its own with probability about
 * (1 - e^(-hashes n / cells))^hashes. All memory is taken at the start. */
#pragma once

#include "redoubt/base.h"

/* A counting filter: keys can be taken out again. Counters stop at 65,535 and then
 * stay, as what went in is not known any more. */
typedef struct {
  uint32_t cells, hashes; /* cells: a power of two */
  uint32_t keys; /* put in and not taken out */
  uint16_t *counts;
} RdBloom;

void rd_bloom_open(RdBloom *b, uint32_t cells, uint32_t hashes);
void rd_bloom_close(RdBloom *b);
void rd_bloom_clear(RdBloom *b);
bool rd_bloom_has(const RdBloom *b, uint64_t key);
void rd_bloom_put(RdBloom *b, uint64_t key);
void rd_bloom_take(RdBloom *b, uint64_t key); /* nothing if it is not in there */
static inline uint64_t rd_bloom_bytes(const RdBloom *b) {
  return (uint64_t)b->cells * sizeof *b->counts;
}

/* A filter of sums that halve in `half` of time, each cell by its own clock when it is touched: no sweep
 * (the on-demand time-decaying filter of Bianchi, d'Heureuse and Niccolini 2011). */
typedef struct {
  uint32_t cells, hashes;
  RdTime half;
  struct RdDecayingCell {
    double value;
    RdTime at;
  } * at;
} RdDecaying;

void rd_decaying_open(RdDecaying *d, uint32_t cells, uint32_t hashes, RdTime half);
void rd_decaying_close(RdDecaying *d);
/* The value of a key now: never less than what it truly has. */
double rd_decaying_read(const RdDecaying *d, uint64_t key, RdTime now);
/* Adds, and returns the value. Only cells below the new value are raised to it, so keys that share a
 * cell do not add up. */
double rd_decaying_add(RdDecaying *d, uint64_t key, double amount, RdTime now);
static inline uint64_t rd_decaying_bytes(const RdDecaying *d) {
  return (uint64_t)d->cells * sizeof *d->at;
}
