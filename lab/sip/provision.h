/* provision.h - who the subscribers of a test population are: a rule, not a list. Pure.
 *
 * Subscriber i of a population has the IMSI 00101 + MSIN, a ten-digit MSIN of
 * i * spread + prf(i) mod spread: with a spread of 2 half of the numbers in the range belong to
 * nobody, so guessing identities is worth something to an attacker. MCC 001 and MNC 01 are the test
 * network's (ITU-T E.212); the forms of IMPI and IMPU are TS 23.003 s13. K and OPc are HMAC-SHA-256
 * of a secret, so whoever knows the secret (the phones and the registrar) needs no list either. */
#pragma once

#include "redoubt/base.h"

#define RD_IMS_DOMAIN "ims.mnc001.mcc001.3gppnetwork.org"
#define RD_IMSI_TEXT 16 /* 15 digits and a NUL */
#define RD_IDENTITY_TEXT 64 /* an IMPI or IMPU and its NUL */
#define RD_MSIN_LIMIT UINT64_C(10000000000)

typedef struct {
  uint64_t count, spread;
  uint8_t secret[32]; /* SHA-256 of the text */
} RdProvision;

/* False: spread is 0, or `count` subscribers do not fit into ten digits. */
bool rd_provision_init(RdProvision *p, const char *secret, uint64_t spread, uint64_t count);

/* index < count */
void rd_provision_imsi(const RdProvision *p, uint64_t index, char ret[RD_IMSI_TEXT]);
void rd_provision_impi(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]);
void rd_provision_impu(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]);
void rd_provision_keys(const RdProvision *p, uint64_t index, uint8_t k[16], uint8_t opc[16]);

/* The number that would be tried by someone who counts MSINs upwards: 00101 + msin. It may belong
 * to nobody. msin < RD_MSIN_LIMIT. */
void rd_provision_guess(uint64_t msin, char ret[RD_IMSI_TEXT]);

/* Whose identity is it? Understands the IMSI alone, an IMPI, and a sip: IMPU with or without URI
 * parameters. False: no such subscriber, or another domain. */
bool rd_provision_find(const RdProvision *p, RdSlice identity, uint64_t *ret_index);
