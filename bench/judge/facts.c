#include "bench/judge/facts.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

typedef struct {
  RdTime at;
  char *kind, *subject;
  char **causes;
  int64_t amount;
} Fact;

struct RdFactFile {
  GPtrArray *facts; /* Fact *, in order of time */
};

static void fact_free(gpointer data) {
  Fact *f = data;
  g_free(f->kind);
  g_free(f->subject);
  g_strfreev(f->causes);
  g_free(f);
}

static char *text_of(JsonObject *line, const char *key) {
  return g_strdup(json_object_get_string_member_with_default(line, key, ""));
}

static char **causes_of(JsonObject *line) {
  JsonNode *node = json_object_get_member(line, "causes");
  JsonArray *list = node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
  guint n = list ? json_array_get_length(list) : 0;
  char **causes = g_new0(char *, n + 1);
  for (guint i = 0; i < n; i++) {
    JsonNode *one = json_array_get_element(list, i);
    const char *name = JSON_NODE_HOLDS_VALUE(one) ? json_node_get_string(one) : NULL;
    causes[i] = g_strdup(name ? name : "");
  }
  return causes;
}

static bool take_line(RdFactFile *file, const char *text, GError **error) {
  g_autoptr(JsonNode) node = json_from_string(text, error);
  if (node && JSON_NODE_HOLDS_OBJECT(node)) {
    JsonObject *line = json_node_get_object(node);
    Fact *f = g_new0(Fact, 1);
    f->at = json_object_get_int_member_with_default(line, "t_ns", 0);
    f->kind = text_of(line, "kind");
    f->subject = text_of(line, "subject");
    f->causes = causes_of(line);
    f->amount = json_object_get_int_member_with_default(line, "amount", 0);
    g_ptr_array_add(file->facts, f);
    return true;
  }
  if (!error || !*error)
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "not an object");
  return false;
}

RdFactFile *rd_facts_open(const char *world_folder, GError **error) {
  g_autofree char *path = g_build_filename(world_folder, "facts.jsonl", NULL);
  g_autofree char *text = NULL;
  g_autoptr(RdFactFile) file = g_new0(RdFactFile, 1);
  file->facts = g_ptr_array_new_with_free_func(fact_free);
  if (!g_file_test(path, G_FILE_TEST_EXISTS))
    return g_steal_pointer(&file);
  if (!g_file_get_contents(path, &text, NULL, error))
    return NULL;
  unsigned number = 1;
  for (char *line = text, *end; line && *line; line = end, number++) {
    end = strchr(line, '\n');
    if (end)
      *end++ = 0;
    if (!take_line(file, line, error)) {
      g_prefix_error(error, "%s:%u: ", path, number);
      return NULL;
    }
  }
  return g_steal_pointer(&file);
}

static bool is_of(const Fact *f, RdFactsOf of, const char *attack) {
  switch (of) {
  case RD_FACTS_OF_ATTACK:
    return g_strv_contains((const char *const *)f->causes, attack);
  case RD_FACTS_OF_NOBODY:
    return !f->causes[0];
  default:
    return true;
  }
}

RdFacts rd_facts_count(const RdFactFile *file, const char *kind, RdFactsOf of, const char *attack,
                       RdTime from, RdTime to) {
  g_autoptr(GHashTable) subjects = g_hash_table_new(g_str_hash, g_str_equal);
  RdFacts all = {0};
  for (guint i = 0; file && i < file->facts->len; i++) {
    const Fact *f = file->facts->pdata[i];
    if (f->at < from || f->at >= to || strcmp(f->kind, kind) != 0 || !is_of(f, of, attack))
      continue;
    all.n++;
    g_hash_table_add(subjects, f->subject);
    if (__builtin_add_overflow(all.amount, f->amount, &all.amount))
      all.amount = f->amount > 0 ? INT64_MAX : INT64_MIN;
  }
  all.subjects = g_hash_table_size(subjects);
  return all;
}

void rd_fact_file_free(RdFactFile *file) {
  if (!file)
    return;
  g_ptr_array_unref(file->facts);
  g_free(file);
}
