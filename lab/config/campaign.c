#include "lab/config/campaign.h"

#include <string.h>

#include "lab/config/campaign_files.h"
#include "lab/config/expand.h"
#include "lab/config/seeds.h"

#define ATTACKS_MAX 256
#define SETTINGS_MAX 256

static void clear_attack(RdCampaignAttack *a) {
  g_free(a->name);
  g_strfreev(a->instances);
}

void rd_campaign_free(RdCampaign *c) {
  if (!c)
    return;
  for (unsigned i = 0; i < c->n_attacks; i++)
    clear_attack(&c->attacks[i]);
  for (unsigned i = 0; i < c->n_defenses; i++)
    g_free(c->defenses[i].name);
  rd_campaign_clear_cells(c);
  g_ptr_array_unref(c->files->sweeps);
  g_ptr_array_unref(c->files->attacks);
  g_ptr_array_unref(c->files->settings);
  g_ptr_array_unref(c->files->written);
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

static void take_seeds(RdCampaign *c, GArray *seeds) {
  g_free(c->seeds);
  c->n_seeds = seeds->len;
  c->seeds = (uint64_t *)(void *)g_array_free(seeds, FALSE);
}

static void read_seed_list(RdCampaign *c, RdDiagnostics *d, const RdYaml *list) {
  GArray *seeds = g_array_new(FALSE, FALSE, sizeof(uint64_t));
  if (list->items->len < 1)
    rd_schema_fault(d, list, "at least one seed is expected");
  for (guint i = 0; i < list->items->len; i++) {
    const RdYaml *item = list->items->pdata[i];
    const char *text = rd_schema_text(d, item);
    g_autofree char *why = NULL;
    if (text && !rd_seeds_add(seeds, text, &why))
      rd_schema_fault(d, item, "%s", why);
  }
  take_seeds(c, seeds);
}

static void read_seeds(RdCampaign *c, RdDiagnostics *d, const RdYaml *node) {
  if (node && node->kind == RD_YAML_LIST) {
    read_seed_list(c, d, node);
    return;
  }
  const char *text = rd_schema_text(d, node);
  g_autofree char *why = NULL;
  GArray *seeds = text ? rd_seeds_parse(text, &why) : NULL;
  if (seeds)
    take_seeds(c, seeds);
  else if (text)
    rd_schema_fault(d, node, "%s", why);
}

bool rd_campaign_set_seeds(RdCampaign *c, const char *text, GError **error) {
  g_autofree char *why = NULL;
  GArray *seeds = rd_seeds_parse(text, &why);
  if (seeds)
    take_seeds(c, seeds);
  else
    g_set_error(error, RD_CONFIG_ERROR, 1, "--seeds: %s", why);
  return seeds != NULL;
}

static const RdYaml *bounded(RdDiagnostics *d, const RdYaml *node, guint max) {
  if (node->items->len >= 1 && node->items->len <= max)
    return node;
  rd_schema_fault(d, node, "1 to %u entries are possible, got %u", max, node->items->len);
  return NULL;
}

static bool read_attacks(RdCampaign *c, RdDiagnostics *d, const RdYaml *root) {
  const RdYaml *list = rd_schema_need(d, root, "attacks");
  GPtrArray *attacks = c->files->written;
  if (!list || !rd_schema_list(d, list, "attacks") || !bounded(d, list, ATTACKS_MAX))
    return false;
  for (guint i = 0; i < list->items->len; i++)
    rd_expand_attack(d, list->items->pdata[i], attacks);
  if (attacks->len > ATTACKS_MAX)
    rd_schema_fault(d, list, "at most %d attacks are possible, levels counted: got %u", ATTACKS_MAX,
                    attacks->len);
  for (guint i = 0; i < attacks->len; i++)
    g_ptr_array_add(c->files->attacks, rd_expand_without_sweeps(attacks->pdata[i]));
  return attacks->len <= ATTACKS_MAX;
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

static void check_attack_name(const RdCampaign *c, RdDiagnostics *d, unsigned i) {
  const RdYaml *entry = c->files->attacks->pdata[i];
  for (unsigned j = 0; j < i; j++)
    if (g_strcmp0(c->attacks[i].name, c->attacks[j].name) == 0)
      rd_schema_fault_key(
          d, entry, NULL,
          "there is already an attack named %s; give this one a name of its own (key \"name\")",
          c->attacks[i].name);
}

/* Of whom the comparison speaks has to be clear. */
static void check_roles(RdDiagnostics *d, const RdTrial *trial, const RdYaml *entry) {
  unsigned attacks = 0, probes = 0;
  for (unsigned i = 0; i < trial->n_attacks; i++) {
    if (!trial->attacks[i].part)
      return; /* told already */
    attacks += trial->attacks[i].role == RD_ROLE_ATTACK;
    probes += trial->attacks[i].role == RD_ROLE_PROBE;
  }
  if (attacks > 1)
    rd_schema_fault(d, entry,
                    "%u attacks have the role attack: one is what the comparison is about, the "
                    "others are probes or twins (key \"role\")",
                    attacks);
  else if (attacks == 0 && probes > 0)
    rd_schema_fault(d, entry, "none of these attacks has the role attack");
}

static RdCampaignAttack attack_of(const RdTrial *trial, const RdYaml *name) {
  const RdTrialAttack *subject = rd_trial_subject(trial);
  RdCampaignAttack a = {g_strdup(name ? name->text : subject->name), NULL, subject->part,
                        subject->start, subject->stop};
  a.instances = g_new0(char *, trial->n_attacks + 1);
  for (unsigned i = 0, n = 0; i < trial->n_attacks; i++)
    if (trial->attacks[i].name)
      a.instances[n++] = g_strdup(trial->attacks[i].name);
  return a;
}

static void try_attacks(RdCampaign *c, RdDiagnostics *d) {
  c->n_attacks = c->files->attacks->len;
  c->attacks = g_new0(RdCampaignAttack, c->n_attacks);
  for (unsigned i = 0; i < c->n_attacks; i++) {
    g_autoptr(RdTrial) trial = rd_campaign_build(c, (int)i, -1, 1, NULL, 0, d);
    const RdYaml *const *entry = (const RdYaml *const *)&c->files->attacks->pdata[i], *name;
    unsigned n;
    rd_expand_members(entry, &n, &name);
    check_roles(d, trial, *entry);
    c->attacks[i] = attack_of(trial, name);
    if (c->attacks[i].name)
      check_attack_name(c, d, i);
  }
}

/* A defense may not bear the name of an attack: both may be in one trial. */
static void check_clashes(const RdCampaign *c, RdDiagnostics *d, const RdTrial *trial,
                          const RdYaml *list) {
  for (unsigned i = 0; i < trial->n_defenses; i++)
    for (unsigned j = 0; trial->defenses[i].name && j < c->n_attacks; j++)
      if (g_strv_contains((const char *const *)c->attacks[j].instances, trial->defenses[i].name))
        rd_schema_fault_key(
            d, list->items->pdata[i], NULL,
            "there is already an attack named %s; give this one a name of its own (key \"name\")",
            trial->defenses[i].name);
}

static void try_settings(RdCampaign *c, RdDiagnostics *d, const RdYaml *map) {
  c->defenses = g_new0(RdCampaignDefense, map->items->len);
  for (guint i = 0; i < map->items->len; i++) {
    const RdYaml *list = map->items->pdata[i];
    c->defenses[c->n_defenses++] = (RdCampaignDefense){g_strdup(list->key->text), list->items->len};
    g_ptr_array_add(c->files->settings, rd_expand_without_sweeps(list));
    g_autoptr(RdTrial) trial = rd_campaign_build(c, -1, (int)i, 1, NULL, 0, d);
    check_clashes(c, d, trial, c->files->settings->pdata[i]);
  }
}

/* The sweeps that stand in entries: in the written ones, beside those that trials see. */
static void read_sweeps(RdCampaign *c, RdDiagnostics *d, const RdYaml *settings) {
  GPtrArray *sweeps = c->files->sweeps;
  for (guint a = 0; a < c->files->written->len; a++) {
    const RdYaml *const *entry = (const RdYaml *const *)&c->files->written->pdata[a], *name;
    unsigned n;
    const RdYaml *const *members = rd_expand_members(entry, &n, &name);
    for (unsigned k = 0; k < n; k++) {
      const RdYaml *sweep = rd_yaml_get(members[k], "sweep");
      if (sweep)
        rd_sweep_read_entry(d, sweep, (int)a, -1, k, sweeps);
    }
  }
  for (guint s = 0; s < settings->items->len; s++) {
    const RdYaml *list = settings->items->pdata[s];
    for (guint k = 0; k < list->items->len; k++) {
      const RdYaml *sweep = rd_yaml_get(list->items->pdata[k], "sweep");
      if (sweep)
        rd_sweep_read_entry(d, sweep, -1, (int)s, k, sweeps);
    }
  }
  rd_sweep_read_root(d, c->files->root, sweeps);
}

static void read_campaign(RdCampaign *c, RdDiagnostics *d) {
  static const char *const known[] = {"campaign", "topology", "seeds", "duration", "warmup",
                                      "costs",    "set",      "cpu",   "networks", "attacks",
                                      "defenses", "sweep",    "grid",  "epoch",    NULL};
  RdCampaignFiles *f = c->files;
  const char *name = "campaign";
  if (!rd_schema_is(d, f->root, "campaign", "trial") || !rd_schema_map(d, f->root, known))
    return;
  rd_schema_name(d, rd_schema_need(d, f->root, "campaign"), &name);
  c->name = g_strdup(name);
  read_seeds(c, d, rd_schema_need(d, f->root, "seeds"));
  const RdYaml *topology = rd_schema_need(d, f->root, "topology");
  f->topology = topology ? rd_topology_locate(d, topology, &f->owned_topology) : NULL;
  bool attacks = read_attacks(c, d, f->root);
  const RdYaml *settings = read_settings(d, f->root);
  if (f->topology && attacks)
    try_attacks(c, d);
  if (f->topology && settings)
    try_settings(c, d, settings);
  /* A fault is told once: only where there was none does a new one show what is wrong with a value. */
  if (rd_diagnostics_count(d) == 0) {
    read_sweeps(c, d, settings);
    rd_campaign_make_cells(c, d);
  }
}

RdCampaign *rd_campaign_load(const char *path, RdParts *parts, GError **error) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  g_autoptr(RdCampaign) c = g_new0(RdCampaign, 1);
  c->path = g_canonicalize_filename(path, NULL);
  c->files = g_new0(RdCampaignFiles, 1);
  c->files->parts = parts;
  c->files->attacks = g_ptr_array_new_with_free_func((GDestroyNotify)rd_yaml_free);
  c->files->settings = g_ptr_array_new_with_free_func((GDestroyNotify)rd_yaml_free);
  c->files->written = g_ptr_array_new_with_free_func((GDestroyNotify)rd_yaml_free);
  c->files->sweeps = g_ptr_array_new_with_free_func(rd_sweep_free);
  c->files->root = rd_yaml_load(path, d);
  if (c->files->root)
    read_campaign(c, d);
  return rd_diagnostics_ok(d, error) ? g_steal_pointer(&c) : NULL;
}

RdTrial *rd_campaign_trial(const RdCampaign *c, int attack, unsigned defense, uint64_t seed,
                           GError **error) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  g_return_val_if_fail(attack < (int)c->n_attacks && defense < c->n_defenses, NULL);
  g_autoptr(RdTrial) trial = rd_campaign_build(c, attack, (int)defense, seed, NULL, 0, d);
  return rd_diagnostics_ok(d, error) ? g_steal_pointer(&trial) : NULL;
}

RdTrial *rd_campaign_cell_trial(const RdCampaign *c, unsigned index, uint64_t seed,
                                GError **error) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  g_return_val_if_fail(index < c->n_cells, NULL);
  const RdCampaignCell *cell = &c->cells[index];
  g_autoptr(RdTrial) trial =
      rd_campaign_build(c, (int)cell->attack, (int)cell->defense, seed, cell->at, cell->n_at, d);
  return rd_diagnostics_ok(d, error) ? g_steal_pointer(&trial) : NULL;
}
