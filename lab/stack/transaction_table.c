#include "lab/stack/transaction_table.h"

#define STEP(actions, retransmit, guard, next)                                                     \
  { {true, RD_TX_##next, actions}, retransmit, guard }
/* What may come and changes nothing. */
#define IGNORE(state) STEP(0, 0, 0, state)

static const RdTxStep steps[RD_TX_MACHINES][RD_TX_STATES][RD_TX_EVENTS] =
    {
        [RD_TX_CLIENT_INVITE] =
            {
                [RD_TX_START] = {[RD_TX_BEGIN] = STEP(RD_TX_SEND, 'A', 'B', CALLING)},
                [RD_TX_CALLING] = {[RD_TX_RETRANSMIT] = STEP(RD_TX_SEND, 'A', 0, CALLING),
                                   [RD_TX_GUARD] = STEP(RD_TX_TIMEOUT, '-', '-', TERMINATED),
                                   [RD_TX_ERROR] = STEP(RD_TX_FAILURE, '-', '-', TERMINATED),
                                   [RD_TX_1XX] = STEP(RD_TX_UP, '-', '-', PROCEEDING),
                                   [RD_TX_2XX] = STEP(RD_TX_UP, '-', 'M', ACCEPTED),
                                   [RD_TX_3_6XX] =
                                       STEP(RD_TX_SEND_ACK | RD_TX_UP, '-', 'D', COMPLETED)},
                [RD_TX_PROCEEDING] = {[RD_TX_1XX] = STEP(RD_TX_UP, 0, 0, PROCEEDING),
                                      [RD_TX_ERROR] = STEP(RD_TX_FAILURE, '-', '-', TERMINATED),
                                      [RD_TX_2XX] = STEP(RD_TX_UP, 0, 'M', ACCEPTED),
                                      [RD_TX_3_6XX] =
                                          STEP(RD_TX_SEND_ACK | RD_TX_UP, 0, 'D', COMPLETED)},
                [RD_TX_COMPLETED] = {[RD_TX_3_6XX] = STEP(RD_TX_SEND_ACK, 0, 0, COMPLETED),
                                     [RD_TX_1XX] = IGNORE(COMPLETED),
                                     [RD_TX_2XX] = IGNORE(COMPLETED),
                                     [RD_TX_ERROR] = IGNORE(COMPLETED),
                                     [RD_TX_GUARD] = STEP(0, '-', '-', TERMINATED)},
                [RD_TX_ACCEPTED] = {[RD_TX_2XX] = STEP(RD_TX_UP, 0, 0, ACCEPTED),
                                    [RD_TX_1XX] = IGNORE(ACCEPTED),
                                    [RD_TX_3_6XX] = IGNORE(ACCEPTED),
                                    [RD_TX_ERROR] = IGNORE(ACCEPTED),
                                    [RD_TX_GUARD] = STEP(0, '-', '-', TERMINATED)},
            },
        [RD_TX_CLIENT_OTHER] =
            {
                [RD_TX_START] = {[RD_TX_BEGIN] = STEP(RD_TX_SEND, 'E', 'F', TRYING)},
                [RD_TX_TRYING] = {[RD_TX_RETRANSMIT] = STEP(RD_TX_SEND, 'E', 0, TRYING),
                                  [RD_TX_GUARD] = STEP(RD_TX_TIMEOUT, '-', '-', TERMINATED),
                                  [RD_TX_ERROR] = STEP(RD_TX_FAILURE, '-', '-', TERMINATED),
                                  [RD_TX_1XX] = STEP(RD_TX_UP, 0, 0, PROCEEDING),
                                  [RD_TX_2XX] = STEP(RD_TX_UP, '-', 'K', COMPLETED),
                                  [RD_TX_3_6XX] = STEP(RD_TX_UP, '-', 'K', COMPLETED)},
                /* e is E in the Proceeding state: every T2 */
                [RD_TX_PROCEEDING] = {[RD_TX_RETRANSMIT] = STEP(RD_TX_SEND, 'e', 0, PROCEEDING),
                                      [RD_TX_GUARD] = STEP(RD_TX_TIMEOUT, '-', '-', TERMINATED),
                                      [RD_TX_ERROR] = STEP(RD_TX_FAILURE, '-', '-', TERMINATED),
                                      [RD_TX_1XX] = STEP(RD_TX_UP, 0, 0, PROCEEDING),
                                      [RD_TX_2XX] = STEP(RD_TX_UP, '-', 'K', COMPLETED),
                                      [RD_TX_3_6XX] = STEP(RD_TX_UP, '-', 'K', COMPLETED)},
                [RD_TX_COMPLETED] = {[RD_TX_1XX] = IGNORE(COMPLETED),
                                     [RD_TX_2XX] = IGNORE(COMPLETED),
                                     [RD_TX_3_6XX] = IGNORE(COMPLETED),
                                     [RD_TX_ERROR] = IGNORE(COMPLETED),
                                     [RD_TX_GUARD] = STEP(0, '-', '-', TERMINATED)},
            },
        [RD_TX_SERVER_INVITE] =
            {
                [RD_TX_START] = {[RD_TX_BEGIN] = STEP(RD_TX_UP, 0, 0, PROCEEDING)},
                [RD_TX_PROCEEDING] = {[RD_TX_REQUEST] = STEP(RD_TX_RESEND, 0, 0, PROCEEDING),
                                      [RD_TX_ACK] = IGNORE(PROCEEDING), /* of nothing */
                                      [RD_TX_1XX] = STEP(RD_TX_RESPOND, 0, 0, PROCEEDING),
                                      [RD_TX_2XX] = STEP(RD_TX_RESPOND, 'X', 'L', ACCEPTED),
                                      [RD_TX_3_6XX] = STEP(RD_TX_RESPOND, 'G', 'H', COMPLETED)},
                [RD_TX_COMPLETED] = {[RD_TX_REQUEST] = STEP(RD_TX_RESEND, 0, 0, COMPLETED),
                                     [RD_TX_RETRANSMIT] = STEP(RD_TX_RESEND, 'G', 0, COMPLETED),
                                     [RD_TX_GUARD] = STEP(RD_TX_NO_ACK, '-', '-', TERMINATED),
                                     [RD_TX_ACK] = STEP(0, '-', 'I', CONFIRMED)},
                [RD_TX_CONFIRMED] = {[RD_TX_REQUEST] = IGNORE(CONFIRMED),
                                     [RD_TX_ACK] = IGNORE(CONFIRMED),
                                     [RD_TX_GUARD] = STEP(0, '-', '-', TERMINATED)},
                [RD_TX_ACCEPTED] = {[RD_TX_REQUEST] = IGNORE(ACCEPTED),
                                    [RD_TX_2XX] = STEP(RD_TX_RESPOND, 0, 0, ACCEPTED),
                                    [RD_TX_RETRANSMIT] = STEP(RD_TX_RESEND, 'X', 0, ACCEPTED),
                                    [RD_TX_ACK] = STEP(RD_TX_UP, '-', 0, ACCEPTED),
                                    [RD_TX_ACK_2XX] = STEP(RD_TX_UP, '-', 0, ACCEPTED),
                                    /* told to the user only of a 2xx that wanted its ACK */
                                    [RD_TX_GUARD] = STEP(RD_TX_NO_ACK, '-', '-', TERMINATED)},
            },
        [RD_TX_SERVER_OTHER] =
            {
                [RD_TX_START] = {[RD_TX_BEGIN] = STEP(RD_TX_UP, 0, 0, TRYING)},
                [RD_TX_TRYING] = {[RD_TX_REQUEST] = IGNORE(TRYING),
                                  [RD_TX_1XX] = STEP(RD_TX_RESPOND, 0, 0, PROCEEDING),
                                  [RD_TX_2XX] = STEP(RD_TX_RESPOND, 0, 'J', COMPLETED),
                                  [RD_TX_3_6XX] = STEP(RD_TX_RESPOND, 0, 'J', COMPLETED)},
                [RD_TX_PROCEEDING] = {[RD_TX_REQUEST] = STEP(RD_TX_RESEND, 0, 0, PROCEEDING),
                                      [RD_TX_1XX] = STEP(RD_TX_RESPOND, 0, 0, PROCEEDING),
                                      [RD_TX_2XX] = STEP(RD_TX_RESPOND, 0, 'J', COMPLETED),
                                      [RD_TX_3_6XX] = STEP(RD_TX_RESPOND, 0, 'J', COMPLETED)},
                [RD_TX_COMPLETED] = {[RD_TX_REQUEST] = STEP(RD_TX_RESEND, 0, 0, COMPLETED),
                                     [RD_TX_GUARD] = STEP(0, '-', '-', TERMINATED)},
            },
};

static const char *const state_names[] = {"Start",      "Calling",    "Trying",
                                          "Proceeding", "Completed",  "Confirmed",
                                          "Accepted",   "Terminated", NULL};
static const char *const event_names[] = {"begin",   "1xx",   "2xx",     "3xx-6xx",
                                          "request", "ACK",   "ACK 2xx", "retransmit",
                                          "guard",   "error", NULL};
_Static_assert(sizeof state_names / sizeof *state_names == RD_TX_STATES + 1, "all are named");
_Static_assert(sizeof event_names / sizeof *event_names == RD_TX_EVENTS + 1, "all are named");

#define BIT(id) (UINT32_C(1) << RD_TX_##id)
#define MACHINE(which, title, without_states, without_events)                                      \
  [RD_TX_##which] = {.name = (title),                                                              \
                     .states = state_names,                                                        \
                     .events = event_names,                                                        \
                     .steps = steps[RD_TX_##which],                                                \
                     .stride = sizeof(RdTxStep),                                                   \
                     .n_events = RD_TX_EVENTS,                                                     \
                     .no_states = (without_states),                                                \
                     .no_events = (without_events)}

static const RdMachine machines[RD_TX_MACHINES] = {
    MACHINE(CLIENT_INVITE, "INVITE client", BIT(TRYING) | BIT(CONFIRMED),
            BIT(REQUEST) | BIT(ACK) | BIT(ACK_2XX)),
    MACHINE(CLIENT_OTHER, "non-INVITE client", BIT(CALLING) | BIT(CONFIRMED) | BIT(ACCEPTED),
            BIT(REQUEST) | BIT(ACK) | BIT(ACK_2XX)),
    MACHINE(SERVER_INVITE, "INVITE server", BIT(CALLING) | BIT(TRYING), BIT(ERROR)),
    MACHINE(SERVER_OTHER, "non-INVITE server", BIT(CALLING) | BIT(CONFIRMED) | BIT(ACCEPTED),
            BIT(ACK) | BIT(ACK_2XX) | BIT(RETRANSMIT) | BIT(ERROR))};

const RdTxStep *rd_tx_step(RdTxMachine machine, RdTxState state, RdTxEvent event) {
  const RdTxStep *step = &steps[machine][state][event];
  return step->base.valid ? step : NULL;
}

const RdMachine *rd_tx_machine(RdTxMachine machine) {
  return &machines[machine];
}
