/* plot.h - plots by gnuplot, as SVG that can stand inside an HTML page. */
#pragma once

#include <glib.h>

#define RD_PLOT_ERROR g_quark_from_static_string("rd-plot")

/* A script holds our own words and numbers alone. A text from elsewhere (a name out of a file or a
 * database) stands in `labels` (char *, freed by it), and the script holds the mark that this
 * returns, in its place: gnuplot runs what stands in quotes too ("`command`"). At most 1000. */
char *rd_plot_label(GPtrArray *labels, const char *text);

/* Runs a gnuplot script (data inline as $name << EOD blocks) and returns one <svg> element with
 * ids of its own (`name` goes into them), no prolog and no URL, and the labels' texts in place of
 * their marks. `title` (our own words) is what a screen reader says. gnuplot is run so that it can start no other program. NULL with *error: gnuplot is
 * not there, failed, or took more than a minute. */
char *rd_plot_svg(const char *name, const char *title, const char *script, const GPtrArray *labels,
                  unsigned width, unsigned height, GError **error);
/* Colour-blind-safe colours (Okabe and Ito), "#rrggbb"; they repeat after 7. */
const char *rd_plot_colour(unsigned i);
