/* timers.h - every part's timers: one wheel, and one event of the clock for its next expiry. */
#pragma once

#include "lab/drive/world/types.h"

/* Of an actor or of a judge; the other is NULL. */
RdTimer rd_timers_arm(RdWorld *w, RdWorldActor *actor, RdWorldJudge *judge, RdTime at,
                      uint64_t cookie, const RdTag *tag);
void rd_timers_cancel(RdWorld *w, RdTimer timer);
/* Called when one is due. */
typedef void (*RdTimerFire)(RdWorldActor *actor, RdWorldJudge *judge, RdTimer timer,
                            uint64_t cookie, const RdTag *tag);
void rd_timers_new(RdWorld *w, RdTimerFire fire);
void rd_timers_free(RdWorld *w);
