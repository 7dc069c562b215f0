/* report.c - report.html: the page, its matrix and its provenance. */
#include "bench/report/report.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "bench/report/figure.h"
#include "bench/report/report_page.h"

void rd_page_put(GString *page, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *text = g_markup_vprintf_escaped(format, arguments);
  va_end(arguments);
  g_string_append(page, text);
}

/* Where an effect stands between nothing (0), the threshold (1) and all there can be (2). */
static double heat(double effect, double threshold, double most) {
  if (!(effect > 0))
    return 0;
  if (effect < threshold)
    return effect / threshold;
  const double room = most - threshold;
  return room > 0 && !isinf(room) ? MIN(1 + (effect - threshold) / room, 2)
                                  : 2 - threshold / effect;
}

char *rd_page_colour(const RdCell *cell) {
  static const int shades[3][3] = {{197, 230, 205}, {245, 240, 181}, {240, 166, 150}};
  const double effect = rd_cell_effect(cell)->mean;
  const double most = cell->benign ? 100 : cell->bounds.most;
  if (cell->usable == 0 || isnan(effect) || isnan(cell->threshold))
    return g_strdup("");
  const double at = heat(effect, cell->threshold, most);
  const int from = at >= 1;
  int mixed[3];
  for (int i = 0; i < 3; i++)
    mixed[i] = shades[from][i] + (int)((at - from) * (shades[from + 1][i] - shades[from][i]));
  return g_strdup_printf(" style=\"background:#%02x%02x%02x\"", mixed[0], mixed[1], mixed[2]);
}

static const RdOutcome *first_usable(const RdMatrix *m) {
  for (guint i = 0; i < m->outcomes->len; i++)
    if (!((const RdOutcome *)m->outcomes->pdata[i])->why_not)
      return m->outcomes->pdata[i];
  return NULL;
}

static char *meta(RdStore *store, const char *key) {
  char *value = rd_store_meta(store, key);
  return value ? value : g_strdup("?");
}

/* ---- head ------------------------------------------------------------------------------------- */

static void put_head(GString *page, RdStore *store, const RdMatrix *m) {
  g_autofree char *name = meta(store, "campaign");
  const RdOutcome *o = first_usable(m);
  rd_page_put(page,
              "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<title>%s - Redoubt</title>\n<style>\n",
              name);
  g_string_append(page, rd_page_style);
  rd_page_put(page,
              "</style>\n</head>\n<body>\n<main>\n<header>\n"
              "<p class=\"kicker\">Redoubt campaign report</p>\n<h1>%s</h1>\n",
              name);
  if (o)
    rd_page_put(
        page,
        "<p class=\"facts\">topology %s &#183; %.10g s simulated, of which the first %.10g s "
        "are warm-up &#183; %u attacks &#215; %u defense settings &#215; %u seeds</p>\n",
        o->facts.topology, (double)o->facts.duration / 1e9, (double)o->facts.warmup / 1e9,
        m->attacks->len, m->defenses->len, m->seeds);
  g_string_append(page, "</header>\n");
}

/* ---- the matrix ------------------------------------------------------------------------------- */

static void put_effect(GString *page, const RdCell *c) {
  const RdSummary *effect = rd_cell_effect(c);
  if (c->benign && !c->guarded)
    return;
  g_autofree char *text = rd_figure_summary(effect, c->outcomes->len);
  g_autofree char *worst = rd_figure_number(c->measures[RD_M_WORST].mean);
  rd_page_put(page, "<span>effect %s</span>", text);
  if (!c->benign && !isnan(c->measures[RD_M_WORST].mean))
    rd_page_put(page, "<span>in its worst 10 s: %s</span>", worst);
}

/* What the defense costs is told whatever the word; of one that does nothing, chance would be told. */
static void put_cost(GString *page, const RdCell *c) {
  if (!c->guarded)
    return;
  if (!c->acts) {
    g_string_append(page,
                    c->speaks ? "<span>alerts only, never acts</span>" : "<span>never acts</span>");
    return;
  }
  g_autofree char *peace = rd_figure_number(c->measures[RD_M_LOST_PEACE].mean);
  g_autofree char *beyond = rd_figure_number(c->measures[RD_M_LOST_BEYOND].mean);
  rd_page_put(page, "<span>costs: %s in peace, %s beyond the %s</span>", peace, beyond,
              c->benign ? "surge" : "attack");
}

