#include "lab/sip/uri.h"

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/sip/scan_private.h"

/* Cuts what is before `c` off *rest; without `c`, all of it. */
static RdSlice cut_at(RdSlice *rest, char c) {
  const char *end = rd_slice_end(*rest);
  const char *stop = memchr(rest->at, c, rest->len);
  RdSlice before = rd_sip_between(rest->at, stop ? stop : end);
  *rest = stop ? rd_sip_between(stop + 1, end) : (RdSlice){0};
  return before;
}

static bool host_is_fine(RdSlice host) {
  if (host.len == 0)
    return false;
  if (host.at[0] == '[')
    return host.at[host.len - 1] == ']';
  for (uint32_t i = 0; i < host.len; i++)
    if (!rd_sip_is(host.at[i], RD_SIP_HOST))
      return false;
  return true;
}

/* hostport = host [":" port]; the colons of an IPv6 reference are inside its brackets. */
static bool parse_hostport(RdSlice text, RdSipUri *uri) {
  const char *end = rd_slice_end(text);
  const char *after = text.at;
  if (text.len > 0 && text.at[0] == '[') {
    after = memchr(text.at, ']', text.len);
    if (!after)
      return false;
    after++;
  }
  const char *colon = memchr(after, ':', (size_t)(end - after));
  uri->host = rd_sip_between(text.at, colon ? colon : end);
  if (colon) {
    uint64_t port;
    if (!rd_slice_uint(rd_sip_between(colon + 1, end), &port) || port > 65535)
      return false;
    uri->port = (uint16_t)port;
  }
  RdAddress address;
  uri->host_is_ip = rd_address_parse(uri->host, &address);
  return host_is_fine(uri->host);
}

static bool parse_sip(RdSlice rest, RdSipUri *uri) {
  /* Semicolons and question marks may stand in the user part, an unescaped "@" nowhere else. */
  if (memchr(rest.at, '@', rest.len)) {
    RdSlice userinfo = cut_at(&rest, '@');
    uri->user = cut_at(&userinfo, ':');
    uri->password = userinfo;
    if (uri->user.len == 0 || memchr(rest.at, '@', rest.len))
      return false;
  }
  RdSlice before = cut_at(&rest, '?');
  uri->headers = rest;
  RdSlice hostport = cut_at(&before, ';');
  uri->params = before;
  return parse_hostport(hostport, uri);
}

static bool parse_tel(RdSlice rest, RdSipUri *uri) {
  uri->user = cut_at(&rest, ';');
  uri->params = rest;
  return uri->user.len > 0;
}

bool rd_sip_uri_parse(RdSlice text, RdSipUri *ret) {
  RdSipUri uri = {0};
  bool good = false;
  RdSlice rest = text;
  if (text.len > 0 && memchr(text.at, ':', text.len)) {
    uri.scheme = cut_at(&rest, ':');
    if (rd_slice_is_nocase(uri.scheme, "sip") || rd_slice_is_nocase(uri.scheme, "sips"))
      good = parse_sip(rest, &uri);
    else if (rd_slice_is_nocase(uri.scheme, "tel"))
      good = parse_tel(rest, &uri);
  }
  *ret = good ? uri : (RdSipUri){0};
  return good;
}

bool rd_sip_uri_address(const RdSipUri *uri, RdAddress *ret) {
  RdAddress address;
  if (!uri->host_is_ip || !rd_address_parse(uri->host, &address))
    return false;
  address.port = uri->port ? uri->port : 5060;
  *ret = address;
  return true;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  c = (char)(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next octet with its escape undone; -1 at the end. */
static int next_octet(RdSlice *rest) {
  if (rest->len == 0)
    return -1;
  uint32_t used = 1;
  int c = (uint8_t)rest->at[0];
  if (c == '%' && rest->len > 2) {
    int high = hex_digit(rest->at[1]), low = hex_digit(rest->at[2]);
    if (high >= 0 && low >= 0) {
      c = high << 4 | low;
      used = 3;
    }
  }
  rest->at += used;
  rest->len -= used;
  return c;
}

static int lower(int c) {
  return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool same_unescaped(RdSlice a, RdSlice b, bool fold_case) {
  for (;;) {
    int x = next_octet(&a), y = next_octet(&b);
    if (x != y && !(fold_case && lower(x) == lower(y)))
      return false;
    if (x < 0)
      return true;
  }
}

/* These never match when only one of the URIs has them (s19.1.4; transport as its examples say). */
static bool must_be_in_both(RdSlice name) {
  static const char *const names[] = {"transport", "user", "ttl", "method", "maddr"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (rd_slice_is_nocase(name, names[i]))
      return true;
  return false;
}

static RdSlice find_param(RdSlice params, RdSlice name) {
  while (params.at) {
    RdSlice value = cut_at(&params, ';');
    RdSlice key = cut_at(&value, '=');
    if (same_unescaped(key, name, true))
      return value.at ? value : (RdSlice){key.at, 0};
  }
  return (RdSlice){0};
}

static bool params_agree(RdSlice a, RdSlice b) {
  RdSlice rest = a;
  while (rest.at) {
    RdSlice name = cut_at(&rest, ';');
    name = cut_at(&name, '=');
    if (name.len == 0)
      continue;
    /* Of a parameter given twice, which is forbidden, the first counts on both sides. */
    RdSlice value = find_param(a, name), other = find_param(b, name);
    if (other.at ? !same_unescaped(value, other, true) : must_be_in_both(name))
      return false;
  }
  return true;
}

/* Visual separators do not count (RFC 3966 s4). */
static bool same_number(RdSlice a, RdSlice b) {
  for (;;) {
    while (a.len > 0 && strchr("-.()", a.at[0]) && a.at[0])
      a = rd_slice_of(a.at + 1, a.len - 1);
    while (b.len > 0 && strchr("-.()", b.at[0]) && b.at[0])
      b = rd_slice_of(b.at + 1, b.len - 1);
    int x = next_octet(&a), y = next_octet(&b);
    if (lower(x) != lower(y))
      return false;
    if (x < 0)
      return true;
  }
}

bool rd_sip_uri_equal(const RdSipUri *a, const RdSipUri *b) {
  if (!same_unescaped(a->scheme, b->scheme, true))
    return false;
  if (rd_slice_is_nocase(a->scheme, "tel")) {
    RdSlice x = rd_sip_param(a->params, "phone-context");
    RdSlice y = rd_sip_param(b->params, "phone-context");
    return same_number(a->user, b->user) && same_unescaped(x, y, true);
  }
  RdAddress x, y;
  bool same_host = rd_sip_uri_address(a, &x) && rd_sip_uri_address(b, &y)
                       ? rd_address_same_ip(&x, &y)
                       : same_unescaped(a->host, b->host, true);
  return same_host && a->port == b->port && same_unescaped(a->user, b->user, false) &&
         same_unescaped(a->password, b->password, false) && params_agree(a->params, b->params) &&
         params_agree(b->params, a->params);
}
