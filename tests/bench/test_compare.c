#include <math.h>
#include <string.h>

#include "bench/judge/compare.h"
#include "lab/base/random.h"
#include "tests/bench/worlds.h"
#include "tests/check_main.h"

#define MS RD_MILLISECOND
#define S RD_SECOND

/* N A B D, and what the header's table says of it. */
static const struct {
  const char *served;
  RdFate fate;
} table[16] = {
    {"0000", RD_FATE_BASELINE},        {"0001", RD_FATE_BASELINE},
    {"0010", RD_FATE_BASELINE},        {"0011", RD_FATE_BASELINE},
    {"0100", RD_FATE_BASELINE},        {"0101", RD_FATE_BASELINE},
    {"0110", RD_FATE_BASELINE},        {"0111", RD_FATE_BASELINE},
    {"1000", RD_FATE_EITHER},          {"1001", RD_FATE_LOST_TO_ATTACK},
    {"1010", RD_FATE_RESCUED},         {"1011", RD_FATE_RESCUED},
    {"1100", RD_FATE_LOST_TO_DEFENSE}, {"1101", RD_FATE_INTERACTION},
    {"1110", RD_FATE_LOST_TO_DEFENSE}, {"1111", RD_FATE_SERVED},
};

static bool bit(unsigned combination, RdWorldOf world) {
  return table[combination].served[world] == '1';
}

START_TEST(every_combination_has_its_fate) {
  unsigned seen[RD_FATES] = {0};
  for (unsigned i = 0; i < 16; i++) {
    bool n = bit(i, RD_IN_N), a = bit(i, RD_IN_A), b = bit(i, RD_IN_B), d = bit(i, RD_IN_D);
    ck_assert_msg(rd_fate(n, a, b, d) == table[i].fate, "%s is %s", table[i].served,
                  rd_fate_name(rd_fate(n, a, b, d)));
    ck_assert_uint_eq(rd_combination(n, a, b, d), i);
    seen[table[i].fate]++;
  }
  for (unsigned f = 0; f < RD_FATES; f++)
    ck_assert_uint_ge(seen[f], 1);
}
END_TEST

/* Combination i happens i + 1 times; each world's rows come in an order of its own. */
static char *world_of(RdWorldOf which) {
  g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(RdLedgerRow));
  for (unsigned i = 0; i < 16; i++)
    for (unsigned k = 0; k <= i; k++) {
      RdLedgerRow row =
          row_of(RD_ATTEMPT_REGISTER, i, k, 20 * S, bit(i, which) ? 200 : 503, (10 + which) * MS);
      g_array_append_val(rows, row);
    }
  if (which == RD_IN_A)
    for (guint i = 0; i < rows->len / 2; i++) {
      RdLedgerRow *a = &g_array_index(rows, RdLedgerRow, i);
      RdLedgerRow *b = &g_array_index(rows, RdLedgerRow, rows->len - 1 - i), c = *a;
      *a = *b;
      *b = c;
    }
  return world_new((const RdLedgerRow *)(const void *)rows->data, rows->len);
}

