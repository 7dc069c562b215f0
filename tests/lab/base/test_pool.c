#include <stdbool.h>
#include <string.h>

#include "lab/base/pool.h"
#include "tests/check_main.h"

enum { BLOCKS = 4000 };

/* Sizes on both sides of every step, and beyond the largest. */
static size_t size_of(unsigned i) {
  return i * 37 % 2600;
}

static bool holds(const unsigned char *block, size_t n, unsigned char what) {
  while (n > 0 && *block == what)
    block++, n--;
  return n == 0;
}

START_TEST(no_two_blocks_overlap) {
  static unsigned char *blocks[BLOCKS];
  RdPool pool = {0};
  for (unsigned round = 0; round < 3; round++) {
    for (unsigned i = 0; i < BLOCKS; i++) {
      blocks[i] = rd_pool_take(&pool, size_of(i));
      ck_assert_uint_eq((size_t)blocks[i] % _Alignof(max_align_t), 0);
      memset(blocks[i], (int)(i % 251), size_of(i));
    }
    for (unsigned i = 0; i < BLOCKS; i++)
      ck_assert(holds(blocks[i], size_of(i), (unsigned char)(i % 251)));
    for (unsigned i = 0; i < BLOCKS; i++)
      rd_pool_give(&pool, blocks[i], size_of(i));
  }
  rd_pool_free(&pool);
}
END_TEST

/* A pool that lives long does not grow by what it gives and takes. */
START_TEST(what_is_given_back_is_taken_again) {
  RdPool pool = {0};
  unsigned n = 0;
  for (unsigned i = 0; i < BLOCKS; i++)
    rd_pool_give(&pool, rd_pool_take(&pool, 100), 128); /* of one step */
  rd_pool_give(&pool, NULL, 100);
  for (const void *const *chunk = (const void *)pool.chunks; chunk; chunk = *chunk)
    n++;
  ck_assert_uint_le(n, 1);
  rd_pool_free(&pool);
  ck_assert_ptr_null(pool.chunks);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("pool");
  TCase *t = tcase_create("pool");
  tcase_add_test(t, no_two_blocks_overlap);
  tcase_add_test(t, what_is_given_back_is_taken_again);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
