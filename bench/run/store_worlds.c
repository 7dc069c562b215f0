/* store_worlds.c - the worlds of a folder of results: at work, finished, failed. */
#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "bench/run/folder.h"
#include "bench/run/lease.h"
#include "bench/run/store_internal.h"

static char *part_folder(const RdStore *store, const char *id) {
  g_autofree char *name = g_strconcat(".", id, ".part", NULL);
  return g_build_filename(store->folder, "worlds", name, NULL);
}

char *rd_store_world_folder(const RdStore *store, const char *id) {
  return g_build_filename(store->folder, "worlds", id, NULL);
}

static gboolean keep_row(RdStore *store, const char *id, gint64 wall_ms, GError **error) {
  g_autofree char *folder = rd_store_world_folder(store, id);
  g_autofree char *result_path = g_build_filename(folder, "result.json", NULL);
  g_autofree char *trial_path = g_build_filename(folder, "trial.yaml", NULL);
  g_autofree char *result = NULL, *trial = NULL;
  GError *io = NULL;
  if (!g_file_get_contents(result_path, &result, NULL, &io) ||
      !g_file_get_contents(trial_path, &trial, NULL, &io))
    return rd_store_fault_file(io, error);
  g_autofree char *wall = g_strdup_printf("%" G_GINT64_FORMAT, wall_ms);
  const char *values[] = {id, trial, wall, result};
  return rd_store_run(store, error,
                      "INSERT OR REPLACE INTO world(id, status, trial, finished_s, wall_ms, result)"
                      " VALUES (?1, 'done', ?2, unixepoch(), CAST(?3 AS INTEGER), ?4)",
                      values, 4);
}

RdWorldStatus rd_store_world(RdStore *store, const char *id) {
  g_autofree char *folder = rd_store_world_folder(store, id);
  g_autofree char *result = g_build_filename(folder, "result.json", NULL);
  g_autofree char *status = rd_store_ask(store, "SELECT status FROM world WHERE id = ?", id);
  gboolean whole = g_file_test(result, G_FILE_TEST_IS_REGULAR);
  if (status && strcmp(status, "failed") == 0)
    return RD_WORLD_FAILED;
  if (!whole)
    return RD_WORLD_UNKNOWN;
  if (!status && !keep_row(store, id, 0, NULL)) /* renamed, and then killed before the commit */
    return RD_WORLD_UNKNOWN;
  return RD_WORLD_DONE;
}

char *rd_store_world_result(RdStore *store, const char *id) {
  return rd_store_ask(store, "SELECT result FROM world WHERE id = ?", id);
}

char *rd_store_world_trial(RdStore *store, const char *id) {
  return rd_store_ask(store, "SELECT trial FROM world WHERE id = ?", id);
}

char *rd_store_world_reason(RdStore *store, const char *id) {
  return rd_store_ask(store, "SELECT reason FROM world WHERE id = ?", id);
}

/* FALSE without *error: somebody else has it. */
static gboolean claim(RdStore *store, const char *part, GError **error) {
  for (int tries = 0; tries < 2; tries++) {
    if (g_mkdir(part, 0777) == 0)
      return rd_lease_write(part, error);
    if (errno != EEXIST)
      return rd_store_fault_errno(part, error);
    if (!rd_store_is_abandoned(store, part))
      return FALSE;
    rd_store_take_away(store, part);
  }
  return FALSE;
}

char *rd_store_begin(RdStore *store, const char *id, const char *trial, GError **error) {
  g_autofree char *folder = part_folder(store, id);
  g_autofree char *path = g_build_filename(folder, "trial.yaml", NULL);
  GError *io = NULL;
  g_hash_table_remove(store->at_work, folder);
  if (!claim(store, folder, &io) || !g_file_set_contents(path, trial, -1, &io)) {
    if (io && io->domain == RD_STORE_ERROR)
      g_propagate_error(error, io);
    else if (io)
      rd_store_fault_file(io, error);
    return NULL;
  }
  g_hash_table_add(store->at_work, g_strdup(folder));
  return g_steal_pointer(&folder);
}

void rd_store_drop(RdStore *store, const char *id) {
  g_autofree char *part = part_folder(store, id);
  g_hash_table_remove(store->at_work, part);
  rd_folder_remove(part);
}

void rd_store_beat(RdStore *store) {
  const gint64 now = g_get_monotonic_time();
  GHashTableIter iter;
  gpointer part;
  if (now - store->beaten < RD_LEASE_BEAT_S * G_USEC_PER_SEC)
    return;
  store->beaten = now;
  if (store->bench)
    rd_lease_beat(store->bench);
  g_hash_table_iter_init(&iter, store->at_work);
  while (g_hash_table_iter_next(&iter, &part, NULL))
    rd_lease_beat(part);
}

gboolean rd_store_failed_since(RdStore *store, const char *id, gint64 since_s) {
  g_autofree char *when =
      rd_store_ask(store, "SELECT finished_s FROM world WHERE id = ? AND status = 'failed'", id);
  return when && g_ascii_strtoll(when, NULL, 10) >= since_s;
}

static char *why_unusable(const char *folder) {
  g_autofree char *path = g_build_filename(folder, "result.json", NULL);
  g_autoptr(JsonParser) parser = json_parser_new();
  g_autoptr(GError) error = NULL;
  if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
    return g_strdup("redoubt-trial ended well but left no result.json");
  if (!json_parser_load_from_file(parser, path, &error))
    return g_strdup_printf("result.json: %s", error->message);
  JsonNode *root = json_parser_get_root(parser);
  return root && JSON_NODE_HOLDS_OBJECT(root) ? NULL : g_strdup("result.json holds no object");
}

gboolean rd_store_finish(RdStore *store, const char *id, gint64 wall_ms, GError **error) {
  g_autofree char *part = part_folder(store, id), *folder = rd_store_world_folder(store, id);
  g_autofree char *unusable = why_unusable(part);
  if (unusable) {
    g_autofree char *path = g_build_filename(part, "trial.yaml", NULL), *trial = NULL;
    g_file_get_contents(path, &trial, NULL, NULL);
    return rd_store_fail(store, id, trial ? trial : "", unusable, "", wall_ms, error);
  }
  g_hash_table_remove(store->at_work, part);
  rd_lease_remove(part);
  rd_folder_remove(folder);
  if (g_rename(part, folder) != 0)
    return rd_store_fault_errno(folder, error);
  return keep_row(store, id, wall_ms, error);
}

gboolean rd_store_fail(RdStore *store, const char *id, const char *trial, const char *reason,
                       const char *words, gint64 wall_ms, GError **error) {
  g_autofree char *part = part_folder(store, id);
  g_hash_table_remove(store->at_work, part);
  rd_folder_remove(part);
  g_autofree char *wall = g_strdup_printf("%" G_GINT64_FORMAT, wall_ms);
  g_autofree char *valid = g_utf8_make_valid(words, -1);
  const char *values[] = {id, trial, wall, reason, valid};
  return rd_store_run(
      store, error,
      "INSERT OR REPLACE INTO world(id, status, trial, finished_s, wall_ms, reason, words)"
      " VALUES (?1, 'failed', ?2, unixepoch(), CAST(?3 AS INTEGER), ?4, ?5)",
      values, 5);
}
