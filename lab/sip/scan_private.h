/* scan_private.h - what the files of the scanner share with each other and with the editor. */
#pragma once

#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/find.h"
#include "redoubt/sip.h"

/* What an octet may be part of (RFC 3261 s25.1). */
enum {
  RD_SIP_TOKEN = 1,
  RD_SIP_HOST = 2, /* a host name or IPv4 address; underscores are let through */
  RD_SIP_WORD = 4,
  RD_SIP_URI = 8, /* anywhere in a URI */
  RD_SIP_HEX = 16
};
extern const uint8_t rd_sip_octet[256];

static inline bool rd_sip_is(char c, uint8_t classes) {
  return rd_sip_octet[(uint8_t)c] & classes;
}
/* NUL or another control octet that is no line end, tab or quoted-pair. */
bool rd_sip_has_control(RdSlice head);

static inline const RdSipHeader *rd_sip_at(const RdSip *sip, unsigned i) {
  return (const RdSipHeader *)((const char *)sip->headers + (size_t)i * sip->header_stride);
}
/* rd_sip_value() of an id that is a constant. */
static inline RdSlice rd_sip_value_of(const RdSip *sip, RdHeaderId id) {
  return sip->first[id] ? rd_sip_at(sip, sip->first[id] - 1u)->value : (RdSlice){0};
}

/* Inside a header a fold's CR LF is white space like any other. */
static inline bool rd_sip_blank(char c) {
  return (uint8_t)c <= ' ' && (UINT64_C(0x100002600) >> c & 1); /* bits 9, 10, 13 and 32 */
}
static inline const char *rd_sip_skip_blank(const char *at, const char *end) {
  while (at < end && rd_sip_blank(*at))
    at++;
  return at;
}
static inline const char *rd_sip_skip_token(const char *at, const char *end) {
  while (at < end && rd_sip_is(*at, RD_SIP_TOKEN))
    at++;
  return at;
}
static inline RdSlice rd_sip_between(const char *at, const char *end) {
  return (RdSlice){at, (uint32_t)(end - at)};
}

static inline RdSlice rd_sip_trim(const char *at, const char *end) {
  at = rd_sip_skip_blank(at, end);
  while (end > at && rd_sip_blank(end[-1]))
    end--;
  return rd_sip_between(at, end);
}
/* Equal but for the case of letters. Bit 5 is the case; other octets that differ in it alone
 * ('^' and '~', '@' and '`', a control and '-') must not both be possible: one of the two is a
 * token of ours or of a header name. */
static inline bool rd_sip_same_token(RdSlice a, RdSlice b) {
  if (a.len != b.len)
    return false;
  for (uint32_t i = 0; i < a.len; i++)
    if ((a.at[i] ^ b.at[i]) & ~0x20)
      return false;
  return true;
}

const char *rd_sip_skip_ip6(const char *at, const char *end);
/* `at` is behind an opening quote; returns the closing one, NULL if there is none. */
const char *rd_sip_close_quote(const char *at, const char *end);

/* The id of a name without a control octet; a name that is known is a token. Octets before `end` may
 * be read. */
RdHeaderId rd_sip_name_id(const char *name, size_t len, const char *end);

/* Cuts a line off [at, end) and returns where the next begins; text is without the line end. Adds
 * RD_SIP_BARE_LF or, if no line end came, RD_SIP_TRUNCATED to *defects. at < end. */
const char *rd_sip_cut_line(const char *at, const char *end, RdSlice *text, uint32_t *defects);
/* The same for a header with its folds; ret->next is left alone. The empty line comes out as
 * name.at == NULL, a line without a colon as all name and value.at == NULL. */
const char *rd_sip_cut_header(const char *at, const char *end, RdSipHeader *ret, uint32_t *defects);

/* A header for those who write messages anew out of old lines. */
typedef struct {
  RdSlice raw; /* with its line ends */
  RdSlice name, value;
  RdHeaderId id;
  uint32_t defects;
} RdSipField;
static inline const char *rd_sip_cut_field(const char *at, const char *end, RdSipField *ret) {
  RdSipHeader h;
  ret->defects = 0;
  const char *next = rd_sip_cut_header(at, end, &h, &ret->defects);
  ret->raw = rd_sip_between(at, next);
  ret->name = h.name;
  ret->value = h.name.at ? h.value : (RdSlice){0};
  ret->id = h.name.at ? (RdHeaderId)h.id : RD_HDR_OTHER;
  return next;
}

/* Below, octets up to `limit`, at or past the end of the text, may be read (find.h). */

/* The value of one parameter, absent if it is not there. False: the list is broken, or has that one
 * twice. */
bool rd_sip_read_params(RdSlice params, const char *limit, RdSlice name, RdSlice *ret);
/* Is it an absolute URI with no octet that it may not have; of sip and sips, with a host and port?
 * Those are cut out on the way. */
bool rd_sip_cut_uri(RdSlice uri, const char *limit, RdSipUserHost *ret);
/* rd_sip_name_addr() that tells RD_SIP_BAD_FROM_TO and RD_SIP_UNTERMINATED_QUOTE in *defects. */
RdSlice rd_sip_cut_name_addr(RdSlice value, const char *limit, RdSlice *params,
                             RdSipUserHost *parts, uint32_t *defects);
/* rd_sip_split(). */
RdSlice rd_sip_cut_element(RdSlice *rest, const char *limit);
/* Cuts the digits off the front; false if there are none or they make more than max. */
static inline bool rd_sip_cut_number(const char **at, const char *end, uint64_t max,
                                     uint64_t *ret) {
  const char *p = *at;
  uint64_t n = 0;
  bool fits = p < end && (unsigned)(*p - '0') <= 9;
  for (; p < end && (unsigned)(*p - '0') <= 9; p++) {
    fits &= n <= (UINT64_MAX - 9) / 10;
    n = n * 10 + (unsigned)(*p - '0');
  }
  *at = p;
  *ret = n;
  return fits && n <= max;
}

/* Fills what is derived from the headers: the fields cut out, and their defects. */
void rd_sip_read_fields(RdSip *sip, const char *limit);
void rd_sip_read_identity(RdSip *sip, const char *limit);
