/* expand.h - campaign entries that stand for several: an attack's levels, a defense's sweep. Not for
 * use outside this folder. */
#pragma once

#include "lab/config/read.h"

/* An attack entry as the trials see it: itself, one a level, named NAME-LEVEL, or several attacks that go
 * together (a map of `name` and `attacks`). Appends RdYaml *. */
void rd_expand_attack(RdDiagnostics *d, const RdYaml *entry, GPtrArray *attacks);

/* The attacks of what was appended, and the name they have together; NULL of a single one. */
const RdYaml *const *rd_expand_members(const RdYaml *const *entry, unsigned *ret_n,
                                       const RdYaml **ret_name);

/* A setting (the list under its name) without its sweeps. */
RdYaml *rd_expand_setting(const RdYaml *setting);

/* One value of a sweep. */
typedef struct {
  RdYaml *setting; /* the list, with the value set in it; owned */
  unsigned defense; /* whose parameter: an index of the list */
  const RdYaml *value; /* this and the next are borrowed from the file */
  const char *parameter;
} RdSweepPoint;

/* The points of all sweeps of a setting, as written: RdSweepPoint *, owned. */
GPtrArray *rd_expand_sweeps(RdDiagnostics *d, const RdYaml *setting);
