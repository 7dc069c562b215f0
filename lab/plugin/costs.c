#include "lab/plugin/costs.h"

#include <string.h>

#include "lab/text/quantity.h"
#include "lab/text/words.h"

/* An actor is scanned for, handles, sends, and hears its timers; a defense judges. */
static const char *const of_actors[] = {"scan", "handle", "send", "timer", NULL};
static const char *const of_defenses[] = {"judge", NULL};

const char *const rd_common_operations[] = {
    "scan",        "judge",         "handle",           "send", "timer",
    "transaction", "digest-verify", "digest-challenge", NULL};

static const char *const *of_engine(const RdPart *part) {
  return part->plugin.kind == RD_DEFENSE ? of_defenses : of_actors;
}

bool rd_cost_parse(const char *text, uint64_t *ret_ps, char **why) {
  int64_t ps = 0;
  if (text && !rd_quantity_picoseconds(text, &ps, why))
    return false;
  if (ps > RD_COST_MAX_PS) {
    *why = g_strdup("at most 1 h is possible");
    return false;
  }
  *ret_ps = (uint64_t)ps;
  return true;
}

const RdCost *rd_part_cost(const RdPart *part, const char *operation) {
  for (unsigned i = 0; i < part->n_costs; i++)
    if (strcmp(part->costs[i].operation, operation) == 0)
      return &part->costs[i];
  return NULL;
}

const char **rd_part_operations(const RdPart *part) {
  const char *const *engine = of_engine(part);
  GPtrArray *names = g_ptr_array_new();
  for (unsigned i = 0; engine[i]; i++)
    g_ptr_array_add(names, (gpointer)engine[i]);
  for (unsigned i = 0; i < part->n_costs; i++)
    if (!g_strv_contains(engine, part->costs[i].operation))
      g_ptr_array_add(names, (gpointer)part->costs[i].operation);
  g_ptr_array_add(names, NULL);
  return (const char **)g_ptr_array_free(names, FALSE);
}

bool rd_part_spends(const RdPart *part, const char *operation) {
  return g_strv_contains(of_engine(part), operation) || rd_part_cost(part, operation);
}

static bool name_fits(const char *name) {
  const gsize len = strlen(name);
  return len > 0 && len <= 63 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len &&
         g_ascii_isalpha(name[0]);
}

static char *row_fault(const RdPart *part, unsigned i) {
  const RdCost *row = &part->costs[i];
  const char *const texts[] = {row->base, row->per_byte, row->per_doubling};
  char *why = NULL;
  uint64_t ps;
  if (!name_fits(row->operation))
    return g_strdup("names are lower-case-with-hyphens");
  if (rd_part_cost(part, row->operation) != row)
    return g_strdup("it is there twice");
  if (row->distribution > RD_COST_EXPONENTIAL)
    return g_strdup_printf("unknown distribution %u (a newer part than this program?)",
                           row->distribution);
  if (!row->base && (row->per_byte || row->per_doubling || row->distribution))
    return g_strdup("a row without .base has no cost of its own");
  if (row->base && !(row->source && row->source[0]))
    return g_strdup("say in .source where its numbers come from");
  for (gsize k = 0; k < G_N_ELEMENTS(texts); k++)
    if (!rd_cost_parse(texts[k], &ps, &why))
      return why;
  return NULL;
}

char *rd_part_costs_fault(const RdPart *part) {
  for (unsigned i = 0; i < part->n_costs; i++) {
    g_autofree char *why = row_fault(part, i);
    g_autofree char *quoted = why ? rd_words_quote(part->costs[i].operation) : NULL;
    if (why)
      return g_strdup_printf("cost of %s: %s", quoted, why);
  }
  return NULL;
}
