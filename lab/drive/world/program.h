/* program.h - a program that runs one world and leaves it in a folder, whatever its driver. */
#pragma once

#include "lab/drive/world/world.h"

typedef struct {
  const char *name;
  /* False with *error; close() is called all the same. */
  bool (*open)(const RdTrial *trial, RdWorldDriver *ret, GError **error);
  /* The world stands; it has run, and is not counted up yet. NULL: nothing to do. */
  bool (*built)(RdWorld *w, const RdOutputs *outputs, GError **error);
  bool (*ran)(RdWorld *w, GError **error);
  void (*close)(RdWorldDriver *driver);
} RdWorldProgram;

/* NAME TRIAL.yaml --out FOLDER ...; returns the exit code. */
int rd_world_program(const RdWorldProgram *program, int argc, char **argv);
