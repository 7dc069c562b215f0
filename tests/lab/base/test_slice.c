/* Questions about text inside a buffer. */
#include "lab/base/slice.h"
#include "tests/check_main.h"

START_TEST(compares) {
  ck_assert(rd_slice_is(rd_slice("abc"), "abc"));
  ck_assert(!rd_slice_is(rd_slice("abc"), "abd"));
  ck_assert(!rd_slice_is(rd_slice("ab"), "abc"));
  ck_assert(rd_slice_is((RdSlice){0}, ""));
  ck_assert(rd_slice_is_nocase(rd_slice("aBc-1"), "AbC-1"));
  ck_assert(!rd_slice_is_nocase(rd_slice("a["), "a{"));
  ck_assert(rd_slice_starts_nocase(rd_slice("SIPS:x"), "sip"));
  ck_assert(!rd_slice_starts_nocase(rd_slice("si"), "sip"));
  ck_assert(rd_slice_equal(rd_slice_of("a\0b", 3), rd_slice_of("a\0b", 3)));
  ck_assert(!rd_slice_equal(rd_slice_of("a\0b", 3), rd_slice_of("a\0c", 3)));
}
END_TEST

START_TEST(trims) {
  RdSlice s = rd_slice_trim(rd_slice(" \t\r\n a b \r\n\t"));
  ck_assert(rd_slice_is(s, "a b"));
  s = rd_slice_trim(rd_slice(" \r\n "));
  ck_assert_uint_eq(s.len, 0);
  ck_assert_ptr_nonnull(s.at);
}
END_TEST

START_TEST(reads_numbers) {
  uint64_t n = 77;
  ck_assert(rd_slice_uint(rd_slice("18446744073709551615"), &n));
  ck_assert(n == UINT64_MAX);
  ck_assert(rd_slice_uint(rd_slice("0007"), &n));
  ck_assert_uint_eq(n, 7);
  static const char *const bad[] = {
      "", "18446744073709551616", "36893488147419103232", "-1", "+1", " 1", "1 ", "0x1", "1.0"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    ck_assert_msg(!rd_slice_uint(rd_slice(bad[i]), &n), "%s", bad[i]);
    ck_assert_uint_eq(n, 7);
  }
}
END_TEST

START_TEST(copies_cut_to_fit) {
  char text[4];
  ck_assert_uint_eq(rd_slice_copy(rd_slice("abcdef"), text, sizeof text), 3);
  ck_assert_str_eq(text, "abc");
  ck_assert_uint_eq(rd_slice_copy((RdSlice){0}, text, sizeof text), 0);
  ck_assert_str_eq(text, "");
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("slice");
  TCase *t = tcase_create("slice");
  tcase_add_test(t, compares);
  tcase_add_test(t, trims);
  tcase_add_test(t, reads_numbers);
  tcase_add_test(t, copies_cut_to_fit);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
