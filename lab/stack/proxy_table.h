/* proxy_table.h - what a proxy's INVITE goes through, from its arrival to its final answer, as one
 * table (RFC 3261 s16.6 to s16.8, s9.1). Internal to lab/stack; tests walk it. */
#pragma once

#include "lab/stack/machine.h"

typedef enum {
  RD_PX_RECEIVED = 0, /* and to be decided on */
  RD_PX_WAITING, /* the decision waits for somebody else's word */
  RD_PX_RESUMED, /* ... which came, or it is to go another way: to be decided on */
  RD_PX_CALLING, /* forwarded, nothing heard */
  RD_PX_PROCEEDING, /* a provisional answer came */
  RD_PX_CANCELLING, /* to be cancelled as soon as it may be: not before a provisional answer */
  RD_PX_CANCELLED, /* CANCEL is out */
  RD_PX_ANSWERED, /* by the callee's side, or given up; there may be more answers */
  RD_PX_OVER,
  RD_PX_STATES
} RdProxyState;

typedef enum {
  RD_PX_WAIT = 0,
  RD_PX_RESUME,
  RD_PX_FORWARDED,
  RD_PX_NO_ROOM, /* for a client transaction */
  RD_PX_100,
  RD_PX_1XX, /* 101 to 199 */
  RD_PX_FINAL, /* or a timeout, or a failure of the transport */
  RD_PX_CANCEL, /* the caller's side wants it */
  RD_PX_CANCEL_SENT,
  RD_PX_TIMER_C,
  RD_PX_AGAIN, /* it is to go another way */
  RD_PX_ENDED, /* both transactions are */
  RD_PX_EVENTS
} RdProxyEvent;

typedef enum {
  RD_PX_WATCH = 1 << 0, /* timer C begins, or begins anew */
  RD_PX_UNWATCH = 1 << 1,
  RD_PX_SEND_CANCEL = 1 << 2, /* told by CANCEL_SENT, if it could be written */
  RD_PX_WATCH_CANCEL = 1 << 3, /* 64*T1 for the CANCEL to have an effect */
  RD_PX_GIVE_UP = 1 << 4, /* 408 to the caller's side, and no word to the callee's */
  RD_PX_REFUSE = 1 << 5, /* 503 to the caller's side */
  RD_PX_TERMINATE = 1 << 6 /* 487 to the caller's side */
} RdProxyDo;

extern const RdMachine rd_proxy_invite;
