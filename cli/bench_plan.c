/* bench_plan.c - plans a campaign, and tells a plan without running it. */
#include "cli/bench_plan.h"

#include "bench/judge/parameters.h"
#include "bench/run/inputs.h"

#define ROWS_MAX 250000
#define ERROR g_quark_from_static_string("rd-bench-plan")

/* A sweep's rows do without the noise floor: their curve has its cell's. */
static gboolean plan_row(RdPlan *plan, const RdCampaign *c, unsigned index, uint64_t seed,
                         gboolean noisy, GHashTable *inputs, GError **error) {
  const RdCampaignCell *cell = &c->cells[index];
  g_autoptr(RdTrial) trial = rd_campaign_cell_trial(c, index, seed, error);
  if (!trial || !rd_plan_add(plan, trial, cell->attack_name, cell->defense_name,
                             noisy && !cell->n_at ? RD_PLAN_FOUR_AND_NOISE : RD_PLAN_FOUR, error))
    return FALSE;
  rd_inputs_add(inputs, trial);
  RdPlanRow *row = rd_plan_last(plan);
  if (cell->n_at)
    rd_plan_row_sweep(row, c->attacks[cell->attack].name, c->defenses[cell->defense].name);
  for (unsigned i = 0; i < cell->n_at; i++) {
    const RdCampaignCoordinate *at = &cell->at[i];
    rd_plan_row_coordinate(row, rd_swept_name(at->swept), at->instance, at->parameter, at->value);
  }
  return TRUE;
}

static unsigned cells_of(const RdCampaign *c, gboolean sweeps) {
  return sweeps ? c->n_cells : c->n_cells - c->n_points;
}

/* Seeds outermost, so that a bench that is stopped half way leaves whole comparisons. */
gboolean rd_bench_plan(RdPlan *plan, const RdCampaign *c, gboolean sweeps, GHashTable *inputs,
                       GError **error) {
  const unsigned noisy = rd_plan_noise_seeds(c->n_seeds);
  const guint64 rows = (guint64)cells_of(c, sweeps) * c->n_seeds;
  if (rows > ROWS_MAX) {
    g_set_error(error, ERROR, 1,
                "%s: %u attacks x settings and %u points of sweeps, with %u seeds each, make "
                "%" G_GUINT64_FORMAT " comparisons: at most %d are possible",
                c->name, c->n_cells - c->n_points, sweeps ? c->n_points : 0, c->n_seeds, rows,
                ROWS_MAX);
    return FALSE;
  }
  for (unsigned s = 0; s < c->n_seeds; s++)
    for (unsigned i = 0; i < c->n_cells; i++)
      if ((sweeps || !c->cells[i].n_at) &&
          !plan_row(plan, c, i, c->seeds[s], s < noisy, inputs, error))
        return FALSE;
  return TRUE;
}

static const char *plural(unsigned n) {
  return n == 1 ? "" : "s";
}

char *rd_bench_plan_line(const RdPlan *plan, const RdCampaign *c, gboolean sweeps) {
  g_autofree char *more = sweeps && c->n_points ? g_strdup_printf(" (and %u point%s of sweeps)",
                                                                  c->n_points, plural(c->n_points))
                                                : g_strdup("");
  return g_strdup_printf("%u attack%s x %u setting%s%s x %u seed%s: %u worlds", c->n_attacks,
                         plural(c->n_attacks), c->n_defenses, plural(c->n_defenses), more,
                         c->n_seeds, plural(c->n_seeds), plan->worlds->len);
}

static unsigned finished_in(const RdPlan *plan, const char *folder) {
  unsigned n = 0;
  for (guint i = 0; i < plan->worlds->len; i++) {
    g_autofree char *result = g_build_filename(
        folder, "worlds", ((const RdWorldSpec *)plan->worlds->pdata[i])->id, "result.json", NULL);
    n += g_file_test(result, G_FILE_TEST_IS_REGULAR);
  }
  return n;
}

static int by_text(gconstpointer a, gconstpointer b) {
  return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

/* Of every cell with the first seed; a seed is no parameter. */
static RdParameterTable *parameters_of(const RdCampaign *c, gboolean sweeps, GError **error) {
  g_autoptr(RdParameterTable) table = rd_parameter_table_new();
  for (unsigned i = 0; i < c->n_cells; i++) {
    if (c->cells[i].n_at && !sweeps)
      continue;
    g_autoptr(RdTrial) trial = rd_campaign_cell_trial(c, i, c->seeds[0], error);
    if (!trial)
      return NULL;
    for (unsigned k = 0; k < RD_PARAMETER_KINDS; k++)
      rd_parameter_table_add(table, rd_parameters_text(trial, (RdParameterKind)k));
  }
  return g_steal_pointer(&table);
}

char *rd_bench_plan_text(const RdPlan *plan, const RdCampaign *c, gboolean sweeps,
                         const char *folder, GError **error) {
  g_autoptr(RdParameterTable) table = parameters_of(c, sweeps, error);
  if (!table)
    return NULL;
  g_autofree char *line = rd_bench_plan_line(plan, c, sweeps);
  const unsigned finished = finished_in(plan, folder);
  g_autoptr(GPtrArray) columns =
      g_ptr_array_copy((GPtrArray *)rd_parameter_table_columns(table), NULL, NULL);
  GString *text = g_string_new(NULL);
  g_string_append_printf(text,
                         "%s: %s\n%u comparison%s; %u of the worlds are finished in %s, %u "
                         "would be run\n",
                         c->name, line, plan->rows->len, plural(plan->rows->len), finished, folder,
                         plan->worlds->len - finished);
  g_string_append(text, columns->len ? "parameters that differ:\n" : "no parameter differs\n");
  g_ptr_array_sort(columns, by_text);
  for (guint i = 0; i < columns->len; i++) {
    g_autoptr(GPtrArray) values = rd_parameter_table_values(table, columns->pdata[i]);
    g_string_append_printf(text, "  %s:", (const char *)columns->pdata[i]);
    for (guint k = 0; k < values->len; k++)
      g_string_append_printf(text, "%s %s", k ? "," : "", (const char *)values->pdata[k]);
    g_string_append_c(text, '\n');
  }
  return g_string_free(text, FALSE);
}
