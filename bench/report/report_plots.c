/* report_plots.c - the plots of one attack: service over time, losses; the curves are in report_curves.c. */
#include <math.h>
#include <string.h>

#include "bench/report/curves.h"
#include "bench/report/plot.h"
#include "bench/report/report_page.h"

#define CELLS_MAX 12 /* curves in one plot; more could not be told apart */

/* ---- service over time ------------------------------------------------------------------------ */

static void put_series(GString *script, const char *name, const RdSeries *s) {
  g_string_append_printf(script, "$%s << EOD\n", name);
  for (unsigned i = 0; i < s->n; i++) {
    rd_page_number(script, (i + 0.5) * s->seconds);
    g_string_append_c(script, ' ');
    rd_page_number(script, s->tried[i] > 0 ? 100 * s->served[i] / s->tried[i] : NAN);
    g_string_append_c(script, '\n');
  }
  g_string_append(script, "EOD\n");
}

static gboolean has_attempts(const RdSeries *s) {
  for (unsigned i = 0; i < s->n; i++)
    if (s->tried[i] > 0)
      return TRUE;
  return FALSE;
}

static void put_window(GString *script, const RdOutcomeFacts *f) {
  g_string_append(script, "set object 1 rectangle from first ");
  rd_page_number(script, (double)f->start / 1e9);
  g_string_append(script, ",graph 0 to first ");
  rd_page_number(script, (double)f->stop / 1e9);
  g_string_append(script, ",graph 1 behind fillcolor rgb '#f3e3dc' fillstyle solid noborder\n"
                          "set xrange [0:");
  rd_page_number(script, (double)f->duration / 1e9);
  g_string_append(script, "]\n");
}

char *rd_page_service(const char *name, const char *what, const RdPageLine *lines, unsigned n,
                      const RdOutcomeFacts *facts, GError **error) {
  if (!has_attempts(lines[0].series))
    return g_strdup("");
  GString *script =
      g_string_new("set datafile missing '?'\nset yrange [0:105]\n"
                   "set ylabel 'percent'\nset xlabel 'simulated time (s)' offset 0,0.6\n"
                   "set grid ytics lc rgb '#dddddd'\nset border 3 lc rgb '#555555'\n"
                   "set tics nomirror\nset key below Left reverse\n");
  g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
  GString *plot = g_string_new("plot $nothing using 1:2 with lines lw 4 lc rgb '#c8c8c8' title ");
  g_autofree char *first = rd_plot_label(labels, lines[0].title);
  g_string_append_printf(plot, "\"%s\"", first);
  put_window(script, facts);
  g_string_append_printf(script, "set title \"%s\" font ',14'\n", what);
  put_series(script, "nothing", lines[0].series);
  for (unsigned i = 1; i < n; i++) {
    g_autofree char *data = g_strdup_printf("c%u", i - 1),
                    *title = rd_plot_label(labels, lines[i].title);
    put_series(script, data, lines[i].series);
    g_string_append_printf(
        plot,
        ", $c%u using 1:2 with linespoints lw 2 pt %u ps 0.6 pi 5 dt %u lc rgb '%s' "
        "title \"%s\"",
        i - 1, 3 + i, 1 + (i - 1) % 4, rd_plot_colour(i - 1), title);
  }
  g_string_append_printf(script, "%s\n", plot->str);
  char *svg = rd_plot_svg(name, what, script->str, labels, RD_PLOT_WIDTH, RD_PLOT_HEIGHT, error);
  g_string_free(plot, TRUE);
  g_string_free(script, TRUE);
  return svg;
}

/* One panel: the untouched world, then each setting's. */
static char *service_plot(const char *name, RdCell *const cells[], unsigned n, const char *what,
                          gboolean calls, GError **error) {
  RdPageLine lines[1 + CELLS_MAX];
  for (unsigned i = 0; i < n; i++) {
    const RdTimeline *t = cells[i]->timeline;
    const RdSeries *series = calls ? t->calls : t->registers;
    if (i == 0)
      lines[0] = (RdPageLine){"nothing", &series[RD_IN_N]};
    lines[1 + i] = (RdPageLine){cells[i]->defense, &series[RD_IN_B]};
  }
  return rd_page_service(name, what, lines, 1 + n, cells[0]->facts, error);
}

/* ---- losses ----------------------------------------------------------------------------------- */

/* What a bar shows of a cell. Where the defense never acts, all that is lost is lost to the attack, and
 * which class an attempt falls in is chance. */
static const RdSummary *bar_of(const RdCell *cell, RdMeasure measure) {
  static const RdSummary none = {0};
  if (!cell->guarded || cell->acts)
    return &cell->measures[measure];
  return measure == RD_M_LOST_ATTACK ? &cell->measures[RD_M_LOST] : &none;
}

