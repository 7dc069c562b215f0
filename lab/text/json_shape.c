/* json_shape.c - a tree of what was written, and the JSON schema of it. */
#include "lab/text/json_shape.h"

#include <string.h>

typedef struct Shape Shape;
struct Shape {
  char *key; /* NULL: in an array, a map's value, or the whole */
  RdShapeKind kind; /* of a plain value */
  char bracket; /* '{', '[', or 0: a plain value */
  bool map, nullable;
  unsigned notes;
  int64_t number;
  GPtrArray *inner; /* Shape *, owned */
};

struct RdJsonShape {
  Shape *root;
  GPtrArray *open; /* Shape *, the innermost last */
  unsigned notes;
};

static void shape_free(gpointer data) {
  Shape *s = data;
  g_free(s->key);
  g_ptr_array_unref(s->inner);
  g_free(s);
}

RdJsonShape *rd_json_shape_new(void) {
  RdJsonShape *s = g_new0(RdJsonShape, 1);
  s->open = g_ptr_array_new();
  return s;
}

void rd_json_shape_free(RdJsonShape *s) {
  if (s->root)
    shape_free(s->root);
  g_ptr_array_unref(s->open);
  g_free(s);
}

void rd_json_shape_notes(RdJsonShape *s, unsigned notes) {
  s->notes = notes;
}

static Shape *add(RdJsonShape *s, const char *key) {
  Shape *one = g_new0(Shape, 1);
  Shape *outer = s->open->len ? s->open->pdata[s->open->len - 1] : NULL;
  one->key = outer && outer->map ? NULL : g_strdup(key);
  one->notes = s->notes;
  one->inner = g_ptr_array_new_with_free_func(shape_free);
  s->notes = 0;
  if (outer)
    g_ptr_array_add(outer->inner, one);
  else
    s->root = one;
  return one;
}

void rd_json_shape_value(RdJsonShape *s, const char *key, RdShapeKind kind, bool nullable,
                         int64_t number) {
  Shape *one = add(s, key);
  one->kind = kind;
  one->nullable = nullable || (one->notes & RD_JSON_OR_NULL);
  one->number = number;
}

void rd_json_shape_open(RdJsonShape *s, const char *key, char bracket, bool map) {
  Shape *one = add(s, key);
  one->bracket = bracket;
  one->map = map;
  one->nullable = one->notes & RD_JSON_OR_NULL;
  g_ptr_array_add(s->open, one);
}

void rd_json_shape_close(RdJsonShape *s) {
  g_ptr_array_set_size(s->open, (gint)s->open->len - 1);
}

static void put_type(RdJson *j, const char *name, bool nullable) {
  if (!nullable) {
    rd_json_text(j, "type", name);
    return;
  }
  rd_json_open_flat(j, "type", '[');
  rd_json_text(j, NULL, name);
  rd_json_text(j, NULL, "null");
  rd_json_close(j);
}

static void put_value(RdJson *j, const Shape *s) {
  static const char *const names[] = {
      [RD_SHAPE_TEXT] = "string", [RD_SHAPE_INTEGER] = "integer", [RD_SHAPE_COUNT] = "integer",
      [RD_SHAPE_REAL] = "number", [RD_SHAPE_BOOL] = "boolean",    [RD_SHAPE_NULL] = "null"};
  put_type(j, names[s->kind], s->nullable && s->kind != RD_SHAPE_NULL);
  if (s->notes & RD_JSON_ALWAYS)
    rd_json_int(j, "const", s->number);
  else if (s->kind == RD_SHAPE_COUNT)
    rd_json_int(j, "minimum", 0);
}

static void put_schema(RdJson *j, const char *key, const Shape *s);

static char *text_of(const Shape *s) {
  RdJson j;
  rd_json_init(&j);
  put_schema(&j, NULL, s);
  return rd_json_finish(&j);
}

/* What stands in an array, or under any key of a map: each kind once. */
static void put_inner(RdJson *j, const char *key, const Shape *s) {
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GPtrArray) kinds = g_ptr_array_new();
  for (guint i = 0; i < s->inner->len; i++)
    if (g_hash_table_add(seen, text_of(s->inner->pdata[i])))
      g_ptr_array_add(kinds, s->inner->pdata[i]);
  if (kinds->len == 1) {
    put_schema(j, key, kinds->pdata[0]);
    return;
  }
  rd_json_open(j, key, '{');
  rd_json_open(j, "anyOf", '[');
  for (guint i = 0; i < kinds->len; i++)
    put_schema(j, NULL, kinds->pdata[i]);
  rd_json_close(j);
  rd_json_close(j);
}

static void put_members(RdJson *j, const Shape *s) {
  rd_json_bool(j, "additionalProperties", false);
  rd_json_open_flat(j, "required", '[');
  for (guint i = 0; i < s->inner->len; i++) {
    const Shape *member = s->inner->pdata[i];
    if (!(member->notes & RD_JSON_OPTIONAL))
      rd_json_text(j, NULL, member->key);
  }
  rd_json_close(j);
  rd_json_open(j, "properties", '{');
  for (guint i = 0; i < s->inner->len; i++) {
    const Shape *member = s->inner->pdata[i];
    put_schema(j, member->key, member);
  }
  rd_json_close(j);
}

static void put_schema(RdJson *j, const char *key, const Shape *s) {
  if (!s->bracket)
    rd_json_open_flat(j, key, '{');
  else
    rd_json_open(j, key, '{');
  if (!s->bracket) {
    put_value(j, s);
  } else {
    put_type(j, s->bracket == '{' ? "object" : "array", s->nullable);
    if (s->bracket == '[')
      put_inner(j, "items", s);
    else if (s->map)
      put_inner(j, "additionalProperties", s);
    else
      put_members(j, s);
  }
  rd_json_close(j);
}

void rd_json_shape_write(const RdJsonShape *s, RdJson *into, const char *key) {
  put_schema(into, key, s->root);
}
