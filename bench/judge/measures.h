/* measures.h - the figures of a row: one line of measure_rows.h each.
 *
 * results.csv, --format json, its schema, the report's tables and the table of docs/result-format.md
 * are made of those lines. Their order is the order of the columns and of the report, and no code leans
 * on it: whoever wants a figure names it, RD_M_SER_B. */
#pragma once

#include <json-glib/json-glib.h>

#include "bench/judge/compare.h"
#include "lab/base/proportion.h"
#include "lab/config/trial.h"
#include "redoubt/evidence.h"

typedef enum {
#define RD_MEASURE(id, ...) RD_M_##id,
#include "bench/judge/measure_rows.h"
#undef RD_MEASURE
  RD_MEASURES
} RdMeasure;

/* What a figure is taken from: one row of a plan, all its worlds finished. */
typedef struct {
  const RdTrial *trial; /* of world B */
  const RdTrialAttack *subject; /* the attack the row speaks of; NULL: there is none */
  JsonObject *const *results; /* result.json, by RdWorldOf */
  const RdComparisons *comparisons; /* attempts begun after the warm-up */
  const RdSuccess *alone, *defended; /* of the subject, in A and in B */
  const RdChange *twin; /* what the defense costs a twin and all others; NULL: not asked */
  const RdDrift *drift; /* of B if the attack begins 1 ms later; NULL: no such world */
  gboolean benign; /* every attack is a twin */
  gboolean guarded; /* there is a defense */
} RdSources;

/* What the quantity can be. */
typedef enum {
  RD_RANGE_POSITIVE = 0, /* 0 and more */
  RD_RANGE_ANY,
  RD_RANGE_SHARE, /* 0 to 1 */
  RD_RANGE_PERCENT, /* 0 to 100 */
  RD_RANGE_POINTS, /* -100 to 100 */
  RD_RANGE_ATTEMPTS, /* 0 to the number of attempts */
  RD_RANGE_EFFECT /* as the attack states it */
} RdRangeOf;

/* What a figure answers; the report's tables are in this order. */
typedef enum {
  RD_Q_DETECTED = 0,
  RD_Q_FAST,
  RD_Q_ACHIEVED,
  RD_Q_LOST_TO_ATTACK,
  RD_Q_LOST_TO_DEFENSE,
  RD_Q_COST,
  RD_QUESTIONS
} RdQuestion;

/* How the report shows a cell's figure. */
typedef enum {
  RD_SHOW_NOT = 0, /* not at all: it is in results.csv and JSON */
  RD_SHOW_SUMMARY, /* mean and interval */
  RD_SHOW_NUMBER, /* mean */
  RD_SHOW_SHARE, /* "4/5 [38, 96] %" of the seeds */
  RD_SHOW_MEDIAN, /* Kaplan-Meier's, of a time that some seeds never reach */
  RD_SHOW_CHANGE /* from the mean of another figure to this one */
} RdShow;

/* In which cells it says anything; elsewhere "-" is shown. */
enum {
  RD_WHERE_GUARDED = 1, /* there is a defense */
  RD_WHERE_TWIN = 2, /* every attack is a twin */
  RD_WHERE_ACTS = 4, /* else "never acts": of a defense that does nothing it would be chance */
  RD_WHERE_SPEAKS = 8, /* likewise, but alerts are enough */
  RD_WHERE_KNOWN = 16 /* it is defined */
};

typedef struct RdMeasureRow RdMeasureRow;
struct RdMeasureRow {
  const char *name; /* "ser_b" */
  const char
      *unit; /* "percent"; "" for counts and shares; more than a word: not in a column's name */
  RdRangeOf range;
  const char *worlds; /* for a reader: "B", "A against N" */
  double (*from)(const RdSources *sources, const RdMeasureRow *row); /* NaN: undefined */
  /* What `from` is told, where it asks: a world, a member of its result.json, what to divide by. */
  RdWorldOf world;
  const char *path;
  double per; /* 0: 1 */
  RdQuestion question;
  RdShow show;
  unsigned where;
  RdMeasure before; /* RD_SHOW_CHANGE: the figure it is a change of */
  const char *of_twin; /* shown instead in a twin's cell; NULL: nothing special */
  const char *label; /* in the report: a few words that complete the question */
  const char *help; /* one sentence for docs and schema */
};

const RdMeasureRow *rd_measure(RdMeasure measure);
const char *rd_measure_name(RdMeasure measure);
char *rd_measure_column(RdMeasure measure); /* in results.csv: "ser_b_percent"; free it */
const char *rd_question_text(RdQuestion question); /* "Was it detected?" */

/* Fills measures[]. */
void rd_measures_take(const RdSources *sources, double measures[RD_MEASURES]);

/* The table of the columns as Markdown, for docs/result-format.md. */
char *rd_measures_table(void);
