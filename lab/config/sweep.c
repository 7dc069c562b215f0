/* sweep.c - which parameters a campaign tries at which values. */
#include "lab/config/sweep.h"

#include <string.h>

static void axis_free(gpointer data) {
  RdSweepAxis *axis = data;
  g_free(axis->instance);
  g_free(axis->parameter);
  g_free(axis);
}

void rd_sweep_free(gpointer data) {
  RdSweep *sweep = data;
  g_ptr_array_unref(sweep->axes);
  g_free(sweep);
}

static RdSweep *sweep_new(int attack, int setting, unsigned member) {
  RdSweep *sweep = g_new0(RdSweep, 1);
  *sweep = (RdSweep){g_ptr_array_new_with_free_func(axis_free), attack, setting, member};
  return sweep;
}

/* A list of so many values; what each is, is seen when it is tried. */
static bool sound_values(RdDiagnostics *d, const RdYaml *values) {
  if (!rd_schema_list(d, values, "values to try"))
    return false;
  if (values->items->len < 1 || values->items->len > RD_SWEEP_VALUES_MAX) {
    rd_schema_fault(d, values, "1 to %d values are possible, got %u", RD_SWEEP_VALUES_MAX,
                    values->items->len);
    return false;
  }
  return true;
}

static void add_axis(RdSweep *sweep, const RdYaml *values, char *instance, const char *parameter) {
  RdSweepAxis *axis = g_new0(RdSweepAxis, 1);
  *axis = (RdSweepAxis){values, instance, g_strdup(parameter)};
  g_ptr_array_add(sweep->axes, axis);
}

void rd_sweep_read_entry(RdDiagnostics *d, const RdYaml *node, int attack, int setting,
                         unsigned member, GPtrArray *sweeps) {
  if (!rd_schema_named(d, node, "parameters, each with a list of values,"))
    return;
  for (guint i = 0; i < node->items->len; i++) {
    const RdYaml *values = node->items->pdata[i];
    if (!sound_values(d, values))
      continue;
    RdSweep *sweep = sweep_new(attack, setting, member);
    add_axis(sweep, values, NULL, values->key->text);
    g_ptr_array_add(sweeps, sweep);
  }
}

/* An axis under INSTANCE.PARAMETER; false after reporting. */
static bool read_axis(RdDiagnostics *d, RdSweep *sweep, const RdYaml *values) {
  const char *key = values->key->text, *dot = strchr(key, '.');
  if (!dot || dot == key || !dot[1]) {
    rd_schema_fault_key(d, values, NULL,
                        "what is swept is INSTANCE.PARAMETER, a node's, an attack's or a "
                        "defense's name and its parameter, as in ue.subscribers");
    return false;
  }
  if (!sound_values(d, values))
    return false;
  add_axis(sweep, values, g_strndup(key, (gsize)(dot - key)), dot + 1);
  return true;
}

static bool is_map(RdDiagnostics *d, const RdYaml *node) {
  if (node->kind == RD_YAML_MAP && node->items->len > 0)
    return true;
  rd_schema_fault(d, node, "a map of INSTANCE.PARAMETER with lists of values is expected");
  return false;
}

static void read_grid(RdDiagnostics *d, const RdYaml *node, GPtrArray *sweeps) {
  if (!is_map(d, node))
    return;
  if (node->items->len > RD_SWEEP_AXES_MAX) {
    rd_schema_fault(d, node, "at most %d parameters can make a grid, got %u", RD_SWEEP_AXES_MAX,
                    node->items->len);
    return;
  }
  RdSweep *sweep = sweep_new(-1, -1, 0);
  bool sound = true;
  for (guint i = 0; i < node->items->len; i++)
    sound = read_axis(d, sweep, node->items->pdata[i]) && sound;
  if (sound)
    g_ptr_array_add(sweeps, sweep);
  else
    rd_sweep_free(sweep);
}

void rd_sweep_read_root(RdDiagnostics *d, const RdYaml *root, GPtrArray *sweeps) {
  const RdYaml *each = rd_yaml_get(root, "sweep"), *grids = rd_yaml_get(root, "grid");
  for (guint i = 0; each && is_map(d, each) && i < each->items->len; i++) {
    RdSweep *sweep = sweep_new(-1, -1, 0);
    if (read_axis(d, sweep, each->items->pdata[i]))
      g_ptr_array_add(sweeps, sweep);
    else
      rd_sweep_free(sweep);
  }
  for (guint i = 0; grids && rd_schema_list(d, grids, "grids") && i < grids->items->len; i++)
    read_grid(d, grids->items->pdata[i], sweeps);
}

unsigned rd_sweep_combinations(const RdSweep *sweep) {
  unsigned n = 1;
  for (guint i = 0; i < sweep->axes->len; i++)
    n *= ((const RdSweepAxis *)sweep->axes->pdata[i])->values->items->len;
  return n;
}

const RdYaml *rd_sweep_value(const RdSweep *sweep, unsigned combination, unsigned axis) {
  for (guint i = sweep->axes->len - 1; i > axis; i--)
    combination /= ((const RdSweepAxis *)sweep->axes->pdata[i])->values->items->len;
  const GPtrArray *items = ((const RdSweepAxis *)sweep->axes->pdata[axis])->values->items;
  return items->pdata[combination % items->len];
}

void rd_sweep_put(RdYaml *set, const RdYaml *values, const char *parameter, const RdYaml *value) {
  for (guint i = set->items->len; i-- > 0;)
    if (strcmp(((RdYaml *)set->items->pdata[i])->key->text, parameter) == 0)
      g_ptr_array_remove_index(set->items, i);
  RdYaml *item = rd_yaml_copy(value);
  rd_yaml_rename(item, values->key, parameter);
  g_ptr_array_add(set->items, item);
}
