/* matrix.c - a campaign's answer, a cell an attack x defense setting. */
#include "bench/judge/matrix.h"

#include <math.h>
#include <string.h>

#include "bench/judge/document.h"
#include "lab/attacker/harm.h"

static void cell_free(gpointer data) {
  RdCell *cell = data;
  g_ptr_array_unref(cell->outcomes);
  g_free(cell->timeline);
  g_free(cell);
}

const char *rd_cell_outcome_name(RdCellOutcome says) {
  static const char *const words[] = {"unknown", "lost",     "open",   "held",
                                      "minor",   "harmless", "spared", "harmed"};
  return words[says];
}

static RdCell *find_cell(const GPtrArray *cells, const char *attack, const char *defense) {
  for (guint i = 0; i < cells->len; i++) {
    RdCell *cell = cells->pdata[i];
    if (strcmp(cell->attack, attack) == 0 && strcmp(cell->defense, defense) == 0)
      return cell;
  }
  return NULL;
}

const RdCell *rd_matrix_cell(const RdMatrix *matrix, const char *attack, const char *defense) {
  return find_cell(matrix->cells, attack, defense);
}

/* ---- one cell --------------------------------------------------------------------------------- */

static RdShare share_of(unsigned k, unsigned n) {
  return (RdShare){k, n, rd_stat_wilson(k, n, RD_CONFIDENCE)};
}

static double most_attempts(const RdCell *cell) {
  double most = 0;
  for (guint i = 0; i < cell->outcomes->len; i++) {
    const double n = ((const RdOutcome *)cell->outcomes->pdata[i])->measures[RD_M_ATTEMPTS];
    most = n > most ? n : most;
  }
  return most;
}

static RdBounds bounds_of(const RdCell *cell, RdMeasure measure) {
  switch (rd_measure(measure)->range) {
  case RD_RANGE_POSITIVE:
    return (RdBounds){0, INFINITY};
  case RD_RANGE_SHARE:
    return (RdBounds){0, 1};
  case RD_RANGE_PERCENT:
    return (RdBounds){0, 100};
  case RD_RANGE_POINTS:
    return (RdBounds){-100, 100};
  case RD_RANGE_ATTEMPTS:
    return (RdBounds){0, most_attempts(cell)};
  case RD_RANGE_EFFECT:
    return cell->bounds;
  case RD_RANGE_ANY:
    break;
  }
  return RD_UNBOUNDED;
}

static RdSummary summary_of(const RdCell *cell, RdMeasure measure) {
  g_autofree double *x = g_new(double, cell->outcomes->len + 1);
  size_t n = 0;
  for (guint i = 0; i < cell->outcomes->len; i++)
    x[n++] = ((const RdOutcome *)cell->outcomes->pdata[i])->measures[measure];
  return rd_stat_summary(x, n, bounds_of(cell, measure));
}

/* One seed has no spread, but its attempts have. */
static void one_seed(RdCell *cell) {
  const RdOutcome *o = cell->outcomes->pdata[0];
  if (cell->outcomes->len != 1 || o->why_not)
    return;
  const RdSuccess *with = &o->subject->defended, *without = &o->subject->alone;
  cell->measures[RD_M_EFFECT].interval = (RdInterval){with->effect_low, with->effect_high};
  cell->measures[RD_M_EFFECT_ALONE].interval =
      (RdInterval){without->effect_low, without->effect_high};
  cell->measures[RD_M_TWIN_EFFECT].interval = (RdInterval){o->twin.low, o->twin.high};
}

RdShare rd_cell_share(const RdCell *cell, RdMeasure measure) {
  unsigned k = 0, n = 0;
  for (guint i = 0; i < cell->outcomes->len; i++) {
    const double value = ((const RdOutcome *)cell->outcomes->pdata[i])->measures[measure];
    n += !isnan(value);
    k += value > 0;
  }
  return share_of(k, n);
}

static void count_shares(RdCell *cell) {
  for (guint i = 0; i < cell->outcomes->len; i++)
    cell->usable += !((const RdOutcome *)cell->outcomes->pdata[i])->why_not;
  cell->detected = rd_cell_share(cell, RD_M_DETECTED);
  cell->succeeded_alone = rd_cell_share(cell, RD_M_SUCCEEDED_ALONE);
  cell->succeeded = rd_cell_share(cell, RD_M_SUCCEEDED);
}

