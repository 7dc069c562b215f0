#include "lab/detector/identity.h"

#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"

static char lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_unreserved(char c) {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
         (c != 0 && strchr("-_.!~*'()", c) != NULL);
}

static bool is_separator(char c) {
  return c == '-' || c == '.' || c == '(' || c == ')';
}

/* The octet at *i, unescaped if it needs no escape; moves on. */
static char octet(RdSlice s, uint32_t *i) {
  const char c = s.at[(*i)++];
  if (c != '%' || s.len - *i < 2)
    return c;
  const int high = hex_digit(s.at[*i]), low = hex_digit(s.at[*i + 1]);
  const char plain = (char)(high * 16 + low);
  if (high < 0 || low < 0 || !is_unreserved(plain))
    return c;
  *i += 2;
  return plain;
}

/* Only digits and separators behind an optional plus. */
static bool is_number(RdSlice s) {
  uint32_t digits = 0;
  for (uint32_t i = s.len > 0 && s.at[0] == '+' ? 1 : 0; i < s.len; i++) {
    if (s.at[i] >= '0' && s.at[i] <= '9')
      digits++;
    else if (!is_separator(s.at[i]))
      return false;
  }
  return digits > 0;
}

static void add_user(RdText *t, RdSlice user) {
  const bool number = is_number(user);
  for (uint32_t i = 0; i < user.len;) {
    const char c = octet(user, &i);
    if (!number || !is_separator(c))
      rd_text_char(t, c);
  }
}

static void write_identity(RdText *t, RdSlice uri, const RdSipUserHost *at) {
  if (at && at->host.at) {
    add_user(t, at->user);
    if (at->user.at)
      rd_text_char(t, '@');
    for (uint32_t i = 0; i < at->host.len; i++)
      rd_text_char(t, lower(at->host.at[i]));
    return;
  }
  if (!rd_slice_starts_nocase(uri, "tel:")) {
    rd_text_slice(t, uri);
    return;
  }
  for (uint32_t i = 4; i < uri.len && uri.at[i] != ';'; i++)
    if (!is_separator(uri.at[i]))
      rd_text_char(t, uri.at[i]);
}

size_t rd_identity_text(RdSlice uri, const RdSipUserHost *at, char ret[RD_IDENTITY_TEXT]) {
  RdText t = rd_text(ret, RD_IDENTITY_TEXT);
  if (uri.at)
    write_identity(&t, uri, at);
  return t.len;
}

/* Is user@host written one behind the other, and as it would be spelled here? Then it needs no copy. */
static bool is_plain(const RdSipUserHost *at) {
  if (!at || !at->host.at || !at->user.at || at->user.len + at->host.len + 1 >= RD_IDENTITY_TEXT ||
      at->user.at + at->user.len + 1 != at->host.at || at->host.at[-1] != '@')
    return false;
  bool separated = false;
  for (uint32_t i = 0; i < at->user.len; i++) {
    if (at->user.at[i] == '%')
      return false;
    separated |= is_separator(at->user.at[i]);
  }
  for (uint32_t i = 0; i < at->host.len; i++)
    if (at->host.at[i] >= 'A' && at->host.at[i] <= 'Z')
      return false;
  return !separated || !is_number(at->user);
}

uint64_t rd_identity_key(const uint64_t key[2], RdSlice uri, const RdSipUserHost *at) {
  char text[RD_IDENTITY_TEXT];
  RdText t = rd_text(text, sizeof text);
  if (!uri.at)
    return rd_siphash(key, "", 0);
  if (is_plain(at))
    return rd_siphash(key, at->user.at, (size_t)at->user.len + 1 + at->host.len);
  write_identity(&t, uri, at);
  return t.full ? rd_siphash(key, uri.at, uri.len) : rd_siphash(key, text, t.len);
}

uint64_t rd_source_key(const uint64_t key[2], const RdAddress *a) {
  return rd_siphash(key, a->ip, a->family == 6 ? 8 : 4);
}
