#include "lab/ns3/ns3c.h"
#include "tests/check_main.h"

#include <string.h>

typedef struct {
  ns3c_sim *sim;
  RdTime at[64];
  int id[64];
  int count;
} Log;

typedef struct {
  Log *log;
  int id;
} Mark;

static void note(void *arg) {
  Mark *mark = arg;
  Log *log = mark->log;
  ck_assert_int_lt(log->count, 64);
  log->at[log->count] = ns3c_now(log->sim);
  log->id[log->count++] = mark->id;
}

START_TEST(events_run_by_time_then_by_scheduling) {
  Log log = {.sim = ns3c_new(1)};
  Mark marks[40];
  /* Ids are handed out in the expected order: 4 times, 10 events each, scheduled interleaved. */
  for (int i = 0; i < 40; i++) {
    int slot = i % 4, rank = i / 4;
    marks[i] = (Mark){&log, slot * 10 + rank};
    ck_assert_uint_ne(ns3c_at(log.sim, 1000 * slot, note, &marks[i]), 0);
  }
  ck_assert(ns3c_run(log.sim, RD_SECOND));
  ck_assert_int_eq(log.count, 40);
  for (int i = 0; i < 40; i++) {
    ck_assert_int_eq(log.id[i], i);
    ck_assert_int_eq(log.at[i], 1000 * (i / 10));
  }
  ck_assert_uint_eq(ns3c_events(log.sim), 40);
  ck_assert_int_eq(ns3c_now(log.sim), RD_SECOND);
  ns3c_free(log.sim);
}
END_TEST

START_TEST(the_last_instant_belongs_to_the_run) {
  Log log = {.sim = ns3c_new(1)};
  Mark at_end = {&log, 1}, after = {&log, 2};
  ns3c_at(log.sim, 500, note, &at_end);
  ns3c_at(log.sim, 501, note, &after);
  ck_assert(ns3c_run(log.sim, 500));
  ck_assert_int_eq(log.count, 1);
  ck_assert(ns3c_run(log.sim, 501));
  ck_assert_int_eq(log.count, 2);
  ns3c_free(log.sim);
}
END_TEST

static int chained;

static void chain(void *arg) {
  ns3c_sim *sim = arg;
  if (++chained < 5)
    ns3c_at(sim, ns3c_now(sim), chain, sim);
}

START_TEST(what_the_last_instant_schedules_for_itself_still_runs) {
  ns3c_sim *sim = ns3c_new(1);
  chained = 0;
  ns3c_at(sim, 500, chain, sim);
  ck_assert(ns3c_run(sim, 500));
  ck_assert_int_eq(chained, 5);
  ck_assert_uint_eq(ns3c_events(sim), 5);
  ns3c_free(sim);
}
END_TEST

START_TEST(a_cancelled_event_does_nothing) {
  Log log = {.sim = ns3c_new(1)};
  Mark a = {&log, 1}, b = {&log, 2};
  ns3c_event first = ns3c_at(log.sim, 10, note, &a);
  ns3c_at(log.sim, 20, note, &b);
  ns3c_cancel(log.sim, first);
  ns3c_cancel(log.sim, first);
  ns3c_cancel(log.sim, 0);
  ns3c_cancel(log.sim, UINT64_MAX);
  ck_assert(ns3c_run(log.sim, 100));
  ck_assert_int_eq(log.count, 1);
  ck_assert_int_eq(log.id[0], 2);
  ns3c_free(log.sim);
}
END_TEST

START_TEST(a_stale_handle_cannot_hit_the_slots_next_event) {
  Log log = {.sim = ns3c_new(1)};
  Mark a = {&log, 1}, b = {&log, 2};
  ns3c_event first = ns3c_at(log.sim, 10, note, &a);
  ck_assert(ns3c_run(log.sim, 10));
  ns3c_event second = ns3c_at(log.sim, 20, note, &b); /* the freed slot is taken again */
  ck_assert_uint_ne(first, second);
  ns3c_cancel(log.sim, first);
  ck_assert(ns3c_run(log.sim, 20));
  ck_assert_int_eq(log.count, 2);
  ns3c_free(log.sim);
}
END_TEST

static void halt(void *arg) {
  ns3c_stop(arg);
}

