/* inputs.h - the files that a set of worlds is made with, so that the next bench can say what has
 * changed since: a world's id is one digest of them all and cannot tell. */
#pragma once

#include <glib.h>

#include "lab/config/trial.h"

/* What is used -> its SHA-256: "redoubt-trial", "defense rl-token", "costs of node sbc". */
GHashTable *rd_inputs_new(const char *engine);
/* Adds a trial's parts and what their work costs. */
void rd_inputs_add(GHashTable *inputs, const RdTrial *trial);
/* A line each, sorted: what is kept. */
char *rd_inputs_text(GHashTable *inputs);
/* "redoubt-trial, defense rl-token": what stands in both and is not the same. "" if nothing. */
char *rd_inputs_changed(const char *before, const char *now);
