#include "lab/base/address.h"

#include <arpa/inet.h>

#include "lab/base/slice.h"
#include "lab/base/text.h"

/* Splits off ":port". False: there is one and it is bad. */
static bool cut_port(RdSlice *text, uint16_t *port) {
  uint64_t n = 0;
  const char *colon = text->len ? memrchr(text->at, ':', text->len) : NULL;
  *port = 0;
  if (!colon)
    return true;
  uint32_t host_len = (uint32_t)(colon - text->at);
  if (!rd_slice_uint(rd_slice_of(colon + 1, text->len - host_len - 1), &n) || n > 65535)
    return false;
  *port = (uint16_t)n;
  text->len = host_len;
  return true;
}

static bool parse_ip(RdSlice host, int family, uint8_t ip[16]) {
  char copy[RD_ADDRESS_TEXT];
  memset(ip, 0, 16);
  return host.len < sizeof copy && rd_slice_copy(host, copy, sizeof copy) > 0 &&
         strlen(copy) == host.len && inet_pton(family, copy, ip) == 1;
}

bool rd_address_parse(RdSlice text, RdAddress *ret) {
  RdAddress a = {.transport = RD_UDP};
  RdSlice host = text;
  if (text.len == 0)
    return false;
  if (text.at[0] == '[') {
    const char *end = memchr(text.at, ']', text.len);
    if (!end)
      return false;
    host = rd_slice_of(text.at + 1, (size_t)(end - text.at) - 1);
    RdSlice rest = rd_slice_of(end + 1, text.len - host.len - 2);
    if (rest.len > 0 && (rest.at[0] != ':' || !cut_port(&rest, &a.port) || rest.len > 0))
      return false;
    a.family = 6;
  } else if (memchr(text.at, '.', text.len) && !memchr(text.at, ':', text.len)) {
    a.family = 4;
  } else if (memchr(text.at, '.', text.len) && text.at[0] != ':' &&
             memchr(text.at, ':', text.len) == memrchr(text.at, ':', text.len)) {
    a.family = 4;
    if (!cut_port(&host, &a.port))
      return false;
  } else {
    a.family = 6;
  }
  if (!parse_ip(host, a.family == 4 ? AF_INET : AF_INET6, a.ip))
    return false;
  *ret = a;
  return true;
}

size_t rd_address_ip_text(const RdAddress *a, char ret[RD_ADDRESS_TEXT]) {
  if (a->family == 4) {
    RdText t = rd_text(ret, RD_ADDRESS_TEXT);
    for (int i = 0; i < 4; i++) {
      if (i > 0)
        rd_text_char(&t, '.');
      rd_text_uint(&t, a->ip[i]);
    }
    return t.len;
  }
  if (a->family != 6 || !inet_ntop(AF_INET6, a->ip, ret, RD_ADDRESS_TEXT))
    ret[0] = 0;
  return strlen(ret);
}

size_t rd_address_text(const RdAddress *a, char ret[RD_ADDRESS_TEXT]) {
  char ip[RD_ADDRESS_TEXT];
  rd_address_ip_text(a, ip);
  RdText t = rd_text(ret, RD_ADDRESS_TEXT);
  if (a->family == 6)
    rd_text_char(&t, '[');
  rd_text_add(&t, ip);
  if (a->family == 6)
    rd_text_char(&t, ']');
  rd_text_char(&t, ':');
  rd_text_uint(&t, a->port);
  return t.len;
}

RdAddress rd_address_ip4(uint32_t host_order, uint16_t port) {
  RdAddress a = {.family = 4, .transport = RD_UDP, .port = port};
  for (int i = 0; i < 4; i++)
    a.ip[i] = (uint8_t)(host_order >> (24 - 8 * i));
  return a;
}

uint32_t rd_address_as_ip4(const RdAddress *a) {
  if (a->family != 4)
    return 0;
  return (uint32_t)a->ip[0] << 24 | (uint32_t)a->ip[1] << 16 | (uint32_t)a->ip[2] << 8 | a->ip[3];
}

bool rd_address_same_ip(const RdAddress *a, const RdAddress *b) {
  return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

bool rd_address_equal(const RdAddress *a, const RdAddress *b) {
  return a->port == b->port && rd_address_same_ip(a, b);
}
