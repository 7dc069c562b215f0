#include "lab/sip/scan.h"

#include "lab/sip/scan_private.h"

/* The only control octets in a sound line are those that end it, so the first one found is the end.
 * Others are looked at again when the whole head is known: a quoted-pair may hide them. */
const char *rd_sip_cut_line(const char *at, const char *end, RdSlice *text, uint32_t *defects) {
  for (const char *p = at; (p = rd_find(p, end, end, rd_is_control)) < end; p++) {
    if (*p == '\r' && p + 1 < end && p[1] == '\n') {
      *text = rd_sip_between(at, p);
      return p + 2;
    }
    if (*p == '\n') {
      *defects |= RD_SIP_BARE_LF;
      *text = rd_sip_between(at, p);
      return p + 1;
    }
    if (*p != '\t')
      *defects |= RD_SIP_BAD_OCTET;
  }
  *defects |= RD_SIP_TRUNCATED;
  *text = rd_sip_between(at, end);
  return end;
}

static const char *skip_space(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t'))
    at++;
  return at;
}

/* A name that is not simply one of ours: unknown, spaced, or none that may be believed in. */
static uint32_t judge_name(const char *at, const char *colon, const char *end, RdSipHeader *h) {
  const char *stop = rd_sip_skip_token(at, colon ? colon : end);
  h->name = rd_sip_between(at, stop);
  h->id = RD_HDR_OTHER;
  if (colon && stop > at && skip_space(stop, colon) == colon) {
    h->id = (uint16_t)rd_sip_name_id(at, h->name.len, stop);
    return stop < colon ? RD_SIP_SPACE_BEFORE_COLON : 0;
  }
  h->name = rd_sip_trim(at, colon ? colon : end);
  return RD_SIP_BAD_HEADER;
}

/* Splits "name: value"; a fold can only be in the value, so `end` may be lines further on. */
static void cut_name(const char *at, const char *end, const char *limit, RdSipHeader *h,
                     uint32_t *defects) {
  const char *colon = rd_find(at, end, limit, rd_is_colon);
  RdHeaderId id = RD_HDR_OTHER;
  if (colon == end)
    colon = NULL;
  if (colon && colon > at && !(*defects & RD_SIP_BAD_OCTET))
    id = rd_sip_name_id(at, (size_t)(colon - at), limit);
  if (id != RD_HDR_OTHER) {
    h->name = rd_sip_between(at, colon);
    h->id = (uint16_t)id;
  } else {
    *defects |= judge_name(at, colon, end, h);
  }
  if (h->name.len == 1 && h->id != RD_HDR_OTHER)
    *defects |= RD_SIP_COMPACT;
  h->value = colon ? rd_sip_trim(colon + 1, end) : (RdSlice){0};
}

/* The first octet of a class in the 16 from `at`, which may all be read; at + 16: there is none. */
static inline const char *first_of_16(const char *at, OctetTest test) {
  Octets v;
  memcpy(&v, at, 16);
  return at + __builtin_ctz(rd_octets_mask(test(v)) | 1u << 16);
}

/* Nearly every header: a name of ours, a colon within 32 octets, CR LF, and no fold. NULL: it is not of
 * that kind, or stands at the end of the bytes; it is to be looked at closer. */
static inline const char *cut_plain_header(const char *at, const char *end, RdSipHeader *h) {
  if (end - at < 32)
    return NULL;
  const char *colon = first_of_16(at, rd_is_colon);
  if (colon == at + 16)
    colon = first_of_16(at + 16, rd_is_colon);
  /* The first control octet ends it; two octets behind that one have to be there. */
  const char *stop = rd_find(at, end - 2, end, rd_is_control);
  if (stop == end - 2 || stop[0] != '\r' || stop[1] != '\n' || stop[2] == ' ' || stop[2] == '\t' ||
      colon > stop || colon - at < 2 || colon == at + 32)
    return NULL;
  const RdHeaderId id = rd_sip_name_id(at, (size_t)(colon - at), end);
  if (id == RD_HDR_OTHER)
    return NULL;
  h->name = rd_sip_between(at, colon);
  h->id = (uint16_t)id;
  h->value = rd_sip_trim(colon + 1, stop);
  return stop + 2;
}

const char *rd_sip_cut_header(const char *at, const char *end, RdSipHeader *ret,
                              uint32_t *defects) {
  const char *behind = cut_plain_header(at, end, ret);
  if (behind)
    return behind;
  RdSlice text;
  uint32_t here = 0;
  const char *next = rd_sip_cut_line(at, end, &text, &here);
  const char *stop = rd_slice_end(text);
  while (text.len > 0 && next < end && (*next == ' ' || *next == '\t')) {
    here |= RD_SIP_FOLDED;
    next = rd_sip_cut_line(next, end, &text, &here);
    stop = rd_slice_end(text);
  }
  if (stop == at)
    ret->name = (RdSlice){0};
  else
    cut_name(at, stop, end, ret, &here);
  *defects |= here;
  return next;
}

