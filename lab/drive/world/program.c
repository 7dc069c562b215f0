#include "lab/drive/world/program.h"

#include <stdio.h>

#include "lab/text/words.h"

static int fail(const RdWorldProgram *program, GError *error, int code) {
  g_autofree char *shown = rd_words_lines(error ? error->message : "failed");
  fprintf(stderr, "%s: %s\n", program->name, shown);
  g_clear_error(&error);
  return code;
}

static bool run_to_the_end(const RdWorldProgram *program, RdWorld *w, const RdOutputs *out,
                           GError **error) {
  return (!program->built || program->built(w, out, error)) &&
         rd_world_run(w, w->trial->duration, error) && (!program->ran || program->ran(w, error)) &&
         rd_world_finish(w, out, error);
}

/* Builds the world; runs and writes it, unless it is only to see whether it can be built. */
static bool run_world(const RdWorldProgram *program, const RdTrial *trial, const RdOutputs *out,
                      bool build_only, GError **error) {
  g_autoptr(GString) log = g_string_new(NULL);
  RdWorldDriver driver = {NULL, NULL, false};
  bool ok = program->open(trial, &driver, error);
  RdWorld *w = ok ? rd_world_new(trial, out, &driver, log, error) : NULL;
  ok = w && (build_only || run_to_the_end(program, w, out, error));
  if (log->len > 0) {
    g_autofree char *shown = rd_words_lines(log->str);
    g_printerr("%s", shown);
  }
  rd_world_free(w);
  program->close(&driver);
  return ok;
}

static int run(const RdWorldProgram *program, const char *path, const RdOutputs *out,
               bool build_only) {
  GError *error = NULL;
  g_autoptr(RdParts) parts = rd_parts_new();
  g_autoptr(RdTrial) trial = rd_trial_load(path, parts, &error);
  if (!trial) {
    g_autofree char *shown = rd_words_lines(error->message);
    fprintf(stderr, "%s\n", shown);
    g_clear_error(&error);
    return 2;
  }
  if (g_mkdir_with_parents(out->folder, 0777) != 0 ||
      (out->captures && g_mkdir_with_parents(out->captures, 0777) != 0)) {
    fprintf(stderr, "%s: %s: cannot make the folder\n", program->name, out->folder);
    return 1;
  }
  return run_world(program, trial, out, build_only, &error) ? 0 : fail(program, error, 1);
}

int rd_world_program(const RdWorldProgram *program, int argc, char **argv) {
  g_autofree char *folder = NULL, *captures = NULL, *trace = NULL;
  gboolean build_only = FALSE;
  GOptionEntry entries[] = {
      {"out", 'o', 0, G_OPTION_ARG_FILENAME, &folder, "Folder of the world", "FOLDER"},
      {"pcap", 0, 0, G_OPTION_ARG_FILENAME, &captures, "Write captures into DIR", "DIR"},
      {"trace", 0, 0, G_OPTION_ARG_FILENAME, &trace, "Write every message's way to FILE", "FILE"},
      {"build-only", 0, 0, G_OPTION_ARG_NONE, &build_only, "Build the world, do not run it", NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_autoptr(GOptionContext) context = g_option_context_new("TRIAL.yaml - run one world");
  GError *error = NULL;
  g_option_context_add_main_entries(context, entries, NULL);
  if (!g_option_context_parse(context, &argc, &argv, &error))
    return fail(program, error, 2);
  if (argc != 2 || !folder) {
    fprintf(stderr, "usage: %s TRIAL.yaml --out FOLDER [--pcap DIR] [--trace FILE]\n",
            program->name);
    return 2;
  }
  RdOutputs out = {folder, captures, trace};
  return run(program, argv[1], &out, build_only);
}