/* Seeds without a detection count as watched until the attack's end. */
static void time_to_detect(RdCell *cell) {
  g_autofree double *times = g_new(double, cell->outcomes->len + 1);
  g_autofree bool *observed = g_new(bool, cell->outcomes->len + 1);
  size_t n = 0;
  for (guint i = 0; i < cell->outcomes->len; i++) {
    const RdOutcome *o = cell->outcomes->pdata[i];
    if (isnan(o->measures[RD_M_DETECTED]))
      continue;
    observed[n] = !isnan(o->measures[RD_M_TTD]);
    times[n] = observed[n] ? o->measures[RD_M_TTD] : (double)(o->facts.stop - o->facts.start) / 1e9;
    n++;
  }
  cell->ttd_median = rd_stat_kaplan_meier_median(times, observed, n);
  cell->ttd_interval = rd_stat_kaplan_meier_interval(times, observed, n, RD_CONFIDENCE);
}

static RdPaired effect_change(const RdCell *cell) {
  g_autofree double *with = g_new(double, cell->outcomes->len + 1);
  g_autofree double *without = g_new(double, cell->outcomes->len + 1);
  size_t n = 0;
  for (guint i = 0; i < cell->outcomes->len; i++) {
    const RdOutcome *o = cell->outcomes->pdata[i];
    with[n] = o->measures[RD_M_EFFECT];
    without[n++] = o->measures[RD_M_EFFECT_ALONE];
  }
  return rd_stat_paired(with, without, n, cell->bounds);
}

const RdSummary *rd_cell_effect(const RdCell *cell) {
  return &cell->measures[cell->benign ? RD_M_TWIN_EFFECT : RD_M_EFFECT];
}

/* Whether an interval lies wholly at or above a threshold (1), wholly below (-1), or neither (0). */
static int side_of(RdInterval interval, double threshold) {
  return interval.low >= threshold ? 1 : interval.high < threshold ? -1 : 0;
}

static RdCellOutcome twin_verdict(const RdCell *cell) {
  const RdSummary *effect = rd_cell_effect(cell);
  if (!cell->guarded || !effect->n || isnan(effect->interval.low))
    return RD_CELL_NOTHING;
  const int side = side_of(effect->interval, cell->threshold);
  return side > 0 ? RD_CELL_HARMED : side < 0 ? RD_CELL_SPARED : RD_CELL_OPEN;
}

RdCellOutcome rd_cell_outcome_of(RdInterval here, RdInterval undefended, double threshold) {
  const int side = side_of(here, threshold), alone = side_of(undefended, threshold);
  if (side >= 0)
    return side > 0 ? RD_CELL_LOST : RD_CELL_OPEN;
  if (alone >= 0)
    return alone > 0 ? RD_CELL_HELD : RD_CELL_OPEN;
  return here.low > 0 ? RD_CELL_MINOR : RD_CELL_HARMLESS;
}

static RdCellOutcome verdict_of(const RdCell *cell) {
  const RdSummary *here = rd_cell_effect(cell), *alone = &cell->measures[RD_M_EFFECT_ALONE];
  if (cell->usable == 0 || isnan(cell->threshold))
    return RD_CELL_NOTHING;
  if (cell->benign)
    return twin_verdict(cell);
  if (!here->n || isnan(here->interval.low) || isnan(alone->interval.low))
    return RD_CELL_NOTHING;
  return rd_cell_outcome_of(here->interval, alone->interval, cell->threshold);
}

static void describe(RdCell *cell) {
  for (guint i = 0; i < cell->outcomes->len; i++) {
    const RdOutcome *o = cell->outcomes->pdata[i];
    if (o->why_not)
      continue;
    cell->benign = o->benign;
    cell->guarded = o->guarded;
    cell->facts = cell->facts ? cell->facts : &o->facts;
    cell->acts = cell->acts || o->acts;
    cell->speaks = cell->speaks || o->speaks;
    cell->effect_unit = o->subject->alone.unit;
    cell->bounds = (RdBounds){o->subject->alone.least, o->subject->alone.most};
    cell->threshold = o->benign ? RD_HARM_THRESHOLD : o->subject->alone.threshold;
  }
}

