/* trial_page.c - the page of one trial. */
#include "bench/report/trial_page.h"

#include <math.h>

#include "bench/judge/document.h"
#include "bench/judge/timeline.h"
#include "bench/report/figure.h"
#include "bench/report/report_page.h"

static const char *const world_titles[RD_WORLDS] = {[RD_IN_N] = "in peace",
                                                    [RD_IN_A] = "attack, no defense",
                                                    [RD_IN_B] = "attack and defense",
                                                    [RD_IN_D] = "defense, no attack"};

/* The worlds that are apart: without an attack or a defense some are the same. */
static gboolean is_apart(const RdOutcome *o, unsigned world) {
  const gboolean attack = o->n_attacks > 0;
  return world == RD_IN_N || (world == RD_IN_A && attack) || (world == RD_IN_D && o->guarded) ||
         (world == RD_IN_B && attack && o->guarded);
}

static double lost(const RdOutcome *o, RdWorldOf world) {
  const RdComparisons *c = o->comparisons;
  return (double)(c->calls.lost[world] + c->registers.lost[world] + c->messages.lost[world]);
}

static double attempts(const RdOutcome *o) {
  const RdComparisons *c = o->comparisons;
  return (double)(c->calls.attempts + c->registers.attempts + c->messages.attempts);
}

static char *names_of_defenses(const RdTrial *t) {
  GString *names = g_string_new(NULL);
  for (unsigned i = 0; i < t->n_defenses; i++)
    g_string_append_printf(names, "%s%s", i ? " + " : "", t->defenses[i].name);
  return g_string_free(names, FALSE);
}

/* ---- the answer in words ---------------------------------------------------------------------- */

static void say_attack(GString *page, const char *when, const RdSuccess *s) {
  g_autofree char *effect = rd_figure_number(s->effect), *low = rd_figure_number(s->effect_low);
  g_autofree char *high = rd_figure_number(s->effect_high);
  g_autofree char *threshold = rd_figure_number(s->threshold);
  rd_page_put(page, "<p><b>%s the attack %s.</b> Its effect: %s %s", when,
              s->succeeded ? "succeeded" : "did not succeed", effect, s->unit);
  if (!isnan(s->effect_low))
    rd_page_put(page, " (by this one seed anything from %s to %s)", low, high);
  if (!isnan(s->threshold))
    rd_page_put(page, "; from %s on it counts as a success", threshold);
  rd_page_put(page, ".%s%s</p>\n", *s->why ? " " : "", s->why);
}

static void say_detection(GString *page, const RdOutcome *o) {
  const double *m = o->measures;
  g_autofree char *after = rd_figure_seconds(m[RD_M_TTD]);
  const char *many = m[RD_M_ALERTS] != 1 ? "s" : ""; /* of alerts */
  if (!isnan(m[RD_M_DETECTED]) && m[RD_M_DETECTED] > 0)
    rd_page_put(page, "<p><b>It was detected after %s.</b>", after);
  else if (o->n_attacks > 0 && !o->benign)
    g_string_append(page, "<p><b>It was not detected.</b>");
  else
    g_string_append(page, "<p><b>Nobody attacked.</b>");
  rd_page_put(
      page,
      " The defense raised %.0f alert%s; false alarms, those on one subject within a minute "
      "counted once: %.0f.</p>\n",
      m[RD_M_ALERTS], many, m[RD_M_FALSE_ALARMS]);
}

static void say_price(GString *page, const RdOutcome *o) {
  const double *m = o->measures;
  if (!o->acts)
    g_string_append(page, "<p><b>The defense never touched a message</b>, so nothing that "
                          "legitimate people lost or kept is its doing.</p>\n");
  else
    rd_page_put(page,
                "<p><b>The defense itself cost legitimate people %.0f attempts in peace</b>, and "
                "%.0f more than the attack alone would have; it rescued %.0f.</p>\n",
                m[RD_M_LOST_PEACE], m[RD_M_LOST_BEYOND], m[RD_M_RESCUED]);
}

static gboolean harms_nobody(const RdOutcome *o) {
  return o->n_attacks > 0 && !o->benign && lost(o, RD_IN_A) <= 0;
}

static void put_answer(GString *page, const RdOutcome *o) {
  g_string_append(page, "<section>\n<h2>What came of it</h2>\n");
  if (o->n_attacks > 0 && !o->benign)
    say_attack(page, "Without a defense", &o->subject->alone);
  if (o->n_attacks > 0 && !o->benign && o->guarded)
    say_attack(page, "With the defense", &o->subject->defended);
  if (o->benign && o->n_attacks > 0)
    g_string_append(page,
                    "<p><b>This is a benign twin</b>: it looks like an attack, means no harm, "
                    "and must not be blocked.</p>\n");
  if (o->guarded) {
    say_detection(page, o);
    say_price(page, o);
  }
  if (harms_nobody(o))
    g_string_append(page,
                    "<p class=\"caution\">The attack took nothing from legitimate people even "
                    "without a defense: these boxes have room for it. Make it stronger (its "
                    "parameters: <code>redoubt show NAME</code>) or the boxes weaker to see what a "
                    "defense is worth.</p>\n");
  g_string_append(page,
                  "<p class=\"legend\">One seed is one throw of the dice. To compare defenses, "
                  "let <code>redoubt bench</code> throw many.</p>\n</section>\n");
}

