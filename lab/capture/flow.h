/* flow.h - follows TCP connections (RFC 9293) and cuts their bytes into messages, by the protocol of
 * the port they go to (codec.h), SIP if it has none.
 *
 * At most 4096 connections (the one idle for longest is forgotten); out of order, at most 64
 * segments or 256 kB a direction wait for the missing one, then the gap is given up and counted.
 * After a gap, in mid-stream, or behind what breaks the framing, reading goes on at the next
 * segment line that looks like the start of a message. */
#pragma once

#include "redoubt/base.h"

typedef struct RdFlows RdFlows;

typedef struct {
  uint64_t segments; /* with payload */
  uint64_t gaps; /* given up */
  uint64_t skipped; /* bytes passed over while looking for a message */
  uint64_t broken; /* streams whose framing broke */
  uint64_t pings; /* CRLF CRLF */
  uint64_t forgotten; /* connections evicted */
} RdFlowCounts;

typedef void (*RdFlowMessage)(void *user, RdConn conn, const RdAddress *src, const RdAddress *dst,
                              const uint8_t *bytes, size_t len);

RdFlows *rd_flows_new(RdFlowMessage message, void *user);
/* A segment: TCP header and payload. src and dst get their ports here. False: not a TCP segment. */
bool rd_flows_add(RdFlows *f, const RdAddress *src, const RdAddress *dst, const uint8_t *segment,
                  size_t len);
/* The capture is over: missing segments will not come, what waits behind them is read. */
void rd_flows_finish(RdFlows *f);
RdFlowCounts rd_flows_counts(const RdFlows *f);
void rd_flows_free(RdFlows *f); /* NULL is fine */
