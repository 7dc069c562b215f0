/* worlds.c - one trial and the worlds it is compared with, run and shown. */
#include "cli/worlds.h"

#include <glib/gstdio.h>
#include <stdio.h>

#include "bench/judge/predicate.h"
#include "bench/run/folder.h"
#include "bench/run/programs.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/outcome.h"
#include "lab/ladder/ladder.h"
#include "lab/text/words.h"

RdTrial *rd_worlds_load(const char *path, const char *seed, RdParts *parts, GError **error) {
  guint64 number = 0;
  if (seed && !g_ascii_string_to_unsigned(seed, 10, 0, G_MAXUINT64, &number, error)) {
    g_prefix_error(error, "--seed: ");
    return NULL;
  }
  RdTrial *trial = rd_trial_load(path, parts, error);
  if (trial && seed)
    trial->seed = number;
  return trial;
}

static gboolean is_empty_folder(const char *path) {
  GDir *dir = g_dir_open(path, 0, NULL);
  gboolean empty = !dir || !g_dir_read_name(dir);
  g_clear_pointer(&dir, g_dir_close);
  return empty;
}

/* Where the worlds go: the folder asked for, which must be new, or one that is removed again. */
static char *make_folder(const RdWorldsOptions *o, GError **error) {
  if (!o->folder)
    return g_dir_make_tmp("redoubt-run-XXXXXX", error);
  if (g_file_test(o->folder, G_FILE_TEST_EXISTS) && !is_empty_folder(o->folder)) {
    g_set_error(error, RD_STORE_ERROR, RD_STORE_FOREIGN, "%s: exists and is not an empty folder",
                o->folder);
    return NULL;
  }
  return g_strdup(o->folder);
}

/* A predicate never needs longer than a world may. */
static gint64 predicate_time(const RdWorldsOptions *o) {
  return MIN((gint64)(o->timeout * 1000), RD_PREDICATE_TIMEOUT_MS);
}

/* ---- the page --------------------------------------------------------------------------------- */

/* Beside the worlds, if they are kept; else where campaigns leave their results, too. */
static char *page_path(const RdWorldsOptions *o) {
  if (*o->page)
    return g_strdup(o->page);
  if (o->folder)
    return g_build_filename(o->folder, "page.html", NULL);
  g_autofree char *name = g_strconcat(o->name, ".html", NULL);
  g_mkdir_with_parents("results", 0777);
  return g_build_filename("results", name, NULL);
}

static char *ladder_of(const RdWorldsOptions *o) {
  g_autoptr(RdLadder) l =
      o->ladder && o->captures ? rd_ladder_read(o->captures, o->ladder, NULL) : NULL;
  return l ? rd_ladder_svg(l) : NULL;
}

/* A page that was asked for has to be written; one that comes by itself need not. */
static int write_page(RdStore *store, RdParts *parts, const RdPlanRow *row,
                      const RdWorldsOptions *o) {
  g_autoptr(GError) error = NULL;
  g_autofree char *path = page_path(o), *ladder = ladder_of(o), *no_plots = NULL;
  const char *const ladders[] = {ladder, NULL};
  const RdTrialPage given = {.command = o->again, .ladders = ladders};
  g_autofree char *page =
      rd_verdict_page(store, parts, row, predicate_time(o), &given, &no_plots, &error);
  if (page && g_file_set_contents(path, page, -1, &error)) {
    if (no_plots)
      fprintf(stderr, "redoubt %s: no plots: %s\n", o->command, no_plots);
    g_autofree char *shown = rd_words_printable(path);
    printf("page: %s\n", shown);
    return RD_EXIT_DONE;
  }
  g_autofree char *why = rd_words_printable(error->message);
  fprintf(stderr, "redoubt %s: no page: %s\n", o->command, why);
  return *o->page ? RD_EXIT_FAILED : RD_EXIT_DONE;
}

static int show(RdStore *store, RdParts *parts, const RdPlan *plan, const RdWorldsOptions *o) {
  GError *error = NULL;
  const RdPlanRow *row = plan->rows->pdata[0];
  g_autofree char *text = o->alone
                              ? rd_verdict_alone(store, row, o->json, &error)
                              : rd_verdict(store, parts, row, predicate_time(o), o->json, &error);
  if (!text)
    return rd_options_fail(o->command, error, RD_EXIT_FAILED);
  if (o->json || !o->more)
    return rd_options_print(text);
  g_autofree char *result = rd_store_world_result(store, rd_plan_row_world(row, RD_KIND_BOTH));
  g_autofree char *more = o->more(result ? result : "");
  g_autofree char *both = g_strconcat(text, more, NULL);
  return rd_options_print(both);
}

static int run_worlds(RdStore *store, RdParts *parts, const RdPlan *plan, const char *engine,
                      const RdWorldsOptions *o) {
  GError *error = NULL;
  RdRunSummary summary;
  RdRunOptions run = {.engine = engine,
                      .processes = o->processes,
                      .timeout_ms = (gint64)(o->timeout * 1000),
                      .verbosity = o->verbosity,
                      .only = rd_plan_row_world(plan->rows->pdata[0], RD_KIND_BOTH),
                      .captures = o->captures,
                      .trace = o->trace};
  if (!rd_store_set_plan(store, plan->rows, &error) ||
      !rd_run_worlds(store, plan, &run, &summary, &error))
    return rd_options_fail(o->command, error, RD_EXIT_FAILED);
  if (summary.failed)
    return RD_EXIT_FAILED;
  const int code = show(store, parts, plan, o);
  return code != RD_EXIT_DONE || !o->page ? code
                                          : write_page(store, parts, plan->rows->pdata[0], o);
}

int rd_worlds_run(const RdTrial *trial, RdParts *parts, const RdWorldsOptions *o) {
  GError *error = NULL;
  g_autofree char *engine = rd_program_find(o->engine, &error);
  g_autoptr(RdPlan) plan = engine ? rd_plan_new(engine, &error) : NULL;
  if (!plan || !rd_plan_add(plan, trial, trial->n_attacks ? "attack" : "none",
                            trial->n_defenses ? "defense" : "none",
                            o->alone ? RD_PLAN_ALONE : RD_PLAN_FOUR, &error))
    return rd_options_fail(o->command, error, RD_EXIT_FAILED);
  g_autofree char *folder = make_folder(o, &error);
  if (!folder)
    return rd_options_fail(o->command, error, o->folder ? RD_EXIT_USAGE : RD_EXIT_FAILED);
  RdStore *store = rd_store_open(folder, trial->name, &error);
  int code = store ? run_worlds(store, parts, plan, engine, o)
                   : rd_options_fail(o->command, error, RD_EXIT_FAILED);
  rd_store_close(store);
  if (!o->folder)
    rd_folder_remove(folder);
  return code;
}
