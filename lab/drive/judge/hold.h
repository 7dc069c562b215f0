/* hold.h - messages that one defense holds, and what ends a hold. Common to all drivers. */
#pragma once

#include <glib.h>

#include "lab/codec/codec.h"

/* Messages one defense may hold at once: no older one is given up, the next is not held. */
#define RD_HOLDS_MOST 65536

typedef struct {
  RdTicket ticket;
  void *message; /* the driver's; NULL where nothing goes on (replay) */
  RdTime deadline;
  uint64_t event; /* the driver's, of the deadline */
  void *user; /* the driver's */
  uint8_t fallback; /* RD_PASS or RD_DROP */
} RdHeld;

typedef struct RdHolds RdHolds;
RdHolds *rd_holds_new(void);
void rd_holds_free(RdHolds *holds); /* NULL is fine; messages are the driver's */
/* Holds what a RD_HOLD verdict says, until `deadline`. NULL: its ticket is 0 or held already, or there
 * are too many; the message then goes on under rd_hold_fallback(). */
RdHeld *rd_holds_put(RdHolds *holds, const RdVerdict *verdict, void *message, RdTime deadline);
RdHeld *rd_holds_find(RdHolds *holds, RdTicket ticket); /* NULL: not held */
void rd_holds_remove(RdHolds *holds, RdHeld *held); /* frees it */
unsigned rd_holds_count(const RdHolds *holds);

/* The verdict that a hold ends in by itself. */
RdVerdict rd_hold_fallback(uint8_t fallback);
/* A verdict of release(), taken whatever its size is. A REWRITE is carried out at once, as its edits do not
 * outlive the call: then *ret_bytes (owned, else NULL) is the message to go on with, and the verdict a
 * PASS; or a DROP, if they cannot be made. False: it is no verdict. */
bool rd_hold_release(const RdVerdict *given, const RdMessage *message, RdVerdict *ret,
                     char **ret_bytes, size_t *ret_len);
/* A copy that outlives the defense's call: its challenge is its own, classes and reason are gone. g_free. */
RdVerdict *rd_verdict_keep(const RdVerdict *verdict);
