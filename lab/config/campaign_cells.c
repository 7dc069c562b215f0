/* campaign_cells.c - the trials of a campaign: every attack with every setting, and around them the
 * points of sweeps. */
#include <string.h>

#include "lab/config/campaign_files.h"
#include "lab/config/expand.h"
#include "lab/plugin/params.h"
#include "lab/text/words.h"

#define POINTS_MAX 4096
#define LABEL_MAX 63

const char *rd_swept_name(RdSwept swept) {
  static const char *const names[] = {"defense", "attack", "node"};
  return names[swept];
}

/* ---- one trial -------------------------------------------------------------------------------- */

/* The pieces of a trial, copied where something is changed in them. */
typedef struct {
  GPtrArray *made; /* owns the copies */
  const RdYaml *root;
  const RdYaml **attacks, **defenses;
} Pieces;

static RdYaml *own(Pieces *p, const RdYaml *node) {
  RdYaml *copy = rd_yaml_copy(node);
  g_ptr_array_add(p->made, copy);
  return copy;
}

/* What has no map where one is expected has been told before. */
static void change(Pieces *p, const RdCampaignCoordinate *at) {
  RdYaml *set;
  if (at->swept == RD_SWEPT_NODE) {
    RdYaml *root = own(p, p->root), *all = rd_expand_set(root, at->key, "set");
    set = all ? rd_expand_set(all, at->key, at->instance) : NULL;
    p->root = root;
  } else {
    const RdYaml **entries = at->swept == RD_SWEPT_ATTACK ? p->attacks : p->defenses;
    RdYaml *entry = own(p, entries[at->index]);
    set = rd_expand_set(entry, at->key, "set");
    entries[at->index] = entry;
  }
  if (set)
    rd_sweep_put(set, at->key, at->parameter, at->written);
}

RdTrial *rd_campaign_build(const RdCampaign *c, int attack, int setting, uint64_t seed,
                           const RdCampaignCoordinate *at, unsigned n_at, RdDiagnostics *d) {
  const RdCampaignFiles *f = c->files;
  g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func((GDestroyNotify)rd_yaml_free);
  const RdYaml *list = setting >= 0 ? f->settings->pdata[setting] : NULL, *name;
  const RdYaml *const *entry =
      attack >= 0 ? (const RdYaml *const *)&f->attacks->pdata[attack] : NULL;
  unsigned n_attacks = 0, n_defenses = list ? list->items->len : 0;
  const RdYaml *const *members = entry ? rd_expand_members(entry, &n_attacks, &name) : NULL;
  g_autofree const RdYaml **attacks = g_new0(const RdYaml *, n_attacks + 1);
  g_autofree const RdYaml **defenses = g_new0(const RdYaml *, n_defenses + 1);
  for (unsigned i = 0; i < n_attacks; i++)
    attacks[i] = members[i];
  for (unsigned i = 0; i < n_defenses; i++)
    defenses[i] = list->items->pdata[i];
  Pieces p = {made, f->root, attacks, defenses};
  for (unsigned i = 0; i < n_at; i++)
    change(&p, &at[i]);
  const RdTrialPieces pieces = {.root = p.root,
                                .topology = f->topology,
                                .name = c->name,
                                .seed = seed,
                                .attacks = attacks,
                                .n_attacks = n_attacks,
                                .defenses = defenses,
                                .n_defenses = n_defenses};
  return rd_trial_build(&pieces, f->parts, d);
}

/* ---- the cells -------------------------------------------------------------------------------- */

typedef struct {
  RdCampaign *c;
  RdDiagnostics *d;
  GPtrArray *attacks, *settings; /* RdTrial *: each alone, with nothing changed */
  GHashTable *points; /* texts of points: each may be there once */
  GHashTable *labels; /* label -> what it stands for */
  GArray *cells; /* RdCampaignCell */
} Making;

static void clear_cell(RdCampaignCell *cell) {
  for (unsigned i = 0; i < cell->n_at; i++) {
    g_free(cell->at[i].instance);
    g_free(cell->at[i].parameter);
    g_free(cell->at[i].value);
  }
  g_free(cell->at);
  g_free(cell->attack_name);
  g_free(cell->defense_name);
}

void rd_campaign_clear_cells(RdCampaign *c) {
  for (unsigned i = 0; i < c->n_cells; i++)
    clear_cell(&c->cells[i]);
  g_free(c->cells);
}

/* The part's configuration that a coordinate is in; of a trial with it. */
static const void *config_of(const RdTrial *t, RdSwept swept, unsigned index) {
  return swept == RD_SWEPT_ATTACK    ? t->attacks[index].config
         : swept == RD_SWEPT_DEFENSE ? t->defenses[index].config
                                     : t->topology->nodes[index].config;
}

