/* Crafted trials: calls that nobody had, calls to lines kept busy, calls torn down. A status alone
 * would call each of them served. */
#include <string.h>

#include "bench/judge/compare.h"
#include "lab/result/service.h"
#include "tests/check_main.h"
#include "tests/worlds/worlds.h"

/* Everybody answers; `networks` and `attack` may be "". */
static char *trial(const char *phones, const char *networks, const char *attack) {
  return g_strdup_printf("trial: served\n"
                         "topology: %s/topologies/volte-home.yaml\n"
                         "seed: 5\nduration: 100 s\nwarmup: 0 s\n"
                         "set: {ue: {subscribers: 60, answered: 1, no-answer: 0, busy: 0, "
                         "rejected: 0, %s}}\n%s%s",
                         g_getenv("REDOUBT_SOURCE"), phones, networks, attack);
}

#define FORGER(at)                                                                                 \
  "attacks:\n  - {attack: forger, at: 20 s, for: 60 s, set: {seed: 5, subscribers: 60, every: 5 "  \
  "s, "                                                                                            \
  "at: " at "}}\n"
#define TALKATIVE "bhca: 120, hold: 10 s, ring-min: 1 s, ring-max: 2 s"
/* One way takes 2 s: the callee answers 3 s after the caller has sent CANCEL, 1 s before it comes. */
#define SLOW_LINE "networks: {gm: {line: {delay: 1 s}}}\n"
#define IMPATIENT "bhca: 60, ring-min: 3 s, ring-max: 3500 ms, patience: 5 s"

/* Calls that both worlds know, by what became of them; and what the comparison says. */
typedef struct {
  unsigned calls, busy, gone, dropped; /* of those that the baseline served by an answer */
  RdChange change;
} Held;

static const RdLedgerRow *find(const RdLedgerRow *rows, size_t n, const RdLedgerRow *like) {
  for (size_t i = 0; i < n; i++)
    if (rows[i].kind == like->kind && rows[i].node == like->node &&
        rows[i].entity == like->entity && rows[i].attempt == like->attempt)
      return &rows[i];
  return NULL;
}

static Held hold(const char *baseline, const char *world) {
  Held h = {0};
  size_t n, m;
  g_autoptr(RdPair) pair = rd_pair_open(baseline, world, NULL);
  g_autoptr(RdLedger) x = rd_ledger_open(baseline, NULL);
  g_autoptr(RdLedger) y = rd_ledger_open(world, NULL);
  ck_assert(pair && x && y);
  const RdLedgerRow *p = rd_ledger_rows(x, &n), *q = rd_ledger_rows(y, &m);
  for (size_t i = 0; i < n; i++) {
    const RdLedgerRow *row = find(q, m, &p[i]);
    if (p[i].kind != RD_ATTEMPT_CALL || p[i].status != 200 || p[i].talked < p[i].wanted || !row)
      continue;
    h.calls++;
    h.busy += row->status == 486;
    h.gone += row->status == 200 && row->left < row->answered;
    h.dropped += row->status == 200 && row->talked < row->wanted;
  }
  h.change = rd_pair_changes(pair, 0, RD_NEVER).calls;
  return h;
}

