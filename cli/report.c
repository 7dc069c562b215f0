/* report.c - `redoubt report DIR`: draws the report of finished worlds again, running nothing. */
#include <glib.h>
#include <stdio.h>

#include "bench/judge/measures.h"
#include "bench/judge/predicate.h"
#include "bench/report/schema.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/results.h"

int rd_cmd_report(int argc, char **argv) {
  g_autofree char *format = NULL;
  gboolean json = FALSE, paths = FALSE, schema = FALSE, columns = FALSE, of_result = FALSE;
  double timeout = RD_PREDICATE_TIMEOUT_MS / 1000.0;
  RdVerbosity verbosity = RD_NORMAL;
  GError *error = NULL;
  const GOptionEntry entries[] = {
      {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text or json", "FORMAT"},
      {"timeout", 0, 0, G_OPTION_ARG_DOUBLE, &timeout,
       "Wall-clock limit of the predicates of one row (default: 60)", "SECONDS"},
      {"schema", 0, 0, G_OPTION_ARG_NONE, &schema, "Print the JSON schema of --format json", NULL},
      {"result-schema", 0, 0, G_OPTION_ARG_NONE, &of_result,
       "Print the JSON schema of a world's result.json", NULL},
      {"columns", 0, 0, G_OPTION_ARG_NONE, &columns, "Print what each column of results.csv is",
       NULL},
      RD_OPTION_PART_PATHS(&paths),
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  if (!rd_options_parse("DIR",
                        "Compares the worlds that `redoubt bench` left in DIR and writes "
                        "DIR/report.html and DIR/results.csv.",
                        entries, &verbosity, &argc, &argv) ||
      !rd_options_format("report", format, &json))
    return RD_EXIT_USAGE;
  if (schema || columns || of_result) {
    g_autofree char *text = schema      ? rd_schema_bench()
                            : of_result ? rd_schema_result()
                                        : rd_measures_table();
    return rd_options_print(text);
  }
  if (!rd_options_worlds("report", 1, timeout))
    return RD_EXIT_USAGE;
  if (argc != 2) {
    fprintf(stderr, "usage: redoubt report DIR [--format json]\n");
    return RD_EXIT_USAGE;
  }
  g_autoptr(RdStore) store = rd_store_open_existing(argv[1], &error);
  if (!store)
    return rd_options_fail("report", error, RD_EXIT_USAGE);
  g_autoptr(RdParts) parts = rd_parts_new();
  if (!paths)
    rd_parts_names_only(parts);
  return rd_results_show(store, parts, (gint64)(timeout * 1000), json, verbosity);
}
