/* external.h - programs outside that stand for nodes of the trial (nodes/external): started, heard, measured and
 * ended. */
#pragma once

#include "lab/drive/world/types.h"

typedef struct RdExternal RdExternal;

static inline bool rd_is_external(const RdWorldActor *actor) {
  return actor->part->plugin.external;
}
/* Of an attachment of such a node. NULL with *error: its network is not loopback's. */
RdExternal *rd_external_new(RdWorldAttachment *attachment, GError **error);
/* A datagram that it sent, or that is sent to it: its calls are measured by these. */
void rd_external_saw(RdExternal *x, const RdParcel *parcel, bool from_it);
RdTag rd_external_tag(RdExternal *x, uint64_t entity); /* of the next message that comes from it */
/* Starts what is asked for: callees now, and is back when they are there; callers in their time. */
bool rd_external_start(RdExternal *x, const char *folder, GError **error);
/* Ends it, and reports what calls have not been yet. False: it failed. */
bool rd_external_finish(RdExternal *x, GError **error);
void rd_external_free(RdExternal *x); /* kills what still runs; NULL is fine */
