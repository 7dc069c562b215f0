/* actor.h - what the world lends a node or an attack. */
#pragma once

#include "lab/drive/world/host.h"

RdWorldActor *rd_actor_new(RdWorld *w, const RdPart *part, const char *name, const void *config,
                           unsigned index, bool is_attack);
bool rd_actor_open(RdWorldActor *actor, GError **error);
void rd_actor_close(RdWorldActor *actor); /* the part */
void rd_actor_free(RdWorldActor *actor); /* NULL is fine */
