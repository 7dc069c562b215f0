/* The receive buffer of a socket, by hand. What a real one does: tests/validation/test_socket_buffer.c. */
#include "lab/drive/world/buffer.h"
#include "tests/check_main.h"

enum { RMEM_DEFAULT = 212992 };

/* 645 + 28 octets of headers + 31 in front are 704, and 320 behind make 1024. */
START_TEST(charges) {
  ck_assert_uint_eq(rd_buffer_charge(197, 4), 256 + 576);
  ck_assert_uint_eq(rd_buffer_charge(198, 4), 256 + 1024);
  ck_assert_uint_eq(rd_buffer_charge(645, 4), 256 + 1024);
  ck_assert_uint_eq(rd_buffer_charge(646, 4), 256 + 2048);
  ck_assert_uint_eq(rd_buffer_charge(1472, 4), 256 + 2048);
  ck_assert_uint_eq(rd_buffer_charge(632, 6), 256 + 1024);
  ck_assert_uint_eq(rd_buffer_charge(633, 6), 256 + 2048);
}
END_TEST

/* Fragments of 1480 octets of IP payload, the UDP header in the first; the last one smaller. */
START_TEST(fragments_are_charged_each) {
  ck_assert_uint_eq(rd_buffer_charge(1473, 4), 2304 + 832);
  ck_assert_uint_eq(rd_buffer_charge(1480 + 600 - 8, 4), 2304 + 1280);
  ck_assert_uint_eq(rd_buffer_charge(3 * 1480 - 8, 4), 3 * 2304);
  ck_assert_uint_eq(rd_buffer_charge(1452, 6), 2304);
  ck_assert_uint_eq(rd_buffer_charge(1453, 6), 2304 + 832);
  ck_assert_uint_eq(rd_buffer_charge(65507, 4), 44 * 2304 + 1280);
}
END_TEST

static unsigned fill(RdBuffer *b, uint32_t charge) {
  unsigned n = 0;
  while (rd_buffer_put(b, charge))
    n++;
  return n;
}

/* A quarter is 53,248 octets: reached with 42 datagrams of 1,280, not with 41. */
START_TEST(room_comes_back_a_quarter_at_a_time) {
  RdBuffer b = {.capacity = RMEM_DEFAULT};
  ck_assert_uint_eq(fill(&b, 1280), 166);
  for (int round = 0; round < 4; round++) {
    for (int i = 0; i < 41; i++) {
      rd_buffer_take(&b, 1280);
      ck_assert_uint_eq(fill(&b, 1280), 0);
    }
    rd_buffer_take(&b, 1280);
    ck_assert_uint_eq(fill(&b, 1280), 42);
  }
  ck_assert_uint_eq(b.peak, 166 * 1280);
}
END_TEST

/* The reader takes three in hand; two come meanwhile. At the third it has nothing in hand: all three
 * are given back, though far from a quarter; at the fifth, the other two. */
START_TEST(room_comes_back_when_the_reader_has_nothing_in_hand) {
  RdBuffer b = {.capacity = RMEM_DEFAULT};
  for (int i = 0; i < 3; i++)
    rd_buffer_put(&b, 1280);
  rd_buffer_take(&b, 1280);
  rd_buffer_put(&b, 2304);
  rd_buffer_put(&b, 2304);
  ck_assert_uint_eq(b.charged, 3 * 1280 + 2 * 2304);
  rd_buffer_take(&b, 1280);
  ck_assert_uint_eq(b.charged, 3 * 1280 + 2 * 2304);
  rd_buffer_take(&b, 1280);
  ck_assert_uint_eq(b.charged, 2 * 2304);
  rd_buffer_take(&b, 2304);
  ck_assert_uint_eq(b.charged, 2 * 2304);
  rd_buffer_take(&b, 2304);
  ck_assert_uint_eq(b.charged, 0);
}
END_TEST

START_TEST(an_empty_buffer_takes_one_of_any_size) {
  RdBuffer small = {.capacity = 100}, none = {.capacity = 0};
  ck_assert_uint_eq(fill(&small, 2304), 1);
  rd_buffer_take(&small, 2304);
  ck_assert_uint_eq(fill(&small, 2304), 1);
  ck_assert_uint_eq(fill(&none, 1280), 0);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("buffer");
  TCase *t = tcase_create("buffer");
  tcase_add_test(t, charges);
  tcase_add_test(t, fragments_are_charged_each);
  tcase_add_test(t, room_comes_back_a_quarter_at_a_time);
  tcase_add_test(t, room_comes_back_when_the_reader_has_nothing_in_hand);
  tcase_add_test(t, an_empty_buffer_takes_one_of_any_size);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
