/* outcome.h - one row of a plan, judged: what four worlds on one seed say together.
 *
 * Worlds are named as in compare.h: N nothing, A attack, B both, D defense alone. */
#pragma once

#include <json-glib/json-glib.h>

#include "bench/judge/compare.h"
#include "bench/run/store.h"
#include "lab/base/proportion.h"
#include "lab/config/trial.h"
#include "redoubt/evidence.h"

/* What is measured once a row; NaN: undefined there. Order is that of the columns of results.csv. */
typedef enum {
  RD_M_EFFECT_ALONE = 0, /* the attack's own measure, without the defense: A against N */
  RD_M_EFFECT_ALONE_LOW, /* its interval by this one seed */
  RD_M_EFFECT_ALONE_HIGH,
  RD_M_WORST_ALONE, /* and in its worst 10 s */
  RD_M_EFFECT, /* the same with the defense: B against D */
  RD_M_EFFECT_LOW,
  RD_M_EFFECT_HIGH,
  RD_M_WORST,
  RD_M_THRESHOLD, /* of the effect, as the attack states it */
  RD_M_DETECTED, /* 0 or 1 */
  RD_M_TTD, /* s, from the attack's start; undefined if not detected */
  RD_M_TTM, /* s, to the first message acted upon */
  RD_M_TPR, /* a message at a time */
  RD_M_FPR,
  RD_M_PRECISION_BASE, /* at the base rate 1e-4 */
  RD_M_PRECISION_LOW, /* the same with the upper end of the FPR's interval */
  RD_M_ROC_AUC,
  RD_M_JUDGED_LEGIT, /* share of legitimate messages (a twin's too) that the defense looked at */
  RD_M_JUDGED_ATTACK, /* and of the attack's */
  RD_M_ACTED, /* messages it did anything to, whosever, in world B */
  RD_M_ALERTS, /* in world B */
  RD_M_HITS_VICTIM, /* alerts on what is the attack's and somebody else's as well, in world B */
  RD_M_VICTIM_ALERTS, /* on whom the attack aimed at, and never was */
  RD_M_FALSE_ALARMS, /* merged, in world B */
  RD_M_FALSE_ALARMS_PEACE, /* in world D: nobody attacks */
  RD_M_FALSE_ALARMS_DAY, /* per subscriber-day, in world B */
  RD_M_BLOCKED, /* share of the attack's messages */
  RD_M_ATTEMPTS, /* legitimate attempts after the warm-up, calls and registrations */
  RD_M_LOST_ALONE, /* of these: served with nothing, not with the attack alone */
  RD_M_LOST, /* and not with attack and defense */
  RD_M_LOST_PEACE, /* served with nothing, not with the defense alone: what it costs in peace */
  RD_M_LOST_BEYOND, /* served with nothing and with the attack alone, not with both: what it costs
                       beyond the attack */
  RD_M_LOST_ATTACK, /* classes of compare.h */
  RD_M_LOST_DEFENSE,
  RD_M_LOST_EITHER,
  RD_M_LOST_INTERACTION,
  RD_M_RESCUED,
  RD_M_BASELINE,
  RD_M_NOISE, /* attempts that fare otherwise if in world B the attack begins 1 ms later */
  RD_M_COST, /* modelled ns a judged message */
  RD_M_STATE_BYTES, /* peak of its tables */
  RD_M_ADDED_SRD_P95, /* ms, D less N, over calls that both set up */
  RD_M_ADDED_RRD_P95, /* ms, likewise registrations */
  RD_M_SER_N, /* percent, legitimate calls */
  RD_M_SER_A,
  RD_M_SER_B,
  RD_M_SER_D,
  RD_M_SRD_N, /* p95, ms */
  RD_M_SRD_A,
  RD_M_SRD_B,
  RD_M_SRD_D,
  RD_M_RRD_N, /* p95, ms */
  RD_M_RRD_A,
  RD_M_RRD_B,
  RD_M_RRD_D,
  RD_M_IRA_N, /* percent of registrations that failed */
  RD_M_IRA_A,
  RD_M_IRA_B,
  RD_M_IRA_D,
  RD_M_TWIN_EFFECT, /* of a twin: points of attempts, its own and all others, that the defense costs:
                       B against A */
  RD_M_TWIN_IRA_A, /* percent of the twin's own registrations that failed */
  RD_M_TWIN_IRA_B,
  RD_M_TWIN_RRD_A, /* their p95, ms */
  RD_M_TWIN_RRD_B,
  RD_MEASURES
} RdMeasure;

const char *rd_measure_name(RdMeasure measure); /* "ser_b" */
const char *rd_measure_unit(RdMeasure measure); /* "percent"; "" for counts and ratios */

typedef enum {
  RD_RANGE_POSITIVE = 0, /* 0 and more */
  RD_RANGE_ANY,
  RD_RANGE_SHARE, /* 0 to 1 */
  RD_RANGE_PERCENT, /* 0 to 100 */
  RD_RANGE_POINTS, /* -100 to 100 */
  RD_RANGE_ATTEMPTS, /* 0 to the number of attempts */
  RD_RANGE_EFFECT /* as the attack states it */
} RdRangeOf;
RdRangeOf rd_measure_range(RdMeasure measure); /* what the quantity can be */

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
  RdSuccess alone, defended; /* of the first attack, in A and in B */
  RdRange twin; /* RD_M_TWIN_EFFECT's interval by this one seed */
  RdComparisons comparisons; /* attempts begun after the warm-up */
  double measures[RD_MEASURES];
} RdOutcome;

/* A world that is missing or failed is told in why_not; NULL with *error only if what is there
 * cannot be read. */
RdOutcome *rd_outcome_new(RdStore *store, RdParts *parts, const RdPlanRow *row, GError **error);
void rd_outcome_free(RdOutcome *outcome); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdOutcome, rd_outcome_free)

const char *rd_world_name(RdWorldOf world); /* "nothing", "attack", "attack and defense"... */
