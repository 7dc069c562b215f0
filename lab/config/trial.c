#include "lab/config/trial.h"

#include <string.h>

#include "lab/config/building.h"
#include "lab/config/costs.h"
#include "lab/plugin/files.h"
#include "lab/plugin/params.h"
#include "lab/text/quantity.h"
#include "lab/text/words.h"

#define DEFENSES_MAX 64

void rd_trial_free(RdTrial *t) {
  if (!t)
    return;
  for (unsigned i = 0; i < t->n_attacks; i++) {
    g_free(t->attacks[i].name);
    g_free(t->attacks[i].attach);
    g_free(t->attacks[i].links);
    rd_params_free(t->attacks[i].config);
  }
  for (unsigned i = 0; i < t->n_defenses; i++) {
    g_free(t->defenses[i].name);
    g_free(t->defenses[i].places);
    rd_params_free(t->defenses[i].config);
  }
  for (unsigned i = 0; i < t->n_acts; i++)
    rd_params_free(t->acts[i].arguments);
  rd_topology_free(t->topology);
  g_free(t->acts);
  g_free(t->attacks);
  g_free(t->defenses);
  g_free(t->name);
  g_free(t->path);
  g_free(t->costs);
  g_free(t);
}

const char *rd_trial_act_who(const RdTrial *t, const RdTrialAct *act) {
  return act->kind == RD_NODE     ? t->topology->nodes[act->index].name
         : act->kind == RD_ATTACK ? t->attacks[act->index].name
                                  : t->defenses[act->index].name;
}

const RdPart *rd_trial_act_part(const RdTrial *t, const RdTrialAct *act) {
  return act->kind == RD_NODE     ? t->topology->nodes[act->index].part
         : act->kind == RD_ATTACK ? t->attacks[act->index].part
                                  : t->defenses[act->index].part;
}

const RdTrialAttack *rd_trial_subject(const RdTrial *t) {
  static const RdAttackRole order[] = {RD_ROLE_ATTACK, RD_ROLE_TWIN, RD_ROLE_PROBE};
  for (size_t r = 0; r < G_N_ELEMENTS(order); r++)
    for (unsigned i = 0; i < t->n_attacks; i++)
      if (t->attacks[i].role == order[r])
        return &t->attacks[i];
  return NULL;
}

/* The table's faults are reported as its own, so a trial that loads has usable costs. Read last: by
 * then parts that the trial names by their paths are known. */
static char *read_costs(RdDiagnostics *d, RdParts *parts, const RdYaml *root, const RdYaml *node) {
  const char *given = rd_schema_text(d, node);
  g_autofree char *path = given ? rd_read_path(node, given) : rd_files_costs();
  g_autofree char *text = NULL, *why = NULL;
  gsize len;
  if (node && !given)
    return NULL;
  if (rd_files_read(path, RD_YAML_MAX_BYTES, &text, &len, &why))
    rd_costs_free(rd_costs_parse(text, len, path, parts, d));
  else if (node)
    rd_schema_fault(d, node, "%s: %s", path, why);
  else
    rd_schema_fault_key(d, root, NULL, "costs: %s: %s", path, why);
  return rd_files_resolve(path, NULL);
}

char *rd_building_name(RdBuilding *b, const RdYaml *entry, const RdPart *part) {
  const RdYaml *given = rd_yaml_get(entry, "name");
  const char *name = part->plugin.name;
  rd_schema_name(b->reading.d, given, &name);
  if (!g_hash_table_add(b->names, g_strdup(name)))
    rd_schema_fault_key(b->reading.d, given ? given : entry, NULL,
                        "there is already a node, attack or defense named %s; give this one "
                        "a name of its own (key \"name\")",
                        name);
  return g_strdup(name);
}

/* 2026-01-01T00:00:00Z, unless the trial says otherwise. */
static void read_epoch(RdDiagnostics *d, const RdYaml *node, int64_t *ret) {
  *ret = INT64_C(1767225600);
  const char *text = rd_schema_text(d, node);
  if (!text)
    return;
  g_autoptr(GDateTime) t = g_date_time_new_from_iso8601(text, NULL);
  int64_t at = t ? g_date_time_to_unix(t) : -1;
  if (at >= 0 && at <= INT64_C(253402300799) && g_date_time_get_microsecond(t) == 0)
    *ret = at;
  else
    rd_schema_fault(d, node,
                    "a time with its zone is expected, in whole seconds from 1970 to 9999, as in "
                    "2026-01-01T00:00:00Z");
}

