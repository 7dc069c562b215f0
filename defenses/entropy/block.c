#include "defenses/entropy/block.h"

#include <string.h>

#include "lab/detector/measure.h"

void block_clear(BlockCounts *b) {
  memset(b, 0, sizeof *b);
}

void block_count(BlockCounts *b, uint64_t value) {
  const uint64_t key = value ? value : 1;
  uint32_t at = (uint32_t)(key & (2 * BLOCK_MOST - 1));
  while (b->count[at] > 0 && b->key[at] != key)
    at = (at + 1) & (2 * BLOCK_MOST - 1);
  b->key[at] = key;
  b->count[at]++;
}

double block_entropy(const BlockCounts *b) {
  return rd_entropy(b->count, 2 * BLOCK_MOST);
}
