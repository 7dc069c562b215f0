/* identity.h - public and private identities as Cx has them, of what SIP messages say. Pure. */
#pragma once

#include "lab/auth/digest.h"
#include "redoubt/sip.h"

/* A public identity without parameters, scheme and host in lower case: as the HSS knows it. False: it is no
 * sip:, sips: or tel: URI with a user, or does not fit. */
bool rd_identity_public(RdSlice uri, char *ret, size_t cap);
/* The private identity of a REGISTER: that of its Authorization, else what TS 23.003 s13.4B makes the
 * temporary public identity of. It points into the message; `room` is for what is read on the way. */
RdSlice rd_identity_private(const RdSip *request, RdDigest *room);
