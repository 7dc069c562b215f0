/* transaction_table.h - the four transaction machines as one table: state x event -> step.
 *
 * RFC 3261 s17.1.1.2 (figure 5), s17.1.2.2 (figure 6), s17.2.1 (figure 7), s17.2.2 (figure 8), with
 * RFC 6026's Accepted state. Internal to lab/stack; tests walk it. */
#pragma once

#include "lab/stack/machine.h"

typedef enum {
  RD_TX_CLIENT_INVITE = 0,
  RD_TX_CLIENT_OTHER,
  RD_TX_SERVER_INVITE,
  RD_TX_SERVER_OTHER,
  RD_TX_MACHINES
} RdTxMachine;

typedef enum {
  RD_TX_START = 0,
  RD_TX_CALLING,
  RD_TX_TRYING,
  RD_TX_PROCEEDING,
  RD_TX_COMPLETED,
  RD_TX_CONFIRMED,
  RD_TX_ACCEPTED,
  RD_TX_TERMINATED,
  RD_TX_STATES
} RdTxState;

typedef enum {
  RD_TX_BEGIN = 0, /* the request is sent, or has arrived */
  RD_TX_1XX, /* clients: received; servers: the user responds */
  RD_TX_2XX,
  RD_TX_3_6XX,
  RD_TX_REQUEST, /* the request again */
  RD_TX_ACK, /* with the INVITE's branch */
  RD_TX_ACK_2XX, /* of the dialog, with a branch of its own */
  RD_TX_RETRANSMIT, /* timer A, E or G; X for a reliable 2xx */
  RD_TX_GUARD, /* timer B, D, F, H, I, J, K, L or M */
  RD_TX_ERROR, /* the transport failed */
  RD_TX_EVENTS
} RdTxEvent;

typedef enum {
  RD_TX_SEND = 1 << 0, /* the request, again or for the first time */
  RD_TX_RESPOND = 1 << 1, /* keep and send the response in hand */
  RD_TX_RESEND = 1 << 2, /* the response kept, if there is one */
  RD_TX_SEND_ACK = 1 << 3,
  RD_TX_UP = 1 << 4, /* the message goes to the user */
  RD_TX_TIMEOUT = 1 << 5, /* 408 to the user */
  RD_TX_FAILURE = 1 << 6, /* 503 to the user */
  RD_TX_NO_ACK = 1 << 7
} RdTxAction;

/* Timers are named by their letters; '-' stops the one that runs and 0 leaves it alone. There are
 * two of them in a transaction: one that retransmits and one that ends a state. */
typedef struct {
  RdStep base; /* RdTxAction, RdTxState */
  char retransmit, guard;
} RdTxStep;

/* NULL: the event cannot come in that state, or the user cannot answer so there. */
const RdTxStep *rd_tx_step(RdTxMachine machine, RdTxState state, RdTxEvent event);
const RdMachine *rd_tx_machine(RdTxMachine machine);
