/* calibrate.c - `redoubt calibrate`: what judging costs on this machine, as a cost table.
 *
 * The simulator's costs are a model of some box; this machine is another one. What travels between
 * them is the ratio of a judge's time to the scan of the same message: the table written has that
 * ratio times the modelled cost of the scan. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/judges.h"
#include "cli/options.h"
#include "lab/config/costs.h"
#include "lab/drive/timing/fit.h"
#include "lab/drive/timing/timing.h"
#include "lab/plugin/files.h"
#include "lab/text/quantity.h"

typedef struct {
  char *costs_path, *output, *format;
  gint rounds;
  gboolean json;
} Options;

typedef struct {
  RdTimingPoint points[RD_TIMING_POINTS];
  RdFit fit; /* in modelled ns */
  gboolean kept; /* the base table says that it is free, and so it stays */
} Measured;

static int fail(const char *format, ...) G_GNUC_PRINTF(1, 2);
static int fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  fprintf(stderr, "redoubt calibrate: %s\n", text);
  return RD_EXIT_FAILED;
}

/* --- measuring and fitting -------------------------------------------------------------------- */

static double modelled_scan(RdCosts *costs, double bytes) {
  return (double)rd_costs_ns(costs, rd_costs_row(costs, NULL, "scan"), (uint64_t)bytes, 0, 0);
}

/* A row of the part's own that costs nothing at any size is a decision (the placebo's), no estimate. */
static gboolean free_by_decision(RdCosts *costs, const RdPart *part) {
  const uint32_t own = rd_costs_row(costs, part, "judge");
  return own != rd_costs_row(costs, NULL, "judge") &&
         rd_costs_ns(costs, own, 1u << 20, 1u << 20, 0) == 0;
}

static gboolean measure(const RdJudge *judge, RdCosts *costs, unsigned rounds, Measured *ret,
                        GError **error) {
  const RdTimingSpec spec = {.rounds = rounds, .seed = 1};
  RdFitPoint points[RD_TIMING_POINTS];
  if (!rd_timing_defense(judge->part, judge->config, &spec, ret->points, error))
    return FALSE;
  for (unsigned i = 0; i < RD_TIMING_POINTS; i++) {
    const RdTimingPoint *p = &ret->points[i];
    points[i] =
        (RdFitPoint){p->bytes, (double)p->entries, p->ratio * modelled_scan(costs, p->bytes)};
  }
  ret->kept = free_by_decision(costs, judge->part);
  if (rd_fit_cost(points, RD_TIMING_POINTS, &ret->fit))
    return TRUE;
  g_set_error(error, RD_TIMING_ERROR, 0, "%s: the clock of this machine gave no usable times",
              judge->part->plugin.name);
  return FALSE;
}

static uint64_t picoseconds(double ns) {
  return (uint64_t)(ns * 1000 + 0.5);
}

static void put_row(RdCosts *costs, const RdJudge *judge, const Measured *m) {
  if (!m->kept)
    rd_costs_set(costs, judge->part->plugin.name, "judge", picoseconds(m->fit.base),
                 picoseconds(m->fit.per_byte), picoseconds(m->fit.per_doubling));
}

/* --- printing --------------------------------------------------------------------------------- */

/* `.member = "cost", `, or nothing where there is no cost. */
static void print_cost(const char *member, double ns) {
  const uint64_t ps = picoseconds(ns);
  g_autofree char *text = rd_quantity_picoseconds_text((int64_t)ps);
  if (ps > 0 || strcmp(member, "base") == 0)
    printf(" .%s = \"%s\",", member, text);
}

static void print_row(const RdJudge *judge, const Measured *m) {
  if (m->kept)
    return;
  printf("%-16s {.operation = \"judge\",", judge->part->plugin.name);
  print_cost("base", m->fit.base);
  print_cost("per_byte", m->fit.per_byte);
  print_cost("per_doubling", m->fit.per_doubling);
  printf(" .source = \"measured: redoubt calibrate\"},\n");
}

static void print_text(const RdJudges *judges, const Measured *all) {
  printf("%-16s %8s %6s %9s %9s %9s %7s %6s\n", "defense", "sources", "bytes", "entries", "scan ns",
         "judge ns", "ratio", "acted");
  for (unsigned i = 0; i < judges->n; i++)
    for (unsigned k = 0; k < RD_TIMING_POINTS; k++) {
      const RdTimingPoint *p = &all[i].points[k];
      printf("%-16s %8u %6u %9" G_GUINT64_FORMAT " %9.1f %9.1f %7.3f %5.1f%%\n",
             judges->judges[i].part->plugin.name, p->sources, p->bytes, p->entries, p->scan_ns,
             p->judge_ns, p->ratio, 100 * p->acted);
    }
  printf("\njudge in the model: ratio x the modelled scan, fitted\n");
  for (unsigned i = 0; i < judges->n; i++) {
    const RdFit *f = &all[i].fit;
    printf("%-16s ", judges->judges[i].part->plugin.name);
    if (all[i].kept)
      printf("free by the table's own row, and stays so\n");
    else
      printf(
          "%.0f ns + %.3f ns a byte + %.0f ns a doubling of its entries (off by at most %.0f %%)\n",
          f->base, f->per_byte, f->per_doubling, 100 * f->worst);
  }
  printf("\nas the row of a part's own costs, for its C file (-o FILE: as a cost table):\n");
  for (unsigned i = 0; i < judges->n; i++)
    print_row(&judges->judges[i], &all[i]);
}

