#include "lab/stack/proxy_table.h"

#define STEP(actions, next)                                                                        \
  { true, RD_PX_##next, (actions) }
/* The node itself may have answered it: then a CANCEL is too late. */
#define TO_DECIDE                                                                                  \
  [RD_PX_WAIT] = STEP(0, WAITING), [RD_PX_FORWARDED] = STEP(RD_PX_WATCH, CALLING),                 \
  [RD_PX_NO_ROOM] = STEP(RD_PX_REFUSE, ANSWERED), [RD_PX_ENDED] = STEP(0, OVER)
#define UNWATCHED                                                                                  \
  [RD_PX_FINAL] = STEP(RD_PX_UNWATCH, ANSWERED), [RD_PX_ENDED] = STEP(RD_PX_UNWATCH, OVER)
#define GIVEN_UP STEP(RD_PX_UNWATCH | RD_PX_GIVE_UP, ANSWERED)

static const RdStep steps[RD_PX_STATES][RD_PX_EVENTS] = {
    [RD_PX_RECEIVED] = {TO_DECIDE, [RD_PX_CANCEL] = STEP(0, RECEIVED)},
    [RD_PX_WAITING] = {[RD_PX_RESUME] = STEP(0, RESUMED),
                       [RD_PX_CANCEL] = STEP(RD_PX_TERMINATE, ANSWERED),
                       [RD_PX_ENDED] = STEP(0, OVER)},
    [RD_PX_RESUMED] = {TO_DECIDE, [RD_PX_CANCEL] = STEP(0, RESUMED)},
    [RD_PX_CALLING] =
        {UNWATCHED, [RD_PX_AGAIN] = STEP(RD_PX_UNWATCH, RESUMED), [RD_PX_100] = STEP(0, PROCEEDING),
         [RD_PX_1XX] = STEP(RD_PX_WATCH, PROCEEDING), [RD_PX_CANCEL] = STEP(0, CANCELLING),
         [RD_PX_TIMER_C] = GIVEN_UP},
    /* s16.7 step 2: every 101-199 is news, a 100 is none */
    [RD_PX_PROCEEDING] =
        {UNWATCHED, [RD_PX_100] = STEP(0, PROCEEDING), [RD_PX_1XX] = STEP(RD_PX_WATCH, PROCEEDING),
         [RD_PX_AGAIN] = STEP(RD_PX_UNWATCH, RESUMED),
         [RD_PX_CANCEL] = STEP(RD_PX_SEND_CANCEL, CANCELLING),
         [RD_PX_TIMER_C] = STEP(RD_PX_SEND_CANCEL, CANCELLING)},
    [RD_PX_CANCELLING] =
        {UNWATCHED, [RD_PX_100] = STEP(RD_PX_SEND_CANCEL, CANCELLING),
         [RD_PX_1XX] = STEP(RD_PX_WATCH | RD_PX_SEND_CANCEL, CANCELLING),
         [RD_PX_CANCEL] = STEP(0, CANCELLING),
         [RD_PX_CANCEL_SENT] = STEP(RD_PX_WATCH_CANCEL, CANCELLED), [RD_PX_TIMER_C] = GIVEN_UP},
    [RD_PX_CANCELLED] = {UNWATCHED, [RD_PX_100] = STEP(0, CANCELLED),
                         [RD_PX_1XX] = STEP(0, CANCELLED), [RD_PX_CANCEL] = STEP(0, CANCELLED),
                         [RD_PX_TIMER_C] = GIVEN_UP}, /* s9.1's last paragraph */
    [RD_PX_ANSWERED] = {[RD_PX_FINAL] = STEP(0, ANSWERED), /* each 2xx comes by */
                        [RD_PX_CANCEL] = STEP(0, ANSWERED),
                        [RD_PX_ENDED] = STEP(0, OVER)},
};

static const char *const states[] = {"Received",   "Waiting",   "Resumed",  "Calling", "Proceeding",
                                     "Cancelling", "Cancelled", "Answered", "Over",    NULL};
static const char *const events[] = {"wait",    "resume", "forwarded", "no room",     "100",
                                     "101-199", "final",  "cancel",    "CANCEL sent", "timer C",
                                     "again",   "ended",  NULL};
_Static_assert(sizeof states / sizeof *states == RD_PX_STATES + 1, "every state has a name");
_Static_assert(sizeof events / sizeof *events == RD_PX_EVENTS + 1, "every event has a name");

const RdMachine rd_proxy_invite = {.name = "proxy's INVITE",
                                   .states = states,
                                   .events = events,
                                   .steps = steps,
                                   .stride = sizeof(RdStep),
                                   .n_events = RD_PX_EVENTS};
