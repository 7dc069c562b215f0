#include "lab/plugin/params.h"

#include <string.h>

#include "lab/plugin/files.h"
#include "lab/text/quantity.h"
#include "lab/text/words.h"

#define ITEMS_MAX 4096 /* of one list or table */

typedef enum { UNSET = 0, SET, REFUSED } State;

/* What stands before a configuration in memory. */
typedef struct {
  const RdPart *part;
  guint8 *state; /* a State a row */
  char **texts; /* canonical text, where the value alone does not tell it: lists, tables, files */
  max_align_t config[];
} Block;

static Block *block_of(const void *config) {
  return (Block *)((char *)config - offsetof(Block, config));
}

static void *field(const void *config, const RdParam *row) {
  return (char *)config + row->offset;
}

const RdPart *rd_params_part(const void *config) {
  return block_of(config)->part;
}

int rd_params_row(const RdPart *part, const char *key) {
  for (unsigned i = 0; i < part->n_params; i++)
    if (strcmp(part->params[i].key, key) == 0)
      return (int)i;
  return -1;
}

const char **rd_params_keys(const RdPart *part) {
  const char **keys = g_new0(const char *, part->n_params + 1);
  for (unsigned i = 0; i < part->n_params; i++)
    keys[i] = part->params[i].key;
  return keys;
}

const char *rd_param_type_phrase(uint32_t type) {
  static const char *const phrases[] = {"",
                                        "a number",
                                        "a duration",
                                        "true or false",
                                        "a text",
                                        "one of a few words",
                                        "a list",
                                        "a table (a map)",
                                        "the name of a file",
                                        "a whole number",
                                        "the name of a node"};
  return type < G_N_ELEMENTS(phrases) ? phrases[type] : "";
}

const char *rd_param_type_name(uint32_t type) {
  static const char *const names[] = {"",     "number", "duration", "bool",    "text", "enum",
                                      "list", "table",  "file",     "integer", "node"};
  return type < G_N_ELEMENTS(names) ? names[type] : "";
}

static bool fault(GError **error, const char *key, char *why) {
  g_set_error(error, RD_PLUGIN_ERROR, RD_PLUGIN_BAD_VALUE, "%s: %s", key, why);
  g_free(why);
  return false;
}

static bool in_range(const RdParam *row, double value, const char *text, char **why) {
  const char *unit = row->type == RD_DURATION ? "s" : row->unit ? row->unit : "";
  if ((row->min == 0 && row->max == 0) || (value >= row->min && value <= row->max))
    return true;
  g_autofree char *min = rd_quantity_number_text(row->min);
  g_autofree char *max = rd_quantity_number_text(row->max);
  g_autofree char *quoted = rd_words_quote(text);
  *why = g_strdup_printf("must be from %s to %s%s%s, got %s", min, max, unit[0] ? " " : "", unit,
                         quoted);
  return false;
}

static bool set_number(void *at, const RdParam *row, const char *text, char **why) {
  double n;
  if (!rd_quantity_number(text, row->unit, &n, why) || !in_range(row, n, text, why))
    return false;
  *(double *)at = n;
  return true;
}

static bool set_integer(void *at, const RdParam *row, const char *text, char **why) {
  int64_t n;
  if (!rd_quantity_integer(text, row->unit, &n, why) || !in_range(row, (double)n, text, why))
    return false;
  *(int64_t *)at = n;
  return true;
}

static bool set_duration(void *at, const RdParam *row, const char *text, char **why) {
  RdTime t;
  if (!rd_quantity_duration(text, &t, why) ||
      !in_range(row, (double)t / (double)RD_SECOND, text, why))
    return false;
  *(RdTime *)at = t;
  return true;
}

static bool set_enum(void *at, const RdParam *row, const char *text, char **why) {
  for (int i = 0; row->values[i]; i++)
    if (strcmp(row->values[i], text) == 0) {
      *(int *)at = i;
      return true;
    }
  g_autofree char *known = rd_words_join(row->values);
  g_autofree char *quoted = rd_words_quote(text);
  g_autofree char *suggestion = rd_words_suggestion(text, row->values);
  *why = g_strdup_printf("one of %s is expected, got %s%s", known, quoted, suggestion);
  return false;
}

static bool node_exists(const char *name, const RdParamScope *scope) {
  return !name[0] || !scope || !scope->nodes || g_strv_contains(scope->nodes, name);
}

static char *no_such_node(const char *name, const RdParamScope *scope) {
  g_autofree char *known = rd_words_join(scope->nodes);
  g_autofree char *quoted = rd_words_quote(name);
  g_autofree char *suggestion = rd_words_suggestion(name, scope->nodes);
  return g_strdup_printf("there is no node %s%s (nodes: %s)", quoted, suggestion, known);
}

