#include "lab/ns3/heap-probe.h"
#include "tests/check_main.h"

START_TEST(the_queue_orders_as_ns3s_does) {
  for (uint64_t seed = 1; seed <= 20; seed++)
    ck_assert_msg(ns3c_heap_agrees(seed, 5000, UINT64_C(1) << 37), "seed %d", (int)seed);
}
END_TEST

START_TEST(ties_keep_their_order_when_the_numbers_wrap) {
  for (uint64_t seed = 1; seed <= 20; seed++)
    ck_assert_msg(ns3c_heap_agrees(seed, 5000, seed * 100), "seed %d", (int)seed);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ns3-heap");
  TCase *t = tcase_create("heap");
  tcase_set_timeout(t, 60);
  tcase_add_test(t, the_queue_orders_as_ns3s_does);
  tcase_add_test(t, ties_keep_their_order_when_the_numbers_wrap);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
