#include "lab/drive/sim/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__GLIBC__) && defined(MADV_HUGEPAGE)

#define HUGE_PAGE ((uintptr_t)2 << 20)
enum { RANGE = 1 << 30, STEP = 16 << 20, LONGEST = 32 << 20 };

/* glibc's malloc takes so much more than it is asked for when it next extends the heap. */
static void extend(int by) {
  mallopt(M_TOP_PAD, by);
  void *volatile p = malloc(LONGEST / 2); /* volatile: or the compiler drops the pair */
  free(p);
  mallopt(M_TOP_PAD, STEP);
}

void rd_sim_heap_prepare(void) {
  const uintptr_t from = ((uintptr_t)sbrk(0) + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
  mallopt(M_TRIM_THRESHOLD, INT32_MAX);
  mallopt(M_MMAP_THRESHOLD, LONGEST);
  extend(RANGE);
  const uintptr_t to = (uintptr_t)sbrk(0) & ~(HUGE_PAGE - 1);
  if (to > from)
    madvise((void *)from, to - from, MADV_HUGEPAGE);
}

#else

void rd_sim_heap_prepare(void) {}

#endif
