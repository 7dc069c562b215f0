#include "defenses/sketch3d-hd/known.h"

enum { HASHES = 4 };

void known_open(Known *k, uint32_t cells) {
  rd_bloom_open(&k->waiting, cells, HASHES);
  rd_bloom_open(&k->age[0], cells, HASHES);
  rd_bloom_open(&k->age[1], cells, HASHES);
}

void known_close(Known *k) {
  rd_bloom_close(&k->waiting);
  rd_bloom_close(&k->age[0]);
  rd_bloom_close(&k->age[1]);
}

bool known_has(const Known *k, uint64_t key) {
  return rd_bloom_has(&k->age[0], key) || rd_bloom_has(&k->age[1], key);
}

void known_served(Known *k, uint64_t key) {
  if (!rd_bloom_has(&k->age[0], key) && !rd_bloom_has(&k->waiting, key))
    rd_bloom_put(&k->waiting, key);
}

void known_settle(Known *k) {
  if (k->waiting.keys == 0)
    return;
  for (uint32_t i = 0; i < k->waiting.cells; i++)
    if (k->waiting.counts[i] > 0)
      k->age[0].counts[i] = 1;
  k->age[0].keys += k->waiting.keys;
  rd_bloom_clear(&k->waiting);
}

void known_discard(Known *k) {
  if (k->waiting.keys > 0)
    rd_bloom_clear(&k->waiting);
}

void known_next_age(Known *k) {
  const RdBloom spare = k->age[1];
  k->age[1] = k->age[0];
  k->age[0] = spare;
  rd_bloom_clear(&k->age[0]);
}

uint64_t known_bytes(const Known *k) {
  return 3 * rd_bloom_bytes(&k->waiting);
}
