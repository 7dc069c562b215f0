/* machine.h - what every state machine's test asks: is the table sound, and does the README draw it?
 *
 * A README has its drawing between "<!-- machine: NAME -->" and "<!-- end -->". A test's program run
 * with --draw writes the drawings of its machines anew. */
#pragma once

#include <glib.h>
#include <string.h>

#include "lab/stack/machine.h"
#include "tests/check_main.h"

static inline void machine_is_sound(const RdMachine *m) {
  char text[200];
  RdText why = rd_text(text, sizeof text);
  const bool sound = rd_machine_sound(m, &why);
  ck_assert_msg(sound, "%s", sound ? "" : text);
}

/* Where the drawing begins and ends in a README; false: it has none. */
static inline bool machine_find(const char *readme, const RdMachine *m, size_t *ret_from,
                                size_t *ret_to) {
  g_autofree char *mark = g_strdup_printf("<!-- machine: %s -->\n", m->name);
  const char *from = strstr(readme, mark), *to = from ? strstr(from, "<!-- end -->") : NULL;
  if (!to)
    return false;
  *ret_from = (size_t)(from - readme) + strlen(mark);
  *ret_to = (size_t)(to - readme);
  return true;
}

static inline char *machine_drawing(const RdMachine *m) {
  char text[8192];
  RdText t = rd_text(text, sizeof text);
  rd_machine_draw(m, &t);
  g_assert_false(t.full); /* not ck_assert(): --draw runs no test */
  return g_strdup_printf("```mermaid\n%.*s```\n", (int)t.len, text);
}

static inline void machine_is_drawn(const RdMachine *m, const char *path) {
  g_autofree char *readme = NULL, *drawing = machine_drawing(m);
  size_t from, to;
  ck_assert(g_file_get_contents(path, &readme, NULL, NULL));
  ck_assert_msg(machine_find(readme, m, &from, &to), "%s has no drawing of %s", path, m->name);
  g_autofree char *drawn = g_strndup(readme + from, to - from);
  ck_assert_msg(strcmp(drawn, drawing) == 0, "%s: %s has changed: run this test with --draw", path,
                m->name);
}

/* False: it could not be. */
static inline bool machine_draw_anew(const RdMachine *m, const char *path) {
  g_autofree char *readme = NULL, *drawing = machine_drawing(m);
  size_t from, to;
  if (!g_file_get_contents(path, &readme, NULL, NULL) || !machine_find(readme, m, &from, &to))
    return false;
  g_autofree char *text = g_strdup_printf("%.*s%s%s", (int)from, readme, drawing, readme + to);
  return g_file_set_contents(path, text, -1, NULL);
}
