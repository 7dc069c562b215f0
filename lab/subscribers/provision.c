#include "lab/subscribers/provision.h"

#include <nettle/hmac.h>

#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/uri.h"

#define PLMN "00101"
#define COUNTRY "+999"

enum { DIGITS = 10 }; /* of an MSIN, and of a number behind its country code */
typedef enum { OF_MSIN, OF_NUMBER } Purpose;

bool rd_provision_init(RdProvision *p, const char *secret, uint64_t spread, uint64_t count) {
  struct sha256_ctx hash;
  if (spread == 0 || spread > RD_MSIN_LIMIT || count > RD_MSIN_LIMIT / spread)
    return false;
  p->count = count;
  p->spread = spread;
  sha256_init(&hash);
  sha256_update(&hash, strlen(secret), (const uint8_t *)secret);
  sha256_digest(&hash, sizeof p->secret, p->secret);
  return true;
}

/* Where in its stretch of `spread` numbers a subscriber sits; a number does not tell the IMSI. */
static uint64_t offset(const RdProvision *p, Purpose purpose, uint64_t index) {
  uint64_t key[2];
  memcpy(key, p->secret, sizeof key);
  key[1] ^= purpose;
  uint8_t bytes[8];
  for (int i = 0; i < 8; i++)
    bytes[i] = (uint8_t)(index >> (8 * i));
  return rd_siphash(key, bytes, sizeof bytes) % p->spread;
}

static uint64_t nth(const RdProvision *p, Purpose purpose, uint64_t index) {
  return index * p->spread + offset(p, purpose, index);
}

/* False: nobody's, whoever would sit in that stretch. */
static bool holder(const RdProvision *p, Purpose purpose, uint64_t n, uint64_t *ret_index) {
  const uint64_t index = n / p->spread;
  if (index >= p->count || nth(p, purpose, index) != n)
    return false;
  *ret_index = index;
  return true;
}

static void put_digits(char *at, uint64_t n) {
  for (int i = DIGITS - 1; i >= 0; i--, n /= 10)
    at[i] = (char)('0' + n % 10);
  at[DIGITS] = 0;
}

void rd_provision_guess(uint64_t msin, char ret[RD_IMSI_TEXT]) {
  memcpy(ret, PLMN, strlen(PLMN));
  put_digits(ret + strlen(PLMN), msin);
}

void rd_provision_guess_number(uint64_t digits, char ret[RD_NUMBER_TEXT]) {
  memcpy(ret, COUNTRY, strlen(COUNTRY));
  put_digits(ret + strlen(COUNTRY), digits);
}

void rd_provision_imsi(const RdProvision *p, uint64_t index, char ret[RD_IMSI_TEXT]) {
  rd_provision_guess(nth(p, OF_MSIN, index), ret);
}

void rd_provision_number(const RdProvision *p, uint64_t index, char ret[RD_NUMBER_TEXT]) {
  rd_provision_guess_number(nth(p, OF_NUMBER, index), ret);
}

void rd_provision_impi(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]) {
  char imsi[RD_IMSI_TEXT];
  rd_provision_imsi(p, index, imsi);
  RdText t = rd_text(ret, RD_IDENTITY_TEXT);
  rd_text_add(&t, imsi);
  rd_text_add(&t, "@" RD_IMS_DOMAIN);
}

void rd_provision_temporary(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]) {
  char imsi[RD_IMSI_TEXT];
  rd_provision_imsi(p, index, imsi);
  RdText t = rd_text(ret, RD_IDENTITY_TEXT);
  rd_text_add(&t, "sip:");
  rd_text_add(&t, imsi);
  rd_text_add(&t, "@" RD_IMS_DOMAIN);
}

void rd_provision_impu(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]) {
  char number[RD_NUMBER_TEXT];
  rd_provision_number(p, index, number);
  RdText t = rd_text(ret, RD_IDENTITY_TEXT);
  rd_text_add(&t, "sip:");
  rd_text_add(&t, number);
  rd_text_add(&t, "@" RD_IMS_DOMAIN ";user=phone");
}

