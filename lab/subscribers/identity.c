#include "lab/subscribers/identity.h"

#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/scan.h"
#include "lab/sip/uri.h"

static void lower(char *at, const char *end) {
  for (; at < end; at++)
    if (*at >= 'A' && *at <= 'Z')
      *at = (char)(*at + 32);
}

bool rd_identity_public(RdSlice identity, char *ret, size_t cap) {
  RdSipUri uri;
  RdText t = rd_text(ret, cap);
  if (!rd_sip_uri_parse(identity, &uri) || uri.user.len == 0)
    return false;
  const bool tel = rd_slice_is_nocase(uri.scheme, "tel");
  rd_text_slice(&t, uri.scheme);
  rd_text_char(&t, ':');
  lower(ret, ret + t.len);
  rd_text_slice(&t, uri.user);
  if (!tel) {
    const size_t host = t.len;
    rd_text_char(&t, '@');
    rd_text_slice(&t, uri.host);
    lower(ret + host, ret + t.len);
  }
  return !t.full && (tel || uri.host.len > 0);
}

RdSlice rd_identity_private(const RdSip *sip, RdDigest *room) {
  RdSlice value = rd_sip_value(sip, RD_HDR_AUTHORIZATION);
  RdSipUri uri;
  if (value.at && rd_digest_parse(value, room) && room->username.len > 0)
    return room->username;
  if (!rd_sip_uri_parse(sip->to_uri, &uri) || uri.user.len == 0 || uri.host.len == 0)
    return sip->to_uri;
  return rd_slice_of(uri.user.at, (size_t)(rd_slice_end(uri.host) - uri.user.at));
}
