/* store.c - a folder of results, kept in SQLite and in one folder a world. */

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "bench/run/folder.h"
#include "bench/run/lease.h"
#include "bench/run/store_internal.h"
#include "lab/text/words.h"

/* "RDBT", and the version of the tables. Versions 2 (a column for each of five worlds) and 3 (a row is a
 * point of one parameter) are read as they are and converted by a bench; others are refused. */
#define APPLICATION_ID 0x52444254
#define TABLES_VERSION 4
#define TABLES_OLDEST 2

#define WORLDS_TABLE                                                                               \
  "CREATE TABLE IF NOT EXISTS plan_world(n INTEGER NOT NULL, i INTEGER NOT NULL,"                  \
  " kind TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(n, i)) STRICT, WITHOUT ROWID;"
#define SWEEP_TABLE                                                                                \
  "CREATE TABLE IF NOT EXISTS plan_sweep(n INTEGER NOT NULL, i INTEGER NOT NULL,"                  \
  " swept TEXT NOT NULL, instance TEXT NOT NULL, parameter TEXT NOT NULL, value TEXT NOT NULL,"    \
  " PRIMARY KEY(n, i)) STRICT, WITHOUT ROWID;"

static const char tables[] =
    "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS world(id TEXT PRIMARY KEY,"
    " status TEXT NOT NULL CHECK (status IN ('done', 'failed')), trial TEXT NOT NULL,"
    " finished_s INTEGER NOT NULL, wall_ms INTEGER NOT NULL, result TEXT, reason TEXT,"
    " words TEXT) STRICT;"
    "CREATE TABLE IF NOT EXISTS plan(n INTEGER PRIMARY KEY, attack TEXT NOT NULL,"
    " defense TEXT NOT NULL, seed TEXT NOT NULL, of_attack TEXT NOT NULL DEFAULT '',"
    " of_defense TEXT NOT NULL DEFAULT '') STRICT;" WORLDS_TABLE SWEEP_TABLE;

/* The worlds of a plan of version 2, and what it swept: defenses alone. */
#define WORLDS_OF_2                                                                                \
  "SELECT * FROM (SELECT n, 0 AS i, 'nothing' AS kind, nothing_id AS id FROM main.plan"            \
  " UNION ALL SELECT n, 1, 'attack', attacked_id FROM main.plan"                                   \
  " UNION ALL SELECT n, 2, 'defense', defended_id FROM main.plan"                                  \
  " UNION ALL SELECT n, 3, 'both', both_id FROM main.plan"                                         \
  " UNION ALL SELECT n, 4, 'shifted', shifted_id FROM main.plan) WHERE id <> ''"
#define SWEPT_OF_2 "CASE sweep_of WHEN '' THEN '' ELSE 'defense' END"
/* Of version 3: the one parameter of a row, and the labels of the cell around which it is a point. */
#define SWEEP_OF_3 "SELECT n, 0 AS i, swept, instance, parameter, value"
#define OF_ATTACK_OF_3 "CASE swept WHEN '' THEN '' WHEN 'attack' THEN sweep_of ELSE attack END"
#define OF_DEFENSE_OF_3 "CASE swept WHEN '' THEN '' WHEN 'defense' THEN sweep_of ELSE defense END"

/* Show older tables in today's shape, without a change to the file. */
static const char views_2[] =
    "CREATE TEMP VIEW plan_world AS " WORLDS_OF_2 ";"
    "CREATE TEMP VIEW plan_3 AS SELECT *, " SWEPT_OF_2 " AS swept FROM main.plan;";
static const char views_3[] =
    "CREATE TEMP VIEW IF NOT EXISTS plan_3 AS SELECT * FROM main.plan;"
    "CREATE TEMP VIEW plan_sweep AS " SWEEP_OF_3 " FROM plan_3 WHERE swept <> '';"
    "CREATE TEMP VIEW plan AS SELECT n, attack, defense, seed, " OF_ATTACK_OF_3 " AS of_attack,"
    " " OF_DEFENSE_OF_3 " AS of_defense FROM plan_3;";