START_TEST(worlds_are_matched_and_counted) {
  char *folders[RD_WORLDS];
  RdComparisons c;
  for (unsigned w = 0; w < RD_WORLDS; w++)
    folders[w] = world_of(w);
  ck_assert(rd_compare_worlds((const char *const *)folders, 0, RD_NEVER, &c, NULL));
  const RdComparison *r = &c.registers;
  ck_assert_uint_eq(r->attempts, 136);
  ck_assert_uint_eq(r->missing, 0);
  for (unsigned i = 0; i < 16; i++)
    ck_assert_uint_eq(r->combinations[i], i + 1);
  ck_assert_uint_eq(r->fates[RD_FATE_BASELINE], 36);
  ck_assert_uint_eq(r->fates[RD_FATE_SERVED], 16);
  ck_assert_uint_eq(r->fates[RD_FATE_LOST_TO_ATTACK], 10);
  ck_assert_uint_eq(r->fates[RD_FATE_LOST_TO_DEFENSE], 13 + 15);
  ck_assert_uint_eq(r->fates[RD_FATE_EITHER], 9);
  ck_assert_uint_eq(r->fates[RD_FATE_INTERACTION], 14);
  ck_assert_uint_eq(r->fates[RD_FATE_RESCUED], 11 + 12);
  ck_assert_uint_eq(r->lost[RD_IN_N], 0);
  ck_assert_uint_eq(r->lost[RD_IN_A], 9 + 10 + 11 + 12);
  ck_assert_uint_eq(r->lost[RD_IN_B], 9 + 10 + 13 + 14);
  ck_assert_uint_eq(r->lost[RD_IN_D], 9 + 11 + 13 + 15);
  ck_assert_uint_eq(r->gained[RD_IN_A], 5 + 6 + 7 + 8);
  /* In A: served in both are 13..16. The delay there is 1 ms more. */
  ck_assert_uint_eq(r->added[RD_IN_A].n, 13 + 14 + 15 + 16);
  ck_assert_double_eq_tol(r->added[RD_IN_A].mean, 1e6, 1e-6);
  ck_assert_double_eq_tol(r->added[RD_IN_D].p95, 3e6, 1e-6);
  ck_assert_double_eq_tol(r->added[RD_IN_N].mean, 0, 1e-12);
  ck_assert_uint_eq(c.calls.attempts, 0);
  ck_assert(isnan(c.calls.added[RD_IN_A].mean));
  for (unsigned w = 0; w < RD_WORLDS; w++)
    world_free(folders[w]);
}
END_TEST

/* Busy, no answer and declined are the callee's doing, not a loss; 480 without ringing is one, and
 * so are a busy line and ringing out where N was answered. */
START_TEST(a_callees_will_is_service) {
  const uint16_t in_n[] = {200, 486, 603, 480, 480, 200}, in_a[] = {486, 200, 503, 480, 480, 487};
  RdLedgerRow n[6], a[6];
  for (unsigned i = 0; i < 6; i++) {
    n[i] = row_of(RD_ATTEMPT_CALL, 1, i, 20 * S, in_n[i], S);
    a[i] = row_of(RD_ATTEMPT_CALL, 1, i, 20 * S, in_a[i], S);
    n[i].ringing = n[i].started + 100 * MS;
  }
  a[3].ringing = a[3].started + 150 * MS; /* a[4] never rang */
  a[5].ringing = a[5].started + 100 * MS;
  char *nothing = world_new(n, 6), *attacked = world_new(a, 6);
  const char *folders[RD_WORLDS] = {nothing, attacked, nothing, nothing};
  RdComparisons c;
  ck_assert(rd_compare_worlds(folders, 0, RD_NEVER, &c, NULL));
  ck_assert_uint_eq(c.calls.lost[RD_IN_A], 4);
  ck_assert_uint_eq(c.calls.fates[RD_FATE_RESCUED], 4);
  ck_assert_uint_eq(c.calls.fates[RD_FATE_SERVED], 2);
  /* a[1] was busy in N: luck that is set off against a[0]'s. */
  ck_assert_uint_eq(c.calls.gained[RD_IN_A], 1);
  /* a[1]: to its 200 as it did not ring; a[3] and a[5] to ringing; the rest have neither. */
  ck_assert_uint_eq(c.calls.added[RD_IN_A].n, 3);
  ck_assert_double_eq_tol(c.calls.added[RD_IN_A].mean, (900e6 + 50e6 + 0) / 3, 1e-3);
  world_free(nothing);
  world_free(attacked);
}
END_TEST

/* A call of 30 s that talked for `talked`; the caller left `left` after it began (0: never). */
static RdLedgerRow answered_call(uint64_t attempt, RdTime talked, RdTime left) {
  RdLedgerRow row = row_of(RD_ATTEMPT_CALL, 1, attempt, 20 * S, 200, 5 * S);
  row.ringing = row.started + S;
  row.wanted = left ? 0 : 30 * S;
  row.talked = talked;
  row.left = left ? row.started + left : RD_NEVER;
  return row;
}

