/* bench_plan.h - from a campaign to the worlds it needs. */
#pragma once

#include "bench/run/plan.h"
#include "lab/config/campaign.h"

/* Plans every cell with every seed, the points of sweeps unless told otherwise; `inputs` (bench/run/inputs.h)
 * gets what they are made with. */
gboolean rd_bench_plan(RdPlan *plan, const RdCampaign *campaign, gboolean sweeps,
                       GHashTable *inputs, GError **error);
/* "14 attacks x 4 settings (and 8 points of sweeps) x 5 seeds: 1200 worlds". Free it. */
char *rd_bench_plan_line(const RdPlan *plan, const RdCampaign *campaign, gboolean sweeps);
/* The whole of it for --dry-run: counts, how many worlds are finished in the folder (nothing is written),
 * and the parameters that differ with their values. NULL with *error. */
char *rd_bench_plan_text(const RdPlan *plan, const RdCampaign *campaign, gboolean sweeps,
                         const char *folder, GError **error);
