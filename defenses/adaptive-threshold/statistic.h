/* statistic.h - counts of windows against a threshold that follows their mean. Pure. */
#pragma once

#include "lab/detector/alarm.h"
#include "lab/detector/ewma.h"

typedef struct {
  double above; /* a: the threshold is (1 + a) times the mean, */
  double deviations; /* and no less than so many deviations above it, */
  double least; /* and no less than this count */
  double alpha;
  uint32_t of, over; /* alarm: at least `over` of the last `of` windows were above it; of <= 32 */
  uint32_t learn; /* windows before it may alarm */
  RdAlarm alarm;
  RdEwma base;
  uint32_t history; /* one bit a window, the last one lowest */
} Threshold;

/* Infinite while it learns. */
double threshold_now(const Threshold *t);
/* Would it be an alarm if the open window closed with `count`? */
bool threshold_over(const Threshold *t, double count);
/* Windows of the last `of` that were above, the open one with `count` included. */
uint32_t threshold_hits(const Threshold *t, double count);
/* Closes a window. A count above the threshold is learned as the threshold; while alarmed, none is. */
RdAlarmStep threshold_close(Threshold *t, double count);
