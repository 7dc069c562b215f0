/* The insides of header values: quoted strings, lists, parameters, addresses, URIs. */
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
static const char *skip_element(const char *at, const char *end, const char *limit) {
  while ((at = rd_find(at, end, limit, rd_is_list_mark)) < end && *at != ',') {
    const char *close =
        *at == '"' ? rd_sip_close_quote(at + 1, end) : rd_find(at, end, limit, rd_is_greater);
    if (!close || close == end)
      return end;
    at = close + 1;
  }
  return at;
}

RdSlice rd_sip_cut_element(RdSlice *rest, const char *limit) {
  if (!rest->at)
    return (RdSlice){0};
  const char *at = rest->at, *end = rd_slice_end(*rest);
  while (at < end) {
    const char *stop = skip_element(at, end, limit);
    RdSlice element = rd_sip_trim(at, stop);
    at = stop < end ? stop + 1 : end;
    if (element.len > 0) {
      *rest = rd_sip_between(at, end);
      return element;
    }
  }
  *rest = (RdSlice){0};
  return *rest;
}

RdSlice rd_sip_split(RdSlice *rest) {
  return rd_sip_cut_element(rest, rd_slice_end(*rest));
}

/* What comes behind "=", up to the semicolon: a quoted string without its quotes, or a word. */
static const char *cut_value(const char *at, const char *end, const char *limit, RdSlice *ret,
                             bool *sound) {
  at = rd_sip_skip_blank(at, end);
  if (at < end && *at == '"') {
    const char *close = rd_sip_close_quote(at + 1, end);
    *ret = rd_sip_between(at + 1, close ? close : end);
    at = rd_sip_skip_blank(close ? close + 1 : end, end);
    *sound &= close && (at == end || *at == ';');
    const char *semicolon = memchr(at, ';', (size_t)(end - at));
    return semicolon ? semicolon : end;
  }
  const char *stop = rd_find(at, end, limit, rd_is_value_end);
  const char *after = rd_sip_skip_blank(stop, end);
  *ret = rd_sip_between(at, stop);
  *sound &= stop > at;
  if (after == end || *after == ';')
    return after;
  *sound = false;
  return rd_find(after, end, limit, rd_is_semicolon);
}

/* generic-param = token [EQUAL gen-value]; returns where the next one's semicolon is. */
static const char *cut_param(const char *at, const char *end, const char *limit, RdSlice *key,
                             RdSlice *value, bool *sound) {
  at = rd_sip_skip_blank(at, end);
  const char *stop = rd_sip_skip_token(at, end);
  *key = rd_sip_between(at, stop);
  stop = rd_sip_skip_blank(stop, end);
  *value = rd_sip_between(stop, stop);
  *sound &= key->len > 0;
  if (stop < end && *stop == '=')
    return cut_value(stop + 1, end, limit, value, sound);
  if (stop == end || *stop == ';')
    return stop;
  *sound = false;
  *key = (RdSlice){0};
  stop = memchr(stop, ';', (size_t)(end - stop));
  return stop ? stop : end;
}

bool rd_sip_read_params(RdSlice params, const char *limit, RdSlice name, RdSlice *ret) {
  bool sound = true;
  *ret = (RdSlice){0};
  const char *at = params.at, *end = rd_slice_end(params);
  while (at < end) {
    RdSlice key, value;
    /* Behind the first semicolon; a list may come without it. */
    if (*at == ';')
      at++;
    at = cut_param(at, end, limit, &key, &value, &sound);
    if (!rd_sip_same_token(key, name))
      continue;
    if (ret->at)
      sound = false;
    else
      *ret = value;
  }
  return sound;
}

RdSlice rd_sip_param(RdSlice params, const char *name) {
  RdSlice value = {0};
  if (params.at)
    rd_sip_read_params(params, rd_slice_end(params), rd_slice(name), &value);
  return value;
}

/* IPv6reference = "[" hexadecimals, colons and dots "]"; returns where it ends, `at` if it is none. */
const char *rd_sip_skip_ip6(const char *at, const char *end) {
  const char *stop = at + 1;
  while (stop < end && (rd_sip_is(*stop, RD_SIP_HEX) || *stop == ':' || *stop == '.'))
    stop++;
  return stop < end && *stop == ']' && stop > at + 1 ? stop + 1 : at;
}

/* host [":" port]; returns where it ends, NULL if it is none. */
static const char *skip_hostport(const char *at, const char *end, const char *limit,
                                 RdSipUserHost *ret) {
  const char *stop =
      at < end && *at == '[' ? rd_sip_skip_ip6(at, end) : rd_find(at, end, limit, rd_is_no_host);
  ret->host = rd_sip_between(at, stop);
  if (stop < end && *stop == ':') {
    uint64_t port;
    stop++;
    if (!rd_sip_cut_number(&stop, end, 65535, &port))
      return NULL;
    ret->port = (uint32_t)port;
  }
  return ret->host.len > 0 ? stop : NULL;
}

/* Moves over octets that URIs have, and whole escapes: to "@", to what may not be there, or to the
 * end. */
static const char *skip_uri_octets(const char *at, const char *end, const char *limit) {
  while ((at = rd_find(at, end, limit, rd_is_no_plain_uri)) < end && *at == '%') {
    if (end - at < 3 || !rd_sip_is(at[1], RD_SIP_HEX) || !rd_sip_is(at[2], RD_SIP_HEX))
      return at;
    at += 3;
  }
  return at;
}

