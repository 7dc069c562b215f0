#include "lab/base/pool.h"

#include "lab/base/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#define POOLS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POOLS 0
#endif
#endif
#ifndef POOLS
#define POOLS 1
#endif

#define CHUNK ((size_t)64 << 10)

struct RdPoolBlock {
  RdPoolBlock *next;
};

/* RD_POOL_SIZES and more: too large. */
static size_t size_class(size_t size) {
  return POOLS ? (size > 0 ? size - 1 : 0) / RD_POOL_GRAIN : RD_POOL_SIZES;
}

static void *large(size_t size) {
  void *p = malloc(size > 0 ? size : 1);
  if (!p)
    abort();
  return p;
}

/* What the last chunk has left is given to the lists, where it will be found. */
static void new_chunk(RdPool *pool) {
  while (pool->left >= RD_POOL_GRAIN) {
    const size_t most = (size_t)RD_POOL_GRAIN * RD_POOL_SIZES;
    const size_t n = pool->left < most ? pool->left : most;
    rd_pool_give(pool, pool->fresh, n);
    pool->fresh += n;
    pool->left -= n;
  }
  RdPoolBlock *chunk = large(CHUNK);
  chunk->next = pool->chunks;
  pool->chunks = chunk;
  pool->fresh = (char *)chunk + RD_POOL_GRAIN;
  pool->left = CHUNK - RD_POOL_GRAIN;
}

void *rd_pool_take(RdPool *pool, size_t size) {
  const size_t i = size_class(size);
  if (i >= RD_POOL_SIZES)
    return large(size);
  RdPoolBlock *block = pool->spare[i];
  if (block) {
    pool->spare[i] = block->next;
    return block;
  }
  const size_t whole = (i + 1) * RD_POOL_GRAIN;
  if (pool->left < whole)
    new_chunk(pool);
  void *fresh = pool->fresh;
  pool->fresh += whole;
  pool->left -= whole;
  return fresh;
}

void rd_pool_give(RdPool *pool, void *at, size_t size) {
  const size_t i = size_class(size);
  RdPoolBlock *block = at;
  if (!block)
    return;
  if (i >= RD_POOL_SIZES) {
    free(block);
    return;
  }
  block->next = pool->spare[i];
  pool->spare[i] = block;
}

void rd_pool_free(RdPool *pool) {
  for (RdPoolBlock *chunk = pool->chunks, *next; chunk; chunk = next) {
    next = chunk->next;
    free(chunk);
  }
  *pool = (RdPool){0};
}
