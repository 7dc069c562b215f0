/* outcome.h - one row of a plan, judged: what four worlds on one seed say together.
 *
 * Worlds are named as in compare.h: N nothing, A attack, B both, D defense alone. */
#pragma once

#include <json-glib/json-glib.h>

#include "bench/judge/measures.h"
#include "bench/judge/predicate.h"
#include "bench/run/store.h"

typedef struct {
  char *attack, *defense; /* labels */
  /* Of a sweep's row: the setting swept, the defense in it, its parameter and value; else "". */
  char *sweep_of, *instance, *parameter, *value;
  guint64 seed;
  char *ids[RD_WORLDS];
  char *why_not; /* NULL: all worlds are there. Else which is not and why; nothing below is set */
  RdTrial *trial; /* of world B */
  JsonObject *results[RD_WORLDS];
  gboolean benign; /* every attack of the trial is a twin */
  gboolean guarded; /* there is a defense */
  gboolean acts; /* one did something to a message, in B or in D */
  gboolean speaks; /* or raised an alert */
  RdSuccess alone, defended; /* of the attack that the row speaks of, in A and in B */
  RdRange twin; /* RD_M_TWIN_EFFECT's interval by this one seed */
  RdComparisons comparisons; /* attempts begun after the warm-up */
  double measures[RD_MEASURES]; /* once a row; NaN: undefined there */
} RdOutcome;

/* A world that is missing, failed or cannot be read, and a predicate that gave no answer, are told
 * in why_not; NULL with *error only if the trial itself cannot be
 * built. */
RdOutcome *rd_outcome_new(RdStore *store, RdParts *parts, const RdPlanRow *row,
                          RdPredicates *predicates, GError **error);
void rd_outcome_free(RdOutcome *outcome); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdOutcome, rd_outcome_free)

const char *rd_world_name(RdWorldOf world); /* "nothing", "attack", "attack and defense"... */
