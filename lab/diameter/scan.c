#include "lab/diameter/scan.h"

#include <string.h>

#include "lab/base/slice.h"

static uint32_t get24(const uint8_t *p) {
  return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static uint32_t get32(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | get24(p + 1);
}

bool rd_dia_walk(RdDiaWalk *walk, RdAvp *ret) {
  const uint8_t *p = (const uint8_t *)walk->rest.at;
  const size_t left = walk->rest.len;
  if (left == 0)
    return false;
  walk->rest.len = 0;
  if (left < 8) {
    walk->defects |= RD_DIA_AVP_LONG;
    return false;
  }
  const uint32_t len = get24(p + 5), head = p[4] & RD_AVP_VENDOR ? 12 : 8;
  const size_t padded = ((size_t)len + 3) & ~(size_t)3;
  if (len < head) {
    walk->defects |= RD_DIA_AVP_SHORT;
    return false;
  }
  if (len > left) {
    walk->defects |= RD_DIA_AVP_LONG;
    return false;
  }
  if (p[4] & 0x1f)
    walk->defects |= RD_DIA_AVP_FLAGS;
  *ret = (RdAvp){.code = get32(p),
                 .vendor = head == 12 ? get32(p + 8) : 0,
                 .flags = p[4],
                 .data = rd_slice_of(p + head, len - head)};
  for (size_t i = len; i < padded && i < left; i++)
    if (p[i] != 0)
      walk->defects |= RD_DIA_PADDING;
  if (padded > left) /* the last one's padding is missing */
    walk->defects |= RD_DIA_AVP_LONG;
  else
    walk->rest = rd_slice_of(p + padded, left - padded);
  return true;
}

bool rd_dia_unsigned32(RdSlice data, uint32_t *ret) {
  if (!data.at || data.len != 4)
    return false;
  *ret = get32((const uint8_t *)data.at);
  return true;
}

RdSlice rd_dia_in(RdSlice group, RdAvpId id) {
  RdDiaWalk walk = {.rest = group};
  RdAvp avp;
  while (rd_dia_walk(&walk, &avp))
    if (rd_avp_id(&avp) == id)
      return avp.data;
  return (RdSlice){0};
}

bool rd_dia_number_in(RdSlice group, RdAvpId id, uint32_t *ret) {
  return rd_dia_unsigned32(rd_dia_in(group, id), ret);
}

/* --- what every element reads --- */

static void cut_text(RdDiameter *d, RdSlice *at, const RdAvp *avp) {
  if (at->at)
    d->defects |= RD_DIA_DUPLICATE;
  else
    *at = avp->data;
}

static void cut_number(RdDiameter *d, uint32_t *at, const RdAvp *avp) {
  uint32_t n;
  if (!rd_dia_unsigned32(avp->data, &n))
    d->defects |= RD_DIA_BAD_VALUE;
  else if (*at != 0)
    d->defects |= RD_DIA_DUPLICATE;
  else
    *at = n;
}

static void cut_experimental(RdDiameter *d, const RdAvp *avp) {
  RdDiaWalk walk = {.rest = avp->data};
  RdAvp inner;
  while (rd_dia_walk(&walk, &inner))
    if (rd_avp_id(&inner) == RD_AVP_VENDOR_ID)
      cut_number(d, &d->experimental_vendor, &inner);
    else if (rd_avp_id(&inner) == RD_AVP_EXPERIMENTAL_RESULT_CODE)
      cut_number(d, &d->experimental_result, &inner);
  d->defects |= walk.defects;
}

static void cut(RdDiameter *d, const RdAvp *avp) {
  if (avp->vendor != 0)
    return;
  switch (avp->code) {
  case RD_AVP_SESSION_ID:
    cut_text(d, &d->session_id, avp);
    break;
  case RD_AVP_ORIGIN_HOST:
    cut_text(d, &d->origin_host, avp);
    break;
  case RD_AVP_ORIGIN_REALM:
    cut_text(d, &d->origin_realm, avp);
    break;
  case RD_AVP_DESTINATION_HOST:
    cut_text(d, &d->destination_host, avp);
    break;
  case RD_AVP_DESTINATION_REALM:
    cut_text(d, &d->destination_realm, avp);
    break;
  case RD_AVP_USER_NAME:
    cut_text(d, &d->user_name, avp);
    break;
  case RD_AVP_RESULT_CODE:
    cut_number(d, &d->result, avp);
    break;
  case RD_AVP_EXPERIMENTAL_RESULT:
    cut_experimental(d, avp);
    break;
  default:
    break;
  }
}

static void read_avps(RdDiaScan *scan, RdSlice all) {
  RdDiameter *d = &scan->dia;
  RdDiaWalk walk = {.rest = all};
  RdAvp avp;
  while (rd_dia_walk(&walk, &avp)) {
    if (d->n_avps == RD_DIA_MAX_AVPS) {
      d->defects |= RD_DIA_TOO_MANY;
      break;
    }
    scan->avps[d->n_avps++] = avp;
    cut(d, &avp);
  }
  d->defects |= walk.defects;
}

bool rd_dia_scan(RdDiaScan *scan, const void *bytes, size_t len) {
  const uint8_t *p = bytes;
  if (len < RD_DIA_HEADER || p[0] != 1)
    return false;
  RdDiameter *d = &scan->dia;
  *d = (RdDiameter){.size = sizeof *d,
                    .is_request = p[4] & 0x80,
                    .is_proxiable = p[4] & 0x40,
                    .is_error = p[4] & 0x20,
                    .is_repeated = p[4] & 0x10,
                    .length = get24(p + 1),
                    .command = get24(p + 5),
                    .application = get32(p + 8),
                    .hop_by_hop = get32(p + 12),
                    .end_to_end = get32(p + 16),
                    .avp_stride = sizeof(RdAvp),
                    .avps = scan->avps};
  if (d->length != len || d->length % 4 != 0 || d->length < RD_DIA_HEADER)
    d->defects |= RD_DIA_BAD_LENGTH;
  if ((p[4] & 0x0f) || (d->is_request ? d->is_error : d->is_repeated))
    d->defects |= RD_DIA_BAD_FLAGS;
  size_t end = d->length < len && d->length >= RD_DIA_HEADER ? d->length : len;
  read_avps(scan, rd_slice_of(p + RD_DIA_HEADER, end - RD_DIA_HEADER));
  if (!d->origin_host.at || !d->origin_realm.at ||
      (!d->is_request && d->result == 0 && d->experimental_result == 0))
    d->defects |= RD_DIA_MISSING;
  return true;
}

/* --- looking things up --- */

const RdAvp *rd_dia_avp(const RdDiameter *d, unsigned n) {
  return (const RdAvp *)((const char *)d->avps + (size_t)n * d->avp_stride);
}

static const RdAvp *find_from(const RdDiameter *d, unsigned from, RdAvpId id) {
  for (unsigned i = from; i < d->n_avps; i++)
    if (rd_avp_id(rd_dia_avp(d, i)) == id)
      return rd_dia_avp(d, i);
  return NULL;
}

const RdAvp *rd_dia_find(const RdDiameter *d, RdAvpId id) {
  return find_from(d, 0, id);
}

const RdAvp *rd_dia_next(const RdDiameter *d, const RdAvp *avp) {
  const size_t at = (size_t)((const char *)avp - (const char *)d->avps) / d->avp_stride;
  return find_from(d, (unsigned)at + 1, rd_avp_id(avp));
}

RdSlice rd_dia_data(const RdDiameter *d, RdAvpId id) {
  const RdAvp *avp = rd_dia_find(d, id);
  return avp ? avp->data : (RdSlice){0};
}

bool rd_dia_number(const RdDiameter *d, RdAvpId id, uint32_t *ret) {
  return rd_dia_unsigned32(rd_dia_data(d, id), ret);
}
