/* store.c - a folder of results, kept in SQLite and in one folder a world. */
#include "bench/run/store.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <sqlite3.h>
#include <string.h>

#include "bench/run/folder.h"
#include "bench/run/lease.h"
#include "lab/text/words.h"

/* "RDBT", and the version of the tables. Version 2, whose plan had a column for each of five worlds, is
 * read as it is and converted by a bench; others are refused. */
#define APPLICATION_ID 0x52444254
#define TABLES_VERSION 3
#define TABLES_OLD 2

struct RdStore {
  char *folder;
  sqlite3 *db;
  GHashTable *at_work; /* .part folders of ours */
  gint64 beaten; /* when we last said so, us of the monotonic clock */
};

static const char tables[] =
    "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS world(id TEXT PRIMARY KEY,"
    " status TEXT NOT NULL CHECK (status IN ('done', 'failed')), trial TEXT NOT NULL,"
    " finished_s INTEGER NOT NULL, wall_ms INTEGER NOT NULL, result TEXT, reason TEXT,"
    " words TEXT) STRICT;"
    "CREATE TABLE IF NOT EXISTS plan(n INTEGER PRIMARY KEY, attack TEXT NOT NULL,"
    " defense TEXT NOT NULL, seed TEXT NOT NULL, sweep_of TEXT NOT NULL, instance TEXT NOT NULL,"
    " parameter TEXT NOT NULL, value TEXT NOT NULL, swept TEXT NOT NULL DEFAULT '') STRICT;"
    "CREATE TABLE IF NOT EXISTS plan_world(n INTEGER NOT NULL, i INTEGER NOT NULL,"
    " kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(n, i)) STRICT, WITHOUT ROWID;";

/* The worlds of a plan of version 2, as rows. */
#define OLD_WORLDS                                                                                 \
  "SELECT n, 0 AS i, 'nothing' AS kind, nothing_id AS id FROM main.plan"                           \
  " UNION ALL SELECT n, 1, 'attack', attacked_id FROM main.plan"                                   \
  " UNION ALL SELECT n, 2, 'defense', defended_id FROM main.plan"                                  \
  " UNION ALL SELECT n, 3, 'both', both_id FROM main.plan"                                         \
  " UNION ALL SELECT n, 4, 'shifted', shifted_id FROM main.plan"
#define OLD_SWEPT "CASE sweep_of WHEN '' THEN '' ELSE 'defense' END"

/* Shows tables of version 2 in today's shape, without a change to the file. */
static const char views[] =
    "CREATE TEMP VIEW plan_world AS SELECT * FROM (" OLD_WORLDS ") WHERE id <> '';"
    "CREATE TEMP VIEW plan AS SELECT *, " OLD_SWEPT " AS swept FROM main.plan;";