static void finish_cell(RdCell *cell) {
  describe(cell);
  count_shares(cell);
  for (unsigned m = 0; m < RD_MEASURES; m++)
    cell->measures[m] = summary_of(cell, (RdMeasure)m);
  one_seed(cell);
  time_to_detect(cell);
  cell->effect_change = effect_change(cell);
  cell->p_adjusted = NAN;
  cell->says = verdict_of(cell);
}

/* ---- its attacks ------------------------------------------------------------------------------ */

static RdCellAttack sum_up(const RdCell *cell, unsigned which) {
  const guint most = cell->outcomes->len;
  g_autofree double *alone = g_new(double, most + 1), *with = g_new(double, most + 1);
  RdCellAttack a = {.threshold = NAN, .unit = ""};
  RdBounds bounds = RD_UNBOUNDED;
  unsigned n = 0, alone_k = 0, with_k = 0, asked = 0;
  for (guint i = 0; i < most; i++) {
    const RdOutcome *o = cell->outcomes->pdata[i];
    if (o->why_not || which >= o->n_attacks)
      continue;
    const RdOutcomeAttack *of = &o->attacks[which];
    a.name = of->name;
    a.role = of->role;
    a.unit = of->alone.unit;
    a.threshold = of->alone.threshold;
    bounds = (RdBounds){of->alone.least, of->alone.most};
    alone[n] = of->alone.effect;
    with[n++] = of->defended.effect;
    asked += of->role != RD_ROLE_TWIN;
    alone_k += of->alone.succeeded;
    with_k += of->defended.succeeded;
  }
  a.succeeded_alone = share_of(alone_k, asked);
  a.succeeded = share_of(with_k, asked);
  a.effect_alone = rd_stat_summary(alone, n, bounds);
  a.effect = rd_stat_summary(with, n, bounds);
  return a;
}

RdCellAttack *rd_cell_attacks(const RdCell *cell, unsigned *ret_n) {
  *ret_n = 0;
  for (guint i = 0; i < cell->outcomes->len; i++)
    *ret_n = MAX(*ret_n, ((const RdOutcome *)cell->outcomes->pdata[i])->n_attacks);
  RdCellAttack *attacks = g_new0(RdCellAttack, *ret_n + 1);
  for (unsigned i = 0; i < *ret_n; i++)
    attacks[i] = sum_up(cell, i);
  return attacks;
}

/* ---- the whole -------------------------------------------------------------------------------- */

static void add_label(GPtrArray *labels, const char *label) {
  for (guint i = 0; i < labels->len; i++)
    if (strcmp(labels->pdata[i], label) == 0)
      return;
  g_ptr_array_add(labels, (gpointer)label);
}

static gboolean same_sweep(const GArray *a, const GArray *b) {
  gboolean same = a->len == b->len;
  for (guint i = 0; same && i < a->len; i++) {
    const RdPlanCoordinate *x = &g_array_index(a, RdPlanCoordinate, i),
                           *y = &g_array_index(b, RdPlanCoordinate, i);
    same = strcmp(x->swept, y->swept) == 0 && strcmp(x->instance, y->instance) == 0 &&
           strcmp(x->parameter, y->parameter) == 0 && strcmp(x->value, y->value) == 0;
  }
  return same;
}

/* Points of one sweep may bear the same labels. */
static RdCell *find_point(const GPtrArray *sweeps, const RdOutcome *o) {
  for (guint i = 0; i < sweeps->len; i++) {
    RdCell *cell = sweeps->pdata[i];
    const RdOutcome *p = cell->outcomes->pdata[0];
    if (strcmp(p->attack, o->attack) == 0 && strcmp(p->defense, o->defense) == 0 &&
        strcmp(p->row->of_attack, o->row->of_attack) == 0 &&
        strcmp(p->row->of_defense, o->row->of_defense) == 0 &&
        same_sweep(p->row->sweep, o->row->sweep))
      return cell;
  }
  return NULL;
}

static RdCell *cell_of(RdMatrix *m, const RdOutcome *o) {
  gboolean swept = o->row->sweep->len > 0;
  RdCell *found = swept ? find_point(m->sweeps, o) : find_cell(m->cells, o->attack, o->defense);
  if (found)
    return found;
  RdCell *cell = g_new0(RdCell, 1);
  cell->attack = o->attack;
  cell->defense = o->defense;
  cell->effect_unit = "";
  cell->bounds = RD_UNBOUNDED;
  cell->threshold = NAN;
  cell->outcomes = g_ptr_array_new();
  g_ptr_array_add(swept ? m->sweeps : m->cells, cell);
  if (swept)
    return cell;
  cell->timeline = g_new0(RdTimeline, 1);
  add_label(m->attacks, o->attack);
  add_label(m->defenses, o->defense);
  return cell;
}

