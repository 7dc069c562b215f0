#include "lab/stack/diameter_table.h"

#define STEP(actions, next)                                                                        \
  { true, RD_PEER_##next, (actions) }
#define FAILED STEP(RD_PEER_CLOSE | RD_PEER_RETRY, CLOSED)
#define GONE STEP(RD_PEER_FAIL_OVER | RD_PEER_RETRY, CLOSED)
#define STOPPED [RD_PEER_STOP] = STEP(RD_PEER_CLOSE, OVER)
/* What an open connection does in each of its states; a second capabilities exchange is a fault. */
#define ALIVE                                                                                      \
  [RD_PEER_MESSAGE] = STEP(RD_PEER_WATCH | RD_PEER_HAND_UP, OPEN),                                 \
  [RD_PEER_DPR] = STEP(RD_PEER_SEND_DPA | RD_PEER_FAIL_OVER | RD_PEER_WATCH, CLOSING),             \
  [RD_PEER_CER] = BROKEN, [RD_PEER_BAD_CER] = BROKEN, [RD_PEER_CEA] = BROKEN,                      \
  [RD_PEER_BAD_CEA] = BROKEN, [RD_PEER_LOST] = GONE, STOPPED
#define BROKEN STEP(RD_PEER_CLOSE | RD_PEER_FAIL_OVER | RD_PEER_RETRY, CLOSED)

static const RdStep steps[RD_PEER_STATES][RD_PEER_EVENTS] = {
    [RD_PEER_CLOSED] = {[RD_PEER_CONNECT] = STEP(RD_PEER_DO_CONNECT | RD_PEER_WATCH, OPENING),
                        [RD_PEER_ACCEPTED] = STEP(RD_PEER_WATCH, WAITING),
                        STOPPED},
    [RD_PEER_OPENING] = {[RD_PEER_OPENED] = STEP(RD_PEER_SEND_CER | RD_PEER_WATCH, ASKING),
                         [RD_PEER_REFUSED] = STEP(RD_PEER_RETRY, CLOSED),
                         [RD_PEER_SILENCE] = FAILED,
                         [RD_PEER_LOST] = STEP(RD_PEER_RETRY, CLOSED),
                         STOPPED},
    [RD_PEER_ASKING] = {[RD_PEER_CEA] = STEP(RD_PEER_UP | RD_PEER_WATCH, OPEN),
                        [RD_PEER_BAD_CEA] = FAILED,
                        [RD_PEER_CER] = FAILED,
                        [RD_PEER_BAD_CER] = FAILED,
                        [RD_PEER_MESSAGE] = FAILED,
                        [RD_PEER_DPR] = FAILED,
                        [RD_PEER_SILENCE] = FAILED,
                        [RD_PEER_LOST] = STEP(RD_PEER_RETRY, CLOSED),
                        STOPPED},
    [RD_PEER_WAITING] = {[RD_PEER_CER] = STEP(RD_PEER_SEND_CEA | RD_PEER_UP | RD_PEER_WATCH, OPEN),
                         [RD_PEER_BAD_CER] =
                             STEP(RD_PEER_SEND_CEA | RD_PEER_CLOSE | RD_PEER_RETRY, CLOSED),
                         [RD_PEER_CEA] = FAILED,
                         [RD_PEER_BAD_CEA] = FAILED,
                         [RD_PEER_MESSAGE] = FAILED,
                         [RD_PEER_DPR] = FAILED,
                         [RD_PEER_SILENCE] = FAILED,
                         [RD_PEER_LOST] = STEP(RD_PEER_RETRY, CLOSED),
                         STOPPED},
    [RD_PEER_OPEN] = {ALIVE, [RD_PEER_SILENCE] = STEP(RD_PEER_SEND_DWR | RD_PEER_WATCH, PROBING)},
    [RD_PEER_PROBING] = {ALIVE, [RD_PEER_SILENCE] =
                                    STEP(RD_PEER_FAIL_OVER | RD_PEER_WATCH, SUSPECT)},
    [RD_PEER_SUSPECT] = {[RD_PEER_MESSAGE] =
                             STEP(RD_PEER_UP | RD_PEER_WATCH | RD_PEER_HAND_UP, OPEN),
                         [RD_PEER_DPR] = STEP(RD_PEER_SEND_DPA | RD_PEER_WATCH, CLOSING),
                         [RD_PEER_CER] = BROKEN,
                         [RD_PEER_BAD_CER] = BROKEN,
                         [RD_PEER_CEA] = BROKEN,
                         [RD_PEER_BAD_CEA] = BROKEN,
                         [RD_PEER_SILENCE] = BROKEN,
                         [RD_PEER_LOST] = GONE,
                         STOPPED},
    [RD_PEER_CLOSING] = {[RD_PEER_MESSAGE] = STEP(0, CLOSING),
                         [RD_PEER_CER] = STEP(0, CLOSING),
                         [RD_PEER_BAD_CER] = STEP(0, CLOSING),
                         [RD_PEER_CEA] = STEP(0, CLOSING),
                         [RD_PEER_BAD_CEA] = STEP(0, CLOSING),
                         [RD_PEER_DPR] = STEP(0, CLOSING),
                         [RD_PEER_SILENCE] = FAILED,
                         [RD_PEER_LOST] = STEP(RD_PEER_RETRY, CLOSED),
                         STOPPED},
};

static const char *const states[] = {"Closed",  "Opening", "Asking",  "Waiting", "Open",
                                     "Probing", "Suspect", "Closing", "Over",    NULL};
static const char *const events[] = {"connect", "opened", "refused", "accepted", "CER",
                                     "bad CER", "CEA",    "bad CEA", "message",  "DPR",
                                     "silence", "lost",   "stop",    NULL};
_Static_assert(sizeof states / sizeof *states == RD_PEER_STATES + 1, "every state has a name");
_Static_assert(sizeof events / sizeof *events == RD_PEER_EVENTS + 1, "every event has a name");

const RdMachine rd_diameter_peer = {.name = "Diameter peer",
                                    .states = states,
                                    .events = events,
                                    .steps = steps,
                                    .stride = sizeof(RdStep),
                                    .n_events = RD_PEER_EVENTS};
