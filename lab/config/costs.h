/* costs.h - what operations cost: a table of what is common to all parts and of what is to differ
 * from what a part declares (lab/costs.yaml, or the `costs:` of a trial), over the parts' own rows. */
#pragma once

#include <glib.h>

#include "lab/plugin/loader.h"
#include "redoubt/base.h"

typedef struct RdCosts RdCosts;

/* `parts`: a row of a part that is not among these, or of an operation that its part does not have,
 * is a fault: it would make work free without a word. NULL: not asked. */
RdCosts *rd_costs_load(const char *path, RdParts *parts, GError **error);
/* The row of an operation: the table's of this part; or else the part's own; or else the table's of
 * part "*"; 0 if there is none (free). `part` NULL: that of "*" alone. The engine itself spends "scan",
 * "handle", "send" and "timer" (an actor) and "judge" (a defense). */
uint32_t rd_costs_row(RdCosts *costs, const RdPart *part, const char *operation);
/* Modelled nanoseconds: base + per_byte * bytes + per_doubling * log2(1 + occupancy), times an
 * exponential draw of mean 1 if the row says `distribution: exponential` (bits is the draw). Row 0
 * costs nothing. */
RdTime rd_costs_ns(const RdCosts *costs, uint32_t row, uint64_t bytes, uint64_t occupancy,
                   uint64_t bits);
/* 0 if a row's cost is fixed; else what its draws are keyed by, beside who works: made of the
 * operation's name, so it stays the same whatever other rows there are. */
uint32_t rd_costs_drawn(const RdCosts *costs, uint32_t row);
/* Sets a row of fixed cost, replacing the one of that part and operation if there is one. Costs in
 * picoseconds, each at most an hour. */
void rd_costs_set(RdCosts *costs, const char *part, const char *operation, uint64_t base_ps,
                  uint64_t per_byte_ps, uint64_t per_doubling_ps);
/* The table as a file that rd_costs_load() reads to the same rows, without those that parts have of
 * themselves; to be freed. Comments are not kept. */
char *rd_costs_yaml(const RdCosts *costs);
/* The rows that work of a part is charged by, one a line, wherever they come from; to be freed. */
char *rd_costs_used(RdCosts *costs, const RdPart *part);
void rd_costs_free(RdCosts *costs); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdCosts, rd_costs_free)
