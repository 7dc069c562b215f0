/* The wheel against a plain sorted reference: same timers, same order, to the nanosecond. */
#include <string.h>

#include "lab/base/random.h"
#include "lab/drive/host/wheel.h"
#include "tests/check_main.h"

enum { MANY = 20000 };

typedef struct {
  uint64_t number;
  uint8_t rest[RD_WHEEL_PAYLOAD - 8];
} Payload;

typedef struct {
  RdTime at;
  uint64_t number;
  RdTimer timer;
  bool cancelled;
} Reference;

static int by_time(const void *a, const void *b) {
  const Reference *x = a, *y = b;
  if (x->at != y->at)
    return x->at < y->at ? -1 : 1;
  return x->number < y->number ? -1 : 1;
}

static RdTimer arm(RdWheel *w, RdTime at, uint64_t number) {
  Payload p = {.number = number};
  return rd_wheel_arm(w, at, &p);
}

/* Delays from nanoseconds to years, as SIP has them and far beyond. */
static RdTime delay(uint64_t i) {
  uint64_t bits = rd_random(7, i, 1, 0);
  return (RdTime)rd_below(bits, UINT64_C(1) << (1 + rd_below(rd_mix(bits, 1), 60)));
}

START_TEST(fires_in_order_at_the_exact_time) {
  static Reference reference[MANY];
  RdWheel *w = rd_wheel_new();
  for (uint64_t i = 0; i < MANY; i++) {
    reference[i] = (Reference){.at = delay(i), .number = i};
    reference[i].timer = arm(w, reference[i].at, i);
    ck_assert_uint_ne(reference[i].timer, 0);
  }
  for (uint64_t i = 0; i < MANY; i += 3) {
    ck_assert(rd_wheel_cancel(w, reference[i].timer));
    ck_assert(!rd_wheel_cancel(w, reference[i].timer));
    reference[i].cancelled = true;
  }
  qsort(reference, MANY, sizeof *reference, by_time);
  for (unsigned i = 0; i < MANY; i++) {
    RdTimer timer;
    Payload p;
    if (reference[i].cancelled)
      continue;
    RdTime next;
    while ((next = rd_wheel_next(w)) < reference[i].at)
      ck_assert(!rd_wheel_pop(w, next, &timer, &p)); /* an early hint, nothing due */
    ck_assert_int_eq(next, reference[i].at);
    ck_assert(rd_wheel_pop(w, next, &timer, &p));
    ck_assert_uint_eq(p.number, reference[i].number);
    ck_assert_uint_eq(timer, reference[i].timer);
    ck_assert(!rd_wheel_cancel(w, timer));
  }
  ck_assert_int_eq(rd_wheel_next(w), RD_NEVER);
  ck_assert_uint_eq(rd_wheel_count(w), 0);
  rd_wheel_free(w);
}
END_TEST

START_TEST(equal_times_fire_in_order_of_arming) {
  RdWheel *w = rd_wheel_new();
  for (uint64_t i = 0; i < 1000; i++)
    arm(w, 5 * RD_SECOND, i);
  RdTimer timer;
  Payload p;
  for (uint64_t i = 0; i < 1000; i++) {
    ck_assert(rd_wheel_pop(w, 5 * RD_SECOND, &timer, &p));
    ck_assert_uint_eq(p.number, i);
  }
  rd_wheel_free(w);
}
END_TEST

START_TEST(arming_while_firing_and_late_arming) {
  RdWheel *w = rd_wheel_new();
  RdTimer timer;
  Payload p;
  RdTime now = 0;
  arm(w, 1, 0);
  for (uint64_t i = 0; i < 5000; i++) { /* each firing arms the next, some of them in the past */
    RdTime next = rd_wheel_next(w);
    while (!rd_wheel_pop(w, next > now ? next : now, &timer, &p))
      next = rd_wheel_next(w);
    if (next > now)
      now = next;
    ck_assert_uint_eq(p.number, i);
    arm(w, i % 7 == 0 ? now - 10 : now + delay(i) % (100 * RD_SECOND), i + 1);
  }
  rd_wheel_free(w);
}
END_TEST

START_TEST(a_stale_handle_does_not_hit_its_successor) {
  RdWheel *w = rd_wheel_new();
  RdTimer first = arm(w, 10, 1);
  ck_assert(rd_wheel_cancel(w, first));
  RdTimer second = arm(w, 20, 2);
  ck_assert_uint_ne(first, second);
  ck_assert(!rd_wheel_cancel(w, first));
  ck_assert_uint_eq(rd_wheel_count(w), 1);
  ck_assert(!rd_wheel_cancel(w, 0));
  ck_assert(!rd_wheel_cancel(w, UINT64_MAX));
  rd_wheel_free(w);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("wheel");
  TCase *t = tcase_create("wheel");
  tcase_add_test(t, fires_in_order_at_the_exact_time);
  tcase_add_test(t, equal_times_fire_in_order_of_arming);
  tcase_add_test(t, arming_while_firing_and_late_arming);
  tcase_add_test(t, a_stale_handle_does_not_hit_its_successor);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
