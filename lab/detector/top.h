/* top.h - the keys that were counted most, in fixed memory. Pure.
 *
 * Keeps the RD_TOP_MOST largest of the counts it is told, each with its name. One that is not among them
 * takes the place of the smallest, if it is larger. */
#pragma once

#include "redoubt/base.h"

#define RD_TOP_MOST 16
#define RD_TOP_NAME 96 /* room for a name and its NUL; a longer one is cut */

typedef struct {
  uint32_t n;
  struct {
    uint64_t key;
    uint32_t count;
    char name[RD_TOP_NAME];
  } at[RD_TOP_MOST];
} RdTop;

void rd_top_offer(RdTop *t, uint64_t key, uint32_t count, RdSlice name);
/* Index of the largest; -1 if there is none. The first of equals. */
int rd_top_first(const RdTop *t);
