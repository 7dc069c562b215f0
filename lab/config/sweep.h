/* sweep.h - `sweep` and `grid` of a campaign: which parameters are tried at which values. Not for use
 * outside this folder. */
#pragma once

#include "lab/config/read.h"

/* One parameter and the values it is tried at. */
typedef struct {
  const RdYaml *values; /* the list under its key; borrowed */
  char *instance; /* a node, attack or defense; NULL: that of the entry it stands in */
  char *parameter;
} RdSweepAxis;

/* Every combination of its axes. */
typedef struct {
  GPtrArray *axes; /* RdSweepAxis * */
  int attack, setting; /* stands in an entry of this one; -1: wherever its instances are */
  unsigned member; /* which entry of it */
} RdSweep;

/* What stands in an attack's or a defense's own entry: each parameter by itself. Appends RdSweep *. */
void rd_sweep_read_entry(RdDiagnostics *d, const RdYaml *sweep, int attack, int setting,
                         unsigned member, GPtrArray *sweeps);
/* `sweep` and `grid` at the root of a campaign, by INSTANCE.PARAMETER. */
void rd_sweep_read_root(RdDiagnostics *d, const RdYaml *root, GPtrArray *sweeps);
void rd_sweep_free(gpointer sweep); /* an RdSweep */

/* Values of all axes together; 1 to RD_SWEEP_VALUES_MAX each. */
#define RD_SWEEP_AXES_MAX 4
#define RD_SWEEP_VALUES_MAX 64
unsigned rd_sweep_combinations(const RdSweep *sweep);
/* The value of an axis in one combination: the last axis runs fastest. */
const RdYaml *rd_sweep_value(const RdSweep *sweep, unsigned combination, unsigned axis);

/* Sets a parameter in a `set:`; faults of the key are blamed on where the axis stands. */
void rd_sweep_put(RdYaml *set, const RdYaml *values, const char *parameter, const RdYaml *value);
