/* acts.h - what parts are told to do from outside: by a trial's `acts:`, or by who steps the world. */
#pragma once

#include "lab/drive/world/types.h"

/* Carries it out at once, with all members of a defense, and logs it in acts.yaml, which a trial's `acts:`
 * may name: the same world then comes of it, to the byte, if each act came after all that happened at its
 * time. False: the part refused. */
bool rd_acts_do(RdWorld *w, const RdTrialAct *act, char reply[RD_REPLY]);
bool rd_acts_close(RdWorld *w, GError **error); /* the log */
