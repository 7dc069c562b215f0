/* report_attack.c - the section of one attack: five questions, a column a defense setting. */
#include <math.h>
#include <string.h>

#include "bench/report/figure.h"
#include "bench/report/report_page.h"

static unsigned seeds_of(const RdCell *c) {
  return c->outcomes->len;
}

/* ---- a cell's figure, as the line of measure_rows.h has it shown ------------------------------- */

/* What stands behind a number; a unit of several words stands in the section's head. */
static const char *unit_of(const RdMeasureRow *row) {
  return strcmp(row->unit, "percent") == 0 ? "%" : strchr(row->unit, ' ') ? "" : row->unit;
}

static char *show_summary(const RdCell *c, RdMeasure m) {
  const char *unit = unit_of(rd_measure(m));
  g_autofree char *text = rd_figure_summary(&c->measures[m], seeds_of(c));
  return c->measures[m].n && *unit ? g_strdup_printf("%s %s", text, unit) : g_steal_pointer(&text);
}

/* "99.1 -> 45.2" : in the other world, in this one. */
static char *show_change(const RdCell *c, RdMeasure m) {
  const RdMeasureRow *row = rd_measure(m);
  g_autofree char *x = rd_figure_number(c->measures[row->before].mean);
  g_autofree char *y = rd_figure_summary(&c->measures[m], seeds_of(c));
  return g_strdup_printf("%s \xe2\x86\x92 %s %s", x, y, unit_of(row));
}

static char *show_share(const RdCell *c, RdMeasure m) {
  const RdShare share = rd_cell_share(c, m);
  return rd_figure_share(&share);
}

static char *show_median(const RdCell *c) {
  return isnan(c->ttd_median) ? g_strdup("not in half of the seeds")
                              : rd_figure_median(c->ttd_median, c->ttd_interval);
}

/* NULL: it says something in this cell. */
static const char *says_nothing(const RdCell *c, RdMeasure m) {
  const RdMeasureRow *row = rd_measure(m);
  const gboolean guards = row->where & RD_WHERE_GUARDED;
  if (guards && !c->guarded)
    return "-";
  if (c->benign && row->of_twin)
    return row->of_twin;
  if (((row->where & RD_WHERE_TWIN) && !c->benign) ||
      ((row->where & RD_WHERE_KNOWN) && isnan(c->measures[m].mean)))
    return "-";
  if (((row->where & RD_WHERE_ACTS) && !c->acts) ||
      ((row->where & RD_WHERE_SPEAKS) && !c->acts && !c->speaks))
    return "never acts";
  return NULL;
}

static char *show(const RdCell *c, RdMeasure m) {
  const char *nothing = says_nothing(c, m);
  if (nothing)
    return g_strdup(nothing);
  switch (rd_measure(m)->show) {
  case RD_SHOW_NUMBER:
    return rd_figure_number(c->measures[m].mean);
  case RD_SHOW_SHARE:
    return show_share(c, m);
  case RD_SHOW_MEDIAN:
    return show_median(c);
  case RD_SHOW_CHANGE:
    return show_change(c, m);
  case RD_SHOW_SUMMARY:
  case RD_SHOW_NOT:
    break;
  }
  return show_summary(c, m);
}

/* ---- what is a figure of the cell and not of its rows ------------------------------------------ */

/* Where p and the interval seem to say different things, why. */
static char *contradiction(const RdCell *c) {
  const RdInterval i = c->effect_change.difference.interval;
  const size_t n = c->effect_change.ranked;
  const double least = MIN(1, (n < 62 ? 2.0 / (double)(1ULL << n) : 0) * c->settings);
  const gboolean apart = i.low > 0 || i.high < 0;
  if (isnan(c->p_adjusted) || isnan(i.low) || apart == (c->p_adjusted < 0.05))
    return g_strdup("");
  if (!apart)
    return g_strdup(" (the seeds agree on the sign but not on the size: the interval is wide)");
  if (c->p_adjusted > least + 1e-12)
    return g_strdup(" (p goes by ranks, the interval by size)");
  return g_strdup_printf(" (p cannot be smaller: that is the least that ranks of %zu seeds give, "
                         "times %u settings by Holm; read the interval)",
                         n, c->settings);
}

