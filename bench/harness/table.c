/* table.c - the matrix as a table for a terminal, as JSON, and as CSV. */
#include "bench/harness/table.h"

#include <math.h>
#include <string.h>

#include "bench/harness/csv.h"
#include "bench/harness/figure.h"
#include "lab/plugin/params.h"
#include "lab/plugin/words.h"
#include "lab/world/json.h"

/* ---- text ------------------------------------------------------------------------------------- */

enum { COLUMNS = 9 };

static const char *const headings[COLUMNS] = {"defense",    "verdict",          "detected",
                                              "TTD",        "attack succeeded", "effect",
                                              "legit lost", "A + D + AD",       "FPR | ns/message"};

static char *either(const char *left, const char *right) {
  return g_strdup_printf("%s | %s", left, right);
}

/* To whom: the attack, the defence, or to both (each alone, or only together). */
static char *losses(const RdSummary *m) {
  g_autofree char *attack = rd_figure_number(m[RD_M_LOST_ATTACK].mean);
  g_autofree char *defense = rd_figure_number(m[RD_M_LOST_DEFENSE].mean);
  g_autofree char *both =
      rd_figure_number(m[RD_M_LOST_EITHER].mean + m[RD_M_LOST_INTERACTION].mean);
  return g_strdup_printf("%s + %s + %s", attack, defense, both);
}

