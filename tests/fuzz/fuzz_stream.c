/* Stream framing: however the bytes are cut, the same messages come out. */
#include <stdlib.h>
#include <string.h>

#include "lab/base/random.h"
#include "lab/sip/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A hash of all verdicts and messages, up to and including the first BROKEN. */
static uint64_t drain(RdSipStream *s, uint64_t hash, bool *broken) {
  static const uint64_t key[2] = {1, 2};
  RdSlice message;
  for (;;) {
    RdStreamVerdict v = rd_sip_stream_pop(s, &message, NULL);
    if (v == RD_STREAM_MORE || *broken)
      return hash;
    *broken = v == RD_STREAM_BROKEN;
    hash = rd_mix(hash, (uint64_t)v);
    if (v == RD_STREAM_MESSAGE)
      hash = rd_mix(hash, rd_siphash(key, message.at, message.len));
  }
}

static uint64_t feed(const uint8_t *data, size_t size, size_t step) {
  RdSipStream *s = rd_sip_stream_new(2000, 2000);
  bool broken = false;
  uint64_t hash = 0;
  for (size_t at = 0; at < size; at += step) {
    rd_sip_stream_push(s, data + at, size - at < step ? size - at : step);
    hash = drain(s, hash, &broken);
    if (rd_sip_stream_pending(s) > 4000 + step)
      abort();
  }
  rd_sip_stream_free(s);
  return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0 || size > 10000)
    return 0;
  uint64_t whole = feed(data, size, size);
  if (feed(data, size, 1) != whole || feed(data, size, 1 + data[0] % 61) != whole)
    abort();
  return 0;
}
