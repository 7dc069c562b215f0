/* parameters.c - the parameters that a row's trial has. */
#include "bench/judge/parameters.h"

#include <string.h>

#include "lab/plugin/params.h"

/* A node, an attack or a defense of the trial. */
typedef struct {
  const char *name;
  const RdPart *part;
  const void *config;
} Instance;

static GArray *instances_of(const RdTrial *t, RdParameterKind kind) {
  GArray *all = g_array_new(FALSE, FALSE, sizeof(Instance));
  const unsigned n = kind == RD_OF_NODES     ? t->topology->n_nodes
                     : kind == RD_OF_ATTACKS ? t->n_attacks
                                             : t->n_defenses;
  for (unsigned i = 0; i < n; i++) {
    const RdNode *node = &t->topology->nodes[kind == RD_OF_NODES ? i : 0];
    const Instance one =
        kind == RD_OF_NODES ? (Instance){node->name, node->part, node->config}
        : kind == RD_OF_ATTACKS
            ? (Instance){t->attacks[i].name, t->attacks[i].part, t->attacks[i].config}
            : (Instance){t->defenses[i].name, t->defenses[i].part, t->defenses[i].config};
    g_array_append_val(all, one);
  }
  return all;
}

static unsigned times(const GArray *all, const RdPart *part) {
  unsigned n = 0;
  for (guint i = 0; i < all->len; i++)
    n += g_array_index(all, Instance, i).part == part;
  return n;
}

const char *rd_parameters_text(const RdTrial *trial, RdParameterKind kind) {
  g_autoptr(GArray) all = instances_of(trial, kind);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < all->len; i++) {
    const Instance *one = &g_array_index(all, Instance, i);
    const gboolean own = kind == RD_OF_NODES || times(all, one->part) > 1;
    for (unsigned p = 0; p < one->part->n_params; p++) {
      const char *key = one->part->params[p].key;
      g_autofree char *value = rd_params_text(one->config, p);
      g_autofree char *line = g_strescape(value ? value : "", NULL);
      g_string_append_printf(text, "%s\t%s.%s\t%s\t%s\n", one->name,
                             own ? one->name : one->part->plugin.name, key, key, line);
    }
  }
  return g_intern_string(text->str);
}

/* The fields of the line at *text, which is moved on; NULL: there are no more. */
static char **next_line(const char **text) {
  const char *end = strchr(*text, '\n');
  if (!end)
    return NULL;
  g_autofree char *line = g_strndup(*text, (gsize)(end - *text));
  *text = end + 1;
  return g_strsplit(line, "\t", 4);
}

char *rd_parameters_value(const char *text, const char *instance, const char *parameter) {
  for (char **f; (f = next_line(&text)); g_strfreev(f)) {
    if (strcmp(f[0], instance) != 0 || strcmp(f[2], parameter) != 0)
      continue;
    char *value = g_strcompress(f[3]);
    g_strfreev(f);
    return value;
  }
  return NULL;
}

void rd_parameters_each(const char *text,
                        void (*each)(const char *column, const char *value, void *user),
                        void *user) {
  for (char **f; (f = next_line(&text)); g_strfreev(f)) {
    g_autofree char *value = g_strcompress(f[3]);
    each(f[1], value, user);
  }
}

static char *set_of(const void *config) {
  const RdPart *part = rd_params_part(config);
  void *defaults = rd_params_defaults(part);
  GString *text = g_string_new(NULL);
  for (unsigned i = 0; i < part->n_params; i++) {
    g_autofree char *is = rd_params_text(config, i), *was = rd_params_text(defaults, i);
    if (is && g_strcmp0(is, was) != 0)
      g_string_append_printf(text, "%s%s=%s", text->len ? ";" : "", part->params[i].key, is);
  }
  rd_params_free(defaults);
  return g_string_free(text, FALSE);
}

const char *rd_parameters_set(const RdTrial *trial, RdParameterKind kind) {
  g_autoptr(GArray) all = instances_of(trial, kind);
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < all->len; i++) {
    const Instance *one = &g_array_index(all, Instance, i);
    g_autofree char *set = set_of(one->config);
    g_string_append_printf(text, "%s%s%s%s", i ? " + " : "", all->len > 1 ? one->name : "",
                           all->len > 1 && *set ? ":" : "", set);
  }
  return g_intern_string(text->str);
}

/* ---- what differs between trials -------------------------------------------------------------- */

struct RdParameterTable {
  GPtrArray *met; /* columns, in order; borrowed from `values` */
  GPtrArray *columns; /* of them, those that differ */
  GHashTable *values; /* column -> GPtrArray of its values, in order */
  GHashTable *texts; /* a trial's text -> column -> value, borrowed from `values` */
  GHashTable *at; /* of the text being read */
};

RdParameterTable *rd_parameter_table_new(void) {
  RdParameterTable *t = g_new0(RdParameterTable, 1);
  *t = (RdParameterTable){
      .met = g_ptr_array_new(),
      .columns = g_ptr_array_new(),
      .values =
          g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref),
      .texts = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref)};
  return t;
}

void rd_parameter_table_free(RdParameterTable *t) {
  if (!t)
    return;
  g_ptr_array_unref(t->met);
  g_ptr_array_unref(t->columns);
  g_hash_table_unref(t->texts);
  g_hash_table_unref(t->values);
  g_free(t);
}

/* The column's own name and the kept value. */
static void take_value(const char *column, const char *value, void *user) {
  RdParameterTable *t = user;
  char *name = NULL;
  GPtrArray *values = NULL;
  if (!g_hash_table_lookup_extended(t->values, column, (gpointer *)&name, (gpointer *)&values)) {
    name = g_strdup(column);
    values = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_insert(t->values, name, values);
    g_ptr_array_add(t->met, name);
  }
  char *kept = NULL;
  for (guint i = 0; !kept && i < values->len; i++)
    kept = strcmp(values->pdata[i], value) == 0 ? values->pdata[i] : NULL;
  if (!kept)
    g_ptr_array_add(values, kept = g_strdup(value));
  g_hash_table_insert(t->at, name, kept);
}

void rd_parameter_table_add(RdParameterTable *t, const char *text) {
  if (!text || g_hash_table_contains(t->texts, text))
    return;
  t->at = g_hash_table_new(g_str_hash, g_str_equal);
  g_hash_table_insert(t->texts, (gpointer)text, t->at);
  rd_parameters_each(text, take_value, t);
}

const GPtrArray *rd_parameter_table_columns(RdParameterTable *t) {
  g_ptr_array_set_size(t->columns, 0);
  for (guint i = 0; i < t->met->len; i++)
    if (((GPtrArray *)g_hash_table_lookup(t->values, t->met->pdata[i]))->len > 1)
      g_ptr_array_add(t->columns, t->met->pdata[i]);
  return t->columns;
}

const char *rd_parameter_table_value(const RdParameterTable *t, const char *text,
                                     const char *column) {
  GHashTable *of = g_hash_table_lookup(t->texts, text);
  return of ? g_hash_table_lookup(of, column) : NULL;
}

GPtrArray *rd_parameter_table_values(const RdParameterTable *t, const char *column) {
  const GPtrArray *values = g_hash_table_lookup(t->values, column);
  GPtrArray *copy = g_ptr_array_new();
  for (guint i = 0; values && i < values->len; i++)
    g_ptr_array_add(copy, values->pdata[i]);
  return copy;
}
