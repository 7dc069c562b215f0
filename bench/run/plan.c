/* plan.c - which worlds a set of trials needs. */
#include "bench/run/plan.h"

#include <string.h>

#define ID_DIGITS 32

static void world_free(gpointer data) {
  RdWorldSpec *world = data;
  g_free(world->id);
  g_free(world->text);
  g_free(world);
}

RdPlan *rd_plan_new(const char *engine, GError **error) {
  g_autofree char *bytes = NULL;
  gsize n = 0;
  if (!g_file_get_contents(engine, &bytes, &n, error))
    return NULL;
  RdPlan *plan = g_new0(RdPlan, 1);
  plan->worlds = g_ptr_array_new_with_free_func(world_free);
  plan->rows = g_ptr_array_new_with_free_func((GDestroyNotify)rd_plan_row_free);
  plan->by_id = g_hash_table_new(g_str_hash, g_str_equal);
  plan->engine = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes, n);
  return plan;
}

void rd_plan_free(RdPlan *plan) {
  if (!plan)
    return;
  g_hash_table_unref(plan->by_id);
  g_ptr_array_unref(plan->worlds);
  g_ptr_array_unref(plan->rows);
  g_free(plan->engine);
  g_free(plan);
}

/* The id of the trial's world, which is added unless it is there. NULL with *error. */
static char *add_world(RdPlan *plan, const RdTrial *trial, GError **error) {
  g_autofree char *identity = rd_trial_identity(trial, error);
  if (!identity)
    return NULL;
  g_autofree char *both = g_strdup_printf("%s %s", plan->engine, identity);
  char *id = g_compute_checksum_for_string(G_CHECKSUM_SHA256, both, -1);
  id[ID_DIGITS] = '\0';
  if (!g_hash_table_contains(plan->by_id, id)) {
    RdWorldSpec *world = g_new0(RdWorldSpec, 1);
    *world = (RdWorldSpec){g_strdup(id), rd_trial_text(trial)};
    g_ptr_array_add(plan->worlds, world);
    g_hash_table_insert(plan->by_id, world->id, world);
  }
  return id;
}

/* The world of a trial with some of its halves taken out. */
static char *add_half(RdPlan *plan, const RdTrial *trial, gboolean attacks, gboolean defenses,
                      GError **error) {
  RdTrial half = *trial;
  if (!attacks)
    half.n_attacks = 0;
  if (!defenses)
    half.n_defenses = 0;
  return add_world(plan, &half, error);
}

/* The whole trial, its attacks a millisecond later. */
static char *add_shifted(RdPlan *plan, const RdTrial *trial, GError **error) {
  RdTrial shifted = *trial;
  g_autofree RdTrialAttack *attacks = g_new(RdTrialAttack, trial->n_attacks + 1);
  for (unsigned i = 0; i < trial->n_attacks; i++) {
    attacks[i] = trial->attacks[i];
    attacks[i].start = MIN(attacks[i].start + RD_MILLISECOND, trial->duration - 1);
    attacks[i].stop = MIN(attacks[i].stop + RD_MILLISECOND, trial->duration);
  }
  shifted.attacks = attacks;
  return add_world(plan, &shifted, error);
}

unsigned rd_plan_noise_seeds(unsigned seeds) {
  return MIN(seeds, MAX(2, (seeds + 4) / 5));
}

/* A world of the row: the trial's, or that of some half of it. `id` is taken. */
static gboolean row_has(RdPlanRow *row, const char *kind, char *id) {
  if (id)
    rd_plan_row_add(row, kind, id);
  g_free(id);
  return id != NULL;
}

static gboolean add_worlds(RdPlan *plan, const RdTrial *trial, RdPlanRow *row, RdPlanDepth depth,
                           GError **error) {
  const gboolean four = depth != RD_PLAN_ALONE;
  const gboolean noise = depth == RD_PLAN_FOUR_AND_NOISE && trial->n_attacks > 0;
  return (!four || (row_has(row, RD_KIND_NOTHING, add_half(plan, trial, FALSE, FALSE, error)) &&
                    row_has(row, RD_KIND_ATTACK, add_half(plan, trial, TRUE, FALSE, error)) &&
                    row_has(row, RD_KIND_DEFENSE, add_half(plan, trial, FALSE, TRUE, error)))) &&
         row_has(row, RD_KIND_BOTH, add_world(plan, trial, error)) &&
         (!noise || row_has(row, RD_KIND_SHIFTED, add_shifted(plan, trial, error)));
}

gboolean rd_plan_add(RdPlan *plan, const RdTrial *trial, const char *attack, const char *defense,
                     RdPlanDepth depth, GError **error) {
  RdPlanRow *row = rd_plan_row_new(attack, defense, trial->seed);
  if (add_worlds(plan, trial, row, depth, error)) {
    g_ptr_array_add(plan->rows, row);
    return TRUE;
  }
  rd_plan_row_free(row);
  return FALSE;
}

RdPlanRow *rd_plan_last(RdPlan *plan) {
  return plan->rows->len ? plan->rows->pdata[plan->rows->len - 1] : NULL;
}
