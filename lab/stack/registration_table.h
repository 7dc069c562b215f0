/* registration_table.h - a phone's attempt to register, as a table (TS 24.229 s5.1.1.2, RFC 3310).
 * Internal to lab/stack; tests walk it. */
#pragma once

#include "lab/stack/machine.h"

typedef enum {
  RD_RG_IDLE = 0,
  RD_RG_ASKING, /* the first REGISTER is out */
  RD_RG_PROVING, /* the one with the answer to the challenge is */
  RD_RG_WAITING, /* told "not now": before the next try */
  RD_RG_OVER,
  RD_RG_STATES
} RdRegistrationState;

typedef enum {
  RD_RG_BEGIN = 0,
  RD_RG_PROVISIONAL,
  RD_RG_ACCEPTED, /* 2xx */
  RD_RG_CHALLENGED, /* 401 */
  RD_RG_NOT_NOW, /* 408, 5xx, no answer at all */
  RD_RG_REFUSED, /* anything else */
  RD_RG_PROVED, /* the answer to the challenge has been sent */
  RD_RG_UNPROVED, /* it could not be: no such key, a network that is not ours, one challenge too many */
  RD_RG_UNSENT, /* a first REGISTER could not be sent */
  RD_RG_AGAIN, /* the wait is over */
  RD_RG_TOO_LATE, /* the wait would end after the owner's patience */
  RD_RG_GIVE_UP, /* patience is over, or the phone goes off */
  RD_RG_EVENTS
} RdRegistrationEvent;

typedef enum {
  RD_RG_SEND = 1 << 0, /* the first REGISTER */
  RD_RG_PROVE = 1 << 1, /* told by PROVED or UNPROVED */
  RD_RG_WAIT = 1 << 2, /* told by TOO_LATE if there is no time for it */
  RD_RG_SUCCEED = 1 << 3,
  RD_RG_FAIL = 1 << 4,
  RD_RG_RETRY = 1 << 5 /* counts one */
} RdRegistrationDo;

extern const RdMachine rd_registration;
