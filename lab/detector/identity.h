/* identity.h - one spelling for one identity, so that it is counted once. Pure.
 *
 * sip: and sips: URIs become user@host: what RFC 3261 s19.1.4 says makes no difference is levelled (the
 * host's letter case, %XX of what need not be escaped), and beyond it port, parameters, headers and the
 * password are left out, as they do not name somebody else; the user's letter case stays, as it does make
 * a difference there. tel: URIs, and users that look like a number, lose their visual separators
 * (RFC 3966 s5.1.1). Anything else is taken as it is written. */
#pragma once

#include "redoubt/sip.h"

#define RD_IDENTITY_TEXT 160 /* room with the NUL; what is longer is cut */

/* Writes it and returns its length: 0 of an absent URI. `at` is the URI's RdSipUserHost. */
size_t rd_identity_text(RdSlice uri, const RdSipUserHost *at, char ret[RD_IDENTITY_TEXT]);
/* Keyed hash of the same; of what is longer than the room, of all of it as written. */
uint64_t rd_identity_key(const uint64_t key[2], RdSlice uri, const RdSipUserHost *at);
/* Keyed hash of a source: an IPv4 address, or the /64 of an IPv6 one. */
uint64_t rd_source_key(const uint64_t key[2], const RdAddress *a);
