/* report_sweeps.c - plots of one attack over a parameter of its own, of a node or of a grid: the effect with
 * its interval, a line a defense setting. */
#include <math.h>
#include <string.h>

#include "bench/report/curves.h"
#include "bench/report/plot.h"
#include "bench/report/report_page.h"

#define PLOTS_MAX 16 /* of one attack; the data of all are in operating.csv */
#define LINES_MAX 12 /* in one plot; more could not be told apart */
#define TICS_MAX 9
#define LOGARITHMIC 8 /* from this ratio of the largest to the smallest value on */

/* Curves that stand in one plot: a line each. */
typedef struct {
  const RdCurve *lines[LINES_MAX];
  unsigned n;
} Plot;

static gboolean same_axis(const RdCurve *a, const RdCurve *b) {
  return strcmp(a->swept, b->swept) == 0 && strcmp(a->instance, b->instance) == 0 &&
         strcmp(a->parameter, b->parameter) == 0 && strcmp(a->others, b->others) == 0;
}

static GArray *plots_of(const GPtrArray *curves) {
  GArray *plots = g_array_new(FALSE, TRUE, sizeof(Plot));
  for (guint i = 0; i < curves->len; i++) {
    const RdCurve *c = curves->pdata[i];
    Plot *found = NULL;
    for (guint k = 0; k < plots->len && !found; k++)
      if (same_axis(g_array_index(plots, Plot, k).lines[0], c))
        found = &g_array_index(plots, Plot, k);
    if (!found && !c->of_defenses) {
      g_array_set_size(plots, plots->len + 1);
      found = &g_array_index(plots, Plot, plots->len - 1);
    }
    if (found && found->n < LINES_MAX)
      found->lines[found->n++] = c;
  }
  return plots;
}

/* ---- the axis --------------------------------------------------------------------------------- */

/* All values of a plot's lines, each once: in order of their size, or, if one has none, of the file. */
typedef struct {
  GPtrArray *values; /* const char * */
  gboolean sized, logarithmic;
} Axis;

static gboolean has(const GPtrArray *values, const char *value) {
  for (guint i = 0; i < values->len; i++)
    if (strcmp(values->pdata[i], value) == 0)
      return TRUE;
  return FALSE;
}

static gint by_position(gconstpointer a, gconstpointer b) {
  const double x = rd_curve_position(*(const char *const *)a),
               y = rd_curve_position(*(const char *const *)b);
  return (x > y) - (x < y);
}

static Axis axis_of(const Plot *p) {
  Axis axis = {g_ptr_array_new(), TRUE, FALSE};
  for (unsigned i = 0; i < p->n; i++)
    for (guint k = 0; k < p->lines[i]->points->len; k++) {
      char *value = g_array_index(p->lines[i]->points, RdCurvePoint, k).value;
      axis.sized = axis.sized && isfinite(rd_curve_position(value));
      if (!has(axis.values, value))
        g_ptr_array_add(axis.values, value);
    }
  if (!axis.sized)
    return axis;
  g_ptr_array_sort(axis.values, by_position);
  const double least = rd_curve_position(axis.values->pdata[0]);
  const double most = rd_curve_position(axis.values->pdata[axis.values->len - 1]);
  axis.logarithmic = least > 0 && most / least >= LOGARITHMIC;
  return axis;
}

static double position(const Axis *axis, const char *value) {
  if (axis->sized)
    return rd_curve_position(value);
  for (guint i = 0; i < axis->values->len; i++)
    if (strcmp(axis->values->pdata[i], value) == 0)
      return i;
  return NAN;
}

/* A little room at both ends; gnuplot's own offsets are no good on a logarithmic axis. */
static void put_range(GString *script, const Axis *axis) {
  const double first = position(axis, axis->values->pdata[0]);
  const double last = position(axis, axis->values->pdata[axis->values->len - 1]);
  const double room = last > first ? (last - first) / 20 : 1;
  g_string_append(script, "set xrange [");
  rd_page_number(script, axis->logarithmic ? first / 1.15 : first - room);
  g_string_append_c(script, ':');
  rd_page_number(script, axis->logarithmic ? last * 1.15 : last + room);
  g_string_append(script, "]\n");
}

/* The values themselves, as many as there is room for, the ends among them. */
static void put_axis(GString *script, const Axis *axis, const Plot *p, GPtrArray *labels) {
  const RdCurve *c = p->lines[0];
  const guint n = axis->values->len, step = (n - 1 + TICS_MAX - 2) / (TICS_MAX - 1);
  g_autofree char *what = g_strdup_printf("%s.%s", c->instance, c->parameter);
  g_autofree char *name = rd_plot_label(labels, what);
  g_string_append_printf(script, "set xlabel \"%s%s\" offset 0,0.6\nset xtics (", name,
                         axis->logarithmic ? ", logarithmic" : "");
  for (guint i = 0; i < n; i++) {
    if (i + 1 < n && step && (i % step || i + step > n - 1 + step / 2))
      continue;
    g_autofree char *tic = rd_plot_label(labels, axis->values->pdata[i]);
    g_string_append_printf(script, "%s\"%s\" ", i ? ", " : "", tic);
    rd_page_number(script, position(axis, axis->values->pdata[i]));
  }
  g_string_append_printf(script, ")\n%s", axis->logarithmic ? "set logscale x\n" : "");
  put_range(script, axis);
}

