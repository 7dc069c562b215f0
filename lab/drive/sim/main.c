/* redoubt-trial - runs one world and leaves it in a folder. Started by redoubt; one world a
 * process, as ns-3 has it. */
#include <glib.h>
#include <stdio.h>

#include "lab/drive/sim/carriers.h"
#include "lab/drive/world/world.h"
#include "lab/text/words.h"

static int fail(GError *error, int code) {
  g_autofree char *shown = rd_words_lines(error ? error->message : "failed");
  fprintf(stderr, "redoubt-trial: %s\n", shown);
  g_clear_error(&error);
  return code;
}

static const RdCarrier *carrier_of(const RdNetwork *network) {
  return network->fidelity == RD_PACKET ? &rd_carrier_packet : &rd_carrier_flow;
}

/* Builds the world; runs and writes it, unless it is only to see whether it can be built. */
static bool run_world(const RdTrial *trial, const RdOutputs *out, bool build_only, GError **error) {
  RdSimClock *clock = rd_sim_clock_new(trial->seed, error);
  if (!clock)
    return false;
  g_autoptr(GString) log = g_string_new(NULL);
  RdWorldDriver driver = {&clock->clock, carrier_of};
  RdWorld *w = rd_world_new(trial, out, &driver, log, error);
  bool ok = w && (build_only ||
                  (rd_world_run(w, trial->duration, error) && rd_world_finish(w, out, error)));
  if (log->len > 0) {
    g_autofree char *shown = rd_words_lines(log->str);
    g_printerr("%s", shown);
  }
  rd_world_free(w);
  rd_sim_clock_free(clock);
  return ok;
}

static int run(const char *path, const RdOutputs *out, bool build_only) {
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
    fprintf(stderr, "redoubt-trial: %s: cannot make the folder\n", out->folder);
    return 1;
  }
  return run_world(trial, out, build_only, &error) ? 0 : fail(error, 1);
}

int main(int argc, char **argv) {
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
    return fail(error, 2);
  if (argc != 2 || !folder) {
    fprintf(stderr, "usage: redoubt-trial TRIAL.yaml --out FOLDER [--pcap DIR] [--trace FILE]\n");
    return 2;
  }
  RdOutputs out = {folder, captures, trace};
  return run(argv[1], &out, build_only);
}
