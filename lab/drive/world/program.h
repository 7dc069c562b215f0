/* program.h - a program that runs one world and leaves it in a folder, whatever its driver. */
#pragma once

#include "lab/drive/world/world.h"

typedef struct {
  const char *name;
  /* False with *error; close() is called all the same. */
  bool (*open)(const RdTrial *trial, RdWorldDriver *ret, GError **error);
  /* The world has run, and is not counted up yet; NULL: nothing to do. */
  void (*ran)(RdWorld *w);
  void (*close)(RdWorldDriver *driver);
} RdWorldProgram;

/* NAME TRIAL.yaml --out FOLDER ...; returns the exit code. */
int rd_world_program(const RdWorldProgram *program, int argc, char **argv);
