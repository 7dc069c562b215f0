#include "lab/stack/transaction_table.h"

#define STEP(actions, retransmit, guard, next)                                                     \
  { true, actions, retransmit, guard, RD_TX_##next }

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
                                     [RD_TX_GUARD] = STEP(0, '-', '-', TERMINATED)},
                [RD_TX_ACCEPTED] = {[RD_TX_2XX] = STEP(RD_TX_UP, 0, 0, ACCEPTED),
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
                [RD_TX_COMPLETED] = {[RD_TX_GUARD] = STEP(0, '-', '-', TERMINATED)},
            },
        [RD_TX_SERVER_INVITE] =
            {
                [RD_TX_START] = {[RD_TX_BEGIN] = STEP(RD_TX_UP, 0, 0, PROCEEDING)},
                [RD_TX_PROCEEDING] = {[RD_TX_REQUEST] = STEP(RD_TX_RESEND, 0, 0, PROCEEDING),
                                      [RD_TX_1XX] = STEP(RD_TX_RESPOND, 0, 0, PROCEEDING),
                                      [RD_TX_2XX] = STEP(RD_TX_RESPOND, 'X', 'L', ACCEPTED),
                                      [RD_TX_3_6XX] = STEP(RD_TX_RESPOND, 'G', 'H', COMPLETED)},
                [RD_TX_COMPLETED] = {[RD_TX_REQUEST] = STEP(RD_TX_RESEND, 0, 0, COMPLETED),
                                     [RD_TX_RETRANSMIT] = STEP(RD_TX_RESEND, 'G', 0, COMPLETED),
                                     [RD_TX_GUARD] = STEP(RD_TX_NO_ACK, '-', '-', TERMINATED),
                                     [RD_TX_ACK] = STEP(0, '-', 'I', CONFIRMED)},
                [RD_TX_CONFIRMED] = {[RD_TX_ACK] = STEP(0, 0, 0, CONFIRMED),
                                     [RD_TX_GUARD] = STEP(0, '-', '-', TERMINATED)},
                [RD_TX_ACCEPTED] = {[RD_TX_REQUEST] = STEP(0, 0, 0, ACCEPTED),
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
                [RD_TX_TRYING] = {[RD_TX_REQUEST] = STEP(0, 0, 0, TRYING),
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

const RdTxStep *rd_tx_step(RdTxMachine machine, RdTxState state, RdTxEvent event) {
  return &steps[machine][state][event];
}

const char *rd_tx_machine_name(RdTxMachine machine) {
  static const char *const names[] = {"INVITE client", "non-INVITE client", "INVITE server",
                                      "non-INVITE server"};
  return names[machine];
}

const char *rd_tx_state_name(RdTxState state) {
  static const char *const names[] = {"Start",     "Calling",   "Trying",   "Proceeding",
                                      "Completed", "Confirmed", "Accepted", "Terminated"};
  return names[state];
}

const char *rd_tx_event_name(RdTxEvent event) {
  static const char *const names[] = {"begin", "1xx",     "2xx",        "3xx-6xx", "request",
                                      "ACK",   "ACK 2xx", "retransmit", "guard",   "error"};
  return names[event];
}