/* ---- over time -------------------------------------------------------------------------------- */

static char *plot(const RdOutcome *o, const RdTimeline *t, gboolean calls, GError **error) {
  RdPageLine lines[RD_WORLDS];
  unsigned n = 0;
  for (unsigned w = 0; w < RD_WORLDS; w++)
    if (is_apart(o, w))
      lines[n++] = (RdPageLine){world_titles[w], calls ? &t->calls[w] : &t->registers[w]};
  return rd_page_service(calls ? "calls" : "registrations",
                         calls ? "Calls of legitimate people that were served"
                               : "Registrations of legitimate people that succeeded",
                         lines, n, &o->facts, error);
}

static void put_plots(GString *page, const RdOutcome *o, char **why) {
  g_autoptr(GError) error = NULL;
  RdTimeline *t = g_new0(RdTimeline, 1);
  rd_timeline_add(t, o->results);
  g_autofree char *calls = plot(o, t, TRUE, &error);
  g_autofree char *registers = error ? NULL : plot(o, t, FALSE, &error);
  g_free(t);
  if (error)
    *why = g_strdup(error->message);
  if (error || (!*calls && !*registers))
    return;
  g_string_append(page, "<section>\n<h2>Over time</h2>\n<div class=\"plots\">\n");
  const char *const svgs[] = {calls, registers};
  for (unsigned i = 0; i < 2; i++)
    if (*svgs[i])
      g_string_append_printf(page, "<figure>\n%s\n</figure>\n", svgs[i]);
  g_string_append(page,
                  "</div>\n<p class=\"legend\">Percent of the attempts that began then. Shaded: "
                  "the attack runs. The same people want the same things at the same times in "
                  "every world.</p>\n</section>\n");
}

/* ---- tables ----------------------------------------------------------------------------------- */

static void put_cells(GString *page, const RdOutcome *o, const char *label,
                      const double values[RD_WORLDS]) {
  rd_page_put(page, "<tr><th scope=\"row\">%s</th>", label);
  for (unsigned w = 0; w < RD_WORLDS; w++) {
    g_autofree char *text = rd_figure_number(values[w]);
    if (is_apart(o, w))
      rd_page_put(page, "<td>%s</td>", text);
  }
  g_string_append(page, "</tr>\n");
}

static const struct {
  const char *label, *path;
  double scale;
} figures[] = {{"calls attempted", "legit.call.attempts", 1},
               {"calls served", "legit.call.served", 1},
               {"calls dropped while talking", "legit.call.dropped", 1},
               {"calls that got a 2xx (SER), %", "legit.call.ser", 1},
               {"until it rings (SRD), 95 of 100 within, ms", "legit.call.srd_ns.p95", 1e-6},
               {"registrations attempted", "legit.register.attempts", 1},
               {"registrations that failed (IRA), %", "legit.register.ira", 1},
               {"until registered (RRD), 95 of 100 within, ms", "legit.register.rrd_ns.p95", 1e-6}};

static void put_worlds(GString *page, const RdOutcome *o) {
  double values[RD_WORLDS];
  g_string_append(page, "<section>\n<h2>The same time in each world</h2>\n<div class=\"wide\">"
                        "<table class=\"pair\">\n<thead><tr><td></td>");
  for (unsigned w = 0; w < RD_WORLDS; w++)
    if (is_apart(o, w))
      rd_page_put(page, "<th scope=\"col\">%s</th>", world_titles[w]);
  g_string_append(page, "</tr></thead>\n<tbody>\n");
  for (unsigned i = 0; i < G_N_ELEMENTS(figures); i++) {
    for (unsigned w = 0; w < RD_WORLDS; w++)
      values[w] = rd_document_number(o->results[w], figures[i].path) * figures[i].scale;
    put_cells(page, o, figures[i].label, values);
  }
  for (unsigned w = 0; w < RD_WORLDS; w++)
    values[w] = lost(o, (RdWorldOf)w);
  g_autofree char *label =
      g_strdup_printf("served in peace and not here, of %.0f attempts", attempts(o));
  put_cells(page, o, label, values);
  g_string_append(
      page, "</tbody></table></div>\n<p class=\"legend\">Legitimate people only. A call that was "
            "busy, declined or left to ring was served: the network did its part. SER, SRD, RRD "
            "and IRA are those of RFC 6076.</p>\n</section>\n");
}

