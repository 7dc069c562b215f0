/* store.h - a folder of results: which worlds are finished, and what a campaign is made of.
 *
 *   DIR/results.sqlite     meta, world, plan, plan_world, plan_sweep (STRICT tables, WAL; one commit a finished
 *                          world); one of an earlier version is read, and brought up to date by bench
 *   DIR/worlds/ID/         a finished world's folder (ledger.h), with its trial.yaml
 *   DIR/worlds/.ID.part/   a world at work; renamed to ID/ when it is finished, so that a folder
 *                          of that name is always whole
 *   DIR/benches/N/         a bench at work: its owner (lease.h), a digest of its plan
 *   DIR/lock               touched, to ask the disk for the time (lease.h)
 *
 * Several benches of one campaign, on several machines, may work here at once: each takes worlds that
 * nobody else has (lease.h), and none removes a world at work of somebody alive. The database has no WAL,
 * which wants shared memory.
 *
 * A world whose folder was renamed but whose row was not yet written (killed in between) is found
 * again by its name, so nothing runs twice. */
#pragma once

#include <glib.h>

#define RD_STORE_ERROR g_quark_from_static_string("rd-store")
enum {
  RD_STORE_FOREIGN = 1, /* not a folder of ours, damaged, or of another campaign or version */
  RD_STORE_FULL, /* no space left */
  RD_STORE_IO,
  RD_STORE_BUSY /* somebody else works there with another plan */
};

typedef struct RdStore RdStore;

/* Makes the folder, or opens it if it is one of campaign `name`; clears away what a killed
 * bench left half done. */
RdStore *rd_store_open(const char *folder, const char *name, GError **error);
/* Opens a folder that must exist, to read it. */
RdStore *rd_store_open_existing(const char *folder, GError **error);
void rd_store_close(RdStore *store); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdStore, rd_store_close)

const char *rd_store_folder(const RdStore *store);
/* NULL if there is no such key. */
char *rd_store_meta(RdStore *store, const char *key);
gboolean rd_store_set_meta(RdStore *store, const char *key, const char *value, GError **error);

/* ---- worlds ---------------------------------------------------------------------------------- */

typedef enum { RD_WORLD_UNKNOWN = 0, RD_WORLD_DONE, RD_WORLD_FAILED } RdWorldStatus;

/* A finished world whose folder is gone counts as unknown. */
RdWorldStatus rd_store_world(RdStore *store, const char *id);
char *rd_store_world_folder(const RdStore *store, const char *id);
/* Text of its result.json, trial, or reason of failure; NULL if there is none. */
char *rd_store_world_result(RdStore *store, const char *id);
char *rd_store_world_trial(RdStore *store, const char *id);
char *rd_store_world_reason(RdStore *store, const char *id);

/* Makes the world's .part folder, empty but for trial.yaml and its owner's name, and returns its path.
 * NULL without *error: another bench works on this world. */
char *rd_store_begin(RdStore *store, const char *id, const char *trial, GError **error);
/* What was begun is not needed after all. */
void rd_store_drop(RdStore *store, const char *id);
/* To be called now and then, or others take what is at work here for abandoned. */
void rd_store_beat(RdStore *store);
/* It failed, for whomever, at this time (seconds since 1970) or later. */
gboolean rd_store_failed_since(RdStore *store, const char *id, gint64 since_s);
/* The .part folder is whole: keep it. If its result.json is none, the world is kept as failed. */
gboolean rd_store_finish(RdStore *store, const char *id, gint64 wall_ms, GError **error);
/* It failed: keep why, drop the folder. `words` is the end of its stderr. */
gboolean rd_store_fail(RdStore *store, const char *id, const char *trial, const char *reason,
                       const char *words, gint64 wall_ms, GError **error);

/* ---- the plan: one row an attack x defense x seed ------------------------------------------- */

/* What a world is to a row. */
#define RD_KIND_NOTHING "nothing" /* neither attacks nor defenses */
#define RD_KIND_ATTACK "attack" /* the attacks alone */
#define RD_KIND_DEFENSE "defense" /* the defenses alone */
#define RD_KIND_BOTH "both" /* the trial itself */
#define RD_KIND_SHIFTED "shifted" /* both, the attacks a millisecond later: the noise floor */

typedef struct {
  const char *kind; /* interned */
  char *id;
} RdPlanWorld;

/* A parameter that is swept in a row. */
typedef struct {
  char *swept; /* "attack", "defense" or "node" */
  char *instance, *parameter, *value;
} RdPlanCoordinate;

typedef struct {
  char *attack, *defense; /* labels of the campaign; "none" for no defense */
  guint64 seed;
  GArray *worlds; /* RdPlanWorld, in the order they were added: any number */
  GArray
      *sweep; /* RdPlanCoordinate: none, or what makes it the point of a sweep around this cell: */
  char *of_attack, *of_defense; /* labels; else "" */
} RdPlanRow;

RdPlanRow *rd_plan_row_new(const char *attack, const char *defense, guint64 seed);
void rd_plan_row_add(RdPlanRow *row, const char *kind, const char *id);
const char *rd_plan_row_world(const RdPlanRow *row,
                              const char *kind); /* its id; "": none planned */
/* Says of which cell it is a point, and adds one of what is swept. */
void rd_plan_row_sweep(RdPlanRow *row, const char *of_attack, const char *of_defense);
void rd_plan_row_coordinate(RdPlanRow *row, const char *swept, const char *instance,
                            const char *parameter, const char *value);
/* The label of what has it: an attack's, a setting's, or the node. */
const char *rd_plan_coordinate_of(const RdPlanRow *row, const RdPlanCoordinate *at);
void rd_plan_row_free(RdPlanRow *row); /* NULL is fine */
/* Replaces the plan (RdPlanRow *), unless another bench works here with another one. */
gboolean rd_store_set_plan(RdStore *store, const GPtrArray *rows, GError **error);
GPtrArray *rd_store_plan(RdStore *store, GError **error);
