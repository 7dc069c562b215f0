/* results.c - shows a folder of results. */
#include "cli/results.h"

#include <stdio.h>

#include "bench/judge/matrix.h"
#include "bench/report/curves.h"
#include "bench/report/report.h"
#include "bench/report/table.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "lab/text/words.h"
#include "lab/yaml/diagnostic.h"

static gboolean write_file(const RdStore *store, const char *name, const char *text,
                           GError **error) {
  g_autofree char *path = g_build_filename(rd_store_folder(store), name, NULL);
  return g_file_set_contents(path, text, -1, error);
}

/* Rows whose worlds are not all there, one line a reason. */
static unsigned tell_unusable(const RdMatrix *matrix) {
  unsigned n = 0;
  for (guint i = 0; i < matrix->outcomes->len; i++) {
    const RdOutcome *o = matrix->outcomes->pdata[i];
    if (!o->why_not)
      continue;
    g_autofree char *why = rd_words_printable(o->why_not);
    fprintf(stderr, "left out: %s, %s, seed %" G_GUINT64_FORMAT ": %s\n", o->attack, o->defense,
            o->seed, why);
    n++;
  }
  return n;
}

/* The report is worth having without plots; what could not be drawn is told. */
static gboolean write_report(RdStore *store, const RdMatrix *matrix, GError **error) {
  g_autofree char *plots = NULL;
  g_autofree char *html = rd_report_html(store, matrix, &plots);
  g_autofree char *csv = rd_matrix_csv(matrix), *attacks = rd_matrix_attacks_csv(matrix);
  g_autofree char *curves = rd_curves_csv(matrix), *roc = rd_curves_roc_csv(matrix);
  if (plots) {
    g_autofree char *why = rd_words_printable(plots);
    fprintf(stderr, "the report has no plots: %s\n", why);
  }
  return write_file(store, "report.html", html, error) &&
         write_file(store, "results.csv", csv, error) &&
         write_file(store, "attacks.csv", attacks, error) &&
         write_file(store, "operating.csv", curves, error) &&
         write_file(store, "roc.csv", roc, error);
}

/* What lies in the folder is not what redoubt would have written there. */
static gboolean is_bad_input(const GError *error) {
  return g_error_matches(error, RD_STORE_ERROR, RD_STORE_FOREIGN) ||
         g_error_matches(error, RD_CONFIG_ERROR, RD_CONFIG_INVALID);
}

int rd_results_show(RdStore *store, RdParts *parts, gint64 timeout_ms, gboolean json,
                    RdVerbosity verbosity) {
  GError *error = NULL;
  g_autoptr(RdMatrix) matrix = rd_matrix_new(store, parts, timeout_ms, &error);
  if (!matrix)
    return rd_options_fail("report", error, is_bad_input(error) ? RD_EXIT_USAGE : RD_EXIT_FAILED);
  g_autofree char *name = rd_store_meta(store, "campaign");
  g_autofree char *text = json ? rd_matrix_json(matrix, name ? name : "") : rd_matrix_text(matrix);
  fputs(text, stdout);
  unsigned unusable = tell_unusable(matrix);
  if (!write_report(store, matrix, &error))
    return rd_options_fail("report", error, RD_EXIT_FAILED);
  if (!json)
    printf("report: %s/report.html\n", rd_store_folder(store));
  else if (verbosity != RD_QUIET)
    fprintf(stderr, "report: %s/report.html\n", rd_store_folder(store));
  if (fflush(stdout) != 0 || ferror(stdout)) {
    fprintf(stderr, "redoubt: cannot write to stdout\n");
    return RD_EXIT_FAILED;
  }
  return unusable ? RD_EXIT_FAILED : RD_EXIT_DONE;
}
