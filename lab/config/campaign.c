#include "lab/config/campaign.h"

#include <string.h>

#include "lab/config/read.h"

#define SEEDS_MAX 10000
#define ATTACKS_MAX 256
#define SETTINGS_MAX 256

struct RdCampaignFiles {
  RdYaml *root, *owned_topology;
  const RdYaml *topology;
  const RdYaml *attacks, *defenses; /* a list, a map */
  RdParts *parts;
};

void rd_campaign_free(RdCampaign *c) {
  if (!c)
    return;
  for (unsigned i = 0; i < c->n_attacks; i++)
    g_free(c->attacks[i].name);
  for (unsigned i = 0; i < c->n_defenses; i++)
    g_free(c->defenses[i].name);
  rd_yaml_free(c->files->root);
  rd_yaml_free(c->files->owned_topology);
  g_free(c->files);
  g_free(c->attacks);
  g_free(c->defenses);
  g_free(c->seeds);
  g_free(c->name);
  g_free(c->path);
  g_free(c);
}

static void read_seed_list(RdCampaign *c, RdDiagnostics *d, const RdYaml *list) {
  if (list->items->len < 1 || list->items->len > SEEDS_MAX) {
    rd_schema_fault(d, list, "1 to %d seeds are possible, got %u", SEEDS_MAX, list->items->len);
    return;
  }
  c->seeds = g_new0(uint64_t, list->items->len);
  for (guint i = 0; i < list->items->len; i++) {
    const RdYaml *item = list->items->pdata[i];
    uint64_t seed;
    if (!rd_schema_unsigned(d, item, &seed))
      continue;
    for (unsigned j = 0; j < c->n_seeds; j++)
      if (c->seeds[j] == seed) {
        rd_schema_fault(d, item, "seed %" G_GUINT64_FORMAT " is there twice", seed);
        break;
      }
    c->seeds[c->n_seeds++] = seed;
  }
}

static void read_seeds(RdCampaign *c, RdDiagnostics *d, const RdYaml *node) {
  int64_t n;
  if (!node)
    return;
  if (node->kind == RD_YAML_LIST) {
    read_seed_list(c, d, node);
  } else if (rd_schema_integer(d, node, 1, SEEDS_MAX, &n)) {
    c->n_seeds = (unsigned)n;
    c->seeds = g_new0(uint64_t, c->n_seeds);
    for (unsigned i = 0; i < c->n_seeds; i++)
      c->seeds[i] = i + 1;
  }
}

static const RdYaml *bounded(RdDiagnostics *d, const RdYaml *node, guint max) {
  if (node->items->len >= 1 && node->items->len <= max)
    return node;
  rd_schema_fault(d, node, "1 to %u entries are possible, got %u", max, node->items->len);
  return NULL;
}

static const RdYaml *read_attack_list(RdDiagnostics *d, const RdYaml *root) {
  const RdYaml *list = rd_schema_need(d, root, "attacks");
  return list && rd_schema_list(d, list, "attacks") ? bounded(d, list, ATTACKS_MAX) : NULL;
}

static const RdYaml *read_settings(RdDiagnostics *d, const RdYaml *root) {
  const RdYaml *map = rd_schema_need(d, root, "defenses");
  if (!map || !rd_schema_named(d, map, "defense settings") || !bounded(d, map, SETTINGS_MAX))
    return NULL;
  for (guint i = 0; i < map->items->len; i++)
    if (!rd_schema_list(d, map->items->pdata[i], "defenses"))
      return NULL;
  return map;
}

static RdTrial *build(const RdCampaign *c, int attack, int setting, uint64_t seed,
                      RdDiagnostics *d) {
  const RdCampaignFiles *f = c->files;
  const RdYaml *list = setting >= 0 ? f->defenses->items->pdata[setting] : NULL;
  RdTrialPieces p = {.root = f->root, .topology = f->topology, .name = c->name, .seed = seed};
  if (attack >= 0) {
    p.attacks = (const RdYaml *const *)&f->attacks->items->pdata[attack];
    p.n_attacks = 1;
  }
  if (list) {
    p.defenses = (const RdYaml *const *)list->items->pdata;
    p.n_defenses = list->items->len;
  }
  return rd_trial_build(&p, f->parts, d);
}

