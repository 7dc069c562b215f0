#include "lab/capture/recognise.h"

#include <string.h>

enum { LONGEST_LINE = 8192, LONGEST_METHOD = 64 };

static bool is_keepalive(const uint8_t *p, size_t len) {
  static const uint8_t stun_cookie[4] = {0x21, 0x12, 0xa4, 0x42};
  size_t i = 0;
  while (i < len && i < 64 && (p[i] == '\r' || p[i] == '\n' || p[i] == 0 || p[i] == ' '))
    i++;
  return i == len || (len >= 20 && p[0] < 4 && memcmp(p + 4, stun_cookie, 4) == 0);
}

/* Method SP anything SP "SIP/" before the line ends. */
static bool request_line(const char *p, size_t len) {
  const char *space = memchr(p, ' ', len < LONGEST_METHOD ? len : LONGEST_METHOD);
  if (!space || space == p)
    return false;
  for (const char *c = p; c < space; c++)
    if (*c <= ' ' || *c > '~')
      return false;
  size_t limit = len < LONGEST_LINE ? len : LONGEST_LINE;
  const char *lf = memchr(space, '\n', limit - (size_t)(space - p));
  size_t line = (size_t)((lf ? lf : p + limit) - space);
  return memmem(space, line, " SIP/", 5) || memmem(space, line, " sip/", 5);
}

RdLooks rd_recognise(const void *bytes, size_t len) {
  const char *p = bytes;
  if (is_keepalive(bytes, len))
    return RD_LOOKS_KEEPALIVE;
  while (len > 0 && (*p == '\r' || *p == '\n'))
    p++, len--;
  if ((len >= 8 && memcmp(p, "SIP/2.0 ", 8) == 0) || request_line(p, len))
    return RD_LOOKS_SIP;
  return RD_LOOKS_OTHER;
}