/* Holm over the settings of one attack: each is a hypothesis of its own about that attack. */
static void adjust(RdMatrix *m, const char *attack) {
  g_autofree double *p = g_new(double, m->cells->len + 1);
  g_autofree double *adjusted = g_new(double, m->cells->len + 1);
  g_autofree RdCell **cells = g_new(RdCell *, m->cells->len + 1);
  size_t n = 0;
  for (guint i = 0; i < m->cells->len; i++) {
    RdCell *cell = m->cells->pdata[i];
    if (strcmp(cell->attack, attack) != 0 || !cell->guarded)
      continue;
    cells[n] = cell;
    p[n++] = cell->effect_change.p;
  }
  rd_stat_holm(p, n, adjusted);
  unsigned settings = 0;
  for (size_t i = 0; i < n; i++)
    settings += !isnan(p[i]);
  for (size_t i = 0; i < n; i++) {
    cells[i]->p_adjusted = adjusted[i];
    cells[i]->settings = settings;
  }
}

/* NaN last; equal ones stay in the plan's order, as cells are added in it and the sort is stable. */
static gint by_effect(gconstpointer a, gconstpointer b) {
  const RdCell *x = *(const RdCell *const *)a, *y = *(const RdCell *const *)b;
  if (x->guarded != y->guarded)
    return x->guarded ? 1 : -1;
  const double p = rd_cell_effect(x)->mean, q = rd_cell_effect(y)->mean;
  return isnan(p) || isnan(q) ? isnan(p) - isnan(q) : (p > q) - (p < q);
}

GPtrArray *rd_matrix_ordered(const RdMatrix *m, const char *attack) {
  GPtrArray *cells = g_ptr_array_new();
  for (guint i = 0; i < m->cells->len; i++)
    if (strcmp(((const RdCell *)m->cells->pdata[i])->attack, attack) == 0)
      g_ptr_array_add(cells, m->cells->pdata[i]);
  g_ptr_array_sort(cells, by_effect);
  return cells;
}

RdMatrix *rd_matrix_new(RdStore *store, RdParts *parts, gint64 timeout_ms, GError **error) {
  g_autoptr(GPtrArray) rows = rd_store_plan(store, error);
  if (!rows)
    return NULL;
  g_autoptr(RdPredicates) predicates = rd_predicates_new(timeout_ms);
  g_autoptr(RdMatrix) m = g_new0(RdMatrix, 1);
  m->rows = g_ptr_array_ref(rows);
  m->outcomes = g_ptr_array_new_with_free_func((GDestroyNotify)rd_outcome_free);
  m->cells = g_ptr_array_new_with_free_func(cell_free);
  m->sweeps = g_ptr_array_new_with_free_func(cell_free);
  m->attacks = g_ptr_array_new();
  m->defenses = g_ptr_array_new();
  for (guint i = 0; i < rows->len; i++) {
    RdOutcome *o = rd_outcome_new(store, parts, rows->pdata[i], predicates, error);
    if (!o)
      return NULL;
    g_ptr_array_add(m->outcomes, o);
    RdCell *cell = cell_of(m, o);
    g_ptr_array_add(cell->outcomes, o);
    if (cell->timeline && !o->why_not)
      rd_timeline_add(cell->timeline, o->results);
    rd_outcome_forget(o);
    m->seeds = MAX(m->seeds, cell->outcomes->len);
  }
  for (guint i = 0; i < m->cells->len; i++)
    finish_cell(m->cells->pdata[i]);
  for (guint i = 0; i < m->sweeps->len; i++)
    finish_cell(m->sweeps->pdata[i]);
  for (guint i = 0; i < m->attacks->len; i++)
    adjust(m, m->attacks->pdata[i]);
  return g_steal_pointer(&m);
}

void rd_matrix_free(RdMatrix *m) {
  if (!m)
    return;
  g_ptr_array_unref(m->cells);
  g_ptr_array_unref(m->sweeps);
  g_ptr_array_unref(m->attacks);
  g_ptr_array_unref(m->defenses);
  g_ptr_array_unref(m->outcomes);
  g_ptr_array_unref(m->rows);
  g_free(m);
}
