/* worlds.h - one trial and the worlds it is compared with, run and shown: by `run` on ns-3, by `live` on
 * sockets. */
#pragma once

#include <glib.h>

#include "bench/run/runner.h"

typedef struct {
  const char *command; /* in messages */
  const char *engine; /* name of the program that runs a world */
  const char *captures, *trace; /* of the trial itself; NULL: none */
  const char *folder; /* to keep, new or empty; NULL: none is kept */
  unsigned processes;
  double timeout; /* of a world, seconds */
  gboolean alone; /* without the worlds it is compared with */
  gboolean json;
  RdVerbosity verbosity;
  const char *name; /* of the trial */
  const char *page; /* where its page goes; "": where pages go; NULL: there is none */
  const char *again; /* the command line, for the page */
  const char *ladder; /* a call of the captures, for the page; NULL: none */
  /* What more is said of the trial's own result.json, behind the text; NULL: nothing. */
  char *(*more)(const char *result);
} RdWorldsOptions;

/* Returns an exit code. */
int rd_worlds_run(const RdTrial *trial, RdParts *parts, const RdWorldsOptions *options);
/* A trial file; `seed` (NULL: its own) replaces the file's. NULL with *error. */
RdTrial *rd_worlds_load(const char *path, const char *seed, RdParts *parts, GError **error);
