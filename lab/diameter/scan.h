/* scan.h - from bytes to a view of a Diameter message (RFC 6733 s3, s4). Pure; allocates nothing. */
#pragma once

#include "lab/diameter/names.h"
#include "redoubt/diameter.h"

#define RD_DIA_HEADER 20 /* octets */

/* A view and what it points into, beside the bytes. */
typedef struct {
  RdDiameter dia;
  RdAvp avps[RD_DIA_MAX_AVPS];
} RdDiaScan;

/* False: it is no Diameter (fewer than 20 octets, or not version 1). Else the view is set, with its
 * defects; it borrows `bytes`. */
bool rd_dia_scan(RdDiaScan *scan, const void *bytes, size_t len);

/* The n-th AVP at the top; n < n_avps. */
const RdAvp *rd_dia_avp(const RdDiameter *message, unsigned n);
/* The first of an id at the top; NULL: none. */
const RdAvp *rd_dia_find(const RdDiameter *message, RdAvpId id);
/* The next of the same id; NULL: no more. */
const RdAvp *rd_dia_next(const RdDiameter *message, const RdAvp *avp);
/* Data of the first of an id; absent: none. */
RdSlice rd_dia_data(const RdDiameter *message, RdAvpId id);
/* The same as a number (Unsigned32, Enumerated). False: none, or not four octets. */
bool rd_dia_number(const RdDiameter *message, RdAvpId id, uint32_t *ret);

/* Walks AVPs in bytes: those of a group (its data). False: no more, or what follows is broken. */
typedef struct {
  RdSlice rest;
  uint32_t defects; /* RdDiaDefect of what was walked over */
} RdDiaWalk;
bool rd_dia_walk(RdDiaWalk *walk, RdAvp *ret);
/* Data of the first of an id in a group; absent: none. */
RdSlice rd_dia_in(RdSlice group, RdAvpId id);
bool rd_dia_number_in(RdSlice group, RdAvpId id, uint32_t *ret);
/* Four octets in network order. False: not four. */
bool rd_dia_unsigned32(RdSlice data, uint32_t *ret);

static inline RdAvpId rd_avp_id(const RdAvp *avp) {
  return RD_AVP_ID(avp->vendor, avp->code);
}
