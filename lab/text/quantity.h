/* quantity.h - numbers with units, as users write them, and back to canonical text.
 *
 * Exact decimal arithmetic: what is written is what is meant, or it is refused. On failure a parser
 * returns false, leaves *ret alone and sets *why to a phrase to be freed ("a duration ... is
 * expected, got ..."). The texts written back parse to the identical value. Locale-independent. */
#pragma once

#include <glib.h>

#include "redoubt/base.h"

/* 1e3, 5k, 2M, 1G, 30 % (0.3, or 30 if `unit` is itself "%"); `unit` may follow the number, and may
 * be NULL. NaN and infinities do not exist here. */
bool rd_quantity_number(const char *text, const char *unit, double *ret, char **why);
bool rd_quantity_integer(const char *text, const char *unit, int64_t *ret, char **why);
bool rd_quantity_unsigned(const char *text, uint64_t *ret, char **why);
/* "30 s", "5 ms", "500 us", "1.5 h"; the unit (ns us ms s min h d) is required, but for 0. Never
 * negative. */
bool rd_quantity_duration(const char *text, RdTime *ret, char **why);
/* The same in picoseconds, with the unit ps as well. */
bool rd_quantity_picoseconds(const char *text, int64_t *ret, char **why);
/* "1 Gbit/s", "64 kbit/s"; in bit/s. */
bool rd_quantity_rate(const char *text, uint64_t *ret, char **why);
/* "208 KiB", "212992 B"; in octets. The unit (B KiB MiB GiB TiB) is required, but for 0. */
bool rd_quantity_size(const char *text, uint64_t *ret, char **why);
bool rd_quantity_bool(const char *text, bool *ret, char **why); /* true false yes no */

char *rd_quantity_number_text(double value);
char *rd_quantity_duration_text(RdTime value);
char *rd_quantity_picoseconds_text(int64_t value); /* never negative */
char *rd_quantity_rate_text(uint64_t value);
char *rd_quantity_size_text(uint64_t value);
