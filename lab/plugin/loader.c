#include "lab/plugin/loader.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

#include "lab/plugin/files.h"
#include "lab/plugin/inspect.h"
#include "lab/plugin/object.h"
#include "lab/plugin/scenario.h"
#include "lab/text/words.h"

#define OBJECT_MAX (256u << 20)

struct RdParts {
  GPtrArray *roots; /* char * */
  bool names_only;
  GHashTable *loaded; /* "defense:rl-token" or "defense:/path" -> RdPart */
  RdPart *player; /* the part that plays scenarios; NULL: not asked for yet */
};

G_DEFINE_QUARK(redoubt - plugin, rd_plugin_error)

const char *rd_part_kind_name(RdPartKind kind) {
  return kind == RD_NODE ? "node" : kind == RD_ATTACK ? "attack" : "defense";
}

const char *rd_part_kind_folder(RdPartKind kind) {
  return kind == RD_NODE ? "nodes" : kind == RD_ATTACK ? "attacks" : "defenses";
}

static void part_free(gpointer data) {
  RdPart *part = data;
  g_free(part->path);
  g_free(part->digest);
  g_free(part->params);
  g_free(part->costs);
  for (unsigned i = 0; i < part->n_verbs; i++) {
    g_free((char *)part->verbs[i].arguments->plugin.name);
    g_free(part->verbs[i].arguments->params);
    g_free(part->verbs[i].arguments);
  }
  g_free(part->verbs);
  if (part->handle)
    dlclose(part->handle);
  if (part->owned)
    g_ptr_array_unref(part->owned);
  g_free(part);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdPart, part_free)

int rd_part_verb(const RdPart *part, const char *name) {
  for (unsigned i = 0; i < part->n_verbs; i++)
    if (strcmp(part->verbs[i].name, name) == 0)
      return (int)i;
  return -1;
}

RdParts *rd_parts_new_bare(void) {
  RdParts *parts = g_new0(RdParts, 1);
  parts->roots = g_ptr_array_new_with_free_func(g_free);
  parts->loaded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, part_free);
  return parts;
}

RdParts *rd_parts_new(void) {
  RdParts *parts = rd_parts_new_bare();
  g_auto(GStrv) roots = rd_files_part_roots();
  for (char **r = roots; *r; r++)
    g_ptr_array_add(parts->roots, g_strdup(*r));
  return parts;
}

void rd_parts_names_only(RdParts *parts) {
  parts->names_only = true;
}

void rd_parts_add_root(RdParts *parts, const char *folder) {
  g_ptr_array_add(parts->roots, g_canonicalize_filename(folder, NULL));
}

void rd_parts_free(RdParts *parts) {
  if (!parts)
    return;
  g_hash_table_destroy(parts->loaded);
  if (parts->player)
    part_free(parts->player);
  g_ptr_array_unref(parts->roots);
  g_free(parts);
}

/* The table under the exported symbol, and how many bytes the object says it has. */
static const RdPlugin *find_table(void *handle, gsize *ret_room) {
  Dl_info info;
  ElfW(Sym) *symbol = NULL;
  const void *table = dlsym(handle, "redoubt_plugin");
  *ret_room = 0;
  if (table && dladdr1(table, &info, (void **)&symbol, RTLD_DL_SYMENT) && symbol &&
      ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT)
    *ret_room = symbol->st_size;
  return table;
}

static char *open_object(RdPart *part, RdPartKind kind, const char *name) {
  g_autofree char *bytes = NULL;
  char *why = NULL;
  gsize len, room;
  if (!rd_files_read(part->path, OBJECT_MAX, &bytes, &len, &why))
    return why;
  const char *fault = rd_object_fault(bytes, len);
  if (fault)
    return g_strdup_printf("%s; build it again", fault);
  part->digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (guchar *)bytes, len);
  part->handle = dlopen(part->path, RTLD_NOW | RTLD_LOCAL);
  if (!part->handle) {
    const char *reason = dlerror();
    g_autofree char *prefix = g_strconcat(part->path, ": ", NULL);
    return g_strdup_printf("cannot be loaded: %s",
                           g_str_has_prefix(reason, prefix) ? reason + strlen(prefix) : reason);
  }
  const RdPlugin *table = find_table(part->handle, &room);
  if (!table)
    return g_strdup("is a shared object, but no Redoubt part (it exports no redoubt_plugin)");
  return rd_inspect(part, table, room, kind, name);
}

static const RdPart *keep(RdParts *parts, const char *key, RdPart *part) {
  g_hash_table_insert(parts->loaded, g_strdup(key), part);
  return part;
}

static const RdPart *load(RdParts *parts, const char *key, const char *path, RdPartKind kind,
                          const char *name, bool by_path, GError **error) {
  g_autoptr(RdPart) part = g_new0(RdPart, 1);
  part->path = g_strdup(path);
  part->by_path = by_path;
  g_autofree char *fault = open_object(part, kind, name);
  if (fault) {
    g_autofree char *shown = rd_words_printable(path), *why = rd_words_printable(fault);
    g_set_error(error, RD_PLUGIN_ERROR, RD_PLUGIN_BROKEN, "%s: %s", shown, why);
    return NULL;
  }
  return keep(parts, key, g_steal_pointer(&part));
}

