/* curves.c - operating curves, and the data of the report's plots as CSV. */
#include "bench/report/curves.h"

#include <math.h>
#include <string.h>

#include "bench/judge/parameters.h"
#include "bench/report/csv.h"
#include "lab/text/quantity.h"

static void curve_free(gpointer data) {
  RdCurve *curve = data;
  for (guint i = 0; i < curve->points->len; i++)
    g_free(g_array_index(curve->points, RdCurvePoint, i).value);
  g_array_unref(curve->points);
  g_free(curve->others);
  g_free(curve);
}

/* NULL: no world of the cell says it. */
static char *own_value(const RdCell *cell, const RdPlanCoordinate *at) {
  const RdParameterKind kind = strcmp(at->swept, "attack") == 0 ? RD_OF_ATTACKS
                               : strcmp(at->swept, "node") == 0 ? RD_OF_NODES
                                                                : RD_OF_DEFENSES;
  return cell->facts
             ? rd_parameters_value(cell->facts->parameters[kind], at->instance, at->parameter)
             : NULL;
}

double rd_curve_position(const char *value) {
  g_autofree char *why = NULL, *why_not = NULL;
  double number = NAN;
  RdTime span = 0;
  if (rd_quantity_number(value, NULL, &number, &why))
    return number;
  return rd_quantity_duration(value, &span, &why_not) ? (double)span / 1e9 : NAN;
}

/* NaN: no order but that of the file. */
static gint by_value(gconstpointer a, gconstpointer b) {
  double x = rd_curve_position(((const RdCurvePoint *)a)->value),
         y = rd_curve_position(((const RdCurvePoint *)b)->value);
  return (x > y) - (x < y);
}

static char *others_of(const GArray *sweep) {
  GString *text = g_string_new(NULL);
  for (guint i = 1; i < sweep->len; i++) {
    const RdPlanCoordinate *at = &g_array_index(sweep, RdPlanCoordinate, i);
    g_string_append_printf(text, "%s%s.%s = %s", i > 1 ? ", " : "", at->instance, at->parameter,
                           at->value);
  }
  return g_string_free(text, FALSE);
}

/* The cell as the campaign names it is on the curve if it has what stands still there. */
static void put_own(RdCurve *c, const GArray *sweep) {
  gboolean fits = TRUE;
  for (guint i = 1; fits && i < sweep->len; i++) {
    const RdPlanCoordinate *at = &g_array_index(sweep, RdPlanCoordinate, i);
    g_autofree char *value = own_value(c->own, at);
    fits = g_strcmp0(value, at->value) == 0;
  }
  RdCurvePoint point = {
      c->own, fits ? own_value(c->own, &g_array_index(sweep, RdPlanCoordinate, 0)) : NULL, TRUE};
  if (point.value)
    g_array_append_val(c->points, point);
}

static RdCurve *curve_of(GPtrArray *curves, const RdCell *own, const GArray *sweep) {
  const RdPlanCoordinate *at = &g_array_index(sweep, RdPlanCoordinate, 0);
  g_autofree char *others = others_of(sweep);
  for (guint i = 0; i < curves->len; i++) {
    RdCurve *c = curves->pdata[i];
    if (c->own == own && strcmp(c->swept, at->swept) == 0 &&
        strcmp(c->instance, at->instance) == 0 && strcmp(c->parameter, at->parameter) == 0 &&
        strcmp(c->others, others) == 0)
      return c;
  }
  RdCurve *c = g_new0(RdCurve, 1);
  *c = (RdCurve){.own = own,
                 .attack = own->attack,
                 .setting = own->defense,
                 .swept = at->swept,
                 .instance = at->instance,
                 .parameter = at->parameter,
                 .others = g_steal_pointer(&others),
                 .of_defenses = TRUE,
                 .points = g_array_new(FALSE, FALSE, sizeof(RdCurvePoint))};
  for (guint i = 0; i < sweep->len; i++)
    c->of_defenses =
        c->of_defenses && strcmp(g_array_index(sweep, RdPlanCoordinate, i).swept, "defense") == 0;
  g_ptr_array_add(curves, c);
  put_own(c, sweep);
  return c;
}

