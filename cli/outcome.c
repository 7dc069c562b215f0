/* verdict.c - what `redoubt run` prints of one trial. */
#include "cli/outcome.h"

#include <math.h>
#include <string.h>

#include "bench/judge/document.h"
#include "bench/judge/outcome.h"
#include "bench/report/figure.h"
#include "lab/text/json.h"
#include "lab/text/words.h"

static const char *const keys[RD_WORLDS] = {"nothing", "attack", "both", "defense"};

/* ---- JSON ------------------------------------------------------------------------------------- */

static void json_success(RdJson *j, const char *key, const RdSuccess *s) {
  rd_json_open(j, key, '{');
  rd_json_bool(j, "succeeded", s->succeeded);
  rd_json_real(j, "effect", s->effect);
  rd_json_real(j, "effect_low", s->effect_low);
  rd_json_real(j, "effect_high", s->effect_high);
  rd_json_real(j, "threshold", s->threshold);
  rd_json_real(j, "worst_10s", s->worst);
  rd_json_text(j, "unit", s->unit);
  rd_json_text(j, "why", *s->why ? s->why : NULL);
  rd_json_close(j);
}

/* Every attack by its own predicate; of a twin nothing is asked. */
static void json_attacks(RdJson *j, const RdOutcome *o) {
  rd_json_open(j, "attacks", '[');
  for (unsigned i = 0; i < o->n_attacks; i++) {
    const RdOutcomeAttack *a = &o->attacks[i];
    rd_json_open(j, NULL, '{');
    rd_json_text(j, "name", a->name);
    rd_json_text(j, "role", rd_attack_role_name(a->role));
    json_success(j, "without_defense", &a->alone);
    json_success(j, "with_defense", &a->defended);
    rd_json_close(j);
  }
  rd_json_close(j);
}

static void json_fates(RdJson *j, const char *key, const RdComparison *c) {
  rd_json_open_flat(j, key, '{');
  rd_json_uint(j, "attempts", c->attempts);
  for (unsigned f = 0; f < RD_FATES; f++)
    rd_json_uint(j, rd_fate_name((RdFate)f), c->fates[f]);
  rd_json_close(j);
}

static char *json_comparison(const RdOutcome *o) {
  RdJson j;
  rd_json_init(&j);
  rd_json_open(&j, NULL, '{');
  if (o->n_attacks > 0 && !o->benign) {
    json_success(&j, "without_defense", &o->subject->alone);
    json_success(&j, "with_defense", &o->subject->defended);
  }
  json_attacks(&j, o);
  json_fates(&j, "registrations", &o->comparisons->registers);
  json_fates(&j, "calls", &o->comparisons->calls);
  json_fates(&j, "messages", &o->comparisons->messages);
  rd_json_open(&j, "measures", '{');
  for (unsigned m = 0; m < RD_MEASURES; m++)
    rd_json_real(&j, rd_measure_name((RdMeasure)m), o->measures[m]);
  rd_json_close(&j);
  rd_json_close(&j);
  return rd_json_finish(&j);
}

/* result.json files go in as they are: parsing and writing them again could change their bytes. */
static char *document(RdStore *store, const RdPlanRow *row, const char *comparison) {
  const char *ids[RD_WORLDS];
  GString *text = g_string_new("{\n\"format\": \"redoubt-run-1\",\n");
  g_string_append_printf(text, "\"id\": \"%s\",\n\"comparison\": %s",
                         rd_plan_row_world(row, RD_KIND_BOTH), comparison);
  g_string_append(text, ",\n\"worlds\": {");
  for (unsigned w = 0, n = 0; w < RD_WORLDS; w++) {
    ids[w] = rd_plan_row_world(row, rd_world_kind((RdWorldOf)w));
    g_autofree char *result = *ids[w] ? rd_store_world_result(store, ids[w]) : NULL;
    if (!result)
      continue;
    g_string_append_printf(text, "%s\n\"%s\": %s", n++ ? "," : "", keys[w], g_strchomp(result));
  }
  g_string_append(text, "\n}\n}\n");
  return g_string_free(text, FALSE);
}