static const char conversion[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE plan_world(n INTEGER NOT NULL, i INTEGER NOT NULL, kind TEXT NOT NULL,"
    " id TEXT NOT NULL, PRIMARY KEY(n, i)) STRICT, WITHOUT ROWID;"
    "INSERT INTO plan_world SELECT * FROM (" OLD_WORLDS ") WHERE id <> '';"
    "ALTER TABLE plan ADD COLUMN swept TEXT NOT NULL DEFAULT '';"
    "UPDATE plan SET swept = " OLD_SWEPT ";"
    "ALTER TABLE plan DROP COLUMN nothing_id; ALTER TABLE plan DROP COLUMN attacked_id;"
    "ALTER TABLE plan DROP COLUMN defended_id; ALTER TABLE plan DROP COLUMN both_id;"
    "ALTER TABLE plan DROP COLUMN shifted_id;"
    "PRAGMA user_version = 3;"
    "COMMIT;";

static gboolean database_error(const RdStore *store, GError **error) {
  int code = sqlite3_errcode(store->db) & 0xff;
  int ours = code == SQLITE_FULL                               ? RD_STORE_FULL
             : code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? RD_STORE_FOREIGN
                                                               : RD_STORE_IO;
  g_set_error(error, RD_STORE_ERROR, ours, "%s/results.sqlite: %s", store->folder,
              sqlite3_errmsg(store->db));
  return FALSE;
}

static gboolean file_error(GError *from, GError **error) {
  gboolean full = g_error_matches(from, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  g_set_error_literal(error, RD_STORE_ERROR, full ? RD_STORE_FULL : RD_STORE_IO, from->message);
  g_error_free(from);
  return FALSE;
}

static gboolean errno_error(const char *path, GError **error) {
  int why = errno;
  g_set_error(error, RD_STORE_ERROR, why == ENOSPC ? RD_STORE_FULL : RD_STORE_IO, "%s: %s", path,
              g_strerror(why));
  return FALSE;
}

static gboolean execute(RdStore *store, const char *sql, GError **error) {
  return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
         database_error(store, error);
}

/* Runs a statement with n text parameters. */
static gboolean run(RdStore *store, GError **error, const char *sql, const char *const *values,
                    int n) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
    return database_error(store, error);
  for (int i = 0; i < n; i++)
    sqlite3_bind_text(statement, i + 1, values[i], -1, SQLITE_STATIC);
  int rc = sqlite3_step(statement);
  gboolean ok = rc == SQLITE_DONE || rc == SQLITE_ROW || database_error(store, error);
  sqlite3_finalize(statement);
  return ok;
}

/* The one text value of a query with one text parameter; NULL if there is none. */
static char *ask(RdStore *store, const char *sql, const char *key) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
    return NULL;
  sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
  char *value = NULL;
  if (sqlite3_step(statement) == SQLITE_ROW)
    value = g_strdup((const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
  return value;
}

/* ---- opening ---------------------------------------------------------------------------------- */

static gint64 pragma(RdStore *store, const char *sql) {
  g_autofree char *value = ask(store, sql, NULL);
  return value ? g_ascii_strtoll(value, NULL, 10) : -1;
}

/* Refuses what is not ours before anything is written to it. */
static gboolean check_ours(RdStore *store, GError **error) {
  g_autofree char *sound = ask(store, "PRAGMA quick_check(1)", NULL);
  gint64 tables_found = pragma(store, "SELECT count(*) FROM sqlite_schema");
  gint64 id = pragma(store, "PRAGMA application_id");
  gint64 version = pragma(store, "PRAGMA user_version");
  const char *why = NULL;
  if (!sound || tables_found < 0)
    why = "is no database of results, or is damaged";
  else if (strcmp(sound, "ok") != 0)
    why = "is damaged";
  else if (tables_found > 0 && id != APPLICATION_ID)
    why = "belongs to another program";
  else if (tables_found > 0 && version != TABLES_VERSION && version != TABLES_OLD)
    why = "was written by another version of redoubt";
  if (!why)
    return TRUE;
  g_set_error(error, RD_STORE_ERROR, RD_STORE_FOREIGN,
              "%s/results.sqlite %s; move the folder away or name another with -o", store->folder,
              why);
  return FALSE;
}

/* Another bench may have done it just now. */
static gboolean convert(RdStore *store, GError **error) {
  g_autoptr(GError) fault = NULL;
  if (execute(store, conversion, &fault))
    return TRUE;
  sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
  if (pragma(store, "PRAGMA user_version") == TABLES_VERSION)
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&fault));
  return FALSE;
}

static gboolean open_database(RdStore *store, gboolean make, GError **error) {
  g_autofree char *path = g_build_filename(store->folder, "results.sqlite", NULL);
  int flags = SQLITE_OPEN_READWRITE | (make ? SQLITE_OPEN_CREATE : 0);
  if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK)
    return database_error(store, error);
  sqlite3_busy_timeout(store->db, 60000);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL); /* it may be anybody's */
  if (!check_ours(store, error))
    return FALSE;
  const gboolean old = pragma(store, "PRAGMA user_version") == TABLES_OLD;
  if (!make)
    return !old || execute(store, views, error);
  if (old && !convert(store, error))
    return FALSE;
  /* Of a folder made by an earlier version; while another has it open, it stays as it is. */
  sqlite3_exec(store->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
  g_autofree char *setup =
      g_strdup_printf("PRAGMA synchronous = NORMAL; PRAGMA application_id = %d;"
                      "PRAGMA user_version = %d; %s",
                      APPLICATION_ID, TABLES_VERSION, tables);
  return execute(store, setup, error);
}

