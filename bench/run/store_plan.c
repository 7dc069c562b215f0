/* store_plan.c - the plan in a folder of results: its rows, their worlds, what is swept in them. */
#include <string.h>

#include "bench/run/store_internal.h"
#include "lab/text/words.h"

/* ---- rows in memory --------------------------------------------------------------------------- */

RdPlanRow *rd_plan_row_new(const char *attack, const char *defense, guint64 seed) {
  RdPlanRow *row = g_new0(RdPlanRow, 1);
  row->attack = g_strdup(attack);
  row->defense = g_strdup(defense);
  row->seed = seed;
  row->of_attack = g_strdup("");
  row->of_defense = g_strdup("");
  row->worlds = g_array_new(FALSE, FALSE, sizeof(RdPlanWorld));
  row->sweep = g_array_new(FALSE, FALSE, sizeof(RdPlanCoordinate));
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

void rd_plan_row_sweep(RdPlanRow *row, const char *of_attack, const char *of_defense) {
  g_free(row->of_attack);
  g_free(row->of_defense);
  row->of_attack = g_strdup(of_attack);
  row->of_defense = g_strdup(of_defense);
}

void rd_plan_row_coordinate(RdPlanRow *row, const char *swept, const char *instance,
                            const char *parameter, const char *value) {
  RdPlanCoordinate at = {g_strdup(swept), g_strdup(instance), g_strdup(parameter), g_strdup(value)};
  g_array_append_val(row->sweep, at);
}

const char *rd_plan_coordinate_of(const RdPlanRow *row, const RdPlanCoordinate *at) {
  return strcmp(at->swept, "attack") == 0    ? row->of_attack
         : strcmp(at->swept, "defense") == 0 ? row->of_defense
                                             : at->instance;
}

void rd_plan_row_free(RdPlanRow *row) {
  if (!row)
    return;
  for (guint i = 0; i < row->worlds->len; i++)
    g_free(g_array_index(row->worlds, RdPlanWorld, i).id);
  for (guint i = 0; i < row->sweep->len; i++) {
    const RdPlanCoordinate *at = &g_array_index(row->sweep, RdPlanCoordinate, i);
    char *texts[] = {at->swept, at->instance, at->parameter, at->value};
    for (gsize k = 0; k < G_N_ELEMENTS(texts); k++)
      g_free(texts[k]);
  }
  g_array_unref(row->worlds);
  g_array_unref(row->sweep);
  g_free(row->attack);
  g_free(row->defense);
  g_free(row->of_attack);
  g_free(row->of_defense);
  g_free(row);
}

/* ---- written ---------------------------------------------------------------------------------- */

static gboolean put_worlds(RdStore *store, const RdPlanRow *row, const char *n, GError **error) {
  gboolean ok = TRUE;
  for (guint i = 0; ok && i < row->worlds->len; i++) {
    const RdPlanWorld *world = &g_array_index(row->worlds, RdPlanWorld, i);
    g_autofree char *number = g_strdup_printf("%u", i);
    const char *values[] = {n, number, world->kind, world->id};
    ok = rd_store_run(store, error,
                      "INSERT INTO plan_world(n, i, kind, id)"
                      " VALUES (CAST(?1 AS INTEGER), CAST(?2 AS INTEGER), ?3, ?4)",
                      values, G_N_ELEMENTS(values));
  }
  return ok;
}

static gboolean put_sweep(RdStore *store, const RdPlanRow *row, const char *n, GError **error) {
  gboolean ok = TRUE;
  for (guint i = 0; ok && i < row->sweep->len; i++) {
    const RdPlanCoordinate *at = &g_array_index(row->sweep, RdPlanCoordinate, i);
    g_autofree char *number = g_strdup_printf("%u", i);
    const char *values[] = {n, number, at->swept, at->instance, at->parameter, at->value};
    ok = rd_store_run(store, error,
                      "INSERT INTO plan_sweep(n, i, swept, instance, parameter, value)"
                      " VALUES (CAST(?1 AS INTEGER), CAST(?2 AS INTEGER), ?3, ?4, ?5, ?6)",
                      values, G_N_ELEMENTS(values));
  }
  return ok;
}

static gboolean put_row(RdStore *store, const RdPlanRow *row, guint number, GError **error) {
  g_autofree char *seed = g_strdup_printf("%" G_GUINT64_FORMAT, row->seed);
  g_autofree char *n = g_strdup_printf("%u", number);
  const char *values[] = {n, row->attack, row->defense, seed, row->of_attack, row->of_defense};
  return rd_store_run(store, error,
                      "INSERT INTO plan(n, attack, defense, seed, of_attack, of_defense)"
                      " VALUES (CAST(?1 AS INTEGER), ?2, ?3, ?4, ?5, ?6)",
                      values, G_N_ELEMENTS(values)) &&
         put_worlds(store, row, n, error) && put_sweep(store, row, n, error);
}

/* In one transaction: of two benches that begin at once with different plans, one is refused. */
gboolean rd_store_set_plan(RdStore *store, const GPtrArray *rows, GError **error) {
  if (!rd_store_execute(store, "BEGIN IMMEDIATE", error))
    return FALSE;
  gboolean ok =
      rd_store_take_part(store, rows, error) &&
      rd_store_execute(store, "DELETE FROM plan; DELETE FROM plan_world; DELETE FROM plan_sweep",
                       error);
  for (guint i = 0; ok && i < rows->len; i++)
    ok = put_row(store, rows->pdata[i], i + 1, error);
  if (ok)
    return rd_store_execute(store, "COMMIT", error);
  sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

/* ---- read back -------------------------------------------------------------------------------- */

/* Columns that may not be NULL in our tables may be so in another's. */
static char *column_text(sqlite3_stmt *statement, int column) {
  const char *text = (const char *)sqlite3_column_text(statement, column);
  return g_strdup(text ? text : "");
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
  const char *of[] = {row->of_attack, row->of_defense};
  for (gsize i = 0; row->sweep->len && i < G_N_ELEMENTS(of); i++)
    if (!rd_words_is_name(of[i]))
      return not_as_written(store, n, "name of a sweep", of[i], RD_NAME_RULE, error);
  for (guint k = 0; k < row->sweep->len; k++) {
    const RdPlanCoordinate *at = &g_array_index(row->sweep, RdPlanCoordinate, k);
    const char *names[] = {at->swept, at->instance, at->parameter};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
      if (!rd_words_is_name(names[i]))
        return not_as_written(store, n, "name of a sweep", names[i], RD_NAME_RULE, error);
    for (const char *p = at->value; *p; p++)
      if ((guchar)*p < 0x20 || *p == 0x7f)
        return not_as_written(store, n, "value", at->value, "text on one line", error);
  }
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

/* What is read of a plan, a statement each: rows, and the worlds and coordinates of one. */
enum { ROWS, WORLDS, SWEEP, QUERIES };
static const char *const queries[QUERIES] = {
    [ROWS] = "SELECT n, attack, defense, seed, of_attack, of_defense FROM plan ORDER BY n",
    [WORLDS] = "SELECT kind, id FROM plan_world WHERE n = ? ORDER BY i",
    [SWEEP] = "SELECT swept, instance, parameter, value FROM plan_sweep WHERE n = ? ORDER BY i"};

static RdPlanRow *row_of(sqlite3_stmt *rows) {
  g_autofree char *attack = column_text(rows, 1), *defense = column_text(rows, 2);
  g_autofree char *seed = column_text(rows, 3), *of_attack = column_text(rows, 4);
  g_autofree char *of_defense = column_text(rows, 5);
  RdPlanRow *row = rd_plan_row_new(attack, defense, g_ascii_strtoull(seed, NULL, 10));
  rd_plan_row_sweep(row, of_attack, of_defense);
  return row;
}

static void add_world(sqlite3_stmt *statement, RdPlanRow *row) {
  g_autofree char *kind = column_text(statement, 0), *id = column_text(statement, 1);
  rd_plan_row_add(row, kind, id);
}

static void add_coordinate(sqlite3_stmt *statement, RdPlanRow *row) {
  g_autofree char *swept = column_text(statement, 0), *instance = column_text(statement, 1);
  g_autofree char *parameter = column_text(statement, 2), *value = column_text(statement, 3);
  rd_plan_row_coordinate(row, swept, instance, parameter, value);
}

static gboolean read_of_row(sqlite3_stmt *statement, gint64 n, RdPlanRow *row,
                            void (*add)(sqlite3_stmt *statement, RdPlanRow *row)) {
  sqlite3_reset(statement);
  sqlite3_bind_int64(statement, 1, n);
  int rc;
  while ((rc = sqlite3_step(statement)) == SQLITE_ROW)
    add(statement, row);
  return rc == SQLITE_DONE;
}

/* Rows as they stand; FALSE with *error. */
static gboolean read_rows(RdStore *store, sqlite3_stmt *const statements[QUERIES], GPtrArray *into,
                          GError **error) {
  int rc;
  while ((rc = sqlite3_step(statements[ROWS])) == SQLITE_ROW) {
    const gint64 n = sqlite3_column_int64(statements[ROWS], 0);
    RdPlanRow *row = row_of(statements[ROWS]);
    g_ptr_array_add(into, row);
    if (!read_of_row(statements[WORLDS], n, row, add_world) ||
        !read_of_row(statements[SWEEP], n, row, add_coordinate))
      return rd_store_fault_database(store, error);
    if (!check_row(store, row, into->len, error))
      return FALSE;
  }
  return rc == SQLITE_DONE || rd_store_fault_database(store, error);
}

GPtrArray *rd_store_plan(RdStore *store, GError **error) {
  sqlite3_stmt *statements[QUERIES] = {NULL};
  GPtrArray *plan = g_ptr_array_new_with_free_func((GDestroyNotify)rd_plan_row_free);
  gboolean ok = TRUE;
  for (unsigned i = 0; ok && i < QUERIES; i++)
    ok = sqlite3_prepare_v2(store->db, queries[i], -1, &statements[i], NULL) == SQLITE_OK;
  ok = ok ? read_rows(store, statements, plan, error) : rd_store_fault_database(store, error);
  for (unsigned i = 0; i < QUERIES; i++)
    sqlite3_finalize(statements[i]);
  if (!ok)
    g_clear_pointer(&plan, g_ptr_array_unref);
  return plan;
}
