#include "lab/detector/top.h"

#include "lab/base/slice.h"

void rd_top_offer(RdTop *t, uint64_t key, uint32_t count, RdSlice name) {
  uint32_t smallest = 0;
  for (uint32_t i = 0; i < t->n; i++) {
    if (t->at[i].key == key) {
      t->at[i].count = count;
      return;
    }
    if (t->at[i].count < t->at[smallest].count)
      smallest = i;
  }
  if (t->n < RD_TOP_MOST)
    smallest = t->n++;
  else if (count <= t->at[smallest].count)
    return;
  t->at[smallest].key = key;
  t->at[smallest].count = count;
  rd_slice_copy(name, t->at[smallest].name, RD_TOP_NAME);
}

int rd_top_first(const RdTop *t) {
  int first = -1;
  for (uint32_t i = 0; i < t->n; i++)
    if (first < 0 || t->at[i].count > t->at[first].count)
      first = (int)i;
  return first;
}