static char *effect_change(const RdCell *c) {
  if (!c->guarded || c->benign)
    return g_strdup("-");
  g_autofree char *change = rd_figure_summary(&c->effect_change.difference, seeds_of(c));
  if (c->effect_change.difference.n && !c->effect_change.ranked)
    return g_strdup_printf("%s; no seed differs", change);
  g_autofree char *p = rd_figure_number(c->p_adjusted), *why = contradiction(c);
  return g_strdup_printf("%s; p = %s%s", change, p, why);
}

static char *why(const RdCell *c) {
  for (guint i = 0; i < c->outcomes->len; i++) {
    const RdOutcome *o = c->outcomes->pdata[i];
    if (!o->why_not && *o->subject->defended.why)
      return g_strdup_printf("%s (seed %" G_GUINT64_FORMAT ")", o->subject->defended.why, o->seed);
  }
  return g_strdup("-");
}

static const struct {
  RdMeasure after; /* the line of measure_rows.h that it stands behind */
  const char *label;
  char *(*figure)(const RdCell *cell);
} of_cell[] = {{RD_M_THRESHOLD, "effect less that without defense", effect_change},
               {RD_M_THRESHOLD, "in one seed", why}};

/* ---- the table ---------------------------------------------------------------------------------- */

static void put_head(GString *page, const char *label, const char *help) {
  g_string_append(page, "<tr><th scope=\"row\"");
  if (help)
    rd_page_put(page, " title=\"%s\"", help);
  rd_page_put(page, ">%s</th>", label);
}

static void put_figure(GString *page, const GPtrArray *cells, RdMeasure m) {
  put_head(page, rd_measure(m)->label, rd_measure(m)->help);
  for (guint d = 0; d < cells->len; d++) {
    const RdCell *cell = cells->pdata[d];
    g_autofree char *text = cell->usable ? show(cell, m) : g_strdup("no result");
    rd_page_put(page, "<td>%s</td>", text);
  }
  g_string_append(page, "</tr>\n");
}

static void put_of_cell(GString *page, const GPtrArray *cells, unsigned i) {
  put_head(page, of_cell[i].label, NULL);
  for (guint d = 0; d < cells->len; d++) {
    const RdCell *cell = cells->pdata[d];
    g_autofree char *text = cell->usable ? of_cell[i].figure(cell) : g_strdup("no result");
    rd_page_put(page, "<td>%s</td>", text);
  }
  g_string_append(page, "</tr>\n");
}

static void put_rows(GString *page, const GPtrArray *cells) {
  RdQuestion last = RD_QUESTIONS;
  for (unsigned m = 0; m < RD_MEASURES; m++) {
    const RdMeasureRow *row = rd_measure((RdMeasure)m);
    if (row->question != last)
      rd_page_put(page,
                  "<tr class=\"question\"><th scope=\"rowgroup\" colspan=\"%u\">%s</th></tr>\n",
                  cells->len + 1, rd_question_text(row->question));
    last = row->question;
    if (row->show != RD_SHOW_NOT)
      put_figure(page, cells, (RdMeasure)m);
    for (unsigned i = 0; i < G_N_ELEMENTS(of_cell); i++)
      if (of_cell[i].after == m)
        put_of_cell(page, cells, i);
  }
}

/* The best setting first. */
static void put_table(GString *page, const RdMatrix *m, const char *attack) {
  g_autoptr(GPtrArray) cells = rd_matrix_ordered(m, attack);
  g_string_append(page, "<div class=\"wide\"><table class=\"pair\">\n<thead><tr><td></td>");
  for (guint d = 0; d < cells->len; d++) {
    const RdCell *cell = cells->pdata[d];
    g_autofree char *colour = rd_page_colour(cell);
    g_string_append_printf(page, "<th scope=\"col\" class=\"unknown\"%s>", colour);
    rd_page_put(page, "%s</th>", cell->defense);
  }
  g_string_append(page, "</tr></thead>\n<tbody>\n");
  put_rows(page, cells);
  g_string_append(page, "</tbody></table></div>\n");
}

