/* verdict.h - one judged message as a line of JSON: the verdict stream that simulator, replay and
 * inline all write, and that parity compares byte by byte. */
#pragma once

#include <glib.h>

#include "redoubt/defense.h"
#include "redoubt/message.h"

/* Appends {"n","time","src","dst","method" or "status","action","code","score","class","reason",
 * "defects"} and a newline. time in seconds with nine decimals; what does not apply is null. */
void rd_verdict_line(GString *out, uint64_t n, RdTime time, const RdMessage *message,
                     const RdVerdict *verdict);

/* Of several defences' verdicts on one message, the one that stands in the stream: the one that ended
 * its way, else the highest score. Begin with zeroes; verdict is a PASS of score 0 while none came. */
typedef struct {
  RdVerdict verdict;
  bool any;
} RdGravest;
void rd_gravest_add(RdGravest *g, const RdVerdict *verdict);

const char *rd_action_name(uint8_t action); /* "pass", "drop", "reject"... */
