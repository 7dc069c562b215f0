/* work.h - what a message does on a worker: judges, handler, effects. When it gets one: cpu.h. */
#pragma once

#include "lab/drive/world/cpu.h"

void rd_work_execute(
    RdWork *work); /* its code, in no modelled time; its cost is then in the context */
void rd_work_flush(RdWork *work); /* its effects leave; takes the work */
/* What parts do of themselves (a defense's timer): begins and ends work that no worker has. */
void rd_work_begin(RdWorldActor *actor, const RdTag *tag);
void rd_work_end(RdWorld *w);
/* Judges and sends on behalf of the work in hand; takes the parcel. */
void rd_work_send(RdParcel *parcel, bool judge);
/* The same for a defense, unjudged: tagged as what it begins itself. */
void rd_work_send_unjudged(RdParcel *parcel, const RdTag *tag);
/* The tag of the next thing that the actor in hand begins. */
RdTag rd_work_tag(RdWorld *w);
/* Closes a connection once what the work in hand has sent on it has left. */
void rd_work_close(RdStream *stream);
void rd_work_spend(const RdWorldHost *by, uint32_t row, uint64_t bytes, uint64_t occupancy);
void rd_work_resume(void *parcel); /* a delayed or released message goes on */