START_TEST(a_call_that_nobody_had_is_lost) {
  RdLedgerRow n[] = {answered_call(0, 30 * S, 0), answered_call(1, 30 * S, 0),
                     answered_call(2, 30 * S, 0), answered_call(3, 30 * S, 0)};
  RdLedgerRow a[] = {answered_call(0, 30 * S, 0), answered_call(1, 30 * S - 1, 0),
                     answered_call(2, 0, 4 * S), answered_call(3, 0, 5 * S)};
  char *nothing = world_new(n, 4), *attacked = world_new(a, 4);
  const char *folders[RD_WORLDS] = {nothing, attacked, attacked, nothing};
  RdComparisons c;
  RdDrift drift;
  ck_assert(rd_compare_worlds(folders, 0, RD_NEVER, &c, NULL));
  ck_assert_uint_eq(c.calls.lost[RD_IN_A], 3);
  ck_assert_uint_eq(c.calls.fates[RD_FATE_LOST_TO_ATTACK], 3);
  ck_assert(rd_compare_drift(nothing, attacked, 0, RD_NEVER, &drift, NULL));
  ck_assert_uint_eq(drift.served_differs, 3);
  ck_assert_uint_eq(drift.times_differ, 3);
  ck_assert_uint_eq(drift.status_differs, 0);
  world_free(nothing);
  world_free(attacked);
}
END_TEST

/* Served each by itself, yet not the same: the drift is the same from either side. */
START_TEST(a_busy_line_differs_from_an_answer) {
  RdLedgerRow one = answered_call(0, 30 * S, 0);
  RdLedgerRow other = row_of(RD_ATTEMPT_CALL, 1, 0, 20 * S, 486, S);
  char *answered = world_new(&one, 1), *busy = world_new(&other, 1);
  RdDrift there, back;
  ck_assert(rd_compare_drift(answered, busy, 0, RD_NEVER, &there, NULL));
  ck_assert(rd_compare_drift(busy, answered, 0, RD_NEVER, &back, NULL));
  ck_assert_uint_eq(there.served_differs, 1);
  ck_assert_uint_eq(back.served_differs, 1);
  world_free(answered);
  world_free(busy);
}
END_TEST

static void expect_change(const RdChange *c, uint64_t attempts, uint64_t lost, uint64_t gained,
                          uint64_t missing) {
  ck_assert_uint_eq(c->attempts, attempts);
  ck_assert_uint_eq(c->lost, lost);
  ck_assert_uint_eq(c->gained, gained);
  ck_assert_uint_eq(c->missing, missing);
}

START_TEST(a_pair_tells_of_any_window) {
  RdLedgerRow n[] = {row_of(RD_ATTEMPT_REGISTER, 1, 0, 10 * S, 200, MS),
                     row_of(RD_ATTEMPT_REGISTER, 1, 1, 20 * S, 503, MS),
                     row_of(RD_ATTEMPT_REGISTER, 1, 2, 20 * S - 1, 200, MS),
                     row_of(RD_ATTEMPT_MESSAGE, 1, 0, 15 * S, 200, MS),
                     row_of(RD_ATTEMPT_CALL, 1, 0, 12 * S, 486, S),
                     answered_call(1, 30 * S, 0)};
  RdLedgerRow a[] = {row_of(RD_ATTEMPT_REGISTER, 1, 0, 10 * S, 503, MS),
                     row_of(RD_ATTEMPT_REGISTER, 1, 1, 20 * S, 200, MS),
                     row_of(RD_ATTEMPT_MESSAGE, 1, 0, 15 * S, 0, 0),
                     row_of(RD_ATTEMPT_CALL, 1, 0, 12 * S, 200, S),
                     row_of(RD_ATTEMPT_CALL, 1, 1, 20 * S, 486, S),
                     row_of(RD_ATTEMPT_CALL, 9, 0, 20 * S, 200, S)}; /* the attack's own */
  a[5].causes = 1;
  char *nothing = world_new(n, 6), *attacked = world_new(a, 6);
  g_autoptr(RdPair) pair = rd_pair_open(nothing, attacked, NULL);
  RdChanges c = rd_pair_changes(pair, 0, RD_NEVER);
  expect_change(&c.registers, 3, 2, 1, 1);
  expect_change(&c.messages, 1, 1, 0, 0);
  expect_change(&c.calls, 2, 1, 1, 0);
  expect_change(&c.all, 6, 4, 2, 1);
  c = rd_pair_changes(pair, 10 * S, 20 * S);
  expect_change(&c.registers, 2, 2, 0, 1);
  expect_change(&c.all, 4, 3, 1, 1);
  c = rd_pair_changes(pair, 20 * S, 20 * S + 1);
  expect_change(&c.all, 2, 1, 1, 0);
  c = rd_pair_changes(pair, 21 * S, 10 * S);
  expect_change(&c.all, 0, 0, 0, 0);
  ck_assert_ptr_null(rd_pair_open(nothing, "/nonexistent", NULL));
  world_free(nothing);
  world_free(attacked);
}
END_TEST