/* A folder with something in it that is not ours is not made ours. */
static gboolean check_folder(const RdStore *store, GError **error) {
  g_autofree char *path = g_build_filename(store->folder, "results.sqlite", NULL);
  if (g_file_test(path, G_FILE_TEST_EXISTS))
    return TRUE;
  GDir *dir = g_dir_open(store->folder, 0, NULL);
  const char *name = NULL;
  while (dir && (name = g_dir_read_name(dir)) && strcmp(name, "lock") == 0)
    continue;
  if (name)
    g_set_error(error, RD_STORE_ERROR, RD_STORE_FOREIGN,
                "%s: holds \"%s\" but no results.sqlite; name an empty or new folder with -o",
                store->folder, name);
  gboolean ours = name == NULL;
  g_clear_pointer(&dir, g_dir_close);
  return ours;
}

static gboolean check_name(RdStore *store, const char *name, GError **error) {
  g_autofree char *kept = rd_store_meta(store, "campaign");
  if (!kept)
    return rd_store_set_meta(store, "campaign", name, error);
  if (strcmp(kept, name) == 0)
    return TRUE;
  g_set_error(error, RD_STORE_ERROR, RD_STORE_FOREIGN,
              "%s: holds the campaign \"%s\", not \"%s\"; name another folder with -o",
              store->folder, kept, name);
  return FALSE;
}

/* Takes a folder away from who is dead. It is moved aside first: of several that see it, one succeeds; and
 * looked at again, as another may have made it anew in between. */
static void take_away(const RdStore *store, const char *part) {
  g_autofree char *clock = g_build_filename(store->folder, "lock", NULL);
  g_autofree char *aside = g_strdup_printf("%s.dead-%08x", part, g_random_int());
  if (g_rename(part, aside) != 0)
    return;
  if (rd_lease_of(aside, clock) == RD_LEASE_ALIVE && g_rename(aside, part) == 0)
    return;
  rd_folder_remove(aside);
}

static gboolean is_abandoned(const RdStore *store, const char *part) {
  g_autofree char *clock = g_build_filename(store->folder, "lock", NULL);
  const RdLease lease = rd_lease_of(part, clock);
  return lease == RD_LEASE_DEAD ||
         (lease == RD_LEASE_OURS && !g_hash_table_contains(store->at_work, part));
}

/* What a killed bench left half done. */
static void clear_parts(const RdStore *store) {
  g_autofree char *worlds = g_build_filename(store->folder, "worlds", NULL);
  GDir *dir = g_dir_open(worlds, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name(dir))) {
    g_autofree char *path = g_build_filename(worlds, name, NULL);
    if (name[0] == '.' && strstr(name, ".part") && is_abandoned(store, path))
      take_away(store, path);
  }
  g_clear_pointer(&dir, g_dir_close);
}

static RdStore *store_new(const char *folder) {
  RdStore *store = g_new0(RdStore, 1);
  store->folder = g_canonicalize_filename(folder, NULL);
  store->at_work = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  return store;
}

RdStore *rd_store_open(const char *folder, const char *name, GError **error) {
  g_autoptr(RdStore) store = store_new(folder);
  g_autofree char *worlds = g_build_filename(store->folder, "worlds", NULL);
  if (g_mkdir_with_parents(store->folder, 0777) != 0) {
    errno_error(store->folder, error);
    return NULL;
  }
  if (!check_folder(store, error) || !open_database(store, TRUE, error) ||
      !check_name(store, name, error))
    return NULL;
  if (g_mkdir_with_parents(worlds, 0777) != 0) {
    errno_error(worlds, error);
    return NULL;
  }
  clear_parts(store);
  return g_steal_pointer(&store);
}

/* The campaign's name goes to the page's head, and to JSON. */
static gboolean check_kept_name(RdStore *store, GError **error) {
  g_autofree char *kept = rd_store_meta(store, "campaign");
  if (!kept || rd_words_is_name(kept))
    return TRUE;
  g_autofree char *quoted = rd_words_quote(kept);
  g_set_error(error, RD_STORE_ERROR, RD_STORE_FOREIGN,
              "%s/results.sqlite: the campaign's name %s is none (" RD_NAME_RULE
              "); redoubt did not write this",
              store->folder, quoted);
  return FALSE;
}

