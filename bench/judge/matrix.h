/* matrix.h - a campaign's answer: a cell an attack x defense setting, summed up over its seeds. */
#pragma once

#include "bench/judge/outcome.h"
#include "bench/judge/statistics.h"
#include "bench/judge/timeline.h"

/* k of n seeds, with Wilson's interval. n == 0: undefined. */
typedef struct {
  unsigned k, n;
  RdInterval interval;
} RdShare;

/* What one would say of a cell in one word: by the interval of its mean effect against the threshold that
 * the attack states. What the defense costs legitimate people has no say in it. rd_cell_outcome_of(). */
typedef enum {
  RD_CELL_NOTHING = 0, /* no seed is usable, or there is nothing to say */
  RD_CELL_LOST, /* wholly at or above */
  RD_CELL_OPEN, /* the seeds do not decide, here or undefended */
  RD_CELL_HELD, /* wholly below, and undefended wholly at or above */
  RD_CELL_MINOR, /* wholly below, undefended too, and wholly above 0: somebody loses something */
  RD_CELL_HARMLESS, /* wholly below, undefended too, and 0 within it */
  RD_CELL_SPARED, /* twin: what the defense costs it and all others is wholly below */
  RD_CELL_HARMED /* twin: wholly at or above */
} RdCellOutcome;

typedef struct {
  const char *attack, *defense; /* labels, borrowed from the first outcome */
  const char *effect_unit;
  const RdOutcomeFacts *facts; /* of its first usable seed; NULL: there is none */
  gboolean benign, guarded;
  gboolean acts, speaks; /* in any seed the defense did something to a message; raised an alert */
  GPtrArray *outcomes; /* RdOutcome *, all its seeds */
  RdTimeline *timeline; /* NULL: the point of a sweep */
  unsigned usable; /* of them, those judged */
  RdShare detected, succeeded_alone, succeeded;
  double ttd_median; /* s, Kaplan-Meier; NaN: less than half were detected */
  RdInterval ttd_interval; /* of that median */
  double threshold; /* NaN: none is stated */
  RdBounds bounds; /* of the effect */
  /* With a single seed, effects have the interval that this seed gives by itself. */
  RdSummary measures[RD_MEASURES];
  RdPaired effect_change; /* effect with the defense less effect without */
  double p_adjusted; /* of effect_change, Holm over the settings of the attack */
  unsigned settings; /* how many that were */
  RdCellOutcome says;
} RdCell;

typedef struct {
  GPtrArray *rows; /* RdPlanRow *: the plan, owned */
  GPtrArray *outcomes; /* owned */
  GPtrArray *cells; /* RdCell *, attacks outermost, in the plan's order */
  GPtrArray *sweeps; /* RdCell *: points of sweeps, which are in none of the other lists */
  GPtrArray *attacks, *defenses; /* labels, borrowed, in the plan's order */
  unsigned seeds;
} RdMatrix;

/* One attack of a cell that has several, by its own predicate. */
typedef struct {
  const char *name, *unit;
  RdAttackRole role;
  double threshold; /* NaN: none is stated */
  RdShare succeeded_alone, succeeded; /* of no seed, if it has no predicate */
  RdSummary effect_alone, effect;
} RdCellAttack;

/* All attacks of a cell, the one it speaks of among them; free the array. */
RdCellAttack *rd_cell_attacks(const RdCell *cell, unsigned *ret_n);

/* All predicates of a row get `timeout_ms` (predicate.h). */
RdMatrix *rd_matrix_new(RdStore *store, RdParts *parts, gint64 timeout_ms, GError **error);
const RdCell *rd_matrix_cell(const RdMatrix *matrix, const char *attack, const char *defense);
void rd_matrix_free(RdMatrix *matrix); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdMatrix, rd_matrix_free)

/* The effect that the cell's word speaks of: the attack's, or what the defense costs a twin and all
 * others. */
const RdSummary *rd_cell_effect(const RdCell *cell);
/* In how many seeds a figure that is 0 or 1 is 1, of those where it is defined. */
RdShare rd_cell_share(const RdCell *cell, RdMeasure measure);
/* The cells of an attack, those without a defense first, then by mean effect; free the array. */
GPtrArray *rd_matrix_ordered(const RdMatrix *matrix, const char *attack);

const char *rd_cell_outcome_name(RdCellOutcome says); /* "held" */
/* The word for an attack's cell, by the intervals of the mean effect here and undefended. */
RdCellOutcome rd_cell_outcome_of(RdInterval here, RdInterval undefended, double threshold);
