/* What every element reads of a message, and what is wrong with it. */
#include "lab/sip/scan.h"
#include "lab/sip/scan_private.h"

static const RdSlice tag = {"tag", 3}, branch = {"branch", 6};

/* sent-by = host [":" port]; returns where it ends, NULL if it is none. */
static const char *skip_sent_by(const char *at, const char *end, const char *limit) {
  const char *stop =
      at < end && *at == '[' ? rd_sip_skip_ip6(at, end) : rd_find(at, end, limit, rd_is_no_host);
  if (stop == at)
    return NULL;
  const char *colon = rd_sip_skip_blank(stop, end);
  if (colon == end || *colon != ':')
    return stop;
  uint64_t port;
  stop = rd_sip_skip_blank(colon + 1, end);
  return rd_sip_cut_number(&stop, end, 65535, &port) ? stop : NULL;
}

/* One of "SIP" "/" "2.0" "/": a token, then a slash with white space around it. */
static const char *skip_protocol_part(const char *at, const char *end, RdSlice *part) {
  const char *stop = rd_sip_skip_token(at, end);
  *part = rd_sip_between(at, stop);
  stop = rd_sip_skip_blank(stop, end);
  if (part->len == 0 || stop == end || *stop != '/')
    return NULL;
  return rd_sip_skip_blank(stop + 1, end);
}

/* Moves over SIP / 2.0 / transport; NULL if it is not that. */
static const char *skip_protocol(const char *at, const char *end) {
  RdSlice name, version;
  if (end - at > 8 && memcmp(at, "SIP/2.0/", 8) == 0) {
    at += 8;
  } else {
    at = skip_protocol_part(at, end, &name);
    at = at ? skip_protocol_part(at, end, &version) : NULL;
    if (!at || !rd_slice_is_nocase(name, "SIP") || !rd_slice_is(version, "2.0"))
      return NULL;
  }
  const char *stop = rd_sip_skip_token(at, end);
  const char *host = rd_sip_skip_blank(stop, end);
  return stop == at || host == stop ? NULL : host;
}

/* via-parm = SIP / 2.0 / transport LWS sent-by *(;params) (s25.1). */
static bool read_via(RdSip *sip, const char *limit) {
  RdSlice rest = rd_sip_value_of(sip, RD_HDR_VIA);
  sip->via = rd_sip_cut_element(&rest, limit);
  if (!sip->via.at)
    return false;
  const char *end = rd_slice_end(sip->via);
  const char *host = skip_protocol(sip->via.at, end);
  const char *stop = host ? skip_sent_by(host, end, limit) : NULL;
  const char *params = stop ? rd_sip_skip_blank(stop, end) : NULL;
  if (!stop || (params < end && *params != ';'))
    return false;
  sip->via_sent_by = rd_sip_between(host, stop);
  return rd_sip_read_params(rd_sip_between(params, end), limit, branch, &sip->via_branch);
}

static void judge_via(RdSip *sip, const char *limit) {
  if (!read_via(sip, limit))
    sip->defects |= RD_SIP_BAD_VIA;
  /* Tokens are compared without case (s7.3.1); the cookie alone makes no branch unique. */
  RdSlice start = {sip->via_branch.at, 7}, cookie = {"z9hG4bK", 7};
  if (sip->via_branch.len <= 7 || !rd_sip_same_token(start, cookie))
    sip->defects |= RD_SIP_NO_MAGIC_COOKIE;
}

static void read_party(RdSip *sip, const char *limit, RdSlice value, RdSlice *uri,
                       RdSipUserHost *parts, RdSlice *ret_tag) {
  RdSlice params;
  if (!value.at)
    return;
  *uri = rd_sip_cut_name_addr(value, limit, &params, parts, &sip->defects);
  if (!rd_sip_read_params(params, limit, tag, ret_tag))
    sip->defects |= RD_SIP_BAD_FROM_TO;
}

static void read_contact(RdSip *sip, const char *limit) {
  RdSlice rest = rd_sip_value_of(sip, RD_HDR_CONTACT);
  if (!rest.at)
    return;
  RdSlice contact = rd_sip_cut_element(&rest, limit), params, unused;
  if (contact.len == 1 && contact.at[0] == '*') {
    sip->contact_uri = contact;
    return;
  }
  uint32_t defects = contact.at ? 0 : RD_SIP_BAD_FROM_TO;
  if (contact.at) {
    sip->contact_uri = rd_sip_cut_name_addr(contact, limit, &params, &sip->contact_at, &defects);
    if (!rd_sip_read_params(params, limit, tag, &unused))
      defects |= RD_SIP_BAD_FROM_TO;
  }
  sip->defects |= defects & RD_SIP_UNTERMINATED_QUOTE;
  if (defects & RD_SIP_BAD_FROM_TO)
    sip->defects |= RD_SIP_BAD_VALUE;
}

