/* What defenses said and did, held against the truth as it is said. */
#include "lab/result/result_internal.h"

#include <math.h>
#include <string.h>

/* Twins are causes, too, but what they cause is benign. */
static RdTrueClass class_of(const RdResult *r, RdTruth truth, uint64_t causes) {
  if (causes & ~r->benign_mask)
    return truth == RD_INDUCED ? RD_IS_INDUCED : RD_IS_ATTACK;
  return causes ? RD_IS_TWIN : RD_IS_BENIGN;
}

/* A rewrite mends a message without holding anything against it. */
static bool flags(uint8_t action) {
  return action != RD_PASS && action != RD_REWRITE;
}

static bool blocks(const RdVerdict *verdict) {
  return verdict->action == RD_DROP || verdict->action == RD_REJECT ||
         verdict->action == RD_CHALLENGE;
}

static void encounter(RdEncounter *e, const RdVerdict *verdict, RdTime at) {
  if (isnan(verdict->score))
    e->not_judged++;
  else
    e->judged++;
  e->flagged += flags(verdict->action);
  e->blocked += blocks(verdict);
  if (verdict->action != RD_PASS && at < e->first_act)
    e->first_act = at;
}

/* A defense that gave no score has not looked at the message (the driver has settled the score of one
 * that acts). */
static void count_verdict(RdDefenseCounts *d, unsigned place, RdTrueClass of, uint8_t method,
                          const RdVerdict *verdict) {
  unsigned action = MIN(verdict->action, RD_ACTION_COUNT - 1);
  RdMethodCounts *m = &d->methods[MIN(method, RD_SIP_METHOD_COUNT - 1)][of];
  m->flagged += flags(verdict->action);
  if (isnan(verdict->score)) {
    d->place_not_judged[place]++;
    d->not_judged[of]++;
    d->rewritten[of] += verdict->action == RD_REWRITE;
    m->not_judged++;
  } else {
    d->place_judged[place]++;
    d->actions[of][action]++;
    m->judged++;
  }
}

void rd_result_judged(RdResult *r, unsigned defense, unsigned place, RdTruth truth, uint64_t causes,
                      uint8_t method, const RdVerdict *verdict, RdTime at, RdTime cost) {
  RdDefenseCounts *d = &r->defenses[defense];
  RdTrueClass of = class_of(r, truth, causes);
  count_verdict(d, place, of, method, verdict);
  d->cost += cost;
  if (of != RD_IS_INDUCED)
    rd_scores_add(&d->scores, of == RD_IS_ATTACK, verdict->score);
  if (of != RD_IS_ATTACK && of != RD_IS_TWIN)
    return;
  for (unsigned i = 0; i < r->trial->n_attacks; i++)
    if (causes >> i & 1)
      encounter(&d->encounters[i], verdict, at);
}

static bool names_family(const char *classes, const char *family) {
  if (!classes || !family)
    return false;
  size_t wanted = strlen(family);
  for (const char *p = classes; *p;) {
    p += strspn(p, ", ");
    size_t len = strcspn(p, ", ");
    if (len && len == wanted && !memcmp(p, family, len))
      return true;
    p += len;
  }
  return false;
}

static bool in_window(const RdTrialAttack *attack, RdTime at) {
  RdTime end = attack->stop > RD_NEVER - RD_ALERT_GRACE ? RD_NEVER : attack->stop + RD_ALERT_GRACE;
  return at >= attack->start && at <= end;
}

/* An alert on the place as a whole speaks of whatever attacks run. */
static uint64_t running(const RdResult *r, RdTime at) {
  uint64_t all = 0;
  for (unsigned i = 0; i < r->trial->n_attacks; i++)
    if (in_window(&r->trial->attacks[i], at))
      all |= UINT64_C(1) << i;
  return all;
}

static bool is_about(const RdResult *r, unsigned i, const RdAlert *alert, RdTime at) {
  const RdTrialAttack *attack = &r->trial->attacks[i];
  return in_window(attack, at) && names_family(alert->classes, attack->family);
}

