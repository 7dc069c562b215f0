/* campaign.h - a matrix of trials: attacks x defense settings x seeds over one topology.
 *
 * What every trial shares (topology, duration, warmup, costs, set, cpu, networks) is written as in a
 * trial. `seeds` is a number n, meaning 1 to n, or ranges and single ones. `attacks` is a list of
 * attack entries, or of several under one name with their roles; that each world is also run without any is understood. An entry with `levels`
 * stands for one attack a level. `defenses` maps the name of a setting to a list of defense entries;
 * an empty list is "no defense". A defense with a `sweep` gives further settings: the same, with one
 * of its parameters at another value. */
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
  /* Of a sweep's setting; NULL in one that the file names. */
  char *of; /* the setting swept */
  char *instance, *parameter, *value; /* which defense's, and its canonical text */
} RdCampaignDefense;

typedef struct RdCampaignFiles RdCampaignFiles;

typedef struct {
  char *name, *path;
  uint64_t *seeds;
  unsigned n_seeds;
  RdCampaignAttack *attacks;
  unsigned n_attacks;
  RdCampaignDefense *defenses; /* those that the file names first, then the sweeps' */
  unsigned n_defenses, n_settings; /* of them, those that the file names */
  RdCampaignFiles *files; /* what the trials are built from */
} RdCampaign;

/* NULL: error holds every diagnostic, ready to print. `parts` has to outlive the campaign. Every
 * attack and every setting has then been built once. */
RdCampaign *rd_campaign_load(const char *path, RdParts *parts, GError **error);
/* One trial: attack is an index, or -1 for no attack; defense is an index; seed is any seed. NULL
 * only if a file that a parameter names has gone since. */
RdTrial *rd_campaign_trial(const RdCampaign *campaign, int attack, unsigned defense, uint64_t seed,
                           GError **error);
/* Other seeds than the file's, as seeds.h reads them. */
bool rd_campaign_set_seeds(RdCampaign *campaign, const char *text, GError **error);
void rd_campaign_free(RdCampaign *campaign); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdCampaign, rd_campaign_free)
