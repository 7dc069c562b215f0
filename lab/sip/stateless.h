/* stateless.h - answers that need no transaction (RFC 3261 s8.2.7), and the ACKs that they draw.
 *
 * The To tag of a stateless answer is a keyed hash of the request, so the ACK of a rejected INVITE
 * can be told and swallowed without having kept anything. Pure. */
#pragma once

#include "redoubt/defense.h"
#include "redoubt/sip.h"

/* Writes the answer a REJECT or CHALLENGE verdict asks for. 0: nothing may be answered (a
 * response, an ACK, a message too broken to answer). */
size_t rd_sip_refuse(const RdSip *request, const RdVerdict *verdict, const uint64_t key[2],
                     char *buffer, size_t cap);
/* Is this the ACK to such an answer? */
bool rd_sip_is_refusal_ack(const RdSip *request, const uint64_t key[2]);
