/* The insides of header values. */
#include "lab/sip/scan.h"
#include "lab/sip/scan_private.h"

const char *rd_sip_close_quote(const char *at, const char *end) {
  for (; at < end; at++) {
    if (*at == '"')
      return at;
    if (*at == '\\' && at + 1 < end)
      at++;
  }
  return NULL;
}

/* Moves over one element: to the comma, or to the end. */
static const char *skip_element(const char *at, const char *end) {
  for (; at < end && *at != ','; at++) {
    const char *close = at;
    if (*at == '"')
      close = rd_sip_close_quote(at + 1, end);
    else if (*at == '<')
      close = memchr(at, '>', (size_t)(end - at));
    if (!close)
      return end;
    at = close;
  }
  return at;
}

RdSlice rd_sip_split(RdSlice *rest) {
  if (!rest->at)
    return (RdSlice){0};
  const char *at = rest->at, *end = at + rest->len;
  while (at < end) {
    const char *stop = skip_element(at, end);
    RdSlice element = rd_slice_trim(rd_sip_between(at, stop));
    at = stop < end ? stop + 1 : end;
    if (element.len > 0) {
      *rest = rd_sip_between(at, end);
      return element;
    }
  }
  *rest = (RdSlice){0};
  return *rest;
}

/* The value behind "=": a quoted string without its quotes, or everything up to the semicolon. */
static const char *cut_value(const char *at, const char *end, RdSlice *ret) {
  at = rd_sip_skip_blank(at, end);
  if (at < end && *at == '"') {
    const char *close = rd_sip_close_quote(at + 1, end);
    *ret = rd_sip_between(at + 1, close ? close : end);
    at = close ? close + 1 : end;
    const char *semicolon = memchr(at, ';', (size_t)(end - at));
    return semicolon ? semicolon : end;
  }
  const char *semicolon = memchr(at, ';', (size_t)(end - at));
  *ret = rd_slice_trim(rd_sip_between(at, semicolon ? semicolon : end));
  return semicolon ? semicolon : end;
}

RdSlice rd_sip_param(RdSlice params, const char *name) {
  if (!params.at)
    return (RdSlice){0};
  const char *at = params.at, *end = at + params.len;
  while (at < end) {
    at = rd_sip_skip_blank(at, end);
    const char *stop = at;
    while (stop < end && *stop != ';' && *stop != '=')
      stop++;
    RdSlice key = rd_slice_trim(rd_sip_between(at, stop));
    RdSlice value = {stop, 0};
    if (stop < end && *stop == '=')
      stop = cut_value(stop + 1, end, &value);
    if (key.len > 0 && rd_slice_is_nocase(key, name))
      return value;
    at = stop < end ? stop + 1 : end;
  }
  return (RdSlice){0};
}

static bool is_uri(RdSlice uri) {
  const char *end = uri.at + uri.len;
  const char *colon = rd_sip_skip_token(uri.at, end);
  if (colon == uri.at || colon == end || *colon != ':' || colon + 1 == end)
    return false;
  for (const char *p = colon; p < end; p++)
    if (rd_sip_blank(*p) || *p == '<' || *p == '"')
      return false;
  return true;
}

/* Behind ">" or an addr-spec only parameters may come. */
static void cut_params(const char *at, const char *end, RdSlice *params, uint32_t *defects) {
  at = rd_sip_skip_blank(at, end);
  if (at < end && *at != ';')
    *defects |= RD_SIP_BAD_FROM_TO;
  *params = rd_sip_between(at, end);
}

/* In an addr-spec without <> the first semicolon ends the URI, and "?" and "," may not be in it
 * (s20). */
static RdSlice cut_addr_spec(const char *at, const char *end, RdSlice *params, uint32_t *defects) {
  const char *stop = at;
  while (stop < end && *stop != ';' && !rd_sip_blank(*stop)) {
    if (*stop == '?' || *stop == ',')
      *defects |= RD_SIP_BAD_FROM_TO;
    stop++;
  }
  cut_params(stop, end, params, defects);
  return rd_sip_between(at, stop);
}

/* Moves over the display name; *defects tells of one that is neither tokens nor a quoted string. */
static const char *skip_display_name(const char *at, const char *end, uint32_t *defects) {
  if (at < end && *at == '"') {
    const char *close = rd_sip_close_quote(at + 1, end);
    if (!close) {
      *defects |= RD_SIP_UNTERMINATED_QUOTE;
      return end;
    }
    return rd_sip_skip_blank(close + 1, end);
  }
  while (at < end && (rd_sip_token_octet[(uint8_t)*at] || rd_sip_blank(*at)))
    at++;
  return at;
}

