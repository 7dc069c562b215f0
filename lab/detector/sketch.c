#include "lab/detector/sketch.h"

#include "lab/base/memory.h"
#include "lab/base/random.h"

void rd_sketch_open(RdSketch *s, uint32_t rows, uint32_t cells) {
  uint32_t power = 1;
  while (power < cells && power < 1U << 30)
    power *= 2;
  *s = (RdSketch){.rows = rows < RD_SKETCH_ROWS_MOST ? rows : RD_SKETCH_ROWS_MOST, .cells = power};
  s->counts = rd_alloc((size_t)s->rows * power * sizeof *s->counts);
}

void rd_sketch_close(RdSketch *s) {
  free(s->counts);
  s->counts = NULL;
}

void rd_sketch_clear(RdSketch *s) {
  memset(s->counts, 0, (size_t)s->rows * s->cells * sizeof *s->counts);
  s->total = 0;
}

uint32_t rd_sketch_cell(const RdSketch *s, uint32_t row, uint64_t key) {
  return row * s->cells + (uint32_t)(rd_mix(key, row) & (s->cells - 1));
}

uint32_t rd_sketch_estimate(const RdSketch *s, uint64_t key) {
  uint32_t least = UINT32_MAX;
  for (uint32_t row = 0; row < s->rows; row++) {
    const uint32_t count = s->counts[rd_sketch_cell(s, row, key)];
    least = count < least ? count : least;
  }
  return least;
}

uint32_t rd_sketch_add(RdSketch *s, uint64_t key, bool conservative) {
  uint32_t cells[RD_SKETCH_ROWS_MOST], before = UINT32_MAX, least = UINT32_MAX;
  for (uint32_t row = 0; row < s->rows; row++) {
    cells[row] = rd_sketch_cell(s, row, key);
    const uint32_t count = s->counts[cells[row]];
    if (conservative && count < before)
      before = count;
  }
  for (uint32_t row = 0; row < s->rows; row++) {
    uint32_t *count = &s->counts[cells[row]];
    if (*count <= before && *count < UINT32_MAX)
      ++*count;
    least = *count < least ? *count : least;
  }
  s->total++;
  return least;
}
