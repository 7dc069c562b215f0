/* rehearse.h - builds the worlds of a sound file without running them, so that `check` refuses what
 * `run` would: whether addresses suffice and whether a part takes its configuration is known when a
 * world is built. */
#pragma once

#include "lab/config/check.h"

/* False: error says what redoubt-trial refuses, or that it could not be asked. */
bool rd_rehearse(const char *path, RdFileKind kind, RdParts *parts, GError **error);
