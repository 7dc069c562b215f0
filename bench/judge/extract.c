/* extract.c - where figures come from. */
#include "bench/judge/extract.h"

#include <math.h>

#include "bench/judge/document.h"

static double scaled(double value, const RdMeasureRow *row) {
  return row->per > 0 ? value / row->per : value;
}

/* ---- of a single world ------------------------------------------------------------------------ */

double rd_from_result(const RdSources *in, const RdMeasureRow *row) {
  return scaled(rd_document_number(in->results[row->world], row->path), row);
}

double rd_from_attack(const RdSources *in, const RdMeasureRow *row) {
  if (!in->subject || !in->guarded)
    return NAN;
  JsonObject *attack = rd_document_named(in->results[RD_IN_B], "attacks", in->subject->name);
  return attack ? scaled(rd_document_number(attack, row->path), row) : NAN;
}

/* NaN counts as nothing there, not as 0: the first defined value stands alone. */
static double add_defined(double sum, double value) {
  return isnan(sum) ? value : isnan(value) ? sum : sum + value;
}

static double max_defined(double most, double value) {
  return isnan(most) ? value : isnan(value) ? most : MAX(most, value);
}

/* One figure of a defense, as its world tells it. */
typedef double (*OfDefense)(JsonObject *defense, const RdMeasureRow *row);

/* A setting of several defenses: costs add up; of rates, the highest of them is shown. One that is not
 * told of in both worlds is left out. */
static double over_defenses(const RdSources *in, const RdMeasureRow *row, OfDefense of,
                            double (*combine)(double, double)) {
  double all = NAN;
  for (unsigned i = 0; i < in->trial->n_defenses; i++) {
    const char *name = in->trial->defenses[i].name;
    JsonObject *b = rd_document_named(in->results[RD_IN_B], "defenses", name);
    JsonObject *d = rd_document_named(in->results[RD_IN_D], "defenses", name);
    if (b && d)
      all = combine(all, of(row->world == RD_IN_D ? d : b, row));
  }
  return all;
}

static double member(JsonObject *defense, const RdMeasureRow *row) {
  return scaled(rd_document_number(defense, row->path), row);
}

double rd_from_defenses_sum(const RdSources *in, const RdMeasureRow *row) {
  return over_defenses(in, row, member, add_defined);
}

double rd_from_defenses_most(const RdSources *in, const RdMeasureRow *row) {
  return over_defenses(in, row, member, max_defined);
}

/* NaN: none reached it. */
static double judged_share(JsonObject *defense, const char *const classes[2]) {
  double judged = 0, passed_by = 0;
  for (unsigned i = 0; i < 2 && classes[i]; i++) {
    g_autofree char *yes = g_strdup_printf("judged.%s.n", classes[i]);
    g_autofree char *no = g_strdup_printf("not_judged.%s.n", classes[i]);
    judged += rd_document_number(defense, yes);
    passed_by += rd_document_number(defense, no);
  }
  return judged + passed_by > 0 ? judged / (judged + passed_by) : NAN;
}

static double judged_attack(JsonObject *defense, const RdMeasureRow *row) {
  static const char *const hostile[2] = {"attack", NULL};
  (void)row;
  return judged_share(defense, hostile);
}

static double judged_legit(JsonObject *defense, const RdMeasureRow *row) {
  static const char *const legitimate[2] = {"benign", "twin"};
  (void)row;
  return judged_share(defense, legitimate);
}

double rd_from_judged_attack(const RdSources *in, const RdMeasureRow *row) {
  return over_defenses(in, row, judged_attack, max_defined);
}

double rd_from_judged_legit(const RdSources *in, const RdMeasureRow *row) {
  return over_defenses(in, row, judged_legit, max_defined);
}

/* ---- the predicate's word --------------------------------------------------------------------- */

static const RdSuccess *success_of(const RdSources *in, const RdMeasureRow *row) {
  return row->world == RD_IN_A ? in->alone : in->defended;
}

double rd_from_succeeded(const RdSources *in, const RdMeasureRow *row) {
  return in->subject && !in->benign ? success_of(in, row)->succeeded : NAN;
}

double rd_from_effect(const RdSources *in, const RdMeasureRow *row) {
  return success_of(in, row)->effect;
}

