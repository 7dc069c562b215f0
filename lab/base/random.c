#include "lab/base/random.h"

#include <string.h>

static uint64_t rotl(uint64_t x, int n) {
  return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4]) {
  v[0] += v[1];
  v[1] = rotl(v[1], 13) ^ v[0];
  v[0] = rotl(v[0], 32);
  v[2] += v[3];
  v[3] = rotl(v[3], 16) ^ v[2];
  v[0] += v[3];
  v[3] = rotl(v[3], 21) ^ v[0];
  v[2] += v[1];
  v[1] = rotl(v[1], 17) ^ v[2];
  v[2] = rotl(v[2], 32);
}

static uint64_t little_endian(const uint8_t *p, size_t n) {
  uint64_t x = 0;
  for (size_t i = 0; i < n; i++)
    x |= (uint64_t)p[i] << (8 * i);
  return x;
}

uint64_t rd_siphash(const uint64_t key[2], const void *bytes, size_t len) {
  const uint8_t *p = bytes;
  uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                   key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
  size_t left = len;
  for (; left >= 8; p += 8, left -= 8) {
    uint64_t m = little_endian(p, 8);
    v[3] ^= m;
    sip_round(v);
    sip_round(v);
    v[0] ^= m;
  }
  uint64_t last = (uint64_t)len << 56 | little_endian(p, left);
  v[3] ^= last;
  sip_round(v);
  sip_round(v);
  v[0] ^= last;
  v[2] ^= 0xff;
  for (int i = 0; i < 4; i++)
    sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection with full avalanche. */
static uint64_t finalise(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

uint64_t rd_mix(uint64_t a, uint64_t b) {
  return finalise(finalise(a + UINT64_C(0x9e3779b97f4a7c15)) + b + UINT64_C(0x9e3779b97f4a7c15));
}

uint64_t rd_stream(uint64_t seed, const char *name) {
  const uint64_t key[2] = {seed, UINT64_C(0x7265646f75627421)};
  return rd_siphash(key, name, strlen(name));
}

uint64_t rd_random(uint64_t stream, uint64_t entity, uint32_t purpose, uint64_t index) {
  return rd_mix(rd_mix(rd_mix(stream, entity), purpose), index);
}

double rd_unit(uint64_t bits) {
  return (double)(bits >> 11) * 0x1p-53;
}

uint64_t rd_below(uint64_t bits, uint64_t bound) {
  __extension__ typedef unsigned __int128 Wide;
  return (uint64_t)(((Wide)bits * bound) >> 64);
}

/* Splits x = m * 2**e with m in [sqrt(1/2), sqrt(2)), then log m = 2 atanh((m-1)/(m+1)). */
double rd_log(double x) {
  static const double ln2_high = 0x1.62e42fefa38p-1, ln2_low = 0x1.ef35793c7673p-45;
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  int exponent = (int)(bits >> 52) - 1023;
  if (exponent == -1023) { /* subnormal: scale it up */
    x *= 0x1p54;
    memcpy(&bits, &x, sizeof bits);
    exponent = (int)(bits >> 52) - 1023 - 54;
  }
  bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3ff0000000000000);
  double m;
  memcpy(&m, &bits, sizeof m);
  if (m > 0x1.6a09e667f3bcdp+0) {
    m *= 0.5;
    exponent++;
  }
  double s = (m - 1) / (m + 1), s2 = s * s, term = s, sum = 0;
  for (int k = 1; k <= 23; k += 2) {
    sum += term / k;
    term *= s2;
  }
  return exponent * ln2_high + (2 * sum + exponent * ln2_low);
}

double rd_exponential(uint64_t bits, double mean) {
  return -mean * rd_log(1.0 - rd_unit(bits) * (1 - 0x1p-53));
}