START_TEST(who_counts) {
  RdLedgerRow n[] = {
      row_of(RD_ATTEMPT_REGISTER, 1, 0, 5 * S, 200, MS), /* before the window */
      row_of(RD_ATTEMPT_REGISTER, 1, 1, 10 * S, 200, MS), /* missing in A */
      row_of(RD_ATTEMPT_REGISTER, 1, 2, 11 * S, 200, MS), /* caught up in the attack in A */
      row_of(RD_ATTEMPT_REGISTER, 1, 3, 30 * S, 200, MS), /* after the window */
  };
  RdLedgerRow a[] = {
      n[0],
      n[2],
      row_of(RD_ATTEMPT_REGISTER, 2, 9, 12 * S, 200, MS), /* the attack's own */
      row_of(RD_ATTEMPT_REGISTER, 2, 8, 13 * S, 200, MS), /* clean, but in A alone */
      n[3],
  };
  a[1].causes = 1;
  a[1].status = 503;
  a[2].causes = 1;
  char *nothing = world_new(n, 4), *attacked = world_new(a, 5);
  const char *folders[RD_WORLDS] = {nothing, attacked, nothing, nothing};
  RdComparisons c;
  ck_assert(rd_compare_worlds(folders, 10 * S, 30 * S, &c, NULL));
  ck_assert_uint_eq(c.registers.attempts, 3);
  ck_assert_uint_eq(c.registers.missing, 2);
  ck_assert_uint_eq(c.registers.lost[RD_IN_A], 2);
  ck_assert_uint_eq(c.registers.gained[RD_IN_A], 1);
  world_free(nothing);
  world_free(attacked);
}
END_TEST

START_TEST(a_broken_world_is_an_error) {
  RdLedgerRow row = row_of(RD_ATTEMPT_REGISTER, 1, 0, S, 200, MS);
  char *good = world_new(&row, 1), *bad = world_new(&row, 1);
  g_autoptr(GError) error = NULL;
  world_put(bad, "attempts.rdl", "nonsense that is long enough");
  const char *folders[RD_WORLDS] = {good, good, bad, good};
  RdComparisons c;
  ck_assert(!rd_compare_worlds(folders, 0, RD_NEVER, &c, &error));
  ck_assert_ptr_nonnull(error);
  world_free(good);
  world_free(bad);
}
END_TEST

/* Whole rows of noise, as a damaged or hostile ledger may hold: counted or not, never a fault. */
START_TEST(noise_does_no_harm) {
  enum { N = 5000 };
  static RdLedgerRow rows[N];
  for (size_t i = 0; i < N; i++) {
    uint64_t words[sizeof *rows / sizeof(uint64_t)];
    for (size_t k = 0; k < G_N_ELEMENTS(words); k++)
      words[k] = rd_random(3, i, 0, k);
    memcpy(&rows[i], words, sizeof words);
    rows[i].kind &= 3;
    rows[i].causes &= rows[i].causes >> 63 ? 1 : 0;
  }
  char *one = world_new(rows, N), *two = world_new(rows + N / 2, N / 2);
  const char *folders[RD_WORLDS] = {one, two, one, two};
  RdComparisons c;
  RdDrift drift;
  ck_assert(rd_compare_worlds(folders, INT64_MIN, RD_NEVER, &c, NULL));
  ck_assert(rd_compare_drift(one, two, INT64_MIN, RD_NEVER, &drift, NULL));
  g_autoptr(RdPair) pair = rd_pair_open(one, two, NULL);
  ck_assert_uint_gt(rd_pair_changes(pair, 0, RD_NEVER).all.attempts, 0);
  ck_assert_uint_gt(c.calls.missing, 0);
  ck_assert_uint_gt(drift.missing, 0);
  world_free(one);
  world_free(two);
}
END_TEST

