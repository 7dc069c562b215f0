/* campaign_files.h - what campaign.c and campaign_cells.c share. Not for use outside this folder. */
#pragma once

#include "lab/config/campaign.h"
#include "lab/config/sweep.h"

struct RdCampaignFiles {
  RdYaml *root, *owned_topology;
  const RdYaml *topology;
  GPtrArray *attacks; /* RdYaml *: entries as the trials see them, levels written out */
  GPtrArray *settings; /* RdYaml *: lists of defense entries, in the order of the campaign's */
  GPtrArray *written; /* RdYaml *: attack entries as they were written; sweeps point into them */
  GPtrArray *sweeps; /* RdSweep * */
  RdParts *parts;
};

/* A trial of the campaign, with some parameters changed. Indexes of -1: none. Never NULL; complete only
 * if nothing was reported. */
RdTrial *rd_campaign_build(const RdCampaign *c, int attack, int setting, uint64_t seed,
                           const RdCampaignCoordinate *at, unsigned n_at, RdDiagnostics *d);
/* Fills in the cells, points and all. Only where there was no fault so far. */
void rd_campaign_make_cells(RdCampaign *c, RdDiagnostics *d);
void rd_campaign_clear_cells(RdCampaign *c);
