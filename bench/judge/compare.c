#include "bench/judge/compare.h"

#include <gio/gio.h>
#include <math.h>
#include <stdlib.h>

#include "bench/judge/statistics.h"
#include "lab/result/service.h"

const char *rd_fate_name(RdFate fate) {
  static const char *const names[RD_FATES] = {"baseline",        "served", "lost-to-attack",
                                              "lost-to-defense", "either", "interaction",
                                              "rescued"};
  return names[fate];
}

RdFate rd_fate(bool n, bool a, bool b, bool d) {
  if (!n)
    return RD_FATE_BASELINE;
  if (!a && b)
    return RD_FATE_RESCUED;
  if (!a)
    return d ? RD_FATE_LOST_TO_ATTACK : RD_FATE_EITHER;
  if (!d)
    return RD_FATE_LOST_TO_DEFENSE;
  return b ? RD_FATE_SERVED : RD_FATE_INTERACTION;
}

/* ---- matching -------------------------------------------------------------------------------- */

static int compare_u64(uint64_t a, uint64_t b) {
  return (a > b) - (a < b);
}

static int by_key(const RdLedgerRow *a, const RdLedgerRow *b) {
  int order = compare_u64(a->kind, b->kind);
  order = order ? order : compare_u64(a->node, b->node);
  order = order ? order : compare_u64(a->entity, b->entity);
  return order ? order : compare_u64(a->attempt, b->attempt);
}

static int by_key_of_pointers(const void *a, const void *b) {
  const RdLedgerRow *x = *(const RdLedgerRow *const *)a, *y = *(const RdLedgerRow *const *)b;
  int order = by_key(x, y);
  return order ? order : compare_u64((uint64_t)x->started, (uint64_t)y->started);
}

/* One world's rows in the order of their keys, and how far they have been read. */
typedef struct {
  RdLedger *ledger;
  const RdLedgerRow **rows;
  size_t n, at;
} Sorted;

static bool sorted_open(Sorted *s, const char *folder, GError **error) {
  *s = (Sorted){.ledger = rd_ledger_open(folder, error)};
  if (!s->ledger)
    return false;
  const RdLedgerRow *rows = rd_ledger_rows(s->ledger, &s->n);
  s->rows = g_new(const RdLedgerRow *, s->n + 1);
  for (size_t i = 0; i < s->n; i++)
    s->rows[i] = &rows[i];
  qsort(s->rows, s->n, sizeof *s->rows, by_key_of_pointers);
  return true;
}

static void sorted_close(Sorted *s) {
  g_free(s->rows);
  rd_ledger_close(s->ledger);
}

/* The next key's rows, a world each (NULL: missing); false at the end. A key that comes twice in a
 * world is read once, its first. */
static bool next_match(Sorted *worlds, unsigned n, const RdLedgerRow *ret[]) {
  const RdLedgerRow *least = NULL;
  for (unsigned w = 0; w < n; w++) {
    const RdLedgerRow *row = worlds[w].at < worlds[w].n ? worlds[w].rows[worlds[w].at] : NULL;
    if (row && (!least || by_key(row, least) < 0))
      least = row;
  }
  for (unsigned w = 0; least && w < n; w++) {
    Sorted *s = &worlds[w];
    ret[w] = NULL;
    for (; s->at < s->n && !by_key(s->rows[s->at], least); s->at++)
      if (!ret[w])
        ret[w] = s->rows[s->at];
  }
  return least != NULL;
}

/* N decides if it knows the attempt; else every world that has it must call it clean, that is: caused
 * by nobody but twins. */
static bool counts_with(const RdLedgerRow *const rows[], unsigned n, uint64_t twins, RdTime from,
                        RdTime to) {
  const RdLedgerRow *first = NULL;
  for (unsigned w = 0; w < n; w++) {
    if (!rows[w])
      continue;
    if (rows[w]->causes & ~twins && !rows[RD_IN_N])
      return false;
    if (!first)
      first = rows[w];
  }
  return !(first->causes & ~twins) && first->started >= from && first->started < to;
}

static bool counts(const RdLedgerRow *const rows[], unsigned n, RdTime from, RdTime to) {
  return counts_with(rows, n, 0, from, to);
}

/* What became of an attempt from one world to the other (NULL: missing there). A call busy there and
 * answered here is a gain, so that calls which only changed places by chance cancel out in the sums. */
typedef struct {
  bool lost, gained;
} Turn;

static bool served_in(const RdLedgerRow *row, const RdLedgerRow *there) {
  return row && rd_attempt_served_beside(row, there);
}

static Turn turn(const RdLedgerRow *before, const RdLedgerRow *after) {
  bool here = served_in(after, before);
  return (Turn){served_in(before, NULL) && !here, here && !served_in(before, after)};
}

/* ---- four worlds ----------------------------------------------------------------------------- */