static void put_loss(GString *page, const RdCell *c) {
  g_autofree char *lost = rd_figure_number(c->measures[RD_M_LOST].mean);
  g_autofree char *whole = rd_figure_number(c->measures[RD_M_ATTEMPTS].mean);
  rd_page_put(page, "<span>legit lost: %s of %s</span>", lost, whole);
  put_cost(page, c);
}

static void put_detection(GString *page, const RdCell *c) {
  if (c->guarded && !c->benign) {
    g_autofree char *ttd = rd_figure_seconds(c->ttd_median);
    rd_page_put(page, "<span>detected %u/%u%s%s</span>", c->detected.k, c->detected.n,
                isnan(c->ttd_median) ? "" : ", after ", isnan(c->ttd_median) ? "" : ttd);
  }
  if (c->guarded && c->benign) {
    g_autofree char *alarms = rd_figure_number(c->measures[RD_M_FALSE_ALARMS].mean);
    g_autofree char *blocked = rd_figure_number(100 * c->measures[RD_M_BLOCKED].mean);
    g_autofree char *failed = rd_figure_number(c->measures[RD_M_TWIN_IRA_B].mean);
    rd_page_put(page,
                "<span>its messages blocked: %s %%</span><span>its registrations failed: %s %%"
                "</span><span>false alarms: %s</span>",
                blocked, failed, alarms);
  }
}

static void put_cell(GString *page, const RdCell *c) {
  if (!c || c->usable == 0) {
    g_string_append(page, "<td class=\"unknown\"><b>no result</b></td>\n");
    return;
  }
  g_autofree char *colour = rd_page_colour(c);
  const char *word = c->says != RD_CELL_NOTHING ? rd_cell_outcome_name(c->says)
                     : c->benign || !c->guarded ? "reference"
                                                : "no threshold";
  g_string_append_printf(page, "<td class=\"unknown\"%s>", colour);
  rd_page_put(page, "<b>%s</b>", word);
  put_effect(page, c);
  if (!c->benign)
    rd_page_put(page, "<span>attack succeeded %u/%u</span>", c->succeeded.k, c->succeeded.n);
  put_detection(page, c);
  put_loss(page, c);
  g_string_append(page, "</td>\n");
}

static void put_matrix(GString *page, const RdMatrix *m) {
  g_string_append(page,
                  "<section>\n<h2>The answer</h2>\n<div class=\"wide\"><table class=\"matrix\">"
                  "\n<thead><tr><th scope=\"col\">attack</th>");
  for (guint d = 0; d < m->defenses->len; d++)
    rd_page_put(page, "<th scope=\"col\">%s</th>", (const char *)m->defenses->pdata[d]);
  g_string_append(page, "</tr></thead>\n<tbody>\n");
  for (guint a = 0; a < m->attacks->len; a++) {
    const char *attack = m->attacks->pdata[a];
    const RdCell *first = rd_matrix_cell(m, attack, m->defenses->pdata[0]);
    rd_page_put(page, "<tr><th scope=\"row\"><a href=\"#attack-%u\">%s</a>", a, attack);
    if (first && first->benign)
      g_string_append(page, "<span>benign twin: must not be blocked</span>");
    g_string_append(page, "</th>\n");
    for (guint d = 0; d < m->defenses->len; d++)
      put_cell(page, rd_matrix_cell(m, attack, m->defenses->pdata[d]));
    g_string_append(page, "</tr>\n");
  }
  rd_page_put(
      page,
      "</tbody></table></div>\n<p class=\"legend\">The word goes by the 95 %% interval of the mean "
      "effect "
      "against the threshold that the attack states: <b>lost</b> wholly at or above it; "
      "<b>held</b> "
      "wholly below, while undefended it is wholly at or above; wholly below, undefended "
      "too: <b>minor</b> above 0, somebody loses something, <b>harmless</b> with 0 within it; "
      "<b>open</b> the seeds do not decide. Of the twin: <b>spared</b> and "
      "<b>harmed</b> by what the defense costs it and all others. The colour goes by the effect "
      "itself: "
      "green is none, yellow the threshold, red all there can be. What the defense <i>costs</i> "
      "legitimate users stands apart and has no say in the word. "
      "<i>Success</i> is what the attack's own predicate finds in the ledger; no detector has a "
      "say in it. Numbers are means over %u seeds; intervals of all stand below.</p>\n</section>\n",
      m->seeds);
}

