/* evidence.h - what an attack's success is judged on: the ledger, after the trial.
 *
 * A predicate sees effects (what subscribers lost, what the attacker truly learned), never a
 * detector's word. Where it compares, it compares with the same world on the same seed without
 * the attack. */
#pragma once

#include "redoubt/base.h"

typedef struct RdEvidence RdEvidence;

typedef enum {
  RD_WORLD_THIS = 0, /* the world judged */
  RD_WORLD_BASELINE /* the same trial and defense without the attacks */
} RdWorldKind;

/* Metrics of legitimate subscribers that metric() knows, over attempts begun in a window. */
typedef enum {
  RD_METRIC_SER = 1, /* RFC 6076 s4.6, in percent */
  RD_METRIC_SRD_P95, /* s4.3, successful, ns */
  RD_METRIC_RRD_P95, /* s4.1, ns */
  RD_METRIC_REGISTER_FAILED, /* failed registration attempts, a count */
  RD_METRIC_REGISTER_ATTEMPTS,
  RD_METRIC_CALL_FAILED, /* calls not served: neither answered in full nor busy, unanswered or
                            declined by the callee's own will */
  RD_METRIC_CALL_ATTEMPTS,
  RD_METRIC_IRA, /* s4.2, percent */
  RD_METRIC_SRD_MEAN,
  RD_METRIC_RRD_MEAN,
  RD_METRIC_MESSAGE_FAILED, /* MESSAGE attempts without a 2xx, a count */
  RD_METRIC_MESSAGE_ATTEMPTS,
  RD_METRIC_MESSAGE_DELAY_P95, /* to the 2xx, ns */
  RD_METRIC_MESSAGE_DELAY_MEAN
} RdMetric;

/* Which facts: all, those with this attack among their causes, those with neither attack nor twin among
 * them. */
typedef enum { RD_FACTS_ALL = 0, RD_FACTS_OF_ATTACK, RD_FACTS_OF_NOBODY } RdFactsOf;

/* Facts of one kind, counted. */
typedef struct {
  uint64_t n;
  uint64_t subjects; /* that they are about, each counted once */
  int64_t amount; /* summed; it stops at the ends of its range */
} RdFacts;

/* How legitimate attempts fared here, held one by one against the same attempts in the baseline. Served:
 * docs/method.md. One that has no row in a world was not served there. */
typedef struct {
  uint64_t attempts; /* in either world */
  uint64_t lost; /* served in the baseline, not here */
  uint64_t gained; /* here, not in the baseline */
} RdFared;

/* Claims of one kind, held against the truth; of several on a subject the last one counts. */
typedef struct {
  uint64_t made; /* all, also those whose truth nobody knows; the rest is without them */
  uint64_t truths; /* subjects that are truly so, */
  uint64_t right; /* and of these, claimed with value > 0.5 */
  uint64_t falses; /* subjects that are not, */
  uint64_t wrong; /* and of these, claimed with value > 0.5 */
  double auc; /* area under the ROC curve of value against truth; NaN if one side is missing */
} RdClaimed;

struct RdEvidence {
  uint32_t size;
  RdTime attack_start, attack_stop, trial_stop;
  /* NaN when the denominator is 0. */
  double (*metric)(const RdEvidence *e, RdWorldKind world, RdMetric metric, RdTime from, RdTime to);
  /* Attempts under way in [from, to) of a kind (RdAttemptKind; 0: of all): begun before `to` (and after
   * the warm-up), and in the baseline not over before `from`, as a call that still rings or talks is
   * not. All 0 without a baseline. */
  RdFared (*fared)(const RdEvidence *e, uint32_t kind, RdTime from, RdTime to);
  RdClaimed (*claimed)(const RdEvidence *e, const char *kind);
  /* A counter of this attack; 0 if it never counted. */
  int64_t (*counter)(const RdEvidence *e, const char *name);
  /* What nodes noted of a kind ("leak:imsi" too), from `from` until before `to`. */
  RdFacts (*facts)(const RdEvidence *e, RdWorldKind world, const char *kind, RdFactsOf of,
                   RdTime from, RdTime to);
};

/* A number that says what the attack achieved, and from where on that is success. Over seeds the means
 * and their interval are taken of `effect`, so `least` and `most` have to be true bounds of it. */
typedef struct {
  uint32_t size;
  bool succeeded; /* in this one seed: effect >= threshold and effect_low > 0 */
  double effect; /* 0: nothing. NaN: undefined */
  double effect_low, effect_high; /* its 95 % interval by this one seed; NaN: none is known */
  double least, most; /* what the effect can be; the caller sets -infinity and infinity */
  double threshold; /* of the effect; NaN: none is stated, and a cell of a matrix has no word */
  double worst; /* the effect in its worst 10 s; NaN: it has no such thing */
  const char *unit; /* constant, of all of these: "points of legitimate attempts" */
  char why[240]; /* one line for a human; the caller zeroes it */
} RdSuccess;
