/* What defences said and did, held against the truth as it is said. */
#include "lab/world/result_internal.h"

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
static uint64_t meant(const RdResult *r, const RdAlert *alert, uint64_t causes, RdTime at) {
  if (alert->subject_kind != RD_SUBJECT_NONE)
    return causes;
  uint64_t running = 0;
  for (unsigned i = 0; i < r->trial->n_attacks; i++)
    if (in_window(&r->trial->attacks[i], at))
      running |= UINT64_C(1) << i;
  return running;
}

static bool count_truths(RdResult *r, RdDefenseCounts *d, const RdAlert *alert, uint64_t causes,
                         RdTime at) {
  bool any = false;
  for (unsigned i = 0; i < r->trial->n_attacks; i++) {
    const RdTrialAttack *attack = &r->trial->attacks[i];
    RdEncounter *e = &d->encounters[i];
    if (!(causes >> i & 1))
      continue;
    if (attack->part->plugin.benign) {
      e->collateral_alerts++;
    } else if (in_window(attack, at) && names_family(alert->classes, attack->part->plugin.family)) {
      any = true;
      e->true_alerts++;
      if (at < e->first_alert)
        e->first_alert = at;
    }
  }
  return any;
}

static void count_false(RdDefenseCounts *d, const RdAlert *alert, RdTime at) {
  const char *subject = alert->subject ? alert->subject : "";
  g_autofree char *key = g_strdup_printf("%u %s", alert->subject_kind, subject);
  bool fresh;
  RdTime *group = rd_table_put(d->alarms, key, strlen(key), &fresh);
  d->false_alerts++;
  if (fresh || at - *group >= RD_ALARM_MERGE) {
    *group = at;
    d->false_alarms++;
  }
}

void rd_result_alert(RdResult *r, unsigned defense, const RdAlert *alert, uint64_t causes,
                     RdTime at) {
  RdDefenseCounts *d = &r->defenses[defense];
  d->alerts++;
  if (count_truths(r, d, alert, meant(r, alert, causes, at), at))
    d->true_alerts++;
  else
    count_false(d, alert, at);
}

void rd_result_defense_state(RdResult *r, unsigned defense, uint64_t entries, uint64_t bytes) {
  RdDefenseCounts *d = &r->defenses[defense];
  d->entries = entries;
  d->bytes = bytes;
  d->peak_entries = MAX(d->peak_entries, entries);
  d->peak_bytes = MAX(d->peak_bytes, bytes);
}
