#include "lab/auth/milenage.h"

#include <nettle/aes.h>
#include <stddef.h>
#include <string.h>

static void xor16(uint8_t to[16], const uint8_t with[16]) {
  for (int i = 0; i < 16; i++)
    to[i] ^= with[i];
}

/* TEMP of TS 35.206 s4.1, and the key schedule it is made under. */
static void begin(struct aes128_ctx *aes, const uint8_t k[16], const uint8_t opc[16],
                  const uint8_t rand[16], uint8_t temp[16]) {
  aes128_set_encrypt_key(aes, k);
  memcpy(temp, rand, 16);
  xor16(temp, opc);
  aes128_encrypt(aes, 16, temp, temp);
}

static void rotate(uint8_t to[16], const uint8_t from[16], unsigned bytes) {
  for (unsigned i = 0; i < 16; i++)
    to[i] = from[(i + bytes) % 16];
}

/* OUT2..OUT5: rotation r in bytes, constant c in the last byte. */
static void out(const struct aes128_ctx *aes, const uint8_t opc[16], const uint8_t temp[16],
                unsigned r, uint8_t c, uint8_t ret[16]) {
  uint8_t mixed[16];
  memcpy(mixed, temp, 16);
  xor16(mixed, opc);
  rotate(ret, mixed, r);
  ret[15] ^= c;
  aes128_encrypt(aes, 16, ret, ret);
  xor16(ret, opc);
}

void rd_milenage_opc(const uint8_t k[16], const uint8_t op[16], uint8_t opc[16]) {
  struct aes128_ctx aes;
  aes128_set_encrypt_key(&aes, k);
  aes128_encrypt(&aes, 16, opc, op);
  xor16(opc, op);
}

void rd_milenage_f1(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16],
                    const uint8_t sqn[6], const uint8_t amf[2], uint8_t mac_a[8],
                    uint8_t mac_s[8]) {
  struct aes128_ctx aes;
  uint8_t temp[16], in1[16], block[16];
  begin(&aes, k, opc, rand, temp);
  for (int half = 0; half < 16; half += 8) {
    memcpy(in1 + half, sqn, 6);
    memcpy(in1 + half + 6, amf, 2);
  }
  xor16(in1, opc);
  rotate(block, in1, 8);
  xor16(block, temp);
  aes128_encrypt(&aes, 16, block, block);
  xor16(block, opc);
  if (mac_a)
    memcpy(mac_a, block, 8);
  if (mac_s)
    memcpy(mac_s, block + 8, 8);
}

void rd_milenage_f2345(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16],
                       uint8_t res[8], uint8_t ck[16], uint8_t ik[16], uint8_t ak[6]) {
  struct aes128_ctx aes;
  uint8_t temp[16], block[16];
  begin(&aes, k, opc, rand, temp);
  out(&aes, opc, temp, 0, 1, block);
  if (res)
    memcpy(res, block + 8, 8);
  if (ak)
    memcpy(ak, block, 6);
  if (ck)
    out(&aes, opc, temp, 4, 2, ck);
  if (ik)
    out(&aes, opc, temp, 8, 4, ik);
}

void rd_milenage_f5star(const uint8_t k[16], const uint8_t opc[16], const uint8_t rand[16],
                        uint8_t ak[6]) {
  struct aes128_ctx aes;
  uint8_t temp[16], block[16];
  begin(&aes, k, opc, rand, temp);
  out(&aes, opc, temp, 12, 8, block);
  memcpy(ak, block, 6);
}
