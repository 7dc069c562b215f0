#include "lab/sip/stream.h"

#include <stdlib.h>
#include <string.h>

#include "lab/base/memory.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"

struct RdSipStream {
  size_t max_head, max_body;
  char *bytes;
  size_t begin, end, cap; /* what is kept is bytes[begin..end) */
  size_t searched; /* from begin: no end of head before here */
  size_t whole; /* length of the message at begin once its head is read; 0: not yet */
  const char *broken;
};

RdSipStream *rd_sip_stream_new(size_t max_head, size_t max_body) {
  RdSipStream *s = rd_alloc(sizeof *s);
  s->max_head = max_head;
  s->max_body = max_body;
  return s;
}

void rd_sip_stream_free(RdSipStream *s) {
  if (s)
    free(s->bytes);
  free(s);
}

size_t rd_sip_stream_pending(const RdSipStream *s) {
  return s->end - s->begin;
}

void rd_sip_stream_push(RdSipStream *s, const void *bytes, size_t len) {
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

static void consume(RdSipStream *s, size_t n) {
  s->begin += n;
  s->searched = s->whole = 0;
}

/* Length of the head at the front, its empty line included; 0: it has not ended yet. A line may end
 * in LF alone, as the scanner forgives it too. */
static size_t head_length(RdSipStream *s) {
  const char *front = s->bytes + s->begin;
  size_t n = s->end - s->begin;
  for (size_t i = s->searched; i < n; i++) {
    const char *lf = memchr(front + i, '\n', n - i);
    if (!lf)
      break;
    i = (size_t)(lf - front);
    if (i + 1 < n && front[i + 1] == '\n')
      return i + 2;
    if (i + 2 < n && front[i + 1] == '\r' && front[i + 2] == '\n')
      return i + 3;
  }
  s->searched = n > 3 ? n - 3 : 0;
  return 0;
}

/* Reads the head at the front and learns how long the message is. NULL, or what is wrong. */
static const char *measure(RdSipStream *s, size_t head) {
  RdSipScan scan;
  const RdSip *sip = &scan.sip;
  if (!rd_sip_scan(&scan, s->bytes + s->begin, head, RD_SIP_STREAM))
    return "not SIP";
  if (sip->defects & RD_SIP_TOO_MANY_HEADERS)
    return "too many headers to find Content-Length";
  const RdSipHeader *h = rd_sip_first(sip, RD_HDR_CONTENT_LENGTH);
  if (!h)
    return "no Content-Length";
  if ((sip->defects & RD_SIP_BAD_CONTENT_LENGTH) || sip->content_length < 0)
    return "bad Content-Length";
  for (const RdSipHeader *other = rd_sip_next(sip, h); other; other = rd_sip_next(sip, other))
    if (!rd_slice_equal(other->value, h->value))
      return "two values of Content-Length";
  if ((uint64_t)sip->content_length > s->max_body)
    return "body too long";
  s->whole = head + (size_t)sip->content_length;
  return NULL;
}

static bool begins(const RdSipStream *s, const char *with) {
  size_t n = strlen(with);
  return s->end - s->begin >= n && memcmp(s->bytes + s->begin, with, n) == 0;
}

static RdStreamVerdict broken(RdSipStream *s, const char *why, const char **ret_why) {
  s->broken = why;
  s->begin = s->end;
  if (ret_why)
    *ret_why = why;
  return RD_STREAM_BROKEN;
}

RdStreamVerdict rd_sip_stream_pop(RdSipStream *s, RdSlice *ret, const char **ret_why) {
  const char *why;
  *ret = (RdSlice){0};
  if (s->broken)
    return broken(s, s->broken, ret_why);
  if (begins(s, "\r\n\r\n")) {
    consume(s, 4);
    return RD_STREAM_PING;
  }
  if (begins(s, "\r\n") && s->end - s->begin > 2 && !begins(s, "\r\n\r"))
    consume(s, 2);
  if (s->end == s->begin || s->bytes[s->begin] == '\r')
    return s->end - s->begin > 3 ? broken(s, "stray CR", ret_why) : RD_STREAM_MORE;
  if (s->whole == 0) {
    size_t head = head_length(s);
    if (head > s->max_head || (head == 0 && s->end - s->begin > s->max_head))
      return broken(s, "head too long", ret_why);
    if (head == 0)
      return RD_STREAM_MORE;
    if ((why = measure(s, head)))
      return broken(s, why, ret_why);
  }
  if (s->end - s->begin < s->whole)
    return RD_STREAM_MORE;
  *ret = rd_slice_of(s->bytes + s->begin, s->whole);
  consume(s, s->whole);
  return RD_STREAM_MESSAGE;
}
