#include "lab/drive/world/timers.h"

#include <string.h>

typedef struct {
  RdWorldActor *actor; /* or */
  RdWorldJudge *judge;
  uint64_t cookie;
  RdTag tag;
} TimerPayload;

G_STATIC_ASSERT(sizeof(TimerPayload) <= RD_WHEEL_PAYLOAD);

typedef union {
  TimerPayload timer;
  uint8_t bytes[RD_WHEEL_PAYLOAD];
} Payload;

static void pump(void *arg);

static void wake_at(RdWorld *w, RdTime at) {
  RdTime t = rd_now(w);
  if (at >= w->wheel_at || at == RD_NEVER)
    return;
  w->wheel_at = MAX(at, t);
  rd_at(w, w->wheel_at, pump, w);
}

static void pump(void *arg) {
  RdWorld *w = arg;
  RdTime t = rd_now(w);
  RdTimer timer;
  Payload p;
  if (w->wheel_at > t) /* an earlier wish, overtaken */
    return;
  while (rd_wheel_pop(w->wheel, t, &timer, p.bytes))
    w->fire(p.timer.actor, p.timer.judge, timer, p.timer.cookie, &p.timer.tag);
  w->wheel_at = RD_NEVER;
  wake_at(w, rd_wheel_next(w->wheel));
}

RdTimer rd_timers_arm(RdWorld *w, RdWorldActor *actor, RdWorldJudge *judge, RdTime at,
                      uint64_t cookie, const RdTag *tag) {
  RdTime t = rd_now(w);
  Payload p = {.timer = {actor, judge, cookie, *tag}};
  RdTimer timer = rd_wheel_arm(w->wheel, MAX(at, t), p.bytes);
  wake_at(w, MAX(at, t));
  return timer;
}

void rd_timers_cancel(RdWorld *w, RdTimer timer) {
  rd_wheel_cancel(w->wheel, timer);
}

void rd_timers_new(RdWorld *w, RdTimerFire fire) {
  w->wheel = rd_wheel_new();
  w->wheel_at = RD_NEVER;
  w->fire = fire;
}

void rd_timers_free(RdWorld *w) {
  rd_wheel_free(w->wheel);
}
