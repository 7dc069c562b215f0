/* intercept.h - attacks that stand on a line: what crosses there is theirs to read, drop, delay, hold and
 * rewrite. Messages of a connection keep their order. */
#pragma once

#include "lab/drive/world/parcel.h"

/* Puts every attack of the trial on the lines that it listens on. */
void rd_intercept_new(RdWorld *w);
/* A message leaves an attachment, or has come to it. What goes on now; NULL: nothing, it is kept or gone.
 * What was kept goes on later by RdUpward.crossed. */
RdParcel *rd_intercept(RdParcel *parcel, RdWorldAttachment *at);
/* Ends a HOLD of this attack. False: it is not held any more. */
bool rd_intercept_release(RdWorldActor *attack, RdTicket ticket, const RdVerdict *verdict);
/* The stream goes: what is kept of it never comes. */
void rd_intercept_forget(RdStream *stream);
void rd_intercept_free(RdWorld *w); /* what is still held */