START_TEST(drift_sees_a_nanosecond) {
  RdLedgerRow rows[] = {row_of(RD_ATTEMPT_REGISTER, 1, 0, 10 * S, 200, MS),
                        row_of(RD_ATTEMPT_CALL, 1, 0, 20 * S, 200, MS),
                        row_of(RD_ATTEMPT_CALL, 1, 1, 21 * S, 200, MS)};
  char *one = world_new(rows, 3), *same = world_new(rows, 3);
  RdDrift drift;
  ck_assert(rd_compare_drift(one, same, 0, RD_NEVER, &drift, NULL));
  ck_assert_uint_eq(drift.attempts, 3);
  ck_assert_uint_eq(
      drift.times_differ + drift.status_differs + drift.served_differs + drift.missing, 0);
  ck_assert_int_eq(drift.largest_shift, 0);
  rows[0].answered++;
  rows[1].status = 503;
  char *other = world_new(rows, 2);
  ck_assert(rd_compare_drift(one, other, 0, RD_NEVER, &drift, NULL));
  ck_assert_uint_eq(drift.attempts, 3);
  ck_assert_uint_eq(drift.missing, 1);
  ck_assert_uint_eq(drift.times_differ, 1);
  ck_assert_int_eq(drift.largest_shift, 1);
  ck_assert_uint_eq(drift.status_differs, 1);
  ck_assert_uint_eq(drift.served_differs, 1);
  world_free(one);
  world_free(same);
  world_free(other);
}
END_TEST

/* Where the baseline does not know an attempt, one world that blames the attack for it is enough. */
START_TEST(an_attempt_that_any_world_blames_on_the_attack_is_none) {
  RdLedgerRow n[] = {row_of(RD_ATTEMPT_REGISTER, 1, 1, 10 * S, 200, MS)};
  RdLedgerRow clean[] = {n[0], row_of(RD_ATTEMPT_REGISTER, 2, 9, 12 * S, 200, MS)};
  RdLedgerRow blamed[] = {n[0], clean[1]};
  blamed[1].causes = 1;
  char *nothing = world_new(n, 1), *a = world_new(clean, 2), *b = world_new(blamed, 2);
  const char *folders[RD_WORLDS] = {nothing, a, b, nothing};
  RdComparisons c;
  ck_assert(rd_compare_worlds(folders, 10 * S, 30 * S, &c, NULL));
  ck_assert_uint_eq(c.registers.attempts, 1);
  ck_assert_uint_eq(c.registers.gained[RD_IN_A], 0);
  world_free(nothing);
  world_free(a);
  world_free(b);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("compare");
  TCase *t = tcase_create("compare");
  tcase_add_test(t, every_combination_has_its_fate);
  tcase_add_test(t, worlds_are_matched_and_counted);
  tcase_add_test(t, a_callees_will_is_service);
  tcase_add_test(t, a_call_that_nobody_had_is_lost);
  tcase_add_test(t, a_busy_line_differs_from_an_answer);
  tcase_add_test(t, a_pair_tells_of_any_window);
  tcase_add_test(t, who_counts);
  tcase_add_test(t, an_attempt_that_any_world_blames_on_the_attack_is_none);
  tcase_add_test(t, a_broken_world_is_an_error);
  tcase_add_test(t, noise_does_no_harm);
  tcase_add_test(t, drift_sees_a_nanosecond);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
