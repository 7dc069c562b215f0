/* diameter_table.h - a connection to a Diameter peer as one table (RFC 6733 s5.6, with the watchdog of RFC
 * 3539 s3.4.1). Internal to lab/stack; tests walk it. */
#pragma once

#include "lab/stack/machine.h"

typedef enum {
  RD_PEER_CLOSED = 0,
  RD_PEER_OPENING, /* connecting */
  RD_PEER_ASKING, /* CER is out */
  RD_PEER_WAITING, /* who connected here has to send CER */
  RD_PEER_OPEN,
  RD_PEER_PROBING, /* DWR is out */
  RD_PEER_SUSPECT, /* DWR was not answered: requests go elsewhere */
  RD_PEER_CLOSING, /* DPR was answered; the other side closes */
  RD_PEER_OVER,
  RD_PEER_STATES
} RdPeerState;

typedef enum {
  RD_PEER_CONNECT = 0,
  RD_PEER_OPENED,
  RD_PEER_REFUSED,
  RD_PEER_ACCEPTED,
  RD_PEER_CER, /* acceptable */
  RD_PEER_BAD_CER,
  RD_PEER_CEA,
  RD_PEER_BAD_CEA,
  RD_PEER_MESSAGE, /* any other than those named here */
  RD_PEER_DPR,
  RD_PEER_SILENCE, /* for as long as the state allows */
  RD_PEER_LOST, /* the connection is closed, or its bytes make no sense */
  RD_PEER_STOP, /* the part ends */
  RD_PEER_EVENTS
} RdPeerEvent;

typedef enum {
  RD_PEER_DO_CONNECT = 1 << 0,
  RD_PEER_SEND_CER = 1 << 1,
  RD_PEER_SEND_CEA = 1 << 2,
  RD_PEER_SEND_DWR = 1 << 3,
  RD_PEER_SEND_DPA = 1 << 4,
  RD_PEER_WATCH = 1 << 5, /* silence is counted from now on */
  RD_PEER_UP = 1 << 6, /* requests may go there */
  RD_PEER_FAIL_OVER = 1 << 7, /* what is pending goes elsewhere */
  RD_PEER_CLOSE = 1 << 8, /* the connection */
  RD_PEER_RETRY = 1 << 9, /* who connects tries again later; who was accepted is forgotten */
  RD_PEER_HAND_UP = 1 << 10 /* the message is the user's */
} RdPeerDo;

extern const RdMachine rd_diameter_peer;
