#include "lab/base/slice.h"

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool rd_slice_equal(RdSlice a, RdSlice b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool rd_slice_is(RdSlice a, const char *text) {
  return rd_slice_equal(a, rd_slice(text));
}

static bool same_nocase(const char *a, const char *b, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
      return false;
  return true;
}

bool rd_slice_is_nocase(RdSlice a, const char *text) {
  const size_t n = strlen(text);
  return a.len == n && same_nocase(a.at, text, n);
}

bool rd_slice_starts_nocase(RdSlice a, const char *text) {
  const size_t n = strlen(text);
  return a.len >= n && same_nocase(a.at, text, n);
}

static bool blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

RdSlice rd_slice_trim(RdSlice a) {
  while (a.len > 0 && blank(a.at[0])) {
    a.at++;
    a.len--;
  }
  while (a.len > 0 && blank(a.at[a.len - 1]))
    a.len--;
  return a;
}

bool rd_slice_uint(RdSlice a, uint64_t *ret) {
  uint64_t n = 0;
  if (a.len == 0)
    return false;
  for (uint32_t i = 0; i < a.len; i++) {
    unsigned digit = (unsigned)(a.at[i] - '0');
    if (digit > 9 || n > (UINT64_MAX - digit) / 10)
      return false;
    n = n * 10 + digit;
  }
  *ret = n;
  return true;
}

size_t rd_slice_copy(RdSlice a, char *ret, size_t cap) {
  size_t n = a.len < cap ? a.len : cap - 1;
  if (n > 0)
    memcpy(ret, a.at, n);
  ret[n] = 0;
  return n;
}
