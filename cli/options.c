/* options.c - what the command lines have in common. */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "lab/text/words.h"

/* "-j4", as of make and ninja; GOption wants a space there. */
static void part_jobs(int argc, char **argv) {
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
    if (!g_str_has_prefix(argv[i], "-j") || !g_ascii_isdigit(argv[i][2]))
      continue;
    g_autofree char *whole = g_strconcat("--jobs=", argv[i] + 2, NULL);
    argv[i] = (char *)g_intern_string(whole);
  }
}

gboolean rd_options_parse(const char *arguments, const char *summary, const GOptionEntry *entries,
                          RdVerbosity *verbosity, int *argc, char ***argv) {
  gboolean quiet = FALSE, verbose = FALSE;
  const GOptionEntry words[] = {
      {"quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "No progress, no remarks", NULL},
      {"verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "A line a world", NULL},
      {NULL, 0, 0, 0, NULL, NULL, NULL}};
  g_autofree char *command = g_strconcat("redoubt ", (*argv)[0], NULL);
  g_autoptr(GOptionContext) context = g_option_context_new(arguments);
  GError *error = NULL;
  g_set_prgname(command);
  g_option_context_set_summary(context, summary);
  g_option_context_add_main_entries(context, entries, NULL);
  if (verbosity)
    g_option_context_add_main_entries(context, words, NULL);
  part_jobs(*argc, *argv);
  if (!g_option_context_parse(context, argc, argv, &error)) {
    fprintf(stderr, "%s: %s (see %s --help)\n", command, error->message, command);
    g_error_free(error);
    return FALSE;
  }
  if (*argc > 1 && strcmp((*argv)[1], "--") == 0) {
    memmove(*argv + 1, *argv + 2, (size_t)(*argc - 1) * sizeof **argv);
    (*argc)--;
  }
  if (verbosity)
    *verbosity = quiet ? RD_QUIET : verbose ? RD_VERBOSE : RD_NORMAL;
  return TRUE;
}

gboolean rd_options_format(const char *command, const char *format, gboolean *ret_json) {
  *ret_json = format && strcmp(format, "json") == 0;
  if (*ret_json || !format || strcmp(format, "text") == 0)
    return TRUE;
  fprintf(stderr, "redoubt %s: --format is text or json, not \"%s\"\n", command, format);
  return FALSE;
}

gboolean rd_options_worlds(const char *command, int processes, double timeout) {
  if (processes < 1 || processes > 1024)
    fprintf(stderr, "redoubt %s: -j is 1 to 1024, not %d\n", command, processes);
  else if (!(timeout > 0 && timeout < 1e7))
    fprintf(stderr, "redoubt %s: --timeout is more than 0 and less than 1e7 seconds, not %g\n",
            command, timeout);
  else
    return TRUE;
  return FALSE;
}

int rd_options_print(const char *text) {
  fputs(text, stdout);
  if (fflush(stdout) == 0 && !ferror(stdout))
    return RD_EXIT_DONE;
  fprintf(stderr, "redoubt: cannot write to stdout\n");
  return RD_EXIT_FAILED;
}

int rd_options_fail(const char *command, GError *error, int code) {
  g_autofree char *shown = rd_words_lines(error->message);
  if (strchr(shown, '\n'))
    fprintf(stderr, "%s\n", shown);
  else
    fprintf(stderr, "redoubt %s: %s\n", command, shown);
  g_error_free(error);
  return code;
}
