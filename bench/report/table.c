/* table.c - the matrix as a table for a terminal, as JSON, and as CSV. */
#include "bench/report/table.h"

#include <math.h>
#include <string.h>

#include "bench/judge/parameters.h"
#include "bench/report/csv.h"
#include "bench/report/figure.h"
#include "lab/text/json.h"
#include "lab/text/words.h"

/* ---- text ------------------------------------------------------------------------------------- */

enum { COLUMNS = 10 };

static const char *const headings[COLUMNS] = {
    "defense",  "verdict", "effect", "worst 10 s",  "succeeded",
    "detected", "TTD",     "lost",   "cost D | AD", "FPR | ns/message"};

static char *either(const char *left, const char *right) {
  return g_strdup_printf("%s | %s", left, right);
}

/* What the defense costs legitimate people: in peace, and beyond what the attack alone does. Of one that
 * did nothing, only chance could be told. */
static char *cost_of(const RdCell *c) {
  g_autofree char *peace = rd_figure_number(c->measures[RD_M_LOST_PEACE].mean);
  g_autofree char *beyond = rd_figure_number(c->measures[RD_M_LOST_BEYOND].mean);
  return c->acts ? either(peace, beyond) : g_strdup("never acts");
}

static void fill_row(const RdCell *c, unsigned seeds, char *row[COLUMNS]) {
  const RdSummary *m = c->measures;
  const char *none = "-";
  const gboolean watched = c->guarded && !c->benign;
  const gboolean idle = c->guarded && !c->acts && !c->speaks;
  g_autofree char *fpr = rd_figure_summary(&m[RD_M_FPR], seeds);
  g_autofree char *cost = rd_figure_number(m[RD_M_COST].mean);
  row[0] = g_strdup(c->defense);
  row[1] = g_strdup(c->says == RD_CELL_NOTHING && c->usable ? none : rd_cell_outcome_name(c->says));
  row[2] = c->benign && !c->guarded ? g_strdup(none) : rd_figure_summary(rd_cell_effect(c), seeds);
  row[3] = c->benign ? g_strdup(none) : rd_figure_number(m[RD_M_WORST].mean);
  row[4] = c->benign ? g_strdup("(twin)") : rd_figure_share(&c->succeeded);
  row[5] = !watched ? g_strdup(none) : rd_figure_share(&c->detected);
  row[6] = !watched ? g_strdup(none) : rd_figure_median(c->ttd_median, c->ttd_interval);
  row[7] = rd_figure_summary(&m[RD_M_LOST], seeds);
  row[8] = c->guarded ? cost_of(c) : g_strdup(none);
  row[9] = !c->guarded ? g_strdup(none) : either(idle ? "never acts" : fpr, cost);
}

static void append_padded(GString *text, const char *cell, size_t width) {
  g_string_append(text, cell);
  for (glong n = g_utf8_strlen(cell, -1); n < (glong)width; n++)
    g_string_append_c(text, ' ');
}

static void append_row(GString *text, const char *const row[COLUMNS], const size_t width[COLUMNS]) {
  g_string_append(text, "  ");
  for (unsigned i = 0; i < COLUMNS; i++) {
    if (i + 1 < COLUMNS)
      append_padded(text, row[i], width[i] + 2);
    else
      g_string_append(text, row[i]);
  }
  g_string_append_c(text, '\n');
}

/* Each cell has a noise floor of its own; the title has room for the largest. */
static double most_noise(const GPtrArray *cells) {
  double most = NAN;
  for (guint i = 0; i < cells->len; i++) {
    const double noise = ((const RdCell *)cells->pdata[i])->measures[RD_M_NOISE].mean;
    most = !(noise <= most) && !isnan(noise) ? noise : most;
  }
  return most;
}

