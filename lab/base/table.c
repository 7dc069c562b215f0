#include "lab/base/table.h"

#include <stdlib.h>
#include <string.h>

#include "lab/base/memory.h"
#include "lab/base/random.h"

typedef struct Entry Entry;
struct Entry {
  Entry *chain; /* next in the bucket */
  Entry *older, *newer; /* order of use */
  uint64_t hash;
  uint8_t key[RD_TABLE_KEY];
  uint8_t key_len;
  _Alignas(max_align_t) unsigned char value[];
};

struct RdTable {
  Entry **buckets;
  uint32_t n_buckets; /* a power of two */
  uint32_t capacity, count;
  uint32_t value_size;
  uint64_t evictions;
  uint64_t hash_key[2];
  Entry *oldest, *newest;
  void (*evicted)(void *value, void *user);
  void *user;
  void (*gone)(void *value);
};

RdTable *rd_table_new(uint32_t capacity, size_t value_size, const uint64_t key[2],
                      void (*evicted)(void *value, void *user), void *user) {
  RdTable *t = rd_alloc(sizeof *t);
  t->capacity = capacity > 0 ? capacity : 1;
  t->value_size = (uint32_t)value_size;
  t->hash_key[0] = key[0];
  t->hash_key[1] = key[1];
  t->evicted = evicted;
  t->user = user;
  t->n_buckets = 16;
  t->buckets = rd_alloc(t->n_buckets * sizeof *t->buckets);
  return t;
}

void rd_table_own(RdTable *t, void (*gone)(void *value)) {
  t->gone = gone;
}

static void unlink_use(RdTable *t, Entry *e) {
  *(e->older ? &e->older->newer : &t->oldest) = e->newer;
  *(e->newer ? &e->newer->older : &t->newest) = e->older;
}

static void link_newest(RdTable *t, Entry *e) {
  e->newer = NULL;
  e->older = t->newest;
  *(t->newest ? &t->newest->newer : &t->oldest) = e;
  t->newest = e;
}

static void grow(RdTable *t) {
  uint32_t n = t->n_buckets * 2;
  Entry **buckets = rd_alloc(n * sizeof *buckets);
  for (Entry *e = t->oldest; e; e = e->newer) {
    e->chain = buckets[e->hash & (n - 1)];
    buckets[e->hash & (n - 1)] = e;
  }
  free(t->buckets);
  t->buckets = buckets;
  t->n_buckets = n;
}

static void drop(RdTable *t, Entry *e) {
  Entry **at = &t->buckets[e->hash & (t->n_buckets - 1)];
  while (*at != e)
    at = &(*at)->chain;
  *at = e->chain;
  unlink_use(t, e);
  t->count--;
  if (t->gone)
    t->gone(e->value);
  free(e);
}

/* The key as stored: itself, or a 16-byte hash of a long one. */
static size_t fold_key(const RdTable *t, const void *key, size_t len, uint8_t ret[RD_TABLE_KEY]) {
  if (len <= RD_TABLE_KEY) {
    memcpy(ret, key, len);
    return len;
  }
  const uint64_t second[2] = {~t->hash_key[0], ~t->hash_key[1]};
  uint64_t halves[2] = {rd_siphash(t->hash_key, key, len), rd_siphash(second, key, len)};
  memcpy(ret, halves, sizeof halves);
  return sizeof halves;
}

static Entry *find(const RdTable *t, uint64_t hash, const uint8_t *key, size_t len) {
  for (Entry *e = t->buckets[hash & (t->n_buckets - 1)]; e; e = e->chain)
    if (e->hash == hash && e->key_len == len && memcmp(e->key, key, len) == 0)
      return e;
  return NULL;
}

void *rd_table_get(RdTable *t, const void *key, size_t len) {
  uint8_t folded[RD_TABLE_KEY];
  len = fold_key(t, key, len, folded);
  Entry *e = find(t, rd_siphash(t->hash_key, folded, len), folded, len);
  if (!e)
    return NULL;
  unlink_use(t, e);
  link_newest(t, e);
  return e->value;
}

void *rd_table_put(RdTable *t, const void *key, size_t len, bool *ret_added) {
  void *value = rd_table_get(t, key, len);
  if (ret_added)
    *ret_added = value == NULL;
  if (value)
    return value;
  if (t->count == t->capacity) {
    if (t->evicted)
      t->evicted(t->oldest->value, t->user);
    drop(t, t->oldest);
    t->evictions++;
  }
  if (t->count >= t->n_buckets)
    grow(t);
  Entry *e = rd_alloc(sizeof *e + t->value_size);
  e->key_len = (uint8_t)fold_key(t, key, len, e->key);
  e->hash = rd_siphash(t->hash_key, e->key, e->key_len);
  e->chain = t->buckets[e->hash & (t->n_buckets - 1)];
  t->buckets[e->hash & (t->n_buckets - 1)] = e;
  link_newest(t, e);
  t->count++;
  return e->value;
}

bool rd_table_remove(RdTable *t, const void *key, size_t len) {
  if (!rd_table_get(t, key, len))
    return false;
  drop(t, t->newest); /* get() has just made it the newest */
  return true;
}

uint32_t rd_table_count(const RdTable *t) {
  return t->count;
}

uint64_t rd_table_evictions(const RdTable *t) {
  return t->evictions;
}

size_t rd_table_bytes(const RdTable *t) {
  return sizeof *t + t->n_buckets * sizeof *t->buckets + t->count * (sizeof(Entry) + t->value_size);
}

void *rd_table_oldest(RdTable *t, const void **ret_key, size_t *ret_len) {
  if (!t->oldest)
    return NULL;
  if (ret_key)
    *ret_key = t->oldest->key;
  if (ret_len)
    *ret_len = t->oldest->key_len;
  return t->oldest->value;
}

void rd_table_free(RdTable *t) {
  if (!t)
    return;
  while (t->oldest)
    drop(t, t->oldest);
  free(t->buckets);
  free(t);
}
