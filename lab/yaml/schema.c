#include "lab/yaml/schema.h"

#include <string.h>

#include "lab/text/quantity.h"
#include "lab/text/words.h"

static char *labelled(const RdYaml *node, char *text) {
  if (!node->key)
    return text;
  g_autofree char *quoted = rd_words_quote(node->key->text);
  bool plain = strlen(quoted) == strlen(node->key->text) + 2;
  char *full = g_strdup_printf("%s: %s", plain ? node->key->text : quoted, text);
  g_free(text);
  return full;
}

void rd_schema_fault(RdDiagnostics *d, const RdYaml *node, const char *format, ...) {
  va_list args;
  va_start(args, format);
  g_autofree char *message = labelled(node, g_strdup_vprintf(format, args));
  va_end(args);
  rd_diagnostics_add(d, node->source, node->line, node->column, NULL, message);
}

void rd_schema_fault_key(RdDiagnostics *d, const RdYaml *node, const char *hint, const char *format,
                         ...) {
  const RdYaml *at = node->key ? node->key : node;
  va_list args;
  va_start(args, format);
  g_autofree char *message = g_strdup_vprintf(format, args);
  va_end(args);
  rd_diagnostics_add(d, at->source, at->line, at->column, hint, message);
}

static const char *kind_name(const RdYaml *node) {
  return node->kind == RD_YAML_MAP ? "a map" : node->kind == RD_YAML_LIST ? "a list" : "nothing";
}

static void fault_kind(RdDiagnostics *d, const RdYaml *node, const char *expected) {
  if (node->kind == RD_YAML_SCALAR && !node->empty) {
    g_autofree char *quoted = rd_words_quote(node->text);
    rd_schema_fault(d, node, "%s is expected, got %s", expected, quoted);
  } else {
    rd_schema_fault(d, node, "%s is expected, got %s", expected, kind_name(node));
  }
}

bool rd_schema_is(RdDiagnostics *d, const RdYaml *root, const char *kind, const char *other) {
  if (root->kind != RD_YAML_MAP || rd_yaml_get(root, kind) || !rd_yaml_get(root, other))
    return true;
  rd_schema_fault(d, root,
                  "a %s is expected, and this is a %s (`run` takes trials, `bench` campaigns)",
                  kind, other);
  return false;
}

bool rd_schema_map(RdDiagnostics *d, const RdYaml *node, const char *const *known) {
  if (node->kind != RD_YAML_MAP) {
    g_autofree char *keys = rd_words_join(known);
    g_autofree char *expected = g_strdup_printf("a map with keys of %s", keys);
    fault_kind(d, node, expected);
    return false;
  }
  for (guint i = 0; i < node->items->len; i++) {
    const RdYaml *item = node->items->pdata[i];
    if (g_strv_contains(known, item->key->text))
      continue;
    g_autofree char *keys = rd_words_join(known);
    g_autofree char *hint = g_strdup_printf("known keys: %s", keys);
    g_autofree char *quoted = rd_words_quote(item->key->text);
    g_autofree char *suggestion = rd_words_suggestion(item->key->text, known);
    rd_schema_fault_key(d, item, hint, "unknown key %s%s", quoted, suggestion);
  }
  return true;
}

bool rd_schema_named(RdDiagnostics *d, const RdYaml *node, const char *what) {
  if (node->kind != RD_YAML_MAP) {
    g_autofree char *expected = g_strdup_printf("a map of %s by name", what);
    fault_kind(d, node, expected);
    return false;
  }
  for (guint i = 0; i < node->items->len; i++) {
    const RdYaml *item = node->items->pdata[i];
    g_autofree char *quoted = rd_words_quote(item->key->text);
    if (!rd_words_is_name(item->key->text))
      rd_schema_fault_key(d, item, NULL, "%s is no name: " RD_NAME_RULE, quoted);
  }
  return true;
}

bool rd_schema_list(RdDiagnostics *d, const RdYaml *node, const char *what) {
  g_autofree char *expected = g_strdup_printf("a list of %s", what);
  if (node->kind != RD_YAML_LIST)
    fault_kind(d, node, expected);
  return node->kind == RD_YAML_LIST;
}

const RdYaml *rd_schema_need(RdDiagnostics *d, const RdYaml *map, const char *key) {
  const RdYaml *node = rd_yaml_get(map, key);
  if (!node && map->kind == RD_YAML_MAP)
    rd_schema_fault_key(d, map, NULL, "%s%skey \"%s\" is missing", map->key ? map->key->text : "",
                        map->key ? ": " : "", key);
  return node;
}

const char *rd_schema_text(RdDiagnostics *d, const RdYaml *node) {
  if (!node)
    return NULL;
  if (node->kind == RD_YAML_SCALAR && !node->empty && node->text[0])
    return node->text;
  fault_kind(d, node, "a text");
  return NULL;
}

