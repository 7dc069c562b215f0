/* costs.h - what a part declares to cost, and what the engine spends on its behalf. */
#pragma once

#include "lab/plugin/loader.h"

#define RD_COST_MAX_PS (INT64_C(3600) * 1000000000000) /* an hour: no operation costs more */

/* "3 ms", "220 ps"; NULL is no cost. False: *why is a phrase to be freed. */
bool rd_cost_parse(const char *text, uint64_t *ret_ps, char **why);
/* The part's own row of an operation; NULL if it has none. */
const RdCost *rd_part_cost(const RdPart *part, const char *operation);
/* The names of what is spent for a part: by the engine for a part of its kind, then as the part
 * declares; NULL-terminated, g_free() the array alone. */
const char **rd_part_operations(const RdPart *part);
bool rd_part_spends(const RdPart *part, const char *operation); /* it is one of those */
/* What may stand under part "*" of a cost table without a part that declares it: the engine's, and
 * those of the libraries that parts share. NULL-terminated. */
extern const char *const rd_common_operations[];
/* For the loader: NULL if the rows make sense, or what is wrong with them. */
char *rd_part_costs_fault(const RdPart *part);
