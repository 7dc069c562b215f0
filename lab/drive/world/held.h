/* held.h - messages that defenses hold, and how they go on. */
#pragma once

#include "lab/drive/world/parcel.h"

/* Carries out a HOLD; takes the parcel. */
void rd_held_put(RdWorldJudge *judge, const RdChainResult *result, RdParcel *parcel);
/* False: not held, or no verdict. */
bool rd_held_release(RdWorldJudge *judge, RdTicket ticket, const RdVerdict *verdict);
