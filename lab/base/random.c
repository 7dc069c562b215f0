#include "lab/base/random.h"

#include <string.h>

/* SipHash-2-4 (Aumasson, Bernstein 2012), its four words kept in registers. */
typedef struct {
  uint64_t v0, v1, v2, v3;
} Sip;

static inline uint64_t rotl(uint64_t x, int n) {
  return x << n | x >> (64 - n);
}

static inline __attribute__((always_inline)) void sip_round(Sip *s) {
  s->v0 += s->v1;
  s->v1 = rotl(s->v1, 13) ^ s->v0;
  s->v0 = rotl(s->v0, 32);
  s->v2 += s->v3;
  s->v3 = rotl(s->v3, 16) ^ s->v2;
  s->v0 += s->v3;
  s->v3 = rotl(s->v3, 21) ^ s->v0;
  s->v2 += s->v1;
  s->v1 = rotl(s->v1, 17) ^ s->v2;
  s->v2 = rotl(s->v2, 32);
}

static inline __attribute__((always_inline)) void sip_word(Sip *s, uint64_t m) {
  s->v3 ^= m;
  sip_round(s);
  sip_round(s);
  s->v0 ^= m;
}

/* Little-endian, on every machine. */
static inline uint64_t read_8(const uint8_t *p) {
  uint64_t x;
  memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  x = __builtin_bswap64(x);
#endif
  return x;
}

static inline uint64_t read_4(const uint8_t *p) {
  uint32_t x;
  memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  x = __builtin_bswap32(x);
#endif
  return x;
}

/* 0 to 7 octets, from reads that overlap. */
static inline uint64_t read_few(const uint8_t *p, size_t n) {
  if (n >= 4)
    return read_4(p) | read_4(p + n - 4) << (8 * (n - 4));
  if (n == 0)
    return 0;
  return p[0] | (uint64_t)p[n / 2] << (8 * (n / 2)) | (uint64_t)p[n - 1] << (8 * (n - 1));
}

uint64_t rd_siphash(const uint64_t key[2], const void *bytes, size_t len) {
  const uint8_t *p = bytes, *end = p + (len & ~(size_t)7);
  Sip s = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
           key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
  for (; p < end; p += 8)
    sip_word(&s, read_8(p));
  sip_word(&s, (uint64_t)len << 56 | read_few(p, len & 7));
  s.v2 ^= 0xff;
  for (int i = 0; i < 4; i++)
    sip_round(&s);
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
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
