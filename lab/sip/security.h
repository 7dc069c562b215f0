/* security.h - Security-Client, Security-Server and Security-Verify (RFC 3329) of IPsec as IMS has it
 * (mechanism ipsec-3gpp, TS 33.203 annex H). Pure.
 *
 * An entry is one mechanism with its parameters. Entries of other mechanisms, and those that no security
 * association can be made of, are read too, as not usable: who compares two lists has to see them. */
#pragma once

#include "redoubt/sip.h"

typedef enum { RD_INTEGRITY_NONE = 0, RD_HMAC_MD5_96, RD_HMAC_SHA_1_96 } RdIntegrity; /* alg */
typedef enum { RD_CIPHER_NULL = 0, RD_CIPHER_AES_CBC } RdCipher; /* ealg; absent: null */

typedef struct {
  bool
      usable; /* ipsec-3gpp, ESP in transport mode, an alg and an ealg of above, SPIs and ports that may be */
  uint8_t integrity; /* RdIntegrity */
  uint8_t cipher; /* RdCipher */
  uint16_t port_c, port_s; /* protected ports: of its sender as a client, and as a server */
  uint16_t q; /* preference, in thousandths; 1000 if it states none */
  uint32_t spi_c, spi_s; /* of what comes in at those ports; 256 or more (RFC 4303 s2.1) */
} RdSecurity;

#define RD_SECURITY_MOST 8 /* entries of a list that are looked at */
#define RD_SECURITY_TEXT 160 /* one entry as text, with its NUL */

/* All entries of one of the three headers, in their order: at most `cap` go to ret. How many there are,
 * which may be more. */
unsigned rd_security_read(const RdSip *sip, RdHeaderId header, RdSecurity *ret, unsigned cap);
/* As text, without a NUL in the length; 0: it did not fit, or it is not usable. */
size_t rd_security_write(const RdSecurity *entry, char *buffer, size_t cap);
/* Is it the same, every parameter of it? Two that are not usable are never the same. */
bool rd_security_equal(const RdSecurity *a, const RdSecurity *b);
/* The first usable pair of algorithms of one's own list, best first, that the other side offers: an index
 * into `offered`, -1 if there is none. Of `own` only the algorithms count; of the other side's q nothing
 * does, as who chooses is who has to be safe. */
int rd_security_choose(const RdSecurity *own, unsigned n_own, const RdSecurity *offered,
                       unsigned n_offered);
/* "hmac-sha-1-96", "aes-cbc" */
const char *rd_integrity_name(RdIntegrity integrity);
const char *rd_cipher_name(RdCipher cipher);
