#include "lab/config/trial.h"

#include <string.h>

#include "lab/config/costs.h"
#include "lab/config/read.h"
#include "lab/plugin/files.h"
#include "lab/plugin/params.h"
#include "lab/text/quantity.h"
#include "lab/text/words.h"

#define DEFENSES_MAX 64
#define PLACES_MAX 256

typedef struct {
  RdReading reading;
  RdTrial *trial;
  GHashTable *names; /* instances so far: their names key the random streams */
} Building;

void rd_trial_free(RdTrial *t) {
  if (!t)
    return;
  for (unsigned i = 0; i < t->n_attacks; i++) {
    g_free(t->attacks[i].name);
    rd_params_free(t->attacks[i].config);
  }
  for (unsigned i = 0; i < t->n_defenses; i++) {
    g_free(t->defenses[i].name);
    g_free(t->defenses[i].places);
    rd_params_free(t->defenses[i].config);
  }
  rd_topology_free(t->topology);
  g_free(t->attacks);
  g_free(t->defenses);
  g_free(t->name);
  g_free(t->path);
  g_free(t->costs);
  g_free(t);
}

static const char *const roles[] = {
    [RD_ROLE_ATTACK] = "attack", [RD_ROLE_PROBE] = "probe", [RD_ROLE_TWIN] = "twin", NULL};

const char *rd_attack_role_name(RdAttackRole role) {
  return roles[role];
}

const RdTrialAttack *rd_trial_subject(const RdTrial *t) {
  static const RdAttackRole order[] = {RD_ROLE_ATTACK, RD_ROLE_TWIN, RD_ROLE_PROBE};
  for (size_t r = 0; r < G_N_ELEMENTS(order); r++)
    for (unsigned i = 0; i < t->n_attacks; i++)
      if (t->attacks[i].role == order[r])
        return &t->attacks[i];
  return NULL;
}

/* A benign part wants nothing, and a hostile one is no twin. */
static void read_role(RdDiagnostics *d, const RdYaml *node, RdTrialAttack *a) {
  a->role = a->part->plugin.benign ? RD_ROLE_TWIN : RD_ROLE_ATTACK;
  const int role = node ? rd_schema_choice(d, node, roles) : -1;
  if (role < 0)
    return;
  if ((role == RD_ROLE_TWIN) != a->part->plugin.benign)
    rd_schema_fault(d, node,
                    a->part->plugin.benign ? "%s is a benign twin: its role is twin"
                                           : "%s is no benign twin: its role is attack or probe",
                    a->part->plugin.name);
  a->role = (RdAttackRole)role;
}