RdSlice rd_sip_cut_name_addr(RdSlice value, RdSlice *params, uint32_t *defects) {
  *params = (RdSlice){0};
  if (!value.at)
    return (RdSlice){0};
  const char *end = value.at + value.len;
  const char *at = rd_sip_skip_blank(value.at, end);
  const char *open = skip_display_name(at, end, defects);
  if (open < end && *open == ':' && *at != '"') {
    RdSlice uri = cut_addr_spec(at, end, params, defects);
    *defects |= is_uri(uri) ? 0u : RD_SIP_BAD_FROM_TO;
    return uri;
  }
  if (open < end && *open != '<') {
    *defects |= RD_SIP_BAD_FROM_TO;
    open = memchr(open, '<', (size_t)(end - open));
  }
  const char *close = open && open < end ? memchr(open, '>', (size_t)(end - open)) : NULL;
  if (!close) {
    *defects |= RD_SIP_BAD_FROM_TO;
    return (RdSlice){0};
  }
  RdSlice uri = rd_sip_between(open + 1, close);
  *defects |= is_uri(uri) ? 0u : RD_SIP_BAD_FROM_TO;
  cut_params(close + 1, end, params, defects);
  return rd_slice_trim(uri);
}

RdSlice rd_sip_name_addr(RdSlice value, RdSlice *ret_params) {
  uint32_t defects = 0;
  RdSlice params;
  RdSlice uri = rd_sip_cut_name_addr(value, &params, &defects);
  if (ret_params)
    *ret_params = params;
  return uri;
}