static char *losses_plot(const char *name, RdCell *const cells[], unsigned n, GError **error) {
  static const struct {
    RdMeasure measure;
    const char *title;
  } bars[] = {{RD_M_LOST_ATTACK, "to the attack"},
              {RD_M_LOST_DEFENSE, "to the defense"},
              {RD_M_LOST_EITHER, "to either"},
              {RD_M_LOST_INTERACTION, "to both together"},
              {RD_M_RESCUED, "(rescued)"}};
  GString *script =
      g_string_new("set datafile missing '?'\nset ylabel 'attempts a seed'\n"
                   "set title 'Legitimate attempts lost, mean and 95 % interval' font "
                   "',14'\nset grid ytics lc rgb '#dddddd'\nset border 3 lc rgb '#555555'\n"
                   "set tics nomirror\nset yrange [0:*]\nset offsets 0,0,graph 0.08,0\n"
                   "set key below Left reverse\nset boxwidth 0.14\n"
                   "set style fill solid 0.75 border -1\nset errorbars 0.6 lw 1.2\n");
  g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
  GString *plot = g_string_new("plot ");
  g_string_append_printf(script, "set xrange [-0.6:%u.6]\nset xtics (", n - 1);
  for (unsigned i = 0; i < n; i++) {
    g_autofree char *title = rd_plot_label(labels, cells[i]->defense);
    g_string_append_printf(script, "%s\"%s\" %u", i ? ", " : "", title, i);
  }
  g_string_append(script, ")\n");
  for (unsigned b = 0; b < G_N_ELEMENTS(bars); b++) {
    g_string_append_printf(script, "$b%u << EOD\n", b);
    for (unsigned i = 0; i < n; i++) {
      const RdSummary *s = bar_of(cells[i], bars[b].measure);
      double mean = s->n ? s->mean : NAN; /* of a single seed there is no interval */
      double values[] = {i + 0.16 * ((double)b - 2), mean,
                         !s->n || isnan(s->interval.low) ? mean : s->interval.low,
                         !s->n || isnan(s->interval.high) ? mean : s->interval.high};
      for (unsigned k = 0; k < G_N_ELEMENTS(values); k++) {
        rd_page_number(script, values[k]);
        g_string_append_c(script, k < 3 ? ' ' : '\n');
      }
    }
    g_string_append(script, "EOD\n");
    g_string_append_printf(plot,
                           "%s$b%u using 1:2:3:4:(0.14) with boxerrorbars lc rgb '%s' title \"%s\"",
                           b ? ", " : "", b, rd_plot_colour(b + 1), bars[b].title);
  }
  g_string_append_printf(script, "%s\n", plot->str);
  char *svg = rd_plot_svg(name, "Legitimate attempts lost, by class and setting", script->str,
                          labels, RD_PLOT_WIDTH, RD_PLOT_HEIGHT, error);
  g_string_free(plot, TRUE);
  g_string_free(script, TRUE);
  return svg;
}

/* ---- all of an attack ------------------------------------------------------------------------- */

static unsigned usable_cells(const RdMatrix *m, const char *attack, RdCell *ret[CELLS_MAX]) {
  unsigned n = 0;
  for (guint i = 0; i < m->cells->len && n < CELLS_MAX; i++) {
    RdCell *cell = m->cells->pdata[i];
    const RdOutcome *first = cell->outcomes->pdata[0];
    if (strcmp(cell->attack, attack) == 0 && !first->why_not && first->facts.subject)
      ret[n++] = cell;
  }
  return n;
}

/* The caption is our own HTML. */
static void put_figure(GString *html, char *svg, const char *caption) {
  if (svg && *svg)
    g_string_append_printf(html, "<figure>\n%s\n<figcaption>%s</figcaption>\n</figure>\n", svg,
                           caption);
  g_free(svg);
}

char *rd_page_plots(const RdMatrix *m, unsigned attack, char **why) {
  RdCell *cells[CELLS_MAX];
  unsigned n = usable_cells(m, m->attacks->pdata[attack], cells);
  g_autoptr(GError) error = NULL;
  GString *html = g_string_new(NULL);
  char *plots[6] = {NULL};
  static const char *const names[] = {"calls", "registrations", "losses",
                                      "roc",   "operating",     "price"};
  g_autoptr(GPtrArray) curves = rd_curves_new(m, m->attacks->pdata[attack]);
  for (unsigned i = 0; n > 0 && !error && i < G_N_ELEMENTS(plots); i++) {
    g_autofree char *name = g_strdup_printf("a%u_%s", attack, names[i]);
    plots[i] = i == 0   ? service_plot(name, cells, n, "Legitimate calls served", TRUE, &error)
               : i == 1 ? service_plot(name, cells, n, "Legitimate registrations that succeeded",
                                       FALSE, &error)
               : i == 2 ? losses_plot(name, cells, n, &error)
               : i == 3 ? rd_page_roc(name, cells, n, &error)
                        : rd_page_operating(name, curves, i == 5, &error);
  }
  g_string_append(html, "<div class=\"plots\">\n");
  put_figure(html, plots[0],
             "All seeds together, by the time an attempt began. Shaded: the attack runs. Grey: the "
             "same seeds with neither attack nor defense.");
  put_figure(html, plots[1], "The same of registrations.");
  put_figure(html, plots[2],
             "A class an attempt, by comparing four worlds on one seed (see Method). Of a defense "
             "that never acts, all is lost to the attack.");
  put_figure(
      html, plots[3],
      "By the score given to each message; hostile ones against legitimate ones. Filled: what "
      "the defense really acts upon. <a href=\"roc.csv\">Data</a>.");
  put_figure(
      html, plots[4],
      "The same defense with one of its parameters at other values, means over seeds; filled: "
      "as the campaign names it. <a href=\"operating.csv\">Data, with intervals</a>.");
  put_figure(html, plots[5],
             "What the attack still achieves, against what the defense costs legitimate users when "
             "nobody attacks. Better is nearer to the lower left.");
  if (!error)
    rd_page_sweeps(html, attack, curves, &error);
  if (error && !*why)
    *why = g_strdup(error->message);
  g_string_append(html, "</div>\n");
  return g_string_free(html, FALSE);
}
