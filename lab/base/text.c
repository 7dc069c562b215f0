#include "lab/base/text.h"

#include "lab/base/slice.h"

void rd_text_slice(RdText *t, RdSlice s) {
  size_t room = t->cap - t->len - 1;
  size_t n = s.len <= room ? s.len : room;
  if (n > 0)
    memcpy(t->at + t->len, s.at, n);
  t->len += n;
  t->at[t->len] = 0;
  t->full |= n < s.len;
}

void rd_text_uint(RdText *t, uint64_t n) {
  char digits[20];
  size_t i = sizeof digits;
  do {
    digits[--i] = (char)('0' + n % 10);
    n /= 10;
  } while (n > 0);
  rd_text_slice(t, rd_slice_of(digits + i, sizeof digits - i));
}

void rd_text_hex(RdText *t, uint64_t n, int digits) {
  char text[16];
  for (int i = digits - 1; i >= 0; i--, n >>= 4)
    text[i] = "0123456789abcdef"[n & 15];
  rd_text_slice(t, rd_slice_of(text, (size_t)digits));
}
