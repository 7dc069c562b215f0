/* trial.h - one run, fully determined: topology, workload, attacks, defenses, seed, duration. */
#pragma once

#include "lab/config/topology.h"

/* What an attack is there for. It moves nothing in the world; it says of whom a comparison speaks. */
typedef enum {
  RD_ROLE_ATTACK = 0, /* whose effect and detection are asked for */
  RD_ROLE_PROBE, /* prepares it, or goes with it; has its own predicate */
  RD_ROLE_TWIN /* benign: looks like an attack and is none */
} RdAttackRole;
const char *rd_attack_role_name(RdAttackRole role); /* "attack", "probe", "twin" */

/* One node's side of a network: indexes into the topology. */
typedef struct {
  unsigned node, attach;
} RdTrialPlace;

/* One attack of a trial. */
typedef struct {
  char *name; /* of the instance; unique in the trial */
  const RdPart *part;
  void *config;
  RdAttach *attach; /* the networks that it is attached to; the first is the one it comes in by */
  unsigned n_attach;
  RdTrialPlace *links; /* the ends of lines that it listens on */
  unsigned n_links;
  const char *family; /* as its configuration, or its part, says; may be NULL */
  bool benign;
  RdTime start, stop;
  uint64_t entities;
  RdAttackRole role; /* as given; else that of a twin if the part is benign, of an attack if not */
} RdTrialAttack;

/* One defense of a trial, at one or more places (all of one instance). */
typedef struct {
  char *name;
  const RdPart *part;
  void *config;
  RdTrialPlace *places;
  unsigned n_places;
  bool apart; /* an instance for each place, which speak to each other by reports alone */
  RdTime report_delay;
  double report_loss; /* probability, of each report */
} RdTrialDefense;

/* Something that an instance is told to do, after all that happens at that time. */
typedef struct {
  RdTime at;
  RdPartKind kind; /* of `index`: among the topology's nodes, the trial's attacks or its defenses */
  unsigned index;
  uint32_t verb;
  void *arguments; /* as of a part: params.h */
} RdTrialAct;

typedef struct {
  char *name, *path;
  RdTopology *topology;
  uint64_t seed;
  RdTime duration; /* whole, warm-up included */
  RdTime warmup; /* attempts begun before are kept out of metrics */
  RdTrialAttack *attacks;
  unsigned n_attacks; /* at most 64 */
  RdTrialDefense *defenses; /* judged in this order at ingress, in reverse at egress */
  unsigned n_defenses;
  RdTrialAct *acts; /* in order of time, those of one time as they stand in the file */
  unsigned n_acts;
  int64_t epoch; /* Unix time of its beginning, in seconds */
  char *costs; /* path of the cost table */
} RdTrial;

/* Reads and checks a trial with its topology. NULL: error holds every diagnostic, ready to print. */
RdTrial *rd_trial_load(const char *path, RdParts *parts, GError **error);
/* The same from text; `path` names it in errors and is what relative paths are relative to. */
RdTrial *rd_trial_parse(const char *text, const char *path, RdParts *parts, GError **error);
/* The trial as canonical YAML with absolute paths, the topology written out in it and every
 * parameter explicit: what a world's process is given. Parts stand by name, so that process wants
 * the same $REDOUBT_PARTS; it needs no other file but the cost table and parameters of type file. */
char *rd_trial_text(const RdTrial *trial);
/* The rows of the cost table, and of the parts themselves, that work of each of its parts is charged
 * by: "node sbc" to its rows, one a line. g_hash_table_unref() it. */
GHashTable *rd_trial_costs(const RdTrial *trial, GError **error);
/* SHA-256 over everything that can move a result: the canonical text with those rows in place of the
 * cost table, and with the contents of parameter files and of the compiled parts in place of their
 * paths. The trial's name is not among it. */
char *rd_trial_identity(const RdTrial *trial, GError **error);
/* Of an act: the name of the instance, and its part. */
const char *rd_trial_act_who(const RdTrial *trial, const RdTrialAct *act);
const RdPart *rd_trial_act_part(const RdTrial *trial, const RdTrialAct *act);
/* Appends a line of the log: what a trial's `acts:` may hold, and what came of it. */
void rd_trial_act_text(GString *s, const RdTrial *trial, const RdTrialAct *act, bool done,
                       const char *reply);
/* Whom the trial is about: its first attack by role, else its first twin, else the first there is; NULL if
 * it has none. */
const RdTrialAttack *rd_trial_subject(const RdTrial *trial);
void rd_trial_free(RdTrial *trial); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdTrial, rd_trial_free)
