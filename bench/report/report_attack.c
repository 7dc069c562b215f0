/* report_attack.c - the section of one attack: five questions, a column a defense setting. */
#include <math.h>
#include <string.h>

#include "bench/report/figure.h"
#include "bench/report/report_page.h"

typedef char *(*Figure)(const RdCell *cell);

static unsigned seeds_of(const RdCell *c) {
  return c->outcomes->len;
}

static char *measure(const RdCell *c, RdMeasure m, const char *unit) {
  g_autofree char *text = rd_figure_summary(&c->measures[m], seeds_of(c));
  return c->measures[m].n && *unit ? g_strdup_printf("%s %s", text, unit) : g_steal_pointer(&text);
}

/* Of the attack's messages, nothing is said by a cell without a defense. */
static char *guarded_measure(const RdCell *c, RdMeasure m, const char *unit) {
  return c->guarded ? measure(c, m, unit) : g_strdup("-");
}

static char *detected(const RdCell *c) {
  if (!c->guarded)
    return g_strdup("-");
  return c->benign ? g_strdup("nothing to detect") : rd_figure_share(&c->detected);
}

static char *ttd(const RdCell *c) {
  if (!c->guarded || c->benign)
    return g_strdup("-");
  return isnan(c->ttd_median) ? g_strdup("not in half of the seeds")
                              : rd_figure_median(c->ttd_median, c->ttd_interval);
}

static char *ttm(const RdCell *c) {
  return guarded_measure(c, RD_M_TTM, "s");
}

static char *blocked(const RdCell *c) {
  return guarded_measure(c, RD_M_BLOCKED, "");
}

/* Of a defense that does nothing, what its scores or losses look like is chance. */
static char *active_measure(const RdCell *c, RdMeasure m, gboolean active) {
  return c->guarded && !active ? g_strdup("never acts") : guarded_measure(c, m, "");
}

static char *tpr(const RdCell *c) {
  return guarded_measure(c, RD_M_TPR, "");
}

static char *auc(const RdCell *c) {
  return active_measure(c, RD_M_ROC_AUC, c->acts || c->speaks);
}

static char *judged_attack(const RdCell *c) {
  return guarded_measure(c, RD_M_JUDGED_ATTACK, "");
}

static char *judged_legit(const RdCell *c) {
  return guarded_measure(c, RD_M_JUDGED_LEGIT, "");
}

static char *succeeded(const RdCell *c) {
  return c->benign ? g_strdup("a twin wants nothing") : rd_figure_share(&c->succeeded);
}

static char *effect(const RdCell *c) {
  return measure(c, RD_M_EFFECT, "");
}

static char *worst(const RdCell *c) {
  return isnan(c->measures[RD_M_WORST].mean) ? g_strdup("-") : measure(c, RD_M_WORST, "");
}

static char *threshold(const RdCell *c) {
  return c->benign || isnan(c->threshold) ? g_strdup("-") : rd_figure_number(c->threshold);
}

static char *twin_effect(const RdCell *c) {
  return c->benign ? guarded_measure(c, RD_M_TWIN_EFFECT, "points") : g_strdup("-");
}

/* Where p and the interval seem to say different things, why. */
static char *contradiction(const RdCell *c) {
  const RdInterval i = c->effect_change.difference.interval;
  const size_t n = c->effect_change.ranked;
  const double least = MIN(1, (n < 62 ? 2.0 / (double)(1ULL << n) : 0) * c->settings);
  const gboolean apart = i.low > 0 || i.high < 0;
  if (isnan(c->p_adjusted) || isnan(i.low) || apart == (c->p_adjusted < 0.05))
    return g_strdup("");
  if (!apart)
    return g_strdup(" (the seeds agree on the sign but not on the size: the interval is wide)");
  if (c->p_adjusted > least + 1e-12)
    return g_strdup(" (p goes by ranks, the interval by size)");
  return g_strdup_printf(" (p cannot be smaller: that is the least that ranks of %zu seeds give, "
                         "times %u settings by Holm; read the interval)",
                         n, c->settings);
}

static char *effect_change(const RdCell *c) {
  if (!c->guarded || c->benign)
    return g_strdup("-");
  g_autofree char *change = rd_figure_summary(&c->effect_change.difference, seeds_of(c));
  if (c->effect_change.difference.n && !c->effect_change.ranked)
    return g_strdup_printf("%s; no seed differs", change);
  g_autofree char *p = rd_figure_number(c->p_adjusted), *why = contradiction(c);
  return g_strdup_printf("%s; p = %s%s", change, p, why);
}

static char *why(const RdCell *c) {
  for (guint i = 0; i < c->outcomes->len; i++) {
    const RdOutcome *o = c->outcomes->pdata[i];
    if (!o->why_not && *o->defended.why)
      return g_strdup_printf("%s (seed %" G_GUINT64_FORMAT ")", o->defended.why, o->seed);
  }
  return g_strdup("-");
}

static char *attempts(const RdCell *c) {
  return measure(c, RD_M_ATTEMPTS, "");
}

