/* call_table.h - what a call goes through at its caller and at its callee, as tables (RFC 3261 s13,
 * s9.1, s15; RFC 3262; RFC 3312). */
#pragma once

#include "lab/stack/machine.h"

typedef enum {
  CALL_NEW = 0,
  CALL_INVITED, /* caller: INVITE sent. Callee: ringing */
  CALL_RESERVING, /* the media's bearers are not there yet, and the callee must not ring (RFC 3312) */
  CALL_CANCELLED, /* caller: CANCEL sent, waiting for the 487 */
  CALL_REDIALLING, /* caller: waiting to try again */
  CALL_TALKING,
  CALL_ENDING, /* BYE sent */
  CALL_OVER,
  CALL_STATES
} CallState;

typedef enum {
  CALL_DIAL = 0, /* caller: it begins. Callee: an INVITE rings */
  CALL_UNREGISTERED, /* caller: it has nobody to ask */
  CALL_UNSENT, /* INVITE or BYE could not be sent */
  CALL_PROVISIONAL,
  CALL_ANSWER, /* caller: the first 2xx, which makes the dialog. Callee: picked up */
  CALL_AGAIN, /* the same 2xx again, or another of its dialog */
  CALL_STRAY, /* a 2xx of no dialog of the call's */
  CALL_UNREACHED, /* the network failed it, and there is a try left */
  CALL_REFUSED, /* any other failure. Callee: declined, busy, or rung out */
  CALL_GUARD, /* the timer of the state */
  CALL_CANCEL, /* caller: CANCEL could be sent. Callee: it came */
  CALL_ACK, /* callee: in its dialog */
  CALL_NO_ACK, /* callee: none came */
  CALL_BYE, /* came */
  CALL_BYE_DONE, /* the own one was answered, or never will be */
  CALL_RESERVE, /* both sides know of the preconditions. Callee: as the INVITE comes */
  CALL_MET, /* what the own side waits for is there */
  CALL_BROKEN, /* caller: PRACK or UPDATE failed. Callee: no PRACK came */
  CALL_EVENTS
} CallEvent;

typedef enum {
  CALL_DO_INVITE = 1 << 0,
  CALL_DO_RING = 1 << 1, /* caller: hears it ring. Callee: rings */
  CALL_DO_ACK = 1 << 2,
  CALL_DO_TALK = 1 << 3,
  CALL_DO_HEAR = 1 << 4, /* the caller's media, which its ACK stands for */
  CALL_DO_REDIAL = 1 << 5,
  CALL_DO_LOSE_PATIENCE = 1 << 6, /* told by CANCEL, UNREACHED or REFUSED */
  CALL_DO_WAIT = 1 << 7, /* for the 487 */
  CALL_DO_REFUSE = 1 << 8, /* caller: reports it. Callee: says so */
  CALL_DO_HANG_UP = 1 << 9, /* told by UNSENT if it cannot */
  CALL_DO_PART = 1 << 10, /* the other side hears nothing from now on */
  CALL_DO_END = 1 << 11,
  CALL_DO_RESERVE = 1 << 12,
  CALL_DO_UPDATE = 1 << 13 /* told by BROKEN if it cannot */
} CallDo;

extern const RdMachine ue_caller, ue_callee;
