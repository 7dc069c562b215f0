#include "lab/detector/alarm.h"

RdAlarmStep rd_alarm_close(RdAlarm *a, bool over) {
  if (!a->on) {
    if (!over)
      return RD_ALARM_NONE;
    *a = (RdAlarm){a->freeze, a->calm, 1, 0, true};
    return RD_ALARM_BEGINS;
  }
  a->held++;
  a->quiet = over ? 0 : a->quiet + 1;
  if (a->quiet >= a->calm) {
    a->on = false;
    return RD_ALARM_ENDS;
  }
  if (a->held >= a->freeze) {
    a->on = false;
    return RD_ALARM_GIVEN_UP;
  }
  return RD_ALARM_NONE;
}

bool rd_alarm_raise(RdAlarm *a) {
  if (a->on)
    return false;
  *a = (RdAlarm){a->freeze, a->calm, 0, 0, true};
  return true;
}
