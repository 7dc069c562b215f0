/* whose.h - who has used a name: the addresses, identities and sessions that alerts may speak of.
 *
 * Learned from the messages themselves, so that it holds whatever the naming of subscribers: a name is
 * an attack's if that attack has sent from, as or in it, and a subscriber's if a legitimate one has. A
 * name may be both; an attack may also have aimed at one that it never used. */
#pragma once

#include "lab/result/result.h"
#include "redoubt/message.h"

typedef struct RdWhoseBook RdWhoseBook;
RdWhoseBook *rd_whose_new(void);
void rd_whose_free(RdWhoseBook *book); /* NULL is fine */

/* An attack (or a twin) of `causes` has itself sent a message; sip: NULL if it is none. */
void rd_whose_attack(RdWhoseBook *book, const RdAddress *source, const RdAddress *destination,
                     const RdSip *sip, uint64_t causes);
/* A message nobody's attack has caused has come from a subscriber (or to one). */
void rd_whose_legit(RdWhoseBook *book, const RdSip *sip, bool from_subscriber);
/* What is known of a subject. Who owns an address is not: the caller knows. */
RdWhose rd_whose(const RdWhoseBook *book, RdSubject kind, const char *subject);