static void put_title(GString *text, const GPtrArray *cells) {
  const RdCell *c = cells->pdata[0];
  g_autofree char *noise = rd_figure_number(most_noise(cells));
  g_autofree char *threshold = rd_figure_number(c->threshold);
  g_autofree char *unit = rd_words_printable(c->effect_unit); /* a plug-in's own words */
  g_string_append_printf(text, "%s%s, %u seed%s; ", c->attack, c->benign ? " (benign twin)" : "",
                         c->outcomes->len, c->outcomes->len == 1 ? "" : "s");
  if (c->benign)
    g_string_append_printf(text, "effect: points of attempts, its own and all others, that the "
                                 "defense costs");
  else if (*unit)
    g_string_append_printf(text, "effect: %s", unit);
  if (!isnan(c->threshold))
    g_string_append_printf(text, " (%s from %s on)", c->benign ? "harmed" : "lost", threshold);
  g_string_append_printf(text, "; %s attempts turn by chance at most\n", noise);
}

static void append_attack(GString *text, const RdMatrix *m, const char *attack) {
  g_autoptr(GPtrArray) cells = rd_matrix_ordered(m, attack);
  char *(*rows)[COLUMNS] = g_malloc0_n(cells->len + 1, sizeof *rows);
  size_t width[COLUMNS];
  for (unsigned i = 0; i < COLUMNS; i++)
    width[i] = strlen(headings[i]);
  for (guint d = 0; d < cells->len; d++) {
    const RdCell *cell = cells->pdata[d];
    fill_row(cell, cell->outcomes->len, rows[d]);
    for (unsigned i = 0; i < COLUMNS; i++)
      width[i] = MAX(width[i], (size_t)g_utf8_strlen(rows[d][i], -1));
  }
  put_title(text, cells);
  append_row(text, headings, width);
  for (guint r = 0; r < cells->len; r++) {
    append_row(text, (const char *const *)rows[r], width);
    for (unsigned i = 0; i < COLUMNS; i++)
      g_free(rows[r][i]);
  }
  g_string_append_c(text, '\n');
  g_free(rows);
}

char *rd_matrix_text(const RdMatrix *m) {
  GString *text = g_string_new(NULL);
  for (guint a = 0; a < m->attacks->len; a++)
    append_attack(text, m, m->attacks->pdata[a]);
  g_string_append(text, "Figures are means over seeds with 95 % intervals; best effect first. "
                        "lost: legitimate calls and "
                        "registrations that fail here and not in\npeace. cost: of these, what the "
                        "defense costs, in peace "
                        "(D) and beyond the attack alone (AD). Which of them fail is chance for "
                        "as\nmany as turn if the "
                        "attack begins a millisecond later: compare the sums.\n");
  return g_string_free(text, FALSE);
}

/* ---- JSON ------------------------------------------------------------------------------------- */

static void json_share(RdJson *j, const char *key, const RdShare *share) {
  rd_json_open_flat(j, key, '{');
  rd_json_uint(j, "k", share->k);
  rd_json_uint(j, "n", share->n);
  rd_json_real(j, "low", share->interval.low);
  rd_json_real(j, "high", share->interval.high);
  rd_json_close(j);
}

static void json_summary(RdJson *j, const char *key, const RdSummary *s) {
  rd_json_open_flat(j, key, '{');
  rd_json_uint(j, "n", s->n);
  rd_json_real(j, "mean", s->n ? s->mean : NAN);
  rd_json_real(j, "median", s->n ? s->median : NAN);
  rd_json_real(j, "low", s->interval.low);
  rd_json_real(j, "high", s->interval.high);
  rd_json_close(j);
}

static void json_attacks(RdJson *j, const RdCell *c) {
  unsigned n;
  g_autofree RdCellAttack *attacks = rd_cell_attacks(c, &n);
  rd_json_open(j, "attacks", '[');
  for (unsigned i = 0; i < n; i++) {
    const RdCellAttack *a = &attacks[i];
    if (!a->name)
      continue; /* no usable seed */
    rd_json_open(j, NULL, '{');
    rd_json_text(j, "name", a->name);
    rd_json_text(j, "role", rd_attack_role_name(a->role));
    rd_json_text(j, "unit", *a->unit ? a->unit : NULL);
    rd_json_real(j, "threshold", a->threshold);
    json_share(j, "succeeded_without_defense", &a->succeeded_alone);
    json_share(j, "succeeded", &a->succeeded);
    json_summary(j, "effect_without_defense", &a->effect_alone);
    json_summary(j, "effect", &a->effect);
    rd_json_close(j);
  }
  rd_json_close(j);
}

