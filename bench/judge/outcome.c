/* outcome.c - one row of a plan, judged. */
#include "bench/judge/outcome.h"

#include <math.h>
#include <string.h>

#include "bench/judge/document.h"
#include "bench/judge/evidence.h"

const char *rd_world_name(RdWorldOf world) {
  static const char *const names[RD_WORLDS] = {"nothing", "attack", "attack and defense",
                                               "defense"};
  return names[world];
}

void rd_outcome_free(RdOutcome *o) {
  if (!o)
    return;
  g_free(o->attack);
  g_free(o->defense);
  g_free(o->sweep_of);
  g_free(o->instance);
  g_free(o->parameter);
  g_free(o->value);
  g_free(o->why_not);
  rd_trial_free(o->trial);
  for (unsigned w = 0; w < RD_WORLDS; w++) {
    g_free(o->ids[w]);
    g_clear_pointer(&o->results[w], json_object_unref);
  }
  g_free(o);
}

/* ---- what is no figure ------------------------------------------------------------------------ */

/* What is not known counts as done: nothing is left out for it. */
static void activity(RdOutcome *o) {
  static const RdWorldOf worlds[] = {RD_IN_B, RD_IN_D};
  for (unsigned i = 0; i < o->trial->n_defenses; i++)
    for (unsigned w = 0; w < G_N_ELEMENTS(worlds); w++) {
      JsonObject *d =
          rd_document_named(o->results[worlds[w]], "defenses", o->trial->defenses[i].name);
      const double acted = d ? rd_document_number(d, "message.acted") : NAN;
      const double alerts = d ? rd_document_number(d, "alerts.total") : NAN;
      o->acts = o->acts || isnan(acted) || acted > 0;
      o->speaks = o->speaks || isnan(alerts) || alerts > 0;
    }
}

/* ---- worlds held against each other ----------------------------------------------------------- */

static gboolean any_predicate(const RdTrial *trial) {
  for (unsigned i = 0; i < trial->n_attacks; i++)
    if (trial->attacks[i].part->actor.success)
      return TRUE;
  return FALSE;
}

static void judge_attacks(RdOutcome *o, const char *const folders[RD_WORLDS],
                          RdPredicates *predicates) {
  const unsigned n = o->trial->n_attacks;
  g_autofree RdSuccess *alone = g_new0(RdSuccess, n + 1), *defended = g_new0(RdSuccess, n + 1);
  if (!any_predicate(o->trial))
    return;
  o->why_not = rd_predicates_ask(predicates, o->trial, folders, alone, defended);
  if (o->why_not)
    return;
  o->alone = alone[0];
  o->defended = defended[0];
}

/* What the defense does to a twin and to all others while the twin is there: both have the same claim
 * to be served. FALSE with or without *error: there is nothing to tell. */
static gboolean judge_twin(RdOutcome *o, const char *const folders[RD_WORLDS], RdChange *ret,
                           GError **error) {
  uint64_t twins = 0;
  o->twin = (RdRange){NAN, NAN};
  if (!o->benign || !o->guarded)
    return FALSE;
  for (unsigned i = 0; i < o->trial->n_attacks; i++)
    twins |= UINT64_C(1) << i;
  g_autoptr(RdPair) pair = rd_pair_open_with(folders[RD_IN_A], folders[RD_IN_B], twins, error);
  if (!pair)
    return FALSE;
  *ret = rd_pair_changes(pair, o->trial->warmup, o->trial->duration).all;
  const RdRange range = rd_paired_range(ret->lost, ret->gained, ret->attempts);
  o->twin = (RdRange){100 * range.low, 100 * range.high};
  return TRUE;
}

/* FALSE without *error: that world was not planned or failed, and the row is sound without it. */
static gboolean measure_noise(const RdOutcome *o, RdStore *store, const char *both,
                              const char *shifted_id, RdDrift *ret, GError **error) {
  if (*shifted_id == '\0' || rd_store_world(store, shifted_id) != RD_WORLD_DONE)
    return FALSE;
  g_autofree char *shifted = rd_store_world_folder(store, shifted_id);
  return rd_compare_drift(both, shifted, o->trial->warmup, o->trial->duration, ret, error);
}

