/* text.h - appends to a caller's buffer; never overruns it, remembers that it would have. Pure. */
#pragma once

#include "lab/base/slice.h"

typedef struct {
  char *at;
  size_t len, cap; /* always len < cap, at[len] is kept NUL */
  bool full; /* something did not fit; what is there is a prefix */
} RdText;

static inline RdText rd_text(char *buffer, size_t cap) {
  buffer[0] = 0;
  return (RdText){buffer, 0, cap, false};
}
void rd_text_slice(RdText *t, RdSlice s);
/* Here, so that the length of a constant is one. */
static inline void rd_text_add(RdText *t, const char *text) {
  rd_text_slice(t, rd_slice(text));
}
static inline void rd_text_char(RdText *t, char c) {
  if (t->len + 1 == t->cap) {
    t->full = true;
    return;
  }
  t->at[t->len++] = c;
  t->at[t->len] = 0;
}
void rd_text_uint(RdText *t, uint64_t n);
void rd_text_hex(RdText *t, uint64_t n, int digits); /* lower case, `digits` digits */
