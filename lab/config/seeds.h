/* seeds.h - which seeds a campaign runs over, as text: "5" (1 to 5), "101-130", "1,7,101-105". */
#pragma once

#include <glib.h>
#include <stdint.h>

#define RD_SEEDS_MAX 10000

/* A GArray of uint64_t. NULL: *ret_why says what is wrong with the text; free it. */
GArray *rd_seeds_parse(const char *text, char **ret_why);
/* Adds one entry of a list, "7" or "101-105". False: *ret_why says why; nothing was added. */
gboolean rd_seeds_add(GArray *seeds, const char *entry, char **ret_why);
