#include "lab/config/read.h"

#include <string.h>

#include "lab/base/address.h"
#include "lab/plugin/files.h"
#include "lab/plugin/params.h"
#include "lab/text/words.h"

const RdPart *rd_read_part(RdReading *reading, const RdYaml *node, RdPartKind kind) {
  g_autoptr(GError) error = NULL;
  const char *name = rd_schema_text(reading->d, node);
  if (!name)
    return NULL;
  g_autofree char *folder = rd_yaml_folder(node);
  g_autofree char *path = strchr(name, '/') ? rd_files_resolve(name, folder) : g_strdup(name);
  const RdPart *part = rd_parts_get(reading->parts, kind, path, &error);
  if (!part)
    rd_schema_fault(reading->d, node, "%s", error->message);
  return part;
}

char *rd_read_path(const RdYaml *node, const char *text) {
  g_autofree char *folder = rd_yaml_folder(node);
  return g_path_is_absolute(text) || strcmp(folder, ".") == 0
             ? g_strdup(text)
             : g_build_filename(folder, text, NULL);
}

static RdParamScope scope_of(const RdReading *reading, const char *folder) {
  return (RdParamScope){folder, (const char *const *)reading->node_names};
}

/* The texts of a list of scalars, or of a map of them as key, value, key, value...; NULL after
 * reporting. */
static char **texts_of(RdDiagnostics *d, const RdYaml *node) {
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < node->items->len; i++) {
    const RdYaml *item = node->items->pdata[i];
    if (item->kind != RD_YAML_SCALAR) {
      rd_schema_fault(d, item, "a single value is expected here");
      return NULL;
    }
    if (item->key)
      g_ptr_array_add(texts, g_strdup(item->key->text));
    g_ptr_array_add(texts, g_strdup(item->text));
  }
  g_ptr_array_add(texts, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&texts), FALSE);
}

static void set_one(RdReading *reading, void *config, const RdYaml *item, RdParamType type) {
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = rd_yaml_folder(item);
  RdParamScope scope = scope_of(reading, folder);
  const char *key = item->key->text;
  RdYamlKind wanted = type == RD_LIST    ? RD_YAML_LIST
                      : type == RD_TABLE ? RD_YAML_MAP
                                         : RD_YAML_SCALAR;
  if (item->kind == RD_YAML_SCALAR && !item->empty) {
    rd_params_set_text(config, key, item->text, &scope, &error);
  } else if (item->kind == wanted && item->kind != RD_YAML_SCALAR) {
    g_auto(GStrv) texts = texts_of(reading->d, item);
    if (texts)
      rd_params_set_items(config, key, (const char *const *)texts, &error);
  } else {
    rd_schema_fault(reading->d, item, "%s is expected, got %s", rd_param_type_phrase(type),
                    item->kind == RD_YAML_MAP    ? "a map"
                    : item->kind == RD_YAML_LIST ? "a list"
                                                 : "nothing");
  }
  if (error)
    rd_diagnostics_add(reading->d, item->source, item->line, item->column, NULL, error->message);
}

void rd_read_set(RdReading *reading, void *config, const RdYaml *set) {
  if (!set)
    return;
  const RdPart *part = rd_params_part(config);
  g_autofree const char **keys = rd_params_keys(part);
  if (!rd_schema_map(reading->d, set, keys))
    return;
  for (guint i = 0; i < set->items->len; i++) {
    const RdYaml *item = set->items->pdata[i];
    int row = rd_params_row(part, item->key->text);
    if (row >= 0)
      set_one(reading, config, item, part->params[row].type);
  }
}

typedef struct {
  RdDiagnostics *d;
  const RdYaml *at;
} Blame;

static void blame(const char *message, void *user) {
  const Blame *b = user;
  rd_schema_fault_key(b->d, b->at, NULL, "%s", message);
}

bool rd_read_check(RdReading *reading, const void *config, const RdYaml *at) {
  RdParamScope scope = scope_of(reading, NULL);
  return rd_params_check(config, &scope, blame, &(Blame){reading->d, at}) == 0;
}

