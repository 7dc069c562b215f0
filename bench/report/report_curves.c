/* report_curves.c - plots of one attack: ROC curves of scores, operating curves of parameters. */
#include <math.h>
#include <string.h>

#include "bench/report/curves.h"
#include "bench/report/plot.h"
#include "bench/report/report_page.h"

/* Rates of one in a hundred thousand decide here: a logarithmic axis, its left end for all below,
 * 0 among it. */
#define FPR_AXIS                                                                                   \
  "set logscale x\nset xrange [1e-5:1]\n"                                                          \
  "set xlabel 'false positive rate in percent, logarithmic' offset 0,0.6\n"                        \
  "set xtics (\"\u2264 0.001\" 1e-5, \"0.01\" 1e-4, \"0.1\" 1e-3, \"1\" 1e-2, \"10\" 0.1, "        \
  "\"100\" 1)\n"                                                                                   \
  "set yrange [0:1.02]\nset ylabel 'true positive rate'\n"
#define FPR "(($1)<1e-5?1e-5:($1))"
#define FRAME                                                                                      \
  "set datafile missing '?'\nset grid lc rgb '#dddddd'\nset border 3 lc rgb '#555555'\n"           \
  "set tics nomirror\nset key below Left reverse\n"

void rd_page_number(GString *script, double value) {
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append(script,
                  isnan(value) ? "?" : g_ascii_formatd(digits, sizeof digits, "%.6g", value));
}

static double mean_of(const RdCell *cell, RdMeasure measure) {
  return cell->measures[measure].n ? cell->measures[measure].mean : NAN;
}

static void put_pair(GString *script, double x, double y) {
  rd_page_number(script, x);
  g_string_append_c(script, ' ');
  rd_page_number(script, y);
  g_string_append_c(script, '\n');
}

/* ---- ROC -------------------------------------------------------------------------------------- */

/* From the last point to this one. A ROC is straight between its points; on a logarithmic axis a straight
 * line is bent, so it is drawn through points of its own. */
static void put_step(GString *script, double last[2], double x, double y) {
  static const double grid[] = {1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1,
                                0.2,  0.3,  0.4,  0.5,  0.6,  0.7,  0.8,  0.9};
  for (unsigned i = 0; i < G_N_ELEMENTS(grid); i++)
    if (grid[i] > last[0] && grid[i] < x)
      put_pair(script, grid[i], last[1] + (y - last[1]) * (grid[i] - last[0]) / (x - last[0]));
  put_pair(script, x, y);
  last[0] = x;
  last[1] = y;
}

static void put_line(GString *script, const RdRoc *roc) {
  double last[2] = {0, 0};
  put_pair(script, 0, 0);
  for (unsigned k = 0; k < roc->n; k++)
    put_step(script, last, roc->points[k][1], roc->points[k][2]);
  put_step(script, last, 1, 1);
  g_string_append_c(script, '\n');
}

/* Each seed's curve of each defense of a setting; blank lines part them. False: there is none. */
static gboolean put_roc(GString *script, unsigned i, const RdCell *cell) {
  gboolean any = FALSE;
  g_string_append_printf(script, "$r%u << EOD\n", i);
  for (guint s = 0; s < cell->outcomes->len; s++) {
    const RdOutcome *o = cell->outcomes->pdata[s];
    for (unsigned d = 0; !o->why_not && d < o->n_rocs; d++) {
      put_line(script, &o->rocs[d]);
      any = any || o->rocs[d].n > 0;
    }
  }
  g_string_append(script, any ? "EOD\n" : "? ?\nEOD\n");
  return any;
}

/* False, and nothing written: it is undefined, and gnuplot refuses to draw nothing. */
static gboolean put_operating_point(GString *script, unsigned i, const RdCell *cell) {
  double x = mean_of(cell, RD_M_FPR), y = mean_of(cell, RD_M_TPR);
  if (isnan(x) || isnan(y))
    return FALSE;
  g_string_append_printf(script, "$o%u << EOD\n", i);
  put_pair(script, x, y);
  g_string_append(script, "EOD\n");
  return TRUE;
}

char *rd_page_roc(const char *name, RdCell *const cells[], unsigned n, GError **error) {
  GString *script = g_string_new(
      FRAME FPR_AXIS "set title 'ROC of the scores, a line a seed; filled: operating point' font "
                     "',14'\n");
  g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
  GString *plot = g_string_new("plot x with lines dt 3 lc rgb '#888888' title \"chance\"");
  gboolean any = FALSE;
  for (unsigned i = 0; i < n; i++) {
    if (!cells[i]->guarded || !put_roc(script, i, cells[i]))
      continue;
    g_autofree char *title = rd_plot_label(labels, cells[i]->defense);
    any = TRUE;
    g_string_append_printf(plot,
                           ", $r%u using " FPR ":2 with lines lw 2 dt %u lc rgb '%s' title \"%s\"",
                           i, 1 + i % 4, rd_plot_colour(i), title);
    if (put_operating_point(script, i, cells[i]))
      g_string_append_printf(plot,
                             ", $o%u using " FPR ":2 with points pt 7 ps 1.1 lc rgb '%s' notitle",
                             i, rd_plot_colour(i));
  }
  g_string_append_printf(script, "%s\n", plot->str);
  char *svg = any ? rd_plot_svg(name, "ROC curves: true against false positive rate", script->str,
                                labels, RD_PLOT_WIDTH, RD_PLOT_HEIGHT, error)
                  : g_strdup("");
  g_string_free(plot, TRUE);
  g_string_free(script, TRUE);
  return svg;
}