static char *value_of(const RdTrial *t, const RdCampaignCoordinate *at) {
  const void *config = config_of(t, at->swept, at->index);
  const int row = config ? rd_params_row(rd_params_part(config), at->parameter) : -1;
  return row >= 0 ? rd_params_text(config, (unsigned)row) : NULL;
}

static const RdTrial *base_of(const Making *m, RdSwept swept, unsigned attack, unsigned setting) {
  return swept == RD_SWEPT_ATTACK ? m->attacks->pdata[attack] : m->settings->pdata[setting];
}

static bool take_at(const Making *m, RdCampaignCoordinate *at, RdSwept swept, unsigned index,
                    unsigned attack, unsigned setting) {
  const RdTrial *base = base_of(m, swept, attack, setting);
  at->swept = swept;
  at->index = index;
  g_free(at->instance);
  at->instance = g_strdup(swept == RD_SWEPT_ATTACK    ? base->attacks[index].name
                          : swept == RD_SWEPT_DEFENSE ? base->defenses[index].name
                                                      : base->topology->nodes[index].name);
  return true;
}

/* Finds the instance of an axis in the cell; false: it has none of that name. */
static bool find(const Making *m, const RdSweep *sweep, const char *instance, unsigned attack,
                 unsigned setting, RdCampaignCoordinate *at) {
  const RdTrial *of_attack = m->attacks->pdata[attack], *of_setting = m->settings->pdata[setting];
  if (sweep->attack >= 0)
    return sweep->attack == (int)attack &&
           take_at(m, at, RD_SWEPT_ATTACK, sweep->member, attack, setting);
  if (sweep->setting >= 0)
    return sweep->setting == (int)setting &&
           take_at(m, at, RD_SWEPT_DEFENSE, sweep->member, attack, setting);
  for (unsigned i = 0; i < of_attack->n_attacks; i++)
    if (strcmp(of_attack->attacks[i].name, instance) == 0)
      return take_at(m, at, RD_SWEPT_ATTACK, i, attack, setting);
  for (unsigned i = 0; i < of_setting->n_defenses; i++)
    if (strcmp(of_setting->defenses[i].name, instance) == 0)
      return take_at(m, at, RD_SWEPT_DEFENSE, i, attack, setting);
  for (unsigned i = 0; i < of_setting->topology->n_nodes; i++)
    if (strcmp(of_setting->topology->nodes[i].name, instance) == 0)
      return take_at(m, at, RD_SWEPT_NODE, i, attack, setting);
  return false;
}

/* A cell with the instances of all axes found; false, and nothing to clear: it lacks one. */
static bool fits(const Making *m, const RdSweep *sweep, unsigned attack, unsigned setting,
                 RdCampaignCell *ret) {
  RdCampaignCell cell = {.attack = attack, .defense = setting, .n_at = sweep->axes->len};
  cell.at = g_new0(RdCampaignCoordinate, cell.n_at);
  for (unsigned i = 0; i < cell.n_at; i++) {
    const RdSweepAxis *axis = sweep->axes->pdata[i];
    cell.at[i].parameter = g_strdup(axis->parameter);
    cell.at[i].key = axis->values;
    if (!find(m, sweep, axis->instance, attack, setting, &cell.at[i])) {
      clear_cell(&cell);
      return false;
    }
  }
  *ret = cell;
  return true;
}

