/* report_page.h - the pieces that report.html is put together from. For report*.c alone. */
#pragma once

#include "bench/judge/matrix.h"

/* Appends with every string argument escaped for HTML. */
void rd_page_put(GString *page, const char *format, ...) G_GNUC_PRINTF(2, 3);

extern const char rd_page_style[]; /* CSS */
void rd_page_method(GString *page, const RdMatrix *matrix);

/* The section of one attack: its numbers against every setting. `plots` are its <svg>s, or "". */
void rd_page_attack(GString *page, const RdMatrix *matrix, const char *attack, const char *plots);

/* All plots of one attack as HTML; "" and *why (only if it was NULL) if there is no gnuplot. */
char *rd_page_plots(const RdMatrix *matrix, unsigned attack, char **why);

/* A colour by the cell's mean effect, as a style attribute: green at 0, yellow at the threshold, red at
 * the most there can be; "" if there is no effect to speak of. Free it. */
char *rd_page_colour(const RdCell *cell);

/* ---- for the plots ---- */

#define RD_PLOT_WIDTH 560
#define RD_PLOT_HEIGHT 330

/* Service over time: a line each, the first thick and grey; "" if nobody tried anything. Shaded: when the
 * attack runs. `what` is our own words, titles are anybody's. */
typedef struct {
  const char *title;
  const RdSeries *series;
} RdPageLine;
char *rd_page_service(const char *name, const char *what, const RdPageLine *lines, unsigned n,
                      const RdOutcomeFacts *facts, GError **error);
void rd_page_number(GString *script, double value); /* NaN: "?" */
/* The ROC of each cell's scores, with its operating point; "" if there is none. */
char *rd_page_roc(const char *name, RdCell *const cells[], unsigned n, GError **error);
/* Operating curves (curves.h): TPR over FPR, or the effect over the price in peace. */
char *rd_page_operating(const char *name, const GPtrArray *curves, gboolean price, GError **error);
/* Appends a figure for each parameter of an attack or a node that is swept, and each grid. */
void rd_page_sweeps(GString *html, unsigned attack, const GPtrArray *curves, GError **error);
