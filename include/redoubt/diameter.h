/* diameter.h - the shape of a scanned Diameter message (RFC 6733 s3, s4).
 *
 * A view is numbers, and slices into the raw bytes: nothing is copied. Whatever the scanner had to forgive
 * is a defect bit. Parts get it as RdMessage.view where the protocol is RD_PROTO_DIAMETER; lab/diameter
 * makes it, and looks into grouped AVPs. */
#pragma once

#include "redoubt/base.h"

/* Defects: what is wrong or odd, one bit each. */
typedef enum {
  RD_DIA_BAD_LENGTH = 1 << 0, /* Message Length is not that of the bytes, or no multiple of four */
  RD_DIA_BAD_FLAGS = 1 << 1, /* a reserved bit is set, or E in a request, or T in an answer */
  RD_DIA_AVP_SHORT = 1 << 2, /* an AVP's length is less than its own header: the rest is not read */
  RD_DIA_AVP_LONG = 1 << 3, /* an AVP runs past the end: the rest is not read */
  RD_DIA_AVP_FLAGS =
      1 << 4, /* a reserved bit of an AVP is set (the P bit is none, it was one once) */
  RD_DIA_PADDING = 1 << 5, /* padding that is not zero */
  RD_DIA_TOO_MANY = 1 << 6, /* more than RD_DIA_MAX_AVPS at the top: the rest is not indexed */
  RD_DIA_MISSING = 1 << 7, /* Origin-Host, Origin-Realm, or in an answer the result, is not there */
  RD_DIA_DUPLICATE = 1 << 8, /* one of those that are cut out below comes twice: the first counts */
  RD_DIA_BAD_VALUE = 1 << 9 /* one of those that are numbers is not four octets */
} RdDiaDefect;

/* Bits of RdAvp.flags (s4.1). */
typedef enum { RD_AVP_VENDOR = 0x80, RD_AVP_MANDATORY = 0x40, RD_AVP_PROTECTED = 0x20 } RdAvpFlag;

#define RD_DIA_MAX_AVPS 96

typedef struct {
  uint32_t code, vendor; /* vendor 0: none */
  RdSlice data; /* without padding */
  uint8_t flags; /* RdAvpFlag */
  uint8_t reserved[7];
} RdAvp;

typedef struct {
  uint32_t size; /* of this struct */
  uint32_t defects; /* RdDiaDefect bits */
  bool is_request, is_proxiable, is_error, is_repeated; /* the R, P, E and T bits */
  uint32_t command, application, hop_by_hop, end_to_end;
  uint32_t length; /* as stated */

  /* What every element reads, cut out once. Absent ones have at == NULL; numbers are 0. */
  RdSlice session_id, origin_host, origin_realm, destination_host, destination_realm, user_name;
  uint32_t result; /* Result-Code */
  uint32_t experimental_result, experimental_vendor; /* of Experimental-Result */

  uint16_t n_avps; /* at the top */
  uint16_t avp_stride; /* bytes from one RdAvp to the next */
  const RdAvp *avps; /* in order of appearance */
} RdDiameter;
