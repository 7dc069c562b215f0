/* digest.h - HTTP digest as SIP uses it (RFC 2617, RFC 7616, RFC 8760, RFC 3261 s22.4). Pure.
 *
 * MD5 and SHA-256, with and without -sess, qop "auth" or none (RFC 2069's form). AKAv1-MD5
 * (RFC 3310) is MD5 with RES as the password: lab/auth/aka.h. Values are slices of the header as
 * written, without quotes and with any backslash still inside, which is what unq() hashes. */
#pragma once

#include "redoubt/base.h"

#define RD_DIGEST_HEX 65 /* 64 hex digits and a NUL */

typedef enum { RD_DIGEST_MD5 = 1, RD_DIGEST_SHA256 = 2 } RdDigestHash;

typedef struct {
  uint8_t hash; /* RdDigestHash */
  bool session; /* -sess */
  bool aka; /* AKAv1-MD5 */
} RdDigestAlgorithm;

/* The parameters of a challenge or of credentials; absent ones have at == NULL. */
typedef struct {
  RdSlice realm, nonce, opaque, algorithm, qop, stale, domain;
  RdSlice username, uri, response, cnonce, nc, auts;
} RdDigest;

/* Reads the value of an Authorization or WWW-Authenticate header (or their Proxy- kin). False: not
 * Digest, a broken list, or a parameter twice. */
bool rd_digest_parse(RdSlice value, RdDigest *ret);
/* An absent token means MD5. False: an algorithm that we do not speak. */
bool rd_digest_algorithm(RdSlice token, RdDigestAlgorithm *ret);
/* Does a challenge's qop list offer this one? */
bool rd_digest_offers(RdSlice qop_list, const char *qop);

/* The response for the username, realm, nonce, uri, algorithm, qop, cnonce and nc of `d`, in lower
 * case hex. False: an unknown algorithm, or a qop other than auth. */
bool rd_digest_response(const RdDigest *d, RdSlice password, RdSlice method,
                        char ret[RD_DIGEST_HEX]);
/* Does the response of `d` prove the password? In constant time for a given length. Whether nonce,
 * realm, username and uri are the right ones is the caller's to check. */
bool rd_digest_verify(const RdDigest *d, RdSlice password, RdSlice method);

/* H(username:realm:password) by MD5, in hex: what an HSS hands out for SIP Digest (TS 29.229). */
void rd_digest_ha1(RdSlice username, RdSlice realm, RdSlice password, char ret[RD_DIGEST_HEX]);
/* The same as rd_digest_verify() by that alone; false too for another hash than MD5. */
bool rd_digest_verify_ha1(const RdDigest *d, const char *ha1, RdSlice method);

/* Header values into ret[cap]; the length, or 0 if one did not fit or a value held CR, LF, NUL or a
 * bare quote. Absent members are left out. */
size_t rd_digest_write_challenge(const RdDigest *d, char *ret, size_t cap);
size_t rd_digest_write_credentials(const RdDigest *d, char *ret, size_t cap);
/* Answers a challenge: the value of Authorization. qop auth is used if it is offered; cnonce and nc
 * are needed then (nc >= 1), and for -sess. auts (may be NULL): RFC 3310 s3.4. */
size_t rd_digest_answer(const RdDigest *challenge, RdSlice username, RdSlice password,
                        RdSlice method, RdSlice uri, RdSlice cnonce, uint32_t nc, const char *auts,
                        char *ret, size_t cap);
