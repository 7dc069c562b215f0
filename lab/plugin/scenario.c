#include "lab/plugin/scenario.h"

#include <string.h>

#include "lab/attacker/scenario/config.h"
#include "lab/attacker/scenario/scenario.h"
#include "lab/plugin/files.h"
#include "lab/plugin/params.h"
#include "lab/text/names.h"
#include "lab/text/words.h"
#include "lab/yaml/schema.h"

#define FILE_MOST (1u << 20)
#define FAULTS_SHOWN 10

typedef struct {
  RdPart *part;
  const RdPart *host;
  RdDiagnostics *d;
  GArray *rows; /* RdParam */
  GPtrArray *keys, *names, *contents; /* const char *: of parameters; of injection files */
  GArray *types; /* uint32_t */
  RdScenarioGiven *given;
  GChecksum *digest;
  GString *faults;
  char *folder;
  unsigned n_faults;
} Maker;

/* Owned by the part. */
static char *own(Maker *m, char *text) {
  g_ptr_array_add(m->part->owned, text);
  return text;
}

static const char *keep(Maker *m, const char *text) {
  return own(m, g_strdup(text));
}

static void add_fault(Maker *m, const char *text) {
  if (++m->n_faults <= FAULTS_SHOWN)
    g_string_append_printf(m->faults, "%s%s", m->faults->len > 0 ? "\n" : "", text);
}

/* --- the description, NAME.yaml ------------------------------------------------------------------------- */

static RdParam *row_of(Maker *m, const char *key) {
  for (guint i = 0; i < m->rows->len; i++) {
    RdParam *row = &g_array_index(m->rows, RdParam, i);
    if (strcmp(row->key, key) == 0)
      return row;
  }
  return NULL;
}

static void set_default(Maker *m, const char *key, const RdYaml *value) {
  const char *text = rd_schema_text(m->d, value);
  if (text)
    row_of(m, key)->fallback = keep(m, text);
}

/* `set:` gives other defaults to parameters that every scenario has. */
static void read_set(Maker *m, const RdYaml *set) {
  g_autofree const char **keys = rd_params_keys(m->host);
  if (!set || !rd_schema_map(m->d, set, keys))
    return;
  for (guint i = 0; i < set->items->len; i++) {
    const RdYaml *item = set->items->pdata[i];
    set_default(m, item->key->text, item);
  }
}

static void read_success(Maker *m, const RdYaml *success) {
  static const char *const known[] = {"predicate", "threshold", "fact", NULL};
  if (!success || !rd_schema_map(m->d, success, known))
    return;
  for (guint i = 0; i < success->items->len; i++) {
    const RdYaml *item = success->items->pdata[i];
    set_default(m, item->key->text, item);
  }
}

static const char *text_or(Maker *m, const RdYaml *map, const char *key, const char *fallback) {
  const RdYaml *node = rd_yaml_get(map, key);
  const char *text = node ? rd_schema_text(m->d, node) : NULL;
  return text ? keep(m, text) : fallback;
}

static void read_type(Maker *m, const RdYaml *entry, RdParam *row) {
  static const char *const names[] = {"text", "number", "integer", "duration", "bool", NULL};
  static const uint32_t types[] = {RD_TEXT, RD_NUMBER, RD_INTEGER, RD_DURATION, RD_BOOL};
  const RdYaml *node = rd_yaml_get(entry, "type");
  const int i = node ? rd_schema_choice(m->d, node, names) : 0;
  row->type = types[MAX(i, 0)];
}

static void read_parameter(Maker *m, const RdYaml *entry) {
  static const char *const known[] = {"type", "default", "min", "max", "unit", "help", NULL};
  const char *key = entry->key->text;
  const RdYaml *min = rd_yaml_get(entry, "min"), *max = rd_yaml_get(entry, "max");
  RdParam row = {.key = keep(m, key), .unit = ""};
  if (!rd_schema_map(m->d, entry, known))
    return;
  if (!rd_params_key_fits(key) || row_of(m, key)) {
    rd_schema_fault_key(m->d, entry, NULL,
                        row_of(m, key) ? "%s is a parameter of every scenario, or declared twice"
                                       : "%s is no name for a parameter: lower-case-with-hyphens",
                        key);
    return;
  }
  read_type(m, entry, &row);
  row.fallback = text_or(m, entry, "default", NULL);
  row.unit = text_or(m, entry, "unit", "");
  row.help = text_or(m, entry, "help", "");
  if (min)
    rd_schema_number(m->d, min, -1e15, 1e15, &row.min);
  if (max)
    rd_schema_number(m->d, max, -1e15, 1e15, &row.max);
  row.offset =
      (uint32_t)(offsetof(RdScenarioConfig, values) + m->keys->len * sizeof(RdScenarioValue));
  g_array_append_val(m->rows, row);
  g_ptr_array_add(m->keys, (gpointer)row.key);
  g_array_append_val(m->types, row.type);
}

