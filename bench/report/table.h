/* table.h - the matrix as a table for a terminal, as JSON, and as results.csv. */
#pragma once

#include "bench/judge/matrix.h"

char *rd_matrix_text(const RdMatrix *matrix);
/* {"format": "redoubt-bench-1", "attacks": ..., "cells": [...]}; null for what is undefined. The
 * same worlds give the same bytes: no times, no paths. */
char *rd_matrix_json(const RdMatrix *matrix, const char *campaign);
/* A row a plan row (attack, defense, seed), rows of sweeps among them, a column a measure; empty for
 * what is undefined. attack_set and defense_set hold what differs from the parts' defaults. */
char *rd_matrix_csv(const RdMatrix *matrix);
