/* table.h - a bounded hash table: per-source and per-identity state that cannot be filled up.
 *
 * Keyed by up to RD_TABLE_KEY bytes under SipHash, so an attacker cannot aim at one bucket. When
 * full, the entry used longest ago gives way (and is counted). Iteration is from the least to the
 * most recently used: never by pointer. Pure. */
#pragma once

#include "redoubt/base.h"

#define RD_TABLE_KEY 64

typedef struct RdTable RdTable;

/* Room for `capacity` entries (at least 1) of `value_size` zeroed bytes each; memory is taken as
 * entries come. `evicted` (may be NULL) is told of an entry before it gives way. */
RdTable *rd_table_new(uint32_t capacity, size_t value_size, const uint64_t key[2],
                      void (*evicted)(void *value, void *user), void *user);
/* From now on `gone` is told of every value that goes, by whatever way: to free what it owns. */
void rd_table_own(RdTable *t, void (*gone)(void *value));
/* The value of a key, made the most recently used; NULL if absent. */
void *rd_table_get(RdTable *t, const void *key, size_t len);
/* The same, added (zeroed) if absent. *ret_added may be NULL. Keys longer than RD_TABLE_KEY are
 * replaced by their 16-byte hash. Pointers to values stay valid until that entry goes. */
void *rd_table_put(RdTable *t, const void *key, size_t len, bool *ret_added);
bool rd_table_remove(RdTable *t, const void *key, size_t len);
uint32_t rd_table_count(const RdTable *t);
uint64_t rd_table_evictions(const RdTable *t);
size_t rd_table_bytes(const RdTable *t); /* memory in use */
/* Value of the least recently used entry, NULL if empty; key and len may be NULL. */
void *rd_table_oldest(RdTable *t, const void **ret_key, size_t *ret_len);
void rd_table_free(RdTable *t); /* NULL is fine */
