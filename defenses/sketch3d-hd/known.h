/* known.h - callers that were served before, in fixed memory. Pure.
 *
 * Who is served becomes known only after a while (rotate), so that a flood which is answered does not make
 * its own callers known; and is forgotten after two ages without being served again. Two Bloom filters, one
 * an age, and one of those who wait. */
#pragma once

#include "lab/detector/bloom.h"

typedef struct {
  RdBloom waiting, age[2]; /* age[0] is the present one */
} Known;

void known_open(Known *k, uint32_t cells);
void known_close(Known *k);
bool known_has(const Known *k, uint64_t key);
void known_served(Known *k, uint64_t key); /* from the next settle on it is known */
void known_settle(Known *k); /* those who waited are known */
void known_discard(Known *k); /* those who waited are not */
void known_next_age(Known *k);
uint64_t known_bytes(const Known *k);