/* ---- operating curves ------------------------------------------------------------------------- */

typedef struct {
  RdMeasure x, y;
} Axes;

/* Points with both coordinates, each with its value as a label; how many that were. */
static unsigned put_points(GString *script, const char *block, const RdCurve *c, const Axes *axes,
                           gboolean own_only, GPtrArray *labels) {
  unsigned n = 0;
  g_string_append_printf(script, "$%s << EOD\n", block);
  for (guint i = 0; i < c->points->len; i++) {
    const RdCurvePoint *p = &g_array_index(c->points, RdCurvePoint, i);
    double x = mean_of(p->cell, axes->x), y = mean_of(p->cell, axes->y);
    if (isnan(x) || isnan(y) || (own_only && !p->own))
      continue;
    g_autofree char *mark = rd_plot_label(labels, p->value);
    rd_page_number(script, x);
    g_string_append_c(script, ' ');
    rd_page_number(script, y);
    g_string_append_printf(script, " %s\n", mark);
    n++;
  }
  g_string_append(script, "EOD\n");
  return n;
}

static void put_curve(GString *plot, GPtrArray *labels, const RdCurve *c, unsigned i, const char *x,
                      gboolean own) {
  g_autofree char *text = g_strdup_printf("%s: %s of %s%s%s", c->setting, c->parameter, c->instance,
                                          *c->others ? ", " : "", c->others);
  g_autofree char *title = rd_plot_label(labels, text);
  const char *colour = rd_plot_colour(i + 1);
  g_string_append_printf(
      plot,
      "%s$c%u using %s:2 with linespoints lw 2 pt 6 ps 0.9 dt %u lc rgb '%s' title "
      "\"%s\", $c%u using %s:2:3 with labels left offset char 0.7,0.5 font ',10' "
      "tc rgb '%s' notitle",
      i ? ", " : "plot ", i, x, 1 + i % 4, colour, title, i, x, colour);
  if (own)
    g_string_append_printf(plot, ", $o%u using %s:2 with points pt 7 ps 1.3 lc rgb '%s' notitle", i,
                           x, colour);
}

char *rd_page_operating(const char *name, const GPtrArray *curves, gboolean price, GError **error) {
  const Axes axes = price ? (Axes){RD_M_LOST_DEFENSE, RD_M_EFFECT} : (Axes){RD_M_FPR, RD_M_TPR};
  g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
  GString *script = g_string_new(FRAME), *plot = g_string_new(NULL);
  unsigned n = 0;
  g_string_append(script,
                  price ? "set title 'Effect against price, by setting' font ',14'\n"
                          "set xlabel 'legitimate attempts lost to the defense, a seed' "
                          "offset 0,0.6\nset ylabel 'effect of the attack'\n"
                          "set offsets 0,graph 0.15,graph 0.1,graph 0.05\nset xrange [0:1<*]\n"
                        : FPR_AXIS "set title 'Operating curves of parameters' font "
                                   "',14'\n");
  for (guint i = 0; i < curves->len; i++) {
    g_autofree char *all = g_strdup_printf("c%u", n), *own = g_strdup_printf("o%u", n);
    const RdCurve *c = curves->pdata[i];
    if (!c->of_defenses)
      continue; /* they are in report_sweeps.c */
    GString *data = g_string_new(NULL);
    unsigned points = put_points(data, all, c, &axes, FALSE, labels);
    unsigned owns = put_points(data, own, c, &axes, TRUE, labels);
    if (points >= 2) {
      g_string_append(script, data->str);
      put_curve(plot, labels, c, n++, price ? "1" : FPR, owns > 0);
    }
    g_string_free(data, TRUE);
  }
  g_string_append_printf(script, "%s\n", plot->str);
  char *svg = n ? rd_plot_svg(name,
                              price ? "Effect of the attack against the price of the defense, a "
                                      "curve a parameter"
                                    : "Operating curves: true against false positive rate, a curve "
                                      "a parameter",
                              script->str, labels, RD_PLOT_WIDTH, RD_PLOT_HEIGHT, error)
                : g_strdup("");
  g_string_free(plot, TRUE);
  g_string_free(script, TRUE);
  return svg;
}
