/* commands.h - the commands of `redoubt`, one function each.
 *
 * argv[0] is the command's own name. A command prints its result on stdout, everything else on
 * stderr, and returns an exit code. It answers --help by itself (GOption does).
 *
 * Two programs share the table in dispatch.c: `redoubt` may use GSL and never runs a defense;
 * `redoubt-parts` runs plug-ins and uses neither GSL nor ns-3. `redoubt NAME` hands a command of
 * the other program over, so a user meets one program only. */
#pragma once

#include <stdbool.h>

/* Exit codes of every command. */
enum {
  RD_EXIT_DONE = 0,
  RD_EXIT_FAILED = 1, /* it ran, and something failed */
  RD_EXIT_USAGE = 2 /* bad usage or bad input */
};

typedef struct {
  const char *name;
  const char *summary; /* one line of --help */
  int (*run)(int argc, char **argv); /* NULL: the command belongs to `redoubt-parts` */
} RdCommand;

int rd_cmd_list(int argc, char **argv);
int rd_cmd_show(int argc, char **argv);
int rd_cmd_check(int argc, char **argv);
int rd_cmd_replay(int argc, char **argv);
int rd_cmd_calibrate(int argc, char **argv);

/* Runs argv[1] of a table ended by a NULL name. `program` is what usage texts call us. */
int rd_dispatch(const char *program, const RdCommand *commands, int argc, char **argv);
/* The row of a name, or NULL. */
const RdCommand *rd_command_find(const RdCommand *commands, const char *name);
/* The known name nearest to a misspelt one; NULL if none is near. */
const char *rd_command_suggest(const RdCommand *commands, const char *name);

int rd_cmd_run(int argc, char **argv);
int rd_cmd_live(int argc, char **argv);
int rd_cmd_bench(int argc, char **argv);
int rd_cmd_capacity(int argc, char **argv);
int rd_cmd_report(int argc, char **argv);
int rd_cmd_ladder(int argc, char **argv);
