/* curves.c - operating curves, and the data of the report's plots as CSV. */
#include "bench/report/curves.h"

#include <math.h>
#include <string.h>

#include "bench/judge/document.h"
#include "bench/report/csv.h"
#include "lab/plugin/params.h"
#include "lab/text/quantity.h"

static void curve_free(gpointer data) {
  RdCurve *curve = data;
  for (guint i = 0; i < curve->points->len; i++)
    g_free(g_array_index(curve->points, RdCurvePoint, i).value);
  g_array_unref(curve->points);
  g_free(curve);
}

static const RdOutcome *usable_of(const RdCell *cell) {
  for (guint i = 0; i < cell->outcomes->len; i++)
    if (!((const RdOutcome *)cell->outcomes->pdata[i])->why_not)
      return cell->outcomes->pdata[i];
  return NULL;
}

/* NULL: no world of the cell says it. */
static char *own_value(const RdCell *cell, const char *instance, const char *parameter) {
  const RdOutcome *o = usable_of(cell);
  for (unsigned i = 0; o && i < o->trial->n_defenses; i++) {
    const RdTrialDefense *d = &o->trial->defenses[i];
    int row = strcmp(d->name, instance) == 0 ? rd_params_row(d->part, parameter) : -1;
    if (row >= 0)
      return rd_params_text(d->config, (unsigned)row);
  }
  return NULL;
}

/* NaN: no order but that of the file. */
static double order_of(const char *value) {
  g_autofree char *why = NULL, *why_not = NULL;
  double number = NAN;
  RdTime span = 0;
  if (rd_quantity_number(value, NULL, &number, &why))
    return number;
  return rd_quantity_duration(value, &span, &why_not) ? (double)span : NAN;
}

static gint by_value(gconstpointer a, gconstpointer b) {
  double x = order_of(((const RdCurvePoint *)a)->value),
         y = order_of(((const RdCurvePoint *)b)->value);
  return (x > y) - (x < y);
}

static RdCurve *curve_of(GPtrArray *curves, const RdMatrix *m, const RdOutcome *o) {
  for (guint i = 0; i < curves->len; i++) {
    RdCurve *c = curves->pdata[i];
    if (strcmp(c->setting, o->sweep_of) == 0 && strcmp(c->instance, o->instance) == 0 &&
        strcmp(c->parameter, o->parameter) == 0)
      return c;
  }
  RdCurve *c = g_new0(RdCurve, 1);
  *c = (RdCurve){o->attack, o->sweep_of, o->instance, o->parameter,
                 g_array_new(FALSE, FALSE, sizeof(RdCurvePoint))};
  g_ptr_array_add(curves, c);
  const RdCell *own = rd_matrix_cell(m, o->attack, o->sweep_of);
  char *value = own ? own_value(own, o->instance, o->parameter) : NULL;
  RdCurvePoint point = {own, value, TRUE};
  if (value)
    g_array_append_val(c->points, point);
  return c;
}

GPtrArray *rd_curves_new(const RdMatrix *m, const char *attack) {
  GPtrArray *curves = g_ptr_array_new_with_free_func(curve_free);
  for (guint i = 0; i < m->sweeps->len; i++) {
    const RdCell *cell = m->sweeps->pdata[i];
    if (strcmp(cell->attack, attack) != 0)
      continue;
    const RdOutcome *o = cell->outcomes->pdata[0];
    RdCurve *curve = curve_of(curves, m, o);
    RdCurvePoint point = {cell, g_strdup(o->value), FALSE};
    g_array_append_val(curve->points, point);
  }
  for (guint i = 0; i < curves->len; i++)
    g_array_sort(((RdCurve *)curves->pdata[i])->points, by_value);
  return curves;
}

/* ---- CSV -------------------------------------------------------------------------------------- */

static const RdMeasure kept[] = {RD_M_FPR,      RD_M_TPR,          RD_M_BLOCKED,
                                 RD_M_EFFECT,   RD_M_LOST_DEFENSE, RD_M_LOST,
                                 RD_M_DETECTED, RD_M_FALSE_ALARMS, RD_M_FALSE_ALARMS_PEACE};

static void put_curve(GString *csv, const RdCurve *c) {
  for (guint i = 0; i < c->points->len; i++) {
    const RdCurvePoint *p = &g_array_index(c->points, RdCurvePoint, i);
    g_string_append_printf(csv, "%s,%s,%s,%s", c->attack, c->setting, c->instance, c->parameter);
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
  GString *csv = g_string_new("attack,setting,defense,parameter,value,operating_point,seeds");
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

static void put_roc(GString *csv, const RdOutcome *o, JsonObject *defense) {
  JsonArray *roc = rd_document_array(defense, "score.roc");
  const char *name = rd_document_text(defense, "name");
  if (isnan(rd_document_number(defense, "score.roc_auc")))
    return;
  for (guint k = 0; roc && k < json_array_get_length(roc); k++) {
    JsonArray *row = json_array_get_array_element(roc, k);
    g_string_append_printf(csv, "%s,%s,%" G_GUINT64_FORMAT, o->attack, o->defense, o->seed);
    rd_csv_text(csv, name ? name : "");
    for (guint i = 0; i < 3; i++)
      rd_csv_number(csv, json_array_get_double_element(row, i));
    g_string_append_c(csv, '\n');
  }
}

char *rd_curves_roc_csv(const RdMatrix *m) {
  GString *csv = g_string_new("attack,setting,seed,defense,threshold,fpr,tpr\n");
  for (guint i = 0; i < m->outcomes->len; i++) {
    const RdOutcome *o = m->outcomes->pdata[i];
    JsonArray *defenses =
        o->why_not || *o->sweep_of ? NULL : rd_document_array(o->results[RD_IN_B], "defenses");
    for (guint d = 0; defenses && d < json_array_get_length(defenses); d++)
      put_roc(csv, o, json_array_get_object_element(defenses, d));
  }
  return g_string_free(csv, FALSE);
}