static const char convert_2[] =
    "BEGIN IMMEDIATE;" WORLDS_TABLE "INSERT INTO plan_world " WORLDS_OF_2 ";"
    "ALTER TABLE plan ADD COLUMN swept TEXT NOT NULL DEFAULT '';"
    "UPDATE plan SET swept = " SWEPT_OF_2 ";"
    "ALTER TABLE plan DROP COLUMN nothing_id; ALTER TABLE plan DROP COLUMN attacked_id;"
    "ALTER TABLE plan DROP COLUMN defended_id; ALTER TABLE plan DROP COLUMN both_id;"
    "ALTER TABLE plan DROP COLUMN shifted_id; PRAGMA user_version = 3; COMMIT;";
static const char convert_3[] =
    "BEGIN IMMEDIATE;" SWEEP_TABLE "INSERT INTO plan_sweep " SWEEP_OF_3
    " FROM plan WHERE swept <> '';"
    "ALTER TABLE plan ADD COLUMN of_attack TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE plan ADD COLUMN of_defense TEXT NOT NULL DEFAULT '';"
    "UPDATE plan SET of_attack = " OF_ATTACK_OF_3 ", of_defense = " OF_DEFENSE_OF_3 ";"
    "ALTER TABLE plan DROP COLUMN sweep_of; ALTER TABLE plan DROP COLUMN instance;"
    "ALTER TABLE plan DROP COLUMN parameter; ALTER TABLE plan DROP COLUMN value;"
    "ALTER TABLE plan DROP COLUMN swept; PRAGMA user_version = 4; COMMIT;";

gboolean rd_store_fault_database(const RdStore *store, GError **error) {
  int code = sqlite3_errcode(store->db) & 0xff;
  int ours = code == SQLITE_FULL                               ? RD_STORE_FULL
             : code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? RD_STORE_FOREIGN
                                                               : RD_STORE_IO;
  g_set_error(error, RD_STORE_ERROR, ours, "%s/results.sqlite: %s", store->folder,
              sqlite3_errmsg(store->db));
  return FALSE;
}

gboolean rd_store_fault_file(GError *from, GError **error) {
  gboolean full = g_error_matches(from, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  g_set_error_literal(error, RD_STORE_ERROR, full ? RD_STORE_FULL : RD_STORE_IO, from->message);
  g_error_free(from);
  return FALSE;
}

gboolean rd_store_fault_errno(const char *path, GError **error) {
  int why = errno;
  g_set_error(error, RD_STORE_ERROR, why == ENOSPC ? RD_STORE_FULL : RD_STORE_IO, "%s: %s", path,
              g_strerror(why));
  return FALSE;
}

gboolean rd_store_execute(RdStore *store, const char *sql, GError **error) {
  return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
         rd_store_fault_database(store, error);
}

/* Runs a statement with n text parameters. */
gboolean rd_store_run(RdStore *store, GError **error, const char *sql, const char *const *values,
                      int n) {
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
    return rd_store_fault_database(store, error);
  for (int i = 0; i < n; i++)
    sqlite3_bind_text(statement, i + 1, values[i], -1, SQLITE_STATIC);
  int rc = sqlite3_step(statement);
  gboolean ok = rc == SQLITE_DONE || rc == SQLITE_ROW || rd_store_fault_database(store, error);
  sqlite3_finalize(statement);
  return ok;
}

/* The one text value of a query with one text parameter; NULL if there is none. */
char *rd_store_ask(RdStore *store, const char *sql, const char *key) {
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
  g_autofree char *value = rd_store_ask(store, sql, NULL);
  return value ? g_ascii_strtoll(value, NULL, 10) : -1;
}

/* Refuses what is not ours before anything is written to it. */
static gboolean check_ours(RdStore *store, GError **error) {
  g_autofree char *sound = rd_store_ask(store, "PRAGMA quick_check(1)", NULL);
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
  else if (tables_found > 0 && (version < TABLES_OLDEST || version > TABLES_VERSION))
    why = "was written by another version of redoubt";
  if (!why)
    return TRUE;
  g_set_error(error, RD_STORE_ERROR, RD_STORE_FOREIGN,
              "%s/results.sqlite %s; move the folder away or name another with -o", store->folder,
              why);
  return FALSE;
}

/* From one version to the next. Another bench may have done it just now. */
static gboolean convert(RdStore *store, gint64 version, GError **error) {
  g_autoptr(GError) fault = NULL;
  if (rd_store_execute(store, version == 2 ? convert_2 : convert_3, &fault))
    return TRUE;
  sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
  if (pragma(store, "PRAGMA user_version") > version)
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&fault));
  return FALSE;
}

