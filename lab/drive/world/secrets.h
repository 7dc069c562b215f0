/* secrets.h - bytes that one trust domain alone may know, and where they are seen to leave it.
 *
 * A secret is found however it is spelled: in either letter case, as %XX, with backslashes before its
 * octets, with white space and line folds between them; a number also with "-.()". A number is not found
 * within a longer number. */
#pragma once

#include "lab/drive/world/types.h"

#define RD_SECRETS_MOST (1u << 20)

RdSecrets *rd_secrets_new(RdWorld *w);
void rd_secrets_free(RdSecrets *secrets); /* NULL is fine */
/* Of `owner`, an actor, at home in the domain of its attachment. */
bool rd_secrets_add(RdSecrets *secrets, RdWorldActor *owner, const RdSecret *secret);
/* A message has come over a network: notes a fact for each secret of another domain in it. */
void rd_secrets_arrived(RdSecrets *secrets, const RdParcel *parcel);
/* An attack has seen a message on a line: it is of no domain. */
void rd_secrets_overheard(RdSecrets *secrets, const RdParcel *parcel, const RdWorldActor *attack);
