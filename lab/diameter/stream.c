#include "lab/diameter/stream.h"

#include <string.h>

#include "lab/base/memory.h"
#include "lab/base/slice.h"

struct RdDiaStream {
  size_t longest;
  char *bytes;
  size_t begin, end, cap; /* what is kept is bytes[begin..end) */
  bool broken;
};

RdDiaStream *rd_dia_stream_new(size_t longest) {
  RdDiaStream *s = rd_alloc(sizeof *s);
  s->longest = longest;
  return s;
}

void rd_dia_stream_free(RdDiaStream *s) {
  if (s)
    free(s->bytes);
  free(s);
}

size_t rd_dia_stream_pending(const RdDiaStream *s) {
  return s->end - s->begin;
}

void rd_dia_stream_push(RdDiaStream *s, const void *bytes, size_t len) {
  if (s->broken || len == 0)
    return;
  if (s->begin > 0) {
    memmove(s->bytes, s->bytes + s->begin, s->end - s->begin);
    s->end -= s->begin;
    s->begin = 0;
  }
  if (s->end + len > s->cap) {
    s->cap = (s->end + len) * 2;
    s->bytes = realloc(s->bytes, s->cap);
    if (!s->bytes)
      abort();
  }
  memcpy(s->bytes + s->end, bytes, len);
  s->end += len;
}

RdDiaCut rd_dia_stream_pop(RdDiaStream *s, RdSlice *ret) {
  const size_t kept = s->end - s->begin;
  if (s->broken)
    return RD_DIA_BROKEN;
  if (kept < 4)
    return RD_DIA_MORE;
  const uint8_t *p = (const uint8_t *)s->bytes + s->begin;
  const size_t len = (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
  if (p[0] != 1 || len < 20 || len % 4 != 0 || len > s->longest) {
    s->broken = true;
    return RD_DIA_BROKEN;
  }
  if (kept < len)
    return RD_DIA_MORE;
  *ret = rd_slice_of(p, len);
  s->begin += len;
  return RD_DIA_MESSAGE;
}
