/* measures.c - the figures of a row, and what else is made of their lines. */
#include "bench/judge/measures.h"

#include <string.h>

#include "bench/judge/extract.h"

static const RdMeasureRow rows[RD_MEASURES] = {
#define RD_MEASURE(id, ...) [RD_M_##id] = {__VA_ARGS__},
#include "bench/judge/measure_rows.h"
#undef RD_MEASURE
};

const RdMeasureRow *rd_measure(RdMeasure measure) {
  return &rows[measure];
}

const char *rd_measure_name(RdMeasure measure) {
  return rows[measure].name;
}

/* A unit of several words is none that a column's name can end in. */
char *rd_measure_column(RdMeasure measure) {
  const RdMeasureRow *row = &rows[measure];
  gboolean plain = *row->unit == '\0' || strchr(row->unit, ' ');
  return plain ? g_strdup(row->name) : g_strdup_printf("%s_%s", row->name, row->unit);
}

const char *rd_question_text(RdQuestion question) {
  static const char *const texts[RD_QUESTIONS] = {
      [RD_Q_DETECTED] = "Was it detected?",
      [RD_Q_FAST] = "How fast?",
      [RD_Q_ACHIEVED] = "What did the attacker really achieve?",
      [RD_Q_LOST_TO_ATTACK] = "What did legitimate users lose to the attack?",
      [RD_Q_LOST_TO_DEFENSE] = "What did they lose to the defense?",
      [RD_Q_COST] = "What did the defense cost?"};
  return texts[question];
}

void rd_measures_take(const RdSources *sources, double measures[RD_MEASURES]) {
  for (unsigned m = 0; m < RD_MEASURES; m++)
    measures[m] = rows[m].from(sources, &rows[m]);
}

/* What the figure can be, for a reader. */
static const char *kind_of(const RdMeasureRow *row) {
  if (*row->unit)
    return strchr(row->unit, ' ') ? "the attack's" : row->unit;
  return row->range == RD_RANGE_SHARE      ? "share"
         : row->range == RD_RANGE_ATTEMPTS ? "attempts"
                                           : "count";
}

char *rd_measures_table(void) {
  GString *table = g_string_new("| column | what | worlds | unit |\n|---|---|---|---|\n");
  RdQuestion last = RD_QUESTIONS;
  for (unsigned m = 0; m < RD_MEASURES; m++) {
    const RdMeasureRow *row = &rows[m];
    g_autofree char *column = rd_measure_column((RdMeasure)m);
    if (row->question != last)
      g_string_append_printf(table, "| **%s** | | | |\n", rd_question_text(row->question));
    last = row->question;
    g_string_append_printf(table, "| `%s` | %s | %s | %s |\n", column, row->help, row->worlds,
                           kind_of(row));
  }
  return g_string_free(table, FALSE);
}
