#include "lab/sip/provision.h"

#include <nettle/hmac.h>

#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"

#define PLMN "00101"

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

/* Where in its stretch of `spread` numbers a subscriber sits. */
static uint64_t offset(const RdProvision *p, uint64_t index) {
  uint64_t key[2];
  memcpy(key, p->secret, sizeof key);
  uint8_t bytes[8];
  for (int i = 0; i < 8; i++)
    bytes[i] = (uint8_t)(index >> (8 * i));
  return rd_siphash(key, bytes, sizeof bytes) % p->spread;
}

void rd_provision_guess(uint64_t msin, char ret[RD_IMSI_TEXT]) {
  memcpy(ret, PLMN, 5);
  for (int i = 14; i >= 5; i--, msin /= 10)
    ret[i] = (char)('0' + msin % 10);
  ret[15] = 0;
}

void rd_provision_imsi(const RdProvision *p, uint64_t index, char ret[RD_IMSI_TEXT]) {
  rd_provision_guess(index * p->spread + offset(p, index), ret);
}

void rd_provision_impi(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]) {
  char imsi[RD_IMSI_TEXT];
  rd_provision_imsi(p, index, imsi);
  RdText t = rd_text(ret, RD_IDENTITY_TEXT);
  rd_text_add(&t, imsi);
  rd_text_add(&t, "@" RD_IMS_DOMAIN);
}

void rd_provision_impu(const RdProvision *p, uint64_t index, char ret[RD_IDENTITY_TEXT]) {
  char imsi[RD_IMSI_TEXT];
  rd_provision_imsi(p, index, imsi);
  RdText t = rd_text(ret, RD_IDENTITY_TEXT);
  rd_text_add(&t, "sip:");
  rd_text_add(&t, imsi);
  rd_text_add(&t, "@" RD_IMS_DOMAIN);
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
  if (!user_part(identity, &user) || user.len != 15 || !rd_slice_starts_nocase(user, PLMN) ||
      !rd_slice_uint(rd_slice_of(user.at + 5, 10), &msin))
    return false;
  uint64_t index = msin / p->spread;
  if (index >= p->count || index * p->spread + offset(p, index) != msin)
    return false;
  *ret_index = index;
  return true;
}
