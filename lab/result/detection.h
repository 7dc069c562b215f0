/* detection.h - how well verdicts tell attacks from the rest: confusion counts and ROC.
 *
 * Two classes: negative (benign messages, those of benign twins among them, that the defense looked
 * at) and positive (all that an attack itself sent past it, looked at or not). Induced messages are in
 * neither. Undefined values are NaN. Pure arithmetic; the one root is IEEE's. */
#pragma once

#include <math.h>

#include "redoubt/base.h"

#define RD_SCORE_BINS 1001 /* scores in [0, 1], to three decimals */
#define RD_ROC_POINTS 50

typedef struct {
  uint64_t tp, fp, tn, fn;
} RdConfusion;

double rd_true_positive_rate(const RdConfusion *c);
double rd_false_positive_rate(const RdConfusion *c);
double rd_precision(const RdConfusion *c);
double rd_f1(const RdConfusion *c);
double rd_mcc(const RdConfusion *c); /* NaN when a margin is 0 */
/* Upper end of Wilson's 95 % interval (1927) of a rate of which k in n were seen: what a rate of 0
 * may still be. It takes the n for independent, which messages of one source are not. NaN: n == 0. */
double rd_rate_upper(uint64_t k, uint64_t n);
/* Precision where a share `prior` of messages is hostile (Axelsson 2000); NaN if a rate is. */
double rd_precision_at(double prior, double tpr, double fpr);

typedef struct {
  uint64_t negative[RD_SCORE_BINS], positive[RD_SCORE_BINS];
  uint64_t unseen; /* positives that were never looked at: no threshold reaches them */
} RdScores;

/* Clamped. NaN is "not judged": a negative is then none, a positive lies below every negative. */
void rd_scores_add(RdScores *s, bool positive, double score);
/* That a positive has a higher score than a negative; ties count half. */
double rd_roc_auc(const RdScores *s);
/* Average precision: the sum of precision over the steps of recall, from the highest score down to
 * 0; what no threshold reaches is never recalled. */
double rd_pr_auc(const RdScores *s);
/* Area under the ROC for FPR in [0, limit], as a share of limit; NaN with fewer than 1/limit
 * negatives, as such a rate was then never measured. */
double rd_partial_auc(const RdScores *s, double limit);

typedef struct {
  double threshold, fpr, tpr; /* flagged when score >= threshold; above 1: nothing is */
} RdRocPoint;
/* From (0,0) to (1, share of positives that were judged), thinned evenly if there are more; 0 points
 * when a class is missing. */
unsigned rd_roc_curve(const RdScores *s, RdRocPoint ret[RD_ROC_POINTS]);
