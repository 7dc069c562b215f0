/* plot.c - plots by gnuplot. */
#include "bench/report/plot.h"

#include <stdbool.h>
#include <string.h>

#include "bench/report/confine.h"

#define TIMEOUT_S 60

const char *rd_plot_colour(unsigned i) {
  static const char *const colours[] = {"#444444", "#0072b2", "#d55e00", "#009e73",
                                        "#cc79a7", "#e69f00", "#56b4e9"};
  return colours[i % G_N_ELEMENTS(colours)];
}

/* No file of settings is read (-d), and no other program can be started, whatever a script says:
 * gnuplot runs "!command", system(), pipes and `command` inside a string. */
static char *run_gnuplot(const char *script, GError **error) {
  g_autofree char *found = g_find_program_in_path("gnuplot");
  if (!found) {
    g_set_error(error, RD_PLOT_ERROR, 1, "gnuplot is not installed (Debian: gnuplot-nox)");
    return NULL;
  }
  g_autofree char *path = g_canonicalize_filename(found, NULL);
  const char *const argv[] = {path, "-d", "-", NULL};
  g_auto(RdConfined) ran = {0};
  if (!rd_confine_run(argv, script, TIMEOUT_S, &ran, error)) {
    g_prefix_error(error, "gnuplot: ");
    return NULL;
  }
  if (ran.well && strstr(ran.out, "<svg"))
    return g_steal_pointer(&ran.out);
  const char *last =
      strrchr(g_strstrip(ran.err), '\n'); /* it echoes the script before it complains */
  g_set_error(error, RD_PLOT_ERROR, 1, "gnuplot failed: %s",
              last       ? g_strstrip((char *)last)
              : *ran.err ? ran.err
                         : "no plot");
  return NULL;
}

/* ---- labels ----------------------------------------------------------------------------------- */

#define LABEL "label"
#define LABEL_DIGITS 3

/* Of about the width the text will have, since gnuplot lays the key out by it. */
char *rd_plot_label(GPtrArray *labels, const char *text) {
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  GString *mark = g_string_new(NULL);
  g_string_printf(mark, LABEL "%0*u", LABEL_DIGITS, labels->len % 1000);
  for (glong n = (glong)mark->len; n < g_utf8_strlen(valid, -1); n++)
    g_string_append_c(mark, 'x');
  g_ptr_array_add(labels, g_steal_pointer(&valid));
  return g_string_free(mark, FALSE);
}

static bool is_mark(const char *p) {
  if (!g_str_has_prefix(p, LABEL))
    return false;
  for (unsigned i = 0; i < LABEL_DIGITS; i++)
    if (!g_ascii_isdigit(p[strlen(LABEL) + i]))
      return false;
  return true;
}

static void append_text(GString *out, const char *text) {
  g_autofree char *escaped = g_markup_escape_text(text, -1);
  for (const char *p = escaped; *p; p = g_utf8_next_char(p)) {
    gunichar c = g_utf8_get_char(p);
    g_string_append_unichar(out, g_unichar_isprint(c) ? c : ' ');
  }
}

/* Puts the texts where their marks stand, in one pass: a text is never looked at again. */
static char *put_labels(const char *file, const GPtrArray *labels) {
  GString *out = g_string_new(NULL);
  for (const char *p = file; *p;) {
    guint64 n = is_mark(p) ? g_ascii_strtoull(p + strlen(LABEL), NULL, 10) : G_MAXUINT64;
    if (n >= labels->len) {
      g_string_append_c(out, *p++);
      continue;
    }
    append_text(out, labels->pdata[n]);
    p += strlen(LABEL) + LABEL_DIGITS;
    p += strspn(p, "x");
  }
  return g_string_free(out, FALSE);
}

static void replace(char **text, const char *from, const char *to) {
  g_auto(GStrv) pieces = g_strsplit(*text, from, -1);
  g_free(*text);
  *text = g_strjoinv(to, pieces);
}

/* The first element of a name: gnuplot's says the plot's machine name, and "Produced by GNUPLOT". */
static void replace_element(char **text, const char *element, const char *content) {
  g_autofree char *open = g_strdup_printf("<%s>", element);
  g_autofree char *close = g_strdup_printf("</%s>", element);
  char *from = strstr(*text, open), *to = from ? strstr(from, close) : NULL;
  if (!to)
    return;
  g_autofree char *escaped = g_markup_escape_text(content, -1);
  GString *out = g_string_new_len(*text, from - *text);
  if (*content)
    g_string_append_printf(out, "%s%s%s", open, escaped, close);
  g_string_append(out, to + strlen(close));
  g_free(*text);
  *text = g_string_free(out, FALSE);
}

/* Takes the <svg> element out of the file, without what only a file of its own needs. */
static char *inline_svg(const char *name, const char *title, const char *file, unsigned width) {
  char *svg = g_strdup(strstr(file, "<svg"));
  replace_element(&svg, "title", title);
  replace_element(&svg, "desc", "");
  g_autofree char *id2 = g_strdup_printf("id=\"%s-", name), *id1 = g_strdup_printf("id='%s-", name);
  g_autofree char *ref2 = g_strdup_printf("href=\"#%s-", name);
  g_autofree char *ref1 = g_strdup_printf("href='#%s-", name);
  g_autofree char *url = g_strdup_printf("url(#%s-", name);
  replace(&svg, "id=\"", id2);
  replace(&svg, "id='", id1);
  replace(&svg, "xlink:href=\"#", ref2);
  replace(&svg, "xlink:href='#", ref1);
  replace(&svg, "url(#", url);
  g_autofree char *sized = g_strdup_printf("<svg role=\"img\" style=\"max-width:%upx\"", width);
  replace(&svg, "<svg", sized);
  replace(&svg, "xmlns=\"http://www.w3.org/2000/svg\"", "");
  replace(&svg, "xmlns:xlink=\"http://www.w3.org/1999/xlink\"", "");
  return g_strchomp(svg);
}

char *rd_plot_svg(const char *name, const char *title, const char *script, const GPtrArray *labels,
                  unsigned width, unsigned height, GError **error) {
  g_autofree char *whole =
      g_strdup_printf("set terminal svg size %u,%u dynamic enhanced font 'sans-serif,13' "
                      "background rgb 'white' name '%s'\nset encoding utf8\n%s",
                      width, height, name, script);
  g_autofree char *file = run_gnuplot(whole, error);
  g_autofree char *svg = file ? inline_svg(name, title, file, width) : NULL;
  return svg ? put_labels(svg, labels) : NULL;
}
