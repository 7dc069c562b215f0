/* dispatch.c - what `redoubt WORD` means: a command, a help text, or a usage error. */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/run/programs.h"
#include "cli/commands.h"
#include "lab/text/words.h"

#ifndef RD_VERSION
#error "RD_VERSION comes from meson"
#endif

static void usage(FILE *out, const char *program, const RdCommand *commands) {
  fprintf(out,
          "usage: %s COMMAND [ARGUMENT...]\n\n"
          "A lab testbed and benchmark for SIP and IMS security.\n\n"
          "commands:\n",
          program);
  for (const RdCommand *c = commands; c->name; c++)
    fprintf(out, "  %-10s %s\n", c->name, c->summary);
  fprintf(out,
          "\n`%s COMMAND --help` tells a command's options.\n"
          "Exit codes: 0 done, 1 it ran and something failed, 2 bad usage or bad input.\n",
          program);
}

const RdCommand *rd_command_find(const RdCommand *commands, const char *name) {
  for (const RdCommand *c = commands; c->name; c++)
    if (strcmp(c->name, name) == 0)
      return c;
  return NULL;
}

const char *rd_command_suggest(const RdCommand *commands, const char *name) {
  const char *names[64] = {NULL};
  for (unsigned i = 0; commands[i].name && i + 1 < G_N_ELEMENTS(names); i++)
    names[i] = commands[i].name;
  return rd_words_nearest(name, names);
}

/* The command belongs to `redoubt-parts`: become it. */
static int hand_over(char **argv) {
  g_autoptr(GError) error = NULL;
  g_autofree char *program = rd_program_find("redoubt-parts", &error);
  if (!program) {
    fprintf(stderr, "redoubt: %s\n", error->message);
    return RD_EXIT_FAILED;
  }
  execv(program, argv);
  fprintf(stderr, "redoubt: %s: %s\n", program, g_strerror(errno));
  return RD_EXIT_FAILED;
}

static int unknown(const char *program, const RdCommand *commands, const char *word) {
  const char *near = rd_command_suggest(commands, word);
  fprintf(stderr, "%s: unknown command \"%s\"", program, word);
  if (near)
    fprintf(stderr, "; did you mean \"%s\"?\n", near);
  else
    fprintf(stderr, "; `%s --help` lists them\n", program);
  return RD_EXIT_USAGE;
}

int rd_dispatch(const char *program, const RdCommand *commands, int argc, char **argv) {
  if (argc < 2) {
    usage(stderr, program, commands);
    return RD_EXIT_USAGE;
  }
  const char *word = argv[1];
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
    usage(stdout, program, commands);
    return RD_EXIT_DONE;
  }
  if (strcmp(word, "--version") == 0) {
    printf("%s %s\n", program, RD_VERSION);
    return RD_EXIT_DONE;
  }
  const RdCommand *command = rd_command_find(commands, word);
  if (!command)
    return unknown(program, commands, word);
  if (!command->run)
    return hand_over(argv);
  return command->run(argc - 1, argv + 1);
}
