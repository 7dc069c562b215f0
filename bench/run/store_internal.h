/* store_internal.h - what the files of the store share. For store*.c alone. */
#pragma once

#include <sqlite3.h>

#include "bench/run/store.h"

struct RdStore {
  char *folder;
  sqlite3 *db;
  GHashTable *at_work; /* .part folders of ours */
  char *bench; /* folder that says with which plan we work here; NULL: with none */
  gint64 beaten; /* when we last said so, us of the monotonic clock */
};

/* FALSE, with *error set: by what the database says last; by another error, which is taken; by errno. */
gboolean rd_store_fault_database(const RdStore *store, GError **error);
gboolean rd_store_fault_file(GError *from, GError **error);
gboolean rd_store_fault_errno(const char *path, GError **error);

gboolean rd_store_execute(RdStore *store, const char *sql, GError **error);
/* A statement with n text parameters. */
gboolean rd_store_run(RdStore *store, GError **error, const char *sql, const char *const *values,
                      int n);
/* The one text value of a query with one text parameter; NULL if there is none. */
char *rd_store_ask(RdStore *store, const char *sql, const char *key);

/* Nobody alive works in a .part folder; takes it away from who is dead. */
gboolean rd_store_is_abandoned(const RdStore *store, const char *part);
void rd_store_take_away(const RdStore *store, const char *part);

/* Says that this process works here with this plan; refused while somebody else does with another. To be
 * called within a transaction of the database, which keeps others from doing the same meanwhile. */
gboolean rd_store_take_part(RdStore *store, const GPtrArray *rows, GError **error);
void rd_store_leave(RdStore *store);