/* ---- several attacks -------------------------------------------------------------------------- */

static void put_attack_cell(GString *page, const RdCell *cell, unsigned which) {
  unsigned n;
  g_autofree RdCellAttack *attacks = rd_cell_attacks(cell, &n);
  if (which >= n || attacks[which].role == RD_ROLE_TWIN) {
    g_string_append(page, "<td>-</td>");
    return;
  }
  const RdCellAttack *a = &attacks[which];
  g_autofree char *share = rd_figure_share(&a->succeeded);
  g_autofree char *effect = rd_figure_summary(&a->effect, seeds_of(cell));
  rd_page_put(page, "<td>succeeded %s; effect %s</td>", share, effect);
}

/* Every attack's own predicate has been asked; the section speaks of one of them. */
static void put_attacks(GString *page, const RdMatrix *m, const char *attack) {
  g_autoptr(GPtrArray) cells = rd_matrix_ordered(m, attack);
  const RdCell *first = NULL;
  for (guint d = 0; d < cells->len && !first; d++)
    first = ((const RdCell *)cells->pdata[d])->usable ? cells->pdata[d] : NULL;
  unsigned n = 0;
  g_autofree RdCellAttack *attacks = first ? rd_cell_attacks(first, &n) : NULL;
  if (n < 2)
    return;
  g_string_append(page, "<h3>Its attacks, each by its own predicate</h3>\n<div class=\"wide\">"
                        "<table class=\"pair\">\n<thead><tr><td></td>");
  for (guint d = 0; d < cells->len; d++)
    rd_page_put(page, "<th scope=\"col\">%s</th>", ((const RdCell *)cells->pdata[d])->defense);
  g_string_append(page, "</tr></thead>\n<tbody>\n");
  for (unsigned a = 0; a < n; a++) {
    rd_page_put(page, "<tr><th scope=\"row\">%s (%s)%s%s</th>", attacks[a].name,
                rd_attack_role_name(attacks[a].role), *attacks[a].unit ? ", effect in " : "",
                attacks[a].unit);
    for (guint d = 0; d < cells->len; d++)
      put_attack_cell(page, cells->pdata[d], a);
    g_string_append(page, "</tr>\n");
  }
  g_string_append(page, "</tbody></table></div>\n");
}

static const RdOutcome *outcome_of(const RdMatrix *m, const char *attack) {
  for (guint i = 0; i < m->outcomes->len; i++) {
    const RdOutcome *o = m->outcomes->pdata[i];
    if (!o->why_not && o->row->sweep->len == 0 && strcmp(o->attack, attack) == 0 &&
        o->facts.subject)
      return o;
  }
  return NULL;
}

void rd_page_attack(GString *page, const RdMatrix *m, const char *attack, const char *plots) {
  const RdOutcome *o = outcome_of(m, attack);
  rd_page_put(page, "<h2>%s</h2>\n", attack);
  if (o) {
    const RdOutcomeFacts *f = &o->facts;
    const RdCell *cell = rd_matrix_cell(m, attack, o->defense);
    rd_page_put(page,
                "<p class=\"facts\">%s%s &#183; from %.10g s to %.10g s, from %" G_GUINT64_FORMAT
                " %s%s%s</p>\n",
                o->benign ? "Benign twin. " : "", f->summary, (double)f->start / 1e9,
                (double)f->stop / 1e9, f->entities, f->entities == 1 ? "address" : "addresses",
                *cell->effect_unit ? ". Effect in " : "", cell->effect_unit);
  }
  g_string_append(page, plots);
  put_table(page, m, attack);
  put_attacks(page, m, attack);
}