/* FALSE with *error: a file of a world cannot be read. */
static gboolean compare(RdOutcome *o, RdStore *store, const RdPlanRow *row,
                        const char *const folders[RD_WORLDS], GError **error) {
  RdChange twin;
  RdDrift drift;
  GError *fault = NULL;
  gboolean ok =
      rd_compare_worlds(folders, o->trial->warmup, o->trial->duration, &o->comparisons, &fault);
  gboolean noisy = ok && measure_noise(o, store, folders[RD_IN_B], row->shifted, &drift, &fault);
  gboolean twins = !fault && judge_twin(o, folders, &twin, &fault);
  RdReading reading = {.trial = o->trial,
                       .subject = o->trial->n_attacks > 0 ? &o->trial->attacks[0] : NULL,
                       .results = o->results,
                       .comparisons = &o->comparisons,
                       .alone = &o->alone,
                       .defended = &o->defended,
                       .twin = twins ? &twin : NULL,
                       .drift = noisy ? &drift : NULL,
                       .benign = o->benign,
                       .guarded = o->guarded};
  if (fault) {
    g_propagate_error(error, fault);
    return FALSE;
  }
  rd_measures_take(&reading, o->measures);
  return TRUE;
}

/* What cannot be read costs this row alone. */
static void judge(RdOutcome *o, RdStore *store, const RdPlanRow *row, RdPredicates *predicates) {
  g_autoptr(GError) error = NULL;
  char *folders[RD_WORLDS];
  for (unsigned w = 0; w < RD_WORLDS; w++)
    folders[w] = rd_store_world_folder(store, o->ids[w]);
  const char *const *read_only = (const char *const *)folders;
  judge_attacks(o, read_only, predicates);
  if (!o->why_not && !compare(o, store, row, read_only, &error))
    o->why_not = g_strdup(error->message);
  for (unsigned w = 0; w < RD_WORLDS; w++)
    g_free(folders[w]);
}

/* ---- reading ---------------------------------------------------------------------------------- */

static char *why_missing(RdStore *store, RdWorldOf world, const char *id) {
  g_autofree char *reason = rd_store_world_reason(store, id);
  return g_strdup_printf("world \"%s\" (%.12s) %s%s", rd_world_name(world), id,
                         reason ? "failed: " : "was not run", reason ? reason : "");
}

/* Loads the four results; why_not is set if one is not there or is none. */
static void load_results(RdOutcome *o, RdStore *store) {
  for (unsigned w = 0; w < RD_WORLDS; w++) {
    if (rd_store_world(store, o->ids[w]) != RD_WORLD_DONE) {
      o->why_not = why_missing(store, (RdWorldOf)w, o->ids[w]);
      return;
    }
    g_autofree char *text = rd_store_world_result(store, o->ids[w]);
    g_autoptr(GError) error = NULL;
    o->results[w] = rd_document_parse(text ? text : "", &error);
    if (!o->results[w]) {
      o->why_not = g_strdup_printf("result.json of world %s: %s", o->ids[w], error->message);
      return;
    }
  }
}

static RdTrial *load_trial(RdOutcome *o, RdStore *store, RdParts *parts, GError **error) {
  g_autofree char *text = rd_store_world_trial(store, o->ids[RD_IN_B]);
  g_autofree char *folder = rd_store_world_folder(store, o->ids[RD_IN_B]);
  g_autofree char *path = g_build_filename(folder, "trial.yaml", NULL);
  return rd_trial_parse(text ? text : "", path, parts, error);
}

static RdOutcome *outcome_of(const RdPlanRow *row) {
  RdOutcome *o = g_new0(RdOutcome, 1);
  const char *ids[RD_WORLDS] = {[RD_IN_N] = row->nothing,
                                [RD_IN_A] = row->attacked,
                                [RD_IN_B] = row->both,
                                [RD_IN_D] = row->defended};
  o->attack = g_strdup(row->attack);
  o->defense = g_strdup(row->defense);
  o->sweep_of = g_strdup(row->sweep_of ? row->sweep_of : "");
  o->instance = g_strdup(row->instance ? row->instance : "");
  o->parameter = g_strdup(row->parameter ? row->parameter : "");
  o->value = g_strdup(row->value ? row->value : "");
  o->seed = row->seed;
  for (unsigned w = 0; w < RD_WORLDS; w++)
    o->ids[w] = g_strdup(ids[w]);
  for (unsigned m = 0; m < RD_MEASURES; m++)
    o->measures[m] = NAN;
  o->alone = o->defended = rd_evidence_nothing();
  return o;
}

static gboolean all_benign(const RdTrial *trial) {
  for (unsigned i = 0; i < trial->n_attacks; i++)
    if (!trial->attacks[i].part->plugin.benign)
      return FALSE;
  return trial->n_attacks > 0;
}

RdOutcome *rd_outcome_new(RdStore *store, RdParts *parts, const RdPlanRow *row,
                          RdPredicates *predicates, GError **error) {
  g_autoptr(RdOutcome) o = outcome_of(row);
  load_results(o, store);
  if (o->why_not)
    return g_steal_pointer(&o);
  o->trial = load_trial(o, store, parts, error);
  if (!o->trial)
    return NULL;
  o->benign = all_benign(o->trial);
  o->guarded = o->trial->n_defenses > 0;
  activity(o);
  judge(o, store, row, predicates);
  return g_steal_pointer(&o);
}
