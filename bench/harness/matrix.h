/* matrix.h - a campaign's answer: a cell an attack x defence setting, summed up over its seeds. */
#pragma once

#include "bench/harness/outcome.h"
#include "bench/harness/statistics.h"

/* k of n seeds, with Wilson's interval. n == 0: undefined. */
typedef struct {
  unsigned k, n;
  RdInterval interval;
} RdShare;

/* What one would say of a cell in one word; how it is decided is in verdict_of(), matrix.c. */
typedef enum {
  RD_SAYS_NOTHING = 0, /* no seed is usable, or there is nothing to say */
  RD_SAYS_LOST, /* the attack succeeded in most seeds */
  RD_SAYS_PARTLY, /* in some */
  RD_SAYS_PRICE, /* in none, but the defence cost legitimate users something */
  RD_SAYS_HELD, /* in none, at no loss */
  RD_SAYS_HARMLESS, /* the attack fails without any defence too */
  RD_SAYS_SPARED, /* twin: the defence lost nothing, neither to the twin nor to others */
  RD_SAYS_HARMED /* twin: it did */
} RdSays;

typedef struct {
  const char *attack, *defense; /* labels, borrowed from the first outcome */
  const char *family, *effect_unit;
  gboolean benign, guarded;
  GPtrArray *outcomes; /* RdOutcome *, all its seeds */
  unsigned usable; /* of them, those judged */
  RdShare detected, succeeded_alone, succeeded;
  double ttd_median; /* s, Kaplan-Meier; NaN: less than half were detected */
  RdSummary measures[RD_MEASURES];
  RdPaired effect_change; /* effect with the defence less effect without */
  double p_adjusted; /* of effect_change, Holm over the settings of the attack */
  RdSays says;
} RdCell;

typedef struct {
  GPtrArray *outcomes; /* owned */
  GPtrArray *cells; /* RdCell *, attacks outermost, in the plan's order */
  GPtrArray *sweeps; /* RdCell *: points of sweeps, which are in none of the other lists */
  GPtrArray *attacks, *defenses; /* labels, borrowed, in the plan's order */
  unsigned seeds;
} RdMatrix;

RdMatrix *rd_matrix_new(RdStore *store, RdParts *parts, GError **error);
const RdCell *rd_matrix_cell(const RdMatrix *matrix, const char *attack, const char *defense);
void rd_matrix_free(RdMatrix *matrix); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdMatrix, rd_matrix_free)

const char *rd_says_word(RdSays says); /* "held" */
