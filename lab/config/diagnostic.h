/* diagnostic.h - what is wrong with a user's file, and where.
 *
 * Text form, one error:  trial.yaml:7:12: seed: an integer is expected, got "x"
 *                            7 |   seed: x
 *                              |         ^ known keys: ...   (when a key is unknown)
 * All errors of a file are collected; loading never stops at the first. */
#pragma once

#include <glib.h>

#define RD_CONFIG_ERROR (rd_config_error_quark())
GQuark rd_config_error_quark(void);
typedef enum { RD_CONFIG_INVALID = 1, RD_CONFIG_IO } RdConfigError;
