/* store_benches.c - who works on a folder of results with which plan. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "bench/run/folder.h"
#include "bench/run/lease.h"
#include "bench/run/store_internal.h"

static char *benches_folder(const RdStore *store) {
  return g_build_filename(store->folder, "benches", NULL);
}

/* "drum, none, seed 1", and what is swept in it. */
static char *name_of(const RdPlanRow *row) {
  GString *name = g_string_new(NULL);
  g_string_append_printf(name, "%s, %s, seed %" G_GUINT64_FORMAT, row->attack, row->defense,
                         row->seed);
  for (guint i = 0; i < row->sweep->len; i++) {
    const RdPlanCoordinate *at = &g_array_index(row->sweep, RdPlanCoordinate, i);
    g_string_append_printf(name, ", %s.%s = %s", at->instance, at->parameter, at->value);
  }
  return g_string_free(name, FALSE);
}

static char *digest_of(const GPtrArray *rows) {
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
  for (guint i = 0; i < rows->len; i++) {
    const RdPlanRow *row = rows->pdata[i];
    g_autofree char *name = name_of(row);
    g_checksum_update(sum, (const guchar *)name, -1);
    for (guint k = 0; k < row->worlds->len; k++) {
      const RdPlanWorld *world = &g_array_index(row->worlds, RdPlanWorld, k);
      g_checksum_update(sum, (const guchar *)world->kind, -1);
      g_checksum_update(sum, (const guchar *)world->id, -1);
    }
  }
  return g_strdup(g_checksum_get_string(sum));
}

/* ---- what differs ----------------------------------------------------------------------------- */

typedef struct {
  unsigned both, only_there, only_here, other_worlds;
  char *example; /* of what is only in one of them; NULL: nothing is */
} Difference;

static GHashTable *by_name(const GPtrArray *rows) {
  GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < rows->len; i++)
    g_hash_table_insert(table, name_of(rows->pdata[i]), rows->pdata[i]);
  return table;
}

/* How many names of the first the second has not; an example of them. */
static unsigned count_only(GHashTable *first, GHashTable *second, char **example) {
  GHashTableIter iter;
  gpointer name;
  unsigned n = 0;
  g_hash_table_iter_init(&iter, first);
  while (g_hash_table_iter_next(&iter, &name, NULL)) {
    if (g_hash_table_contains(second, name))
      continue;
    n++;
    if (!*example || strcmp(name, *example) < 0) {
      g_free(*example);
      *example = g_strdup(name);
    }
  }
  return n;
}

static Difference compare(const GPtrArray *there, const GPtrArray *here) {
  g_autoptr(GHashTable) theirs = by_name(there), ours = by_name(here);
  g_autofree char *in_theirs = NULL, *in_ours = NULL;
  Difference d = {.only_there = count_only(theirs, ours, &in_theirs),
                  .only_here = count_only(ours, theirs, &in_ours)};
  GHashTableIter iter;
  gpointer name, row;
  g_hash_table_iter_init(&iter, ours);
  while (g_hash_table_iter_next(&iter, &name, &row)) {
    const RdPlanRow *other = g_hash_table_lookup(theirs, name);
    d.both += other != NULL;
    d.other_worlds += other && strcmp(rd_plan_row_world(row, RD_KIND_BOTH),
                                      rd_plan_row_world(other, RD_KIND_BOTH)) != 0;
  }
  d.example = in_theirs ? g_steal_pointer(&in_theirs) : g_steal_pointer(&in_ours);
  return d;
}

/* FALSE, always. */
static gboolean refuse(RdStore *store, const GPtrArray *rows, GError **error) {
  g_autoptr(GPtrArray) there = rd_store_plan(store, error);
  if (!there)
    return FALSE;
  Difference d = compare(there, rows);
  g_autoptr(GString) what = g_string_new(NULL);
  if (d.only_there || d.only_here)
    g_string_append_printf(what,
                           "%u comparisons are in both plans, %u only there and %u only here "
                           "(such as %s)",
                           d.both, d.only_there, d.only_here, d.example);
  if (d.other_worlds)
    g_string_append_printf(what,
                           "%s%u comparisons are of other worlds: the engine, parts or their "
                           "parameters are not the same",
                           what->len ? "; " : "", d.other_worlds);
  if (!what->len)
    g_string_append(what, "the same comparisons in another order or with other worlds beside");
  g_set_error(
      error, RD_STORE_ERROR, RD_STORE_BUSY,
      "%s: another bench is at work here with another plan: %s. Wait until it has ended, or "
      "name another folder with -o",
      store->folder, what->str);
  g_free(d.example);
  return FALSE;
}

/* ---- who is there ----------------------------------------------------------------------------- */

/* Whether somebody else alive has another plan; the dead are removed. */
static gboolean others_differ(RdStore *store, const char *digest) {
  g_autofree char *folder = benches_folder(store);
  g_autofree char *clock = g_build_filename(store->folder, "lock", NULL);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *name;
  gboolean differ = FALSE;
  while (dir && (name = g_dir_read_name(dir))) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *file = g_build_filename(path, "plan", NULL), *theirs = NULL;
    if (g_strcmp0(path, store->bench) == 0)
      continue;
    if (rd_lease_of(path, clock) == RD_LEASE_DEAD)
      rd_folder_remove(path);
    else if (g_file_get_contents(file, &theirs, NULL, NULL))
      differ = differ || strcmp(theirs, digest) != 0;
  }
  return differ;
}

static gboolean enter(RdStore *store, GError **error) {
  g_autofree char *folder = benches_folder(store);
  g_autofree char *name = g_strdup_printf("%08x%08x", g_random_int(), g_random_int());
  if (store->bench)
    return TRUE;
  if (g_mkdir_with_parents(folder, 0777) != 0)
    return rd_store_fault_errno(folder, error);
  g_autofree char *path = g_build_filename(folder, name, NULL);
  if (g_mkdir(path, 0777) != 0)
    return rd_store_fault_errno(path, error);
  store->bench = g_steal_pointer(&path);
  return rd_lease_write(store->bench, error);
}

gboolean rd_store_take_part(RdStore *store, const GPtrArray *rows, GError **error) {
  g_autofree char *digest = digest_of(rows);
  GError *io = NULL;
  if (others_differ(store, digest))
    return refuse(store, rows, error);
  if (!enter(store, error))
    return FALSE;
  g_autofree char *file = g_build_filename(store->bench, "plan", NULL);
  return g_file_set_contents(file, digest, -1, &io) || rd_store_fault_file(io, error);
}

void rd_store_leave(RdStore *store) {
  if (store->bench)
    rd_folder_remove(store->bench);
  g_clear_pointer(&store->bench, g_free);
}
