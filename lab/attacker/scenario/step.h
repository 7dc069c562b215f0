/* step.h - one call's way through the commands. Private to the room. */
#pragma once

#include "lab/attacker/scenario/play.h"

#define RD_PLAY_STEPS 10000 /* commands at one time: more is an endless loop, and fails the call */

typedef enum { RD_END_COMPLETED = 0, RD_END_FAILED, RD_END_CUT } RdEnding;

/* player.c */
void rd_play_end(RdPlayer *p, RdCall *call, RdEnding how);
RdTimer rd_play_timer(RdPlayer *p, RdCall *call, RdTime in, bool retransmission);

/* step.c */
bool rd_play_enter(RdPlayer *p, RdCall *call); /* runs up to the first receive; false: it ended */
void rd_play_run(RdPlayer *p, RdCall *call); /* until it has to wait, or ends */
void rd_play_due(RdPlayer *p, RdCall *call); /* a pause or a timeout is over */
void rd_play_again(RdPlayer *p, RdCall *call); /* time to send again */
void rd_play_heard(RdPlayer *p, RdCall *call, const RdMessage *m);
/* Gives up as SIPp does by default: a CANCEL, an ACK or a BYE, and it has failed. */
void rd_play_abort(RdPlayer *p, RdCall *call);
