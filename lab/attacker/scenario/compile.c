/* compile.c - what all of the compiler uses: faults, memory, variables, attributes. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lab/attacker/scenario/model.h"

void rd_compile_fault(RdCompiler *c, const char *format, ...) {
  va_list args;
  va_start(args, format);
  g_autofree char *message = g_strdup_vprintf(format, args);
  va_end(args);
  c->errors++;
  c->report->say(c->report->user, false, c->line, c->column, message);
}

void *rd_compile_memory(RdCompiler *c, size_t size) {
  void *p = g_malloc0(size);
  g_ptr_array_add(c->scenario->owned, p);
  return p;
}

char *rd_compile_text(RdCompiler *c, const char *text) {
  char *p = g_strdup(text);
  g_ptr_array_add(c->scenario->owned, p);
  return p;
}

/* --- variables -------------------------------------------------------------------------------------- */

int rd_compile_variable_declared(RdCompiler *c, const char *name) {
  for (guint i = 0; i < c->variables->len; i++)
    if (strcmp(c->variables->pdata[i], name) == 0)
      return (int)i;
  if (!name[0] || c->variables->len >= RD_SC_VARIABLES) {
    rd_compile_fault(c, name[0] ? "more than %d variables" : "the name of a variable is expected",
                     RD_SC_VARIABLES);
    return -1;
  }
  const unsigned use[3] = {0, c->line, c->column};
  g_ptr_array_add(c->variables, g_strdup(name));
  g_array_append_vals(c->uses, use, 3);
  c->scenario->n_variables = c->variables->len;
  return (int)c->variables->len - 1;
}

int rd_compile_variable(RdCompiler *c, const char *name) {
  const int i = rd_compile_variable_declared(c, name);
  if (i >= 0)
    g_array_index(c->uses, unsigned, 3 * (guint)i)++;
  return i;
}

/* --- attributes ------------------------------------------------------------------------------------- */

const char *rd_compile_attribute(const RdXml *e, const char *name) {
  const RdXmlAttribute *a = rd_xml_attribute(e, name);
  return a ? a->value : NULL;
}

static void blame(RdCompiler *c, const RdXml *e, const char *name) {
  const RdXmlAttribute *a = rd_xml_attribute(e, name);
  c->line = a ? a->line : e->line;
  c->column = a ? a->column : e->column;
}

bool rd_compile_bool(RdCompiler *c, const RdXml *e, const char *name, bool fallback) {
  const char *text = rd_compile_attribute(e, name);
  if (!text)
    return fallback;
  if (g_ascii_strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0)
    return true;
  if (g_ascii_strcasecmp(text, "false") == 0 || strcmp(text, "0") == 0)
    return false;
  blame(c, e, name);
  rd_compile_fault(c, "%s: true or false is expected, got \"%s\"", name, text);
  return fallback;
}

double rd_compile_number(RdCompiler *c, const RdXml *e, const char *name, double fallback) {
  const char *text = rd_compile_attribute(e, name);
  char *end;
  if (!text)
    return fallback;
  const double n = g_ascii_strtod(text, &end);
  if (end != text && !*end && n > -1e15 && n < 1e15)
    return n;
  blame(c, e, name);
  rd_compile_fault(c, "%s: a number is expected, got \"%s\"", name, text);
  return fallback;
}

static bool among(const char *name, const char *const *known) {
  for (; known && *known; known++)
    if (strcmp(name, *known) == 0)
      return true;
  return false;
}

void rd_compile_known(RdCompiler *c, const RdXml *e, const char *const *known,
                      const char *const *also) {
  for (guint i = 0; i < e->attributes->len; i++) {
    const RdXmlAttribute *a = &g_array_index(e->attributes, RdXmlAttribute, i);
    if (among(a->name, known) || among(a->name, also))
      continue;
    blame(c, e, a->name);
    rd_compile_fault(c, "<%s> has no attribute \"%s\" here", e->name, a->name);
  }
  c->line = e->line;
  c->column = e->column;
}

regex_t *rd_compile_regex(RdCompiler *c, const char *pattern) {
  char why[120];
  regex_t *regex = g_new0(regex_t, 1);
  const int fault = strlen(pattern) > 1024 ? REG_ESPACE : regcomp(regex, pattern, REG_EXTENDED);
  if (fault == 0) {
    g_ptr_array_add(c->scenario->regexes, regex);
    return regex;
  }
  regerror(fault, regex, why, sizeof why);
  rd_compile_fault(c, "the expression \"%s\" cannot be read: %s", pattern, why);
  g_free(regex);
  return NULL;
}

/* --- distributions ---------------------------------------------------------------------------------- */

bool rd_compile_spread(RdCompiler *c, const RdXml *e, RdSpread *ret) {
  static const struct {
    const char *name, *a, *b;
    RdSpreadKind kind;
  } known[] = {{"fixed", "value", NULL, RD_SPREAD_FIXED},
               {"uniform", "min", "max", RD_SPREAD_UNIFORM},
               {"normal", "mean", "stdev", RD_SPREAD_NORMAL},
               {"exponential", "mean", NULL, RD_SPREAD_EXPONENTIAL}};
  const char *name = rd_compile_attribute(e, "distribution");
  for (size_t i = 0; name && i < G_N_ELEMENTS(known); i++) {
    if (strcmp(known[i].name, name) != 0)
      continue;
    if (!rd_xml_attribute(e, known[i].a) || (known[i].b && !rd_xml_attribute(e, known[i].b)))
      rd_compile_fault(c, "the distribution %s needs %s%s%s", name, known[i].a,
                       known[i].b ? " and " : "", known[i].b ? known[i].b : "");
    ret->kind = (uint8_t)known[i].kind;
    ret->a = rd_compile_number(c, e, known[i].a, 0);
    ret->b = known[i].b ? rd_compile_number(c, e, known[i].b, 0) : 0;
    return true;
  }
  blame(c, e, "distribution");
  rd_compile_fault(c,
                   "the distribution \"%s\" is not supported (fixed, uniform, normal, exponential)",
                   name ? name : "");
  return false;
}