START_TEST(a_call_answered_after_its_caller_left_is_not_served) {
  g_autofree char *quick = trial(IMPATIENT, "", ""), *slow = trial(IMPATIENT, SLOW_LINE, "");
  char *a = world_run(quick, NULL), *b = world_run(slow, NULL);
  JsonNode *x = world_result(a), *y = world_result(b);
  ck_assert_double_eq(world_number(x, "legit.call.caller_gone"), 0);
  ck_assert_double_eq(world_number(x, "legit.call.served"), world_number(x, "legit.call.attempts"));
  const double gone = world_number(y, "legit.call.caller_gone");
  ck_assert_double_gt(gone, 10);
  ck_assert_double_eq(world_number(y, "legit.call.answered"), 0);
  /* The rest met a busy line. The RFC counts every 200. */
  ck_assert_double_eq(world_number(y, "legit.call.served"), world_number(y, "legit.call.busy"));
  ck_assert_double_eq_tol(world_number(y, "legit.call.ser"),
                          100 * gone / world_number(y, "legit.call.attempts"), 1e-6);
  ck_assert_double_eq(world_number(y, "legit.call.talked_ns"), 0);
  const Held h = hold(a, b);
  ck_assert_uint_gt(h.gone, 10);
  ck_assert_uint_ge(h.change.lost, h.gone);
  json_node_unref(x);
  json_node_unref(y);
  world_remove(a);
  world_remove(b);
}
END_TEST

/* The caller is told that it is over, its callee is not: a call dropped, and for as long as the callee
 * waits to hear something, a line that is busy to everybody else. */
START_TEST(half_a_call_is_lost_and_keeps_a_line_busy) {
  g_autofree char *peace = trial(TALKATIVE, "", ""), *torn = trial(TALKATIVE, "", FORGER("caller"));
  char *a = world_run(peace, NULL), *b = world_run(torn, NULL);
  JsonNode *x = world_result(a), *y = world_result(b);
  ck_assert_double_eq(world_number(x, "legit.call.dropped"), 0);
  ck_assert_double_eq(world_number(x, "legit.call.lost_talk_ns"), 0);
  ck_assert_double_gt(world_number(y, "legit.call.dropped"), 10);
  ck_assert_double_gt(world_number(y, "legit.call.lost_talk_ns"), 10 * RD_SECOND);
  ck_assert_double_lt(world_number(y, "legit.call.talked_ns"),
                      world_number(x, "legit.call.talked_ns"));
  ck_assert_double_eq(world_number(y, "legit.call.served"),
                      world_number(y, "legit.call.answered") + world_number(y, "legit.call.busy") -
                          world_number(y, "legit.call.dropped"));
  const Held h = hold(a, b);
  ck_assert_uint_gt(h.busy, 0);
  ck_assert_uint_gt(h.dropped, 3);
  ck_assert_uint_ge(h.change.lost, h.busy + h.dropped);
  json_node_unref(x);
  json_node_unref(y);
  world_remove(a);
  world_remove(b);
}
END_TEST

/* The callee is told: the caller, who hears nothing, hangs up in the end; what it talked to nobody in
 * between is no talk. */
START_TEST(talk_to_nobody_is_no_talk) {
  g_autofree char *torn = trial(TALKATIVE, "", FORGER("callee"));
  char *world = world_run(torn, NULL);
  g_autoptr(RdLedger) ledger = rd_ledger_open(world, NULL);
  size_t n;
  const RdLedgerRow *rows = rd_ledger_rows(ledger, &n);
  unsigned silent = 0, dropped = 0;
  for (size_t i = 0; i < n; i++) {
    const RdLedgerRow *row = &rows[i];
    if (row->kind != RD_ATTEMPT_CALL || row->status != 200 || row->talked >= row->wanted)
      continue;
    dropped++;
    silent += row->ended != RD_NEVER && row->ended - row->answered > row->talked;
    /* It holds on as long as it wanted to, or until 20 s of silence. */
    if (row->ended != RD_NEVER)
      ck_assert_int_eq(row->ended - row->answered, MIN(row->wanted, row->talked + 20 * RD_SECOND));
  }
  ck_assert_uint_gt(dropped, 3);
  ck_assert_uint_gt(silent, 3);
  world_remove(world);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("served");
  TCase *t = tcase_create("served");
  tcase_set_timeout(t, 300);
  tcase_add_test(t, a_call_answered_after_its_caller_left_is_not_served);
  tcase_add_test(t, half_a_call_is_lost_and_keeps_a_line_busy);
  tcase_add_test(t, talk_to_nobody_is_no_talk);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