/* sent-by = host [":" port]. */
static bool is_sent_by(RdSlice text) {
  const char *end = text.at + text.len;
  const char *at = text.at;
  if (at < end && *at == '[') {
    at = memchr(at, ']', text.len);
    if (!at)
      return false;
    at++;
  } else {
    at = rd_sip_skip_token(at, end);
  }
  if (at == text.at)
    return false;
  at = rd_sip_skip_blank(at, end);
  if (at == end)
    return true;
  uint64_t port;
  return *at == ':' && rd_slice_uint(rd_slice_trim(rd_sip_between(at + 1, end)), &port) &&
         port <= 65535;
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

/* via-parm = SIP / 2.0 / transport LWS sent-by *(;params) (s25.1). */
static bool read_via(RdSip *sip) {
  RdSlice rest = rd_sip_value(sip, RD_HDR_VIA);
  sip->via = rd_sip_split(&rest);
  if (!sip->via.at)
    return false;
  const char *end = sip->via.at + sip->via.len;
  RdSlice name, version;
  const char *at = skip_protocol_part(sip->via.at, end, &name);
  at = at ? skip_protocol_part(at, end, &version) : NULL;
  if (!at || !rd_slice_is_nocase(name, "SIP") || !rd_slice_is(version, "2.0"))
    return false;
  const char *transport_end = rd_sip_skip_token(at, end);
  const char *host = rd_sip_skip_blank(transport_end, end);
  if (transport_end == at || host == transport_end)
    return false;
  const char *semicolon = memchr(host, ';', (size_t)(end - host));
  RdSlice sent_by = rd_slice_trim(rd_sip_between(host, semicolon ? semicolon : end));
  if (!is_sent_by(sent_by))
    return false;
  sip->via_sent_by = sent_by;
  if (semicolon)
    sip->via_branch = rd_sip_param(rd_sip_between(semicolon, end), "branch");
  return true;
}

static void read_parties(RdSip *sip) {
  RdSlice params;
  sip->from = rd_sip_value(sip, RD_HDR_FROM);
  sip->to = rd_sip_value(sip, RD_HDR_TO);
  if (sip->from.at) {
    sip->from_uri = rd_sip_cut_name_addr(sip->from, &params, &sip->defects);
    sip->from_tag = rd_sip_param(params, "tag");
  }
  if (sip->to.at) {
    sip->to_uri = rd_sip_cut_name_addr(sip->to, &params, &sip->defects);
    sip->to_tag = rd_sip_param(params, "tag");
  }
  RdSlice contacts = rd_sip_value(sip, RD_HDR_CONTACT);
  RdSlice contact = rd_sip_split(&contacts);
  uint32_t defects = 0;
  sip->contact_uri =
      rd_slice_is(contact, "*") ? contact : rd_sip_cut_name_addr(contact, &params, &defects);
  sip->defects |= defects & RD_SIP_UNTERMINATED_QUOTE;
}

/* CSeq = 1*DIGIT LWS Method, below 2**31 (s8.1.1.5). */
static void read_cseq(RdSip *sip) {
  RdSlice value = rd_sip_value(sip, RD_HDR_CSEQ);
  if (!value.at)
    return;
  const char *end = value.at + value.len, *stop = value.at;
  while (stop < end && *stop >= '0' && *stop <= '9')
    stop++;
  uint64_t number = 0;
  const char *method = rd_sip_skip_blank(stop, end);
  if (!rd_slice_uint(rd_sip_between(value.at, stop), &number) || number > INT32_MAX ||
      method == stop || method == end || rd_sip_skip_token(method, end) != end)
    sip->defects |= RD_SIP_BAD_CSEQ;
  else
    sip->cseq = (uint32_t)number;
  RdSlice text = rd_sip_between(method, end);
  if (!sip->is_request) {
    sip->method_text = text;
    sip->method = (uint8_t)rd_sip_method(text);
  } else if (!rd_slice_equal(text, sip->method_text)) {
    sip->defects |= RD_SIP_CSEQ_METHOD;
  }
}

/* The leading digits of a value, in [0, max]; -1 and a defect if there are none, or more follows
 * them than `tail` allows. */
static int64_t read_number(RdSip *sip, RdHeaderId id, uint64_t max, const char *tail,
                           uint32_t bad) {
  RdSlice value = rd_sip_value(sip, id);
  if (!value.at)
    return -1;
  const char *end = value.at + value.len, *stop = value.at;
  while (stop < end && *stop >= '0' && *stop <= '9')
    stop++;
  uint64_t n = 0;
  const char *after = rd_sip_skip_blank(stop, end);
  bool whole = after == end || (tail[0] && strchr(tail, *after) && *after);
  if (!whole || !rd_slice_uint(rd_sip_between(value.at, stop), &n) || n > max) {
    sip->defects |= bad;
    return -1;
  }
  return (int64_t)n;
}

static void read_scalars(RdSip *sip) {
  sip->content_length =
      read_number(sip, RD_HDR_CONTENT_LENGTH, INT64_MAX, "", RD_SIP_BAD_CONTENT_LENGTH);
  sip->max_forwards = (int32_t)read_number(sip, RD_HDR_MAX_FORWARDS, 255, "", RD_SIP_BAD_SCALAR);
  sip->expires = read_number(sip, RD_HDR_EXPIRES, UINT32_MAX, "", RD_SIP_BAD_SCALAR);
  read_number(sip, RD_HDR_MIN_EXPIRES, UINT32_MAX, "", RD_SIP_BAD_SCALAR);
  read_number(sip, RD_HDR_SESSION_EXPIRES, UINT32_MAX, ";", RD_SIP_BAD_SCALAR);
  read_number(sip, RD_HDR_MIN_SE, UINT32_MAX, ";", RD_SIP_BAD_SCALAR);
  read_number(sip, RD_HDR_RETRY_AFTER, UINT32_MAX, ";(", RD_SIP_BAD_SCALAR);
  read_number(sip, RD_HDR_RSEQ, UINT32_MAX, "", RD_SIP_BAD_SCALAR);
}

static void count_headers(RdSip *sip) {
  static const uint8_t single[] = {RD_HDR_FROM,         RD_HDR_TO,           RD_HDR_CALL_ID,
                                   RD_HDR_CSEQ,         RD_HDR_MAX_FORWARDS, RD_HDR_CONTENT_LENGTH,
                                   RD_HDR_CONTENT_TYPE, RD_HDR_EXPIRES};
  for (size_t i = 0; i < sizeof single; i++) {
    const RdSipHeader *h = rd_sip_first(sip, single[i]);
    if (h && h->next)
      sip->defects |= RD_SIP_DUPLICATE_HEADER;
  }
  const uint16_t *first = sip->first;
  if (!first[RD_HDR_VIA] || !first[RD_HDR_FROM] || !first[RD_HDR_TO] || !first[RD_HDR_CSEQ] ||
      sip->call_id.len == 0)
    sip->defects |= RD_SIP_MISSING_HEADER;
  if (sip->is_request && !first[RD_HDR_MAX_FORWARDS])
    sip->defects |= RD_SIP_NO_MAX_FORWARDS;
}

void rd_sip_read_fields(RdSip *sip) {
  sip->call_id = rd_sip_value(sip, RD_HDR_CALL_ID);
  count_headers(sip);
  if (sip->first[RD_HDR_VIA]) {
    if (!read_via(sip))
      sip->defects |= RD_SIP_BAD_VIA;
    else if (!rd_slice_starts_nocase(sip->via_branch, "z9hG4bK"))
      sip->defects |= RD_SIP_NO_MAGIC_COOKIE;
  }
  read_parties(sip);
  read_cseq(sip);
  read_scalars(sip);
}