/* ---- lines ------------------------------------------------------------------------------------ */

/* Value, mean, interval; how many points have one. */
static unsigned put_line(GString *script, unsigned i, const RdCurve *c, const Axis *axis) {
  unsigned n = 0;
  g_string_append_printf(script, "$l%u << EOD\n", i);
  for (guint k = 0; k < c->points->len; k++) {
    const RdCurvePoint *p = &g_array_index(c->points, RdCurvePoint, k);
    const RdSummary *s = rd_cell_effect(p->cell);
    if (!s->n || isnan(s->mean))
      continue;
    const double x[] = {position(axis, p->value), s->mean,
                        isnan(s->interval.low) ? s->mean : s->interval.low,
                        isnan(s->interval.high) ? s->mean : s->interval.high};
    for (unsigned j = 0; j < G_N_ELEMENTS(x); j++) {
      rd_page_number(script, x[j]);
      g_string_append_c(script, j + 1 < G_N_ELEMENTS(x) ? ' ' : '\n');
    }
    n++;
  }
  g_string_append(script, "EOD\n");
  return n;
}

/* A setting has one colour and mark in all plots of its attack. */
static unsigned number_of(const GPtrArray *curves, const char *setting) {
  g_autoptr(GPtrArray) met = g_ptr_array_new();
  for (guint i = 0; i < curves->len; i++) {
    const char *other = ((const RdCurve *)curves->pdata[i])->setting;
    if (strcmp(other, setting) == 0)
      break;
    if (!has(met, other))
      g_ptr_array_add(met, (gpointer)other);
  }
  return met->len;
}

static char *draw(const char *name, const Plot *p, const GPtrArray *curves, GError **error) {
  g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
  g_autofree char *unit = rd_plot_label(
      labels, *p->lines[0]->own->effect_unit ? p->lines[0]->own->effect_unit : "effect");
  g_autofree char *others =
      *p->lines[0]->others ? rd_plot_label(labels, p->lines[0]->others) : g_strdup("");
  Axis axis = axis_of(p);
  GString *plot = g_string_new(NULL);
  GString *script = g_string_new("set datafile missing '?'\nset grid lc rgb '#dddddd'\n"
                                 "set border 3 lc rgb '#555555'\nset tics nomirror\n"
                                 "set key below Left reverse\nset offsets 0,0,graph 0.08,0\n"
                                 "set yrange [*<0:0<*]\nset errorbars 0.6 lw 1.2\n");
  g_string_append_printf(script,
                         "set ylabel \"%s\"\nset title \"Effect over a parameter%s%s\""
                         " font ',14'\n",
                         unit, *others ? "; " : "", others);
  put_axis(script, &axis, p, labels);
  for (unsigned i = 0; i < p->n; i++) {
    g_autofree char *title = rd_plot_label(labels, p->lines[i]->setting);
    const unsigned look = number_of(curves, p->lines[i]->setting);
    if (put_line(script, i, p->lines[i], &axis))
      g_string_append_printf(plot,
                             "%s$l%u using 1:2:3:4 with yerrorlines lw 2 pt %u ps 0.8 dt %u "
                             "lc rgb '%s' title \"%s\"",
                             plot->len ? ", " : "plot ", i, 4 + look, 1 + look % 4,
                             rd_plot_colour(look), title);
  }
  g_string_append_printf(script, "%s\n", plot->str);
  char *svg = plot->len
                  ? rd_plot_svg(name, "Effect of the attack over a parameter, a line a setting",
                                script->str, labels, RD_PLOT_WIDTH, RD_PLOT_HEIGHT, error)
                  : g_strdup("");
  g_string_free(plot, TRUE);
  g_string_free(script, TRUE);
  g_ptr_array_unref(axis.values);
  return svg;
}

void rd_page_sweeps(GString *html, unsigned attack, const GPtrArray *curves, GError **error) {
  g_autoptr(GArray) plots = plots_of(curves);
  GError *fault = NULL;
  for (guint i = 0; i < plots->len && i < PLOTS_MAX && !fault; i++) {
    g_autofree char *name = g_strdup_printf("a%u_sweep%u", attack, i);
    g_autofree char *svg = draw(name, &g_array_index(plots, Plot, i), curves, &fault);
    if (svg && *svg)
      g_string_append_printf(html,
                             "<figure>\n%s\n<figcaption>Means over seeds with 95 %% intervals, a "
                             "line a setting. <a href=\"operating.csv\">Data</a>.</figcaption>\n"
                             "</figure>\n",
                             svg);
  }
  if (plots->len > PLOTS_MAX)
    g_string_append_printf(html,
                           "<p>%u plots more of this attack's sweeps are not drawn; "
                           "<a href=\"operating.csv\">their data</a>.</p>\n",
                           plots->len - PLOTS_MAX);
  if (fault)
    g_propagate_error(error, fault);
}