RdStore *rd_store_open_existing(const char *folder, GError **error) {
  g_autoptr(RdStore) store = store_new(folder);
  g_autofree char *path = g_build_filename(store->folder, "results.sqlite", NULL);
  if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
    g_set_error(error, RD_STORE_ERROR, RD_STORE_FOREIGN,
                "%s: no results here (no results.sqlite); `redoubt bench` makes them", folder);
    return NULL;
  }
  return open_database(store, FALSE, error) && check_kept_name(store, error)
             ? g_steal_pointer(&store)
             : NULL;
}

void rd_store_close(RdStore *store) {
  if (!store)
    return;
  sqlite3_close(store->db);
  g_hash_table_unref(store->at_work);
  g_free(store->folder);
  g_free(store);
}

const char *rd_store_folder(const RdStore *store) {
  return store->folder;
}

char *rd_store_meta(RdStore *store, const char *key) {
  return ask(store, "SELECT value FROM meta WHERE key = ?", key);
}

gboolean rd_store_set_meta(RdStore *store, const char *key, const char *value, GError **error) {
  const char *values[] = {key, value};
  return run(store, error, "INSERT OR REPLACE INTO meta VALUES (?, ?)", values, 2);
}

/* ---- worlds ----------------------------------------------------------------------------------- */

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
    return file_error(io, error);
  g_autofree char *wall = g_strdup_printf("%" G_GINT64_FORMAT, wall_ms);
  const char *values[] = {id, trial, wall, result};
  return run(store, error,
             "INSERT OR REPLACE INTO world(id, status, trial, finished_s, wall_ms, result)"
             " VALUES (?1, 'done', ?2, unixepoch(), CAST(?3 AS INTEGER), ?4)",
             values, 4);
}

RdWorldStatus rd_store_world(RdStore *store, const char *id) {
  g_autofree char *folder = rd_store_world_folder(store, id);
  g_autofree char *result = g_build_filename(folder, "result.json", NULL);
  g_autofree char *status = ask(store, "SELECT status FROM world WHERE id = ?", id);
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
  return ask(store, "SELECT result FROM world WHERE id = ?", id);
}

char *rd_store_world_trial(RdStore *store, const char *id) {
  return ask(store, "SELECT trial FROM world WHERE id = ?", id);
}

char *rd_store_world_reason(RdStore *store, const char *id) {
  return ask(store, "SELECT reason FROM world WHERE id = ?", id);
}