/* "NAME-PARAMETER-VALUE": of what a name may hold. */
static char *label_of(const char *base, const RdCampaignCell *cell, RdSwept swept) {
  g_autoptr(GString) name = g_string_new(base);
  for (unsigned i = 0; i < cell->n_at; i++)
    if (cell->at[i].swept == swept)
      g_string_append_printf(name, "-%s-%s", cell->at[i].parameter, cell->at[i].value);
  return g_strdup(g_strcanon(
      name->str, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", '_'));
}

/* What is changed, of one kind or (-1) of all. */
static char *changes_of(const RdCampaignCell *cell, int swept) {
  GString *text = g_string_new(NULL);
  for (unsigned i = 0; i < cell->n_at; i++) {
    const RdCampaignCoordinate *at = &cell->at[i];
    if (swept < 0 || (int)at->swept == swept)
      g_string_append_printf(text, "%s %s.%s = %s\n", rd_swept_name(at->swept), at->instance,
                             at->parameter, at->value);
  }
  return g_string_free(text, FALSE);
}

static const RdYaml *place_of(const RdCampaignCell *cell, RdSwept swept) {
  for (unsigned i = 0; i < cell->n_at; i++)
    if (cell->at[i].swept == swept)
      return cell->at[i].written;
  return cell->at[0].written;
}

/* A label may be that of nothing else. */
static void check_label(Making *m, const RdCampaignCell *cell, const char *label, RdSwept swept) {
  const bool attack = swept == RD_SWEPT_ATTACK;
  g_autofree char *changes = changes_of(cell, (int)swept);
  if (!*changes)
    return;
  const RdYaml *place = place_of(cell, swept);
  g_autofree char *key = g_strdup_printf("%s %s", rd_swept_name(swept), label);
  const char *other = g_hash_table_lookup(m->labels, key);
  if (strlen(label) > LABEL_MAX)
    rd_schema_fault(m->d, place, "the %s would be named %s: at most %d characters",
                    attack ? "attack" : "setting", label, LABEL_MAX);
  else if (!other)
    g_hash_table_insert(m->labels, g_steal_pointer(&key), g_steal_pointer(&changes));
  else if (strcmp(other, changes) != 0)
    rd_schema_fault(m->d, place, "there is already %s named %s", attack ? "an attack" : "a setting",
                    label);
}

/* Names it and keeps it, unless it is what the cell is anyway. Takes what it points to. */
static void keep(Making *m, RdCampaignCell *cell) {
  const RdCampaign *c = m->c;
  bool differs = cell->n_at == 0;
  for (unsigned i = 0; i < cell->n_at; i++) {
    const RdCampaignCoordinate *at = &cell->at[i];
    g_autofree char *before = value_of(base_of(m, at->swept, cell->attack, cell->defense), at);
    differs = differs || g_strcmp0(before, at->value) != 0;
  }
  if (!differs) {
    clear_cell(cell);
    return;
  }
  g_autofree char *changes = changes_of(cell, -1);
  char *point = g_strdup_printf("%u %u %s", cell->attack, cell->defense, changes);
  cell->attack_name = label_of(c->attacks[cell->attack].name, cell, RD_SWEPT_ATTACK);
  cell->defense_name = label_of(c->defenses[cell->defense].name, cell, RD_SWEPT_DEFENSE);
  check_label(m, cell, cell->attack_name, RD_SWEPT_ATTACK);
  check_label(m, cell, cell->defense_name, RD_SWEPT_DEFENSE);
  if (!g_hash_table_add(m->points, point))
    rd_schema_fault(m->d, cell->at[cell->n_at - 1].written, "this value is swept already");
  g_array_append_val(m->cells, *cell);
}

static RdCampaignCell copy_of(const RdCampaignCell *cell) {
  RdCampaignCell copy = *cell;
  copy.at = g_memdup2(cell->at, cell->n_at * sizeof *cell->at);
  for (unsigned i = 0; i < copy.n_at; i++) {
    copy.at[i].instance = g_strdup(cell->at[i].instance);
    copy.at[i].parameter = g_strdup(cell->at[i].parameter);
  }
  return copy;
}

static void add_point(Making *m, const RdSweep *sweep, const RdCampaignCell *cell,
                      unsigned combination) {
  g_autoptr(RdDiagnostics) faults = rd_diagnostics_new();
  RdCampaignCell point = copy_of(cell);
  bool texts = true;
  for (unsigned i = 0; i < point.n_at; i++) {
    point.at[i].written = rd_sweep_value(sweep, combination, i);
    texts = texts && rd_schema_text(faults, point.at[i].written);
  }
  g_autoptr(RdTrial) trial = texts ? rd_campaign_build(m->c, (int)point.attack, (int)point.defense,
                                                       1, point.at, point.n_at, faults)
                                   : NULL;
  rd_diagnostics_merge(m->d, faults);
  if (rd_diagnostics_count(faults) > 0) {
    clear_cell(&point);
    return;
  }
  for (unsigned i = 0; i < point.n_at; i++)
    point.at[i].value = value_of(trial, &point.at[i]);
  keep(m, &point);
}

/* All names that an axis may have. */
static void check_instances(const Making *m, const RdSweep *sweep) {
  g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  const RdTopology *t = ((const RdTrial *)m->attacks->pdata[0])->topology;
  for (unsigned i = 0; i < t->n_nodes; i++)
    g_ptr_array_add(names, t->nodes[i].name);
  for (guint i = 0; i < m->attacks->len + m->settings->len; i++) {
    const bool attack = i < m->attacks->len;
    const RdTrial *trial = attack ? m->attacks->pdata[i] : m->settings->pdata[i - m->attacks->len];
    for (unsigned k = 0; k < (attack ? trial->n_attacks : trial->n_defenses); k++) {
      char *name = attack ? trial->attacks[k].name : trial->defenses[k].name;
      if (g_hash_table_add(known, name))
        g_ptr_array_add(names, name);
    }
  }
  g_ptr_array_add(names, NULL);
  const char *const *all = (const char *const *)names->pdata;
  unsigned unknown = 0;
  for (guint i = 0; i < sweep->axes->len; i++) {
    const RdSweepAxis *axis = sweep->axes->pdata[i];
    if (g_strv_contains(all, axis->instance))
      continue;
    g_autofree char *quoted = rd_words_quote(axis->instance), *list = rd_words_join(all);
    g_autofree char *suggestion = rd_words_suggestion(axis->instance, all);
    rd_schema_fault_key(m->d, axis->values, NULL,
                        "there is no node, attack or defense %s%s (known: %s)", quoted, suggestion,
                        list);
    unknown++;
  }
  if (!unknown)
    rd_schema_fault_key(m->d, ((const RdSweepAxis *)sweep->axes->pdata[0])->values, NULL,
                        "no attack with a setting has all of what this grid names");
}

/* Too many are told before one of them is built. */
static bool count_points(const Making *m) {
  const GPtrArray *sweeps = m->c->files->sweeps;
  uint64_t points = 0;
  bool sound = true;
  for (guint s = 0; s < sweeps->len; s++) {
    const RdSweep *sweep = sweeps->pdata[s];
    uint64_t fitting = 0;
    for (unsigned i = 0; i < m->c->n_attacks * m->c->n_defenses; i++) {
      RdCampaignCell cell;
      if (fits(m, sweep, i / m->c->n_defenses, i % m->c->n_defenses, &cell)) {
        clear_cell(&cell);
        fitting++;
      }
    }
    if (fitting == 0)
      check_instances(m, sweep);
    points += fitting * rd_sweep_combinations(sweep);
    if (sound && points > POINTS_MAX)
      rd_schema_fault_key(m->d, ((const RdSweepAxis *)sweep->axes->pdata[0])->values, NULL,
                          "up to here sweeps have %" G_GUINT64_FORMAT
                          " points (values x attacks x settings): at most %d are possible",
                          points, POINTS_MAX);
    sound = sound && points <= POINTS_MAX;
  }
  return sound;
}

static void add_points(Making *m, unsigned attack) {
  const GPtrArray *sweeps = m->c->files->sweeps;
  for (guint s = 0; s < sweeps->len; s++)
    for (unsigned d = 0; d < m->c->n_defenses; d++) {
      const RdSweep *sweep = sweeps->pdata[s];
      RdCampaignCell cell;
      if (!fits(m, sweep, attack, d, &cell))
        continue;
      for (unsigned k = 0; k < rd_sweep_combinations(sweep); k++)
        add_point(m, sweep, &cell, k);
      clear_cell(&cell);
    }
}

static void add_cells(Making *m) {
  const bool sound = count_points(m);
  for (unsigned i = 0; i < m->c->n_attacks + m->c->n_defenses; i++) {
    const bool attack = i < m->c->n_attacks;
    const char *name = attack ? m->c->attacks[i].name : m->c->defenses[i - m->c->n_attacks].name;
    g_hash_table_insert(m->labels, g_strdup_printf("%s %s", attack ? "attack" : "defense", name),
                        g_strdup(""));
  }
  for (unsigned a = 0; a < m->c->n_attacks; a++) {
    for (unsigned d = 0; d < m->c->n_defenses; d++) {
      RdCampaignCell cell = {.attack = a, .defense = d};
      keep(m, &cell);
    }
    if (sound)
      add_points(m, a);
  }
}

void rd_campaign_make_cells(RdCampaign *c, RdDiagnostics *d) {
  Making m = {.c = c,
              .d = d,
              .attacks = g_ptr_array_new_with_free_func((GDestroyNotify)rd_trial_free),
              .settings = g_ptr_array_new_with_free_func((GDestroyNotify)rd_trial_free),
              .points = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
              .labels = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
              .cells = g_array_new(FALSE, FALSE, sizeof(RdCampaignCell))};
  for (unsigned a = 0; a < c->n_attacks; a++)
    g_ptr_array_add(m.attacks, rd_campaign_build(c, (int)a, -1, 1, NULL, 0, d));
  for (unsigned s = 0; s < c->n_defenses; s++)
    g_ptr_array_add(m.settings, rd_campaign_build(c, -1, (int)s, 1, NULL, 0, d));
  add_cells(&m);
  c->n_cells = m.cells->len;
  c->n_points = c->n_cells - c->n_attacks * c->n_defenses;
  c->cells = (RdCampaignCell *)(void *)g_array_free(m.cells, FALSE);
  g_ptr_array_unref(m.attacks);
  g_ptr_array_unref(m.settings);
  g_hash_table_unref(m.points);
  g_hash_table_unref(m.labels);
}
