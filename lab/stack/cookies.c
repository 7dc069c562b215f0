#include "lab/stack/cookies.h"

#include <stdlib.h>

_Static_assert(RD_COOKIE_BLOCKS < 1 << (64 - RD_COOKIE_BITS),
               "a block's number fits above its bits");

static RdCookieSpace put(RdCookies *cookies, unsigned number, RdCookieFired fired, void *block) {
  if (cookies->blocks[number].fired)
    abort();
  cookies->blocks[number].fired = fired;
  cookies->blocks[number].block = block;
  return (RdCookieSpace)number << RD_COOKIE_BITS;
}

RdCookieSpace rd_cookies_claim(RdCookies *cookies, RdCookieFired fired, void *block) {
  if (RD_COOKIE_OWN + cookies->n >= RD_COOKIE_BLOCKS)
    abort();
  return put(cookies, RD_COOKIE_OWN + cookies->n++, fired, block);
}

RdCookieSpace rd_cookies_own(RdCookies *cookies, unsigned number, RdCookieFired fired, void *self) {
  if (number == 0 || number >= RD_COOKIE_OWN)
    abort();
  return put(cookies, number, fired, self);
}

bool rd_cookies_fire(const RdCookies *cookies, uint64_t cookie) {
  const uint64_t number = cookie >> RD_COOKIE_BITS;
  if (number >= RD_COOKIE_BLOCKS || !cookies->blocks[number].fired)
    return false;
  cookies->blocks[number].fired(cookies->blocks[number].block, rd_cookie(0, cookie));
  return true;
}
