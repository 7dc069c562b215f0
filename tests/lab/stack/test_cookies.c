/* Blocks of one part share its timer() without knowing each other's cookies. */
#include <signal.h>

#include "lab/stack/cookies.h"
#include "tests/check_main.h"

static void fired(void *block, uint64_t own) {
  *(uint64_t *)block = own;
}

START_TEST(each_block_gets_its_own_back) {
  RdCookies cookies = {0};
  uint64_t got[RD_COOKIE_BLOCKS] = {0};
  RdCookieSpace spaces[RD_COOKIE_BLOCKS];
  for (unsigned i = RD_COOKIE_OWN; i < RD_COOKIE_BLOCKS; i++)
    spaces[i] = rd_cookies_claim(&cookies, fired, &got[i]);
  for (unsigned i = RD_COOKIE_OWN - 1; i > 0; i--)
    spaces[i] = rd_cookies_own(&cookies, i, fired, &got[i]);
  for (unsigned i = 1; i < RD_COOKIE_BLOCKS; i++) {
    const uint64_t own = (UINT64_C(1) << RD_COOKIE_BITS) - 1 - i;
    ck_assert(rd_cookies_fire(&cookies, rd_cookie(spaces[i], own)));
    for (unsigned k = 0; k < RD_COOKIE_BLOCKS; k++)
      ck_assert_uint_eq(got[k], k == i ? own : 0);
    got[i] = 0;
  }
}
END_TEST

/* However large what a block puts in, it never becomes another's. */
START_TEST(a_block_cannot_leave_its_space) {
  RdCookies cookies = {0};
  uint64_t one = 0, two = 0;
  RdCookieSpace first = rd_cookies_claim(&cookies, fired, &one);
  rd_cookies_claim(&cookies, fired, &two);
  ck_assert(rd_cookies_fire(&cookies, rd_cookie(first, UINT64_MAX)));
  ck_assert_uint_eq(one, (UINT64_C(1) << RD_COOKIE_BITS) - 1);
  ck_assert_uint_eq(two, 0);
}
END_TEST

/* Chance is keyed by it, so it is part of what a trial's bytes depend on. */
START_TEST(a_part_s_own_spaces_stay_where_they_are) {
  RdCookies cookies = {0};
  uint64_t got = 0;
  rd_cookies_claim(&cookies, fired, &got);
  ck_assert_uint_eq(rd_cookie(rd_cookies_own(&cookies, 6, fired, &got), 9), UINT64_C(6) << 56 | 9);
}
END_TEST

START_TEST(a_cookie_of_nobody_is_said) {
  RdCookies cookies = {0};
  uint64_t got = 0;
  ck_assert(!rd_cookies_fire(&cookies, 0));
  ck_assert(!rd_cookies_fire(&cookies, 42));
  ck_assert(!rd_cookies_fire(&cookies, UINT64_MAX));
  RdCookieSpace space = rd_cookies_claim(&cookies, fired, &got);
  ck_assert(!rd_cookies_fire(&cookies, rd_cookie(2 * space, 1)));
  ck_assert_uint_eq(got, 0);
}
END_TEST

/* Twice the same number, none, one of the blocks', and one block too many. */
START_TEST(mistakes_end_the_process) {
  RdCookies cookies = {0};
  uint64_t got;
  for (unsigned i = RD_COOKIE_OWN; _i == 3 && i < RD_COOKIE_BLOCKS; i++)
    rd_cookies_claim(&cookies, fired, &got);
  if (_i == 3)
    rd_cookies_claim(&cookies, fired, &got);
  rd_cookies_own(&cookies, 1, fired, &got);
  rd_cookies_own(&cookies, _i == 0 ? 1 : _i == 1 ? 0 : RD_COOKIE_OWN, fired, &got);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("cookies");
  TCase *c = tcase_create("cookies");
  suite_add_tcase(s, c);
  tcase_add_test(c, each_block_gets_its_own_back);
  tcase_add_test(c, a_block_cannot_leave_its_space);
  tcase_add_test(c, a_part_s_own_spaces_stay_where_they_are);
  tcase_add_test(c, a_cookie_of_nobody_is_said);
  for (int i = 0; i < 4; i++)
    tcase_add_loop_test_raise_signal(c, mistakes_end_the_process, SIGABRT, i, i + 1);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
