/* matrix.c - a campaign's answer, a cell an attack x defence setting. */
#include "bench/harness/matrix.h"

#include <math.h>
#include <string.h>

#include "bench/harness/document.h"

static void cell_free(gpointer data) {
  RdCell *cell = data;
  g_ptr_array_unref(cell->outcomes);
  g_free(cell);
}

const char *rd_says_word(RdSays says) {
  static const char *const words[] = {"unknown", "lost",     "partly held", "held at a price",
                                      "held",    "harmless", "spared",      "harmed"};
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

static RdSummary summary_of(const RdCell *cell, RdMeasure measure) {
  g_autofree double *x = g_new(double, cell->outcomes->len + 1);
  g_autofree double *defined = g_new(double, cell->outcomes->len + 1);
  size_t n = 0;
  for (guint i = 0; i < cell->outcomes->len; i++)
    x[n++] = ((const RdOutcome *)cell->outcomes->pdata[i])->measures[measure];
  return rd_stat_summary(defined, rd_stat_defined(x, n, defined));
}

static void count_shares(RdCell *cell) {
  unsigned alone = 0, with = 0, detected = 0, detectable = 0;
  for (guint i = 0; i < cell->outcomes->len; i++) {
    const RdOutcome *o = cell->outcomes->pdata[i];
    double seen = o->measures[RD_M_DETECTED];
    if (o->why_not)
      continue;
    cell->usable++;
    alone += o->alone.succeeded;
    with += o->defended.succeeded;
    detectable += !isnan(seen);
    detected += seen > 0;
  }
  unsigned judged = cell->benign ? 0 : cell->usable;
  cell->detected = share_of(detected, detectable);
  cell->succeeded_alone = share_of(alone, judged);
  cell->succeeded = share_of(with, judged);
}

/* Seeds without a detection count as watched until the attack's end. */
static double ttd_median(const RdCell *cell) {
  g_autofree double *times = g_new(double, cell->outcomes->len + 1);
  g_autofree bool *observed = g_new(bool, cell->outcomes->len + 1);
  size_t n = 0;
  for (guint i = 0; i < cell->outcomes->len; i++) {
    const RdOutcome *o = cell->outcomes->pdata[i];
    if (isnan(o->measures[RD_M_DETECTED]))
      continue;
    const RdTrialAttack *attack = &o->trial->attacks[0];
    observed[n] = !isnan(o->measures[RD_M_TTD]);
    times[n] = observed[n] ? o->measures[RD_M_TTD] : (double)(attack->stop - attack->start) / 1e9;
    n++;
  }
  return rd_stat_kaplan_meier_median(times, observed, n);
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
  return rd_stat_paired(with, without, n);
}

/* Lost to the defence, or to both together beyond what chance does under this attack. */
static gboolean costs_someone(const RdCell *cell) {
  const RdSummary *noise = &cell->measures[RD_M_NOISE];
  return cell->measures[RD_M_LOST_DEFENSE].mean > 0 ||
         cell->measures[RD_M_LOST_INTERACTION].mean > (noise->n ? noise->mean : 0);
}

/* A twin is harmed too if more of its own never got what it came for. */
static gboolean harms_twin(const RdCell *cell) {
  const RdSummary *m = cell->measures;
  return costs_someone(cell) || m[RD_M_TWIN_IRA_B].mean > m[RD_M_TWIN_IRA_A].mean ||
         m[RD_M_EFFECT].mean > m[RD_M_EFFECT_ALONE].mean;
}

static RdSays verdict_of(const RdCell *cell) {
  if (cell->usable == 0)
    return RD_SAYS_NOTHING;
  if (cell->benign)
    return !cell->guarded ? RD_SAYS_NOTHING : harms_twin(cell) ? RD_SAYS_HARMED : RD_SAYS_SPARED;
  if (cell->succeeded.k * 2 > cell->succeeded.n)
    return RD_SAYS_LOST;
  if (cell->succeeded.k > 0)
    return RD_SAYS_PARTLY;
  if (cell->guarded && costs_someone(cell))
    return RD_SAYS_PRICE;
  return cell->succeeded_alone.k == 0 ? RD_SAYS_HARMLESS : RD_SAYS_HELD;
}

static void describe(RdCell *cell) {
  for (guint i = 0; i < cell->outcomes->len; i++) {
    const RdOutcome *o = cell->outcomes->pdata[i];
    if (o->why_not)
      continue;
    cell->benign = o->benign;
    cell->guarded = o->guarded;
    if (o->trial->n_attacks > 0)
      cell->family = o->trial->attacks[0].part->plugin.family;
    if (o->alone.effect_unit)
      cell->effect_unit = o->alone.effect_unit;
  }
}

static void finish_cell(RdCell *cell) {
  describe(cell);
  count_shares(cell);
  for (unsigned m = 0; m < RD_MEASURES; m++)
    cell->measures[m] = summary_of(cell, (RdMeasure)m);
  cell->ttd_median = ttd_median(cell);
  cell->effect_change = effect_change(cell);
  cell->p_adjusted = NAN;
  cell->says = verdict_of(cell);
}

/* ---- the whole -------------------------------------------------------------------------------- */

static void add_label(GPtrArray *labels, const char *label) {
  for (guint i = 0; i < labels->len; i++)
    if (strcmp(labels->pdata[i], label) == 0)
      return;
  g_ptr_array_add(labels, (gpointer)label);
}

static RdCell *cell_of(RdMatrix *m, const RdOutcome *o) {
  gboolean swept = *o->sweep_of != '\0';
  RdCell *found = find_cell(swept ? m->sweeps : m->cells, o->attack, o->defense);
  if (found)
    return found;
  RdCell *cell = g_new0(RdCell, 1);
  cell->attack = o->attack;
  cell->defense = o->defense;
  cell->family = cell->effect_unit = "";
  cell->outcomes = g_ptr_array_new();
  g_ptr_array_add(swept ? m->sweeps : m->cells, cell);
  if (swept)
    return cell;
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
  for (size_t i = 0; i < n; i++)
    cells[i]->p_adjusted = adjusted[i];
}

RdMatrix *rd_matrix_new(RdStore *store, RdParts *parts, GError **error) {
  g_autoptr(GPtrArray) rows = rd_store_plan(store, error);
  if (!rows)
    return NULL;
  g_autoptr(RdMatrix) m = g_new0(RdMatrix, 1);
  m->outcomes = g_ptr_array_new_with_free_func((GDestroyNotify)rd_outcome_free);
  m->cells = g_ptr_array_new_with_free_func(cell_free);
  m->sweeps = g_ptr_array_new_with_free_func(cell_free);
  m->attacks = g_ptr_array_new();
  m->defenses = g_ptr_array_new();
  for (guint i = 0; i < rows->len; i++) {
    RdOutcome *o = rd_outcome_new(store, parts, rows->pdata[i], error);
    if (!o)
      return NULL;
    g_ptr_array_add(m->outcomes, o);
    RdCell *cell = cell_of(m, o);
    g_ptr_array_add(cell->outcomes, o);
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
  g_free(m);
}
