/* document.c - reads figures out of a world's result.json. */
#include "bench/judge/document.h"

#include <math.h>
#include <string.h>

JsonObject *rd_document_parse(const char *text, GError **error) {
  g_autoptr(JsonParser) parser = json_parser_new();
  if (!json_parser_load_from_data(parser, text, -1, error))
    return NULL;
  JsonNode *root = json_parser_get_root(parser);
  if (root && JSON_NODE_HOLDS_OBJECT(root))
    return json_node_dup_object(root);
  g_set_error_literal(error, JSON_PARSER_ERROR, JSON_PARSER_ERROR_PARSE, "holds no object");
  return NULL;
}

static JsonNode *find(JsonObject *root, const char *path) {
  JsonObject *at = root;
  const char *dot;
  while (at && (dot = strchr(path, '.'))) {
    g_autofree char *key = g_strndup(path, (gsize)(dot - path));
    JsonNode *node = json_object_get_member(at, key);
    at = node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    path = dot + 1;
  }
  return at ? json_object_get_member(at, path) : NULL;
}

JsonObject *rd_document_object(JsonObject *root, const char *path) {
  JsonNode *node = find(root, path);
  return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonArray *rd_document_array(JsonObject *root, const char *path) {
  JsonNode *node = find(root, path);
  return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

const char *rd_document_text(JsonObject *root, const char *path) {
  JsonNode *node = find(root, path);
  return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
             ? json_node_get_string(node)
             : NULL;
}

double rd_document_number(JsonObject *root, const char *path) {
  JsonNode *node = find(root, path);
  if (!node || !JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) == G_TYPE_STRING)
    return NAN;
  if (json_node_get_value_type(node) == G_TYPE_BOOLEAN)
    return json_node_get_boolean(node) ? 1 : 0;
  return json_node_get_double(node);
}

JsonObject *rd_document_named(JsonObject *root, const char *path, const char *name) {
  JsonArray *array = rd_document_array(root, path);
  for (guint i = 0; array && i < json_array_get_length(array); i++) {
    JsonNode *node = json_array_get_element(array, i);
    JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    const char *is = object ? rd_document_text(object, "name") : NULL;
    if (is && strcmp(is, name) == 0)
      return object;
  }
  return NULL;
}