static void add(JsonBuilder *json, const char *name, double value) {
  json_builder_set_member_name(json, name);
  if (isfinite(value))
    json_builder_add_double_value(json, value);
  else
    json_builder_add_null_value(json);
}

static void add_point(JsonBuilder *json, const RdTimingPoint *p) {
  json_builder_begin_object(json);
  add(json, "sources", p->sources);
  add(json, "bytes", p->bytes);
  add(json, "entries", (double)p->entries);
  add(json, "scan_ns", p->scan_ns);
  add(json, "judge_ns", p->judge_ns);
  add(json, "ratio", p->ratio);
  add(json, "acted", p->acted);
  json_builder_end_object(json);
}

static void print_json(const RdJudges *judges, const Measured *all) {
  g_autoptr(JsonBuilder) json = json_builder_new();
  json_builder_begin_object(json);
  json_builder_set_member_name(json, "defenses");
  json_builder_begin_array(json);
  for (unsigned i = 0; i < judges->n; i++) {
    json_builder_begin_object(json);
    rd_cli_member(json, "defense", judges->judges[i].part->plugin.name);
    json_builder_set_member_name(json, "points");
    json_builder_begin_array(json);
    for (unsigned k = 0; k < RD_TIMING_POINTS; k++)
      add_point(json, &all[i].points[k]);
    json_builder_end_array(json);
    json_builder_set_member_name(json, "free_by_decision");
    json_builder_add_boolean_value(json, all[i].kept);
    add(json, "base_ns", all[i].fit.base);
    add(json, "per_byte_ns", all[i].fit.per_byte);
    add(json, "per_doubling_ns", all[i].fit.per_doubling);
    add(json, "fit_off_by", all[i].fit.worst);
    json_builder_end_object(json);
  }
  json_builder_end_array(json);
  json_builder_end_object(json);
  rd_cli_print_json(json);
}

static int write_table(const Options *o, const RdCosts *costs) {
  g_autoptr(GError) error = NULL;
  g_autofree char *rows = rd_costs_yaml(costs);
  g_autofree char *text = g_strconcat("# Written by `redoubt calibrate`: the rows of the table it "
                                      "was given, and for each defense it\n"
                                      "# timed a row \"judge\": its time on the machine that ran "
                                      "it, as a ratio to the scan of the\n"
                                      "# same message, times the modelled scan.\n",
                                      rows, NULL);
  if (g_file_set_contents(o->output, text, -1, &error))
    return RD_EXIT_DONE;
  return fail("%s", error->message);
}

/* --- the command ------------------------------------------------------------------------------ */

static int calibrate(const Options *o, RdParts *parts, const RdJudges *judges) {
  g_autoptr(GError) error = NULL;
  g_autofree char *shipped = rd_files_costs();
  g_autoptr(RdCosts) costs = rd_costs_load(o->costs_path ? o->costs_path : shipped, parts, &error);
  if (!costs)
    return rd_options_fail("calibrate", g_steal_pointer(&error), RD_EXIT_USAGE);
  g_autofree Measured *all = g_new0(Measured, judges->n);
  for (unsigned i = 0; i < judges->n; i++)
    if (!measure(&judges->judges[i], costs, (unsigned)o->rounds, &all[i], &error))
      return rd_options_fail("calibrate", g_steal_pointer(&error), RD_EXIT_FAILED);
  for (unsigned i = 0; i < judges->n; i++)
    put_row(costs, &judges->judges[i], &all[i]);
  if (o->json)
    print_json(judges, all);
  else
    print_text(judges, all);
  if (fflush(stdout) != 0 || ferror(stdout))
    return fail("writing the table failed");
  return o->output ? write_table(o, costs) : RD_EXIT_DONE;
}

static gboolean parse(Options *o, int *argc, char ***argv) {
  const GOptionEntry entries[] = {
      {"rounds", 0, 0, G_OPTION_ARG_INT, &o->rounds,
       "timed rounds a point, medians are taken over them (default 31)", "N"},
      {"costs", 0, 0, G_OPTION_ARG_FILENAME, &o->costs_path,
       "the table to start from (default: the one that came with the program)", "FILE"},
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
       "write a cost table for the `costs:` of trials", "FILE"},
      {"format", 0, 0, G_OPTION_ARG_STRING, &o->format, "how to print: text or json", "FORMAT"},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  if (!rd_options_parse("[DEFENSE[,key=value...]...]",
                        "Times the judge of each defense (default: all there are) on this machine, "
                        "by size of message and\noccupancy of its tables, beside the scan of the "
                        "same messages.",
                        entries, NULL, argc, argv) ||
      !rd_options_format("calibrate", o->format, &o->json))
    return FALSE;
  if (o->rounds >= 1 && o->rounds <= 10000)
    return TRUE;
  fail("--rounds: 1 to 10000 is expected, got %d", o->rounds);
  return FALSE;
}

int rd_cmd_calibrate(int argc, char **argv) {
  Options o = {.rounds = 31};
  RdJudges judges = {0};
  g_autoptr(GError) error = NULL;
  int code = RD_EXIT_USAGE;
  g_autoptr(RdParts) parts = rd_parts_new();
  if (parse(&o, &argc, &argv)) {
    g_auto(GStrv) all = rd_parts_names(parts, RD_DEFENSE);
    if (rd_judges_parse(parts, argc > 1 ? argv + 1 : all, NULL, &judges, &error))
      code = calibrate(&o, parts, &judges);
    else
      fail("%s", error->message);
  }
  rd_judges_clear(&judges);
  g_free(o.costs_path);
  g_free(o.output);
  g_free(o.format);
  return code;
}