static char *noise(const RdCell *c) {
  return measure(c, RD_M_NOISE, "");
}

static char *lost_attack(const RdCell *c) {
  return active_measure(c, RD_M_LOST_ATTACK, c->acts);
}

static char *lost_peace(const RdCell *c) {
  return active_measure(c, RD_M_LOST_PEACE, c->acts);
}

static char *lost_beyond(const RdCell *c) {
  return active_measure(c, RD_M_LOST_BEYOND, c->acts);
}

static char *lost_either(const RdCell *c) {
  return active_measure(c, RD_M_LOST_EITHER, c->acts);
}

static char *rescued(const RdCell *c) {
  return active_measure(c, RD_M_RESCUED, c->acts);
}

static char *lost_defense(const RdCell *c) {
  return active_measure(c, RD_M_LOST_DEFENSE, c->acts);
}

static char *interaction(const RdCell *c) {
  return active_measure(c, RD_M_LOST_INTERACTION, c->acts);
}

/* "99.1 -> 45.2" : in the world of nothing, in this one. */
static char *from_to(const RdCell *c, RdMeasure before, RdMeasure after, const char *unit) {
  g_autofree char *x = rd_figure_number(c->measures[before].mean);
  g_autofree char *y = rd_figure_summary(&c->measures[after], seeds_of(c));
  return g_strdup_printf("%s \xe2\x86\x92 %s %s", x, y, unit);
}

static char *lost(const RdCell *c) {
  return from_to(c, RD_M_LOST_ALONE, RD_M_LOST, "");
}

static char *ser(const RdCell *c) {
  return from_to(c, RD_M_SER_N, RD_M_SER_B, "%");
}

static char *srd(const RdCell *c) {
  return from_to(c, RD_M_SRD_N, RD_M_SRD_B, "ms");
}

static char *rrd(const RdCell *c) {
  return from_to(c, RD_M_RRD_N, RD_M_RRD_B, "ms");
}

static char *ira(const RdCell *c) {
  return from_to(c, RD_M_IRA_N, RD_M_IRA_B, "%");
}

static char *twin_ira(const RdCell *c) {
  return c->benign ? from_to(c, RD_M_TWIN_IRA_A, RD_M_TWIN_IRA_B, "%") : g_strdup("-");
}

static char *twin_rrd(const RdCell *c) {
  return c->benign ? from_to(c, RD_M_TWIN_RRD_A, RD_M_TWIN_RRD_B, "ms") : g_strdup("-");
}

static char *peace_ser(const RdCell *c) {
  return c->guarded ? from_to(c, RD_M_SER_N, RD_M_SER_D, "%") : g_strdup("-");
}

static char *fpr(const RdCell *c) {
  return guarded_measure(c, RD_M_FPR, "");
}

static char *base_rate(const RdCell *c) {
  return guarded_measure(c, RD_M_PRECISION_BASE, "");
}

static char *base_rate_low(const RdCell *c) {
  return guarded_measure(c, RD_M_PRECISION_LOW, "");
}

static char *hits_victim(const RdCell *c) {
  return guarded_measure(c, RD_M_HITS_VICTIM, "");
}

static char *victim_alerts(const RdCell *c) {
  return guarded_measure(c, RD_M_VICTIM_ALERTS, "");
}

static char *false_alarms(const RdCell *c) {
  return guarded_measure(c, RD_M_FALSE_ALARMS, "");
}

static char *false_alarms_day(const RdCell *c) {
  return guarded_measure(c, RD_M_FALSE_ALARMS_DAY, "");
}

static char *false_alarms_peace(const RdCell *c) {
  return guarded_measure(c, RD_M_FALSE_ALARMS_PEACE, "");
}

static char *cost(const RdCell *c) {
  return guarded_measure(c, RD_M_COST, "ns");
}

static char *state(const RdCell *c) {
  return guarded_measure(c, RD_M_STATE_BYTES, "bytes");
}

static char *added_srd(const RdCell *c) {
  return guarded_measure(c, RD_M_ADDED_SRD_P95, "ms");
}

static char *added_rrd(const RdCell *c) {
  return guarded_measure(c, RD_M_ADDED_RRD_P95, "ms");
}

