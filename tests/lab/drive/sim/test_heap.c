/* The heap of a trial is one range in large steps, and stays as large as it was. */
#include <string.h>
#include <unistd.h>

#include "lab/drive/sim/heap.h"
#include "tests/check_main.h"

#if defined(__SANITIZE_ADDRESS__)
#define REPLACED 1 /* malloc is the sanitizer's, and no heap grows */
#else
#define REPLACED 0
#endif

enum { BLOCKS = 64, BLOCK = 1 << 20 };

START_TEST(freed_memory_stays) {
  char *blocks[BLOCKS];
  rd_sim_heap_prepare();
  const char *end = sbrk(0);
  for (int i = 0; i < BLOCKS; i++) {
    blocks[i] = malloc(BLOCK);
    ck_assert_ptr_nonnull(blocks[i]);
    memset(blocks[i], i, BLOCK);
    if (!REPLACED) /* below the end that the heap had, not in a map of its own */
      ck_assert(blocks[i] + BLOCK <= end && blocks[i] >= end - ((size_t)2 << 30));
  }
  for (int i = 0; i < BLOCKS; i++) {
    ck_assert_int_eq(blocks[i][BLOCK - 1], i);
    free(blocks[i]);
  }
  ck_assert_ptr_eq(sbrk(0), end);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("heap");
  TCase *t = tcase_create("heap");
  tcase_add_test(t, freed_memory_stays);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
