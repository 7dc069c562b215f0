/* cookies.h - the timers of several blocks of one part, each with a space of cookies of its own.
 *
 * A part has one timer() and a cookie of 64 bits. What it is built of (transactions, a proxy,
 * registrations, its own traffic) must not know each other's cookies: each block claims a space
 * here, makes its cookies by rd_cookie(), and is handed back what it put in when one fires.
 *
 * A cookie keys the chance of what an RD_NEW timer begins. So a part numbers its own timers itself,
 * from 1, and the blocks that it is built of get the numbers behind: one block more moves no draw. */
#pragma once

#include "redoubt/host.h"

#define RD_COOKIE_OWN 8 /* numbers below are the part's own */
#define RD_COOKIE_BLOCKS 16 /* in all */
#define RD_COOKIE_BITS 56 /* of a block's own in a cookie */

typedef uint64_t RdCookieSpace; /* 0: nobody's */

/* `own` is what the block gave to rd_cookie(). */
typedef void (*RdCookieFired)(void *block, uint64_t own);

/* Zeroed at first; one a part instance. */
typedef struct {
  struct {
    RdCookieFired fired;
    void *block;
  } blocks[RD_COOKIE_BLOCKS]; /* by number */
  unsigned n; /* blocks claimed */
} RdCookies;

/* The next space behind the part's own, for a block that it is built of. More than there is room for
 * end the process: that is a part's own mistake. */
RdCookieSpace rd_cookies_claim(RdCookies *cookies, RdCookieFired fired, void *block);
/* A space of the part's own, by its number in [1, RD_COOKIE_OWN); the same mistakes end the process. */
RdCookieSpace rd_cookies_own(RdCookies *cookies, unsigned number, RdCookieFired fired, void *self);
/* `own` is cut to RD_COOKIE_BITS. */
static inline uint64_t rd_cookie(RdCookieSpace space, uint64_t own) {
  return space | (own & ((UINT64_C(1) << RD_COOKIE_BITS) - 1));
}
/* Hands a cookie to its block. False: it is of none. */
bool rd_cookies_fire(const RdCookies *cookies, uint64_t cookie);
