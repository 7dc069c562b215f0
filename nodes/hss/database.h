/* database.h - what an HSS knows of its subscribers: who they are by the rule of lab/subscribers, and eight
 * octets each of what changes (TS 23.008: SQN, S-CSCF name, registration state). */
#pragma once

#include "lab/auth/aka.h"
#include "lab/subscribers/profile.h"

typedef struct HssDatabase HssDatabase;

/* State of the one implicit registration set that a subscriber has (TS 29.228 s6.5). */
typedef enum {
  HSS_NOT_REGISTERED = 0,
  HSS_REGISTERED,
  HSS_UNREGISTERED /* a server keeps its services while it is not registered */
} HssState;

typedef enum { HSS_NOBODY = 0, HSS_TEMPORARY, HSS_NUMBER } HssIdentity;

/* NULL: so many do not fit into ten digits. */
HssDatabase *hss_database_new(const char *secret, uint64_t spread, uint64_t count);
void hss_database_free(HssDatabase *database); /* NULL is fine */

/* Whose public identity is it? */
HssIdentity hss_find_public(const HssDatabase *database, RdSlice identity, uint64_t *ret_index);
/* Whose private identity is it? */
bool hss_find_private(const HssDatabase *database, RdSlice identity, uint64_t *ret_index);

HssState hss_state(const HssDatabase *database, uint64_t index);
/* SIP URI of the S-CSCF that serves a subscriber; "": none is assigned. */
const char *hss_server(const HssDatabase *database, uint64_t index);
/* Origin-Host of the same, as it was told; "": none is assigned. */
const char *hss_server_host(const HssDatabase *database, uint64_t index);
/* `host` is the Origin-Host that the server speaks from. False: too many servers, or a name too long. */
bool hss_assign(HssDatabase *database, uint64_t index, RdSlice server, RdSlice host,
                HssState state);
void hss_release(HssDatabase *database, uint64_t index);

/* A vector with the next SQN: SEQ || IND of TS 33.102 annex C, where IND, the lowest five bits, goes round. */
void hss_vector(HssDatabase *database, uint64_t index, const uint8_t rand[16], RdAkaVector *ret);
/* RAND || AUTS in octets: SQN begins anew from the USIM's. False: it is not the USIM's word. */
bool hss_resynchronise(HssDatabase *database, uint64_t index, const uint8_t rand[16],
                       const uint8_t auts[RD_AKA_AUTS_OCTETS]);
/* K in hex: the password of SIP Digest. */
void hss_password(const HssDatabase *database, uint64_t index, char ret[33]);
/* Identities of a subscriber: the temporary one, barred, then the number. Criteria are the caller's to add. */
void hss_profile(const HssDatabase *database, uint64_t index, RdProfile *ret);