/* The instance's own name: as given, or the part's; reported if it is taken. */
static char *instance_name(Building *b, const RdYaml *entry, const RdPart *part) {
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

static int default_network(Building *b, const RdYaml *at, const RdPart *part) {
  const RdTopology *t = b->reading.topology;
  for (unsigned i = 0; i < t->n_networks; i++)
    if (t->networks[i].interface == part->plugin.interface)
      return (int)i;
  rd_schema_fault(b->reading.d, at, "%s comes in by %s, and no network of the topology is one",
                  part->plugin.name, rd_interface_name(part->plugin.interface));
  return -1;
}

static int attack_network(Building *b, const RdYaml *entry, const RdPart *part) {
  const RdYaml *node = rd_yaml_get(entry, "network");
  if (!node)
    return default_network(b, entry, part);
  const char *name = rd_schema_text(b->reading.d, node);
  int index = name ? rd_read_network(&b->reading, node, name) : -1;
  RdInterface wanted = (RdInterface)part->plugin.interface;
  if (index >= 0 && wanted != RD_IF_OTHER &&
      b->reading.topology->networks[index].interface != wanted) {
    rd_schema_fault(b->reading.d, node, "%s comes in by %s, network %s is %s", part->plugin.name,
                    rd_interface_name(wanted), name,
                    rd_interface_name(b->reading.topology->networks[index].interface));
    return -1;
  }
  return index;
}

static void read_window(Building *b, const RdYaml *entry, RdTrialAttack *a) {
  RdDiagnostics *d = b->reading.d;
  const RdYaml *at = rd_yaml_get(entry, "at"), *span = rd_yaml_get(entry, "for");
  RdTime duration = b->trial->duration, length = 0;
  bool good = !at || rd_schema_duration(d, at, 0, RD_DURATION_MAX, &a->start);
  if (span)
    good = rd_schema_duration(d, span, 1, RD_DURATION_MAX, &length) && good;
  a->stop = duration;
  if (!good || duration == 0)
    return;
  g_autofree char *whole = rd_quantity_duration_text(duration);
  if (a->start >= duration) {
    rd_schema_fault(d, at, "begins after the trial has ended (%s)", whole);
  } else if (span && length > duration - a->start) {
    g_autofree char *end = rd_quantity_duration_text(a->start + length);
    rd_schema_fault(d, span, "the attack would last until %s, the trial ends at %s", end, whole);
  } else if (span) {
    a->stop = a->start + length;
  }
}

static void read_attack(Building *b, const RdYaml *entry, RdTrialAttack *a) {
  static const char *const known[] = {"attack", "name", "network", "line", "at",
                                      "for",    "set",  "role",    NULL};
  RdReading *r = &b->reading;
  unsigned before = rd_diagnostics_count(r->d);
  if (!rd_schema_map(r->d, entry, known))
    return;
  a->line = (RdLine){.queue = 1000};
  read_window(b, entry, a);
  a->part = rd_read_part(r, rd_schema_need(r->d, entry, "attack"), RD_ATTACK);
  if (!a->part)
    return;
  a->name = instance_name(b, entry, a->part);
  read_role(r->d, rd_yaml_get(entry, "role"), a);
  int network = attack_network(b, entry, a->part);
  if (network >= 0) {
    a->network = (unsigned)network;
    a->line = r->topology->networks[network].line;
  }
  rd_read_line(r, rd_yaml_get(entry, "line"), &a->line);
  a->config = rd_params_defaults(a->part);
  rd_read_set(r, a->config, rd_yaml_get(entry, "set"));
  if (rd_read_check(r, a->config, entry) && rd_diagnostics_count(r->d) == before &&
      rd_read_entities(r, a->part, a->config, entry, &a->entities))
    rd_read_take_addresses(r, a->network, RD_SEAT_ATTACKER, a->entities, entry);
}

static int find_attach(Building *b, const RdYaml *at, unsigned node, const char *network) {
  const RdTopology *t = b->reading.topology;
  const RdNode *n = &t->nodes[node];
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (unsigned i = 0; i < n->n_attach; i++) {
    const char *name = t->networks[n->attach[i].network].name;
    if (strcmp(name, network) == 0)
      return (int)i;
    g_ptr_array_add(names, (gpointer)name);
  }
  g_ptr_array_add(names, NULL);
  g_autofree char *known = rd_words_join((const char *const *)names->pdata);
  g_autofree char *quoted = rd_words_quote(network);
  rd_schema_fault(b->reading.d, at, "node %s is not attached to a network %s (it is to: %s)",
                  n->name, quoted, known);
  return -1;
}

static void read_place(Building *b, const RdYaml *at, RdTrialDefense *defense) {
  const char *text = rd_schema_text(b->reading.d, at);
  const char *dot = text ? strchr(text, '.') : NULL;
  if (!text)
    return;
  if (!dot) {
    rd_schema_fault(b->reading.d, at,
                    "a place is NODE.NETWORK, the node's side of that network, as in sbc.gm");
    return;
  }
  g_autofree char *name = g_strndup(text, (gsize)(dot - text));
  int node = rd_read_node(&b->reading, at, name);
  int attach = node >= 0 ? find_attach(b, at, (unsigned)node, dot + 1) : -1;
  if (attach < 0)
    return;
  for (unsigned i = 0; i < defense->n_places; i++)
    if (defense->places[i].node == (unsigned)node &&
        defense->places[i].attach == (unsigned)attach) {
      rd_schema_fault(b->reading.d, at, "stands at %s twice", text);
      return;
    }
  defense->places[defense->n_places].node = (unsigned)node;
  defense->places[defense->n_places++].attach = (unsigned)attach;
}

static void read_places(Building *b, const RdYaml *at, RdTrialDefense *defense) {
  guint n = at->kind == RD_YAML_LIST ? at->items->len : 1;
  if (n < 1 || n > PLACES_MAX) {
    rd_schema_fault(b->reading.d, at, "1 to %d places are possible, got %u", PLACES_MAX, n);
    return;
  }
  defense->places = g_malloc0_n(n, sizeof *defense->places);
  for (guint i = 0; i < n; i++)
    read_place(b, at->kind == RD_YAML_LIST ? at->items->pdata[i] : at, defense);
}

static void read_defense(Building *b, const RdYaml *entry, RdTrialDefense *defense) {
  static const char *const known[] = {"defense", "name", "at", "set", NULL};
  RdReading *r = &b->reading;
  if (!rd_schema_map(r->d, entry, known))
    return;
  const RdYaml *at = rd_schema_need(r->d, entry, "at");
  if (at)
    read_places(b, at, defense);
  defense->part = rd_read_part(r, rd_schema_need(r->d, entry, "defense"), RD_DEFENSE);
  if (!defense->part)
    return;
  defense->name = instance_name(b, entry, defense->part);
  defense->config = rd_params_defaults(defense->part);
  rd_read_set(r, defense->config, rd_yaml_get(entry, "set"));
  rd_read_check(r, defense->config, entry);
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

static void read_common(Building *b, const RdYaml *root) {
  RdDiagnostics *d = b->reading.d;
  RdTrial *t = b->trial;
  const RdYaml *warmup = rd_yaml_get(root, "warmup");
  rd_schema_duration(d, rd_schema_need(d, root, "duration"), RD_MILLISECOND, RD_DURATION_MAX,
                     &t->duration);
  if (rd_schema_duration(d, warmup, 0, RD_DURATION_MAX, &t->warmup) && t->duration &&
      t->warmup >= t->duration)
    rd_schema_fault(d, warmup, "has to end before the trial does");
}

static void take_node_names(Building *b) {
  for (char **n = b->reading.node_names; *n; n++)
    g_hash_table_add(b->names, g_strdup(*n));
}

RdTrial *rd_trial_build(const RdTrialPieces *p, RdParts *parts, RdDiagnostics *d) {
  Building b = {.reading = {.d = d, .parts = parts}, .trial = g_new0(RdTrial, 1)};
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
    read_attack(&b, p->attacks[t->n_attacks], &t->attacks[t->n_attacks]);
  for (; t->n_defenses < p->n_defenses; t->n_defenses++)
    read_defense(&b, p->defenses[t->n_defenses], &t->defenses[t->n_defenses]);
  t->costs = read_costs(d, parts, p->root, rd_yaml_get(p->root, "costs"));
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
  static const char *const known[] = {"trial",    "topology", "seed",     "duration",
                                      "warmup",   "costs",    "set",      "cpu",
                                      "networks", "attacks",  "defenses", NULL};
  g_autoptr(RdYaml) owned = NULL;
  RdTrialPieces p = {.root = root, .name = "trial", .seed = 1};
  if (!rd_schema_is(d, root, "trial", "campaign") || !rd_schema_map(d, root, known))
    return NULL;
  rd_schema_name(d, rd_schema_need(d, root, "trial"), &p.name);
  rd_schema_unsigned(d, rd_yaml_get(root, "seed"), &p.seed);
  p.attacks = entries_of(d, root, "attacks", RD_ATTACKS_MAX, &p.n_attacks);
  p.defenses = entries_of(d, root, "defenses", DEFENSES_MAX, &p.n_defenses);
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
