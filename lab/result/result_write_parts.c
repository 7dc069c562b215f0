/* The members "defenses" and "attacks" of result.json. */
#include "lab/result/result_internal.h"

/* Judged, that is; what it never looked at is in no rate but the attack's misses. */
static uint64_t total(const RdDefenseCounts *d, RdTrueClass of) {
  uint64_t all = 0;
  for (unsigned i = 0; i < RD_ACTION_COUNT; i++)
    all += d->actions[of][i];
  return all;
}

static uint64_t flagged(const RdDefenseCounts *d, RdTrueClass of) {
  return total(d, of) - d->actions[of][RD_PASS] - d->actions[of][RD_REWRITE];
}

/* Whatever it did to whosever message. */
static uint64_t acted(const RdDefenseCounts *d) {
  uint64_t all = 0;
  for (unsigned of = 0; of < RD_IS_COUNT; of++)
    all += total(d, of) - d->actions[of][RD_PASS] + d->rewritten[of];
  return all;
}

static RdConfusion confusion(const RdDefenseCounts *d) {
  RdConfusion c = {
      .tp = flagged(d, RD_IS_ATTACK),
      .fp = flagged(d, RD_IS_BENIGN) + flagged(d, RD_IS_TWIN),
  };
  c.fn = total(d, RD_IS_ATTACK) + d->not_judged[RD_IS_ATTACK] - c.tp;
  c.tn = total(d, RD_IS_BENIGN) + total(d, RD_IS_TWIN) - c.fp;
  return c;
}

static void write_places(const RdTrial *trial, const RdTrialDefense *defense,
                         const RdDefenseCounts *d, RdJson *j) {
  rd_json_open(j, "places", '[');
  for (unsigned i = 0; i < defense->n_places; i++) {
    const RdNode *node = &trial->topology->nodes[defense->places[i].node];
    unsigned network = node->attach[defense->places[i].attach].network;
    rd_json_open_flat(j, NULL, '{');
    rd_json_text(j, "node", node->name);
    rd_json_text(j, "network", trial->topology->networks[network].name);
    rd_json_uint(j, "judged", d->place_judged[i]);
    rd_json_uint(j, "not_judged", d->place_not_judged[i]);
    rd_json_close(j);
  }
  rd_json_close(j);
}

static void write_judged(const RdDefenseCounts *d, RdJson *j) {
  rd_json_open(j, "judged", '{');
  for (unsigned of = 0; of < RD_IS_COUNT; of++) {
    rd_json_open_flat(j, rd_truth_name(of), '{');
    rd_json_uint(j, "n", total(d, of));
    for (unsigned action = 0; action < RD_ACTION_COUNT; action++)
      rd_json_uint(j, rd_action_name(action), d->actions[of][action]);
    rd_json_close(j);
  }
  rd_json_close(j);
}

static void write_not_judged(const RdDefenseCounts *d, RdJson *j) {
  rd_json_open(j, "not_judged", '{');
  for (unsigned of = 0; of < RD_IS_COUNT; of++) {
    rd_json_open_flat(j, rd_truth_name(of), '{');
    rd_json_uint(j, "n", d->not_judged[of]);
    rd_json_uint(j, "pass", d->not_judged[of] - d->rewritten[of]);
    rd_json_uint(j, "rewrite", d->rewritten[of]);
    rd_json_close(j);
  }
  rd_json_close(j);
}

static void write_methods(const RdDefenseCounts *d, RdJson *j) {
  rd_json_open_map(j, "methods");
  for (unsigned m = 0; m < RD_SIP_METHOD_COUNT; m++) {
    uint64_t seen = 0;
    for (unsigned of = 0; of < RD_IS_COUNT; of++)
      seen += d->methods[m][of].judged + d->methods[m][of].not_judged;
    if (!seen)
      continue;
    rd_json_open_flat(j, rd_method_name(m), '{');
    for (unsigned of = 0; of < RD_IS_COUNT; of++) {
      rd_json_open(j, rd_truth_name(of), '{');
      rd_json_uint(j, "n", d->methods[m][of].judged);
      rd_json_uint(j, "not_judged", d->methods[m][of].not_judged);
      rd_json_uint(j, "flagged", d->methods[m][of].flagged);
      rd_json_close(j);
    }
    rd_json_close(j);
  }
  rd_json_close(j);
}

static void write_message_level(const RdDefenseCounts *d, RdJson *j) {
  RdConfusion c = confusion(d);
  double tpr = rd_true_positive_rate(&c), fpr = rd_false_positive_rate(&c);
  double fpr_high = rd_rate_upper(c.fp, c.fp + c.tn);
  rd_json_open(j, "message", '{');
  rd_json_uint(j, "tp", c.tp);
  rd_json_uint(j, "fp", c.fp);
  rd_json_uint(j, "tn", c.tn);
  rd_json_uint(j, "fn", c.fn);
  rd_json_real(j, "tpr", tpr);
  rd_json_real(j, "fpr", fpr);
  rd_json_real(j, "fpr_high", fpr_high);
  rd_json_real(j, "precision", rd_precision(&c));
  rd_json_real(j, "f1", rd_f1(&c));
  rd_json_real(j, "mcc", rd_mcc(&c));
  rd_json_uint(j, "acted", acted(d));
  rd_json_real(j, "base_rate", RD_BASE_RATE);
  rd_json_real(j, "precision_at_base_rate", rd_precision_at(RD_BASE_RATE, tpr, fpr));
  rd_json_real(j, "precision_at_base_rate_low", rd_precision_at(RD_BASE_RATE, tpr, fpr_high));
  rd_json_close(j);
}

