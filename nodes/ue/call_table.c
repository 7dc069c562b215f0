#include "nodes/ue/call_table.h"

#define STEP(actions, next)                                                                        \
  { true, CALL_##next, (actions) }

static const RdStep caller[CALL_STATES][CALL_EVENTS] = {
    [CALL_NEW] = {[CALL_DIAL] = STEP(CALL_DO_INVITE, INVITED),
                  [CALL_UNREGISTERED] = STEP(CALL_DO_REFUSE, OVER)},
    [CALL_INVITED] = {[CALL_UNSENT] = STEP(CALL_DO_REFUSE, OVER),
                      [CALL_PROVISIONAL] = STEP(CALL_DO_RING, INVITED),
                      [CALL_ANSWER] = STEP(CALL_DO_ACK | CALL_DO_TALK, TALKING),
                      [CALL_STRAY] = STEP(0, INVITED),
                      [CALL_UNREACHED] = STEP(CALL_DO_REDIAL, REDIALLING),
                      [CALL_REFUSED] = STEP(CALL_DO_REFUSE, OVER),
                      [CALL_GUARD] = STEP(CALL_DO_LOSE_PATIENCE, INVITED),
                      [CALL_CANCEL] = STEP(CALL_DO_WAIT, CANCELLED),
                      [CALL_RESERVE] = STEP(CALL_DO_RESERVE, RESERVING),
                      [CALL_MET] = STEP(0, INVITED),
                      [CALL_BROKEN] = STEP(CALL_DO_LOSE_PATIENCE, INVITED)},
    /* a callee that does not wait may ring and answer all the same */
    [CALL_RESERVING] = {[CALL_PROVISIONAL] = STEP(CALL_DO_RING, RESERVING),
                        [CALL_ANSWER] = STEP(CALL_DO_ACK | CALL_DO_TALK, TALKING),
                        [CALL_STRAY] = STEP(0, RESERVING),
                        [CALL_UNREACHED] = STEP(CALL_DO_REDIAL, REDIALLING),
                        [CALL_REFUSED] = STEP(CALL_DO_REFUSE, OVER),
                        [CALL_GUARD] = STEP(CALL_DO_LOSE_PATIENCE, RESERVING),
                        [CALL_CANCEL] = STEP(CALL_DO_WAIT, CANCELLED),
                        [CALL_MET] = STEP(CALL_DO_UPDATE, INVITED),
                        [CALL_BROKEN] = STEP(CALL_DO_LOSE_PATIENCE, RESERVING)},
    /* what rings after the caller has given up is heard by nobody; a 2xx that crossed the CANCEL makes
     * a call that is ended at once (s9.1) */
    [CALL_CANCELLED] = {[CALL_PROVISIONAL] = STEP(0, CANCELLED),
                        [CALL_ANSWER] = STEP(CALL_DO_ACK | CALL_DO_HANG_UP, ENDING),
                        [CALL_STRAY] = STEP(0, CANCELLED),
                        [CALL_UNREACHED] = STEP(CALL_DO_REFUSE, OVER),
                        [CALL_REFUSED] = STEP(CALL_DO_REFUSE, OVER),
                        [CALL_GUARD] = STEP(CALL_DO_REFUSE, OVER),
                        [CALL_MET] = STEP(0, CANCELLED),
                        [CALL_BROKEN] = STEP(0, CANCELLED)},
    [CALL_REDIALLING] = {[CALL_GUARD] = STEP(CALL_DO_INVITE, INVITED)},
    /* every 2xx is acknowledged, retransmitted ones too (s13.2.2.4) */
    [CALL_TALKING] = {[CALL_AGAIN] = STEP(CALL_DO_ACK, TALKING),
                      [CALL_STRAY] = STEP(0, TALKING),
                      [CALL_GUARD] = STEP(CALL_DO_HANG_UP, ENDING),
                      [CALL_BYE] = STEP(CALL_DO_PART | CALL_DO_END, OVER),
                      [CALL_MET] = STEP(0, TALKING),
                      [CALL_BROKEN] = STEP(CALL_DO_HANG_UP, ENDING)}, /* s12.2.1.2 */
    [CALL_ENDING] = {[CALL_AGAIN] = STEP(CALL_DO_ACK, ENDING),
                     [CALL_STRAY] = STEP(0, ENDING),
                     [CALL_UNSENT] = STEP(CALL_DO_END, OVER),
                     [CALL_BYE] = STEP(CALL_DO_END, OVER),
                     [CALL_BYE_DONE] = STEP(CALL_DO_END, OVER),
                     [CALL_MET] = STEP(0, ENDING),
                     [CALL_BROKEN] = STEP(0, ENDING)},
};

static const RdStep callee[CALL_STATES][CALL_EVENTS] = {
    [CALL_NEW] = {[CALL_DIAL] = STEP(CALL_DO_RING, INVITED),
                  [CALL_RESERVE] = STEP(CALL_DO_RESERVE, RESERVING)},
    [CALL_RESERVING] = {[CALL_REFUSED] = STEP(CALL_DO_REFUSE, OVER),
                        [CALL_CANCEL] = STEP(CALL_DO_REFUSE, OVER),
                        [CALL_ACK] = STEP(0, RESERVING),
                        [CALL_BYE] = STEP(CALL_DO_END, OVER),
                        [CALL_MET] = STEP(CALL_DO_RING, INVITED),
                        [CALL_BROKEN] = STEP(CALL_DO_REFUSE, OVER)},
    [CALL_INVITED] = {[CALL_ANSWER] = STEP(CALL_DO_TALK, TALKING),
                      [CALL_REFUSED] = STEP(CALL_DO_REFUSE, OVER),
                      [CALL_CANCEL] = STEP(CALL_DO_REFUSE, OVER),
                      [CALL_ACK] = STEP(0, INVITED),
                      [CALL_BYE] = STEP(CALL_DO_END, OVER),
                      [CALL_MET] = STEP(0, INVITED),
                      [CALL_BROKEN] = STEP(CALL_DO_REFUSE, OVER)},
    [CALL_TALKING] = {[CALL_GUARD] = STEP(CALL_DO_HANG_UP, ENDING),
                      [CALL_CANCEL] = STEP(0, TALKING),
                      [CALL_ACK] = STEP(CALL_DO_HEAR, TALKING),
                      [CALL_NO_ACK] = STEP(CALL_DO_HANG_UP, ENDING), /* s13.3.1.4 */
                      [CALL_BYE] = STEP(CALL_DO_PART | CALL_DO_END, OVER),
                      [CALL_MET] = STEP(0, TALKING)},
    [CALL_ENDING] = {[CALL_MET] = STEP(0, ENDING),
                     [CALL_UNSENT] = STEP(CALL_DO_END, OVER),
                     [CALL_CANCEL] = STEP(0, ENDING),
                     [CALL_ACK] = STEP(0, ENDING),
                     [CALL_NO_ACK] = STEP(0, ENDING),
                     [CALL_BYE] = STEP(CALL_DO_END, OVER),
                     [CALL_BYE_DONE] = STEP(CALL_DO_END, OVER)},
};

static const char *const states[] = {"New",     "Invited", "Reserving", "Cancelled", "Redialling",
                                     "Talking", "Ending",  "Over",      NULL};
static const char *const events[] = {
    "dial",      "unregistered", "unsent", "provisional", "answer", "2xx again", "2xx of another",
    "unreached", "refused",      "guard",  "cancel",      "ACK",    "no ACK",    "BYE",
    "BYE done",  "reserve",      "met",    "broken",      NULL};
_Static_assert(sizeof states / sizeof *states == CALL_STATES + 1, "every state has a name");
_Static_assert(sizeof events / sizeof *events == CALL_EVENTS + 1, "every event has a name");

#define BIT(id) (UINT32_C(1) << CALL_##id)

const RdMachine ue_caller = {.name = "caller",
                             .states = states,
                             .events = events,
                             .steps = caller,
                             .stride = sizeof(RdStep),
                             .n_events = CALL_EVENTS,
                             .no_events = BIT(ACK) | BIT(NO_ACK)};
const RdMachine ue_callee = {.name = "callee",
                             .states = states,
                             .events = events,
                             .steps = callee,
                             .stride = sizeof(RdStep),
                             .n_events = CALL_EVENTS,
                             .no_states = BIT(CANCELLED) | BIT(REDIALLING),
                             .no_events = BIT(UNREGISTERED) | BIT(PROVISIONAL) | BIT(AGAIN) |
                                          BIT(STRAY) | BIT(UNREACHED)};
