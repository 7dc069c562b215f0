/* options.h - what the command lines of `run`, `bench` and `report` have in common. */
#pragma once

#include <glib.h>

#include "bench/run/runner.h"

/* Parses argv by the entries and adds -q and -v if `verbosity` is given. The arguments that are no
 * options are left in *argv (argv[0] among them). False: told on stderr; the command is to return
 * RD_EXIT_USAGE. `arguments` and `summary` are for --help. */
gboolean rd_options_parse(const char *arguments, const char *summary, const GOptionEntry *entries,
                          RdVerbosity *verbosity, int *argc, char ***argv);
/* "text" or "json" (NULL is text). False: told on stderr. */
gboolean rd_options_format(const char *command, const char *format, gboolean *ret_json);
/* False, after saying which is wrong: -j and --timeout of the commands that run worlds. */
gboolean rd_options_worlds(const char *command, int processes, double timeout);
/* For the commands that load parts by name only unless told otherwise. */
#define RD_OPTION_PART_PATHS(ret)                                                                  \
  {                                                                                                \
    "allow-part-paths", 0, 0, G_OPTION_ARG_NONE, ret,                                              \
        "Load parts that a file names by path too: this runs their code", NULL                     \
  }
/* Writes a text to stdout. Returns an exit code. */
int rd_options_print(const char *text);
/* Tells an error on stderr as "redoubt COMMAND: MESSAGE" (a message of several lines, from a
 * user's file, as it is) and frees it. Returns `code`. */
int rd_options_fail(const char *command, GError *error, int code);
