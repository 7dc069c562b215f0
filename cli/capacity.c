/* capacity.c - `redoubt capacity`: at which rate an attack alone keeps a box fully busy.
 *
 * A box's workers over the modelled work that one message of the attack causes there: whatever it
 * makes others send and timers do included. The work is counted in two worlds on one seed, with the
 * attack and without, in which every box has all the workers it can use, so that nothing is lost and
 * nothing waits. */
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/judge/document.h"
#include "bench/run/folder.h"
#include "bench/run/plan.h"
#include "bench/run/programs.h"
#include "bench/run/runner.h"
#include "cli/commands.h"
#include "cli/compose.h"
#include "cli/options.h"
#include "lab/config/campaign.h"
#include "lab/plugin/params.h"
#include "lab/text/json.h"

/* The attack lasts ten seconds; what it began is given longer than the longest timer of a
 * transaction (64 x T1 with the T1 of 2 s of TS 24.229). */
#define START (20 * RD_SECOND)
#define STOP (30 * RD_SECOND)
#define END (200 * RD_SECOND)
#define MANY_WORKERS 1024

typedef struct {
  char *topology, *format;
  char **attacks;
  int processes;
  double timeout;
  gboolean json;
  RdVerbosity verbosity;
} Options;

static void options_clear(Options *o) {
  g_free(o->topology);
  g_free(o->format);
  g_strfreev(o->attacks);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* ---- one attack and its box ------------------------------------------------------------------- */

typedef struct {
  const char *name; /* of the trial */
  unsigned workers;
  double work; /* seconds a message of the attack */
  double rate; /* messages a second that keep it busy; infinite if it has no work with them */
} Box;

typedef struct {
  RdTrial *trial; /* as it is run: with many workers */
  unsigned *workers; /* a node: its own; 0 for one that is infinitely fast */
  guint row; /* of the plan */
  double messages;
  Box *boxes;
  unsigned n_boxes, first; /* first: the one that is fully busy first */
} Case;

static void case_free(gpointer data) {
  Case *c = data;
  rd_trial_free(c->trial);
  g_free(c->workers);
  g_free(c->boxes);
  g_free(c);
}

static Case *case_new(RdTrial *trial) {
  Case *c = g_new0(Case, 1);
  RdTopology *t = trial->topology;
  c->trial = trial;
  c->workers = g_new0(unsigned, t->n_nodes + 1);
  for (unsigned i = 0; i < t->n_nodes; i++) {
    RdCpu *cpu = &t->nodes[i].cpu;
    c->workers[i] = cpu->workers * (cpu->sharing == RD_SHARE_ADDRESS ? t->nodes[i].n_attach : 1);
    if (cpu->workers > 0)
      cpu->workers = MANY_WORKERS;
  }
  trial->warmup = 0;
  trial->duration = END;
  trial->attacks[0].start = START;
  trial->attacks[0].stop = STOP;
  return c;
}

/* Worker-seconds that a node gave out. */
static double busy_of(JsonObject *result, const char *node) {
  JsonObject *n = rd_document_named(result, "nodes", node);
  return n ? rd_document_number(n, "busy_ns") / 1e9 : NAN;
}

static void measure(Case *c, JsonObject *without, JsonObject *with) {
  const RdTopology *t = c->trial->topology;
  JsonObject *attack = rd_document_named(with, "attacks", c->trial->attacks[0].name);
  c->messages = attack ? rd_document_number(attack, "sent") : NAN;
  c->boxes = g_new0(Box, t->n_nodes + 1);
  for (unsigned i = 0; i < t->n_nodes; i++) {
    if (c->workers[i] == 0)
      continue;
    const char *name = t->nodes[i].name;
    double work = (busy_of(with, name) - busy_of(without, name)) / c->messages;
    Box *box = &c->boxes[c->n_boxes];
    *box = (Box){name, c->workers[i], work, work > 0 ? c->workers[i] / work : INFINITY};
    if (box->rate < c->boxes[c->first].rate)
      c->first = c->n_boxes;
    c->n_boxes++;
  }
}

/* ---- output ----------------------------------------------------------------------------------- */

static const char *attack_name(const Case *c) {
  return c->trial->attacks[0].name;
}

/* What it sends as it is set, a second. */
static double sent_rate(const Case *c) {
  return c->messages / ((double)(STOP - START) / 1e9);
}

static gboolean is_known(const Case *c) {
  return c->n_boxes > 0 && isfinite(c->boxes[c->first].rate);
}

static void print_text(const Case *c) {
  if (!is_known(c)) {
    printf("%s: causes no work at any box (%.0f messages sent)\n\n", attack_name(c), c->messages);
    return;
  }
  const Box *first = &c->boxes[c->first];
  printf("%s: %.4g messages/s keep %s fully busy; it sends %.4g, %.2f times that\n", attack_name(c),
         first->rate, first->name, sent_rate(c), sent_rate(c) / first->rate);
  printf("  %-16s %8s   %14s   %10s\n", "box", "workers", "work/message", "messages/s");
  for (unsigned i = 0; i < c->n_boxes; i++) {
    const Box *b = &c->boxes[i];
    printf("  %-16s %8u / %11.5g ms = %10.4g\n", b->name, b->workers, b->work * 1e3, b->rate);
  }
  printf("\n");
}

static void json_case(RdJson *j, const Case *c) {
  rd_json_open(j, NULL, '{');
  rd_json_text(j, "attack", attack_name(c));
  rd_json_text(j, "part", c->trial->attacks[0].part->plugin.name);
  rd_json_real(j, "sends_per_s", sent_rate(c));
  rd_json_real(j, "times_capacity", is_known(c) ? sent_rate(c) / c->boxes[c->first].rate : NAN);
  rd_json_text(j, "box", is_known(c) ? c->boxes[c->first].name : NULL);
  rd_json_real(j, "capacity_per_s", is_known(c) ? c->boxes[c->first].rate : NAN);
  rd_json_open(j, "boxes", '[');
  for (unsigned i = 0; i < c->n_boxes; i++) {
    const Box *b = &c->boxes[i];
    rd_json_open_flat(j, NULL, '{');
    rd_json_text(j, "name", b->name);
    rd_json_uint(j, "workers", b->workers);
    rd_json_real(j, "work_per_message_ns", b->work * 1e9);
    rd_json_real(j, "capacity_per_s", isfinite(b->rate) ? b->rate : NAN);
    rd_json_close(j);
  }
  rd_json_close(j);
  rd_json_close(j);
}

static int print(const GPtrArray *cases, gboolean json) {
  if (json) {
    RdJson j;
    rd_json_init(&j);
    rd_json_open(&j, NULL, '{');
    rd_json_text(&j, "format", "redoubt-capacity-1");
    rd_json_open(&j, "attacks", '[');
    for (guint i = 0; i < cases->len; i++)
      json_case(&j, cases->pdata[i]);
    rd_json_close(&j);
    rd_json_close(&j);
    g_autofree char *text = rd_json_finish(&j);
    fputs(text, stdout);
  } else {
    for (guint i = 0; i < cases->len; i++)
      print_text(cases->pdata[i]);
    printf("Work: worker time that a message of the attack causes at a box by the cost table, with "
           "all that others send\nand timers do because of it; messages/s = workers / work.\n");
  }
  if (fflush(stdout) == 0 && !ferror(stdout))
    return RD_EXIT_DONE;
  fprintf(stderr, "redoubt capacity: cannot write to stdout\n");
  return RD_EXIT_FAILED;
}

/* ---- worlds ----------------------------------------------------------------------------------- */

static JsonObject *result_of(RdStore *store, const char *id, GError **error) {
  g_autofree char *text = rd_store_world_result(store, id);
  if (text)
    return rd_document_parse(text, error);
  g_autofree char *reason = rd_store_world_reason(store, id);
  g_set_error(error, RD_STORE_ERROR, RD_STORE_IO, "a world has no result: %s",
              reason ? reason : "it was not run");
  return NULL;
}

static gboolean measure_all(RdStore *store, const RdPlan *plan, GPtrArray *cases, GError **error) {
  for (guint i = 0; i < cases->len; i++) {
    Case *c = cases->pdata[i];
    const RdPlanRow *row = plan->rows->pdata[c->row];
    g_autoptr(JsonObject) without =
        result_of(store, rd_plan_row_world(row, RD_KIND_NOTHING), error);
    g_autoptr(JsonObject) with =
        without ? result_of(store, rd_plan_row_world(row, RD_KIND_ATTACK), error) : NULL;
    if (!with)
      return FALSE;
    measure(c, without, with);
  }
  return TRUE;
}

static gboolean run_cases(const char *folder, const char *engine, GPtrArray *cases,
                          const Options *o, GError **error) {
  g_autoptr(RdPlan) plan = rd_plan_new(engine, error);
  for (guint i = 0; plan && i < cases->len; i++) {
    Case *c = cases->pdata[i];
    c->row = plan->rows->len;
    if (!rd_plan_add(plan, c->trial, attack_name(c), "none", RD_PLAN_FOUR, error))
      return FALSE;
  }
  g_autoptr(RdStore) store = plan ? rd_store_open(folder, "capacity", error) : NULL;
  RdRunSummary summary;
  RdRunOptions run = {.engine = engine,
                      .processes = (unsigned)o->processes,
                      .timeout_ms = (gint64)(o->timeout * 1000),
                      .verbosity = o->verbosity};
  return store && rd_run_worlds(store, plan, &run, &summary, error) &&
         measure_all(store, plan, cases, error);
}

/* ---- the attacks ------------------------------------------------------------------------------ */

/* Without the setting's defenses: the attack is meant alone. */
static void drop_defenses(RdTrial *trial) {
  while (trial->n_defenses > 0) {
    RdTrialDefense *d = &trial->defenses[--trial->n_defenses];
    g_free(d->name);
    g_free(d->places);
    rd_params_free(d->config);
  }
}

static gboolean is_wanted(const Options *o, const char *attack) {
  return !o->attacks || g_strv_contains((const char *const *)o->attacks, attack);
}

static gboolean check_names(const RdCampaign *campaign, const Options *o, GError **error) {
  for (char **name = o->attacks; name && *name; name++) {
    gboolean found = FALSE;
    for (unsigned i = 0; i < campaign->n_attacks; i++)
      found = found || strcmp(campaign->attacks[i].name, *name) == 0;
    if (found)
      continue;
    g_set_error(error, RD_COMPOSE_ERROR, 1, "--attack %s: the campaign has no attack of that name",
                *name);
    return FALSE;
  }
  return TRUE;
}

static gboolean of_campaign(const char *path, const Options *o, RdParts *parts, GPtrArray *cases,
                            GError **error) {
  g_autoptr(RdCampaign) campaign = rd_campaign_load(path, parts, error);
  if (!campaign || !check_names(campaign, o, error))
    return FALSE;
  for (unsigned i = 0; i < campaign->n_attacks; i++) {
    if (!is_wanted(o, campaign->attacks[i].name))
      continue;
    RdTrial *trial = rd_campaign_trial(campaign, (int)i, 0, campaign->seeds[0], error);
    if (!trial)
      return FALSE;
    drop_defenses(trial);
    g_ptr_array_add(cases, case_new(trial));
  }
  return TRUE;
}

static gboolean of_command_line(const Options *o, RdParts *parts, GPtrArray *cases,
                                GError **error) {
  for (char **attack = o->attacks; *attack; attack++) {
    char *one[] = {*attack, NULL};
    RdComposition c = {o->topology, one, NULL, NULL, NULL, NULL};
    g_autofree char *yaml = rd_compose(&c, error);
    RdTrial *trial = yaml ? rd_trial_parse(yaml, "(command line)", parts, error) : NULL;
    if (!trial)
      return FALSE;
    g_ptr_array_add(cases, case_new(trial));
  }
  return TRUE;
}

static int capacity(const char *path, const Options *o) {
  GError *error = NULL;
  g_autoptr(RdParts) parts = rd_parts_new();
  g_autoptr(GPtrArray) cases = g_ptr_array_new_with_free_func(case_free);
  if (!(path ? of_campaign(path, o, parts, cases, &error)
             : of_command_line(o, parts, cases, &error)))
    return rd_options_fail("capacity", error, RD_EXIT_USAGE);
  g_autofree char *engine = rd_program_find("redoubt-trial", &error);
  g_autofree char *folder = engine ? g_dir_make_tmp("redoubt-capacity-XXXXXX", &error) : NULL;
  gboolean ok = folder && run_cases(folder, engine, cases, o, &error);
  if (folder)
    rd_folder_remove(folder);
  return ok ? print(cases, o->json) : rd_options_fail("capacity", error, RD_EXIT_FAILED);
}

int rd_cmd_capacity(int argc, char **argv) {
  g_auto(Options) o = {.processes = (int)rd_run_processors(), .timeout = 600};
  const GOptionEntry entries[] = {
      {"topology", 0, 0, G_OPTION_ARG_STRING, &o.topology, "A topology's name or file", "FILE"},
      {"attack", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.attacks,
       "An attack, or one of the campaign's by name; may be given again, each is taken by itself",
       "NAME[,key=value...]"},
      {"format", 0, 0, G_OPTION_ARG_STRING, &o.format, "text or json", "FORMAT"},
      {"jobs", 'j', 0, G_OPTION_ARG_INT, &o.processes, "Worlds at once (default: processors)", "N"},
      {"timeout", 0, 0, G_OPTION_ARG_DOUBLE, &o.timeout,
       "Wall-clock limit of one world (default: 600)", "SECONDS"},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  if (!rd_options_parse("[CAMPAIGN.yaml]",
                        "Tells at which rate an attack alone keeps a box fully busy: the box's "
                        "workers over the modelled\nwork that one message of the attack causes "
                        "there. Of every attack of a campaign, or of those given.",
                        entries, &o.verbosity, &argc, &argv) ||
      !rd_options_format("capacity", o.format, &o.json))
    return RD_EXIT_USAGE;
  gboolean composed = o.topology != NULL;
  if (argc > 2 || (argc == 2) == composed || (composed && !o.attacks)) {
    fprintf(stderr,
            "usage: redoubt capacity CAMPAIGN.yaml [--attack NAME...] | --topology FILE --attack "
            "NAME[,key=value]...\n");
    return RD_EXIT_USAGE;
  }
  if (!rd_options_worlds("capacity", o.processes, o.timeout))
    return RD_EXIT_USAGE;
  return capacity(argc == 2 ? argv[1] : NULL, &o);
}