static bool is_version(RdSlice word, uint32_t *defects) {
  if ((word.len == 7 && memcmp(word.at, "SIP/2.0", 7) == 0) || rd_slice_is_nocase(word, "SIP/2.0"))
    return true;
  *defects |= RD_SIP_BAD_VERSION;
  return rd_slice_starts_nocase(word, "SIP/");
}

/* Status-Line = SIP-Version SP Status-Code SP Reason-Phrase (s7.2). */
static bool scan_status_line(RdSip *sip, RdSlice line) {
  const char *end = rd_slice_end(line);
  const char *stop = memchr(line.at, ' ', line.len);
  if (!stop || !is_version(rd_sip_between(line.at, stop), &sip->defects))
    return false;
  const char *code = skip_space(stop, end);
  const char *after = code;
  while (after < end && !rd_sip_blank(*after))
    after++;
  uint64_t status = 0;
  RdSlice digits = rd_sip_between(code, after);
  if (digits.len == 3 && rd_slice_uint(digits, &status) && status >= 100 && status <= 699)
    sip->status = (uint16_t)status;
  else
    sip->defects |= RD_SIP_BAD_STATUS;
  if (code != stop + 1 || after == end || *after != ' ')
    sip->defects |= RD_SIP_BAD_START_LINE;
  sip->reason = rd_slice_trim(rd_sip_between(after, end));
  return true;
}

/* In a Request-URI there are no header fields (s19.1.1 table 1). Behind the host there is no other
 * "?". */
static void judge_uri(RdSip *sip, const char *limit) {
  const char *end = rd_slice_end(sip->uri);
  if (!rd_sip_cut_uri(sip->uri, limit, &sip->uri_at)) {
    sip->defects |= RD_SIP_BAD_URI;
    return;
  }
  const char *rest = rd_slice_end(sip->uri_at.host);
  if (sip->uri_at.host.at && rest < end && memchr(rest, '?', (size_t)(end - rest)))
    sip->defects |= RD_SIP_BAD_URI;
}

/* Request-Line = Method SP Request-URI SP SIP-Version (s7.1). */
static bool scan_request_line(RdSip *sip, RdSlice line) {
  const char *end = rd_slice_end(line);
  RdSlice trimmed = rd_slice_trim(line);
  const char *stop = memchr(trimmed.at, ' ', trimmed.len);
  if (!stop)
    return false;
  sip->method_text = rd_sip_between(trimmed.at, stop);
  sip->method = (uint8_t)rd_sip_method(sip->method_text);
  const char *last = memrchr(trimmed.at, ' ', trimmed.len);
  const char *uri = skip_space(stop, rd_slice_end(trimmed));
  RdSlice version = rd_sip_between(last + 1, rd_slice_end(trimmed));
  const char *uri_end = last;
  if (!is_version(version, &sip->defects)) {
    if (sip->method == RD_SIP_OTHER_METHOD)
      return false;
    if (last < uri) { /* two words: it is the version that is missing */
      sip->defects |= RD_SIP_BAD_START_LINE;
      uri_end = rd_slice_end(trimmed);
    }
  }
  sip->uri = rd_slice_trim(rd_sip_between(uri, uri_end > uri ? uri_end : uri));
  if (trimmed.len != line.len || uri != stop + 1 || rd_slice_end(sip->uri) != uri_end)
    sip->defects |= RD_SIP_BAD_START_LINE;
  if (rd_sip_skip_token(line.at, end) != stop)
    sip->defects |= RD_SIP_BAD_METHOD;
  judge_uri(sip, rd_slice_end(line));
  sip->is_request = true;
  return true;
}

static bool scan_start_line(RdSip *sip, RdSlice line) {
  if (rd_slice_starts_nocase(line, "SIP/"))
    return scan_status_line(sip, line);
  return scan_request_line(sip, line);
}

#define BIT(id) (UINT64_C(1) << RD_HDR_##id)
_Static_assert(RD_HDR_COUNT <= 64, "the set of single-value headers is one word");
static const uint64_t single_value = BIT(FROM) | BIT(TO) | BIT(CALL_ID) | BIT(CSEQ) |
                                     BIT(MAX_FORWARDS) | BIT(CONTENT_LENGTH) | BIT(CONTENT_TYPE) |
                                     BIT(EXPIRES);

/* A header that the index has no room for still counts as a second one of its name. */
static void judge_beyond(RdSip *sip, const RdSipHeader *h) {
  sip->defects |= RD_SIP_TOO_MANY_HEADERS;
  if (sip->first[h->id] && single_value >> h->id & 1)
    sip->defects |= RD_SIP_DUPLICATE_HEADER;
}

/* Chains the header that is in place number n_headers behind the last of its id. */
static void index_header(RdSipScan *scan, uint8_t last[RD_HDR_COUNT]) {
  RdSip *sip = &scan->sip;
  uint16_t i = sip->n_headers++;
  uint16_t id = scan->headers[i].id;
  scan->headers[i].next = 0;
  if (sip->first[id] == 0) {
    sip->first[id] = (uint16_t)(i + 1);
  } else {
    scan->headers[last[id]].next = i;
    if (single_value >> id & 1)
      sip->defects |= RD_SIP_DUPLICATE_HEADER;
  }
  last[id] = (uint8_t)i;
}

