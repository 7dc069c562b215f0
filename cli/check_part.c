#include "cli/check_part.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "bench/run/programs.h"
#include "lab/drive/conform/conform.h"

#define MOST_SECONDS 300 /* of processor time: a part that never comes back is told */

static void limit_time(gpointer unused) {
  const struct rlimit limit = {MOST_SECONDS, MOST_SECONDS + 5}, none = {0, 0};
  (void)unused;
  setrlimit(RLIMIT_CPU, &limit);
  setrlimit(RLIMIT_CORE, &none);
}

static void add_line(GString *faults, const char *path, const char *line) {
  if (*line)
    g_string_append_printf(faults, "%s%s: %s", faults->len ? "\n" : "", path, line);
}

static void add_lines(GString *faults, const char *path, const char *text) {
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line; line++) {
    const char *said = g_str_has_prefix(*line, path) ? *line + strlen(path) : *line;
    while (said != *line && (*said == ':' || *said == ' '))
      said++;
    add_line(faults, path, said);
  }
}

/* Runs a program of ours on the part, which exits with `some` if it told faults, on stdout or on stderr, and
 * with 2 if it could not look at the part. Another end is a fault of its own. */
static void run(GString *faults, const char *name, const char *path, int some, gboolean on_stderr) {
  g_autoptr(GError) error = NULL;
  g_autofree char *program = rd_program_find(name, &error), *out = NULL, *err = NULL;
  char *argv[] = {program, (char *)path, NULL};
  int status = 0;
  if (!program || !g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, limit_time, NULL, &out, &err,
                                &status, &error)) {
    add_line(faults, path, error->message);
    return;
  }
  const gboolean ended = WIFEXITED(status);
  const int code = ended ? WEXITSTATUS(status) : WTERMSIG(status);
  if (!on_stderr)
    add_lines(faults, path, out);
  if (ended && (code == 2 || (code == some && on_stderr)))
    add_lines(faults, path, err);
  if (ended && (code == 0 || code == 2 || code == some))
    return;
  g_autofree char *end =
      !ended && code == SIGXCPU
          ? g_strdup_printf("it does not come back within %d s", MOST_SECONDS)
          : g_strdup_printf("it crashes (%s %d)", ended ? "status" : "signal", code);
  add_line(faults, path, end);
}

gboolean rd_check_part(const char *path, char **ret_faults) {
  GString *faults = g_string_new(NULL);
  g_autofree char *full = g_canonicalize_filename(path, NULL);
  run(faults, "redoubt-conform", full, RD_CONFORM_FAULTS, FALSE);
  if (g_file_test(full, G_FILE_TEST_IS_REGULAR))
    run(faults, "purity", full, 1, TRUE);
  const gboolean good = faults->len == 0;
  *ret_faults = g_string_free(faults, good);
  return good;
}
