/* cpu.h - the queueing server of a node: a receive queue for each address it listens at, and the workers
 * that share them. */
#pragma once

#include "lab/drive/world/parcel.h"

/* No single work takes longer: a trial is over before. */
#define RD_WORK_LONGEST (1000 * 86400 * RD_SECOND)

void rd_cpu_init(RdWorldActor *actor, const RdCpu *spec); /* once its attachments are known */
void rd_cpu_clear(RdWorldActor *actor);
void rd_cpu_arrive(RdParcel *parcel);
void rd_cpu_timer(RdWorldActor *actor, RdTimer timer, uint64_t cookie, const RdTag *tag);
void rd_cpu_start(RdWorldActor *actor); /* the actor's start(), or its stop() when it is over */
void rd_cpu_stop(RdWorldActor *actor);
/* Takes work that is not from the wire: it waits for a worker, but in no finite queue. */
void rd_cpu_submit(RdWork *work);
double rd_cpu_load(const RdWorldAttachment *attachment);
void rd_cpu_count(RdWorldActor *actor, RdNodeCounts *ret); /* and tells the result of each queue */