/* Up to the end of the head, or until a header of each id of `enough` was seen (0: that is never). */
static inline const char *scan_headers(RdSipScan *scan, const char *at, const char *end,
                                       uint64_t enough) {
  uint8_t last[RD_HDR_COUNT];
  RdSipHeader beyond;
  uint64_t seen = 0;
  while (at < end) {
    bool room = scan->sip.n_headers < RD_SIP_MAX_HEADERS;
    RdSipHeader *h = room ? &scan->headers[scan->sip.n_headers] : &beyond;
    at = rd_sip_cut_header(at, end, h, &scan->sip.defects);
    if (!h->name.at)
      return at;
    if (room)
      index_header(scan, last);
    else
      judge_beyond(&scan->sip, h);
    seen |= UINT64_C(1) << h->id;
    if (enough && (seen & enough) == enough)
      return at;
  }
  scan->sip.defects |= RD_SIP_TRUNCATED;
  return end;
}

/* What Content-Length makes of the bytes behind the head (s18.3). */
static void cut_body(RdSip *sip, const char *at, const char *end, RdSipFraming framing) {
  if (sip->defects & RD_SIP_TRUNCATED)
    return;
  uint64_t left = (uint64_t)(end - at);
  uint64_t stated = sip->content_length >= 0 ? (uint64_t)sip->content_length : left;
  if (sip->content_length < 0 && framing == RD_SIP_STREAM) {
    sip->defects |= RD_SIP_BAD_CONTENT_LENGTH;
    stated = 0;
  }
  if (stated > left)
    sip->defects |= RD_SIP_BODY_SHORT;
  else if (stated < left && framing == RD_SIP_DATAGRAM)
    sip->defects |= RD_SIP_BODY_LONG;
  sip->body = rd_slice_of(at, stated < left ? stated : left);
}

/* The view up to the start line; returns where the headers begin, NULL if it cannot be scanned. */
static const char *begin(RdSipScan *scan, const char *at, size_t len, const char **ret_start) {
  RdSip *sip = &scan->sip;
  memset(sip, 0, sizeof *sip);
  sip->size = sizeof *sip;
  sip->headers = scan->headers;
  sip->header_stride = sizeof scan->headers[0];
  sip->max_forwards = -1;
  sip->expires = sip->content_length = -1;
  const char *end = at + len, *start = at;
  while (start < end && (*start == '\r' || *start == '\n'))
    start++;
  RdSlice line;
  uint32_t defects = start > at ? RD_SIP_LEADING_BLANK : 0;
  if (start == end || len > UINT32_MAX) {
    sip->defects = RD_SIP_UNSCANNABLE;
    return NULL;
  }
  at = rd_sip_cut_line(start, end, &line, &defects);
  if (!scan_start_line(sip, line)) {
    RdSip empty = {.size = sip->size,
                   .defects = RD_SIP_UNSCANNABLE,
                   .max_forwards = -1,
                   .expires = -1,
                   .content_length = -1,
                   .header_stride = sip->header_stride,
                   .headers = sip->headers};
    *sip = empty;
    return NULL;
  }
  sip->defects |= defects;
  *ret_start = start;
  return at;
}

bool rd_sip_scan(RdSipScan *scan, const void *bytes, size_t len, RdSipFraming framing) {
  RdSip *sip = &scan->sip;
  const char *start, *at = begin(scan, bytes, len, &start), *end = (const char *)bytes + len;
  if (!at)
    return false;
  at = scan_headers(scan, at, end, 0);
  sip->head = rd_sip_between(start, at);
  if ((sip->defects & RD_SIP_BAD_OCTET) && !rd_sip_has_control(sip->head))
    sip->defects &= ~(uint32_t)RD_SIP_BAD_OCTET;
  rd_sip_read_fields(sip, end);
  cut_body(sip, at, end, framing);
  return true;
}

bool rd_sip_scan_identity(RdSipScan *scan, const void *bytes, size_t len) {
  const char *start, *at = begin(scan, bytes, len, &start), *end = (const char *)bytes + len;
  if (!at)
    return false;
  scan_headers(scan, at, end, BIT(VIA) | BIT(FROM) | BIT(CALL_ID) | BIT(CSEQ));
  rd_sip_read_identity(&scan->sip, end);
  return true;
}

const RdSipHeader *rd_sip_header(const RdSip *sip, unsigned i) {
  if (i >= sip->n_headers)
    return NULL;
  return rd_sip_at(sip, i);
}

const RdSipHeader *rd_sip_first(const RdSip *sip, RdHeaderId id) {
  if ((unsigned)id >= RD_HDR_CAPACITY || sip->first[id] == 0)
    return NULL;
  return rd_sip_header(sip, sip->first[id] - 1u);
}

const RdSipHeader *rd_sip_next(const RdSip *sip, const RdSipHeader *header) {
  return header && header->next ? rd_sip_header(sip, header->next) : NULL;
}

RdSlice rd_sip_value(const RdSip *sip, RdHeaderId id) {
  const RdSipHeader *h = rd_sip_first(sip, id);
  return h ? h->value : (RdSlice){0};
}
