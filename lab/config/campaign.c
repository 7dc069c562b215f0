#include "lab/config/campaign.h"

#include <string.h>

#include "lab/config/expand.h"
#include "lab/config/seeds.h"
#include "lab/plugin/params.h"

#define ATTACKS_MAX 256
#define SETTINGS_MAX 256

struct RdCampaignFiles {
  RdYaml *root, *owned_topology;
  const RdYaml *topology;
  GPtrArray *attacks; /* RdYaml *: entries as the trials see them, levels written out */
  GPtrArray *settings; /* RdYaml *: lists of defense entries, in the order of the campaign's */
  RdParts *parts;
};

static void clear_setting(RdCampaignDefense *s) {
  char **texts[] = {&s->name, &s->of, &s->instance, &s->parameter, &s->value};
  for (size_t k = 0; k < G_N_ELEMENTS(texts); k++)
    g_clear_pointer(texts[k], g_free);
}

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
    clear_setting(&c->defenses[i]);
  g_ptr_array_unref(c->files->attacks);
  g_ptr_array_unref(c->files->settings);
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
  GPtrArray *attacks = c->files->attacks;
  if (!list || !rd_schema_list(d, list, "attacks") || !bounded(d, list, ATTACKS_MAX))
    return false;
  for (guint i = 0; i < list->items->len; i++)
    rd_expand_attack(d, list->items->pdata[i], attacks);
  if (attacks->len > ATTACKS_MAX)
    rd_schema_fault(d, list, "at most %d attacks are possible, levels counted: got %u", ATTACKS_MAX,
                    attacks->len);
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

static RdTrial *build(const RdCampaign *c, int attack, int setting, uint64_t seed,
                      RdDiagnostics *d) {
  const RdCampaignFiles *f = c->files;
  const RdYaml *list = setting >= 0 ? f->settings->pdata[setting] : NULL;
  RdTrialPieces p = {.root = f->root, .topology = f->topology, .name = c->name, .seed = seed};
  if (attack >= 0) {
    const RdYaml *name;
    p.attacks =
        rd_expand_members((const RdYaml *const *)&f->attacks->pdata[attack], &p.n_attacks, &name);
  }
  if (list) {
    p.defenses = (const RdYaml *const *)list->items->pdata;
    p.n_defenses = list->items->len;
  }
  return rd_trial_build(&p, f->parts, d);
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
    g_autoptr(RdTrial) trial = build(c, (int)i, -1, 1, d);
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

static RdCampaignDefense *add_setting(RdCampaign *c, RdYaml *list) {
  c->defenses = g_renew(RdCampaignDefense, c->defenses, c->n_defenses + 1);
  RdCampaignDefense *s = &c->defenses[c->n_defenses++];
  *s = (RdCampaignDefense){.n_defenses = list->items->len};
  g_ptr_array_add(c->files->settings, list);
  return s;
}

static void drop_last(RdCampaign *c) {
  clear_setting(&c->defenses[--c->n_defenses]);
  g_ptr_array_set_size(c->files->settings, (gint)c->n_defenses);
}

/* A trial with nothing but the setting, to find its faults. */
static RdTrial *try_setting(const RdCampaign *c, RdDiagnostics *d, unsigned setting) {
  RdTrial *trial = build(c, -1, (int)setting, 1, d);
  check_clashes(c, d, trial, c->files->settings->pdata[setting]);
  return trial;
}

/* "rl-token-rate-0_5": of what a name may hold. */
static char *sweep_name(const char *setting, const char *parameter, const char *value) {
  char *name = g_strdup_printf("%s-%s-%s", setting, parameter, value);
  g_strcanon(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", '_');
  return name;
}

static void check_sweep_name(RdCampaign *c, RdDiagnostics *d, const RdYaml *value) {
  const char *name = c->defenses[c->n_defenses - 1].name;
  if (strlen(name) > 63)
    rd_schema_fault(d, value, "the setting would be named %s: at most 63 characters", name);
  for (unsigned i = 0; i + 1 < c->n_defenses; i++)
    if (g_strcmp0(c->defenses[i].name, name) == 0)
      rd_schema_fault(d, value, "there is already a setting named %s", name);
}

/* A value that the setting has anyway makes no other setting: it is the operating point. */
static void try_point(RdCampaign *c, RdDiagnostics *d, unsigned of, RdSweepPoint *point,
                      const RdTrial *base) {
  const RdTrialDefense *before = &base->defenses[point->defense];
  unsigned faults = rd_diagnostics_count(d);
  RdCampaignDefense *s = add_setting(c, g_steal_pointer(&point->setting));
  g_autoptr(RdTrial) trial = try_setting(c, d, c->n_defenses - 1);
  int row = rd_params_row(before->part, point->parameter);
  if (rd_diagnostics_count(d) > faults || row < 0)
    return;
  g_autofree char *own = rd_params_text(before->config, (unsigned)row);
  s->value = rd_params_text(trial->defenses[point->defense].config, (unsigned)row);
  s->of = g_strdup(c->defenses[of].name);
  s->instance = g_strdup(before->name);
  s->parameter = g_strdup(point->parameter);
  s->name = sweep_name(s->of, s->parameter, s->value);
  check_sweep_name(c, d, point->value);
  if (g_strcmp0(own, s->value) == 0)
    drop_last(c);
}

static void try_sweeps(RdCampaign *c, RdDiagnostics *d, unsigned of, const RdYaml *list,
                       const RdTrial *base) {
  g_autoptr(GPtrArray) points = rd_expand_sweeps(d, list);
  for (guint i = 0; i < points->len; i++)
    try_point(c, d, of, points->pdata[i], base);
}

/* Settings first, so that indexes of sweeps come behind them all. */
static void try_settings(RdCampaign *c, RdDiagnostics *d, const RdYaml *map) {
  g_autoptr(GPtrArray) trials = g_ptr_array_new_with_free_func((GDestroyNotify)rd_trial_free);
  for (guint i = 0; i < map->items->len; i++) {
    const RdYaml *list = map->items->pdata[i];
    add_setting(c, rd_expand_setting(list))->name = g_strdup(list->key->text);
    g_ptr_array_add(trials, try_setting(c, d, i));
  }
  c->n_settings = c->n_defenses;
  /* A fault is told once: only where there was none does a new one show what is wrong with a value. */
  bool sound = rd_diagnostics_count(d) == 0;
  for (guint i = 0; sound && i < map->items->len; i++)
    try_sweeps(c, d, i, map->items->pdata[i], trials->pdata[i]);
  if (c->n_defenses > SETTINGS_MAX)
    rd_schema_fault(d, map, "at most %d settings are possible, values of sweeps counted: got %u",
                    SETTINGS_MAX, c->n_defenses);
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
  bool attacks = read_attacks(c, d, f->root);
  const RdYaml *settings = read_settings(d, f->root);
  if (f->topology && attacks)
    try_attacks(c, d);
  if (f->topology && settings)
    try_settings(c, d, settings);
}

RdCampaign *rd_campaign_load(const char *path, RdParts *parts, GError **error) {
  g_autoptr(RdDiagnostics) d = rd_diagnostics_new();
  g_autoptr(RdCampaign) c = g_new0(RdCampaign, 1);
  c->path = g_canonicalize_filename(path, NULL);
  c->files = g_new0(RdCampaignFiles, 1);
  c->files->parts = parts;
  c->files->attacks = g_ptr_array_new_with_free_func((GDestroyNotify)rd_yaml_free);
  c->files->settings = g_ptr_array_new_with_free_func((GDestroyNotify)rd_yaml_free);
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
