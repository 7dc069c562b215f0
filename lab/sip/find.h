/* find.h - looks for octets sixteen at a time, never outside [at, end). Private to lab/sip.
 *
 * GCC's and clang's vectors serve every machine; only the mask of lanes has a way of its own on
 * x86-64. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef uint8_t Octets __attribute__((vector_size(16)));
typedef Octets (*OctetTest)(Octets); /* lanes of 0xff where it holds */

static inline uint32_t rd_octets_mask(Octets lanes) {
#ifdef __SSE2__
  return (uint32_t)_mm_movemask_epi8((__m128i)lanes);
#else
  uint32_t mask = 0;
  for (int i = 0; i < 16; i++)
    mask |= (uint32_t)(lanes[i] >> 7) << i;
  return mask;
#endif
}

static inline uint64_t rd_octets_8(const char *at) {
  uint64_t word;
  memcpy(&word, at, 8);
  return word;
}

/* Zero exactly if the first n octets (1 to 8) in memory are. */
static inline uint64_t rd_octets_first(uint64_t word, size_t n) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return word << (8 * (8 - n));
#else
  return word >> (8 * (8 - n));
#endif
}

/* 1 to 7 octets as the low end of a word, on a little-endian machine. */
static inline uint64_t rd_octets_few(const char *at, size_t n) {
  if (n >= 4) {
    uint32_t low, high;
    memcpy(&low, at, 4);
    memcpy(&high, at + n - 4, 4);
    return low | (uint64_t)high << (8 * (n - 4));
  }
  return (uint8_t)at[0] | (uint64_t)(uint8_t)at[n / 2] << (8 * (n / 2)) |
         (uint64_t)(uint8_t)at[n - 1] << (8 * (n - 1));
}

/* 1 to 15 octets and zeroes, from loads that overlap. */
static inline Octets rd_octets_some(const char *at, size_t n) {
  Octets v = {0};
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  typedef uint64_t Pair __attribute__((vector_size(16)));
  Pair pair = {n >= 8 ? rd_octets_8(at) : rd_octets_few(at, n),
               n > 8 ? rd_octets_8(at + n - 8) >> (8 * (16 - n)) : 0};
  v = (Octets)pair;
#else
  memcpy(&v, at, n);
#endif
  return v;
}

/* The first octet for which `test` holds; `end` if there is none. Octets up to `limit` (at or past
 * `end`) may be read, which spares the piecing together of the last sixteen. */
static inline __attribute__((always_inline)) const char *
rd_find(const char *at, const char *end, const char *limit, OctetTest test) {
  for (; at < end; at += 16) {
    Octets v;
    bool whole = limit - at >= 16;
    if (__builtin_expect(whole, 1))
      memcpy(&v, at, 16);
    else
      v = rd_octets_some(at, (size_t)(limit - at));
    uint32_t found = rd_octets_mask(test(v));
    if (found) {
      at += __builtin_ctz(found);
      return at < end ? at : end;
    }
  }
  return end;
}

static inline Octets rd_is_control(Octets v) {
  return (Octets)((v < 0x20) | (v == 0x7f));
}
static inline Octets rd_is_colon(Octets v) {
  return (Octets)(v == ':');
}
static inline Octets rd_is_semicolon(Octets v) {
  return (Octets)(v == ';');
}
static inline Octets rd_is_greater(Octets v) {
  return (Octets)(v == '>');
}
/* Where a list's element may end, or something begins that may hide a comma. */
static inline Octets rd_is_list_mark(Octets v) {
  return (Octets)((v == ',') | (v == '"') | (v == '<'));
}
/* Where an unquoted parameter value may end. */
static inline Octets rd_is_value_end(Octets v) {
  return (Octets)((v == ';') | (v <= ' '));
}
static inline Octets rd_is_alnum(Octets v) {
  return (Octets)(((v | 0x20) - 'a' < 26) | (v - '0' < 10));
}
/* Of no host name: all but letters, digits, "-", "." and "_". */
static inline Octets rd_is_no_host(Octets v) {
  return (Octets) ~(rd_is_alnum(v) | (Octets)((v == '-') | (v == '.') | (v == '_')));
}
/* In no URI, or of a meaning in it that wants a closer look: "@", "%" and what RFC 3986 s2 leaves
 * out. */
static inline Octets rd_is_no_plain_uri(Octets v) {
  Octets odd = (Octets)((v <= ' ') | (v > '~') | ((v | 1) == '#') | ((v | 2) == '>') |
                        ((v | 2) == '^') | (v == '`'));
  return odd | (Octets)(((v >= '{') & (v <= '}')) | (v == '@') | (v == '%'));
}
