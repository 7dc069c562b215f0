/* outcome.c - one row of a plan, judged. */
#include "bench/judge/outcome.h"

#include <math.h>
#include <string.h>

#include "bench/judge/document.h"
#include "bench/judge/evidence.h"
#include "bench/judge/parameters.h"

const char *rd_world_name(RdWorldOf world) {
  static const char *const names[RD_WORLDS] = {[RD_IN_N] = "nothing",
                                               [RD_IN_A] = "attack",
                                               [RD_IN_B] = "attack and defense",
                                               [RD_IN_D] = "defense"};
  return names[world];
}

const char *rd_world_kind(RdWorldOf world) {
  static const char *const kinds[RD_WORLDS] = {[RD_IN_N] = RD_KIND_NOTHING,
                                               [RD_IN_A] = RD_KIND_ATTACK,
                                               [RD_IN_B] = RD_KIND_BOTH,
                                               [RD_IN_D] = RD_KIND_DEFENSE};
  return kinds[world];
}

void rd_outcome_forget(RdOutcome *o) {
  rd_trial_free(o->trial);
  o->trial = NULL;
  for (unsigned w = 0; w < RD_WORLDS; w++)
    g_clear_pointer(&o->results[w], json_object_unref);
  g_clear_pointer(&o->comparisons, g_free);
}

void rd_outcome_free(RdOutcome *o) {
  if (!o)
    return;
  rd_outcome_forget(o);
  g_free(o->why_not);
  for (unsigned i = 0; i < o->n_rocs; i++)
    g_free(o->rocs[i].points);
  g_free(o->rocs);
  g_free(o->attacks);
  g_free(o);
}

/* ---- what is no figure ------------------------------------------------------------------------ */

static const char *interned(const char *text) {
  return g_intern_string(text ? text : "");
}

static void take_facts(RdOutcome *o) {
  const RdTrial *t = o->trial;
  const RdTrialAttack *subject = rd_trial_subject(t);
  RdOutcomeFacts *f = &o->facts;
  *f = (RdOutcomeFacts){.topology = interned(t->topology->name),
                        .duration = t->duration,
                        .warmup = t->warmup,
                        .summary = "",
                        .family = "",
                        .attack_set = rd_parameters_set(t, RD_OF_ATTACKS),
                        .defense_set = rd_parameters_set(t, RD_OF_DEFENSES)};
  for (unsigned k = 0; k < RD_PARAMETER_KINDS; k++)
    f->parameters[k] = rd_parameters_text(t, (RdParameterKind)k);
  if (!subject)
    return;
  f->subject = interned(subject->name);
  f->summary = interned(subject->part->plugin.summary);
  f->family = interned(subject->family);
  f->start = subject->start;
  f->stop = subject->stop;
  f->entities = subject->entities;
}

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

/* A ROC is one only where the area under it is defined. */
static gboolean take_roc(JsonObject *defense, RdRoc *ret) {
  JsonArray *roc = rd_document_array(defense, "score.roc");
  if (isnan(rd_document_number(defense, "score.roc_auc")))
    return FALSE;
  ret->defense = interned(rd_document_text(defense, "name"));
  ret->n = roc ? json_array_get_length(roc) : 0;
  ret->points = g_malloc_n(ret->n + 1, sizeof *ret->points);
  for (guint k = 0; k < ret->n; k++) {
    JsonArray *row = json_array_get_array_element(roc, k);
    for (guint i = 0; i < 3; i++)
      ret->points[k][i] = json_array_get_double_element(row, i);
  }
  return TRUE;
}