/* ---- text ------------------------------------------------------------------------------------- */

static void put_trial(GString *out, const RdTrial *t) {
  g_string_append_printf(out,
                         "%s: seed %" G_GUINT64_FORMAT ", %.10g s, of which %.10g s "
                         "warm-up; topology %s\n",
                         t->name, t->seed, (double)t->duration / 1e9, (double)t->warmup / 1e9,
                         t->topology->name);
  for (unsigned i = 0; i < t->n_attacks; i++)
    g_string_append_printf(out, "attack   %s, from %.10g s to %.10g s\n", t->attacks[i].name,
                           (double)t->attacks[i].start / 1e9, (double)t->attacks[i].stop / 1e9);
  for (unsigned i = 0; i < t->n_defenses; i++) {
    const RdTrialDefense *d = &t->defenses[i];
    g_string_append_printf(out, "defense  %s, at", d->name);
    for (unsigned p = 0; p < d->n_places; p++) {
      const RdNode *node = &t->topology->nodes[d->places[p].node];
      unsigned network = node->attach[d->places[p].attach].network;
      g_string_append_printf(out, " %s.%s", node->name, t->topology->networks[network].name);
    }
    g_string_append_c(out, '\n');
  }
  g_string_append_c(out, '\n');
}

/* A half that is empty makes no world of its own. */
static gboolean apart(const RdOutcome *o, unsigned world) {
  const gboolean attack = o->trial->n_attacks > 0, defense = o->trial->n_defenses > 0;
  return world == RD_IN_N || (world == RD_IN_A && attack) || (world == RD_IN_D && defense) ||
         (world == RD_IN_B && attack && defense);
}

static void put_row(GString *out, const RdOutcome *o, const char *label,
                    const double values[RD_WORLDS]) {
  g_string_append_printf(out, "  %-34s", label);
  for (unsigned w = 0; w < RD_WORLDS; w++) {
    if (!apart(o, w))
      continue;
    g_autofree char *text = rd_figure_number(values[w]);
    g_string_append_printf(out, "%12s", text);
  }
  g_string_append_c(out, '\n');
}

static void put_measure(GString *out, const RdOutcome *o, const char *label,
                        const RdMeasure of[RD_WORLDS]) {
  double values[RD_WORLDS];
  for (unsigned w = 0; w < RD_WORLDS; w++)
    values[w] = o->measures[of[w]];
  put_row(out, o, label, values);
}

/* A share of calls or a count out of each world's own result. */
static void put_calls(GString *out, const RdOutcome *o, const char *label, const char *path,
                      gboolean share) {
  double values[RD_WORLDS];
  for (unsigned w = 0; w < RD_WORLDS; w++) {
    values[w] = rd_document_number(o->results[w], path);
    if (share)
      values[w] *= 100 / rd_document_number(o->results[w], "legit.call.attempts");
  }
  put_row(out, o, label, values);
}

static void put_lost(GString *out, const RdOutcome *o, const char *label, const RdComparison *c) {
  g_autofree char *whole = g_strdup_printf("%s lost, of %" G_GUINT64_FORMAT, label, c->attempts);
  double lost[RD_WORLDS];
  for (unsigned w = 0; w < RD_WORLDS; w++)
    lost[w] = (double)c->lost[w];
  if (c->attempts > 0)
    put_row(out, o, whole, lost);
}

