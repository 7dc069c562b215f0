/* outcome.c - one row of a plan, judged. */
#include "bench/judge/outcome.h"

#include <math.h>
#include <string.h>

#include "bench/judge/document.h"
#include "bench/judge/evidence.h"

static const struct {
  const char *name, *unit;
  RdRangeOf range;
} rows[RD_MEASURES] = {
    [RD_M_EFFECT_ALONE] = {"effect_alone", "of the attack", RD_RANGE_EFFECT},
    [RD_M_EFFECT_ALONE_LOW] = {"effect_alone_low", "of the attack", RD_RANGE_EFFECT},
    [RD_M_EFFECT_ALONE_HIGH] = {"effect_alone_high", "of the attack", RD_RANGE_EFFECT},
    [RD_M_WORST_ALONE] = {"worst_10s_alone", "of the attack", RD_RANGE_EFFECT},
    [RD_M_EFFECT] = {"effect", "of the attack", RD_RANGE_EFFECT},
    [RD_M_EFFECT_LOW] = {"effect_low", "of the attack", RD_RANGE_EFFECT},
    [RD_M_EFFECT_HIGH] = {"effect_high", "of the attack", RD_RANGE_EFFECT},
    [RD_M_WORST] = {"worst_10s", "of the attack", RD_RANGE_EFFECT},
    [RD_M_THRESHOLD] = {"threshold", "of the attack"},
    [RD_M_DETECTED] = {"detected", "", RD_RANGE_SHARE},
    [RD_M_TTD] = {"ttd", "s"},
    [RD_M_TTM] = {"ttm", "s"},
    [RD_M_TPR] = {"tpr", "", RD_RANGE_SHARE},
    [RD_M_FPR] = {"fpr", "", RD_RANGE_SHARE},
    [RD_M_PRECISION_BASE] = {"precision_at_base_rate", "", RD_RANGE_SHARE},
    [RD_M_PRECISION_LOW] = {"precision_at_base_rate_low", "", RD_RANGE_SHARE},
    [RD_M_ROC_AUC] = {"roc_auc", "", RD_RANGE_SHARE},
    [RD_M_JUDGED_LEGIT] = {"judged_share_legit", "", RD_RANGE_SHARE},
    [RD_M_JUDGED_ATTACK] = {"judged_share_attack", "", RD_RANGE_SHARE},
    [RD_M_ACTED] = {"acted", "messages"},
    [RD_M_ALERTS] = {"alerts", ""},
    [RD_M_HITS_VICTIM] = {"true_hits_victim_alerts", ""},
    [RD_M_VICTIM_ALERTS] = {"victim_alerts", ""},
    [RD_M_FALSE_ALARMS] = {"false_alarms", ""},
    [RD_M_FALSE_ALARMS_PEACE] = {"false_alarms_in_peace", ""},
    [RD_M_FALSE_ALARMS_DAY] = {"false_alarms_per_subscriber_day", ""},
    [RD_M_BLOCKED] = {"blocked_share", "", RD_RANGE_SHARE},
    [RD_M_ATTEMPTS] = {"legit_attempts", ""},
    [RD_M_LOST_ALONE] = {"lost_undefended", "", RD_RANGE_ATTEMPTS},
    [RD_M_LOST] = {"lost", "", RD_RANGE_ATTEMPTS},
    [RD_M_LOST_PEACE] = {"lost_in_peace", "", RD_RANGE_ATTEMPTS},
    [RD_M_LOST_BEYOND] = {"lost_beyond_attack", "", RD_RANGE_ATTEMPTS},
    [RD_M_LOST_ATTACK] = {"lost_to_attack", "", RD_RANGE_ATTEMPTS},
    [RD_M_LOST_DEFENSE] = {"lost_to_defense", "", RD_RANGE_ATTEMPTS},
    [RD_M_LOST_EITHER] = {"lost_to_either", "", RD_RANGE_ATTEMPTS},
    [RD_M_LOST_INTERACTION] = {"lost_to_interaction", "", RD_RANGE_ATTEMPTS},
    [RD_M_RESCUED] = {"rescued", "", RD_RANGE_ATTEMPTS},
    [RD_M_BASELINE] = {"lost_to_nobody", "", RD_RANGE_ATTEMPTS},
    [RD_M_NOISE] = {"noise_floor", "", RD_RANGE_ATTEMPTS},
    [RD_M_COST] = {"cost_per_message", "ns"},
    [RD_M_STATE_BYTES] = {"state_peak", "bytes"},
    [RD_M_ADDED_SRD_P95] = {"added_srd_p95", "ms", RD_RANGE_ANY},
    [RD_M_ADDED_RRD_P95] = {"added_rrd_p95", "ms", RD_RANGE_ANY},
    [RD_M_SER_N] = {"ser_n", "percent", RD_RANGE_PERCENT},
    [RD_M_SER_A] = {"ser_a", "percent", RD_RANGE_PERCENT},
    [RD_M_SER_B] = {"ser_b", "percent", RD_RANGE_PERCENT},
    [RD_M_SER_D] = {"ser_d", "percent", RD_RANGE_PERCENT},
    [RD_M_SRD_N] = {"srd_p95_n", "ms"},
    [RD_M_SRD_A] = {"srd_p95_a", "ms"},
    [RD_M_SRD_B] = {"srd_p95_b", "ms"},
    [RD_M_SRD_D] = {"srd_p95_d", "ms"},
    [RD_M_RRD_N] = {"rrd_p95_n", "ms"},
    [RD_M_RRD_A] = {"rrd_p95_a", "ms"},
    [RD_M_RRD_B] = {"rrd_p95_b", "ms"},
    [RD_M_RRD_D] = {"rrd_p95_d", "ms"},
    [RD_M_IRA_N] = {"ira_n", "percent", RD_RANGE_PERCENT},
    [RD_M_IRA_A] = {"ira_a", "percent", RD_RANGE_PERCENT},
    [RD_M_IRA_B] = {"ira_b", "percent", RD_RANGE_PERCENT},
    [RD_M_IRA_D] = {"ira_d", "percent", RD_RANGE_PERCENT},
    [RD_M_TWIN_EFFECT] = {"twin_effect", "points", RD_RANGE_POINTS},
    [RD_M_TWIN_IRA_A] = {"twin_ira_a", "percent", RD_RANGE_PERCENT},
    [RD_M_TWIN_IRA_B] = {"twin_ira_b", "percent", RD_RANGE_PERCENT},
    [RD_M_TWIN_RRD_A] = {"twin_rrd_p95_a", "ms"},
    [RD_M_TWIN_RRD_B] = {"twin_rrd_p95_b", "ms"},
};