static void json_cell(RdJson *j, const RdCell *c) {
  rd_json_open(j, NULL, '{');
  rd_json_text(j, "attack", c->attack);
  rd_json_text(j, "defense", c->defense);
  rd_json_bool(j, "benign", c->benign);
  rd_json_uint(j, "seeds", c->outcomes->len);
  rd_json_uint(j, "usable", c->usable);
  rd_json_text(j, "verdict", rd_cell_outcome_name(c->says));
  rd_json_bool(j, "acts", c->acts);
  rd_json_bool(j, "alerts", c->speaks);
  json_share(j, "detected", &c->detected);
  rd_json_real(j, "ttd_median_s", c->ttd_median);
  rd_json_real(j, "ttd_median_low_s", c->ttd_interval.low);
  rd_json_real(j, "ttd_median_high_s", c->ttd_interval.high);
  json_share(j, "succeeded_without_defense", &c->succeeded_alone);
  json_share(j, "succeeded", &c->succeeded);
  rd_json_text(j, "effect_unit", *c->effect_unit ? c->effect_unit : NULL);
  rd_json_real(j, "threshold", c->threshold);
  json_summary(j, "effect_change", &c->effect_change.difference);
  rd_json_real(j, "effect_change_p", c->effect_change.p);
  rd_json_real(j, "effect_change_p_holm", c->p_adjusted);
  json_attacks(j, c);
  rd_json_open(j, "measures", '{');
  for (unsigned m = 0; m < RD_MEASURES; m++)
    json_summary(j, rd_measure_name((RdMeasure)m), &c->measures[m]);
  rd_json_close(j);
  rd_json_close(j);
}

static void json_unusable(RdJson *j, const RdMatrix *m) {
  rd_json_open(j, "unusable", '[');
  for (guint i = 0; i < m->outcomes->len; i++) {
    const RdOutcome *o = m->outcomes->pdata[i];
    if (!o->why_not)
      continue;
    rd_json_open(j, NULL, '{');
    rd_json_text(j, "attack", o->attack);
    rd_json_text(j, "defense", o->defense);
    rd_json_uint(j, "seed", o->seed);
    rd_json_text(j, "why", o->why_not);
    rd_json_close(j);
  }
  rd_json_close(j);
}

char *rd_matrix_json(const RdMatrix *m, const char *campaign) {
  RdJson j;
  rd_json_init(&j);
  rd_json_open(&j, NULL, '{');
  rd_json_text(&j, "format", "redoubt-bench-1");
  rd_json_text(&j, "campaign", campaign);
  rd_json_real(&j, "confidence", RD_CONFIDENCE);
  rd_json_open(&j, "cells", '[');
  for (guint i = 0; i < m->cells->len; i++)
    json_cell(&j, m->cells->pdata[i]);
  rd_json_close(&j);
  json_unusable(&j, m);
  rd_json_close(&j);
  return rd_json_finish(&j);
}

/* ---- CSV -------------------------------------------------------------------------------------- */

static RdParameterTable *parameters_of(const RdMatrix *m) {
  RdParameterTable *table = rd_parameter_table_new();
  for (guint i = 0; i < m->outcomes->len; i++)
    for (unsigned k = 0; k < RD_PARAMETER_KINDS; k++)
      rd_parameter_table_add(table,
                             ((const RdOutcome *)m->outcomes->pdata[i])->facts.parameters[k]);
  return table;
}

static void put_parameters(GString *csv, const RdParameterTable *table, const GPtrArray *columns,
                           const RdOutcome *o) {
  for (guint i = 0; i < columns->len; i++) {
    const char *value = NULL;
    for (unsigned k = 0; !value && k < RD_PARAMETER_KINDS; k++)
      value = rd_parameter_table_value(table, o->facts.parameters[k], columns->pdata[i]);
    rd_csv_text(csv, value ? value : "");
  }
}

