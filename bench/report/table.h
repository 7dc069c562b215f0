/* table.h - the matrix as a table for a terminal, as JSON, and as results.csv. */
#pragma once

#include "bench/judge/matrix.h"

char *rd_matrix_text(const RdMatrix *matrix);
/* {"format": "redoubt-bench-1", "campaign", "confidence", "cells", "unusable"} (schema.h); null for what is undefined. The
 * same worlds give the same bytes: no times, no paths. */
char *rd_matrix_json(const RdMatrix *matrix, const char *campaign);
/* A row a plan row (attack, defense, seed), rows of sweeps among them, a column a figure; empty for
 * what is undefined. attack_set and defense_set hold what differs from the parts' defaults; a parameter
 * that differs among rows has a column of its own, PART.PARAMETER (parameters.h). */
char *rd_matrix_csv(const RdMatrix *matrix);
/* A row an attack of a plan row, by its own predicate. */
char *rd_matrix_attacks_csv(const RdMatrix *matrix);
