/* parameters.h - the parameters that a row's trial has, as text that many rows share.
 *
 * A line each: INSTANCE, COLUMN, PARAMETER, VALUE, parted by tabs. The column is PART.PARAMETER, so that
 * levels of one attack stand in one column; where the trial has the part twice, or of a node,
 * INSTANCE.PARAMETER. */
#pragma once

#include "lab/config/trial.h"

typedef enum { RD_OF_NODES = 0, RD_OF_ATTACKS, RD_OF_DEFENSES, RD_PARAMETER_KINDS } RdParameterKind;

/* Interned: the same pointer for the same parameters. */
const char *rd_parameters_text(const RdTrial *trial, RdParameterKind kind);
/* The value of an instance's parameter; NULL: there is none. Free it. */
char *rd_parameters_value(const char *text, const char *instance, const char *parameter);
/* Calls `each` for every line. */
void rd_parameters_each(const char *text,
                        void (*each)(const char *column, const char *value, void *user),
                        void *user);
/* What differs from the parts' defaults: "rate=46;sources=4"; of several, "NAME:... + NAME:...".
 * Interned. */
const char *rd_parameters_set(const RdTrial *trial, RdParameterKind kind);

/* Parameters that are not the same in all trials that have them. */
typedef struct RdParameterTable RdParameterTable;
RdParameterTable *rd_parameter_table_new(void);
/* One trial's more: interned, as rd_parameters_text() gives it; NULL adds nothing. */
void rd_parameter_table_add(RdParameterTable *table, const char *text);
/* Columns that differ, in the order in which they were met; borrowed until the next add. */
const GPtrArray *rd_parameter_table_columns(RdParameterTable *table);
/* The value in the trial of that text; NULL: it has no such parameter. */
const char *rd_parameter_table_value(const RdParameterTable *table, const char *text,
                                     const char *column);
/* All values of a column, in the order in which they were met: const char *; free the array. */
GPtrArray *rd_parameter_table_values(const RdParameterTable *table, const char *column);
void rd_parameter_table_free(RdParameterTable *table); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdParameterTable, rd_parameter_table_free)