/* What is swept, of several parameters parted by semicolons: where, which, at what value. */
static void csv_sweep(GString *csv, const RdPlanRow *row) {
  g_autoptr(GString) of = g_string_new(NULL);
  g_autoptr(GString) parameter = g_string_new(NULL);
  g_autoptr(GString) value = g_string_new(NULL);
  for (guint i = 0; i < row->sweep->len; i++) {
    const RdPlanCoordinate *at = &g_array_index(row->sweep, RdPlanCoordinate, i);
    const char *comma = i ? ";" : "";
    g_string_append_printf(of, "%s%s", comma, rd_plan_coordinate_of(row, at));
    g_string_append_printf(parameter, "%s%s", comma, at->parameter);
    g_string_append_printf(value, "%s%s", comma, at->value);
  }
  rd_csv_text(csv, of->str);
  rd_csv_text(csv, parameter->str);
  rd_csv_text(csv, value->str);
}

static void csv_settings(GString *csv, const RdOutcome *o) {
  rd_csv_text(csv, o->facts.attack_set ? o->facts.attack_set : "");
  rd_csv_text(csv, o->facts.defense_set ? o->facts.defense_set : "");
  csv_sweep(csv, o->row);
}

/* Labels are names (letters, digits, hyphens): they need no quotes. */
char *rd_matrix_csv(const RdMatrix *m) {
  GString *csv =
      g_string_new("attack,defense,seed,attack_set,defense_set,sweep_of,parameter,value");
  g_autoptr(RdParameterTable) parameters = parameters_of(m);
  const GPtrArray *columns = rd_parameter_table_columns(parameters);
  for (guint i = 0; i < columns->len; i++)
    rd_csv_text(csv, columns->pdata[i]);
  g_string_append(csv, ",usable");
  for (unsigned k = 0; k < RD_MEASURES; k++) {
    g_autofree char *column = rd_measure_column((RdMeasure)k);
    g_string_append_printf(csv, ",%s", column);
  }
  g_string_append_c(csv, '\n');
  for (guint i = 0; i < m->outcomes->len; i++) {
    const RdOutcome *o = m->outcomes->pdata[i];
    g_string_append_printf(csv, "%s,%s,%" G_GUINT64_FORMAT, o->attack, o->defense, o->seed);
    csv_settings(csv, o);
    put_parameters(csv, parameters, columns, o);
    rd_csv_number(csv, !o->why_not);
    for (unsigned k = 0; k < RD_MEASURES; k++)
      rd_csv_number(csv, o->measures[k]);
    g_string_append_c(csv, '\n');
  }
  return g_string_free(csv, FALSE);
}

static void put_attack(GString *csv, const RdOutcome *o, const RdOutcomeAttack *a) {
  const gboolean asked = a->role != RD_ROLE_TWIN;
  g_string_append_printf(csv, "%s,%s,%" G_GUINT64_FORMAT ",%s,%s", o->attack, o->defense, o->seed,
                         a->name, rd_attack_role_name(a->role));
  rd_csv_number(csv, asked ? a->alone.succeeded : NAN);
  rd_csv_number(csv, a->alone.effect);
  rd_csv_number(csv, asked ? a->defended.succeeded : NAN);
  rd_csv_number(csv, a->defended.effect);
  rd_csv_number(csv, a->defended.threshold);
  rd_csv_text(csv, a->defended.unit);
  g_string_append_c(csv, '\n');
}

char *rd_matrix_attacks_csv(const RdMatrix *m) {
  GString *csv = g_string_new("attack,defense,seed,name,role,succeeded_alone,effect_alone,"
                              "succeeded,effect,threshold,unit\n");
  for (guint i = 0; i < m->outcomes->len; i++) {
    const RdOutcome *o = m->outcomes->pdata[i];
    for (unsigned a = 0; !o->why_not && a < o->n_attacks; a++)
      put_attack(csv, o, &o->attacks[a]);
  }
  return g_string_free(csv, FALSE);
}