/* To be read as it is. */
static gboolean show_old(RdStore *store, GError **error) {
  const gint64 version = pragma(store, "PRAGMA user_version");
  return (version != 2 || rd_store_execute(store, views_2, error)) &&
         (version == TABLES_VERSION || rd_store_execute(store, views_3, error));
}

/* A new database has no version, 0, and no tables. */
static gboolean bring_up_to_date(RdStore *store, GError **error) {
  gint64 version;
  while ((version = pragma(store, "PRAGMA user_version")) >= TABLES_OLDEST &&
         version < TABLES_VERSION)
    if (!convert(store, version, error))
      return FALSE;
  return TRUE;
}

static gboolean open_database(RdStore *store, gboolean make, GError **error) {
  g_autofree char *path = g_build_filename(store->folder, "results.sqlite", NULL);
  int flags = SQLITE_OPEN_READWRITE | (make ? SQLITE_OPEN_CREATE : 0);
  if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK)
    return rd_store_fault_database(store, error);
  sqlite3_busy_timeout(store->db, 60000);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL); /* it may be anybody's */
  if (!check_ours(store, error))
    return FALSE;
  if (!make)
    return show_old(store, error);
  if (!bring_up_to_date(store, error))
    return FALSE;
  /* Of a folder made by an earlier version; while another has it open, it stays as it is. */
  sqlite3_exec(store->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
  g_autofree char *setup =
      g_strdup_printf("PRAGMA synchronous = NORMAL; PRAGMA application_id = %d;"
                      "PRAGMA user_version = %d; %s",
                      APPLICATION_ID, TABLES_VERSION, tables);
  return rd_store_execute(store, setup, error);
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
void rd_store_take_away(const RdStore *store, const char *part) {
  g_autofree char *clock = g_build_filename(store->folder, "lock", NULL);
  g_autofree char *aside = g_strdup_printf("%s.dead-%08x", part, g_random_int());
  if (g_rename(part, aside) != 0)
    return;
  if (rd_lease_of(aside, clock) == RD_LEASE_ALIVE && g_rename(aside, part) == 0)
    return;
  rd_folder_remove(aside);
}

gboolean rd_store_is_abandoned(const RdStore *store, const char *part) {
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
    if (name[0] == '.' && strstr(name, ".part") && rd_store_is_abandoned(store, path))
      rd_store_take_away(store, path);
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
    rd_store_fault_errno(store->folder, error);
    return NULL;
  }
  if (!check_folder(store, error) || !open_database(store, TRUE, error) ||
      !check_name(store, name, error))
    return NULL;
  if (g_mkdir_with_parents(worlds, 0777) != 0) {
    rd_store_fault_errno(worlds, error);
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
  rd_store_leave(store);
  sqlite3_close(store->db);
  g_hash_table_unref(store->at_work);
  g_free(store->folder);
  g_free(store);
}

const char *rd_store_folder(const RdStore *store) {
  return store->folder;
}

char *rd_store_meta(RdStore *store, const char *key) {
  return rd_store_ask(store, "SELECT value FROM meta WHERE key = ?", key);
}

gboolean rd_store_set_meta(RdStore *store, const char *key, const char *value, GError **error) {
  const char *values[] = {key, value};
  return rd_store_run(store, error, "INSERT OR REPLACE INTO meta VALUES (?, ?)", values, 2);
}