static void write_scores(const RdDefenseCounts *d, RdJson *j) {
  RdRocPoint points[RD_ROC_POINTS];
  unsigned n = rd_roc_curve(&d->scores, points);
  rd_json_open(j, "score", '{');
  rd_json_real(j, "roc_auc", rd_roc_auc(&d->scores));
  rd_json_real(j, "pr_auc", rd_pr_auc(&d->scores));
  rd_json_real(j, "partial_auc", rd_partial_auc(&d->scores, 1e-3));
  rd_json_open(j, "roc", '[');
  for (unsigned i = 0; i < n; i++) {
    rd_json_open_flat(j, NULL, '[');
    rd_json_real(j, NULL, points[i].threshold);
    rd_json_real(j, NULL, points[i].fpr);
    rd_json_real(j, NULL, points[i].tpr);
    rd_json_close(j);
  }
  rd_json_close(j);
  rd_json_close(j);
}

/* Subscribers live on the nodes without a CPU model. */
static uint64_t subscribers(const RdTopology *t) {
  uint64_t all = 0;
  for (unsigned i = 0; i < t->n_nodes; i++)
    if (!t->nodes[i].cpu.workers)
      all += t->nodes[i].entities;
  return all;
}

static double per(double count, double units) {
  return units > 0 ? count / units : NAN;
}

static void write_alerts(const RdTrial *trial, const RdDefenseCounts *d, RdJson *j) {
  double days = (double)trial->duration / (86400.0 * (double)RD_SECOND);
  double legit = (double)(total(d, RD_IS_BENIGN) + total(d, RD_IS_TWIN));
  rd_json_open(j, "alerts", '{');
  uint64_t all = 0;
  for (unsigned k = 0; k < RD_ALERT_KINDS; k++)
    all += d->alerts[k];
  rd_json_uint(j, "total", all);
  for (unsigned k = 0; k < RD_ALERT_KINDS; k++)
    rd_json_uint(j, rd_alert_kind_name(k), d->alerts[k]);
  rd_json_uint(j, "false_alarms", d->false_alarms);
  rd_json_real(j, "false_alarms_per_subscriber_day",
               per((double)d->false_alarms, (double)subscribers(trial->topology) * days));
  rd_json_real(j, "false_alarms_per_million_messages", per((double)d->false_alarms * 1e6, legit));
  rd_json_close(j);
}

static void write_cost(const RdDefenseCounts *d, RdJson *j) {
  uint64_t handed = 0;
  for (unsigned of = 0; of < RD_IS_COUNT; of++)
    handed += total(d, of) + d->not_judged[of];
  rd_json_open(j, "cost", '{');
  rd_json_uint(j, "messages", handed);
  rd_json_int(j, "total_ns", d->cost);
  rd_json_real(j, "per_message_ns", per((double)d->cost, (double)handed));
  rd_json_uint(j, "entries", d->entries);
  rd_json_uint(j, "peak_entries", d->peak_entries);
  rd_json_uint(j, "bytes", d->bytes);
  rd_json_uint(j, "peak_bytes", d->peak_bytes);
  rd_json_close(j);
}

static RdTime since(RdTime from, RdTime at) {
  return at == RD_NEVER ? RD_NEVER : at - from;
}

static void write_filtered(const RdDefenseCounts *d, RdJson *j) {
  rd_json_open_flat(j, "filtered", '{');
  for (unsigned of = 0; of < RD_IS_COUNT; of++)
    rd_json_uint(j, rd_truth_name(of), d->filtered[of]);
  rd_json_close(j);
}

/* null: it is one, and has nobody to report to. */
static void write_reports(const RdTrialDefense *defense, const RdDefenseCounts *d, RdJson *j) {
  rd_json_note(j, RD_JSON_OR_NULL);
  if (!defense->apart) {
    rd_json_null(j, "reports");
    return;
  }
  rd_json_open_flat(j, "reports", '{');
  rd_json_uint(j, "sent", d->reports);
  rd_json_uint(j, "lost", d->reports_lost);
  rd_json_uint(j, "bytes", d->report_bytes);
  rd_json_close(j);
}

