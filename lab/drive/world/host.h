/* host.h - what the world lends an actor and a defense alike. */
#pragma once

#include "lab/drive/world/types.h"

/* Clock, chance, counters, logs and costs; the rest is for actor.c and judge.c to set. */
void rd_world_host_init(RdWorldHost *host, RdWorld *w, const RdPart *part, const char *name);
void rd_world_host_clear(RdWorldHost *host);
/* What a part asks to be sent, as a parcel; NULL: it cannot be. owner NULL: an actor's. */
RdParcel *rd_world_parcel(RdWorldAttachment *attachment, RdWorldJudge *owner, const RdSend *send);
/* The address of node `name` as seen over an attachment. */
bool rd_world_resolve(RdWorldAttachment *attachment, const char *name, RdAddress *ret);
/* A place as parts are told of it. */
RdPlace rd_world_place(const RdWorld *w, const RdTrialPlace *at);
