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
  RD_WORLD_BASELINE /* the same trial and defence without the attacks */
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
  RD_METRIC_RRD_MEAN
} RdMetric;

struct RdEvidence {
  uint32_t size;
  RdTime attack_start, attack_stop, trial_stop;
  /* NaN when the denominator is 0. */
  double (*metric)(const RdEvidence *e, RdWorldKind world, RdMetric metric, RdTime from, RdTime to);
  /* Claims of this attack of a kind, held against the truth: number made, area under the ROC curve
   * of value against truth (NaN if one side is missing), share of all true subjects claimed with
   * value > 0.5, share of such claims that are true. Any ret may be NULL. */
  uint64_t (*claims)(const RdEvidence *e, const char *kind, double *ret_auc, double *ret_recall,
                     double *ret_precision);
  /* A counter of this attack; 0 if it never counted. */
  int64_t (*counter)(const RdEvidence *e, const char *name);
};

typedef struct {
  uint32_t size;
  bool succeeded;
  double effect; /* the attack's own measure of what it achieved; 0 = nothing. NaN = undefined */
  const char *effect_unit; /* constant: "percentage points of SER" */
  char why[160]; /* one line for a human; the caller zeroes it */
} RdSuccess;