static bool set_string(void *at, const RdParam *row, const char *text, const RdParamScope *scope,
                       char **why) {
  if (row->type == RD_NODE_NAME && !node_exists(text, scope)) {
    *why = no_such_node(text, scope);
    return false;
  }
  g_free(*(char **)at);
  *(char **)at = g_strdup(text);
  return true;
}

/* Splits "a;b" or "k=v;k=v" at unescaped separators. */
static char **split_items(const char *text, bool table, char **why) {
  g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GString) item = g_string_new(NULL);
  bool want_value = false;
  for (const char *p = text; text[0]; p++) {
    bool ends = *p == 0 || *p == ';', parts = table && !want_value && *p == '=';
    if (table && ends && !want_value) {
      *why = g_strdup("key=value pairs joined by ';' are expected");
      return NULL;
    }
    if (ends || parts) {
      g_ptr_array_add(items, g_strdup(item->str));
      g_string_truncate(item, 0);
      want_value = parts;
    } else {
      p += *p == '\\' && p[1];
      g_string_append_c(item, *p);
    }
    if (*p == 0)
      break;
  }
  g_ptr_array_add(items, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&items), FALSE);
}

static char *join_items(const char *const *items, bool table) {
  GString *s = g_string_new(NULL);
  for (unsigned i = 0; items[i]; i++) {
    if (i > 0)
      g_string_append_c(s, table && i % 2 ? '=' : ';');
    for (const char *p = items[i]; *p; p++) {
      if (strchr(";=\\", *p))
        g_string_append_c(s, '\\');
      g_string_append_c(s, *p);
    }
  }
  return g_string_free(s, FALSE);
}

static bool check_items(const RdParam *row, const char *const *items, char **why) {
  unsigned n = g_strv_length((char **)items);
  if (n > ITEMS_MAX) {
    *why = g_strdup_printf("at most %d items, got %u", ITEMS_MAX, n);
    return false;
  }
  for (unsigned i = 0; row->type == RD_TABLE && i < n; i += 2)
    for (unsigned j = 0; j < i; j += 2)
      if (strcmp(items[i], items[j]) == 0) {
        g_autofree char *quoted = rd_words_quote(items[i]);
        *why = g_strdup_printf("key %s is given twice", quoted);
        return false;
      }
  if (row->type == RD_LIST && n == 1 && !items[0][0]) {
    *why = g_strdup("a list of one empty item is not a list; write [] for none");
    return false;
  }
  return true;
}

static void store_items(void *config, unsigned i, const char *const *items) {
  Block *b = block_of(config);
  const RdParam *row = &b->part->params[i];
  char ***at = field(config, row);
  g_strfreev(*at);
  *at = g_strdupv((char **)items);
  g_free(b->texts[i]);
  b->texts[i] = join_items(items, row->type == RD_TABLE);
}

static bool set_file(void *config, unsigned i, const char *text, const RdParamScope *scope,
                     char **why) {
  Block *b = block_of(config);
  g_autofree char *contents = NULL, *canonical = g_strdup("");
  /* "" is "no file": what an optional one has for a default. */
  if (text[0] &&
      !rd_files_read_checked(text, scope ? scope->folder : NULL, &contents, &canonical, why))
    return false;
  char **at = field(config, &b->part->params[i]);
  g_free(*at);
  *at = g_steal_pointer(&contents);
  g_free(b->texts[i]);
  b->texts[i] = g_steal_pointer(&canonical);
  return true;
}

static bool set_list(void *config, unsigned i, const char *text, char **why) {
  const RdParam *row = &block_of(config)->part->params[i];
  g_auto(GStrv) items = split_items(text, row->type == RD_TABLE, why);
  if (!items || !check_items(row, (const char *const *)items, why))
    return false;
  store_items(config, i, (const char *const *)items);
  return true;
}

static bool set_row(void *config, unsigned i, const char *text, const RdParamScope *scope,
                    char **why) {
  const RdParam *row = &block_of(config)->part->params[i];
  void *at = field(config, row);
  switch (row->type) {
  case RD_NUMBER:
    return set_number(at, row, text, why);
  case RD_INTEGER:
    return set_integer(at, row, text, why);
  case RD_DURATION:
    return set_duration(at, row, text, why);
  case RD_BOOL:
    return rd_quantity_bool(text, at, why);
  case RD_ENUM:
    return set_enum(at, row, text, why);
  case RD_LIST:
  case RD_TABLE:
    return set_list(config, i, text, why);
  case RD_FILE:
    return set_file(config, i, text, scope, why);
  default:
    return set_string(at, row, text, scope, why);
  }
}

