/* provision.h - who the subscribers of a test population are: a rule, not a list. Pure.
 *
 * Subscriber i of a population has the IMSI 00101 + MSIN, a ten-digit MSIN of
 * i * spread + prf(i) mod spread: with a spread of 2 half of the numbers in the range belong to
 * nobody, so guessing identities is worth something to an attacker. MCC 001 and MNC 01 are the test
 * network's (ITU-T E.212). Its telephone number is +999 and ten digits made in the same way by
 * another prf; the country code 999 is reserved by the ITU-T (E.164), so nobody has such a number.
 *
 * Two public identities follow. The temporary one (TS 23.003 s13.4B), made of the IMSI, serves to
 * register and is barred from everything else; the other is the number, as sip: with user=phone or
 * as tel: (RFC 3966), and it is what one calls. K and OPc are HMAC-SHA-256 of a secret, so whoever
 * knows the secret (the phones and the registrar) needs no list either. */
#pragma once

#include "redoubt/base.h"

#define RD_IMS_DOMAIN "ims.mnc001.mcc001.3gppnetwork.org"
#define RD_IMSI_TEXT 16 /* 15 digits and a NUL */
#define RD_NUMBER_TEXT 15 /* "+999", ten digits and a NUL */
#define RD_IDENTITY_TEXT 72 /* an IMPI or IMPU and its NUL */
#define RD_MSIN_LIMIT UINT64_C(10000000000)

typedef struct {
  uint64_t count, spread;
  uint8_t secret[32]; /* SHA-256 of the text */
} RdProvision;

/* False: spread is 0, or `count` subscribers do not fit into ten digits. */
bool rd_provision_init(RdProvision *p, const char *secret, uint64_t spread, uint64_t count);

/* index < count */
void rd_provision_imsi(const RdProvision *p, uint64_t index, char ret[RD_IMSI_TEXT]);
void rd_provision_number(const RdProvision *p, uint64_t index, char ret[RD_NUMBER_TEXT]);
void rd_provision_impi(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]);
void rd_provision_temporary(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]);
void rd_provision_impu(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]); /* sip: */
void rd_provision_tel(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]);
void rd_provision_keys(const RdProvision *p, uint64_t index, uint8_t k[16], uint8_t opc[16]);

/* What a subscriber with no sense of danger has as a second password: 1 to 9 digits, made of K. */
#define RD_PIN_TEXT 10
void rd_provision_pin(const RdProvision *p, uint64_t index, unsigned digits, char ret[RD_PIN_TEXT]);
/* What would be tried by someone who counts upwards: 00101 + msin, +999 + digits. It may belong to
 * nobody. Both are below RD_MSIN_LIMIT. */
void rd_provision_guess(uint64_t msin, char ret[RD_IMSI_TEXT]);
void rd_provision_guess_number(uint64_t digits, char ret[RD_NUMBER_TEXT]);

/* Whose IMSI is it? Understands it alone, an IMPI, and the temporary IMPU with or without URI
 * parameters. False: no such subscriber, or another domain. */
bool rd_provision_find(const RdProvision *p, RdSlice identity, uint64_t *ret_index);
/* Whose number is it? Understands tel: and sip: URIs, the latter of the home domain without a port;
 * what only separates digits (RFC 3966 s5.1.1) and URI parameters are looked over. */
bool rd_provision_find_number(const RdProvision *p, RdSlice uri, uint64_t *ret_index);