static void fill_row(const RdCell *c, unsigned seeds, char *row[COLUMNS]) {
  const RdSummary *m = c->measures;
  const char *none = "-";
  g_autofree char *fpr = rd_figure_summary(&m[RD_M_FPR], seeds);
  g_autofree char *cost = rd_figure_number(m[RD_M_COST].mean);
  row[0] = g_strdup(c->defense);
  row[1] = g_strdup(c->says == RD_SAYS_NOTHING && c->usable ? none : rd_says_word(c->says));
  row[2] = !c->guarded || c->benign ? g_strdup(none) : rd_figure_share(&c->detected);
  row[3] = !c->guarded || c->benign ? g_strdup(none) : rd_figure_seconds(c->ttd_median);
  row[4] = c->benign ? g_strdup("(twin)") : rd_figure_share(&c->succeeded);
  row[5] = rd_figure_summary(&m[RD_M_EFFECT], seeds);
  row[6] = rd_figure_summary(&m[RD_M_LOST], seeds);
  row[7] = c->guarded ? losses(m) : g_strdup(none);
  row[8] = c->guarded ? either(fpr, cost) : g_strdup(none);
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

static void put_title(GString *text, const RdCell *c) {
  g_autofree char *noise = rd_figure_number(c->measures[RD_M_NOISE].mean);
  g_autofree char *unit = rd_words_printable(c->effect_unit); /* a plug-in's own words */
  g_string_append_printf(text, "%s%s, %u seed%s; %s attempts turn by chance%s%s\n", c->attack,
                         c->benign ? " (benign twin)" : "", c->outcomes->len,
                         c->outcomes->len == 1 ? "" : "s", noise, *unit ? "; effect in " : "",
                         unit);
}

static void append_attack(GString *text, const RdMatrix *m, const char *attack) {
  char *(*rows)[COLUMNS] = g_malloc0_n(m->defenses->len + 1, sizeof *rows);
  size_t width[COLUMNS], n = 0;
  const RdCell *first = NULL;
  for (unsigned i = 0; i < COLUMNS; i++)
    width[i] = strlen(headings[i]);
  for (guint d = 0; d < m->defenses->len; d++) {
    const RdCell *cell = rd_matrix_cell(m, attack, m->defenses->pdata[d]);
    if (!cell)
      continue;
    first = first ? first : cell;
    fill_row(cell, cell->outcomes->len, rows[n]);
    for (unsigned i = 0; i < COLUMNS; i++)
      width[i] = MAX(width[i], (size_t)g_utf8_strlen(rows[n][i], -1));
    n++;
  }
  put_title(text, first);
  append_row(text, headings, width);
  for (size_t r = 0; r < n; r++) {
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
  g_string_append(text,
                  "Figures are means over seeds with 95 % intervals. legit lost: legitimate calls "
                  "and registrations that fail here and not in\npeace; A to the attack, D to the "
                  "defence, AD to both. Which of them fail is chance for as many as turn if the "
                  "attack begins\na millisecond later: compare the sums.\n");
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

static void json_cell(RdJson *j, const RdCell *c) {
  rd_json_open(j, NULL, '{');
  rd_json_text(j, "attack", c->attack);
  rd_json_text(j, "defense", c->defense);
  rd_json_bool(j, "benign", c->benign);
  rd_json_uint(j, "seeds", c->outcomes->len);
  rd_json_uint(j, "usable", c->usable);
  rd_json_text(j, "verdict", rd_says_word(c->says));
  json_share(j, "detected", &c->detected);
  rd_json_real(j, "ttd_median_s", c->ttd_median);
  json_share(j, "succeeded_without_defense", &c->succeeded_alone);
  json_share(j, "succeeded", &c->succeeded);
  rd_json_text(j, "effect_unit", *c->effect_unit ? c->effect_unit : NULL);
  json_summary(j, "effect_change", &c->effect_change.difference);
  rd_json_real(j, "effect_change_p", c->effect_change.p);
  rd_json_real(j, "effect_change_p_holm", c->p_adjusted);
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

/* What differs from the part's defaults: "rate=46;sources=4". */
static char *settings_text(const void *config) {
  const RdPart *part = rd_params_part(config);
  void *defaults = rd_params_defaults(part);
  GString *text = g_string_new(NULL);
  for (unsigned i = 0; i < part->n_params; i++) {
    g_autofree char *is = rd_params_text(config, i), *was = rd_params_text(defaults, i);
    if (is && g_strcmp0(is, was) != 0)
      g_string_append_printf(text, "%s%s=%s", text->len ? ";" : "", part->params[i].key, is);
  }
  rd_params_free(defaults);
  return g_string_free(text, FALSE);
}

static void csv_settings(GString *csv, const RdOutcome *o) {
  const RdTrial *t = o->trial;
  g_autofree char *attack = t && t->n_attacks ? settings_text(t->attacks[0].config) : g_strdup("");
  GString *defense = g_string_new(NULL);
  for (unsigned i = 0; t && i < t->n_defenses; i++) {
    g_autofree char *one = settings_text(t->defenses[i].config);
    g_string_append_printf(defense, "%s%s%s%s", i ? " + " : "",
                           t->n_defenses > 1 ? t->defenses[i].name : "",
                           t->n_defenses > 1 && *one ? ":" : "", one);
  }
  rd_csv_text(csv, attack);
  rd_csv_text(csv, defense->str);
  rd_csv_text(csv, o->sweep_of);
  rd_csv_text(csv, o->parameter);
  rd_csv_text(csv, o->value);
  g_string_free(defense, TRUE);
}

/* Labels are names (letters, digits, hyphens): they need no quotes. */
char *rd_matrix_csv(const RdMatrix *m) {
  GString *csv = g_string_new("attack,defense,seed,attack_set,defense_set,sweep_of,parameter,value,"
                              "usable,succeeded_alone,succeeded");
  for (unsigned k = 0; k < RD_MEASURES; k++) {
    const char *unit = rd_measure_unit((RdMeasure)k);
    gboolean plain = *unit == '\0' || strchr(unit, ' ');
    g_string_append_printf(csv, ",%s%s%s", rd_measure_name((RdMeasure)k), plain ? "" : "_",
                           plain ? "" : unit);
  }
  g_string_append_c(csv, '\n');
  for (guint i = 0; i < m->outcomes->len; i++) {
    const RdOutcome *o = m->outcomes->pdata[i];
    gboolean judged = !o->why_not && !o->benign;
    g_string_append_printf(csv, "%s,%s,%" G_GUINT64_FORMAT, o->attack, o->defense, o->seed);
    csv_settings(csv, o);
    rd_csv_number(csv, !o->why_not);
    rd_csv_number(csv, judged ? o->alone.succeeded : NAN);
    rd_csv_number(csv, judged ? o->defended.succeeded : NAN);
    for (unsigned k = 0; k < RD_MEASURES; k++)
      rd_csv_number(csv, o->measures[k]);
    g_string_append_c(csv, '\n');
  }
  return g_string_free(csv, FALSE);
}
