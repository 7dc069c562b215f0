/* memory.h - running out of memory, the one rule of parts and of what they link.
 *
 * It ends the process, as GLib's g_new() does: no part could go on, and a node that limps is no result.
 * A world is a process of its own, so that costs one trial. What comes from outside is bounded before
 * anything is allocated for it. */
#pragma once

#include <stdlib.h>
#include <string.h>

/* Zeroed; never NULL. */
static inline void *rd_alloc(size_t size) {
  void *p = calloc(1, size > 0 ? size : 1);
  if (!p)
    abort();
  return p;
}

/* A copy of `size` octets; never NULL. Nothing is zeroed first. */
static inline void *rd_alloc_copy(const void *from, size_t size) {
  void *p = malloc(size > 0 ? size : 1);
  if (!p)
    abort();
  if (size > 0)
    memcpy(p, from, size);
  return p;
}
