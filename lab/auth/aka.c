#include "lab/auth/aka.h"

#include <nettle/base64.h>
#include <nettle/memops.h>
#include <string.h>

#include "lab/auth/milenage.h"

#define SQN_STEP_LIMIT (UINT64_C(1) << 28)

static const uint8_t amf_network[2] = {0x80, 0x00};
static const uint8_t amf_resync[2] = {0, 0}; /* TS 33.102 s6.3.3 */

static void put_sqn(uint64_t sqn, uint8_t ret[6]) {
  for (int i = 0; i < 6; i++)
    ret[i] = (uint8_t)(sqn >> (40 - 8 * i));
}

static uint64_t get_sqn(const uint8_t bytes[6], const uint8_t ak[6]) {
  uint64_t sqn = 0;
  for (int i = 0; i < 6; i++)
    sqn = sqn << 8 | (uint64_t)(bytes[i] ^ ak[i]);
  return sqn;
}

/* Decodes base64 of at most `cap` bytes; the length, or 0. */
static size_t decode(RdSlice text, uint8_t *ret, size_t cap) {
  struct base64_decode_ctx ctx;
  size_t n = cap;
  if (text.len == 0 || BASE64_DECODE_LENGTH(text.len) > cap)
    return 0;
  base64_decode_init(&ctx);
  if (!base64_decode_update(&ctx, &n, ret, text.len, text.at) || !base64_decode_final(&ctx))
    return 0;
  return n;
}

void rd_aka_vector(const RdAkaKeys *keys, const uint8_t rand[16], uint64_t sqn, RdAkaVector *ret) {
  uint8_t ak[6], bytes[6];
  memcpy(ret->rand, rand, 16);
  rd_milenage_f2345(keys->k, keys->opc, rand, ret->res, ret->ck, ret->ik, ak);
  put_sqn(sqn, bytes);
  for (int i = 0; i < 6; i++)
    ret->autn[i] = bytes[i] ^ ak[i];
  memcpy(ret->autn + 6, amf_network, 2);
  rd_milenage_f1(keys->k, keys->opc, rand, bytes, amf_network, ret->autn + 8, NULL);
}

void rd_aka_nonce(const RdAkaVector *vector, char ret[RD_AKA_NONCE]) {
  uint8_t bytes[32];
  memcpy(bytes, vector->rand, 16);
  memcpy(bytes + 16, vector->autn, 16);
  base64_encode_raw(ret, sizeof bytes, bytes);
  ret[BASE64_ENCODE_RAW_LENGTH(sizeof bytes)] = 0;
}

/* RFC 3310 s3.2 lets server data follow RAND and AUTN. */
static bool split_nonce(RdSlice nonce, uint8_t ret[32]) {
  uint8_t bytes[256];
  if (decode(nonce, bytes, sizeof bytes) < 32)
    return false;
  memcpy(ret, bytes, 32);
  return true;
}

bool rd_aka_nonce_rand(RdSlice nonce, uint8_t rand[16]) {
  uint8_t bytes[32];
  if (!split_nonce(nonce, bytes))
    return false;
  memcpy(rand, bytes, 16);
  return true;
}

bool rd_aka_auts(RdSlice auts, uint8_t ret[RD_AKA_AUTS_OCTETS]) {
  uint8_t bytes[24];
  if (decode(auts, bytes, sizeof bytes) != RD_AKA_AUTS_OCTETS)
    return false;
  memcpy(ret, bytes, RD_AKA_AUTS_OCTETS);
  return true;
}

bool rd_aka_resync_octets(const RdAkaKeys *keys, const uint8_t rand[16],
                          const uint8_t auts[RD_AKA_AUTS_OCTETS], uint64_t *ret_sqn) {
  uint8_t ak[6], sqn[6], mac[8];
  rd_milenage_f5star(keys->k, keys->opc, rand, ak);
  const uint64_t value = get_sqn(auts, ak);
  put_sqn(value, sqn);
  rd_milenage_f1(keys->k, keys->opc, rand, sqn, amf_resync, NULL, mac);
  if (!memeql_sec(mac, auts + 6, 8))
    return false;
  *ret_sqn = value;
  return true;
}

bool rd_aka_resync(const RdAkaKeys *keys, const uint8_t rand[16], RdSlice auts, uint64_t *ret_sqn) {
  uint8_t octets[RD_AKA_AUTS_OCTETS];
  return rd_aka_auts(auts, octets) && rd_aka_resync_octets(keys, rand, octets, ret_sqn);
}

static void write_auts(const RdAkaKeys *keys, const uint8_t rand[16], uint64_t sqn,
                       char ret[RD_AKA_AUTS]) {
  uint8_t bytes[14], ak[6], plain[6];
  put_sqn(sqn, plain);
  rd_milenage_f5star(keys->k, keys->opc, rand, ak);
  for (int i = 0; i < 6; i++)
    bytes[i] = plain[i] ^ ak[i];
  rd_milenage_f1(keys->k, keys->opc, rand, plain, amf_resync, NULL, bytes + 6);
  base64_encode_raw(ret, sizeof bytes, bytes);
  ret[BASE64_ENCODE_RAW_LENGTH(sizeof bytes)] = 0;
}

RdAkaResult rd_aka_answer(const RdAkaKeys *keys, RdSlice nonce, uint64_t *sqn,
                          uint8_t res[RD_AKA_RES], char auts[RD_AKA_AUTS]) {
  uint8_t bytes[32], ak[6], plain[6], mac[8];
  const uint8_t *rand = bytes, *autn = bytes + 16;
  if (!split_nonce(nonce, bytes))
    return RD_AKA_BAD_NONCE;
  rd_milenage_f2345(keys->k, keys->opc, rand, res, NULL, NULL, ak);
  uint64_t offered = get_sqn(autn, ak);
  put_sqn(offered, plain);
  rd_milenage_f1(keys->k, keys->opc, rand, plain, autn + 6, mac, NULL);
  if (!memeql_sec(mac, autn + 8, 8))
    return RD_AKA_BAD_MAC;
  if (offered <= *sqn || offered - *sqn > SQN_STEP_LIMIT) {
    write_auts(keys, rand, *sqn, auts);
    return RD_AKA_SYNC_FAILURE;
  }
  *sqn = offered;
  return RD_AKA_OK;
}