bool rd_read_entities(RdReading *reading, const RdPart *part, const void *config, const RdYaml *at,
                      uint64_t *ret) {
  uint64_t n = part->actor.entities ? part->actor.entities(config) : 1;
  if (n < 1 || n > RD_ENTITIES_MAX) {
    rd_schema_fault_key(reading->d, at, NULL,
                        "%s: a population of %" G_GUINT64_FORMAT
                        " cannot be: 1 to %" G_GUINT64_FORMAT " are possible",
                        part->plugin.name, n, RD_ENTITIES_MAX);
    return false;
  }
  *ret = n;
  return true;
}

void rd_read_line(RdReading *reading, const RdYaml *node, RdLine *line) {
  static const char *const known[] = {"rate", "delay", "loss", "queue", NULL};
  int64_t queue;
  if (!node || !rd_schema_map(reading->d, node, known))
    return;
  rd_schema_rate(reading->d, rd_yaml_get(node, "rate"), &line->rate);
  rd_schema_duration(reading->d, rd_yaml_get(node, "delay"), 0, 3600 * RD_SECOND, &line->delay);
  rd_schema_number(reading->d, rd_yaml_get(node, "loss"), 0, 1, &line->loss);
  if (rd_schema_integer(reading->d, rd_yaml_get(node, "queue"), 1, 10000000, &queue))
    line->queue = (uint32_t)queue;
}

void rd_read_take_addresses(RdReading *reading, unsigned network, RdSeat seat, uint64_t entities,
                            const RdYaml *at) {
  const RdNetwork *n = &reading->topology->networks[network];
  RdSeats *taken = &reading->taken[network];
  char ip[RD_ADDRESS_TEXT];
  uint64_t capacity = rd_capacity_hosts(n), wanted;
  taken->seats[seat] += entities;
  rd_address_ip_text(&n->prefix, ip);
  if (n->prefix.family == 6 && seat != RD_SEAT_SERVER) {
    unsigned needed = rd_capacity_prefix(taken);
    if (needed < n->prefix_length)
      rd_schema_fault_key(reading->d, at, NULL,
                          "network %s has no room: each phone and each source of an attack has a "
                          "/64 of its own, up to here a prefix of /%u or shorter is needed, and "
                          "%s/%u is longer",
                          n->name, needed, ip, n->prefix_length);
    return;
  }
  wanted = taken->seats[RD_SEAT_SERVER];
  if (n->prefix.family == 4)
    wanted += taken->seats[RD_SEAT_POPULATION] + taken->seats[RD_SEAT_ATTACKER];
  if (n->prefix.family == 0 || wanted <= capacity)
    return;
  rd_schema_fault_key(reading->d, at, NULL,
                      "network %s has no room: %s/%u holds %" G_GUINT64_FORMAT
                      " addresses, %" G_GUINT64_FORMAT " are wanted up to here",
                      n->name, ip, n->prefix_length, capacity, wanted);
}

static int find_name(RdReading *reading, const RdYaml *node, const char *what, char **names,
                     const char *name) {
  for (int i = 0; names[i]; i++)
    if (strcmp(names[i], name) == 0)
      return i;
  g_autofree char *known = rd_words_join((const char *const *)names);
  g_autofree char *quoted = rd_words_quote(name);
  g_autofree char *suggestion = rd_words_suggestion(name, (const char *const *)names);
  const RdYaml *at = node->key && strcmp(node->key->text, name) == 0 ? node->key : node;
  rd_schema_fault(reading->d, at, "there is no %s %s%s (known: %s)", what, quoted, suggestion,
                  known);
  return -1;
}

int rd_read_network(RdReading *reading, const RdYaml *node, const char *name) {
  return find_name(reading, node, "network", reading->network_names, name);
}

int rd_read_node(RdReading *reading, const RdYaml *node, const char *name) {
  return find_name(reading, node, "node", reading->node_names, name);
}