const char *rd_measure_name(RdMeasure measure) {
  return rows[measure].name;
}

const char *rd_measure_unit(RdMeasure measure) {
  return rows[measure].unit;
}

RdRangeOf rd_measure_range(RdMeasure measure) {
  return rows[measure].range;
}

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

/* ---- figures of single worlds ----------------------------------------------------------------- */

static void service_measures(RdOutcome *o) {
  static const RdMeasure ser[RD_WORLDS] = {RD_M_SER_N, RD_M_SER_A, RD_M_SER_B, RD_M_SER_D};
  for (unsigned w = 0; w < RD_WORLDS; w++) {
    JsonObject *r = o->results[w];
    unsigned shift = (unsigned)ser[w] - RD_M_SER_N;
    o->measures[RD_M_SER_N + shift] = rd_document_number(r, "legit.call.ser");
    o->measures[RD_M_SRD_N + shift] = rd_document_number(r, "legit.call.srd_ns.p95") / 1e6;
    o->measures[RD_M_RRD_N + shift] = rd_document_number(r, "legit.register.rrd_ns.p95") / 1e6;
    o->measures[RD_M_IRA_N + shift] = rd_document_number(r, "legit.register.ira");
  }
}

static void twin_measures(RdOutcome *o) {
  static const RdWorldOf worlds[] = {RD_IN_A, RD_IN_B};
  for (unsigned i = 0; i < G_N_ELEMENTS(worlds); i++) {
    JsonObject *r = o->results[worlds[i]];
    o->measures[RD_M_TWIN_IRA_A + i] = rd_document_number(r, "twin.register.ira");
    o->measures[RD_M_TWIN_RRD_A + i] = rd_document_number(r, "twin.register.rrd_ns.p95") / 1e6;
  }
}

