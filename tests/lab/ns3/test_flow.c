#include "lab/ns3/ns3c.h"
#include "tests/check_main.h"

#include <string.h>

static ns3c_sim *sim;
static RdTime arrivals[16];
static unsigned arrived;

static void arrive(void *arg) {
  (void)arg;
  if (arrived < 16)
    arrivals[arrived] = ns3c_now(sim);
  arrived++;
}

static void fresh(void) {
  sim = ns3c_new(1);
  arrived = 0;
}

static void gone(void) {
  ns3c_free(sim);
}

START_TEST(messages_queue_behind_each_other) {
  /* 1000 bytes at 8 Mbit/s take 1 ms. */
  ns3c_flow *line = ns3c_flow_new(sim, 8000000, 10 * RD_MILLISECOND, 2);
  RdTime at;
  for (int i = 1; i <= 3; i++) {
    ck_assert(ns3c_flow_send(line, 1000, arrive, NULL, &at));
    ck_assert_int_eq(at, (10 + i) * RD_MILLISECOND);
  }
  at = -7;
  ck_assert(!ns3c_flow_send(line, 1000, arrive, NULL, &at)); /* one on the line, two waiting */
  ck_assert_int_eq(at, -7);
  ck_assert(ns3c_run(sim, RD_SECOND));
  ck_assert_uint_eq(arrived, 3);
  for (int i = 0; i < 3; i++)
    ck_assert_int_eq(arrivals[i], (11 + i) * RD_MILLISECOND);
}
END_TEST

START_TEST(a_place_in_the_queue_is_freed_when_its_message_starts) {
  ns3c_flow *line = ns3c_flow_new(sim, 8000000, 0, 1);
  ck_assert(ns3c_flow_send(line, 1000, arrive, NULL, NULL));
  ck_assert(ns3c_flow_send(line, 1000, arrive, NULL, NULL));
  ck_assert(!ns3c_flow_send(line, 1000, arrive, NULL, NULL));
  ck_assert(ns3c_run(sim, RD_MILLISECOND));
  ck_assert(ns3c_flow_send(line, 1000, arrive, NULL, NULL));
  ck_assert(!ns3c_flow_send(line, 1000, arrive, NULL, NULL));
  ck_assert(ns3c_run(sim, RD_SECOND));
  ck_assert_uint_eq(arrived, 3);
}
END_TEST

START_TEST(no_rate_means_delay_alone) {
  ns3c_flow *line = ns3c_flow_new(sim, 0, 5, 0);
  RdTime at;
  for (int i = 0; i < 10; i++) {
    ck_assert(ns3c_flow_send(line, 1500, arrive, NULL, &at));
    ck_assert_int_eq(at, 5);
  }
  ck_assert(ns3c_run(sim, 5));
  ck_assert_uint_eq(arrived, 10);
}
END_TEST

START_TEST(time_on_the_line_rounds_up) {
  ns3c_flow *line = ns3c_flow_new(sim, UINT64_C(10000000000), 0, 9);
  RdTime at;
  ck_assert(ns3c_flow_send(line, 1, arrive, NULL, &at)); /* 0.8 ns */
  ck_assert_int_eq(at, 1);
}
END_TEST

START_TEST(refusals) {
  ck_assert_ptr_null(ns3c_flow_new(NULL, 1, 1, 1));
  ck_assert_ptr_null(ns3c_flow_new(sim, 1, -1, 1));
  ns3c_flow *slow = ns3c_flow_new(sim, 1, 0, 9);
  ck_assert(!ns3c_flow_send(NULL, 10, arrive, NULL, NULL));
  ck_assert(!ns3c_flow_send(slow, 10, NULL, NULL, NULL));
  ck_assert(!ns3c_flow_send(slow, SIZE_MAX, arrive, NULL, NULL));
  ck_assert_ptr_nonnull(strstr(ns3c_error(), "never arrive"));
  ck_assert(ns3c_flow_send(slow, 1, arrive, NULL, NULL)); /* the refused one left no trace */
  ck_assert(ns3c_run(sim, 8 * RD_SECOND));
  ck_assert_uint_eq(arrived, 1);
}
END_TEST

START_TEST(a_million_messages_arrive_in_order) {
  ns3c_flow *line = ns3c_flow_new(sim, UINT64_C(1000000000), RD_MILLISECOND, UINT32_MAX);
  RdTime at, before = 0;
  for (int i = 0; i < 1000000; i++) {
    ck_assert(ns3c_flow_send(line, 125, arrive, NULL, &at));
    if (at != before + (i ? RD_MICROSECOND : RD_MILLISECOND + RD_MICROSECOND))
      ck_abort_msg("message %d arrives at %lld", i, (long long)at);
    before = at;
  }
  ck_assert(ns3c_run(sim, 2 * RD_SECOND));
  ck_assert_uint_eq(arrived, 1000000);
  ck_assert_uint_eq(ns3c_events(sim), 1000000);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ns3-flow");
  TCase *t = tcase_create("flow");
  tcase_set_timeout(t, 60);
  tcase_add_checked_fixture(t, fresh, gone);
  tcase_add_test(t, messages_queue_behind_each_other);
  tcase_add_test(t, a_place_in_the_queue_is_freed_when_its_message_starts);
  tcase_add_test(t, no_rate_means_delay_alone);
  tcase_add_test(t, time_on_the_line_rounds_up);
  tcase_add_test(t, refusals);
  tcase_add_test(t, a_million_messages_arrive_in_order);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
