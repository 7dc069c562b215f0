#include "lab/base/take.h"

#include <stdint.h>
#include <string.h>

bool rd_take(void *to, size_t to_size, size_t first_size, const void *from) {
  uint32_t stated = 0;
  memset(to, 0, to_size);
  if (from)
    memcpy(&stated, from, sizeof stated);
  if (stated < first_size || stated < sizeof stated || to_size < sizeof stated)
    return false;
  memcpy(to, from, stated < to_size ? stated : to_size);
  const uint32_t own = (uint32_t)to_size;
  memcpy(to, &own, sizeof own);
  return true;
}
