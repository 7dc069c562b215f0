/* campaign.h - a matrix of trials: attacks x defense settings x seeds over one topology.
 *
 * What every trial shares (topology, duration, warmup, costs, set, cpu, networks) is written as in a
 * trial. `seeds` is a number n, meaning 1 to n, or ranges and single ones. `attacks` is a list of
 * attack entries, or of several under one name with their roles; that each world is also run without any is understood. An entry with `levels`
 * stands for one attack a level. `defenses` maps the name of a setting to a list of defense entries;
 * an empty list is "no defense".
 *
 * Each attack with each setting is a cell. `sweep` and `grid` give further cells: the same, with some
 * parameters of its attacks, its defenses or its nodes at other values. */
#pragma once

#include "lab/config/trial.h"

/* One attack, or several that go together: a probe and then a fraud, an attack beside a twin. */
typedef struct {
  char *name; /* of the entry, or its part's */
  char **instances; /* names of its attacks, NULL-terminated; of one alone its own */
  const RdPart *part; /* this and the rest: of the one it is about (rd_trial_subject) */
  RdTime start, stop;
} RdCampaignAttack;

typedef struct {
  char *name;
  unsigned n_defenses; /* in the setting; 0: none */
} RdCampaignDefense;

/* Whose parameter a sweep changes. */
typedef enum { RD_SWEPT_DEFENSE = 0, RD_SWEPT_ATTACK, RD_SWEPT_NODE } RdSwept;
const char *rd_swept_name(RdSwept swept); /* "defense", "attack", "node" */

/* One parameter, at one value. */
typedef struct {
  RdSwept swept;
  char *instance, *parameter;
  char *value; /* its canonical text */
  unsigned index; /* of the instance among its attack's, its setting's or the nodes */
  const struct RdYaml *key, *written; /* where parameter and value stand in the file */
} RdCampaignCoordinate;

/* A trial but for its seed: an attack with a setting, or the point of a sweep around it. */
typedef struct {
  unsigned attack, defense; /* indexes */
  char *attack_name,
      *defense_name; /* labels; of a point those of what is swept in them are longer */
  RdCampaignCoordinate *at; /* what differs from the cell of the same attack and setting */
  unsigned n_at; /* 0: it is that cell */
} RdCampaignCell;

typedef struct RdCampaignFiles RdCampaignFiles;

typedef struct {
  char *name, *path;
  uint64_t *seeds;
  unsigned n_seeds;
  RdCampaignAttack *attacks;
  unsigned n_attacks;
  RdCampaignDefense *defenses;
  unsigned n_defenses;
  RdCampaignCell *cells; /* attacks outermost; of an attack, all settings come before points */
  unsigned n_cells, n_points; /* points among them */
  RdCampaignFiles *files; /* what the trials are built from */
} RdCampaign;

/* NULL: error holds every diagnostic, ready to print. `parts` has to outlive the campaign. Every
 * attack, every setting and every point has then been built once. */
RdCampaign *rd_campaign_load(const char *path, RdParts *parts, GError **error);
/* One trial: attack is an index, or -1 for no attack; defense is an index; seed is any seed. NULL
 * only if a file that a parameter names has gone since. */
RdTrial *rd_campaign_trial(const RdCampaign *campaign, int attack, unsigned defense, uint64_t seed,
                           GError **error);
/* That of a cell. */
RdTrial *rd_campaign_cell_trial(const RdCampaign *campaign, unsigned cell, uint64_t seed,
                                GError **error);
/* Other seeds than the file's, as seeds.h reads them. */
bool rd_campaign_set_seeds(RdCampaign *campaign, const char *text, GError **error);
void rd_campaign_free(RdCampaign *campaign); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdCampaign, rd_campaign_free)