/* Behind "sip:" or "sips:". Semicolons and question marks may stand in the user part, an unescaped
 * "@" nowhere else. */
static bool cut_sip_uri(const char *at, const char *end, const char *limit, RdSipUserHost *ret) {
  const char *stop = skip_uri_octets(at, end, limit), *host = at;
  RdSipUserHost parts = {0};
  if (stop < end && *stop == '@') {
    const char *colon = rd_find(at, stop, limit, rd_is_colon);
    parts.user = rd_sip_between(at, colon);
    host = stop + 1;
    if (colon == at)
      return false;
  } else if (stop < end) {
    return false;
  }
  const char *rest = skip_hostport(host, end, limit, &parts);
  if (!rest || (rest < end && *rest != ';' && *rest != '?'))
    return false;
  if (stop < end && skip_uri_octets(rest, end, limit) < end)
    return false;
  *ret = parts;
  return true;
}

bool rd_sip_cut_uri(RdSlice uri, const char *limit, RdSipUserHost *ret) {
  const char *end = rd_slice_end(uri);
  *ret = (RdSipUserHost){0};
  if (uri.len > 4 && memcmp(uri.at, "sip:", 4) == 0)
    return cut_sip_uri(uri.at + 4, end, limit, ret);
  const char *colon = rd_sip_skip_token(uri.at, end);
  if (colon == uri.at || colon == end || *colon != ':' || colon + 1 == end)
    return false;
  size_t n = (size_t)(colon - uri.at);
  RdSlice scheme = {uri.at, (uint32_t)n}, sips = {"sips", (uint32_t)n};
  if ((n == 3 || n == 4) && rd_sip_same_token(scheme, sips))
    return cut_sip_uri(colon + 1, end, limit, ret);
  const char *at = colon + 1;
  while ((at = skip_uri_octets(at, end, limit)) < end && *at == '@')
    at++;
  return at == end;
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

/* Moves over the display name: a quoted string, or tokens. */
static const char *skip_display_name(const char *at, const char *end, uint32_t *defects) {
  if (at < end && *at == '"') {
    const char *close = rd_sip_close_quote(at + 1, end);
    if (close)
      return rd_sip_skip_blank(close + 1, end);
    *defects |= RD_SIP_UNTERMINATED_QUOTE;
    return end;
  }
  while (at < end && (rd_sip_is(*at, RD_SIP_TOKEN) || rd_sip_blank(*at)))
    at++;
  return at;
}

RdSlice rd_sip_cut_name_addr(RdSlice value, const char *limit, RdSlice *params,
                             RdSipUserHost *parts, uint32_t *defects) {
  *params = (RdSlice){0};
  const char *end = rd_slice_end(value);
  const char *at = rd_sip_skip_blank(value.at, end);
  const char *open = skip_display_name(at, end, defects);
  if (open < end && *open == ':' && *at != '"') {
    RdSlice uri = cut_addr_spec(at, end, params, defects);
    *defects |= rd_sip_cut_uri(uri, limit, parts) ? 0u : RD_SIP_BAD_FROM_TO;
    return uri;
  }
  if (open < end && *open != '<') {
    *defects |= RD_SIP_BAD_FROM_TO;
    open = memchr(open, '<', (size_t)(end - open));
  }
  const char *close = open && open < end ? rd_find(open, end, limit, rd_is_greater) : end;
  if (close == end) {
    *defects |= RD_SIP_BAD_FROM_TO;
    return (RdSlice){0};
  }
  RdSlice uri = rd_sip_between(open + 1, close);
  *defects |= rd_sip_cut_uri(uri, limit, parts) ? 0u : RD_SIP_BAD_FROM_TO;
  cut_params(close + 1, end, params, defects);
  return rd_sip_trim(uri.at, rd_slice_end(uri));
}

RdSlice rd_sip_name_addr(RdSlice value, RdSlice *ret_params) {
  uint32_t defects = 0;
  RdSlice params = {0}, uri = {0};
  RdSipUserHost parts;
  if (value.at)
    uri = rd_sip_cut_name_addr(value, rd_slice_end(value), &params, &parts, &defects);
  if (ret_params)
    *ret_params = params;
  return uri;
}

RdSlice rd_sip_host_port(RdSlice sent_by, unsigned *ret_port) {
  const char *end = rd_slice_end(sent_by);
  const char *colon = sent_by.len > 0 ? memrchr(sent_by.at, ':', sent_by.len) : NULL;
  *ret_port = 0;
  if (!colon || memchr(colon, ']', (size_t)(end - colon)))
    return sent_by;
  uint64_t port;
  if (rd_slice_uint(rd_sip_trim(colon + 1, end), &port) && port <= 65535)
    *ret_port = (unsigned)port;
  return rd_sip_trim(sent_by.at, colon);
}

RdSlice rd_sip_media_type(RdSlice value, RdSlice *ret_subtype) {
  const char *end = rd_slice_end(value);
  const char *slash = value.len > 0 ? memchr(value.at, '/', value.len) : NULL;
  *ret_subtype = (RdSlice){0};
  if (!slash)
    return *ret_subtype;
  const char *at = rd_sip_skip_blank(slash + 1, end);
  *ret_subtype = rd_sip_between(at, rd_sip_skip_token(at, end));
  return rd_sip_trim(value.at, slash);
}
