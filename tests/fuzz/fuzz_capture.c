/* Captures from anywhere: formats, link layers, IP, fragments, TCP, framing. */
#include <stdint.h>

#include "lab/capture/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch(void *user, const RdCaptureMessage *m) {
  uint64_t *sum = user;
  for (size_t i = 0; i < m->len; i++)
    *sum += m->bytes[i];
  for (uint32_t i = 0; i < m->comment_len; i++)
    *sum += (unsigned char)m->comment[i];
  for (const char *c = m->interface; c && *c; c++)
    *sum += (unsigned char)*c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  RdCaptureStats stats = {0};
  g_autoptr(GError) error = NULL;
  uint64_t sum = 0;
  FILE *file = size > 0 ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;
  if (!file)
    return 0;
  bool sound = rd_capture_read_file(file, "fuzz", touch, &sum, &stats, &error);
  if (sound == (error != NULL)) /* an error goes with a failure, and a failure with an error */
    __builtin_trap();
  rd_capture_stats_clear(&stats);
  return 0;
}