/* CSeq = 1*DIGIT LWS Method, below 2**31 (s8.1.1.5). */
static void read_cseq(RdSip *sip) {
  RdSlice value = rd_sip_value_of(sip, RD_HDR_CSEQ);
  if (!value.at)
    return;
  const char *end = rd_slice_end(value), *stop = value.at;
  uint64_t number;
  bool good = rd_sip_cut_number(&stop, end, INT32_MAX, &number);
  const char *method = rd_sip_skip_blank(stop, end);
  if (!good || method == stop || method == end || rd_sip_skip_token(method, end) != end)
    sip->defects |= RD_SIP_BAD_CSEQ;
  else
    sip->cseq = (uint32_t)number;
  RdSlice text = rd_sip_between(method, end);
  if (!sip->is_request) {
    sip->method_text = text;
    sip->method = (uint8_t)rd_sip_method(text);
  } else if (text.len != sip->method_text.len || memcmp(text.at, sip->method_text.at, text.len)) {
    sip->defects |= RD_SIP_CSEQ_METHOD;
  }
}

/* The number a header begins with, in [0, max]; -1 if it is absent. -1 and `bad` if there is none,
 * or if something follows it that does not begin with an octet of `tail`. */
static int64_t read_number(RdSip *sip, RdHeaderId id, uint64_t max, const char *tail,
                           uint32_t bad) {
  if (!sip->first[id])
    return -1;
  RdSlice value = rd_sip_value_of(sip, id);
  const char *end = rd_slice_end(value), *at = value.at;
  uint64_t n;
  bool good = rd_sip_cut_number(&at, end, max, &n);
  at = rd_sip_skip_blank(at, end);
  if (!good || (at < end && !(*at && strchr(tail, *at)))) {
    sip->defects |= bad;
    return -1;
  }
  return (int64_t)n;
}

/* RAck = response-num LWS CSeq-num LWS Method (RFC 3262 s7.2). */
static bool is_rack(RdSlice value) {
  const char *at = value.at, *end = rd_slice_end(value);
  for (int i = 0; i < 2; i++) {
    uint64_t n;
    if (!rd_sip_cut_number(&at, end, UINT32_MAX, &n) || at == rd_sip_skip_blank(at, end))
      return false;
    at = rd_sip_skip_blank(at, end);
  }
  return at < end && rd_sip_skip_token(at, end) == end;
}

/* warn-code = 3DIGIT, then SP (s20.43). */
static bool is_warning(RdSlice value) {
  const char *at = value.at, *end = rd_slice_end(value);
  uint64_t code;
  return rd_sip_cut_number(&at, end, 999, &code) && at - value.at == 3 && at < end &&
         rd_sip_blank(*at);
}

static void judge_rare_scalars(RdSip *sip) {
  const uint16_t *first = sip->first;
  if (!(first[RD_HDR_MIN_EXPIRES] | first[RD_HDR_SESSION_EXPIRES] | first[RD_HDR_MIN_SE] |
        first[RD_HDR_RETRY_AFTER] | first[RD_HDR_RSEQ] | first[RD_HDR_WARNING] |
        first[RD_HDR_RACK]))
    return;
  read_number(sip, RD_HDR_MIN_EXPIRES, UINT32_MAX, "", RD_SIP_BAD_SCALAR);
  read_number(sip, RD_HDR_SESSION_EXPIRES, UINT32_MAX, ";", RD_SIP_BAD_SCALAR);
  read_number(sip, RD_HDR_MIN_SE, UINT32_MAX, ";", RD_SIP_BAD_SCALAR);
  read_number(sip, RD_HDR_RETRY_AFTER, UINT32_MAX, ";(", RD_SIP_BAD_SCALAR);
  read_number(sip, RD_HDR_RSEQ, UINT32_MAX, "", RD_SIP_BAD_SCALAR);
  if (sip->first[RD_HDR_WARNING] && !is_warning(rd_sip_value_of(sip, RD_HDR_WARNING)))
    sip->defects |= RD_SIP_BAD_SCALAR;
  if (sip->first[RD_HDR_RACK] && !is_rack(rd_sip_value_of(sip, RD_HDR_RACK)))
    sip->defects |= RD_SIP_BAD_SCALAR;
}

static void read_scalars(RdSip *sip) {
  sip->content_length =
      read_number(sip, RD_HDR_CONTENT_LENGTH, INT64_MAX, "", RD_SIP_BAD_CONTENT_LENGTH);
  sip->max_forwards = (int32_t)read_number(sip, RD_HDR_MAX_FORWARDS, 255, "", RD_SIP_BAD_SCALAR);
  sip->expires = read_number(sip, RD_HDR_EXPIRES, UINT32_MAX, "", RD_SIP_BAD_SCALAR);
  judge_rare_scalars(sip);
}

