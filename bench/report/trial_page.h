/* trial_page.h - the page of one trial: one file, nothing outside it, for who has read no manual. */
#pragma once

#include "bench/judge/outcome.h"

/* What the page shows beside the outcome. Borrowed. */
typedef struct {
  const char *command; /* that runs the trial again; NULL: not known */
  const char *trial; /* the trial's own text */
  const char *const *ladders; /* SVGs, NULL-terminated; NULL: none */
} RdTrialPage;

/* The outcome has to be a usable one, with its trees. *ret_plots_error (free it) says why there are no
 * plots, or is NULL. The same worlds give the same bytes with the same gnuplot. */
char *rd_trial_page(const RdOutcome *outcome, const RdTrialPage *given, char **ret_plots_error);
