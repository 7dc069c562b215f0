/* aka.h - IMS AKA over digest, AKAv1-MD5 (RFC 3310, TS 33.203, TS 33.102). Pure.
 *
 * The nonce is base64(RAND || AUTN), AUTN = SQN^AK || AMF || MAC-A, and the digest password is RES,
 * eight raw bytes that may hold any value. SQN is one counter of 48 bits a subscriber: the USIM
 * takes a SQN above the highest it took, and at most 2**28 above. That limit is the lab's choice:
 * TS 33.102 annex C leaves the scheme to the operator. */
#pragma once

#include "redoubt/base.h"

#define RD_AKA_NONCE 48 /* 44 characters and a NUL, rounded up */
#define RD_AKA_AUTS 24 /* 20 characters and a NUL, rounded up */
#define RD_AKA_AUTS_OCTETS 14
#define RD_AKA_RES 8
#define RD_SQN_LIMIT (UINT64_C(1) << 48)

typedef struct {
  uint8_t k[16], opc[16];
} RdAkaKeys;

typedef struct {
  uint8_t rand[16], autn[16], res[RD_AKA_RES], ck[16], ik[16];
} RdAkaVector;

/* Network side: the vector for a RAND and a SQN below RD_SQN_LIMIT. AMF is 0x8000 throughout. */
void rd_aka_vector(const RdAkaKeys *keys, const uint8_t rand[16], uint64_t sqn, RdAkaVector *ret);
void rd_aka_nonce(const RdAkaVector *vector, char ret[RD_AKA_NONCE]);
/* RAND out of a nonce of our own. False: it is none. */
bool rd_aka_nonce_rand(RdSlice nonce, uint8_t rand[16]);
/* The 14 octets of AUTS (base64, as in the auts parameter). False: it is none. */
bool rd_aka_auts(RdSlice auts, uint8_t ret[RD_AKA_AUTS_OCTETS]);
/* Checks AUTS as octets, as on Cx. */
bool rd_aka_resync_octets(const RdAkaKeys *keys, const uint8_t rand[16],
                          const uint8_t auts[RD_AKA_AUTS_OCTETS], uint64_t *ret_sqn);
/* Checks AUTS (base64, as in the auts parameter) for the RAND it answers; gives the USIM's SQN. */
bool rd_aka_resync(const RdAkaKeys *keys, const uint8_t rand[16], RdSlice auts, uint64_t *ret_sqn);

typedef enum {
  RD_AKA_OK = 0, /* res is set, *sqn has moved up */
  RD_AKA_BAD_NONCE, /* no 32 bytes of base64: not AKA */
  RD_AKA_BAD_MAC, /* the network is not who it says */
  RD_AKA_SYNC_FAILURE /* SQN out of range: answer with auts and an empty password */
} RdAkaResult;

/* USIM side. *sqn is the highest SQN taken so far. */
RdAkaResult rd_aka_answer(const RdAkaKeys *keys, RdSlice nonce, uint64_t *sqn,
                          uint8_t res[RD_AKA_RES], char auts[RD_AKA_AUTS]);
