/* inject.c - injection files (-inf of SIPp): lines of fields. */
#include <string.h>

#include "lab/attacker/scenario/model.h"

#define LINES_MAX 100000
#define FIELDS_MAX 64

static unsigned n_fields(const char *line) {
  unsigned n = 1;
  for (; *line; line++)
    n += *line == ';';
  return MIN(n, FIELDS_MAX);
}

static void read_line(RdCompiler *c, RdInjection *f, unsigned at, const char *line) {
  g_auto(GStrv) fields = g_strsplit(line, ";", FIELDS_MAX);
  for (unsigned i = 0; fields[i] && i < f->n_fields; i++)
    rd_compile_template(c, fields[i], &f->cells[at * f->n_fields + i]);
}

/* The first line says how lines are chosen. */
static bool read_order(RdCompiler *c, RdInjection *f, const char *line) {
  if (g_str_has_prefix(line, "SEQUENTIAL") || g_str_has_prefix(line, "USERS"))
    f->by_chance = false;
  else if (g_str_has_prefix(line, "RANDOM"))
    f->by_chance = true;
  else
    rd_compile_fault(c, "%s: the first line has to say SEQUENTIAL, RANDOM or USERS", f->name);
  if (strchr(line, ','))
    rd_compile_fault(c, "%s: options behind the order are not supported", f->name);
  return c->errors == 0;
}

void rd_compile_injection(RdCompiler *c, const char *name, const char *content) {
  RdScenario *s = c->scenario;
  if (s->n_files >= RD_SC_FILES) {
    rd_compile_fault(c, "more than %d injection files", RD_SC_FILES);
    return;
  }
  RdInjection *f = &s->files[s->n_files];
  g_auto(GStrv) lines = g_strsplit(content, "\n", -1);
  g_autoptr(GPtrArray) kept = g_ptr_array_new();
  f->name = rd_compile_text(c, name);
  for (char **l = lines; *l; l++) {
    g_strchomp(*l);
    if (**l && **l != '#')
      g_ptr_array_add(kept, *l);
  }
  if (kept->len < 2 || kept->len > LINES_MAX) {
    rd_compile_fault(c, "%s: an order and 1 to %d lines of fields are expected", name, LINES_MAX);
    return;
  }
  if (!read_order(c, f, kept->pdata[0]))
    return;
  f->n_lines = kept->len - 1;
  for (guint i = 1; i < kept->len; i++)
    f->n_fields = MAX(f->n_fields, n_fields(kept->pdata[i]));
  f->cells = rd_compile_memory(c, (gsize)f->n_lines * f->n_fields * sizeof *f->cells);
  for (guint i = 1; i < kept->len; i++)
    read_line(c, f, i - 1, kept->pdata[i]);
  s->n_files++;
}