START_TEST(stop_then_run_on) {
  Log log = {.sim = ns3c_new(1)};
  Mark late = {&log, 7};
  ns3c_at(log.sim, 100, halt, log.sim);
  ns3c_at(log.sim, 2000, note, &late);
  ck_assert(ns3c_run(log.sim, 1000));
  ck_assert_int_eq(ns3c_now(log.sim), 100);
  ck_assert(ns3c_run(log.sim, 3000)); /* not cut short by the first run's end at 1000 */
  ck_assert_int_eq(log.count, 1);
  ck_assert_int_eq(ns3c_now(log.sim), 3000);
  ns3c_free(log.sim);
}
END_TEST

START_TEST(a_run_without_end_stops_where_the_events_do) {
  Log log = {.sim = ns3c_new(1)};
  Mark only = {&log, 7};
  ns3c_at(log.sim, 100, note, &only);
  ck_assert(ns3c_run(log.sim, RD_NEVER));
  ck_assert_int_eq(ns3c_now(log.sim), 100);
  ns3c_free(log.sim);
}
END_TEST

static bool nested_refused;

static void nest(void *arg) {
  ns3c_sim *sim = arg;
  nested_refused = !ns3c_run(sim, RD_SECOND) && strstr(ns3c_error(), "running");
  ck_assert_uint_eq(ns3c_at(sim, ns3c_now(sim) - 1, nest, sim), 0);
  ck_assert_ptr_nonnull(strstr(ns3c_error(), "past"));
}

START_TEST(refusals_say_why) {
  ns3c_sim *sim = ns3c_new(1);
  ck_assert_ptr_null(ns3c_new(2));
  ck_assert_ptr_nonnull(strstr(ns3c_error(), "one a process"));
  ck_assert_uint_eq(ns3c_at(sim, -1, halt, sim), 0);
  ck_assert_uint_eq(ns3c_at(sim, 5, NULL, sim), 0);
  ck_assert_uint_eq(ns3c_at(NULL, 5, halt, sim), 0);
  ck_assert(!ns3c_run(NULL, 5));
  ns3c_at(sim, 10, nest, sim);
  ck_assert(ns3c_run(sim, 20));
  ck_assert(nested_refused);
  ck_assert(!ns3c_run(sim, 19));
  ns3c_free(sim);
  ns3c_free(NULL);
}
END_TEST

typedef struct {
  ns3c_sim *sim;
  uint64_t state;
  uint64_t pending[256];
  uint64_t digest;
  int left;
} Churn;

static void churn(void *arg) {
  Churn *c = arg;
  c->digest = (c->digest ^ (uint64_t)ns3c_now(c->sim)) * UINT64_C(1099511628211);
  if (c->left-- <= 0)
    return;
  for (int i = 0; i < 2; i++) {
    c->state = c->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    unsigned pick = c->state >> 56;
    ns3c_cancel(c->sim, c->pending[pick]);
    RdTime at = ns3c_now(c->sim) + (RdTime)((c->state >> 33) % 1000);
    c->pending[pick] = ns3c_at(c->sim, at, churn, c);
  }
}

static uint64_t churned(uint64_t *ret_events) {
  Churn c = {.sim = ns3c_new(9), .state = 42, .left = 20000};
  ns3c_at(c.sim, 0, churn, &c);
  ck_assert(ns3c_run(c.sim, RD_NEVER));
  *ret_events = ns3c_events(c.sim);
  ns3c_free(c.sim);
  return c.digest;
}

START_TEST(a_second_simulation_after_the_first_repeats_it) {
  uint64_t first_events, second_events;
  uint64_t first = churned(&first_events);
  uint64_t second = churned(&second_events);
  ck_assert_uint_gt(first_events, 20000);
  ck_assert_uint_eq(first, second);
  ck_assert_uint_eq(first_events, second_events);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ns3-clock");
  TCase *t = tcase_create("clock");
  tcase_add_test(t, events_run_by_time_then_by_scheduling);
  tcase_add_test(t, the_last_instant_belongs_to_the_run);
  tcase_add_test(t, what_the_last_instant_schedules_for_itself_still_runs);
  tcase_add_test(t, a_cancelled_event_does_nothing);
  tcase_add_test(t, a_stale_handle_cannot_hit_the_slots_next_event);
  tcase_add_test(t, stop_then_run_on);
  tcase_add_test(t, a_run_without_end_stops_where_the_events_do);
  tcase_add_test(t, refusals_say_why);
  tcase_add_test(t, a_second_simulation_after_the_first_repeats_it);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
