/* plan.h - which worlds a set of trials needs, each of them once.
 *
 * A trial (attacks and defenses together) is compared with three others on its seed: nothing, the
 * attacks alone, the defenses alone; and, where asked for, with a fifth: itself, but the attacks begin a
 * millisecond later. What differs between those two is chance, its noise floor. Worlds of the same
 * identity are one world: `nothing` is shared by every cell of a seed, and so on. */
#pragma once

#include <glib.h>

#include "bench/run/store.h"
#include "lab/config/trial.h"

typedef struct {
  char *id; /* 32 hex digits: of rd_trial_identity() and the engine's own bytes */
  char *text; /* the world's trial.yaml */
} RdWorldSpec;

typedef struct {
  GPtrArray *worlds; /* RdWorldSpec *, in the order they were first asked for */
  GPtrArray *rows; /* RdPlanRow * */
  GHashTable *by_id; /* id -> RdWorldSpec, borrowed */
  char *engine; /* SHA-256 of redoubt-trial */
} RdPlan;

/* `engine`: path of redoubt-trial; its digest belongs to every identity. */
RdPlan *rd_plan_new(const char *engine, GError **error);
typedef enum { RD_PLAN_ALONE = 0, RD_PLAN_FOUR, RD_PLAN_FOUR_AND_NOISE } RdPlanDepth;

/* Of so many seeds, in how many (the first ones) noise floors are taken: a fifth, but two at least. They
 * are only read against losses, so a rough figure does, and worlds are dear. */
unsigned rd_plan_noise_seeds(unsigned seeds);

/* Adds a trial's worlds and a row of them. */
gboolean rd_plan_add(RdPlan *plan, const RdTrial *trial, const char *attack, const char *defense,
                     RdPlanDepth depth, GError **error);
/* The last row added, to say what is swept in it (store.h). */
RdPlanRow *rd_plan_last(RdPlan *plan);
void rd_plan_free(RdPlan *plan); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdPlan, rd_plan_free)