#define BY_WORLD(stem)                                                                             \
  { [RD_IN_N] = stem##_N, [RD_IN_A] = stem##_A, [RD_IN_B] = stem##_B, [RD_IN_D] = stem##_D }

static void put_worlds(GString *out, const RdOutcome *o) {
  static const RdMeasure ser[] = BY_WORLD(RD_M_SER), srd[] = BY_WORLD(RD_M_SRD),
                         ira[] = BY_WORLD(RD_M_IRA), rrd[] = BY_WORLD(RD_M_RRD);
  g_string_append_printf(out, "  %-34s", "legitimate subscribers");
  for (unsigned w = 0; w < RD_WORLDS; w++)
    if (apart(o, w))
      g_string_append_printf(out, "%12s", keys[w]);
  g_string_append_c(out, '\n');
  put_calls(out, o, "calls: served, %", "legit.call.served", TRUE);
  put_calls(out, o, "calls: answered, the caller gone", "legit.call.caller_gone", FALSE);
  put_calls(out, o, "calls: dropped while talking", "legit.call.dropped", FALSE);
  put_measure(out, o, "calls: 2xx of all (SER), %", ser);
  put_measure(out, o, "calls: set-up delay (SRD) p95, ms", srd);
  put_measure(out, o, "registrations: failed (IRA), %", ira);
  put_measure(out, o, "registrations: delay (RRD) p95, ms", rrd);
  put_lost(out, o, "calls", &o->comparisons->calls);
  put_lost(out, o, "registrations", &o->comparisons->registers);
  put_lost(out, o, "messages", &o->comparisons->messages);
  g_string_append_c(out, '\n');
}

static void put_success(GString *out, const char *when, const RdSuccess *s) {
  g_autofree char *effect = rd_figure_number(s->effect);
  g_autofree char *low = rd_figure_number(s->effect_low);
  g_autofree char *high = rd_figure_number(s->effect_high);
  g_autofree char *threshold = rd_figure_number(s->threshold);
  g_autofree char *unit = rd_words_printable(s->unit); /* a plug-in's own words, as is `why` */
  g_autofree char *why = rd_words_printable(s->why);
  g_string_append_printf(out, "%s: the attack %s: effect %s", when,
                         s->succeeded ? "succeeded" : "did not succeed", effect);
  if (!isnan(s->effect_low))
    g_string_append_printf(out, " [%s, %s]", low, high);
  if (*unit)
    g_string_append_printf(out, " %s", unit);
  if (!isnan(s->threshold))
    g_string_append_printf(out, ", %s is success", threshold);
  g_string_append_printf(out, "%s%s\n", *why ? "\n  " : "", why);
}

/* Of several attacks each is named. */
static void put_successes(GString *out, const RdOutcome *o, const RdOutcomeAttack *a) {
  g_autofree char *who = o->n_attacks < 2
                             ? g_strdup("")
                             : g_strdup_printf("%s (%s), ", a->name, rd_attack_role_name(a->role));
  g_autofree char *without = g_strconcat(who, "without a defense", NULL);
  g_autofree char *with = g_strconcat(who, "with the defense", NULL);
  put_success(out, without, &a->alone);
  if (o->guarded)
    put_success(out, with, &a->defended);
}

/* Who lost what to whom is chance if the defense did nothing. */
static void put_attribution(GString *out, const RdOutcome *o) {
  const double *m = o->measures;
  if (!o->acts) {
    g_string_append(out, "legitimate attempts: the defense never acts, so none is its doing\n");
    return;
  }
  g_string_append_printf(
      out,
      "legitimate attempts: %.0f lost to the attack, %.0f to the defense, %.0f to "
      "either (each alone loses it), %.0f only to both together; %.0f rescued\n"
      "the defense costs: %.0f in peace, %.0f beyond what the attack alone loses\n",
      m[RD_M_LOST_ATTACK], m[RD_M_LOST_DEFENSE], m[RD_M_LOST_EITHER], m[RD_M_LOST_INTERACTION],
      m[RD_M_RESCUED], m[RD_M_LOST_PEACE], m[RD_M_LOST_BEYOND]);
}

/* "1296 of 3628 legitimate": how many of the messages that reached it a defense looked at. */
static void put_base(GString *out, JsonObject *defense, const char *word, const char *one,
                     const char *other) {
  double judged = 0, not_judged = 0;
  const char *const classes[] = {one, other};
  for (unsigned i = 0; i < 2 && classes[i]; i++) {
    g_autofree char *yes = g_strdup_printf("judged.%s.n", classes[i]);
    g_autofree char *no = g_strdup_printf("not_judged.%s.n", classes[i]);
    judged += rd_document_number(defense, yes);
    not_judged += rd_document_number(defense, no);
  }
  g_string_append_printf(out, "%.0f of %.0f %s", judged, judged + not_judged, word);
}

static void put_bases(GString *out, const RdOutcome *o) {
  for (unsigned i = 0; i < o->trial->n_defenses; i++) {
    const char *name = o->trial->defenses[i].name;
    JsonObject *d = rd_document_named(o->results[RD_IN_B], "defenses", name);
    if (!d)
      continue;
    g_string_append_printf(out, "%s looked at ", name);
    put_base(out, d, "legitimate messages", "benign", "twin");
    if (o->trial->n_attacks > 0 && !o->benign) {
      g_string_append(out, " and ");
      put_base(out, d, "of the attack's", "attack", NULL);
    }
    g_string_append(out, "; FPR is over the legitimate ones it looked at\n");
  }
}

static void put_alarms(GString *out, const double m[RD_MEASURES]) {
  g_autofree char *auc = rd_figure_number(m[RD_M_ROC_AUC]);
  if (m[RD_M_ACTED] <= 0 && m[RD_M_ALERTS] <= 0)
    g_string_append_printf(
        out, "never acts: no message touched, no alert (AUC of its idle scores: %s)\n", auc);
  else
    g_string_append_printf(out,
                           "score AUC %s; %.0f alerts (%.0f true that hit a victim too, %.0f on a "
                           "victim alone), %.0f false alarms%s\n",
                           auc, m[RD_M_ALERTS], m[RD_M_HITS_VICTIM], m[RD_M_VICTIM_ALERTS],
                           m[RD_M_FALSE_ALARMS], m[RD_M_ACTED] > 0 ? "" : "; no message touched");
}

static void put_defense(GString *out, const RdOutcome *o) {
  const double *m = o->measures;
  g_autofree char *ttd = rd_figure_seconds(m[RD_M_TTD]);
  g_autofree char *tpr = rd_figure_number(m[RD_M_TPR]), *fpr = rd_figure_number(m[RD_M_FPR]);
  g_autofree char *rate = rd_figure_number(m[RD_M_PRECISION_BASE]);
  g_autofree char *low = rd_figure_number(m[RD_M_PRECISION_LOW]);
  g_autofree char *cost = rd_figure_number(m[RD_M_COST]);
  g_autofree char *state = rd_figure_number(m[RD_M_STATE_BYTES]);
  if (!isnan(m[RD_M_DETECTED]))
    g_string_append_printf(out, "detected: %s%s\n", m[RD_M_DETECTED] > 0 ? "yes, after " : "no",
                           m[RD_M_DETECTED] > 0 ? ttd : "");
  put_bases(out, o);
  put_alarms(out, m);
  g_string_append_printf(
      out,
      "messages: TPR %s, FPR %s; precision if 1 in 10 000 were hostile: %s (%s, for all that so "
      "few messages can tell)\n",
      tpr, fpr, rate, low);
  put_attribution(out, o);
  g_string_append_printf(out, "cost: %s ns a message (modelled), %s bytes of tables at most\n",
                         cost, state);
}

static char *sentences(const RdOutcome *o) {
  GString *out = g_string_new(NULL);
  put_trial(out, o->trial);
  put_worlds(out, o);
  if (o->trial->n_attacks > 0 && !o->benign) {
    put_successes(out, o, o->subject);
    for (unsigned i = 0; i < o->n_attacks; i++)
      if (&o->attacks[i] != o->subject && o->attacks[i].role != RD_ROLE_TWIN)
        put_successes(out, o, &o->attacks[i]);
  }
  if (o->benign && o->guarded) {
    g_autofree char *effect = rd_figure_number(o->measures[RD_M_TWIN_EFFECT]);
    g_string_append_printf(
        out,
        "the twin: with the defense %s [%.3g, %.3g] points of attempts, its own and "
        "all others, are lost\n",
        effect, o->twin.low, o->twin.high);
  }
  if (o->guarded)
    put_defense(out, o);
  return g_string_free(out, FALSE);
}

/* NULL with *error also if a world is missing. */
static RdOutcome *judge(RdStore *store, RdParts *parts, const RdPlanRow *row, gint64 timeout_ms,
                        GError **error) {
  g_autoptr(RdPredicates) predicates = rd_predicates_new(timeout_ms);
  g_autoptr(RdOutcome) o = rd_outcome_new(store, parts, row, predicates, error);
  if (o && o->why_not) {
    g_set_error_literal(error, RD_STORE_ERROR, RD_STORE_IO, o->why_not);
    return NULL;
  }
  return g_steal_pointer(&o);
}

char *rd_verdict_page(RdStore *store, RdParts *parts, const RdPlanRow *row, gint64 timeout_ms,
                      const RdTrialPage *given, char **ret_plots_error, GError **error) {
  g_autoptr(RdOutcome) o = judge(store, parts, row, timeout_ms, error);
  if (!o)
    return NULL;
  g_autofree char *trial = rd_store_world_trial(store, rd_plan_row_world(row, RD_KIND_BOTH));
  const RdTrialPage whole = {
      .command = given->command, .trial = trial ? trial : "", .ladders = given->ladders};
  return rd_trial_page(o, &whole, ret_plots_error);
}

char *rd_verdict(RdStore *store, RdParts *parts, const RdPlanRow *row, gint64 timeout_ms,
                 gboolean json, GError **error) {
  g_autoptr(RdOutcome) o = judge(store, parts, row, timeout_ms, error);
  if (!o)
    return NULL;
  if (!json)
    return sentences(o);
  g_autofree char *comparison = json_comparison(o);
  return document(store, row, g_strchomp(comparison));
}

/* ---- without counterfactuals ------------------------------------------------------------------ */

static void put_figure(GString *out, JsonObject *result, const char *label, const char *path,
                       double scale) {
  g_autofree char *text = rd_figure_number(rd_document_number(result, path) * scale);
  g_string_append_printf(out, "  %-34s%12s\n", label, text);
}

char *rd_verdict_alone(RdStore *store, const RdPlanRow *row, gboolean json, GError **error) {
  if (json)
    return document(store, row, "null");
  g_autofree char *text = rd_store_world_result(store, rd_plan_row_world(row, RD_KIND_BOTH));
  g_autoptr(JsonObject) result = rd_document_parse(text ? text : "", error);
  if (!result)
    return NULL;
  GString *out = g_string_new("legitimate subscribers\n");
  put_figure(out, result, "calls attempted", "legit.call.attempts", 1);
  put_figure(out, result, "calls served", "legit.call.served", 1);
  put_figure(out, result, "calls: answered, the caller gone", "legit.call.caller_gone", 1);
  put_figure(out, result, "calls: dropped while talking", "legit.call.dropped", 1);
  put_figure(out, result, "calls: 2xx of all (SER), %", "legit.call.ser", 1);
  put_figure(out, result, "calls: set-up delay (SRD) p95, ms", "legit.call.srd_ns.p95", 1e-6);
  put_figure(out, result, "registrations attempted", "legit.register.attempts", 1);
  put_figure(out, result, "registrations: failed (IRA), %", "legit.register.ira", 1);
  put_figure(out, result, "registrations: delay (RRD) p95, ms", "legit.register.rrd_ns.p95", 1e-6);
  return g_string_free(out, FALSE);
}