/* A row without a figure is a question; it heads the rows that answer it. */
static const struct {
  const char *label;
  Figure figure;
} questions[] = {
    {"Was it detected?", NULL},
    {"seeds with a true alert", detected},
    {"of its messages: looked at", judged_attack},
    {"of its messages: acted upon (TPR)", tpr},
    {"of its messages: blocked", blocked},
    {"score: area under the ROC curve", auc},
    {"How fast?", NULL},
    {"to the first true alert, median", ttd},
    {"to the first message acted upon", ttm},
    {"What did the attacker really achieve?", NULL},
    {"seeds in which it succeeded", succeeded},
    {"effect", effect},
    {"effect in its worst 10 s", worst},
    {"it succeeds from an effect of", threshold},
    {"effect less that without defense", effect_change},
    {"in one seed", why},
    {"What did legitimate users lose to the attack?", NULL},
    {"their attempts after the warm-up", attempts},
    {"lost in all: undefended \xe2\x86\x92 here", lost},
    {"lost to the attack", lost_attack},
    {"lost to either (each alone loses it)", lost_either},
    {"rescued by the defense", rescued},
    {"noise floor: fare otherwise if it begins 1 ms later", noise},
    {"call success (SER): nothing \xe2\x86\x92 here", ser},
    {"set-up delay (SRD) p95: nothing \xe2\x86\x92 here", srd},
    {"registration delay (RRD) p95: nothing \xe2\x86\x92 here", rrd},
    {"registrations failed (IRA): nothing \xe2\x86\x92 here", ira},
    {"What did they lose to the defense?", NULL},
    {"lost in peace: defense alone", lost_peace},
    {"lost beyond what the attack alone loses", lost_beyond},
    {"lost to the defense alone, not to the attack alone", lost_defense},
    {"lost only to both together", interaction},
    {"twin: what it costs it and all others", twin_effect},
    {"call success in peace: nothing \xe2\x86\x92 defense alone", peace_ser},
    {"the twin's registrations failed: undefended \xe2\x86\x92 here", twin_ira},
    {"the twin's registration delay p95: undefended \xe2\x86\x92 here", twin_rrd},
    {"legitimate messages looked at", judged_legit},
    {"of these: acted upon (FPR)", fpr},
    {"precision if 1 message in 10 000 were hostile", base_rate},
    {"the same, for all that so few messages can tell", base_rate_low},
    {"true alerts that name a victim's own as well", hits_victim},
    {"alerts that name a victim alone", victim_alerts},
    {"false alarms", false_alarms},
    {"false alarms a subscriber-day", false_alarms_day},
    {"false alarms in peace", false_alarms_peace},
    {"What did the defense cost?", NULL},
    {"modelled time a judged message", cost},
    {"peak size of its tables", state},
    {"added set-up delay in peace, p95", added_srd},
    {"added registration delay in peace, p95", added_rrd},
};

static void put_row(GString *page, const GPtrArray *cells, unsigned q) {
  if (!questions[q].figure) {
    rd_page_put(page, "<tr class=\"question\"><th scope=\"rowgroup\" colspan=\"%u\">%s</th></tr>\n",
                cells->len + 1, questions[q].label);
    return;
  }
  rd_page_put(page, "<tr><th scope=\"row\">%s</th>", questions[q].label);
  for (guint d = 0; d < cells->len; d++) {
    const RdCell *cell = cells->pdata[d];
    g_autofree char *text = cell->usable ? questions[q].figure(cell) : g_strdup("no result");
    rd_page_put(page, "<td>%s</td>", text);
  }
  g_string_append(page, "</tr>\n");
}

/* The best setting first. */
static void put_table(GString *page, const RdMatrix *m, const char *attack) {
  g_autoptr(GPtrArray) cells = rd_matrix_ordered(m, attack);
  g_string_append(page, "<div class=\"wide\"><table class=\"pair\">\n<thead><tr><td></td>");
  for (guint d = 0; d < cells->len; d++) {
    const RdCell *cell = cells->pdata[d];
    g_autofree char *colour = rd_page_colour(cell);
    g_string_append_printf(page, "<th scope=\"col\" class=\"unknown\"%s>", colour);
    rd_page_put(page, "%s</th>", cell->defense);
  }
  g_string_append(page, "</tr></thead>\n<tbody>\n");
  for (unsigned q = 0; q < G_N_ELEMENTS(questions); q++)
    put_row(page, cells, q);
  g_string_append(page, "</tbody></table></div>\n");
}

static const RdOutcome *outcome_of(const RdMatrix *m, const char *attack) {
  for (guint i = 0; i < m->outcomes->len; i++) {
    const RdOutcome *o = m->outcomes->pdata[i];
    if (!o->why_not && strcmp(o->attack, attack) == 0 && o->trial->n_attacks > 0)
      return o;
  }
  return NULL;
}

void rd_page_attack(GString *page, const RdMatrix *m, const char *attack, const char *plots) {
  const RdOutcome *o = outcome_of(m, attack);
  rd_page_put(page, "<h2>%s</h2>\n", attack);
  if (o) {
    const RdTrialAttack *a = &o->trial->attacks[0];
    const RdCell *cell = rd_matrix_cell(m, attack, o->defense);
    rd_page_put(page,
                "<p class=\"facts\">%s%s &#183; from %.10g s to %.10g s, from %" G_GUINT64_FORMAT
                " %s%s%s</p>\n",
                o->benign ? "Benign twin. " : "", a->part->plugin.summary, (double)a->start / 1e9,
                (double)a->stop / 1e9, (guint64)a->entities,
                a->entities == 1 ? "address" : "addresses",
                *cell->effect_unit ? ". Effect in " : "", cell->effect_unit);
  }
  g_string_append(page, plots);
  put_table(page, m, attack);
}