bool rd_schema_name(RdDiagnostics *d, const RdYaml *node, const char **ret) {
  const char *text = rd_schema_text(d, node);
  if (!text)
    return false;
  if (!rd_words_is_name(text)) {
    g_autofree char *quoted = rd_words_quote(text);
    rd_schema_fault(d, node, "a name is expected (" RD_NAME_RULE "), got %s", quoted);
    return false;
  }
  *ret = text;
  return true;
}

static const char *scalar(RdDiagnostics *d, const RdYaml *node, const char *expected) {
  if (!node)
    return NULL;
  if (node->kind == RD_YAML_SCALAR && !node->empty)
    return node->text;
  fault_kind(d, node, expected);
  return NULL;
}

static bool fault_why(RdDiagnostics *d, const RdYaml *node, char *why) {
  rd_schema_fault(d, node, "%s", why);
  g_free(why);
  return false;
}

static bool fault_range(RdDiagnostics *d, const RdYaml *node, char *min, char *max) {
  g_autofree char *quoted = rd_words_quote(node->text);
  rd_schema_fault(d, node, "must be from %s to %s, got %s", min, max, quoted);
  g_free(min);
  g_free(max);
  return false;
}

bool rd_schema_number(RdDiagnostics *d, const RdYaml *node, double min, double max, double *ret) {
  const char *text = scalar(d, node, "a number");
  char *why = NULL;
  double n;
  if (!text)
    return false;
  if (!rd_quantity_number(text, NULL, &n, &why))
    return fault_why(d, node, why);
  if (n < min || n > max)
    return fault_range(d, node, rd_quantity_number_text(min), rd_quantity_number_text(max));
  *ret = n;
  return true;
}

bool rd_schema_integer(RdDiagnostics *d, const RdYaml *node, int64_t min, int64_t max,
                       int64_t *ret) {
  const char *text = scalar(d, node, "a whole number");
  char *why = NULL;
  int64_t n;
  if (!text)
    return false;
  if (!rd_quantity_integer(text, NULL, &n, &why))
    return fault_why(d, node, why);
  if (n < min || n > max)
    return fault_range(d, node, g_strdup_printf("%" G_GINT64_FORMAT, min),
                       g_strdup_printf("%" G_GINT64_FORMAT, max));
  *ret = n;
  return true;
}

bool rd_schema_unsigned(RdDiagnostics *d, const RdYaml *node, uint64_t *ret) {
  const char *text = scalar(d, node, "a whole number");
  char *why = NULL;
  if (!text)
    return false;
  return rd_quantity_unsigned(text, ret, &why) || fault_why(d, node, why);
}

bool rd_schema_duration(RdDiagnostics *d, const RdYaml *node, RdTime min, RdTime max, RdTime *ret) {
  const char *text = scalar(d, node, "a duration");
  char *why = NULL;
  RdTime t;
  if (!text)
    return false;
  if (!rd_quantity_duration(text, &t, &why))
    return fault_why(d, node, why);
  if (t < min || t > max)
    return fault_range(d, node, rd_quantity_duration_text(min), rd_quantity_duration_text(max));
  *ret = t;
  return true;
}

bool rd_schema_bool(RdDiagnostics *d, const RdYaml *node, bool *ret) {
  const char *text = scalar(d, node, "true or false");
  char *why = NULL;
  if (!text)
    return false;
  return rd_quantity_bool(text, ret, &why) || fault_why(d, node, why);
}

bool rd_schema_rate(RdDiagnostics *d, const RdYaml *node, uint64_t *ret) {
  const char *text = scalar(d, node, "a rate");
  char *why = NULL;
  if (!text)
    return false;
  return rd_quantity_rate(text, ret, &why) || fault_why(d, node, why);
}

bool rd_schema_size(RdDiagnostics *d, const RdYaml *node, uint64_t max, uint64_t *ret) {
  const char *text = scalar(d, node, "a size");
  char *why = NULL;
  uint64_t n;
  if (!text)
    return false;
  if (!rd_quantity_size(text, &n, &why))
    return fault_why(d, node, why);
  if (n > max)
    return fault_range(d, node, g_strdup("0"), rd_quantity_size_text(max));
  *ret = n;
  return true;
}

int rd_schema_choice(RdDiagnostics *d, const RdYaml *node, const char *const *names) {
  const char *text = scalar(d, node, "a word");
  for (int i = 0; text && names[i]; i++)
    if (g_ascii_strcasecmp(names[i], text) == 0)
      return i;
  if (text) {
    g_autofree char *known = rd_words_join(names);
    g_autofree char *quoted = rd_words_quote(text);
    g_autofree char *suggestion = rd_words_suggestion(text, names);
    rd_schema_fault(d, node, "one of %s is expected, got %s%s", known, quoted, suggestion);
  }
  return -1;
}