static int find_row(const RdPart *part, const char *key, GError **error) {
  int i = rd_params_row(part, key);
  if (i >= 0)
    return i;
  g_autofree const char **keys = rd_params_keys(part);
  g_autofree char *known = rd_words_join(keys);
  g_autofree char *quoted = rd_words_quote(key);
  g_autofree char *suggestion = rd_words_suggestion(key, keys);
  g_set_error(error, RD_PLUGIN_ERROR, RD_PLUGIN_UNKNOWN_KEY,
              "%s %s has no parameter %s%s (known: %s)", rd_part_kind_name(part->plugin.kind),
              part->plugin.name, quoted, suggestion, known);
  return -1;
}

bool rd_params_set_text(void *config, const char *key, const char *text, const RdParamScope *scope,
                        GError **error) {
  Block *b = block_of(config);
  char *why = NULL;
  int i = find_row(b->part, key, error);
  if (i < 0)
    return false;
  if (!set_row(config, (unsigned)i, text, scope, &why)) {
    b->state[i] = b->state[i] == SET ? SET : REFUSED;
    return fault(error, key, why);
  }
  b->state[i] = SET;
  return true;
}

bool rd_params_set_items(void *config, const char *key, const char *const *items, GError **error) {
  Block *b = block_of(config);
  char *why = NULL;
  int i = find_row(b->part, key, error);
  if (i < 0)
    return false;
  const RdParam *row = &b->part->params[i];
  if (row->type != RD_LIST && row->type != RD_TABLE)
    return fault(error, key, g_strdup_printf("%s is expected", rd_param_type_phrase(row->type)));
  if (!check_items(row, items, &why))
    return fault(error, key, why);
  store_items(config, (unsigned)i, items);
  b->state[i] = SET;
  return true;
}

void *rd_params_defaults(const RdPart *part) {
  Block *b = g_malloc0(sizeof *b + MAX(part->plugin.config_size, 1));
  b->part = part;
  if (part->given)
    memcpy(b->config, part->given, part->given_size);
  b->state = g_new0(guint8, part->n_params + 1);
  b->texts = g_new0(char *, part->n_params + 1);
  for (unsigned i = 0; i < part->n_params; i++) {
    char *why = NULL;
    const char *fallback = part->params[i].fallback;
    /* The loader has seen every default parse; a file may have gone since, and is then missed by
     * rd_params_check(). */
    if (fallback)
      b->state[i] = set_row(b->config, i, fallback, NULL, &why) ? SET : UNSET;
    g_free(why);
  }
  return b->config;
}

unsigned rd_params_check(const void *config, const RdParamScope *scope,
                         void (*report)(const char *message, void *user), void *user) {
  const Block *b = block_of(config);
  unsigned n = 0;
  for (unsigned i = 0; i < b->part->n_params; i++) {
    const RdParam *row = &b->part->params[i];
    g_autofree char *message = NULL;
    /* A value that was refused has been reported already. */
    if (b->state[i] == UNSET) {
      message = g_strdup_printf("%s: required by %s %s and not set: %s", row->key,
                                rd_part_kind_name(b->part->plugin.kind), b->part->plugin.name,
                                row->help ? row->help : rd_param_type_phrase(row->type));
    } else if (b->state[i] == SET && row->type == RD_NODE_NAME &&
               !node_exists(*(char **)field(config, row), scope)) {
      g_autofree char *why = no_such_node(*(char **)field(config, row), scope);
      message = g_strdup_printf("%s: %s", row->key, why);
    }
    if (!message)
      continue;
    report(message, user);
    n++;
  }
  return n;
}

char *rd_params_text(const void *config, unsigned i) {
  const Block *b = block_of(config);
  const RdParam *row = &b->part->params[i];
  const void *at = field(config, row);
  if (b->state[i] != SET)
    return NULL;
  switch (row->type) {
  case RD_NUMBER:
    return rd_quantity_number_text(*(const double *)at);
  case RD_INTEGER:
    return g_strdup_printf("%" G_GINT64_FORMAT, *(const int64_t *)at);
  case RD_DURATION:
    return rd_quantity_duration_text(*(const RdTime *)at);
  case RD_BOOL:
    return g_strdup(*(const bool *)at ? "true" : "false");
  case RD_ENUM:
    return g_strdup(row->values[*(const int *)at]);
  case RD_LIST:
  case RD_TABLE:
  case RD_FILE:
    return g_strdup(b->texts[i]);
  default:
    return g_strdup(*(char *const *)at);
  }
}

void rd_params_free(void *config) {
  if (!config)
    return;
  Block *b = block_of(config);
  for (unsigned i = 0; i < b->part->n_params; i++) {
    const RdParam *row = &b->part->params[i];
    if (row->type == RD_LIST || row->type == RD_TABLE)
      g_strfreev(*(char ***)field(config, row));
    else if (row->type == RD_TEXT || row->type == RD_FILE || row->type == RD_NODE_NAME)
      g_free(*(char **)field(config, row));
    g_free(b->texts[i]);
  }
  g_free(b->texts);
  g_free(b->state);
  g_free(b);
}
