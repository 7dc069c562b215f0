/* alarm.h - a spell of alarm: it begins, freezes what is learned, and ends in bounded time. Pure.
 *
 * While it is on, a detector learns nothing, so that an attack does not become the norm. A change that
 * stays (a new trunk, a bigger network) would then be alarm for ever: after `freeze` windows the spell
 * is given up and the detector has to learn anew. */
#pragma once

#include "redoubt/base.h"

typedef enum {
  RD_ALARM_NONE = 0,
  RD_ALARM_BEGINS,
  RD_ALARM_ENDS, /* `calm` windows in a row were not over */
  RD_ALARM_GIVEN_UP /* it was on for `freeze` windows: learn anew */
} RdAlarmStep;

typedef struct {
  uint32_t freeze, calm; /* windows, both at least 1 */
  uint32_t held, quiet; /* windows it has been on; of these, the last that were not over */
  bool on;
} RdAlarm;

/* A window has closed, and was over the threshold or not. */
RdAlarmStep rd_alarm_close(RdAlarm *a, bool over);
/* Within a window: what was counted is over already. True: that begins a spell. */
bool rd_alarm_raise(RdAlarm *a);