GPtrArray *rd_curves_new(const RdMatrix *m, const char *attack) {
  GPtrArray *curves = g_ptr_array_new_with_free_func(curve_free);
  for (guint i = 0; i < m->sweeps->len; i++) {
    const RdCell *cell = m->sweeps->pdata[i];
    const RdPlanRow *row = ((const RdOutcome *)cell->outcomes->pdata[0])->row;
    const RdCell *own = rd_matrix_cell(m, row->of_attack, row->of_defense);
    if (!own || strcmp(own->attack, attack) != 0)
      continue;
    RdCurve *curve = curve_of(curves, own, row->sweep);
    RdCurvePoint point = {cell, g_strdup(g_array_index(row->sweep, RdPlanCoordinate, 0).value),
                          FALSE};
    g_array_append_val(curve->points, point);
  }
  for (guint i = 0; i < curves->len; i++)
    g_array_sort(((RdCurve *)curves->pdata[i])->points, by_value);
  return curves;
}

/* ---- CSV -------------------------------------------------------------------------------------- */

static const RdMeasure kept[] = {RD_M_FPR,        RD_M_TPR,          RD_M_BLOCKED,
                                 RD_M_EFFECT,     RD_M_LOST_DEFENSE, RD_M_LOST,
                                 RD_M_DETECTED,   RD_M_FALSE_ALARMS, RD_M_FALSE_ALARMS_PEACE,
                                 RD_M_TWIN_EFFECT};

static void put_curve(GString *csv, const RdCurve *c) {
  for (guint i = 0; i < c->points->len; i++) {
    const RdCurvePoint *p = &g_array_index(c->points, RdCurvePoint, i);
    g_string_append_printf(csv, "%s,%s,%s,%s,%s", c->attack, c->setting, c->swept, c->instance,
                           c->parameter);
    rd_csv_text(csv, c->others);
    rd_csv_text(csv, p->value);
    g_string_append_printf(csv, ",%d,%u", p->own, p->cell->usable);
    for (size_t k = 0; k < G_N_ELEMENTS(kept); k++) {
      const RdSummary *s = &p->cell->measures[kept[k]];
      rd_csv_number(csv, s->n ? s->mean : NAN);
      rd_csv_number(csv, s->interval.low);
      rd_csv_number(csv, s->interval.high);
    }
    g_string_append_c(csv, '\n');
  }
}

char *rd_curves_csv(const RdMatrix *m) {
  GString *csv =
      g_string_new("attack,setting,swept,instance,parameter,others,value,operating_point,seeds");
  for (size_t k = 0; k < G_N_ELEMENTS(kept); k++) {
    const char *name = rd_measure_name(kept[k]);
    g_string_append_printf(csv, ",%s,%s_low,%s_high", name, name, name);
  }
  g_string_append_c(csv, '\n');
  for (guint a = 0; a < m->attacks->len; a++) {
    g_autoptr(GPtrArray) curves = rd_curves_new(m, m->attacks->pdata[a]);
    for (guint i = 0; i < curves->len; i++)
      put_curve(csv, curves->pdata[i]);
  }
  return g_string_free(csv, FALSE);
}

static void put_roc(GString *csv, const RdOutcome *o, const RdRoc *roc) {
  for (unsigned k = 0; k < roc->n; k++) {
    g_string_append_printf(csv, "%s,%s,%" G_GUINT64_FORMAT, o->attack, o->defense, o->seed);
    rd_csv_text(csv, roc->defense);
    for (unsigned i = 0; i < 3; i++)
      rd_csv_number(csv, roc->points[k][i]);
    g_string_append_c(csv, '\n');
  }
}

char *rd_curves_roc_csv(const RdMatrix *m) {
  GString *csv = g_string_new("attack,setting,seed,defense,threshold,fpr,tpr\n");
  for (guint i = 0; i < m->outcomes->len; i++) {
    const RdOutcome *o = m->outcomes->pdata[i];
    for (unsigned d = 0; !o->why_not && d < o->n_rocs; d++)
      put_roc(csv, o, &o->rocs[d]);
  }
  return g_string_free(csv, FALSE);
}
