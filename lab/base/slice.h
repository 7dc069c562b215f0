/* slice.h - small questions about text inside a buffer. Pure. */
#pragma once

#include <string.h>

#include "redoubt/base.h"

static inline RdSlice rd_slice(const char *text) {
  return (RdSlice){text, text ? (uint32_t)strlen(text) : 0};
}
static inline RdSlice rd_slice_of(const void *at, size_t len) {
  return (RdSlice){(const char *)at, (uint32_t)len};
}
/* Behind its last octet. NULL of an absent one: C has no NULL + 0. */
static inline const char *rd_slice_end(RdSlice a) {
  return a.at ? a.at + a.len : NULL;
}
bool rd_slice_equal(RdSlice a, RdSlice b);
bool rd_slice_is(RdSlice a, const char *text); /* exact */
bool rd_slice_is_nocase(RdSlice a, const char *text); /* ASCII case folded */
bool rd_slice_starts_nocase(RdSlice a, const char *text);
RdSlice rd_slice_trim(RdSlice a); /* SP, HTAB, CR, LF at both ends */
/* Decimal digits only, no sign, no blanks; false on anything else or on overflow. */
bool rd_slice_uint(RdSlice a, uint64_t *ret);
/* Copies with a NUL into ret[cap], cut to fit; returns the length copied. */
size_t rd_slice_copy(RdSlice a, char *ret, size_t cap);
