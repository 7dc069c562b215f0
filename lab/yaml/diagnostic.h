/* diagnostic.h - what is wrong with a user's file, and where.
 *
 * Text form, one error:  trial.yaml:7:12: seed: an integer is expected, got "x"
 *                            7 |   seed: x
 *                              |         ^ known keys: ...   (when a key is unknown)
 * All errors of a file are collected; loading never stops at the first. */
#pragma once

#include <glib.h>

#include "redoubt/base.h"

#define RD_CONFIG_ERROR (rd_config_error_quark())
GQuark rd_config_error_quark(void);
typedef enum { RD_CONFIG_INVALID = 1, RD_CONFIG_IO } RdConfigError;

#define RD_DIAGNOSTICS_SHOWN 20

/* A text that diagnostics point into. Reference-counted. */
typedef struct {
  char *path; /* as shown to the user */
  char *text;
} RdSource;
RdSource *rd_source_new(const char *path, const char *text);
RdSource *rd_source_ref(RdSource *source);
void rd_source_unref(RdSource *source); /* NULL is fine */

typedef struct RdDiagnostics RdDiagnostics;
RdDiagnostics *rd_diagnostics_new(void);
/* Line and column count from 1; line 0: the file as a whole. `hint` stands beside the caret, or is
 * NULL. The same error at the same place is kept once. */
void rd_diagnostics_add(RdDiagnostics *d, const RdSource *source, unsigned line, unsigned column,
                        const char *hint, const char *message);
/* Adds what another has collected of the same files. */
void rd_diagnostics_merge(RdDiagnostics *d, const RdDiagnostics *other);
unsigned rd_diagnostics_count(const RdDiagnostics *d);
/* True if there are none; else *error holds them, by file, line and column. */
bool rd_diagnostics_ok(const RdDiagnostics *d, GError **error);
void rd_diagnostics_free(RdDiagnostics *d); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdDiagnostics, rd_diagnostics_free)
