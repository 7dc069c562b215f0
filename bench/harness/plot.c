/* plot.c - plots by gnuplot. */
#include "bench/harness/plot.h"

#include <gio/gio.h>
#include <string.h>

#define TIMEOUT_S 60

const char *rd_plot_colour(unsigned i) {
  static const char *const colours[] = {"#444444", "#0072b2", "#d55e00", "#009e73",
                                        "#cc79a7", "#e69f00", "#56b4e9"};
  return colours[i % G_N_ELEMENTS(colours)];
}

/* gnuplot may wait for ever on a script it misreads; a timer thread is more than a plot is worth,
 * so timeout(1) of coreutils keeps the watch. */
static char *run_gnuplot(const char *script, GError **error) {
  g_autofree char *found = g_find_program_in_path("gnuplot");
  if (!found) {
    g_set_error(error, RD_PLOT_ERROR, 1, "gnuplot is not installed (Debian: gnuplot-nox)");
    return NULL;
  }
  g_autoptr(GSubprocess) process =
      g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                           G_SUBPROCESS_FLAGS_STDERR_PIPE,
                       error, "timeout", G_STRINGIFY(TIMEOUT_S), found, "-", NULL);
  g_autofree char *out = NULL, *err = NULL;
  if (!process || !g_subprocess_communicate_utf8(process, script, NULL, &out, &err, error))
    return NULL;
  if (g_subprocess_get_successful(process) && strstr(out, "<svg"))
    return g_steal_pointer(&out);
  const char *last = strrchr(g_strstrip(err), '\n'); /* it echoes the script before it complains */
  g_set_error(error, RD_PLOT_ERROR, 1, "gnuplot failed: %s",
              last   ? g_strstrip((char *)last)
              : *err ? err
                     : "no plot");
  return NULL;
}

static void replace(char **text, const char *from, const char *to) {
  g_auto(GStrv) pieces = g_strsplit(*text, from, -1);
  g_free(*text);
  *text = g_strjoinv(to, pieces);
}

/* Takes the <svg> element out of the file, without what only a file of its own needs. */
static char *inline_svg(const char *name, const char *file, unsigned width) {
  char *svg = g_strdup(strstr(file, "<svg"));
  g_autofree char *id2 = g_strdup_printf("id=\"%s-", name), *id1 = g_strdup_printf("id='%s-", name);
  g_autofree char *ref2 = g_strdup_printf("href=\"#%s-", name);
  g_autofree char *ref1 = g_strdup_printf("href='#%s-", name);
  g_autofree char *url = g_strdup_printf("url(#%s-", name);
  replace(&svg, "id=\"", id2);
  replace(&svg, "id='", id1);
  replace(&svg, "xlink:href=\"#", ref2);
  replace(&svg, "xlink:href='#", ref1);
  replace(&svg, "url(#", url);
  g_autofree char *sized = g_strdup_printf("<svg style=\"max-width:%upx\"", width);
  replace(&svg, "<svg", sized);
  replace(&svg, "xmlns=\"http://www.w3.org/2000/svg\"", "");
  replace(&svg, "xmlns:xlink=\"http://www.w3.org/1999/xlink\"", "");
  return g_strchomp(svg);
}

char *rd_plot_svg(const char *name, const char *script, unsigned width, unsigned height,
                  GError **error) {
  g_autofree char *whole =
      g_strdup_printf("set terminal svg size %u,%u dynamic enhanced font 'sans-serif,13' "
                      "background rgb 'white' name '%s'\nset encoding utf8\n%s",
                      width, height, name, script);
  g_autofree char *file = run_gnuplot(whole, error);
  return file ? inline_svg(name, file, width) : NULL;
}