/* What it is of one attack; a twin is nothing to detect. */
static RdAlertKind kind_of(const RdResult *r, unsigned i, const RdAlert *alert,
                           const RdWhose *whose, RdTime at) {
  uint64_t bit = UINT64_C(1) << i;
  bool theirs = whose->legit || (whose->sent & r->benign_mask) != 0;
  if ((bit & r->benign_mask) || !is_about(r, i, alert, at))
    return RD_ALERT_FALSE;
  if (whose->sent & bit)
    return theirs ? RD_ALERT_TRUE_HITS_VICTIM : RD_ALERT_TRUE;
  return whose->targeted & bit ? RD_ALERT_VICTIM : RD_ALERT_FALSE;
}

static void count_false(RdDefenseCounts *d, const RdAlert *alert, RdTime at) {
  const char *subject = alert->subject ? alert->subject : "";
  g_autofree char *key = g_strdup_printf("%u %s", alert->subject_kind, subject);
  bool fresh;
  RdTime *group = rd_table_put(d->alarms, key, strlen(key), &fresh);
  if (fresh || at - *group >= RD_ALARM_MERGE) {
    *group = at;
    d->false_alarms++;
  }
}

RdAlertKind rd_result_alert(RdResult *r, unsigned defense, const RdAlert *alert,
                            const RdWhose *whose, RdTime at) {
  RdDefenseCounts *d = &r->defenses[defense];
  RdAlertKind best = RD_ALERT_FALSE;
  RdWhose of = *whose;
  if (alert->subject_kind == RD_SUBJECT_NONE)
    of = (RdWhose){.sent = running(r, at) & ~r->benign_mask};
  for (unsigned i = 0; i < r->trial->n_attacks; i++) {
    RdEncounter *e = &d->encounters[i];
    RdAlertKind kind = kind_of(r, i, alert, &of, at);
    e->collateral_alerts += (whose->sent & r->benign_mask) >> i & 1;
    if (kind == RD_ALERT_FALSE)
      continue;
    e->alerts[kind]++;
    if (kind != RD_ALERT_VICTIM && at < e->first_alert)
      e->first_alert = at;
    best = MIN(best, kind);
  }
  d->alerts[best]++;
  if (best == RD_ALERT_FALSE)
    count_false(d, alert, at);
  return best;
}

const char *rd_alert_kind_name(RdAlertKind kind) {
  static const char *const names[RD_ALERT_KINDS] = {"true", "true_hits_victim", "victim", "false"};
  return names[MIN(kind, RD_ALERT_FALSE)];
}

/* Nobody has judged it: it is in no rate of messages, but it is an act, and the message is blocked. */
void rd_result_filtered(RdResult *r, unsigned defense, RdTruth truth, uint64_t causes, RdTime at) {
  RdDefenseCounts *d = &r->defenses[defense];
  RdTrueClass of = class_of(r, truth, causes);
  d->filtered[of]++;
  if (of != RD_IS_ATTACK && of != RD_IS_TWIN)
    return;
  for (unsigned i = 0; i < r->trial->n_attacks; i++)
    if (causes >> i & 1) {
      d->encounters[i].blocked++;
      d->encounters[i].first_act = MIN(d->encounters[i].first_act, at);
    }
}

void rd_result_report(RdResult *r, unsigned defense, size_t bytes, bool lost) {
  RdDefenseCounts *d = &r->defenses[defense];
  d->reports++;
  d->reports_lost += lost;
  d->report_bytes += bytes;
}

void rd_result_defense_state(RdResult *r, unsigned defense, uint64_t entries, uint64_t bytes) {
  RdDefenseCounts *d = &r->defenses[defense];
  d->entries = entries;
  d->bytes = bytes;
  d->peak_entries = MAX(d->peak_entries, entries);
  d->peak_bytes = MAX(d->peak_bytes, bytes);
}
