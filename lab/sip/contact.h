/* contact.h - what a REGISTER's answer grants. */
#pragma once

#include "redoubt/sip.h"

/* The expires parameter of the Contact whose sip: URI begins with `user` (the last of them, if there
 * are more), or of the first Contact if `user` is NULL. False: it states none. */
bool rd_sip_contact_expires(const RdSip *sip, const char *user, uint64_t *ret_seconds);
