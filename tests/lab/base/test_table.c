/* The bounded table: what is in it, what gives way, and that it says so. */
#include <stdio.h>
#include <string.h>

#include "lab/base/table.h"
#include "tests/check_main.h"

static const uint64_t key[2] = {11, 22};

typedef struct {
  uint64_t sum;
  int calls;
} Gone;

static void note(void *value, void *user) {
  Gone *gone = user;
  gone->sum += *(uint64_t *)value;
  gone->calls++;
}

static uint64_t *put(RdTable *t, uint64_t k, uint64_t value) {
  uint64_t *v = rd_table_put(t, &k, sizeof k, NULL);
  *v = value;
  return v;
}

static bool has(RdTable *t, uint64_t k) {
  return rd_table_get(t, &k, sizeof k) != NULL;
}

START_TEST(puts_and_gets) {
  RdTable *t = rd_table_new(100, sizeof(uint64_t), key, NULL, NULL);
  bool added;
  uint64_t *v = rd_table_put(t, "a", 1, &added);
  ck_assert(added);
  ck_assert_uint_eq(*v, 0);
  *v = 5;
  ck_assert_ptr_eq(rd_table_put(t, "a", 1, &added), v);
  ck_assert(!added);
  ck_assert_ptr_eq(rd_table_get(t, "a", 1), v);
  ck_assert_ptr_null(rd_table_get(t, "b", 1));
  ck_assert_ptr_null(rd_table_get(t, "a\0", 2));
  ck_assert_uint_eq(rd_table_count(t), 1);
  ck_assert(rd_table_remove(t, "a", 1));
  ck_assert(!rd_table_remove(t, "a", 1));
  ck_assert_uint_eq(rd_table_count(t), 0);
  ck_assert_ptr_null(rd_table_oldest(t, NULL, NULL));
  rd_table_free(t);
}
END_TEST

START_TEST(the_least_recently_used_gives_way) {
  Gone gone = {0};
  RdTable *t = rd_table_new(3, sizeof(uint64_t), key, note, &gone);
  put(t, 1, 100);
  put(t, 2, 200);
  put(t, 3, 300);
  ck_assert(has(t, 1)); /* used: now 2 is the oldest */
  put(t, 4, 400);
  ck_assert_int_eq(gone.calls, 1);
  ck_assert_uint_eq(gone.sum, 200);
  ck_assert(!has(t, 2));
  ck_assert(has(t, 1) && has(t, 3) && has(t, 4));
  ck_assert_uint_eq(rd_table_evictions(t), 1);
  ck_assert_uint_eq(rd_table_count(t), 3);
  const void *oldest;
  size_t len;
  ck_assert_uint_eq(*(uint64_t *)rd_table_oldest(t, &oldest, &len), 100);
  ck_assert_uint_eq(len, sizeof(uint64_t));
  ck_assert_uint_eq(*(const uint64_t *)oldest, 1);
  rd_table_free(t);
}
END_TEST

START_TEST(never_outgrows_its_capacity) {
  Gone gone = {0};
  RdTable *t = rd_table_new(1000, sizeof(uint64_t), key, note, &gone);
  size_t bytes = 0;
  for (uint64_t i = 0; i < 50000; i++) {
    put(t, i, i);
    if (i == 999)
      bytes = rd_table_bytes(t);
  }
  ck_assert_uint_eq(rd_table_count(t), 1000);
  ck_assert_uint_eq(rd_table_evictions(t), 49000);
  ck_assert_int_eq(gone.calls, 49000);
  ck_assert_uint_eq(rd_table_bytes(t), bytes);
  for (uint64_t i = 49000; i < 50000; i++)
    ck_assert(has(t, i));
  ck_assert(!has(t, 48999));
  rd_table_free(t);
}
END_TEST

START_TEST(values_stay_where_they_are) {
  RdTable *t = rd_table_new(5000, sizeof(uint64_t), key, NULL, NULL);
  uint64_t *first = put(t, 0, 42);
  for (uint64_t i = 1; i < 5000; i++)
    put(t, i, i);
  ck_assert_uint_eq(*first, 42);
  uint64_t k = 0;
  ck_assert_ptr_eq(rd_table_get(t, &k, sizeof k), first);
  rd_table_free(t);
}
END_TEST

START_TEST(long_keys_are_told_apart) {
  char a[200], b[200];
  memset(a, 'x', sizeof a);
  memset(b, 'x', sizeof b);
  b[199] = 'y';
  RdTable *t = rd_table_new(10, sizeof(uint64_t), key, NULL, NULL);
  *(uint64_t *)rd_table_put(t, a, sizeof a, NULL) = 1;
  *(uint64_t *)rd_table_put(t, b, sizeof b, NULL) = 2;
  *(uint64_t *)rd_table_put(t, a, RD_TABLE_KEY, NULL) = 3;
  *(uint64_t *)rd_table_put(t, a, RD_TABLE_KEY + 1, NULL) = 4;
  ck_assert_uint_eq(rd_table_count(t), 4);
  ck_assert_uint_eq(*(uint64_t *)rd_table_get(t, a, sizeof a), 1);
  ck_assert_uint_eq(*(uint64_t *)rd_table_get(t, b, sizeof b), 2);
  ck_assert_uint_eq(*(uint64_t *)rd_table_get(t, a, RD_TABLE_KEY), 3);
  ck_assert(rd_table_remove(t, b, sizeof b));
  ck_assert_ptr_null(rd_table_get(t, b, sizeof b));
  rd_table_free(t);
}
END_TEST

START_TEST(a_capacity_of_nothing_is_one) {
  RdTable *t = rd_table_new(0, 0, key, NULL, NULL);
  rd_table_put(t, "a", 1, NULL);
  rd_table_put(t, "b", 1, NULL);
  ck_assert_uint_eq(rd_table_count(t), 1);
  ck_assert_ptr_null(rd_table_get(t, "a", 1));
  rd_table_free(t);
  rd_table_free(NULL);
}
END_TEST

static int gone_sum;

static void on_gone(void *value) {
  gone_sum += *(int *)value;
}

/* Evicted, removed, or there at the end: each is told of once. */
START_TEST(an_owner_hears_of_all_that_goes) {
  RdTable *t = rd_table_new(3, sizeof(int), key, NULL, NULL);
  rd_table_own(t, on_gone);
  gone_sum = 0;
  for (int i = 0; i < 4; i++)
    *(int *)rd_table_put(t, &i, sizeof i, NULL) = 1 << i;
  ck_assert_int_eq(gone_sum, 1);
  const int second = 1;
  ck_assert(rd_table_remove(t, &second, sizeof second));
  ck_assert(!rd_table_remove(t, &second, sizeof second));
  ck_assert_int_eq(gone_sum, 1 + 2);
  rd_table_free(t);
  ck_assert_int_eq(gone_sum, 1 + 2 + 4 + 8);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("table");
  TCase *t = tcase_create("table");
  tcase_add_test(t, puts_and_gets);
  tcase_add_test(t, the_least_recently_used_gives_way);
  tcase_add_test(t, never_outgrows_its_capacity);
  tcase_add_test(t, values_stay_where_they_are);
  tcase_add_test(t, long_keys_are_told_apart);
  tcase_add_test(t, a_capacity_of_nothing_is_one);
  tcase_add_test(t, an_owner_hears_of_all_that_goes);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