static void count_headers(RdSip *sip) {
  const uint16_t *first = sip->first;
  if (!first[RD_HDR_VIA] || !first[RD_HDR_FROM] || !first[RD_HDR_TO] || !first[RD_HDR_CSEQ] ||
      !first[RD_HDR_CALL_ID])
    sip->defects |= RD_SIP_MISSING_HEADER;
  if (sip->is_request && !first[RD_HDR_MAX_FORWARDS])
    sip->defects |= RD_SIP_NO_MAX_FORWARDS;
}

/* callid = word ["@" word] (s25.1). */
static bool is_call_id(RdSlice value, const char *limit) {
  /* Most are of letters, digits, "-" and "." around one "@": no closer look for these. */
  const char *end = rd_slice_end(value);
  const char *at = rd_find(value.at, end, limit, rd_is_no_host);
  if (at > value.at && at < end - 1 && *at == '@' &&
      rd_find(at + 1, end, limit, rd_is_no_host) == end)
    return true;
  unsigned ats = 0, classes = RD_SIP_WORD;
  for (uint32_t i = 0; i < value.len; i++) {
    bool is_at = value.at[i] == '@';
    ats += is_at;
    classes &= rd_sip_octet[(uint8_t)value.at[i]] | (is_at ? RD_SIP_WORD : 0);
  }
  return value.len > 0 && ats <= 1 && classes && value.at[0] != '@' &&
         value.at[value.len - 1] != '@';
}

/* media-type = m-type SLASH m-subtype *(SEMI m-parameter). */
static bool is_media_type(RdSlice value) {
  const char *end = rd_slice_end(value);
  RdSlice type, unused;
  const char *at = skip_protocol_part(value.at, end, &type);
  const char *stop = at ? rd_sip_skip_token(at, end) : NULL;
  if (!at || stop == at)
    return false;
  stop = rd_sip_skip_blank(stop, end);
  return stop == end ||
         (*stop == ';' && rd_sip_read_params(rd_sip_between(stop, end), end, tag, &unused));
}

/* These must be name-addr: an addr-spec's parameters would be taken for the header's. */
static bool routes_are_sound(const RdSip *sip, RdHeaderId id) {
  if (!sip->first[id])
    return true;
  for (const RdSipHeader *h = rd_sip_first(sip, id); h; h = rd_sip_next(sip, h))
    if (h->value.len == 0 || (h->value.at[0] != '<' && !memchr(h->value.at, '<', h->value.len)))
      return false;
  return true;
}

/* SIP-date = wkday, DD Mon YYYY HH:MM:SS GMT: no other zone (s20.17). */
static bool is_date(RdSlice value) {
  return value.len == 29 && value.at[3] == ',' && memcmp(value.at + 25, " GMT", 4) == 0;
}

static void judge_values(RdSip *sip, const char *limit) {
  const uint16_t *first = sip->first;
  if ((first[RD_HDR_CALL_ID] && !is_call_id(sip->call_id, limit)) ||
      (first[RD_HDR_CONTENT_TYPE] && !is_media_type(rd_sip_value_of(sip, RD_HDR_CONTENT_TYPE))) ||
      (first[RD_HDR_DATE] && !is_date(rd_sip_value_of(sip, RD_HDR_DATE))) ||
      !routes_are_sound(sip, RD_HDR_ROUTE) || !routes_are_sound(sip, RD_HDR_RECORD_ROUTE) ||
      !routes_are_sound(sip, RD_HDR_PATH) || !routes_are_sound(sip, RD_HDR_SERVICE_ROUTE))
    sip->defects |= RD_SIP_BAD_VALUE;
}

/* Via, From, Call-ID, CSeq: what tells a transaction. */
void rd_sip_read_identity(RdSip *sip, const char *limit) {
  sip->call_id = rd_sip_value_of(sip, RD_HDR_CALL_ID);
  sip->from = rd_sip_value_of(sip, RD_HDR_FROM);
  if (sip->first[RD_HDR_VIA])
    judge_via(sip, limit);
  read_party(sip, limit, sip->from, &sip->from_uri, &sip->from_at, &sip->from_tag);
  read_cseq(sip);
}

void rd_sip_read_fields(RdSip *sip, const char *limit) {
  count_headers(sip);
  rd_sip_read_identity(sip, limit);
  sip->to = rd_sip_value_of(sip, RD_HDR_TO);
  read_party(sip, limit, sip->to, &sip->to_uri, &sip->to_at, &sip->to_tag);
  read_contact(sip, limit);
  read_scalars(sip);
  judge_values(sip, limit);
}