static void put_fact(GString *page, const char *label, const char *text) {
  rd_page_put(page, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n", label, text);
}

static void put_measure(GString *page, const RdOutcome *o, const char *label, RdMeasure m,
                        const char *unit) {
  g_autofree char *text = rd_figure_number(o->measures[m]);
  g_autofree char *whole = g_strdup_printf("%s%s", text, isnan(o->measures[m]) ? "" : unit);
  put_fact(page, label, whole);
}

static void put_defense(GString *page, const RdOutcome *o) {
  if (!o->guarded)
    return;
  g_string_append(page,
                  "<section>\n<h2>How the defense went about it</h2>\n<table class=\"plain\">\n");
  put_measure(page, o, "of the attack's messages that reached it, it looked at", RD_M_JUDGED_ATTACK,
              "");
  put_measure(page, o, "of these, it acted upon (TPR)", RD_M_TPR, "");
  put_measure(page, o, "of legitimate messages it looked at, it acted upon (FPR)", RD_M_FPR, "");
  put_measure(page, o, "precision, if 1 message in 10 000 were hostile", RD_M_PRECISION_BASE, "");
  put_measure(page, o, "its scores: area under the ROC curve", RD_M_ROC_AUC, "");
  put_measure(page, o, "its work, a message (modelled)", RD_M_COST, " ns");
  put_measure(page, o, "its tables, at most", RD_M_STATE_BYTES, " bytes");
  g_string_append(page,
                  "</table>\n<p class=\"legend\">Shares, from 0 to 1. Where a share has no whole "
                  "it is undefined, not 0.</p>\n</section>\n");
}

static void put_ladders(GString *page, const RdTrialPage *given) {
  if (!given->ladders || !given->ladders[0])
    return;
  g_string_append(page, "<section>\n<h2>Message by message</h2>\n");
  for (const char *const *svg = given->ladders; *svg; svg++)
    g_string_append_printf(page, "<figure class=\"wide\">\n%s</figure>\n", *svg);
  g_string_append(page, "</section>\n");
}

static void put_again(GString *page, const RdOutcome *o, const RdTrialPage *given) {
  g_string_append(page, "<section>\n<h2>Again</h2>\n");
  if (given->command)
    rd_page_put(page,
                "<p>The same command gives the same worlds, to the byte:</p>\n<pre>%s</pre>\n",
                given->command);
  rd_page_put(page, "<details>\n<summary>The trial</summary>\n<pre>%s</pre>\n</details>\n",
              given->trial);
  g_string_append(page, "<table class=\"plain\">\n");
  for (unsigned w = 0; w < RD_WORLDS; w++)
    if (is_apart(o, w)) {
      g_autofree char *label = g_strdup_printf("world %s", world_titles[w]);
      put_fact(page, label, o->ids[w]);
    }
  g_string_append(page,
                  "</table>\n<p class=\"legend\">These are a model's answers: service times come "
                  "from a table of assumptions, networks and subscribers are simulated. What "
                  "each word means stands in docs/method.md.</p>\n</section>\n");
}

/* ---- the whole -------------------------------------------------------------------------------- */

static void put_head(GString *page, const RdOutcome *o) {
  const RdTrial *t = o->trial;
  g_autofree char *defenses = names_of_defenses(t);
  g_autofree char *title = o->facts.subject
                               ? g_strdup_printf("%s against %s", o->facts.subject,
                                                 t->n_defenses ? defenses : "no defense")
                               : g_strdup(t->n_defenses ? defenses : t->name);
  rd_page_put(page,
              "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
              "<title>%s - Redoubt</title>\n<style>\n",
              title);
  g_string_append(page, rd_page_style);
  rd_page_put(
      page,
      "pre{overflow-x:auto;background:var(--wash);padding:.6rem 1rem;font:0.85em "
      "ui-monospace,'DejaVu Sans Mono',monospace}\n</style>\n</head>\n<body>\n<main>\n<header>\n"
      "<p class=\"kicker\">Redoubt: one trial</p>\n<h1>%s</h1>\n"
      "<p class=\"facts\">topology %s &#183; %.10g s simulated",
      title, t->topology->name, (double)t->duration / 1e9);
  if (t->warmup > 0)
    rd_page_put(page, ", of which the first %.10g s are warm-up", (double)t->warmup / 1e9);
  if (o->facts.subject)
    rd_page_put(page, " &#183; the attack runs from %.10g s to %.10g s",
                (double)o->facts.start / 1e9, (double)o->facts.stop / 1e9);
  rd_page_put(page, " &#183; seed %" G_GUINT64_FORMAT "</p>\n", t->seed);
  if (o->facts.summary)
    rd_page_put(page, "<p>%s</p>\n", o->facts.summary);
  g_string_append(page, "</header>\n");
}

char *rd_trial_page(const RdOutcome *o, const RdTrialPage *given, char **ret_plots_error) {
  GString *page = g_string_new(NULL);
  *ret_plots_error = NULL;
  put_head(page, o);
  put_answer(page, o);
  put_plots(page, o, ret_plots_error);
  put_worlds(page, o);
  put_defense(page, o);
  put_ladders(page, given);
  put_again(page, o, given);
  g_string_append(page, "</main>\n</body>\n</html>\n");
  return g_string_free(page, FALSE);
}
