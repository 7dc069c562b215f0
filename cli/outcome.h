/* verdict.h - what `redoubt run` prints of one trial. */
#pragma once

#include "bench/report/trial_page.h"
#include "bench/run/store.h"
#include "lab/plugin/loader.h"

/* The trial against its counterfactual worlds, as a table for a human or as one JSON document:
 *   {"format": "redoubt-run-1", "id", "comparison": {...}, "worlds": {"nothing": result.json, ...}}
 * with no wall time and no path in it. NULL with *error: a world is missing or unreadable,
 * or a predicate gave no answer in time (bench/judge/predicate.h). */
char *rd_verdict(RdStore *store, RdParts *parts, const RdPlanRow *row, gint64 timeout_ms,
                 gboolean json, GError **error);
/* The trial by itself; "comparison" is null. */
char *rd_verdict_alone(RdStore *store, const RdPlanRow *row, gboolean json, GError **error);
/* The trial's page (bench/report/trial_page.h); given->trial is filled in here. */
char *rd_verdict_page(RdStore *store, RdParts *parts, const RdPlanRow *row, gint64 timeout_ms,
                      const RdTrialPage *given, char **ret_plots_error, GError **error);
