/* expand.h - campaign entries that stand for several: an attack's levels, attacks that go together.
 * Not for use outside this folder. */
#pragma once

#include "lab/config/read.h"

/* An attack entry as the trials see it: itself, one a level, named NAME-LEVEL, or several attacks that go
 * together (a map of `name` and `attacks`). Appends RdYaml *. */
void rd_expand_attack(RdDiagnostics *d, const RdYaml *entry, GPtrArray *attacks);

/* The attacks of what was appended, and the name they have together; NULL of a single one. */
const RdYaml *const *rd_expand_members(const RdYaml *const *entry, unsigned *ret_n,
                                       const RdYaml **ret_name);

/* An entry (or a list of them) without the sweeps that stand in it. */
RdYaml *rd_expand_without_sweeps(const RdYaml *entry);

/* The `set` of a map, made where `place` stands if there is none; NULL if something else stands there. */
RdYaml *rd_expand_set(RdYaml *map, const RdYaml *place, const char *key);