/* NaN counts as nothing there, not as 0: the first defined value stands alone. */
static double add_defined(double sum, double value) {
  return isnan(sum) ? value : isnan(value) ? sum : sum + value;
}

static double max_defined(double most, double value) {
  return isnan(most) ? value : isnan(value) ? most : MAX(most, value);
}

/* Share of the messages that reached a defense's places which it looked at; NaN: none reached them. */
static double judged_share(JsonObject *defense, const char *const classes[2]) {
  double judged = 0, passed_by = 0;
  for (unsigned i = 0; i < 2 && classes[i]; i++) {
    g_autofree char *yes = g_strdup_printf("judged.%s.n", classes[i]);
    g_autofree char *no = g_strdup_printf("not_judged.%s.n", classes[i]);
    judged += rd_document_number(defense, yes);
    passed_by += rd_document_number(defense, no);
  }
  return judged + passed_by > 0 ? judged / (judged + passed_by) : NAN;
}

/* What a defense looks at, and whether it does anything at all. */
static void activity_measures(double m[RD_MEASURES], JsonObject *b) {
  static const char *const legit[2] = {"benign", "twin"}, *const hostile[2] = {"attack", NULL};
  m[RD_M_JUDGED_LEGIT] = max_defined(m[RD_M_JUDGED_LEGIT], judged_share(b, legit));
  m[RD_M_JUDGED_ATTACK] = max_defined(m[RD_M_JUDGED_ATTACK], judged_share(b, hostile));
  m[RD_M_ACTED] = add_defined(m[RD_M_ACTED], rd_document_number(b, "message.acted"));
  m[RD_M_ALERTS] = add_defined(m[RD_M_ALERTS], rd_document_number(b, "alerts.total"));
  m[RD_M_HITS_VICTIM] =
      add_defined(m[RD_M_HITS_VICTIM], rd_document_number(b, "alerts.true_hits_victim"));
  m[RD_M_VICTIM_ALERTS] =
      add_defined(m[RD_M_VICTIM_ALERTS], rd_document_number(b, "alerts.victim"));
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

/* A setting of several defenses: costs add up; of rates, the worst of them is shown. */
static void defense_measures(RdOutcome *o) {
  double *m = o->measures;
  for (unsigned i = 0; i < o->trial->n_defenses; i++) {
    const char *name = o->trial->defenses[i].name;
    JsonObject *b = rd_document_named(o->results[RD_IN_B], "defenses", name);
    JsonObject *d = rd_document_named(o->results[RD_IN_D], "defenses", name);
    if (!b || !d)
      continue;
    activity_measures(m, b);
    m[RD_M_TPR] = max_defined(m[RD_M_TPR], rd_document_number(b, "message.tpr"));
    m[RD_M_FPR] = max_defined(m[RD_M_FPR], rd_document_number(b, "message.fpr"));
    m[RD_M_PRECISION_BASE] = max_defined(m[RD_M_PRECISION_BASE],
                                         rd_document_number(b, "message.precision_at_base_rate"));
    m[RD_M_PRECISION_LOW] = max_defined(
        m[RD_M_PRECISION_LOW], rd_document_number(b, "message.precision_at_base_rate_low"));
    m[RD_M_ROC_AUC] = max_defined(m[RD_M_ROC_AUC], rd_document_number(b, "score.roc_auc"));
    m[RD_M_FALSE_ALARMS] =
        add_defined(m[RD_M_FALSE_ALARMS], rd_document_number(b, "alerts.false_alarms"));
    m[RD_M_FALSE_ALARMS_PEACE] =
        add_defined(m[RD_M_FALSE_ALARMS_PEACE], rd_document_number(d, "alerts.false_alarms"));
    m[RD_M_FALSE_ALARMS_DAY] = add_defined(
        m[RD_M_FALSE_ALARMS_DAY], rd_document_number(b, "alerts.false_alarms_per_subscriber_day"));
    m[RD_M_COST] = add_defined(m[RD_M_COST], rd_document_number(b, "cost.per_message_ns"));
    m[RD_M_STATE_BYTES] =
        add_defined(m[RD_M_STATE_BYTES], rd_document_number(b, "cost.peak_bytes"));
  }
}

static void attack_measures(RdOutcome *o) {
  if (o->trial->n_attacks == 0 || !o->guarded)
    return;
  JsonObject *a = rd_document_named(o->results[RD_IN_B], "attacks", o->trial->attacks[0].name);
  if (!a)
    return;
  o->measures[RD_M_DETECTED] = rd_document_number(a, "detected");
  o->measures[RD_M_TTD] = rd_document_number(a, "ttd_ns") / 1e9;
  o->measures[RD_M_TTM] = rd_document_number(a, "ttm_ns") / 1e9;
  o->measures[RD_M_BLOCKED] = rd_document_number(a, "blocked_share");
}

/* ---- figures of worlds held against each other ----------------------------------------------- */

static void loss_measures(RdOutcome *o) {
  const RdComparison *kinds[] = {&o->comparisons.registers, &o->comparisons.calls,
                                 &o->comparisons.messages};
  static const struct {
    RdMeasure measure;
    RdFate fate;
  } fates[] = {{RD_M_LOST_ATTACK, RD_FATE_LOST_TO_ATTACK},
               {RD_M_LOST_DEFENSE, RD_FATE_LOST_TO_DEFENSE},
               {RD_M_LOST_EITHER, RD_FATE_EITHER},
               {RD_M_LOST_INTERACTION, RD_FATE_INTERACTION},
               {RD_M_RESCUED, RD_FATE_RESCUED},
               {RD_M_BASELINE, RD_FATE_BASELINE}};
  guint64 attempts = 0, alone = 0, lost = 0, peace = 0, beyond = 0;
  for (unsigned k = 0; k < G_N_ELEMENTS(kinds); k++) {
    attempts += kinds[k]->attempts;
    alone += kinds[k]->lost[RD_IN_A];
    lost += kinds[k]->lost[RD_IN_B];
    peace += kinds[k]->lost[RD_IN_D];
    beyond += kinds[k]->combinations[rd_combination(true, true, false, false)] +
              kinds[k]->combinations[rd_combination(true, true, false, true)];
  }
  o->measures[RD_M_ATTEMPTS] = (double)attempts;
  o->measures[RD_M_LOST_ALONE] = attempts > 0 ? (double)alone : NAN;
  o->measures[RD_M_LOST] = attempts > 0 ? (double)lost : NAN;
  for (unsigned f = 0; attempts > 0 && f < G_N_ELEMENTS(fates); f++) {
    guint64 n = 0;
    for (unsigned k = 0; k < G_N_ELEMENTS(kinds); k++)
      n += kinds[k]->fates[fates[f].fate];
    o->measures[fates[f].measure] = (double)n;
  }
  if (!o->guarded)
    return;
  o->measures[RD_M_LOST_PEACE] = attempts > 0 ? (double)peace : NAN;
  o->measures[RD_M_LOST_BEYOND] = attempts > 0 ? (double)beyond : NAN;
  o->measures[RD_M_ADDED_SRD_P95] = o->comparisons.calls.added[RD_IN_D].p95 / 1e6;
  o->measures[RD_M_ADDED_RRD_P95] = o->comparisons.registers.added[RD_IN_D].p95 / 1e6;
}

/* Effect, its interval and its worst 10 s are four rows on end. */
static void effect_measures(RdOutcome *o, RdMeasure first, const RdSuccess *s) {
  o->measures[first] = s->effect;
  o->measures[first + 1] = s->effect_low;
  o->measures[first + 2] = s->effect_high;
  o->measures[first + 3] = s->worst;
}

static gboolean judge_attack(RdOutcome *o, const char *const folders[RD_WORLDS], GError **error) {
  if (o->trial->n_attacks == 0)
    return TRUE;
  const RdTrialAttack *attack = &o->trial->attacks[0];
  if (!rd_evidence_judge(folders[RD_IN_A], folders[RD_IN_N], attack, o->trial->duration, &o->alone,
                         error) ||
      !rd_evidence_judge(folders[RD_IN_B], folders[RD_IN_D], attack, o->trial->duration,
                         &o->defended, error))
    return FALSE;
  effect_measures(o, RD_M_EFFECT_ALONE, &o->alone);
  effect_measures(o, RD_M_EFFECT, &o->defended);
  o->measures[RD_M_THRESHOLD] = o->defended.threshold;
  return TRUE;
}

/* What the defense does to a twin and to all others while the twin is there: both have the same claim
 * to be served. */
static gboolean judge_twin(RdOutcome *o, const char *const folders[RD_WORLDS], GError **error) {
  uint64_t twins = 0;
  o->twin = (RdRange){NAN, NAN};
  if (!o->benign || !o->guarded)
    return TRUE;
  for (unsigned i = 0; i < o->trial->n_attacks; i++)
    twins |= UINT64_C(1) << i;
  g_autoptr(RdPair) pair = rd_pair_open_with(folders[RD_IN_A], folders[RD_IN_B], twins, error);
  if (!pair)
    return FALSE;
  const RdChange all = rd_pair_changes(pair, o->trial->warmup, o->trial->duration).all;
  const RdRange range = rd_paired_range(all.lost, all.gained, all.attempts);
  o->twin = (RdRange){100 * range.low, 100 * range.high};
  if (all.attempts > 0)
    o->measures[RD_M_TWIN_EFFECT] =
        100 * ((double)all.lost - (double)all.gained) / (double)all.attempts;
  return TRUE;
}

/* Undefined if that world was not planned or failed: the row is sound without it. */
static gboolean measure_noise(RdOutcome *o, RdStore *store, const char *both,
                              const char *shifted_id, GError **error) {
  RdDrift drift;
  if (*shifted_id == '\0' || rd_store_world(store, shifted_id) != RD_WORLD_DONE)
    return TRUE;
  g_autofree char *shifted = rd_store_world_folder(store, shifted_id);
  if (!rd_compare_drift(both, shifted, o->trial->warmup, o->trial->duration, &drift, error))
    return FALSE;
  o->measures[RD_M_NOISE] = (double)(drift.served_differs + drift.missing);
  return TRUE;
}

static gboolean compare(RdOutcome *o, RdStore *store, const RdPlanRow *row, GError **error) {
  const char *folders[RD_WORLDS];
  for (unsigned w = 0; w < RD_WORLDS; w++)
    folders[w] = rd_store_world_folder(store, o->ids[w]);
  gboolean ok =
      rd_compare_worlds(folders, o->trial->warmup, o->trial->duration, &o->comparisons, error) &&
      judge_attack(o, folders, error) &&
      measure_noise(o, store, folders[RD_IN_B], row->shifted, error) &&
      judge_twin(o, folders, error);
  for (unsigned w = 0; w < RD_WORLDS; w++)
    g_free((gpointer)folders[w]);
  if (ok)
    loss_measures(o);
  return ok;
}

/* ---- reading ---------------------------------------------------------------------------------- */

static char *why_missing(RdStore *store, RdWorldOf world, const char *id) {
  g_autofree char *reason = rd_store_world_reason(store, id);
  return g_strdup_printf("world \"%s\" (%.12s) %s%s", rd_world_name(world), id,
                         reason ? "failed: " : "was not run", reason ? reason : "");
}

/* Loads the four results; why_not is set if one is not there. */
static gboolean load_results(RdOutcome *o, RdStore *store, GError **error) {
  for (unsigned w = 0; w < RD_WORLDS; w++) {
    if (rd_store_world(store, o->ids[w]) != RD_WORLD_DONE) {
      o->why_not = why_missing(store, (RdWorldOf)w, o->ids[w]);
      return TRUE;
    }
    g_autofree char *text = rd_store_world_result(store, o->ids[w]);
    o->results[w] = rd_document_parse(text ? text : "", error);
    if (!o->results[w]) {
      g_prefix_error(error, "result.json of world %s: ", o->ids[w]);
      return FALSE;
    }
  }
  return TRUE;
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

RdOutcome *rd_outcome_new(RdStore *store, RdParts *parts, const RdPlanRow *row, GError **error) {
  g_autoptr(RdOutcome) o = outcome_of(row);
  if (!load_results(o, store, error))
    return NULL;
  if (o->why_not)
    return g_steal_pointer(&o);
  o->trial = load_trial(o, store, parts, error);
  if (!o->trial)
    return NULL;
  o->benign = all_benign(o->trial);
  o->guarded = o->trial->n_defenses > 0;
  if (!compare(o, store, row, error))
    return NULL;
  service_measures(o);
  twin_measures(o);
  defense_measures(o);
  activity(o);
  attack_measures(o);
  return g_steal_pointer(&o);
}