/* Points of sweeps show none. */
static void take_rocs(RdOutcome *o) {
  JsonArray *defenses =
      o->row->sweep->len ? NULL : rd_document_array(o->results[RD_IN_B], "defenses");
  const guint n = defenses ? json_array_get_length(defenses) : 0;
  o->rocs = g_new0(RdRoc, n + 1);
  for (guint d = 0; d < n; d++)
    o->n_rocs += take_roc(json_array_get_object_element(defenses, d), &o->rocs[o->n_rocs]);
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
  const unsigned n = o->n_attacks;
  g_autofree RdSuccess *alone = g_new0(RdSuccess, n + 1), *defended = g_new0(RdSuccess, n + 1);
  if (!any_predicate(o->trial))
    return;
  o->why_not = rd_predicates_ask(predicates, o->trial, folders, alone, defended);
  for (unsigned i = 0; !o->why_not && i < n; i++) {
    o->attacks[i].alone = alone[i];
    o->attacks[i].defended = defended[i];
  }
}

/* What the defense does to a twin and to all others while the twin is there: both have the same claim
 * to be served. FALSE with or without *error: there is nothing to tell. */
static gboolean judge_twin(RdOutcome *o, const char *const folders[RD_WORLDS], RdChange *ret,
                           GError **error) {
  uint64_t twins = 0;
  o->twin = (RdRange){NAN, NAN};
  if (!o->benign || !o->guarded)
    return FALSE;
  for (unsigned i = 0; i < o->n_attacks; i++)
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
      rd_compare_worlds(folders, o->trial->warmup, o->trial->duration, o->comparisons, &fault);
  gboolean noisy = ok && measure_noise(o, store, folders[RD_IN_B],
                                       rd_plan_row_world(row, RD_KIND_SHIFTED), &drift, &fault);
  gboolean twins = !fault && judge_twin(o, folders, &twin, &fault);
  RdSources sources = {.trial = o->trial,
                       .subject = rd_trial_subject(o->trial),
                       .results = o->results,
                       .comparisons = o->comparisons,
                       .alone = &o->subject->alone,
                       .defended = &o->subject->defended,
                       .twin = twins ? &twin : NULL,
                       .drift = noisy ? &drift : NULL,
                       .benign = o->benign,
                       .guarded = o->guarded};
  if (fault) {
    g_propagate_error(error, fault);
    return FALSE;
  }
  rd_measures_take(&sources, o->measures);
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
    if (*o->ids[w] == '\0' || rd_store_world(store, o->ids[w]) != RD_WORLD_DONE) {
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
  o->row = row;
  o->attack = row->attack;
  o->defense = row->defense;
  o->seed = row->seed;
  for (unsigned w = 0; w < RD_WORLDS; w++)
    o->ids[w] = rd_plan_row_world(row, rd_world_kind((RdWorldOf)w));
  for (unsigned m = 0; m < RD_MEASURES; m++)
    o->measures[m] = NAN;
  return o;
}

/* Its attacks, before they are judged; an empty one if there is none. */
static void take_attacks(RdOutcome *o) {
  const RdTrial *t = o->trial;
  const RdTrialAttack *subject = rd_trial_subject(t);
  o->n_attacks = t->n_attacks;
  o->attacks = g_new0(RdOutcomeAttack, t->n_attacks + 1);
  o->subject = &o->attacks[subject ? subject - t->attacks : 0];
  o->benign = t->n_attacks > 0;
  o->guarded = t->n_defenses > 0;
  for (unsigned i = 0; i < t->n_attacks; i++)
    o->benign = o->benign && t->attacks[i].benign;
  for (unsigned i = 0; i < t->n_attacks + 1; i++) {
    o->attacks[i].alone = o->attacks[i].defended = rd_evidence_nothing();
    o->attacks[i].name = i < t->n_attacks ? interned(t->attacks[i].name) : "";
    o->attacks[i].role = i < t->n_attacks ? t->attacks[i].role : RD_ROLE_ATTACK;
  }
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
  o->comparisons = g_new0(RdComparisons, 1);
  take_attacks(o);
  take_facts(o);
  activity(o);
  take_rocs(o);
  judge(o, store, row, predicates);
  return g_steal_pointer(&o);
}