double rd_from_effect_low(const RdSources *in, const RdMeasureRow *row) {
  return success_of(in, row)->effect_low;
}

double rd_from_effect_high(const RdSources *in, const RdMeasureRow *row) {
  return success_of(in, row)->effect_high;
}

double rd_from_worst(const RdSources *in, const RdMeasureRow *row) {
  return success_of(in, row)->worst;
}

double rd_from_threshold(const RdSources *in, const RdMeasureRow *row) {
  (void)row;
  return in->defended->threshold;
}

/* ---- attempts over worlds --------------------------------------------------------------------- */

#define KINDS 3

static void kinds_of(const RdSources *in, const RdComparison *kinds[KINDS]) {
  kinds[0] = &in->comparisons->registers;
  kinds[1] = &in->comparisons->calls;
  kinds[2] = &in->comparisons->messages;
}

static uint64_t attempts(const RdSources *in) {
  const RdComparison *kinds[KINDS];
  uint64_t n = 0;
  kinds_of(in, kinds);
  for (unsigned k = 0; k < KINDS; k++)
    n += kinds[k]->attempts;
  return n;
}

double rd_from_attempts(const RdSources *in, const RdMeasureRow *row) {
  (void)row;
  return (double)attempts(in);
}

static double lost_in(const RdSources *in, RdWorldOf world) {
  const RdComparison *kinds[KINDS];
  uint64_t n = 0;
  kinds_of(in, kinds);
  for (unsigned k = 0; k < KINDS; k++)
    n += kinds[k]->lost[world];
  return attempts(in) > 0 ? (double)n : NAN;
}

double rd_from_lost(const RdSources *in, const RdMeasureRow *row) {
  return lost_in(in, row->world);
}

double rd_from_lost_peace(const RdSources *in, const RdMeasureRow *row) {
  (void)row;
  return in->guarded ? lost_in(in, RD_IN_D) : NAN;
}

double rd_from_lost_beyond(const RdSources *in, const RdMeasureRow *row) {
  const RdComparison *kinds[KINDS];
  uint64_t n = 0;
  (void)row;
  kinds_of(in, kinds);
  for (unsigned k = 0; k < KINDS; k++)
    n += kinds[k]->combinations[rd_combination(true, true, false, false)] +
         kinds[k]->combinations[rd_combination(true, true, false, true)];
  return in->guarded && attempts(in) > 0 ? (double)n : NAN;
}

static double fate(const RdSources *in, RdFate of) {
  const RdComparison *kinds[KINDS];
  uint64_t n = 0;
  kinds_of(in, kinds);
  for (unsigned k = 0; k < KINDS; k++)
    n += kinds[k]->fates[of];
  return attempts(in) > 0 ? (double)n : NAN;
}

#define FATE(name, of)                                                                             \
  double name(const RdSources *in, const RdMeasureRow *row) {                                      \
    (void)row;                                                                                     \
    return fate(in, of);                                                                           \
  }
FATE(rd_from_fate_attack, RD_FATE_LOST_TO_ATTACK)
FATE(rd_from_fate_defense, RD_FATE_LOST_TO_DEFENSE)
FATE(rd_from_fate_either, RD_FATE_EITHER)
FATE(rd_from_fate_interaction, RD_FATE_INTERACTION)
FATE(rd_from_fate_rescued, RD_FATE_RESCUED)
FATE(rd_from_fate_baseline, RD_FATE_BASELINE)

double rd_from_added_srd(const RdSources *in, const RdMeasureRow *row) {
  (void)row;
  return in->guarded ? in->comparisons->calls.added[RD_IN_D].p95 / 1e6 : NAN;
}

double rd_from_added_rrd(const RdSources *in, const RdMeasureRow *row) {
  (void)row;
  return in->guarded ? in->comparisons->registers.added[RD_IN_D].p95 / 1e6 : NAN;
}

double rd_from_twin(const RdSources *in, const RdMeasureRow *row) {
  (void)row;
  if (!in->twin || in->twin->attempts == 0)
    return NAN;
  return 100 * ((double)in->twin->lost - (double)in->twin->gained) / (double)in->twin->attempts;
}

double rd_from_drift(const RdSources *in, const RdMeasureRow *row) {
  (void)row;
  return in->drift ? (double)(in->drift->served_differs + in->drift->missing) : NAN;
}
