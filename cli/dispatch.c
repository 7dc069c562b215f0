/* dispatch.c - what `redoubt WORD` means: a command, a help text, or a usage error. */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/harness/programs.h"
#include "cli/commands.h"

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

static unsigned min3(unsigned a, unsigned b, unsigned c) {
  return MIN(MIN(a, b), c);
}

/* Levenshtein distance of short words; longer ones are never near. */
static unsigned distance(const char *a, const char *b) {
  unsigned row[33];
  size_t na = strlen(a), nb = strlen(b);
  if (na > 32 || nb > 32)
    return 32;
  for (size_t j = 0; j <= nb; j++)
    row[j] = (unsigned)j;
  for (size_t i = 1; i <= na; i++) {
    unsigned diagonal = row[0];
    row[0] = (unsigned)i;
    for (size_t j = 1; j <= nb; j++) {
      unsigned above = row[j];
      row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
      diagonal = above;
    }
  }
  return row[nb];
}

const char *rd_command_suggest(const RdCommand *commands, const char *name) {
  const char *best = NULL;
  unsigned least = 3;
  for (const RdCommand *c = commands; c->name; c++) {
    unsigned d = distance(name, c->name);
    if (d < least && d < strlen(c->name)) {
      least = d;
      best = c->name;
    }
  }
  return best;
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
