/* predicate.h - asks the attacks' own predicates about the worlds of a row, in a process of its own:
 * one that crashes, loops or ends the process costs its row and nothing else. */
#pragma once

#include "bench/judge/compare.h"
#include "lab/config/trial.h"
#include "redoubt/evidence.h"

/* For all predicates of a row together, unless said otherwise. */
#define RD_PREDICATE_TIMEOUT_MS 60000
/* An attack that took longer in so many rows is not asked in further ones: a loop is found soon. */
#define RD_PREDICATE_TIMEOUTS 3

typedef struct RdPredicates RdPredicates;
RdPredicates *rd_predicates_new(gint64 timeout_ms);
void rd_predicates_free(RdPredicates *predicates); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdPredicates, rd_predicates_free)

/* `alone` (A against N) and `defended` (B against D) have room for every attack of the trial. NULL: all
 * were asked. Else why not, in one line that names the attack; free it. */
char *rd_predicates_ask(RdPredicates *predicates, const RdTrial *trial,
                        const char *const folders[RD_WORLDS], RdSuccess *alone,
                        RdSuccess *defended);
