/* outcome.h - one row of a plan, judged: what its worlds on one seed say together.
 *
 * Worlds are named as in compare.h: N nothing, A attack, B both, D defense alone. A campaign has many
 * thousand rows, so an outcome keeps its figures and a few facts; trees of JSON and the trial go when
 * they have been read (rd_outcome_forget). */
#pragma once

#include <json-glib/json-glib.h>

#include "bench/judge/measures.h"
#include "bench/judge/predicate.h"
#include "bench/run/store.h"

/* An attack of the row's trial, and what its own predicate says. */
typedef struct {
  const char *name; /* interned */
  RdAttackRole role;
  RdSuccess alone, defended; /* in A against N, in B against D */
} RdOutcomeAttack;

/* Of whom the row speaks, and when. Texts are interned. */
typedef struct {
  const char *topology;
  RdTime duration, warmup;
  const char *subject; /* name of the attack; NULL: there is none */
  const char *summary, *family;
  RdTime start, stop;
  guint64 entities;
  const char *attack_set, *defense_set; /* what differs from their parts' defaults */
  const char *parameters[3]; /* parameters.h: of nodes, attacks, defenses */
} RdOutcomeFacts;

/* Of one defense in world B: rows of threshold, FPR, TPR. */
typedef struct {
  const char *defense; /* interned */
  unsigned n;
  double (*points)[3];
} RdRoc;

typedef struct {
  const RdPlanRow *row; /* of the plan, borrowed, as are: */
  const char *attack, *defense; /* labels */
  guint64 seed;
  const char *ids[RD_WORLDS]; /* borrowed too */
  char *why_not; /* NULL: all worlds are there. Else which is not and why; nothing below is set */
  RdOutcomeFacts facts;
  gboolean benign; /* every attack of the trial is a twin */
  gboolean guarded; /* there is a defense */
  gboolean acts; /* one did something to a message, in B or in D */
  gboolean speaks; /* or raised an alert */
  RdOutcomeAttack *attacks;
  unsigned n_attacks;
  const RdOutcomeAttack
      *subject; /* one of them; never NULL: of a trial without attacks, an empty one */
  RdRange twin; /* RD_M_TWIN_EFFECT's interval by this one seed */
  RdRoc *rocs;
  unsigned n_rocs;
  double measures[RD_MEASURES]; /* once a row; NaN: undefined there */
  /* NULL once forgotten. */
  RdTrial *trial; /* of world B */
  JsonObject *results[RD_WORLDS];
  RdComparisons *comparisons; /* attempts begun after the warm-up */
} RdOutcome;

/* The row has to outlive it. A world that is missing, failed or cannot be read, and a predicate that gave no answer, are told
 * in why_not; NULL with *error only if the trial itself cannot be built. */
RdOutcome *rd_outcome_new(RdStore *store, RdParts *parts, const RdPlanRow *row,
                          RdPredicates *predicates, GError **error);
/* Lets go of trial, results and comparisons. */
void rd_outcome_forget(RdOutcome *outcome);
void rd_outcome_free(RdOutcome *outcome); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdOutcome, rd_outcome_free)

const char *rd_world_name(RdWorldOf world); /* "nothing", "attack", "attack and defense"... */
const char *rd_world_kind(RdWorldOf world); /* in a plan: RD_KIND_NOTHING... */