static void read_parameters(Maker *m, const RdYaml *map) {
  if (!map || !rd_schema_named(m->d, map, "a parameter"))
    return;
  if (map->items->len > RD_SCENARIO_KEYS) {
    rd_schema_fault(m->d, map, "at most %d parameters are possible", RD_SCENARIO_KEYS);
    return;
  }
  for (guint i = 0; i < map->items->len; i++)
    read_parameter(m, map->items->pdata[i]);
}

static void read_injection(Maker *m, const RdYaml *node) {
  const char *name = rd_schema_text(m->d, node);
  char *text = NULL, *why = NULL;
  gsize len;
  if (!name)
    return;
  g_autofree char *path = rd_files_resolve(name, m->folder);
  if (!rd_files_read(path, FILE_MOST, &text, &len, &why)) {
    rd_schema_fault(m->d, node, "%s: %s", name, why);
    g_free(why);
    return;
  }
  g_checksum_update(m->digest, (const guchar *)text, (gssize)len);
  g_ptr_array_add(m->names, (gpointer)keep(m, name));
  g_ptr_array_add(m->contents, own(m, text));
}

static void read_injections(Maker *m, const RdYaml *list) {
  if (!list || !rd_schema_list(m->d, list, "names of files"))
    return;
  if (list->items->len > RD_SCENARIO_FILES) {
    rd_schema_fault(m->d, list, "at most %d injection files are possible", RD_SCENARIO_FILES);
    return;
  }
  for (guint i = 0; i < list->items->len; i++)
    read_injection(m, list->items->pdata[i]);
}

static void read_interface(Maker *m, const RdYaml *node) {
  const char *names[RD_IF_COUNT + 1] = {NULL};
  for (unsigned i = 0; i < RD_IF_COUNT; i++)
    names[i] = rd_interface_name((RdInterface)i);
  const int i = node ? rd_schema_choice(m->d, node, names) : -1;
  if (i >= 0)
    m->part->plugin.interface = (uint32_t)i;
}

static void read_description(Maker *m, const RdYaml *root) {
  static const char *const known[] = {"summary", "family",     "interface", "benign", "success",
                                      "inject",  "parameters", "set",       NULL};
  RdPlugin *p = &m->part->plugin;
  bool benign = false;
  if (!rd_schema_map(m->d, root, known))
    return;
  rd_schema_need(m->d, root, "summary");
  rd_schema_need(m->d, root, "family");
  p->summary = text_or(m, root, "summary", p->summary);
  p->family = text_or(m, root, "family", p->family);
  read_interface(m, rd_yaml_get(root, "interface"));
  rd_schema_bool(m->d, rd_yaml_get(root, "benign"), &benign);
  p->benign = benign;
  m->given->benign = benign;
  read_success(m, rd_yaml_get(root, "success"));
  read_set(m, rd_yaml_get(root, "set"));
  read_parameters(m, rd_yaml_get(root, "parameters"));
  read_injections(m, rd_yaml_get(root, "inject"));
}

static void read_yaml(Maker *m, const char *path) {
  g_autofree char *text = NULL, *why = NULL;
  g_autoptr(GError) error = NULL;
  gsize len;
  if (!rd_files_read(path, FILE_MOST, &text, &len, &why)) {
    g_autofree char *fault = g_strdup_printf("%s: %s", path, why);
    add_fault(m, fault);
    return;
  }
  g_checksum_update(m->digest, (const guchar *)text, (gssize)len);
  g_autoptr(RdYaml) root = rd_yaml_parse(text, len, path, m->d);
  if (root)
    read_description(m, root);
  if (!rd_diagnostics_ok(m->d, &error))
    add_fault(m, error->message);
}

/* --- the scenario, NAME.xml ------------------------------------------------------------------------------ */

static void say(void *user, bool warning, unsigned line, unsigned column, const char *message) {
  Maker *m = user;
  g_autofree char *shown = rd_words_printable(message);
  g_autofree char *fault = g_strdup_printf("%s:%u:%u: %s", m->part->path, line, column, shown);
  if (!warning)
    add_fault(m, fault);
}