/* Members of an open object. A twin is never detected, rightly or wrongly: null. */
static void write_encounter(const RdTrialAttack *attack, const RdEncounter *e, RdJson *j) {
  rd_json_note(j, RD_JSON_OR_NULL);
  if (attack->benign)
    rd_json_null(j, "detected");
  else
    rd_json_bool(j, "detected", e->first_alert != RD_NEVER);
  rd_json_time(j, "ttd_ns", since(attack->start, e->first_alert));
  rd_json_time(j, "ttm_ns", since(attack->start, e->first_act));
  for (unsigned k = 0; k < RD_ALERT_FALSE; k++) {
    g_autofree char *key = g_strconcat(rd_alert_kind_name(k), "_alerts", NULL);
    rd_json_uint(j, key, e->alerts[k]);
  }
  rd_json_uint(j, "collateral_alerts", e->collateral_alerts);
  rd_json_uint(j, "judged", e->judged);
  rd_json_uint(j, "not_judged", e->not_judged);
  rd_json_uint(j, "flagged", e->flagged);
  rd_json_uint(j, "blocked", e->blocked);
}

static void write_encounters(const RdTrial *trial, const RdDefenseCounts *d, RdJson *j) {
  rd_json_open(j, "attacks", '[');
  for (unsigned i = 0; i < trial->n_attacks; i++) {
    rd_json_open(j, NULL, '{');
    rd_json_text(j, "name", trial->attacks[i].name);
    write_encounter(&trial->attacks[i], &d->encounters[i], j);
    rd_json_close(j);
  }
  rd_json_close(j);
}

void rd_result_write_defenses(const RdResult *r, RdJson *j) {
  rd_json_open(j, "defenses", '[');
  for (unsigned i = 0; i < r->trial->n_defenses; i++) {
    const RdTrialDefense *defense = &r->trial->defenses[i];
    const RdDefenseCounts *d = &r->defenses[i];
    rd_json_open(j, NULL, '{');
    rd_json_text(j, "name", defense->name);
    rd_json_text(j, "part", defense->part->plugin.name);
    write_places(r->trial, defense, d, j);
    write_judged(d, j);
    write_not_judged(d, j);
    write_methods(d, j);
    write_message_level(d, j);
    write_scores(d, j);
    write_alerts(r->trial, d, j);
    write_encounters(r->trial, d, j);
    write_cost(d, j);
    write_filtered(d, j);
    write_reports(defense, d, j);
    rd_result_write_counters(d->counters, j);
    rd_json_close(j);
  }
  rd_json_close(j);
}

/* All defenses of the trial taken as one. A message is blocked once at most, judged perhaps often. */
static RdEncounter together(const RdResult *r, unsigned attack) {
  RdEncounter all = {.first_alert = RD_NEVER, .first_act = RD_NEVER};
  for (unsigned i = 0; i < r->trial->n_defenses; i++) {
    const RdEncounter *e = &r->defenses[i].encounters[attack];
    all.judged += e->judged;
    all.not_judged += e->not_judged;
    all.flagged += e->flagged;
    all.blocked += e->blocked;
    for (unsigned k = 0; k < RD_ALERT_FALSE; k++)
      all.alerts[k] += e->alerts[k];
    all.collateral_alerts += e->collateral_alerts;
    all.first_alert = MIN(all.first_alert, e->first_alert);
    all.first_act = MIN(all.first_act, e->first_act);
  }
  return all;
}

static void write_claims(const GArray *claims, RdJson *j) {
  rd_json_open(j, "claims", '[');
  for (guint i = 0; i < claims->len; i++) {
    const RdClaimCounts *c = &g_array_index(claims, RdClaimCounts, i);
    rd_json_open_flat(j, NULL, '{');
    rd_json_text(j, "kind", c->kind);
    rd_json_uint(j, "made", c->made);
    rd_json_uint(j, "truths", c->truths);
    rd_json_uint(j, "held", c->held);
    rd_json_uint(j, "right", c->right);
    rd_json_close(j);
  }
  rd_json_close(j);
}

/* Of what an attack sent. A twin's answers and relays are judged in its name as well, so there it is
 * the share of judgements. */
static double blocked_share(const RdTrialAttack *attack, const RdAttackCounts *counts,
                            const RdEncounter *all) {
  bool twin = attack->benign;
  return per((double)all->blocked, (double)(twin ? all->judged : counts->sent));
}

void rd_result_write_attacks(const RdResult *r, RdJson *j) {
  rd_json_open(j, "attacks", '[');
  for (unsigned i = 0; i < r->trial->n_attacks; i++) {
    const RdTrialAttack *attack = &r->trial->attacks[i];
    const RdAttackCounts *counts = &r->attacks[i];
    RdEncounter all = together(r, i);
    rd_json_open(j, NULL, '{');
    rd_json_text(j, "name", attack->name);
    rd_json_text(j, "part", attack->part->plugin.name);
    rd_json_bool(j, "benign", attack->benign);
    rd_json_note(j, RD_JSON_OR_NULL);
    rd_json_text(j, "family", attack->family);
    rd_json_int(j, "start_ns", attack->start);
    rd_json_int(j, "stop_ns", attack->stop);
    rd_json_uint(j, "entities", attack->entities);
    rd_json_uint(j, "sent", counts->sent);
    rd_json_uint(j, "bytes", counts->bytes);
    write_encounter(attack, &all, j);
    rd_json_real(j, "blocked_share", blocked_share(attack, counts, &all));
    write_claims(counts->claims, j);
    rd_result_write_counters(counts->counters, j);
    rd_json_close(j);
  }
  rd_json_close(j);
}
