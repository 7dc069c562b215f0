/* plot.h - plots by gnuplot, as SVG that can stand inside an HTML page. */
#pragma once

#include <glib.h>

#define RD_PLOT_ERROR g_quark_from_static_string("rd-plot")

/* Runs a gnuplot script (data inline as $name << EOD blocks) and returns one <svg> element with
 * ids of its own (`name` goes into them), no prolog and no URL. NULL with *error: gnuplot is not
 * there, failed, or took more than a minute. */
char *rd_plot_svg(const char *name, const char *script, unsigned width, unsigned height,
                  GError **error);
/* Colour-blind-safe colours (Okabe and Ito), "#rrggbb"; they repeat after 7. */
const char *rd_plot_colour(unsigned i);
