/* verdict.h - one judged message as a line of JSON: the verdict stream that simulator, replay and
 * inline all write, and that parity compares byte by byte. */
#pragma once

#include <glib.h>

#include "redoubt/defense.h"
#include "redoubt/message.h"

/* Appends {"n","time","src","dst","method" or "status","action","code","score","class","reason",
 * "defects"} and a newline. time in seconds with nine decimals; what does not apply is null, the score
 * of a message that nobody judged among it. */
void rd_verdict_line(GString *out, uint64_t n, RdTime time, const RdMessage *message,
                     const RdVerdict *verdict);

/* Of several defenses' verdicts on one message, the one that stands in the stream: the one that ended
 * its way, else the highest score, any score above none. */
typedef struct {
  RdVerdict verdict;
  bool any;
} RdWorst;
RdWorst rd_worst_none(void); /* to begin with: a PASS by nobody */
void rd_worst_add(RdWorst *g, const RdVerdict *verdict);