void rd_provision_tel(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]) {
  char number[RD_NUMBER_TEXT];
  rd_provision_number(p, index, number);
  RdText t = rd_text(ret, RD_IDENTITY_TEXT);
  rd_text_add(&t, "tel:");
  rd_text_add(&t, number);
}

void rd_provision_keys(const RdProvision *p, uint64_t index, uint8_t k[16], uint8_t opc[16]) {
  struct hmac_sha256_ctx hmac;
  uint8_t bytes[8], out[32];
  for (int i = 0; i < 8; i++)
    bytes[i] = (uint8_t)(index >> (8 * i));
  hmac_sha256_set_key(&hmac, sizeof p->secret, p->secret);
  hmac_sha256_update(&hmac, sizeof bytes, bytes);
  hmac_sha256_digest(&hmac, sizeof out, out);
  memcpy(k, out, 16);
  memcpy(opc, out + 16, 16);
}

/* Cuts an identity down to its user part; false if it is of another scheme or domain. */
static bool user_part(RdSlice identity, RdSlice *ret) {
  if (rd_slice_starts_nocase(identity, "sip:"))
    identity = rd_slice_of(identity.at + 4, identity.len - 4);
  const char *at = identity.len > 0 ? memchr(identity.at, '@', identity.len) : NULL;
  *ret = at ? rd_slice_of(identity.at, (size_t)(at - identity.at)) : identity;
  if (!at)
    return true;
  RdSlice host = rd_slice_of(at + 1, identity.len - ret->len - 1);
  for (uint32_t i = 0; i < host.len; i++)
    if (host.at[i] == ';' || host.at[i] == '?')
      host.len = i;
  return rd_slice_is_nocase(host, RD_IMS_DOMAIN);
}

bool rd_provision_find(const RdProvision *p, RdSlice identity, uint64_t *ret_index) {
  RdSlice user;
  uint64_t msin;
  return user_part(identity, &user) && user.len == RD_IMSI_TEXT - 1 &&
         rd_slice_starts_nocase(user, PLMN) &&
         rd_slice_uint(rd_slice_of(user.at + strlen(PLMN), DIGITS), &msin) &&
         holder(p, OF_MSIN, msin, ret_index);
}

/* The user part without visual separators; false if more than a number is left. */
static bool plain_number(RdSlice user, char ret[RD_NUMBER_TEXT]) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < user.len; i++) {
    if (memchr("-.()", user.at[i], 4))
      continue;
    if (n == RD_NUMBER_TEXT - 1)
      return false;
    ret[n++] = user.at[i];
  }
  ret[n] = 0;
  return n == RD_NUMBER_TEXT - 1;
}

bool rd_provision_find_number(const RdProvision *p, RdSlice uri, uint64_t *ret_index) {
  RdSipUri parts;
  char number[RD_NUMBER_TEXT];
  uint64_t n;
  if (!rd_sip_uri_parse(uri, &parts) || !plain_number(parts.user, number))
    return false;
  const bool tel = rd_slice_is_nocase(parts.scheme, "tel");
  const bool home = rd_slice_is_nocase(parts.scheme, "sip") && !parts.password.at &&
                    parts.port == 0 && rd_slice_is_nocase(parts.host, RD_IMS_DOMAIN);
  return (tel || home) && memcmp(number, COUNTRY, strlen(COUNTRY)) == 0 &&
         rd_slice_uint(rd_slice_of(number + strlen(COUNTRY), DIGITS), &n) &&
         holder(p, OF_NUMBER, n, ret_index);
}

void rd_provision_pin(const RdProvision *p, uint64_t index, unsigned digits,
                      char ret[RD_PIN_TEXT]) {
  uint8_t k[16], opc[16];
  uint64_t n = 0;
  rd_provision_keys(p, index, k, opc);
  for (int i = 0; i < 8; i++)
    n = n << 8 | k[i];
  for (unsigned at = digits; at > 0; at--, n /= 10)
    ret[at - 1] = (char)('0' + n % 10);
  ret[digits] = 0;
}
