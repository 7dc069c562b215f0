#include "lab/config/expand.h"

#include <string.h>

#define LEVELS_MAX 64

/* ---- trees ------------------------------------------------------------------------------------ */

/* A copy without one of its keys (NULL: with all). */
static RdYaml *copy_without(const RdYaml *node, const char *left_out) {
  RdYaml *copy = rd_yaml_copy(node);
  for (guint i = copy->items ? copy->items->len : 0; i-- > 0;) {
    const RdYaml *item = copy->items->pdata[i];
    if (copy->kind == RD_YAML_MAP && g_strcmp0(item->key->text, left_out) == 0)
      g_ptr_array_remove_index(copy->items, i);
  }
  return copy;
}

RdYaml *rd_expand_set(RdYaml *map, const RdYaml *place, const char *key) {
  RdYaml *set = (RdYaml *)rd_yaml_get(map, key);
  if (!set) {
    set = rd_yaml_map_at(place, key);
    g_ptr_array_add(map->items, set);
  }
  return set->kind == RD_YAML_MAP ? set : NULL;
}

/* ---- levels of an attack ---------------------------------------------------------------------- */

/* What a level's name is put behind: the entry's own name, or its part's. */
static const char *base_name(RdDiagnostics *d, const RdYaml *entry) {
  const RdYaml *name = rd_yaml_get(entry, "name"), *part = rd_yaml_get(entry, "attack");
  const RdYaml *said = name ? name : part;
  if (!said || said->kind != RD_YAML_SCALAR || said->empty)
    return NULL; /* reported when the entry is read */
  if (!name && strpbrk(said->text, "/.")) {
    rd_schema_fault(d, said, "a part given by path and with levels needs a name (key \"name\")");
    return NULL;
  }
  return said->text;
}

static void put_name(RdYaml *entry, const RdYaml *level, const char *base) {
  RdYaml *name = rd_yaml_copy(level->key);
  g_free(name->text);
  name->text = g_strconcat(base, "-", level->key->text, NULL);
  rd_yaml_rename(name, level->key, "name");
  g_ptr_array_add(entry->items, name);
}

static RdYaml *at_level(RdDiagnostics *d, const RdYaml *entry, const RdYaml *level) {
  g_autoptr(RdYaml) plain = copy_without(entry, "levels");
  g_autoptr(RdYaml) made = copy_without(plain, "name");
  const char *base = base_name(d, entry);
  RdYaml *set = rd_expand_set(made, level, "set");
  if (level->kind != RD_YAML_MAP || level->items->len == 0) {
    rd_schema_fault(d, level, "what it sets is expected, as in {rate: 50}");
    return NULL;
  }
  if (!base || !set)
    return set ? NULL : g_steal_pointer(&plain); /* a `set` that is none: told when it is read */
  put_name(made, level, base);
  for (guint i = 0; i < level->items->len; i++) {
    const RdYaml *item = level->items->pdata[i];
    if (rd_yaml_get(set, item->key->text))
      rd_schema_fault_key(d, item, NULL, "%s is set by \"set\" and by the level: once is enough",
                          item->key->text);
    else
      g_ptr_array_add(set->items, rd_yaml_copy(item));
  }
  return g_steal_pointer(&made);
}

/* Attacks that go together, under one name. */
static void expand_group(RdDiagnostics *d, const RdYaml *entry, GPtrArray *attacks) {
  static const char *const known[] = {"name", "attacks", NULL};
  const RdYaml *list = rd_yaml_get(entry, "attacks");
  const char *name = NULL;
  if (!rd_schema_map(d, entry, known) ||
      !rd_schema_name(d, rd_schema_need(d, entry, "name"), &name) ||
      !rd_schema_list(d, list, "attacks"))
    return;
  if (list->items->len < 1 || list->items->len > RD_ATTACKS_MAX)
    rd_schema_fault(d, list, "1 to %d attacks can go together, got %u", RD_ATTACKS_MAX,
                    list->items->len);
  else
    g_ptr_array_add(attacks, rd_yaml_copy(entry));
}

const RdYaml *const *rd_expand_members(const RdYaml *const *entry, unsigned *ret_n,
                                       const RdYaml **ret_name) {
  const RdYaml *list = rd_yaml_get(*entry, "attacks");
  *ret_n = list ? list->items->len : 1;
  *ret_name = list ? rd_yaml_get(*entry, "name") : NULL;
  return list ? (const RdYaml *const *)list->items->pdata : entry;
}

void rd_expand_attack(RdDiagnostics *d, const RdYaml *entry, GPtrArray *attacks) {
  if (rd_yaml_get(entry, "attacks")) {
    expand_group(d, entry, attacks);
    return;
  }
  const RdYaml *levels = rd_yaml_get(entry, "levels");
  if (!levels) {
    g_ptr_array_add(attacks, rd_yaml_copy(entry));
    return;
  }
  if (!rd_schema_named(d, levels, "levels"))
    return;
  if (levels->items->len < 1 || levels->items->len > LEVELS_MAX) {
    rd_schema_fault(d, levels, "1 to %d levels are possible, got %u", LEVELS_MAX,
                    levels->items->len);
    return;
  }
  for (guint i = 0; i < levels->items->len; i++) {
    RdYaml *made = at_level(d, entry, levels->items->pdata[i]);
    if (made)
      g_ptr_array_add(attacks, made);
  }
}

/* ---- entries without their sweeps -------------------------------------------------------------- */

RdYaml *rd_expand_without_sweeps(const RdYaml *entry) {
  if (entry->kind == RD_YAML_MAP && !rd_yaml_get(entry, "attacks"))
    return copy_without(entry, "sweep");
  RdYaml *copy = rd_yaml_copy(entry);
  RdYaml *list = copy->kind == RD_YAML_MAP ? (RdYaml *)rd_yaml_get(copy, "attacks") : copy;
  for (guint i = 0; list->kind == RD_YAML_LIST && i < list->items->len; i++) {
    RdYaml *plain = copy_without(list->items->pdata[i], "sweep");
    rd_yaml_free(list->items->pdata[i]);
    list->items->pdata[i] = plain;
  }
  return copy;
}