/* ---- foot ------------------------------------------------------------------------------------- */

static void put_unusable(GString *page, const RdMatrix *m) {
  gboolean any = FALSE;
  for (guint i = 0; i < m->outcomes->len; i++) {
    const RdOutcome *o = m->outcomes->pdata[i];
    if (!o->why_not)
      continue;
    if (!any)
      g_string_append(page, "<section>\n<h2>What is left out</h2>\n<p>These rows are in no figure "
                            "above.</p>\n<ul>\n");
    any = TRUE;
    rd_page_put(page, "<li>%s, %s, seed %" G_GUINT64_FORMAT ": %s</li>\n", o->attack, o->defense,
                o->seed, o->why_not);
  }
  if (any)
    g_string_append(page, "</ul>\n</section>\n");
}

static unsigned count_worlds(RdStore *store) {
  g_autoptr(GPtrArray) plan = rd_store_plan(store, NULL);
  g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; plan && i < plan->len; i++) {
    const RdPlanRow *row = plan->pdata[i];
    for (guint w = 0; w < row->worlds->len; w++)
      g_hash_table_add(ids, g_array_index(row->worlds, RdPlanWorld, w).id);
  }
  return g_hash_table_size(ids);
}

static void put_provenance(GString *page, RdStore *store, const RdMatrix *m) {
  g_autofree char *file = meta(store, "file"), *engine = meta(store, "engine");
  g_autofree char *version = meta(store, "version");
  rd_page_put(
      page,
      "<section>\n<h2>Provenance</h2>\n<table class=\"plain\">\n"
      "<tr><th scope=\"row\">campaign file</th><td>%s</td></tr>\n"
      "<tr><th scope=\"row\">redoubt</th><td>%s</td></tr>\n"
      "<tr><th scope=\"row\">engine, SHA-256</th><td><code>%s</code></td></tr>\n"
      "<tr><th scope=\"row\">worlds</th><td>%u, each run once and shared by the rows that "
      "need it</td></tr>\n</table>\n"
      "<p>A world's name is the first half of a SHA-256 over its canonical trial, the "
      "contents of its cost table and files, the compiled parts it uses, and the engine. "
      "Its folder is <code>worlds/NAME/</code> beside this page.</p>\n"
      "<details>\n<summary>The worlds of every row</summary>\n<div class=\"wide\">"
      "<table class=\"plain\">\n<thead><tr><th>attack</th><th>defense</th><th>seed</th>"
      "<th>nothing</th><th>attack</th><th>both</th><th>defense</th></tr></thead>\n<tbody>\n",
      file, version, engine, count_worlds(store));
  for (guint i = 0; i < m->outcomes->len; i++) {
    const RdOutcome *o = m->outcomes->pdata[i];
    rd_page_put(page,
                "<tr><td>%s</td><td>%s</td><td>%" G_GUINT64_FORMAT
                "</td><td><code>%.12s</code></td>"
                "<td><code>%.12s</code></td><td><code>%.12s</code></td><td><code>%.12s</code></td>"
                "</tr>\n",
                o->attack, o->defense, o->seed, o->ids[RD_IN_N], o->ids[RD_IN_A], o->ids[RD_IN_B],
                o->ids[RD_IN_D]);
  }
  g_string_append(page, "</tbody></table></div>\n</details>\n</section>\n");
}

char *rd_report_html(RdStore *store, const RdMatrix *matrix, char **ret_plots_error) {
  GString *page = g_string_new(NULL);
  *ret_plots_error = NULL;
  put_head(page, store, matrix);
  put_matrix(page, matrix);
  for (guint a = 0; a < matrix->attacks->len; a++) {
    g_autofree char *plots = rd_page_plots(matrix, a, ret_plots_error);
    rd_page_put(page, "<section id=\"attack-%u\">\n", a);
    rd_page_attack(page, matrix, matrix->attacks->pdata[a], plots);
    g_string_append(page, "</section>\n");
  }
  put_unusable(page, matrix);
  rd_page_method(page, matrix);
  put_provenance(page, store, matrix);
  g_string_append(page, "</main>\n</body>\n</html>\n");
  return g_string_free(page, FALSE);
}
