/* work.h - one piece of a worker's time, between cpu.c (when it is done) and work.c (what is done). */
#pragma once

#include "lab/drive/sim/world.h"

/* No single work takes longer: a trial is over before. */
#define RD_WORK_LONGEST (1000 * 86400 * RD_SECOND)

typedef enum {
  RD_WORK_MESSAGE,
  RD_WORK_RESUME, /* a held or delayed message goes on */
  RD_WORK_TIMER,
  RD_WORK_START,
  RD_WORK_STOP
} RdWorkKind;

typedef struct RdWork RdWork;
struct RdWork {
  RdWork *next; /* waiting for a worker */
  RdWork *alive_next, **alive_at; /* all of the world's */
  RdSimActor *actor;
  RdSimPool *pool; /* whose worker has it */
  RdWorkKind kind;
  RdParcel *parcel; /* RD_WORK_MESSAGE, RD_WORK_RESUME */
  RdTimer timer;
  uint64_t cookie;
  RdTag tag;
  RdTime arrived, started;
  RdParcel *effects;
};

/* --- work.c --- */
RdWork *rd_work_new(RdSimActor *actor, RdWorkKind kind, const RdTag *tag);
RdWork *rd_work_message(RdParcel *parcel, RdWorkKind kind); /* takes the parcel */
/* Runs the code of it, in no modelled time; its cost is then in the world's context. */
void rd_work_execute(RdWork *work);
void rd_work_flush(RdWork *work); /* its effects leave; takes the work */

/* --- cpu.c --- */
/* Takes work that is not from the wire: it waits for a worker, but in no finite queue. */
void rd_cpu_submit(RdWork *work);
