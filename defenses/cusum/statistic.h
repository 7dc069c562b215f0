/* statistic.h - one cumulative sum over the counts of windows. Pure. */
#pragma once

#include "lab/detector/alarm.h"
#include "lab/detector/ewma.h"

typedef struct {
  double k, h; /* in deviations */
  double alpha; /* weight of a new window in the mean */
  double dispersion; /* the deviation is taken for no less than this share of the mean, */
  double least; /* nor than this many messages */
  uint32_t learn; /* windows before it may alarm */
  RdAlarm alarm;
  RdEwma base;
  double sum;
} Cusum;

double cusum_sigma(const Cusum *c);
/* What the sum would be if the open window closed with `count`: max(0, S + (x - mean) / sigma - k), and
 * no more than 2 h, so that it falls again when a flood is over. 0 while it learns. */
double cusum_next(const Cusum *c, double count);
/* Closes a window. While alarmed, nothing is learned. */
RdAlarmStep cusum_close(Cusum *c, double count);