typedef struct {
  RdComparison *into;
  GArray *added[RD_WORLDS]; /* double, ns */
} Tally;

static void tally_init(Tally *t, RdComparison *into) {
  *into = (RdComparison){0};
  t->into = into;
  for (unsigned w = 0; w < RD_WORLDS; w++)
    t->added[w] = g_array_new(FALSE, FALSE, sizeof(double));
}

static void tally_finish(Tally *t) {
  for (unsigned w = 0; w < RD_WORLDS; w++) {
    const double *x = (const double *)(const void *)t->added[w]->data;
    size_t n = t->added[w]->len;
    t->into->added[w] = (RdAddedDelay){n, rd_stat_mean(x, n), rd_stat_quantile(x, n, 0.5),
                                       rd_stat_quantile(x, n, 0.95)};
    g_array_unref(t->added[w]);
  }
}

static void tally_delays(Tally *t, const RdLedgerRow *const rows[RD_WORLDS]) {
  RdTime before = rows[RD_IN_N] ? rd_attempt_delay(rows[RD_IN_N]) : -1;
  for (unsigned w = 0; before >= 0 && w < RD_WORLDS; w++) {
    RdTime after = rows[w] ? rd_attempt_delay(rows[w]) : -1;
    double added = (double)(after - before);
    if (after >= 0)
      g_array_append_val(t->added[w], added);
  }
}

static void tally_add(Tally *t, const RdLedgerRow *const rows[RD_WORLDS]) {
  bool served[RD_WORLDS], missing = false;
  RdComparison *c = t->into;
  for (unsigned w = 0; w < RD_WORLDS; w++) {
    Turn came = turn(rows[RD_IN_N], rows[w]);
    served[w] = served_in(rows[w], rows[RD_IN_N]);
    missing = missing || !rows[w];
    c->lost[w] += came.lost;
    c->gained[w] += came.gained;
  }
  c->attempts++;
  c->missing += missing;
  c->combinations[rd_combination(served[RD_IN_N], served[RD_IN_A], served[RD_IN_B],
                                 served[RD_IN_D])]++;
  c->fates[rd_fate(served[RD_IN_N], served[RD_IN_A], served[RD_IN_B], served[RD_IN_D])]++;
  tally_delays(t, rows);
}

static unsigned kind_of(const RdLedgerRow *const rows[], unsigned n) {
  for (unsigned w = 0; w < n; w++)
    if (rows[w])
      return rows[w]->kind;
  return 0;
}

static void compare_all(Sorted worlds[RD_WORLDS], RdTime from, RdTime to, RdComparisons *ret) {
  Tally tallies[3]; /* by RdAttemptKind - 1 */
  tally_init(&tallies[RD_ATTEMPT_REGISTER - 1], &ret->registers);
  tally_init(&tallies[RD_ATTEMPT_CALL - 1], &ret->calls);
  tally_init(&tallies[RD_ATTEMPT_MESSAGE - 1], &ret->messages);
  const RdLedgerRow *rows[RD_WORLDS];
  while (next_match(worlds, RD_WORLDS, rows)) {
    unsigned kind = kind_of(rows, RD_WORLDS);
    if (kind >= RD_ATTEMPT_REGISTER && kind <= RD_ATTEMPT_MESSAGE &&
        counts(rows, RD_WORLDS, from, to))
      tally_add(&tallies[kind - 1], rows);
  }
  for (unsigned i = 0; i < G_N_ELEMENTS(tallies); i++)
    tally_finish(&tallies[i]);
}

static bool open_all(Sorted *worlds, const char *const *folders, unsigned n, GError **error) {
  for (unsigned w = 0; w < n; w++)
    if (!sorted_open(&worlds[w], folders[w], error))
      return false;
  return true;
}

bool rd_compare_worlds(const char *const folders[RD_WORLDS], RdTime from, RdTime to,
                       RdComparisons *ret, GError **error) {
  Sorted worlds[RD_WORLDS] = {0};
  bool ok = open_all(worlds, folders, RD_WORLDS, error);
  if (ok)
    compare_all(worlds, from, to, ret);
  for (unsigned w = 0; w < RD_WORLDS; w++)
    sorted_close(&worlds[w]);
  return ok;
}

/* ---- two worlds, any window ------------------------------------------------------------------- */

typedef struct {
  RdTime started, over;
  uint8_t kind; /* RdAttemptKind - 1 */
  bool lost, gained, missing;
} Step;

struct RdPair {
  GArray *steps; /* Step, by `started` */
};

static int by_started(const void *a, const void *b) {
  const Step *x = a, *y = b;
  return (x->started > y->started) - (x->started < y->started);
}

/* Until when it could still come to harm: a call that somebody had, until the first of the two is out
 * of it; anything else, until its answer, or until its owner stopped waiting for one. */
static RdTime over(const RdLedgerRow *row) {
  if (row->answered == RD_NEVER)
    return row->left == RD_NEVER ? row->started : row->left;
  return row->answered + row->talked;
}