static bool is_file(const char *path) {
  return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* --- scenarios ---------------------------------------------------------------------------------- */

#define PLAYER "scenario"

/* ROOT/scenario.so of the first root that has it. */
static RdPart *player_of(RdParts *parts, GError **error) {
  for (guint i = 0; !parts->player && i < parts->roots->len; i++) {
    g_autofree char *path = g_build_filename(parts->roots->pdata[i], PLAYER ".so", NULL);
    if (!is_file(path))
      continue;
    g_autoptr(RdPart) part = g_new0(RdPart, 1);
    part->path = g_strdup(path);
    g_autofree char *fault = open_object(part, RD_ATTACK, PLAYER);
    if (fault) {
      g_set_error(error, RD_PLUGIN_ERROR, RD_PLUGIN_BROKEN, "%s: %s", path, fault);
      return NULL;
    }
    parts->player = g_steal_pointer(&part);
  }
  if (!parts->player)
    g_set_error(error, RD_PLUGIN_ERROR, RD_PLUGIN_BROKEN,
                "a scenario cannot be played: there is no " PLAYER
                ".so beside nodes/, attacks/ and "
                "defenses/");
  return parts->player;
}

static const RdPart *load_scenario(RdParts *parts, const char *key, const char *path,
                                   const char *name, bool by_path, GError **error) {
  const RdPart *player = player_of(parts, error);
  if (!player)
    return NULL;
  g_autoptr(RdPart) part = g_new0(RdPart, 1);
  part->path = g_strdup(path);
  part->by_path = by_path;
  g_autofree char *fault = rd_scenario_fill(part, player, name);
  if (fault) {
    g_set_error_literal(error, RD_PLUGIN_ERROR, RD_PLUGIN_BROKEN, fault);
    return NULL;
  }
  part->handle = dlopen(player->path, RTLD_NOW | RTLD_LOCAL);
  return keep(parts, key, g_steal_pointer(&part));
}

/* --- by name ------------------------------------------------------------------------------------ */

/* The first ROOT/KINDS/NAME/NAME.so or ROOT/KINDS/NAME.so there is, or of attacks NAME.xml; NULL: none. */
static char *find_by_name(RdParts *parts, RdPartKind kind, const char *name) {
  static const char *const endings[] = {".so", ".xml"};
  for (guint e = 0; e < (kind == RD_ATTACK ? 2 : 1); e++) {
    g_autofree char *file = g_strconcat(name, endings[e], NULL);
    for (guint i = 0; i < parts->roots->len; i++) {
      const char *root = parts->roots->pdata[i];
      g_autofree char *deep = g_build_filename(root, rd_part_kind_folder(kind), name, file, NULL);
      g_autofree char *flat = g_build_filename(root, rd_part_kind_folder(kind), file, NULL);
      if (is_file(deep))
        return g_steal_pointer(&deep);
      if (is_file(flat))
        return g_steal_pointer(&flat);
    }
  }
  return NULL;
}

static const RdPart *unknown(RdParts *parts, RdPartKind kind, const char *name, GError **error) {
  g_auto(GStrv) names = rd_parts_names(parts, kind);
  g_autofree char *quoted = rd_words_quote(name);
  g_autofree char *known = rd_words_join((const char *const *)names);
  g_autofree char *suggestion = rd_words_suggestion(name, (const char *const *)names);
  g_ptr_array_add(parts->roots, NULL);
  g_autofree char *roots = rd_words_join((const char *const *)parts->roots->pdata);
  g_ptr_array_remove_index(parts->roots, parts->roots->len - 1);
  g_set_error(error, RD_PLUGIN_ERROR, RD_PLUGIN_UNKNOWN,
              "there is no %s %s%s (%s: %s; looked in %s)", rd_part_kind_name(kind), quoted,
              suggestion, rd_part_kind_folder(kind), known, roots);
  return NULL;
}

static bool is_scenario(RdPartKind kind, const char *path) {
  return kind == RD_ATTACK && g_str_has_suffix(path, ".xml");
}

static char *stem_of(const char *path) {
  char *base = g_path_get_basename(path);
  if (g_str_has_suffix(base, ".so"))
    base[strlen(base) - strlen(".so")] = 0;
  if (g_str_has_suffix(base, ".xml"))
    base[strlen(base) - strlen(".xml")] = 0;
  return base;
}

static const RdPart *refuse_path(RdPartKind kind, const char *path, GError **error) {
  g_autofree char *shown = rd_words_printable(path);
  g_set_error(error, RD_PLUGIN_ERROR, RD_PLUGIN_PATH,
              "%s: a %s by its path is code that loading it would run; here parts are loaded by "
              "name only (" RD_ALLOW_PART_PATHS " allows paths)",
              shown, rd_part_kind_name(kind));
  return NULL;
}

const RdPart *rd_parts_get(RdParts *parts, RdPartKind kind, const char *name, GError **error) {
  bool by_path = strchr(name, '/') != NULL;
  g_autofree char *full = by_path ? g_canonicalize_filename(name, NULL) : g_strdup(name);
  g_autofree char *key = g_strdup_printf("%s:%s", rd_part_kind_name(kind), full);
  const RdPart *known = g_hash_table_lookup(parts->loaded, key);
  if (known)
    return known;
  if (by_path && parts->names_only && !is_scenario(kind, full))
    return refuse_path(kind, full, error);
  if (by_path) {
    g_autofree char *stem = stem_of(full);
    if (is_scenario(kind, full))
      return load_scenario(parts, key, full, stem, true, error);
    return load(parts, key, full, kind, stem, true, error);
  }
  g_autofree char *path = name[0] && name[0] != '.' ? find_by_name(parts, kind, name) : NULL;
  if (path && is_scenario(kind, path))
    return load_scenario(parts, key, path, name, false, error);
  return path ? load(parts, key, path, kind, name, false, error)
              : unknown(parts, kind, name, error);
}

bool rd_parts_add_static(RdParts *parts, const RdPlugin *plugin, GError **error) {
  g_autoptr(RdPart) part = g_new0(RdPart, 1);
  part->path = g_strdup("(compiled in)");
  part->digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, plugin->name, -1);
  g_autofree char *fault = rd_inspect(part, plugin, sizeof *plugin, plugin->kind, plugin->name);
  if (fault) {
    g_set_error(error, RD_PLUGIN_ERROR, RD_PLUGIN_BROKEN, "%s: %s", plugin->name, fault);
    return false;
  }
  g_autofree char *key = g_strdup_printf("%s:%s", rd_part_kind_name(plugin->kind), plugin->name);
  keep(parts, key, g_steal_pointer(&part));
  return true;
}

