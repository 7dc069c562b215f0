/* inputs.c - the files that a set of worlds is made with. */
#include "bench/run/inputs.h"

#include <string.h>

GHashTable *rd_inputs_new(const char *engine) {
  GHashTable *inputs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert(inputs, g_strdup("redoubt-trial"), g_strdup(engine));
  return inputs;
}

static void add_part(GHashTable *inputs, const RdPart *part) {
  const char *kind = rd_part_kind_name((RdPartKind)part->plugin.kind);
  g_hash_table_insert(inputs, g_strdup_printf("%s %s", kind, part->plugin.name),
                      g_strdup(part->digest));
}

/* What the work of its parts costs: an entry a part, so that a row of another changes nothing. */
static void add_costs(GHashTable *inputs, const RdTrial *trial) {
  g_autoptr(GHashTable) used = rd_trial_costs(trial, NULL);
  GHashTableIter iter;
  gpointer part, rows;
  if (!used)
    return;
  g_hash_table_iter_init(&iter, used);
  while (g_hash_table_iter_next(&iter, &part, &rows))
    g_hash_table_replace(inputs, g_strdup_printf("costs of %s", (const char *)part),
                         g_compute_checksum_for_string(G_CHECKSUM_SHA256, rows, -1));
}

void rd_inputs_add(GHashTable *inputs, const RdTrial *trial) {
  const RdTopology *t = trial->topology;
  for (unsigned i = 0; i < t->n_nodes; i++)
    add_part(inputs, t->nodes[i].part);
  for (unsigned i = 0; i < trial->n_attacks; i++)
    add_part(inputs, trial->attacks[i].part);
  for (unsigned i = 0; i < trial->n_defenses; i++)
    add_part(inputs, trial->defenses[i].part);
  add_costs(inputs, trial);
}

static gint by_name(gconstpointer a, gconstpointer b) {
  return strcmp(a, b);
}

char *rd_inputs_text(GHashTable *inputs) {
  GString *text = g_string_new(NULL);
  GList *names = g_list_sort(g_hash_table_get_keys(inputs), by_name);
  for (GList *n = names; n; n = n->next)
    g_string_append_printf(text, "%s\t%s\n", (const char *)n->data,
                           (const char *)g_hash_table_lookup(inputs, n->data));
  g_list_free(names);
  return g_string_free(text, FALSE);
}

/* The digest behind a name, as written; NULL if it is not there. */
static char *digest_in(const char *text, const char *name) {
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  gsize len = strlen(name);
  for (char **line = lines; *line; line++)
    if (strncmp(*line, name, len) == 0 && (*line)[len] == '\t')
      return g_strdup(*line + len + 1);
  return NULL;
}

char *rd_inputs_changed(const char *before, const char *now) {
  g_auto(GStrv) lines = g_strsplit(now, "\n", -1);
  g_autoptr(GPtrArray) changed = g_ptr_array_new();
  for (char **line = lines; *line; line++) {
    char *tab = strchr(*line, '\t');
    if (!tab)
      continue;
    *tab = '\0';
    g_autofree char *digest = digest_in(before, *line);
    if (digest && strcmp(digest, tab + 1) != 0)
      g_ptr_array_add(changed, *line);
  }
  g_ptr_array_add(changed, NULL);
  return g_strjoinv(", ", (char **)changed->pdata);
}
