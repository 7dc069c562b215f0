/* figure.h - how figures are written for people: always with their interval and their n, and
 * "undefined (0 of n)" where there is none. */
#pragma once

#include "bench/harness/matrix.h"

/* A number in at most 4 significant digits, thousands apart by a thin group: "12 340", "0.8123".
 * NaN: "undefined". */
char *rd_figure_number(double value);
/* "12.3 [11.8, 12.9]"; "undefined (0 of 5)". `seeds` is how many there were to be. */
char *rd_figure_summary(const RdSummary *summary, unsigned seeds);
/* "5/5 [57, 100] %"; "undefined (0 of 0)". */
char *rd_figure_share(const RdShare *share);
char *rd_figure_seconds(double seconds); /* "1.25 s", "undefined" */
