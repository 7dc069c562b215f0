#include "lab/diameter/build.h"

#include <string.h>

#include "lab/base/slice.h"

static void put24(uint8_t *p, uint32_t n) {
  p[0] = (uint8_t)(n >> 16);
  p[1] = (uint8_t)(n >> 8);
  p[2] = (uint8_t)n;
}

static void put32(uint8_t *p, uint32_t n) {
  p[0] = (uint8_t)(n >> 24);
  put24(p + 1, n);
}

/* NULL: it does not fit. */
static uint8_t *room(RdDiaBuild *b, size_t n) {
  if (b->full || n > b->cap - b->len) {
    b->full = true;
    return NULL;
  }
  uint8_t *at = b->at + b->len;
  b->len += n;
  return at;
}

RdDiaBuild rd_dia_build(void *buffer, size_t cap, unsigned flags, uint32_t command,
                        uint32_t application, uint32_t hop_by_hop, uint32_t end_to_end) {
  RdDiaBuild b = {.at = buffer, .cap = cap};
  uint8_t *p = room(&b, 20);
  if (!p)
    return b;
  p[0] = 1;
  put24(p + 1, 0);
  p[4] = (uint8_t)flags;
  put24(p + 5, command);
  put32(p + 8, application);
  put32(p + 12, hop_by_hop);
  put32(p + 16, end_to_end);
  return b;
}

bool rd_avp_mandatory(RdAvpId id) {
  switch (id) { /* RFC 6733 s4.5 */
  case RD_AVP_PRODUCT_NAME:
  case RD_AVP_FIRMWARE_REVISION:
  case RD_AVP_ERROR_MESSAGE:
    return false;
  case RD_AVP_SUPPORTED_FEATURES: /* TS 29.229 s7.1.4: not where features are all optional */
    return false;
  default: /* TS 29.229 table 6.3.1: from SIP-Digest-Authenticate on it must not be set */
    return id < RD_AVP_SIP_DIGEST_AUTHENTICATE;
  }
}

/* Header of an AVP, length left open; 0: it did not fit. */
static size_t begin(RdDiaBuild *b, RdAvpId id) {
  const uint32_t vendor = (uint32_t)(id >> 32);
  uint8_t *p = room(b, vendor ? 12 : 8);
  if (!p)
    return 0;
  put32(p, (uint32_t)id);
  p[4] = (uint8_t)((vendor ? RD_AVP_VENDOR : 0) | (rd_avp_mandatory(id) ? RD_AVP_MANDATORY : 0));
  put24(p + 5, 0);
  if (vendor)
    put32(p + 8, vendor);
  return (size_t)(p - b->at);
}

/* Length and padding of the AVP that began at `from`. */
static void end(RdDiaBuild *b, size_t from) {
  const size_t len = b->len - from, padding = (4 - len % 4) % 4;
  if (b->full || len > 0xffffff) {
    b->full = true;
    return;
  }
  put24(b->at + from + 5, (uint32_t)len);
  uint8_t *p = room(b, padding);
  if (p)
    memset(p, 0, padding);
}

void rd_dia_add(RdDiaBuild *b, RdAvpId id, RdSlice data) {
  const size_t from = begin(b, id);
  uint8_t *p = room(b, data.len);
  if (!p)
    return;
  if (data.len > 0)
    memcpy(p, data.at, data.len);
  end(b, from);
}

void rd_dia_copy(RdDiaBuild *b, const RdAvp *avp) {
  const size_t from = b->len, head = avp->flags & RD_AVP_VENDOR ? 12 : 8; /* a vendor may be 0 */
  uint8_t *p = room(b, head + avp->data.len);
  if (!p)
    return;
  memcpy(p, avp->data.at - head, head + avp->data.len);
  end(b, from);
}

void rd_dia_add_text(RdDiaBuild *b, RdAvpId id, const char *text) {
  rd_dia_add(b, id, rd_slice(text));
}

void rd_dia_add_number(RdDiaBuild *b, RdAvpId id, uint32_t n) {
  uint8_t octets[4];
  put32(octets, n);
  rd_dia_add(b, id, rd_slice_of(octets, sizeof octets));
}

void rd_dia_add_address(RdDiaBuild *b, RdAvpId id, const RdAddress *address) {
  uint8_t octets[18] = {0, address->family == 6 ? 2 : 1}; /* IANA's address families */
  const size_t n = address->family == 6 ? 16 : 4;
  memcpy(octets + 2, address->ip, n);
  rd_dia_add(b, id, rd_slice_of(octets, 2 + n));
}

void rd_dia_open(RdDiaBuild *b, RdAvpId id) {
  const size_t from = begin(b, id);
  if (b->depth == RD_DIA_DEEPEST)
    b->full = true;
  else
    b->groups[b->depth++] = from;
}

void rd_dia_close(RdDiaBuild *b) {
  if (b->depth == 0)
    b->full = true;
  else
    end(b, b->groups[--b->depth]);
}

void rd_dia_add_application(RdDiaBuild *b, uint32_t application) {
  rd_dia_open(b, RD_AVP_VENDOR_SPECIFIC_APPLICATION_ID);
  rd_dia_add_number(b, RD_AVP_VENDOR_ID, RD_3GPP);
  rd_dia_add_number(b, RD_AVP_AUTH_APPLICATION_ID, application);
  rd_dia_close(b);
}

void rd_dia_add_no_state(RdDiaBuild *b) {
  rd_dia_add_number(b, RD_AVP_AUTH_SESSION_STATE, 1); /* s8.11 */
}

void rd_dia_add_experimental(RdDiaBuild *b, uint32_t code) {
  rd_dia_open(b, RD_AVP_EXPERIMENTAL_RESULT);
  rd_dia_add_number(b, RD_AVP_VENDOR_ID, RD_3GPP);
  rd_dia_add_number(b, RD_AVP_EXPERIMENTAL_RESULT_CODE, code);
  rd_dia_close(b);
}

size_t rd_dia_finish(RdDiaBuild *b) {
  if (b->full || b->depth > 0 || b->len > 0xffffff)
    return 0;
  put24(b->at + 1, (uint32_t)b->len);
  return b->len;
}
