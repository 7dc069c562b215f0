#include "lab/stack/registration_table.h"

#define STEP(actions, next)                                                                        \
  { true, RD_RG_##next, (actions) }
/* What a REGISTER that is out may come to. */
#define ANSWERS(state)                                                                             \
  [RD_RG_PROVISIONAL] = STEP(0, state), [RD_RG_ACCEPTED] = STEP(RD_RG_SUCCEED, OVER),              \
  [RD_RG_CHALLENGED] = STEP(RD_RG_PROVE, state), [RD_RG_NOT_NOW] = STEP(RD_RG_WAIT, WAITING),      \
  [RD_RG_REFUSED] = STEP(RD_RG_FAIL, OVER), [RD_RG_PROVED] = STEP(0, PROVING),                     \
  [RD_RG_UNPROVED] = STEP(RD_RG_FAIL, OVER), [RD_RG_GIVE_UP] = STEP(RD_RG_FAIL, OVER)

static const RdStep steps[RD_RG_STATES][RD_RG_EVENTS] = {
    [RD_RG_IDLE] = {[RD_RG_BEGIN] = STEP(RD_RG_SEND, ASKING)},
    [RD_RG_ASKING] = {ANSWERS(ASKING), [RD_RG_UNSENT] = STEP(RD_RG_FAIL, OVER)},
    [RD_RG_PROVING] = {ANSWERS(PROVING)},
    [RD_RG_WAITING] = {[RD_RG_AGAIN] = STEP(RD_RG_RETRY | RD_RG_SEND, ASKING),
                       [RD_RG_TOO_LATE] = STEP(RD_RG_FAIL, OVER),
                       [RD_RG_GIVE_UP] = STEP(RD_RG_FAIL, OVER)},
};

static const char *const states[] = {"Idle", "Asking", "Proving", "Waiting", "Over", NULL};
static const char *const events[] = {"begin",    "1xx",     "2xx",      "401",    "408 or 5xx",
                                     "refused",  "proved",  "unproved", "unsent", "again",
                                     "too late", "give up", NULL};
_Static_assert(sizeof states / sizeof *states == RD_RG_STATES + 1, "every state has a name");
_Static_assert(sizeof events / sizeof *events == RD_RG_EVENTS + 1, "every event has a name");

const RdMachine rd_registration = {.name = "registration",
                                   .states = states,
                                   .events = events,
                                   .steps = steps,
                                   .stride = sizeof(RdStep),
                                   .n_events = RD_RG_EVENTS};
