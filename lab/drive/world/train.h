/* train.h - many datagrams of one flow, told by a part as one send: one event where nothing on the way could tell
 * the difference, each for itself everywhere else. */
#pragma once

#include "lab/drive/world/types.h"

/* How many of a train begun now are sent before its sender stops. */
uint64_t rd_train_length(const RdWorldActor *sender, const RdSend *send);
/* Does the whole of it cross as one event: lines without a rate, no defense, capture, rule or attack at either
 * end, and a receiver that is infinitely fast? */
bool rd_train_is_one(const RdParcel *parcel);
/* Sends all but the first one, each at its time, as what the work tagged so would send; the parcel stays the
 * caller's, and is the first. `judge`: as in rd_work_send(). */
void rd_train_follow(RdParcel *parcel, const RdTag *work, bool judge);
