/* flow.h - between flow.c (datagrams) and flow_stream.c (TCP as one event a segment group). */
#pragma once

#include "lab/drive/sim/carriers.h"

typedef struct {
  uint64_t under_way; /* datagrams on the wire */
  struct RdFlowSegment *segments; /* alive */
} RdFlowNetwork;

typedef struct {
  ns3c_flow *up, *down; /* to the hub, from it */
} RdFlowLine;

bool rd_flow_connect(RdStream *stream);
bool rd_flow_write(RdStream *stream, const uint8_t *bytes, size_t len, const RdTag *tag);
void rd_flow_close(RdStream *stream);
void rd_flow_wake(RdStream *stream);
void rd_flow_forget(RdStream *stream);
void rd_flow_segments_free(RdFlowNetwork *net);
