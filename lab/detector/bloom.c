#include "lab/detector/bloom.h"

#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/detector/measure.h"

static uint32_t power_of_two(uint32_t least) {
  uint32_t power = 1;
  while (power < least && power < 1U << 30)
    power *= 2;
  return power;
}

static uint32_t cell_of(uint32_t cells, uint64_t key, uint32_t hash) {
  return (uint32_t)(rd_mix(key, hash) & (cells - 1));
}

void rd_bloom_open(RdBloom *b, uint32_t cells, uint32_t hashes) {
  *b = (RdBloom){.cells = power_of_two(cells), .hashes = hashes};
  b->counts = rd_alloc(b->cells * sizeof *b->counts);
}

void rd_bloom_close(RdBloom *b) {
  free(b->counts);
  b->counts = NULL;
}

void rd_bloom_clear(RdBloom *b) {
  memset(b->counts, 0, b->cells * sizeof *b->counts);
  b->keys = 0;
}

bool rd_bloom_has(const RdBloom *b, uint64_t key) {
  for (uint32_t i = 0; i < b->hashes; i++)
    if (b->counts[cell_of(b->cells, key, i)] == 0)
      return false;
  return true;
}

void rd_bloom_put(RdBloom *b, uint64_t key) {
  for (uint32_t i = 0; i < b->hashes; i++) {
    uint16_t *count = &b->counts[cell_of(b->cells, key, i)];
    if (*count < UINT16_MAX)
      ++*count;
  }
  b->keys++;
}

void rd_bloom_take(RdBloom *b, uint64_t key) {
  if (!rd_bloom_has(b, key))
    return;
  for (uint32_t i = 0; i < b->hashes; i++) {
    uint16_t *count = &b->counts[cell_of(b->cells, key, i)];
    if (*count > 0 && *count < UINT16_MAX)
      --*count;
  }
  if (b->keys > 0)
    b->keys--;
}

void rd_decaying_open(RdDecaying *d, uint32_t cells, uint32_t hashes, RdTime half) {
  *d = (RdDecaying){.cells = power_of_two(cells), .hashes = hashes, .half = half > 0 ? half : 1};
  d->at = rd_alloc(d->cells * sizeof *d->at);
}

void rd_decaying_close(RdDecaying *d) {
  free(d->at);
  d->at = NULL;
}

static double faded(const RdDecaying *d, const struct RdDecayingCell *cell, RdTime now) {
  if (now <= cell->at || cell->value == 0)
    return cell->value;
  return cell->value * rd_half_to((double)(now - cell->at) / (double)d->half);
}

double rd_decaying_read(const RdDecaying *d, uint64_t key, RdTime now) {
  double least = 0;
  for (uint32_t i = 0; i < d->hashes; i++) {
    const double value = faded(d, &d->at[cell_of(d->cells, key, i)], now);
    least = i == 0 || value < least ? value : least;
  }
  return least;
}

double rd_decaying_add(RdDecaying *d, uint64_t key, double amount, RdTime now) {
  const double value = rd_decaying_read(d, key, now) + amount;
  for (uint32_t i = 0; i < d->hashes; i++) {
    struct RdDecayingCell *cell = &d->at[cell_of(d->cells, key, i)];
    if (faded(d, cell, now) >= value)
      continue;
    cell->value = value;
    cell->at = now > cell->at ? now : cell->at;
  }
  return value;
}
