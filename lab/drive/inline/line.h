/* line.h - an access line's rate, delay and queue, ahead of the kernel: loopback has none of them. Pure. */
#pragma once

#include <glib.h>

#include "lab/config/topology.h"

typedef struct {
  RdLine spec;
  RdTime idle_at; /* what has been sent is on the line until then */
  GArray *starts; /* RdTime: of those that wait for their turn; NULL: none so far */
  guint begun; /* of these, how many have had it */
} RdLiveLine;

/* Puts so many octets on the line; *ret: when they have crossed it. False: its queue is full. */
bool rd_live_line_enter(RdLiveLine *line, RdTime now, size_t octets, RdTime *ret);
/* The same for a stream: TCP would wait, so no queue is ever full. */
RdTime rd_live_line_stream(RdLiveLine *line, RdTime now, size_t octets);
void rd_live_line_clear(RdLiveLine *line);