static void pair_fill(RdPair *pair, Sorted worlds[2], uint64_t twins) {
  const RdLedgerRow *rows[2];
  while (next_match(worlds, 2, rows)) {
    unsigned kind = kind_of(rows, 2);
    if (kind < RD_ATTEMPT_REGISTER || kind > RD_ATTEMPT_MESSAGE ||
        !counts_with(rows, 2, twins, 0, RD_NEVER))
      continue;
    Turn t = turn(rows[0], rows[1]);
    const RdLedgerRow *row = rows[0] ? rows[0] : rows[1];
    Step step = {.started = row->started,
                 .over = over(row),
                 .kind = (uint8_t)(kind - 1),
                 .lost = t.lost,
                 .gained = t.gained,
                 .missing = !rows[0] || !rows[1]};
    g_array_append_val(pair->steps, step);
  }
  g_array_sort(pair->steps, by_started);
}

RdPair *rd_pair_open_with(const char *baseline, const char *world, uint64_t twins, GError **error) {
  const char *const folders[2] = {baseline, world};
  Sorted worlds[2] = {0};
  g_autoptr(RdPair) pair = g_new0(RdPair, 1);
  pair->steps = g_array_new(FALSE, FALSE, sizeof(Step));
  bool ok = open_all(worlds, folders, 2, error);
  if (ok)
    pair_fill(pair, worlds, twins);
  for (unsigned w = 0; w < 2; w++)
    sorted_close(&worlds[w]);
  return ok ? g_steal_pointer(&pair) : NULL;
}

RdPair *rd_pair_open(const char *baseline, const char *world, GError **error) {
  return rd_pair_open_with(baseline, world, 0, error);
}

void rd_pair_free(RdPair *pair) {
  if (!pair)
    return;
  g_array_unref(pair->steps);
  g_free(pair);
}

static guint first_step(const RdPair *pair, RdTime time) {
  guint low = 0, high = pair->steps->len;
  while (low < high) {
    guint mid = low + (high - low) / 2;
    if (g_array_index(pair->steps, Step, mid).started < time)
      low = mid + 1;
    else
      high = mid;
  }
  return low;
}

static void add_step(RdChange *change, const Step *step) {
  change->attempts++;
  change->lost += step->lost;
  change->gained += step->gained;
  change->missing += step->missing;
}

RdChanges rd_pair_under_way(const RdPair *pair, RdTime first, RdTime from, RdTime to) {
  RdChanges c = {0};
  RdChange *kinds[] = {&c.registers, &c.calls, &c.messages}; /* by RdAttemptKind - 1 */
  for (guint i = first_step(pair, first), end = first_step(pair, to); i < end; i++) {
    const Step *step = &g_array_index(pair->steps, Step, i);
    if (step->over < from && step->started < from)
      continue;
    add_step(kinds[step->kind], step);
    add_step(&c.all, step);
  }
  return c;
}

RdChanges rd_pair_changes(const RdPair *pair, RdTime from, RdTime to) {
  return rd_pair_under_way(pair, from, from, to);
}

/* ---- drift ----------------------------------------------------------------------------------- */

static bool shift(RdTime a, RdTime b, RdDrift *drift) {
  if (a == b)
    return false;
  if (a >= 0 && b >= 0 && a != RD_NEVER && b != RD_NEVER)
    drift->largest_shift = MAX(drift->largest_shift, a > b ? a - b : b - a);
  return true;
}

static void drift_add(RdDrift *drift, const RdLedgerRow *a, const RdLedgerRow *b) {
  drift->attempts++;
  if (!a || !b) {
    drift->missing++;
    return;
  }
  bool moved = shift(a->started, b->started, drift);
  moved = shift(a->ringing, b->ringing, drift) || moved;
  moved = shift(a->answered, b->answered, drift) || moved;
  moved = shift(a->ended, b->ended, drift) || moved;
  moved = shift(a->closed, b->closed, drift) || moved;
  moved = shift(a->left, b->left, drift) || moved;
  moved = a->wanted != b->wanted || a->talked != b->talked || moved;
  drift->times_differ += moved;
  drift->status_differs += a->status != b->status;
  Turn t = turn(a, b);
  drift->served_differs += t.lost || t.gained;
}

bool rd_compare_drift(const char *world, const char *other, RdTime from, RdTime to, RdDrift *ret,
                      GError **error) {
  const char *const folders[2] = {world, other};
  Sorted worlds[2] = {0};
  const RdLedgerRow *rows[2];
  bool ok = open_all(worlds, folders, 2, error);
  *ret = (RdDrift){0};
  while (ok && next_match(worlds, 2, rows))
    if (counts(rows, 2, from, to))
      drift_add(ret, rows[0], rows[1]);
  for (unsigned w = 0; w < 2; w++)
    sorted_close(&worlds[w]);
  return ok;
}
