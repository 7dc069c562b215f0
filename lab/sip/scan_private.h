/* scan_private.h - what the files of the scanner share with each other and with the editor. */
#pragma once

#include <string.h>

#include "lab/base/slice.h"
#include "redoubt/sip.h"

extern const uint8_t rd_sip_token_octet[256]; /* 1: may stand in a token (RFC 3261 s25.1) */

/* Inside a header a fold's CR LF is white space like any other. */
static inline bool rd_sip_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
static inline const char *rd_sip_skip_blank(const char *at, const char *end) {
  while (at < end && rd_sip_blank(*at))
    at++;
  return at;
}
static inline const char *rd_sip_skip_token(const char *at, const char *end) {
  while (at < end && rd_sip_token_octet[(uint8_t)*at])
    at++;
  return at;
}
static inline RdSlice rd_sip_between(const char *at, const char *end) {
  return (RdSlice){at, (uint32_t)(end - at)};
}

/* `at` is behind an opening quote; returns the closing one, NULL if there is none. */
const char *rd_sip_close_quote(const char *at, const char *end);

/* The id of a name that is known to be a token. */
RdHeaderId rd_sip_token_id(const char *name, size_t len);

/* One header field with its folds. */
typedef struct {
  RdSlice raw; /* with its line ends */
  RdSlice name, value; /* a line without a colon is all name, value.at == NULL */
  RdHeaderId id;
  uint32_t defects;
} RdSipField;

/* Cuts a line off [at, end) and returns where the next begins; text is without the line end. Adds
 * RD_SIP_BARE_LF or, if no line end came, RD_SIP_TRUNCATED to *defects. at < end. */
const char *rd_sip_cut_line(const char *at, const char *end, RdSlice *text, uint32_t *defects);
/* The same for a header field. The empty line comes out as name.at == NULL. */
const char *rd_sip_cut_field(const char *at, const char *end, RdSipField *ret);

/* rd_sip_name_addr() that tells RD_SIP_BAD_FROM_TO and RD_SIP_UNTERMINATED_QUOTE in *defects. */
RdSlice rd_sip_cut_name_addr(RdSlice value, RdSlice *params, uint32_t *defects);

/* Fills what is derived from the headers: the fields cut out, and their defects. */
void rd_sip_read_fields(RdSip *sip);
