/* schema.h - asks a YAML tree for what a format expects, and reports what it finds instead.
 *
 * Every asker returns false (or NULL) after reporting; messages begin with the key. */
#pragma once

#include "lab/yaml/yaml.h"

void rd_schema_fault(RdDiagnostics *d, const RdYaml *node, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* At the key instead of the value, with a hint beside the caret (may be NULL). */
void rd_schema_fault_key(RdDiagnostics *d, const RdYaml *node, const char *hint, const char *format,
                         ...) G_GNUC_PRINTF(4, 5);

/* False, and reported: the file is the other one of trial and campaign. */
bool rd_schema_is(RdDiagnostics *d, const RdYaml *root, const char *kind, const char *other);
/* Reports a node that is no map, and keys that are not among `known` (NULL-terminated). */
bool rd_schema_map(RdDiagnostics *d, const RdYaml *node, const char *const *known);
/* A map whose keys are the user's own names; checks the names. `what` names them in messages. */
bool rd_schema_named(RdDiagnostics *d, const RdYaml *node, const char *what);
bool rd_schema_list(RdDiagnostics *d, const RdYaml *node, const char *what);
/* The value under a key, reported if absent. */
const RdYaml *rd_schema_need(RdDiagnostics *d, const RdYaml *map, const char *key);

/* Scalars; NULL nodes are "absent": false, nothing reported, *ret untouched. */
const char *rd_schema_text(RdDiagnostics *d, const RdYaml *node);
bool rd_schema_name(RdDiagnostics *d, const RdYaml *node, const char **ret);
bool rd_schema_number(RdDiagnostics *d, const RdYaml *node, double min, double max, double *ret);
bool rd_schema_integer(RdDiagnostics *d, const RdYaml *node, int64_t min, int64_t max,
                       int64_t *ret);
bool rd_schema_unsigned(RdDiagnostics *d, const RdYaml *node, uint64_t *ret);
bool rd_schema_duration(RdDiagnostics *d, const RdYaml *node, RdTime min, RdTime max, RdTime *ret);
bool rd_schema_bool(RdDiagnostics *d, const RdYaml *node, bool *ret);
bool rd_schema_rate(RdDiagnostics *d, const RdYaml *node, uint64_t *ret);
bool rd_schema_size(RdDiagnostics *d, const RdYaml *node, uint64_t max, uint64_t *ret);
/* Index of the text among `names` (NULL-terminated); -1 after reporting. */
int rd_schema_choice(RdDiagnostics *d, const RdYaml *node, const char *const *names);