/* FALSE without *error: somebody else has it. */
static gboolean claim(RdStore *store, const char *part, GError **error) {
  for (int tries = 0; tries < 2; tries++) {
    if (g_mkdir(part, 0777) == 0)
      return rd_lease_write(part, error);
    if (errno != EEXIST)
      return errno_error(part, error);
    if (!is_abandoned(store, part))
      return FALSE;
    take_away(store, part);
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
      file_error(io, error);
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
  g_hash_table_iter_init(&iter, store->at_work);
  while (g_hash_table_iter_next(&iter, &part, NULL))
    rd_lease_beat(part);
}

gboolean rd_store_failed_since(RdStore *store, const char *id, gint64 since_s) {
  g_autofree char *when =
      ask(store, "SELECT finished_s FROM world WHERE id = ? AND status = 'failed'", id);
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
    return errno_error(folder, error);
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
  return run(store, error,
             "INSERT OR REPLACE INTO world(id, status, trial, finished_s, wall_ms, reason, words)"
             " VALUES (?1, 'failed', ?2, unixepoch(), CAST(?3 AS INTEGER), ?4, ?5)",
             values, 5);
}

/* Columns that may not be NULL in our tables may be so in another's. */
static char *column_text(sqlite3_stmt *statement, int column) {
  const char *text = (const char *)sqlite3_column_text(statement, column);
  return g_strdup(text ? text : "");
}

/* ---- the plan --------------------------------------------------------------------------------- */

RdPlanRow *rd_plan_row_new(const char *attack, const char *defense, guint64 seed) {
  RdPlanRow *row = g_new0(RdPlanRow, 1);
  row->attack = g_strdup(attack);
  row->defense = g_strdup(defense);
  row->seed = seed;
  row->worlds = g_array_new(FALSE, FALSE, sizeof(RdPlanWorld));
  return row;
}

void rd_plan_row_add(RdPlanRow *row, const char *kind, const char *id) {
  RdPlanWorld world = {g_intern_string(kind), g_strdup(id)};
  g_array_append_val(row->worlds, world);
}

const char *rd_plan_row_world(const RdPlanRow *row, const char *kind) {
  for (guint i = 0; i < row->worlds->len; i++) {
    const RdPlanWorld *world = &g_array_index(row->worlds, RdPlanWorld, i);
    if (strcmp(world->kind, kind) == 0)
      return world->id;
  }
  return "";
}

/* The texts of a row in the order of the columns. */
enum { PLAN_FIELDS = 7, SEED_FIELD = PLAN_FIELDS, NUMBER_FIELD, PLAN_VALUES };
#define PLAN_COLUMNS "attack, defense, sweep_of, instance, parameter, value, swept, seed"

static void plan_fields(RdPlanRow *row, char **fields[PLAN_FIELDS]) {
  char **all[PLAN_FIELDS] = {&row->attack,    &row->defense, &row->sweep_of, &row->instance,
                             &row->parameter, &row->value,   &row->swept};
  memcpy(fields, all, sizeof all);
}

void rd_plan_row_free(RdPlanRow *row) {
  char **fields[PLAN_FIELDS];
  if (!row)
    return;
  plan_fields(row, fields);
  for (unsigned k = 0; k < PLAN_FIELDS; k++)
    g_free(*fields[k]);
  for (guint i = 0; i < row->worlds->len; i++)
    g_free(g_array_index(row->worlds, RdPlanWorld, i).id);
  g_array_unref(row->worlds);
  g_free(row);
}

static gboolean put_worlds(RdStore *store, const RdPlanRow *row, const char *n, GError **error) {
  gboolean ok = TRUE;
  for (guint i = 0; ok && i < row->worlds->len; i++) {
    const RdPlanWorld *world = &g_array_index(row->worlds, RdPlanWorld, i);
    g_autofree char *number = g_strdup_printf("%u", i);
    const char *values[] = {n, number, world->kind, world->id};
    ok = run(store, error,
             "INSERT INTO plan_world(n, i, kind, id)"
             " VALUES (CAST(?1 AS INTEGER), CAST(?2 AS INTEGER), ?3, ?4)",
             values, G_N_ELEMENTS(values));
  }
  return ok;
}

static gboolean put_row(RdStore *store, RdPlanRow *row, guint number, GError **error) {
  g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, row->seed);
  g_autofree char *n = g_strdup_printf("%u", number);
  const char *values[PLAN_VALUES] = {[SEED_FIELD] = seed, [NUMBER_FIELD] = n};
  char **fields[PLAN_FIELDS];
  plan_fields(row, fields);
  for (unsigned k = 0; k < PLAN_FIELDS; k++)
    values[k] = *fields[k] ? *fields[k] : "";
  return run(store, error,
             "INSERT INTO plan(" PLAN_COLUMNS ", n)"
             " VALUES (?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS INTEGER))",
             values, G_N_ELEMENTS(values)) &&
         put_worlds(store, row, n, error);
}

