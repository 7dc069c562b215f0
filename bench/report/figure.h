/* figure.h - how figures are written for people: always with their interval and their n, and
 * "undefined (0 of n)" where there is none. */
#pragma once

#include "bench/judge/matrix.h"

/* A number in 3 significant digits, 4 if it is nearly 1 or 100, all of its integer part from 1000
 * on, in groups: "0.812", "99.95", "12 345". NaN: "undefined". */
char *rd_figure_number(double value);
/* "12.3 [11.8, 12.9]"; "undefined (0 of 5)". `seeds` is how many there were to be. */
char *rd_figure_summary(const RdSummary *summary, unsigned seeds);
/* "5/5 [57, 100] %"; "undefined (0 of 0)". */
char *rd_figure_share(const RdShare *share);
char *rd_figure_seconds(double seconds); /* "1.25 s", "undefined" */
/* A Kaplan-Meier median with its interval: "0.3 [0.1, 0.5] s"; "0.3 s [0.1 or more]" if nothing bounds
 * it from above. */
char *rd_figure_median(double seconds, RdInterval interval);
