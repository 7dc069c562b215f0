/* costs.h - the versioned table of modelled service costs (lab/costs.yaml). Its digest belongs to a
 * trial's identity: another table, another result. */
#pragma once

#include <glib.h>

#include "lab/plugin/loader.h"
#include "redoubt/base.h"

typedef struct RdCosts RdCosts;

/* `parts`: a row of a part that is nearly the name of one of these is a fault; NULL: not asked. */
RdCosts *rd_costs_load(const char *path, RdParts *parts, GError **error);
const char *rd_costs_digest(const RdCosts *costs); /* SHA-256 of the file, hex */
/* The row of an operation of a part, or of part "*"; 0 if there is none (free). The engine itself
 * spends "scan", "judge" (a defense), "handle" (a node), "send" and "timer". */
uint32_t rd_costs_row(const RdCosts *costs, const char *part, const char *operation);
/* False: the table has a row of an operation that its part does not have, though the part asked for
 * others by rd_costs_row(): a misspelt row would make work free without a word. For a table whose
 * parts are all open. Rows of part "*" and of parts that are not there are taken as they are. */
bool rd_costs_check(const RdCosts *costs, GError **error);
/* Modelled nanoseconds: base + per_byte * bytes + per_doubling * log2(1 + occupancy), times an
 * exponential draw of mean 1 if the row says `distribution: exponential` (bits is the draw). Row 0
 * costs nothing. */
RdTime rd_costs_ns(const RdCosts *costs, uint32_t row, uint64_t bytes, uint64_t occupancy,
                   uint64_t bits);
/* Sets a row of fixed cost, replacing the one of that part and operation if there is one. Costs in
 * picoseconds, each at most an hour. The digest stays that of the file that was read. */
void rd_costs_set(RdCosts *costs, const char *part, const char *operation, uint64_t base_ps,
                  uint64_t per_byte_ps, uint64_t per_doubling_ps);
/* The table as a file that rd_costs_load() reads to the same rows; to be freed. Comments are not
 * kept. */
char *rd_costs_yaml(const RdCosts *costs);
void rd_costs_free(RdCosts *costs); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdCosts, rd_costs_free)