/* Errors that do not depend on parameters are told now, with `check`; the part tells the others. */
static void read_xml(Maker *m) {
  char *text = NULL, *why = NULL;
  gsize len = 0;
  if (!rd_files_read(m->part->path, FILE_MOST, &text, &len, &why)) {
    g_autofree char *fault = g_strdup_printf("%s: %s", m->part->path, why);
    add_fault(m, fault);
    g_free(why);
    return;
  }
  g_checksum_update(m->digest, (const guchar *)text, (gssize)len);
  m->given->xml = own(m, text);
  const RdScenarioScope scope = {m->given->keys, m->given->files, m->given->contents, true, true};
  RdScenario *s = rd_scenario_new(text, len, &scope, &(const RdScenarioReport){say, m});
  if (s && !m->part->plugin.summary)
    m->part->plugin.summary =
        keep(m, rd_scenario_name(s)[0] ? rd_scenario_name(s) : "SIPp scenario");
  rd_scenario_free(s);
}

/* --- the part --------------------------------------------------------------------------------------------- */

static void *terminated(Maker *m, GPtrArray *texts) {
  g_ptr_array_add(texts, NULL);
  return own(m, g_memdup2(texts->pdata, texts->len * sizeof(gpointer)));
}

static void begin(Maker *m, const char *name) {
  RdPart *part = m->part;
  part->owned = g_ptr_array_new_with_free_func(g_free);
  part->plugin = m->host->plugin;
  part->actor = m->host->actor;
  part->plugin.name = keep(m, name);
  part->plugin.summary = NULL;
  part->plugin.params = NULL;
  m->given = (RdScenarioGiven *)own(m, g_malloc0(sizeof *m->given));
  m->given->path = keep(m, part->path);
  for (unsigned i = 0; i < m->host->n_params; i++)
    g_array_append_val(m->rows, m->host->params[i]);
  g_checksum_update(m->digest, (const guchar *)m->host->digest, -1);
}

static void finish(Maker *m) {
  RdPart *part = m->part;
  part->n_params = m->rows->len;
  part->params = g_new0(RdParam, m->rows->len + 1);
  memcpy(part->params, m->rows->data, m->rows->len * sizeof(RdParam));
  part->costs = g_new0(RdCost, 1);
  part->digest = g_strdup(g_checksum_get_string(m->digest));
  part->given = m->given;
  part->given_size = sizeof *m->given;
  m->given->family = part->plugin.family;
  g_autofree char *fault = m->n_faults == 0 ? rd_params_fault(part) : NULL;
  g_autofree char *text = fault ? g_strdup_printf("%s: %s", part->path, fault) : NULL;
  if (text)
    add_fault(m, text);
}

static char *yaml_beside(const char *xml) {
  g_autofree char *stem = g_strndup(xml, strlen(xml) - strlen(".xml"));
  char *yaml = g_strconcat(stem, ".yaml", NULL);
  if (g_file_test(yaml, G_FILE_TEST_EXISTS))
    return yaml;
  g_free(yaml);
  return NULL;
}

char *rd_scenario_fill(RdPart *part, const RdPart *host, const char *name) {
  Maker m = {.part = part,
             .host = host,
             .d = rd_diagnostics_new(),
             .rows = g_array_new(FALSE, TRUE, sizeof(RdParam)),
             .keys = g_ptr_array_new(),
             .names = g_ptr_array_new(),
             .contents = g_ptr_array_new(),
             .types = g_array_new(FALSE, TRUE, sizeof(uint32_t)),
             .digest = g_checksum_new(G_CHECKSUM_SHA256),
             .faults = g_string_new(NULL),
             .folder = g_path_get_dirname(part->path)};
  g_autofree char *yaml = yaml_beside(part->path);
  begin(&m, name);
  if (host->plugin.config_size != sizeof(RdScenarioConfig))
    add_fault(&m, "the part that plays scenarios is of another build: build it again");
  if (yaml)
    read_yaml(&m, yaml);
  m.given->keys = terminated(&m, m.keys);
  m.given->files = terminated(&m, m.names);
  m.given->contents = terminated(&m, m.contents);
  m.given->types =
      (uint32_t *)own(&m, g_memdup2(m.types->data, MAX(m.types->len, 1) * sizeof(uint32_t)));
  read_xml(&m);
  finish(&m);
  rd_diagnostics_free(m.d);
  g_array_unref(m.rows);
  g_ptr_array_unref(m.keys);
  g_ptr_array_unref(m.names);
  g_ptr_array_unref(m.contents);
  g_array_unref(m.types);
  g_checksum_free(m.digest);
  g_free(m.folder);
  return g_string_free(m.faults, m.n_faults == 0);
}