static void check_attack_name(const RdCampaign *c, RdDiagnostics *d, unsigned i) {
  const RdYaml *entry = c->files->attacks->items->pdata[i];
  for (unsigned j = 0; j < i; j++)
    if (g_strcmp0(c->attacks[i].name, c->attacks[j].name) == 0)
      rd_schema_fault_key(
          d, entry, NULL,
          "there is already an attack named %s; give this one a name of its own (key \"name\")",
          c->attacks[i].name);
}

static void try_attacks(RdCampaign *c, RdDiagnostics *d) {
  c->n_attacks = c->files->attacks->items->len;
  c->attacks = g_new0(RdCampaignAttack, c->n_attacks);
  for (unsigned i = 0; i < c->n_attacks; i++) {
    g_autoptr(RdTrial) trial = build(c, (int)i, -1, 1, d);
    const RdTrialAttack *a = &trial->attacks[0];
    c->attacks[i] = (RdCampaignAttack){g_strdup(a->name), a->part, a->start, a->stop};
    if (a->name)
      check_attack_name(c, d, i);
  }
}

/* A defence may not bear the name of an attack: both may be in one trial. */
static void check_clashes(const RdCampaign *c, RdDiagnostics *d, const RdTrial *trial,
                          const RdYaml *list) {
  for (unsigned i = 0; i < trial->n_defenses; i++)
    for (unsigned j = 0; j < c->n_attacks; j++)
      if (g_strcmp0(trial->defenses[i].name, c->attacks[j].name) == 0 && c->attacks[j].name)
        rd_schema_fault_key(
            d, list->items->pdata[i], NULL,
            "there is already an attack named %s; give this one a name of its own (key \"name\")",
            c->attacks[j].name);
}

static void try_settings(RdCampaign *c, RdDiagnostics *d) {
  c->n_defenses = c->files->defenses->items->len;
  c->defenses = g_new0(RdCampaignDefense, c->n_defenses);
  for (unsigned i = 0; i < c->n_defenses; i++) {
    const RdYaml *list = c->files->defenses->items->pdata[i];
    g_autoptr(RdTrial) trial = build(c, -1, (int)i, 1, d);
    c->defenses[i] = (RdCampaignDefense){g_strdup(list->key->text), list->items->len};
    check_clashes(c, d, trial, list);
  }
}

static void read_campaign(RdCampaign *c, RdDiagnostics *d) {
  static const char *const known[] = {"campaign", "topology", "seeds",    "duration",
                                      "warmup",   "costs",    "set",      "cpu",
                                      "networks", "attacks",  "defenses", NULL};
  RdCampaignFiles *f = c->files;
  const char *name = "campaign";
  if (!rd_schema_is(d, f->root, "campaign", "trial") || !rd_schema_map(d, f->root, known))
    return;
  rd_schema_name(d, rd_schema_need(d, f->root, "campaign"), &name);
  c->name = g_strdup(name);
  read_seeds(c, d, rd_schema_need(d, f->root, "seeds"));
  const RdYaml *topology = rd_schema_need(d, f->root, "topology");
  f->topology = topology ? rd_topology_locate(d, topology, &f->owned_topology) : NULL;
  f->attacks = read_attack_list(d, f->root);
  f->defenses = read_settings(d, f->root);
  if (f->topology && f->attacks)
    try_attacks(c, d);
  if (f->topology && f->defenses)
    try_settings(c, d);
}

RdCampaign *rd_campaign_load(const char *path, RdParts *parts, GError **error) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  g_autoptr(RdCampaign) c = g_new0(RdCampaign, 1);
  c->path = g_canonicalize_filename(path, NULL);
  c->files = g_new0(RdCampaignFiles, 1);
  c->files->parts = parts;
  c->files->root = rd_yaml_load(path, d);
  if (c->files->root)
    read_campaign(c, d);
  return rd_diagnostics_ok(d, error) ? g_steal_pointer(&c) : NULL;
}

RdTrial *rd_campaign_trial(const RdCampaign *c, int attack, unsigned defense, uint64_t seed,
                           GError **error) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  g_return_val_if_fail(attack < (int)c->n_attacks && defense < c->n_defenses, NULL);
  g_autoptr(RdTrial) trial = build(c, attack, (int)defense, seed, d);
  return rd_diagnostics_ok(d, error) ? g_steal_pointer(&trial) : NULL;
}