static void read_common(RdBuilding *b, const RdYaml *root) {
  RdDiagnostics *d = b->reading.d;
  RdTrial *t = b->trial;
  const RdYaml *warmup = rd_yaml_get(root, "warmup");
  read_epoch(d, rd_yaml_get(root, "epoch"), &t->epoch);
  rd_schema_duration(d, rd_schema_need(d, root, "duration"), RD_MILLISECOND, RD_DURATION_MAX,
                     &t->duration);
  if (rd_schema_duration(d, warmup, 0, RD_DURATION_MAX, &t->warmup) && t->duration &&
      t->warmup >= t->duration)
    rd_schema_fault(d, warmup, "has to end before the trial does");
}

static void take_node_names(RdBuilding *b) {
  for (char **n = b->reading.node_names; *n; n++)
    g_hash_table_add(b->names, g_strdup(*n));
}

RdTrial *rd_trial_build(const RdTrialPieces *p, RdParts *parts, RdDiagnostics *d) {
  RdBuilding b = {.reading = {.d = d, .parts = parts}, .trial = g_new0(RdTrial, 1)};
  RdTrial *t = b.trial;
  RdOverrides overrides = {rd_yaml_get(p->root, "networks"), rd_yaml_get(p->root, "set"),
                           rd_yaml_get(p->root, "cpu")};
  b.names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  t->name = g_strdup(p->name);
  t->path = rd_files_resolve(p->root->source->path, NULL);
  t->seed = p->seed;
  read_common(&b, p->root);
  if (!p->topology) {
    t->costs = read_costs(d, parts, p->root, rd_yaml_get(p->root, "costs"));
    g_hash_table_unref(b.names);
    return t;
  }
  rd_topology_read(&b.reading, p->topology, &overrides);
  t->topology = b.reading.topology;
  take_node_names(&b);
  t->attacks = g_new0(RdTrialAttack, p->n_attacks + 1);
  t->defenses = g_new0(RdTrialDefense, p->n_defenses + 1);
  for (; t->n_attacks < p->n_attacks; t->n_attacks++)
    rd_read_attack(&b, p->attacks[t->n_attacks], &t->attacks[t->n_attacks]);
  for (; t->n_defenses < p->n_defenses; t->n_defenses++)
    rd_read_defense(&b, p->defenses[t->n_defenses], &t->defenses[t->n_defenses]);
  t->costs = read_costs(d, parts, p->root, rd_yaml_get(p->root, "costs"));
  if (p->acts)
    rd_read_acts(&b, p->acts);
  rd_reading_clear(&b.reading);
  g_hash_table_unref(b.names);
  return t;
}

/* The entries of an optional list, bounded. */
static const RdYaml *const *entries_of(RdDiagnostics *d, const RdYaml *root, const char *key,
                                       unsigned max, unsigned *ret_n) {
  const RdYaml *list = rd_yaml_get(root, key);
  *ret_n = 0;
  if (!list || !rd_schema_list(d, list, key))
    return NULL;
  if (list->items->len > max) {
    rd_schema_fault(d, list, "at most %u are possible, got %u", max, list->items->len);
    return NULL;
  }
  *ret_n = list->items->len;
  return (const RdYaml *const *)list->items->pdata;
}

static RdTrial *read_trial(const RdYaml *root, RdParts *parts, RdDiagnostics *d) {
  static const char *const known[] = {"trial",    "topology", "seed", "duration", "warmup",
                                      "costs",    "set",      "cpu",  "networks", "attacks",
                                      "defenses", "epoch",    "acts", NULL};
  g_autoptr(RdYaml) owned = NULL;
  RdTrialPieces p = {.root = root, .name = "trial", .seed = 1};
  if (!rd_schema_is(d, root, "trial", "campaign") || !rd_schema_map(d, root, known))
    return NULL;
  rd_schema_name(d, rd_schema_need(d, root, "trial"), &p.name);
  rd_schema_unsigned(d, rd_yaml_get(root, "seed"), &p.seed);
  p.attacks = entries_of(d, root, "attacks", RD_ATTACKS_MAX, &p.n_attacks);
  p.defenses = entries_of(d, root, "defenses", DEFENSES_MAX, &p.n_defenses);
  p.acts = rd_yaml_get(root, "acts");
  const RdYaml *topology = rd_schema_need(d, root, "topology");
  p.topology = topology ? rd_topology_locate(d, topology, &owned) : NULL;
  return rd_trial_build(&p, parts, d);
}

static RdTrial *finish(RdYaml *root, RdParts *parts, RdDiagnostics *d, GError **error) {
  g_autoptr(RdTrial) trial = root ? read_trial(root, parts, d) : NULL;
  rd_yaml_free(root);
  return rd_diagnostics_ok(d, error) ? g_steal_pointer(&trial) : NULL;
}

RdTrial *rd_trial_parse(const char *text, const char *path, RdParts *parts, GError **error) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  return finish(rd_yaml_parse(text, strlen(text), path, d), parts, d, error);
}

RdTrial *rd_trial_load(const char *path, RdParts *parts, GError **error) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  return finish(rd_yaml_load(path, d), parts, d, error);
}
