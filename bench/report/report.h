/* report.h - report.html: one file, nothing outside it. */
#pragma once

#include "bench/judge/matrix.h"

/* The page. *ret_plots_error (free it) says why there are no plots, or is NULL. The same worlds
 * give the same bytes with the same gnuplot. */
char *rd_report_html(RdStore *store, const RdMatrix *matrix, char **ret_plots_error);
