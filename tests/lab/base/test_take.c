#include "lab/base/take.h"

#include <string.h>

#include "redoubt/host.h"
#include "tests/check_main.h"

/* One struct in three releases. */
typedef struct {
  uint32_t size;
  uint32_t a;
} First;

typedef struct {
  uint32_t size;
  uint32_t a;
  uint64_t b;
} Today;

typedef struct {
  uint32_t size;
  uint32_t a;
  uint64_t b;
  uint64_t c[4];
} Newer;

/* What must not shine through. */
static Today dirty(void) {
  Today t;
  memset(&t, 0xa5, sizeof t);
  return t;
}

START_TEST(a_struct_of_today_comes_whole) {
  const Today from = {sizeof from, 7, 9};
  Today to = dirty();
  ck_assert(rd_take(&to, sizeof to, sizeof(First), &from));
  ck_assert_uint_eq(to.size, sizeof(Today));
  ck_assert_uint_eq(to.a, 7);
  ck_assert_uint_eq(to.b, 9);
}
END_TEST

START_TEST(what_an_older_side_did_not_know_is_zero) {
  const First from = {sizeof from, 7}; /* nothing lies behind it: a longer read is an error */
  Today to = dirty();
  ck_assert(rd_take(&to, sizeof to, sizeof(First), &from));
  ck_assert_uint_eq(to.size, sizeof(Today));
  ck_assert_uint_eq(to.a, 7);
  ck_assert_uint_eq(to.b, 0);
}
END_TEST

START_TEST(what_a_newer_side_knows_more_is_left_out) {
  const Newer from = {sizeof from, 7, 9, {1, 2, 3, 4}};
  struct {
    Today to;
    uint64_t guard;
  } room = {dirty(), 42};
  ck_assert(rd_take(&room.to, sizeof room.to, sizeof(First), &from));
  ck_assert_uint_eq(room.to.size, sizeof(Today));
  ck_assert_uint_eq(room.to.b, 9);
  ck_assert_uint_eq(room.guard, 42);
}
END_TEST

/* Sizes that no release ever had are refused, and nothing of them is believed. */
START_TEST(less_than_the_first_release_is_refused) {
  for (uint32_t size = 0; size < sizeof(First); size++) {
    const Today from = {size, 7, 9};
    Today to = dirty();
    ck_assert(!rd_take(&to, sizeof to, sizeof(First), &from));
    ck_assert_uint_eq(to.size, 0);
    ck_assert_uint_eq(to.a, 0);
    ck_assert_uint_eq(to.b, 0);
  }
}
END_TEST

START_TEST(nothing_is_refused) {
  Today to = dirty();
  ck_assert(!rd_take(&to, sizeof to, sizeof(First), NULL));
  ck_assert_uint_eq(to.a, 0);
  ck_assert_uint_eq(to.b, 0);
}
END_TEST

/* A first size of 0, or room for not even a size, can take nothing. */
START_TEST(what_has_no_size_is_refused) {
  const Today from = {2, 7, 9};
  Today to = dirty();
  ck_assert(!rd_take(&to, sizeof to, 0, &from));
  uint16_t tiny = 0xa5a5;
  const Today whole = {sizeof whole, 7, 9};
  ck_assert(!rd_take(&tiny, sizeof tiny, sizeof(First), &whole));
  ck_assert_uint_eq(tiny, 0);
}
END_TEST

START_TEST(bytes_need_not_be_aligned) {
  const First from = {sizeof from, 7};
  unsigned char bytes[1 + sizeof from];
  memcpy(bytes + 1, &from, sizeof from);
  Today to = dirty();
  ck_assert(rd_take(&to, sizeof to, sizeof(First), bytes + 1));
  ck_assert_uint_eq(to.a, 7);
}
END_TEST

START_TEST(the_end_of_a_member_is_where_the_next_may_begin) {
  ck_assert_uint_eq(RD_END_OF(Today, a), sizeof(First));
  ck_assert_uint_eq(RD_END_OF(Today, b), sizeof(Today));
  ck_assert_uint_le(RD_END_OF(RdClaim, value), sizeof(RdClaim));
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("take");
  TCase *t = tcase_create("take");
  tcase_add_test(t, a_struct_of_today_comes_whole);
  tcase_add_test(t, what_an_older_side_did_not_know_is_zero);
  tcase_add_test(t, what_a_newer_side_knows_more_is_left_out);
  tcase_add_test(t, less_than_the_first_release_is_refused);
  tcase_add_test(t, nothing_is_refused);
  tcase_add_test(t, what_has_no_size_is_refused);
  tcase_add_test(t, bytes_need_not_be_aligned);
  tcase_add_test(t, the_end_of_a_member_is_where_the_next_may_begin);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
