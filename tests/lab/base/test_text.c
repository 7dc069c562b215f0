/* Appending never overruns, and says when it would have. */
#include <string.h>

#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "tests/check_main.h"

START_TEST(appends) {
  char room[64];
  RdText t = rd_text(room, sizeof room);
  rd_text_add(&t, "a=");
  rd_text_uint(&t, 0);
  rd_text_char(&t, ',');
  rd_text_uint(&t, UINT64_MAX);
  rd_text_char(&t, ',');
  rd_text_hex(&t, 0xbeef, 6);
  rd_text_slice(&t, rd_slice_of("xyz", 2));
  rd_text_slice(&t, (RdSlice){0});
  ck_assert_str_eq(room, "a=0,18446744073709551615,00beefxy");
  ck_assert_uint_eq(t.len, strlen(room));
  ck_assert(!t.full);
}
END_TEST

START_TEST(stops_at_the_end) {
  char room[8];
  memset(room, '#', sizeof room);
  RdText t = rd_text(room, 5);
  rd_text_add(&t, "abcd");
  ck_assert(!t.full);
  rd_text_add(&t, "");
  ck_assert(!t.full);
  rd_text_add(&t, "e");
  ck_assert(t.full);
  rd_text_uint(&t, 5);
  ck_assert_str_eq(room, "abcd");
  ck_assert_uint_eq(t.len, 4);
  ck_assert_int_eq(room[5], '#');
  t = rd_text(room, 5);
  rd_text_add(&t, "abcdef");
  ck_assert_str_eq(room, "abcd");
  ck_assert(t.full);
}
END_TEST

static Suite *make(void) {
  Suite *suite = suite_create("text");
  TCase *t = tcase_create("text");
  tcase_add_test(t, appends);
  tcase_add_test(t, stops_at_the_end);
  suite_add_tcase(suite, t);
  return suite;
}

int main(void) {
  return rd_check_main(make);
}
