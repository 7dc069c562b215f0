/* block.h - how often each value came among the last so many messages, and the entropy of that. Pure. */
#pragma once

#include "redoubt/base.h"

#define BLOCK_MOST 256 /* messages in a block */

typedef struct {
  uint64_t key[2 * BLOCK_MOST]; /* open addressing; no value is 0 */
  uint32_t count[2 * BLOCK_MOST];
} BlockCounts;

void block_clear(BlockCounts *b);
/* Counts a value given as a keyed hash. At most BLOCK_MOST between two clears. */
void block_count(BlockCounts *b, uint64_t value);
double block_entropy(const BlockCounts *b); /* bits; NaN of an empty one */
