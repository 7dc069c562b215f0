/* A user profile: what can be read can be written, and is the same when it is read again. */
#include <stdlib.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/subscribers/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static char xml[65536], back[65536];
  RdProfile p, again;
  if (size > 20000 || !rd_profile_read(rd_slice_of(data, size), &p))
    return 0;
  const size_t len = rd_profile_write(&p, xml, sizeof xml);
  if (len == 0 || !rd_profile_read(rd_slice_of(xml, len), &again) ||
      rd_profile_write(&again, back, sizeof back) != len || memcmp(xml, back, len) != 0)
    abort(); /* what a later element overruled may differ: it is not written */
  return 0;
}
