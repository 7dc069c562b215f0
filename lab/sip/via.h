/* via.h - what a Via says of who wrote it. */
#pragma once

#include "redoubt/base.h"

/* Address and port that a via-parm names: the truth in received and rport if the next hop had to
 * correct it (RFC 3261 s18.2.1, RFC 3581). False: it names a host, and nobody wrote its address. */
bool rd_sip_via_source(RdSlice via, RdAddress *ret);
