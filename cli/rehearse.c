/* rehearse.c - builds the worlds of a file without running them. */
#include "cli/rehearse.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "bench/run/folder.h"
#include "bench/run/programs.h"
#include "lab/text/words.h"
#include "lab/yaml/diagnostic.h"

/* A trial around a topology or a cost table. JSON's strings are YAML's. */
static RdTrial *trial_around(const char *format, const char *path, RdParts *parts, GError **error) {
  g_autofree char *whole = g_canonicalize_filename(path, NULL);
  g_autoptr(JsonNode) node = json_node_init_string(json_node_alloc(), whole);
  g_autofree char *quoted = json_to_string(node, FALSE);
  g_autoptr(GString) text = g_string_new("trial: check\nduration: 1 s\n");
  g_string_append(text, format);
  g_string_append_printf(text, ": %s\n", quoted);
  return rd_trial_parse(text->str, path, parts, error);
}

typedef struct {
  char *text;
  bool outside; /* has a node that is a program outside: the simulator refuses it */
} Rehearsal;

static void rehearsal_free(gpointer data) {
  Rehearsal *r = data;
  g_free(r->text);
  g_free(r);
}

static bool add_text(GPtrArray *texts, RdTrial *trial) {
  if (trial) {
    Rehearsal *r = g_new0(Rehearsal, 1);
    r->text = rd_trial_text(trial);
    for (unsigned i = 0; i < trial->topology->n_nodes; i++)
      r->outside = r->outside || trial->topology->nodes[i].part->plugin.external;
    g_ptr_array_add(texts, r);
  }
  rd_trial_free(trial);
  return trial != NULL;
}

/* The point of a sweep once, whichever cell it is in: what another attack or setting makes of it is none
 * of its own. */
static bool is_new_point(GHashTable *seen, const RdCampaignCell *cell) {
  g_autoptr(GString) text = g_string_new(NULL);
  for (unsigned i = 0; i < cell->n_at; i++)
    g_string_append_printf(text, "%s.%s=%s\n", cell->at[i].instance, cell->at[i].parameter,
                           cell->at[i].value);
  return cell->n_at > 0 && g_hash_table_add(seen, g_string_free(g_steal_pointer(&text), FALSE));
}

/* Each attack once, each setting once: neither looks at the other when it is opened. */
static bool add_campaign(GPtrArray *texts, const char *path, RdParts *parts, GError **error) {
  g_autoptr(RdCampaign) c = rd_campaign_load(path, parts, error);
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  bool ok = c != NULL;
  for (unsigned i = 0; ok && i < c->n_attacks; i++)
    ok = add_text(texts, rd_campaign_trial(c, (int)i, 0, c->seeds[0], error));
  for (unsigned i = 1; ok && i < c->n_defenses; i++)
    ok = add_text(texts, rd_campaign_trial(c, -1, i, c->seeds[0], error));
  for (unsigned i = 0; ok && i < c->n_cells; i++)
    if (is_new_point(seen, &c->cells[i]))
      ok = add_text(texts, rd_campaign_cell_trial(c, i, c->seeds[0], error));
  return ok;
}

static bool add_all(GPtrArray *texts, const char *path, RdFileKind kind, RdParts *parts,
                    GError **error) {
  switch (kind) {
  case RD_FILE_TRIAL:
    return add_text(texts, rd_trial_load(path, parts, error));
  case RD_FILE_CAMPAIGN:
    return add_campaign(texts, path, parts, error);
  case RD_FILE_TOPOLOGY:
    return add_text(texts, trial_around("topology", path, parts, error));
  default: /* the shipped topology has a node of every part that has operations of its own */
    return add_text(texts, trial_around("topology: volte-home\ncosts", path, parts, error));
  }
}

static bool build(const Rehearsal *r, const char *folder, const char *path, GError **error) {
  g_autofree char *engine = rd_program_find(r->outside ? "redoubt-live" : "redoubt-trial", error);
  g_autofree char *file = g_build_filename(folder, "trial.yaml", NULL);
  g_autofree char *world = g_build_filename(folder, "world", NULL), *said = NULL;
  char *argv[] = {engine, file, (char *)"--out", world, (char *)"--build-only", NULL};
  int status = 0;
  if (!engine || !g_file_set_contents(file, r->text, -1, error) ||
      !g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &said, &status,
                    error))
    return false;
  if (g_spawn_check_wait_status(status, NULL))
    return true;
  const char *why = g_strstrip(said);
  g_autofree char *name = g_path_get_basename(engine), *prefix = g_strconcat(name, ": ", NULL);
  if (g_str_has_prefix(why, prefix))
    why += strlen(prefix);
  g_autofree char *shown = rd_words_printable(path);
  g_set_error(error, RD_CONFIG_ERROR, RD_CONFIG_INVALID, "%s: no world can be built of it: %s",
              shown, *why ? why : "its program ended without a word");
  return false;
}

bool rd_rehearse(const char *path, RdFileKind kind, RdParts *parts, GError **error) {
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(rehearsal_free);
  if (!add_all(texts, path, kind, parts, error))
    return false;
  g_autofree char *folder = g_dir_make_tmp("redoubt-check-XXXXXX", error);
  bool ok = folder != NULL;
  for (guint i = 0; ok && i < texts->len; i++)
    ok = build(texts->pdata[i], folder, path, error);
  if (folder)
    rd_folder_remove(folder);
  return ok;
}