/* The part of a kind that goes by a name: loaded by a path, compiled in, or to be found. */
static const RdPart *named_of_kind(RdParts *parts, RdPartKind kind, const char *name,
                                   GError **error) {
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init(&iter, parts->loaded);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    const RdPart *part = value;
    if (part->plugin.kind == kind && strcmp(part->plugin.name, name) == 0)
      return part;
  }
  g_autofree char *path = find_by_name(parts, kind, name);
  return path ? rd_parts_get(parts, kind, name, error) : NULL;
}

GPtrArray *rd_parts_named(RdParts *parts, const char *name, GError **ret_broken) {
  GPtrArray *found = g_ptr_array_new();
  g_autoptr(GError) broken = NULL;
  for (RdPartKind kind = RD_NODE; kind <= RD_DEFENSE; kind++) {
    if (!name[0] || name[0] == '.' || strchr(name, '/'))
      break;
    const RdPart *part = named_of_kind(parts, kind, name, broken ? NULL : &broken);
    if (part)
      g_ptr_array_add(found, (gpointer)part);
  }
  if (found->len == 0 && broken)
    g_propagate_error(ret_broken, g_steal_pointer(&broken));
  return found;
}

/* A part is ENTRY.so, or a folder ENTRY/ with ENTRY.so in it; of attacks, ENTRY.xml too. */
static void add_entry(GHashTable *names, const char *folder, const char *entry, RdPartKind kind) {
  static const char *const endings[] = {".so", ".xml"};
  for (guint e = 0; e < (kind == RD_ATTACK ? 2 : 1); e++) {
    if (g_str_has_suffix(entry, endings[e])) {
      g_hash_table_add(names, stem_of(entry));
      return;
    }
    g_autofree char *file = g_strconcat(entry, endings[e], NULL);
    g_autofree char *path = g_build_filename(folder, entry, file, NULL);
    if (is_file(path))
      g_hash_table_add(names, g_strdup(entry));
  }
}

static void add_static(RdParts *parts, RdPartKind kind, GHashTable *names) {
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init(&iter, parts->loaded);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    const RdPart *part = value;
    if (part->plugin.kind == kind && !part->handle)
      g_hash_table_add(names, g_strdup(part->plugin.name));
  }
}

static gint by_name(gconstpointer a, gconstpointer b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

char **rd_parts_names(RdParts *parts, RdPartKind kind) {
  g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < parts->roots->len; i++) {
    g_autofree char *folder =
        g_build_filename(parts->roots->pdata[i], rd_part_kind_folder(kind), NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *entry; dir && (entry = g_dir_read_name(dir));)
      add_entry(names, folder, entry, kind);
  }
  add_static(parts, kind, names);
  GPtrArray *sorted = g_ptr_array_new();
  GHashTableIter iter;
  gpointer name;
  g_hash_table_iter_init(&iter, names);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    g_ptr_array_add(sorted, g_strdup(name));
  g_ptr_array_sort(sorted, by_name);
  g_ptr_array_add(sorted, NULL);
  return (char **)g_ptr_array_free(sorted, FALSE);
}
