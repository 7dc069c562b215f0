/* The member "facts" of result.json: what nodes noted, by kind. */
#include <string.h>

#include "lab/result/result_internal.h"

static RdFactCounts *counts_of(GArray *facts, const char *kind) {
  for (guint i = 0; i < facts->len; i++)
    if (!strcmp(g_array_index(facts, RdFactCounts, i).kind, kind))
      return &g_array_index(facts, RdFactCounts, i);
  if (facts->len == RD_FACT_KINDS)
    return &g_array_index(facts, RdFactCounts, RD_FACT_KINDS - 1);
  RdFactCounts fresh = {.kind = g_strdup(facts->len == RD_FACT_KINDS - 1 ? "other" : kind)};
  g_array_append_val(facts, fresh);
  return &g_array_index(facts, RdFactCounts, facts->len - 1);
}

/* A sum stops at the ends of its range. */
static void add(int64_t *sum, int64_t amount) {
  if (__builtin_add_overflow(*sum, amount, sum))
    *sum = amount > 0 ? INT64_MAX : INT64_MIN;
}

void rd_result_fact(RdResult *r, const char *kind, int64_t amount, uint64_t causes) {
  RdFactCounts *c = counts_of(r->facts, kind);
  RdTrueClass of = causes & ~r->benign_mask ? RD_IS_ATTACK : causes ? RD_IS_TWIN : RD_IS_BENIGN;
  c->n[of]++;
  add(&c->amount[of], amount);
}

void rd_result_write_facts(const RdResult *r, RdJson *j) {
  static const RdTrueClass classes[] = {RD_IS_BENIGN, RD_IS_ATTACK, RD_IS_TWIN};
  rd_json_open(j, "facts", '[');
  for (guint i = 0; i < r->facts->len; i++) {
    const RdFactCounts *c = &g_array_index(r->facts, RdFactCounts, i);
    rd_json_open_flat(j, NULL, '{');
    rd_json_text(j, "kind", c->kind);
    for (size_t k = 0; k < G_N_ELEMENTS(classes); k++) {
      rd_json_open(j, rd_truth_name(classes[k]), '{');
      rd_json_uint(j, "n", c->n[classes[k]]);
      rd_json_int(j, "amount", c->amount[classes[k]]);
      rd_json_close(j);
    }
    rd_json_close(j);
  }
  rd_json_close(j);
}
