/* sketch.h - counts over keys in fixed memory: the Count-Min sketch.
 *
 * `rows` rows of `cells` counters; a key is counted in one cell of each row. An estimate is never too
 * small; it is too large by more than e/cells of all that was counted with a probability of at most
 * e^-rows. Keys go in as a 64-bit hash made with a key nobody knows (rd_siphash), so nobody can aim at a
 * cell; each row takes other bits of it. All memory is taken at the start. Pure. */
#pragma once

#include "redoubt/base.h"

#define RD_SKETCH_ROWS_MOST 16

typedef struct {
  uint32_t rows, cells; /* cells: a power of two */
  uint64_t total; /* counted since the last clear */
  uint32_t *counts; /* rows x cells */
} RdSketch;

/* `cells` is rounded up to a power of two; rows past RD_SKETCH_ROWS_MOST are not made. */
void rd_sketch_open(RdSketch *s, uint32_t rows, uint32_t cells);
void rd_sketch_close(RdSketch *s);
void rd_sketch_clear(RdSketch *s);
/* Index into counts of the cell of a key in a row. */
uint32_t rd_sketch_cell(const RdSketch *s, uint32_t row, uint64_t key);
/* Counts it, and returns the estimate. With `conservative`, only the cells that hold the estimate are
 * raised: closer from above, but rows are no longer sums of what came. */
uint32_t rd_sketch_add(RdSketch *s, uint64_t key, bool conservative);
uint32_t rd_sketch_estimate(const RdSketch *s, uint64_t key);
static inline uint64_t rd_sketch_bytes(const RdSketch *s) {
  return (uint64_t)s->rows * s->cells * sizeof *s->counts;
}