gboolean rd_store_set_plan(RdStore *store, const GPtrArray *rows, GError **error) {
  gboolean ok = execute(store, "BEGIN IMMEDIATE; DELETE FROM plan; DELETE FROM plan_world", error);
  for (guint i = 0; ok && i < rows->len; i++)
    ok = put_row(store, rows->pdata[i], i + 1, error);
  if (ok)
    return execute(store, "COMMIT", error);
  sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

/* A folder of results may be anybody's: what is read back is held to the rules it was written
 * under, since names go to pages, tables and plots, and ids to paths. */
static gboolean is_id(const char *text) {
  return (strlen(text) == 32 && strspn(text, "0123456789abcdef") == 32);
}

static gboolean not_as_written(const RdStore *store, guint row, const char *what, const char *text,
                               const char *rule, GError **error) {
  g_autofree char *quoted = rd_words_quote(text);
  g_set_error(error, RD_STORE_ERROR, RD_STORE_FOREIGN,
              "%s/results.sqlite: row %u of the plan: %s %s is none (%s); redoubt did not write "
              "this",
              store->folder, row, what, quoted, rule);
  return FALSE;
}

/* A value is any text that a parameter can have, on one line. */
static gboolean check_sweep(const RdStore *store, const RdPlanRow *row, guint n, GError **error) {
  const char *names[] = {row->sweep_of, row->instance, row->parameter};
  for (gsize i = 0; *row->sweep_of && i < G_N_ELEMENTS(names); i++)
    if (!rd_words_is_name(names[i]))
      return not_as_written(store, n, "name of a sweep", names[i], RD_NAME_RULE, error);
  for (const char *p = row->value; *p; p++)
    if ((guchar)*p < 0x20 || *p == 0x7f)
      return not_as_written(store, n, "value", row->value, "text on one line", error);
  return TRUE;
}

static gboolean check_row(const RdStore *store, const RdPlanRow *row, guint n, GError **error) {
  if (!rd_words_is_name(row->attack))
    return not_as_written(store, n, "attack", row->attack, RD_NAME_RULE, error);
  if (!rd_words_is_name(row->defense))
    return not_as_written(store, n, "defense", row->defense, RD_NAME_RULE, error);
  for (guint i = 0; i < row->worlds->len; i++) {
    const RdPlanWorld *world = &g_array_index(row->worlds, RdPlanWorld, i);
    if (!is_id(world->id))
      return not_as_written(store, n, "world", world->id, "32 digits of 0-9 and a-f", error);
    if (!rd_words_is_name(world->kind))
      return not_as_written(store, n, "kind of world", world->kind, RD_NAME_RULE, error);
  }
  return check_sweep(store, row, n, error);
}

static RdPlanRow *row_of(sqlite3_stmt *statement) {
  g_autofree char *seed = column_text(statement, SEED_FIELD);
  RdPlanRow *row = rd_plan_row_new(NULL, NULL, g_ascii_strtoull(seed, NULL, 10));
  char **fields[PLAN_FIELDS];
  plan_fields(row, fields);
  for (int i = 0; i < PLAN_FIELDS; i++)
    *fields[i] = column_text(statement, i);
  return row;
}

static gboolean read_worlds(sqlite3_stmt *of_row, gint64 n, RdPlanRow *row) {
  sqlite3_reset(of_row);
  sqlite3_bind_int64(of_row, 1, n);
  int rc;
  while ((rc = sqlite3_step(of_row)) == SQLITE_ROW) {
    g_autofree char *kind = column_text(of_row, 0), *id = column_text(of_row, 1);
    rd_plan_row_add(row, kind, id);
  }
  return rc == SQLITE_DONE;
}

/* Rows as they stand; FALSE with *error. */
static gboolean read_rows(RdStore *store, sqlite3_stmt *rows, sqlite3_stmt *of_row, GPtrArray *into,
                          GError **error) {
  int rc;
  while ((rc = sqlite3_step(rows)) == SQLITE_ROW) {
    RdPlanRow *row = row_of(rows);
    g_ptr_array_add(into, row);
    if (!read_worlds(of_row, sqlite3_column_int64(rows, NUMBER_FIELD), row))
      return database_error(store, error);
    if (!check_row(store, row, into->len, error))
      return FALSE;
  }
  return rc == SQLITE_DONE || database_error(store, error);
}

GPtrArray *rd_store_plan(RdStore *store, GError **error) {
  sqlite3_stmt *rows = NULL, *of_row = NULL;
  GPtrArray *plan = g_ptr_array_new_with_free_func((GDestroyNotify)rd_plan_row_free);
  gboolean ok =
      sqlite3_prepare_v2(store->db, "SELECT " PLAN_COLUMNS ", n FROM plan ORDER BY n", -1, &rows,
                         NULL) == SQLITE_OK &&
      sqlite3_prepare_v2(store->db, "SELECT kind, id FROM plan_world WHERE n = ? ORDER BY i", -1,
                         &of_row, NULL) == SQLITE_OK;
  ok = ok ? read_rows(store, rows, of_row, plan, error) : database_error(store, error);
  sqlite3_finalize(rows);
  sqlite3_finalize(of_row);
  if (!ok)
    g_clear_pointer(&plan, g_ptr_array_unref);
  return plan;
}
