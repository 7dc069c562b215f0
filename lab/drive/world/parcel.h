/* parcel.h - room for messages on their way, and for work: freed ones are used again. */
#pragma once

#include "lab/drive/world/types.h"

void rd_rooms_new(RdWorld *w);
void rd_rooms_free(RdWorld *w); /* and every parcel and work that is still alive */

RdParcel *rd_parcel_new(RdWorld *w, const void *bytes, size_t len);
void rd_parcel_free(RdParcel *parcel); /* NULL is fine */
/* The same parcel with other bytes; the old one is gone. */
RdParcel *rd_parcel_with(RdParcel *parcel, const uint8_t *bytes, size_t len);

/* As the part at that end sees it; valid as long as parcel and room are. */
RdMessage rd_parcel_message(const RdParcel *parcel, uint8_t direction, RdView *room);

typedef enum {
  RD_WORK_MESSAGE,
  RD_WORK_RESUME, /* a held or delayed message goes on */
  RD_WORK_TIMER,
  RD_WORK_START,
  RD_WORK_STOP
} RdWorkKind;

/* One piece of a worker's time. */
struct RdWork {
  RdWork *next; /* waiting for a worker */
  RdWork *alive_next, **alive_at; /* all of the world's */
  RdWorldActor *actor;
  RdWorldPool *pool; /* whose worker has it */
  RdWorkKind kind;
  RdParcel *parcel; /* RD_WORK_MESSAGE, RD_WORK_RESUME */
  RdTimer timer;
  uint64_t cookie;
  RdTag tag;
  RdTime arrived, started;
  RdParcel *effects;
};

RdWork *rd_work_new(RdWorldActor *actor, RdWorkKind kind, const RdTag *tag);
RdWork *rd_work_message(RdParcel *parcel, RdWorkKind kind); /* takes the parcel */
void rd_work_free(RdWork *work); /* and its parcel */
