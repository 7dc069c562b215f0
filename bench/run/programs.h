/* programs.h - where our own programs are: beside this one, in the build tree, or installed. */
#pragma once

#include <glib.h>

#define RD_PROGRAM_ERROR g_quark_from_static_string("rd-program")

/* The absolute path of `redoubt-trial`, `redoubt-live`, `redoubt-parts`, `redoubt-conform` or `purity`. $REDOUBT_TRIAL, $REDOUBT_LIVE
 * and $REDOUBT_PARTS_BIN name the first three outright; then: the folder of the running program, the build tree's, libexec. */
char *rd_program_find(const char *name, GError **error);
