#include "lab/result/detection.h"

static double ratio(double part, double whole) {
  return whole > 0 ? part / whole : NAN;
}

double rd_true_positive_rate(const RdConfusion *c) {
  return ratio((double)c->tp, (double)c->tp + (double)c->fn);
}

double rd_false_positive_rate(const RdConfusion *c) {
  return ratio((double)c->fp, (double)c->fp + (double)c->tn);
}

double rd_precision(const RdConfusion *c) {
  return ratio((double)c->tp, (double)c->tp + (double)c->fp);
}

double rd_f1(const RdConfusion *c) {
  return ratio(2 * (double)c->tp, 2 * (double)c->tp + (double)c->fp + (double)c->fn);
}

double rd_mcc(const RdConfusion *c) {
  double tp = (double)c->tp, fp = (double)c->fp, tn = (double)c->tn, fn = (double)c->fn;
  double margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
  return margins > 0 ? (tp * tn - fp * fn) / sqrt(margins) : NAN;
}

double rd_rate_upper(uint64_t k, uint64_t n) {
  const double z = 1.959963984540054, z2 = z * z;
  double count = (double)n, p = ratio((double)k, count);
  double spread = z * sqrt(p * (1 - p) / count + z2 / (4 * count * count));
  return n ? (p + z2 / (2 * count) + spread) / (1 + z2 / count) : NAN;
}

double rd_precision_at(double prior, double tpr, double fpr) {
  return ratio(prior * tpr, prior * tpr + (1 - prior) * fpr);
}

void rd_scores_add(RdScores *s, bool positive, double score) {
  unsigned bin = 0;
  if (isnan(score)) {
    s->unseen += positive;
    return;
  }
  if (score >= 1)
    bin = RD_SCORE_BINS - 1;
  else if (score > 0)
    bin = (unsigned)(score * (RD_SCORE_BINS - 1) + 0.5);
  (positive ? s->positive : s->negative)[bin]++;
}

typedef struct {
  double negative, positive;
} Totals;

static Totals totals(const RdScores *s) {
  Totals t = {0, (double)s->unseen};
  for (unsigned i = 0; i < RD_SCORE_BINS; i++) {
    t.negative += (double)s->negative[i];
    t.positive += (double)s->positive[i];
  }
  return t;
}

double rd_roc_auc(const RdScores *s) {
  Totals all = totals(s);
  if (all.negative <= 0 || all.positive <= 0)
    return NAN;
  double area = 0, below = 0;
  for (unsigned i = 0; i < RD_SCORE_BINS; i++) {
    area += (double)s->positive[i] * (below + (double)s->negative[i] / 2);
    below += (double)s->negative[i];
  }
  return area / all.negative / all.positive;
}

double rd_pr_auc(const RdScores *s) {
  Totals all = totals(s);
  if (all.negative <= 0 || all.positive <= 0)
    return NAN;
  double area = 0, tp = 0, fp = 0;
  for (unsigned i = RD_SCORE_BINS; i-- > 0;) {
    tp += (double)s->positive[i];
    fp += (double)s->negative[i];
    if (s->positive[i])
      area += (double)s->positive[i] * (tp / (tp + fp));
  }
  return area / all.positive;
}

/* Trapezia from the highest score down; the one that crosses the limit is cut there. */
double rd_partial_auc(const RdScores *s, double limit) {
  Totals all = totals(s);
  if (all.positive <= 0 || all.negative * limit < 1)
    return NAN;
  double area = 0, fpr = 0, tpr = 0;
  for (unsigned i = RD_SCORE_BINS; i-- > 0 && fpr < limit;) {
    double next_fpr = fpr + (double)s->negative[i] / all.negative;
    double next_tpr = tpr + (double)s->positive[i] / all.positive;
    if (next_fpr > limit) {
      next_tpr = tpr + (next_tpr - tpr) * (limit - fpr) / (next_fpr - fpr);
      next_fpr = limit;
    }
    area += (next_fpr - fpr) * (tpr + next_tpr) / 2;
    fpr = next_fpr;
    tpr = next_tpr;
  }
  return area / limit;
}

static unsigned used_bins(const RdScores *s) {
  unsigned n = 0;
  for (unsigned i = 0; i < RD_SCORE_BINS; i++)
    n += s->negative[i] || s->positive[i];
  return n;
}

unsigned rd_roc_curve(const RdScores *s, RdRocPoint ret[RD_ROC_POINTS]) {
  Totals all = totals(s);
  if (all.negative <= 0 || all.positive <= 0)
    return 0;
  unsigned used = used_bins(s), seen = 0, kept = 1, n = 1;
  ret[0] = (RdRocPoint){1.001, 0, 0};
  double tp = 0, fp = 0;
  for (unsigned i = RD_SCORE_BINS; i-- > 0;) {
    if (!s->negative[i] && !s->positive[i])
      continue;
    tp += (double)s->positive[i];
    fp += (double)s->negative[i];
    seen++;
    /* The k-th of the points kept stands at k/(POINTS-1) of those there are; the last always is. */
    if (used > RD_ROC_POINTS - 1 && seen * (RD_ROC_POINTS - 1) < kept * used)
      continue;
    kept++;
    ret[n++] = (RdRocPoint){(double)i / (RD_SCORE_BINS - 1), fp / all.negative, tp / all.positive};
  }
  return n;
}
