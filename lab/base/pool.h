/* pool.h - memory blocks of a few sizes, taken and given back often. Pure.
 *
 * A block given back is the next one taken of its size, while the cache still holds it. Sizes are rounded up
 * to 64 octets; blocks of more than 2 KiB are malloc's own. Nothing goes back to the system before the pool
 * does: what a pool holds is bounded by what its owner ever held at once, a size at a time. Under
 * AddressSanitizer every block is malloc's, so that use after the end is seen. */
#pragma once

#include <stddef.h>

#define RD_POOL_GRAIN 64
#define RD_POOL_SIZES 32

typedef struct RdPoolBlock RdPoolBlock;
typedef struct {
  RdPoolBlock *spare[RD_POOL_SIZES]; /* of (i + 1) * 64 octets */
  RdPoolBlock *chunks; /* all of them */
  char *fresh; /* of the newest chunk: never taken yet */
  size_t left;
} RdPool; /* zeroed: empty */

/* Undefined octets, aligned for anything; never NULL. */
void *rd_pool_take(RdPool *pool, size_t size);
/* `size`: as it was taken with. NULL is fine. */
void rd_pool_give(RdPool *pool, void *block, size_t size);
/* Whatever was not given back is gone, too; but for blocks that are malloc's own. */
void rd_pool_free(RdPool *pool);
