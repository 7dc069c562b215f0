/* Names of headers, methods and defects. */
#include "lab/base/text.h"
#include "lab/sip/scan.h"
#include "lab/sip/scan_private.h"

#define ROOM 24 /* of the longest name, with octets to spare: names are compared whole */
static const struct {
  char text[ROOM];
  uint64_t len;
} names[RD_HDR_COUNT] = {
#define NAME(id, text) [RD_HDR_##id] = {text, sizeof text - 1}
    NAME(VIA, "Via"),
    NAME(FROM, "From"),
    NAME(TO, "To"),
    NAME(CALL_ID, "Call-ID"),
    NAME(CSEQ, "CSeq"),
    NAME(MAX_FORWARDS, "Max-Forwards"),
    NAME(CONTACT, "Contact"),
    NAME(ROUTE, "Route"),
    NAME(RECORD_ROUTE, "Record-Route"),
    NAME(PATH, "Path"),
    NAME(SERVICE_ROUTE, "Service-Route"),
    NAME(EXPIRES, "Expires"),
    NAME(MIN_EXPIRES, "Min-Expires"),
    NAME(CONTENT_LENGTH, "Content-Length"),
    NAME(CONTENT_TYPE, "Content-Type"),
    NAME(CONTENT_ENCODING, "Content-Encoding"),
    NAME(AUTHORIZATION, "Authorization"),
    NAME(PROXY_AUTHORIZATION, "Proxy-Authorization"),
    NAME(WWW_AUTHENTICATE, "WWW-Authenticate"),
    NAME(PROXY_AUTHENTICATE, "Proxy-Authenticate"),
    NAME(AUTHENTICATION_INFO, "Authentication-Info"),
    NAME(USER_AGENT, "User-Agent"),
    NAME(SERVER, "Server"),
    NAME(SUPPORTED, "Supported"),
    NAME(REQUIRE, "Require"),
    NAME(PROXY_REQUIRE, "Proxy-Require"),
    NAME(UNSUPPORTED, "Unsupported"),
    NAME(ALLOW, "Allow"),
    NAME(RETRY_AFTER, "Retry-After"),
    NAME(WARNING, "Warning"),
    NAME(EVENT, "Event"),
    NAME(SUBSCRIPTION_STATE, "Subscription-State"),
    NAME(SUBJECT, "Subject"),
    NAME(REFER_TO, "Refer-To"),
    NAME(REASON, "Reason"),
    NAME(IDENTITY, "Identity"),
    NAME(RSEQ, "RSeq"),
    NAME(RACK, "RAck"),
    NAME(SESSION_EXPIRES, "Session-Expires"),
    NAME(MIN_SE, "Min-SE"),
    NAME(PRIVACY, "Privacy"),
    NAME(P_ASSERTED_IDENTITY, "P-Asserted-Identity"),
    NAME(P_PREFERRED_IDENTITY, "P-Preferred-Identity"),
    NAME(P_ACCESS_NETWORK_INFO, "P-Access-Network-Info"),
    NAME(P_VISITED_NETWORK_ID, "P-Visited-Network-ID"),
    NAME(P_CHARGING_VECTOR, "P-Charging-Vector"),
    NAME(P_ASSOCIATED_URI, "P-Associated-URI"),
    NAME(P_CALLED_PARTY_ID, "P-Called-Party-ID"),
    NAME(SECURITY_CLIENT, "Security-Client"),
    NAME(SECURITY_SERVER, "Security-Server"),
    NAME(SECURITY_VERIFY, "Security-Verify"),
    NAME(HISTORY_INFO, "History-Info"),
    NAME(GEOLOCATION, "Geolocation"),
    NAME(DATE, "Date"),
#undef NAME
};

/* The compact forms registered with IANA for headers we know. */
static RdHeaderId compact_id(char c) {
  switch (c | 0x20) {
  case 'c':
    return RD_HDR_CONTENT_TYPE;
  case 'e':
    return RD_HDR_CONTENT_ENCODING;
  case 'f':
    return RD_HDR_FROM;
  case 'i':
    return RD_HDR_CALL_ID;
  case 'k':
    return RD_HDR_SUPPORTED;
  case 'l':
    return RD_HDR_CONTENT_LENGTH;
  case 'm':
    return RD_HDR_CONTACT;
  case 'o':
    return RD_HDR_EVENT;
  case 'r':
    return RD_HDR_REFER_TO;
  case 's':
    return RD_HDR_SUBJECT;
  case 't':
    return RD_HDR_TO;
  case 'v':
    return RD_HDR_VIA;
  case 'x':
    return RD_HDR_SESSION_EXPIRES;
  case 'y':
    return RD_HDR_IDENTITY;
  default:
    return RD_HDR_OTHER;
  }
}

/* One place a name: the factors were searched for, so that no two share one (the compiler warns of a
 * second initialiser, and a test asks for every name). */
#define SLOT(len, first, last) (((len) + 9 * (first) + 14 * (last)) & 255)
static const uint8_t slots[256] = {
    [SLOT(3, 'v', 'a')] = RD_HDR_VIA,
    [SLOT(4, 'f', 'm')] = RD_HDR_FROM,
    [SLOT(2, 't', 'o')] = RD_HDR_TO,
    [SLOT(7, 'c', 'd')] = RD_HDR_CALL_ID,
    [SLOT(4, 'c', 'q')] = RD_HDR_CSEQ,
    [SLOT(12, 'm', 's')] = RD_HDR_MAX_FORWARDS,
    [SLOT(7, 'c', 't')] = RD_HDR_CONTACT,
    [SLOT(5, 'r', 'e')] = RD_HDR_ROUTE,
    [SLOT(12, 'r', 'e')] = RD_HDR_RECORD_ROUTE,
    [SLOT(4, 'p', 'h')] = RD_HDR_PATH,
    [SLOT(13, 's', 'e')] = RD_HDR_SERVICE_ROUTE,
    [SLOT(7, 'e', 's')] = RD_HDR_EXPIRES,
    [SLOT(11, 'm', 's')] = RD_HDR_MIN_EXPIRES,
    [SLOT(14, 'c', 'h')] = RD_HDR_CONTENT_LENGTH,
    [SLOT(12, 'c', 'e')] = RD_HDR_CONTENT_TYPE,
    [SLOT(16, 'c', 'g')] = RD_HDR_CONTENT_ENCODING,
    [SLOT(13, 'a', 'n')] = RD_HDR_AUTHORIZATION,
    [SLOT(19, 'p', 'n')] = RD_HDR_PROXY_AUTHORIZATION,
    [SLOT(16, 'w', 'e')] = RD_HDR_WWW_AUTHENTICATE,
    [SLOT(18, 'p', 'e')] = RD_HDR_PROXY_AUTHENTICATE,
    [SLOT(19, 'a', 'o')] = RD_HDR_AUTHENTICATION_INFO,
    [SLOT(10, 'u', 't')] = RD_HDR_USER_AGENT,
    [SLOT(6, 's', 'r')] = RD_HDR_SERVER,
    [SLOT(9, 's', 'd')] = RD_HDR_SUPPORTED,
    [SLOT(7, 'r', 'e')] = RD_HDR_REQUIRE,
    [SLOT(13, 'p', 'e')] = RD_HDR_PROXY_REQUIRE,
    [SLOT(11, 'u', 'd')] = RD_HDR_UNSUPPORTED,
    [SLOT(5, 'a', 'w')] = RD_HDR_ALLOW,
    [SLOT(11, 'r', 'r')] = RD_HDR_RETRY_AFTER,
    [SLOT(7, 'w', 'g')] = RD_HDR_WARNING,
    [SLOT(5, 'e', 't')] = RD_HDR_EVENT,
    [SLOT(18, 's', 'e')] = RD_HDR_SUBSCRIPTION_STATE,
    [SLOT(7, 's', 't')] = RD_HDR_SUBJECT,
    [SLOT(8, 'r', 'o')] = RD_HDR_REFER_TO,
    [SLOT(6, 'r', 'n')] = RD_HDR_REASON,
    [SLOT(8, 'i', 'y')] = RD_HDR_IDENTITY,
    [SLOT(4, 'r', 'q')] = RD_HDR_RSEQ,
    [SLOT(4, 'r', 'k')] = RD_HDR_RACK,
    [SLOT(15, 's', 's')] = RD_HDR_SESSION_EXPIRES,
    [SLOT(6, 'm', 'e')] = RD_HDR_MIN_SE,
    [SLOT(7, 'p', 'y')] = RD_HDR_PRIVACY,
    [SLOT(19, 'p', 'y')] = RD_HDR_P_ASSERTED_IDENTITY,
    [SLOT(20, 'p', 'y')] = RD_HDR_P_PREFERRED_IDENTITY,
    [SLOT(21, 'p', 'o')] = RD_HDR_P_ACCESS_NETWORK_INFO,
    [SLOT(20, 'p', 'd')] = RD_HDR_P_VISITED_NETWORK_ID,
    [SLOT(17, 'p', 'r')] = RD_HDR_P_CHARGING_VECTOR,
    [SLOT(16, 'p', 'i')] = RD_HDR_P_ASSOCIATED_URI,
    [SLOT(17, 'p', 'd')] = RD_HDR_P_CALLED_PARTY_ID,
    [SLOT(15, 's', 't')] = RD_HDR_SECURITY_CLIENT,
    [SLOT(15, 's', 'r')] = RD_HDR_SECURITY_SERVER,
    [SLOT(15, 's', 'y')] = RD_HDR_SECURITY_VERIFY,
    [SLOT(12, 'h', 'o')] = RD_HDR_HISTORY_INFO,
    [SLOT(11, 'g', 'n')] = RD_HDR_GEOLOCATION,
    [SLOT(4, 'd', 'e')] = RD_HDR_DATE,
};

/* From keep + ROOM - n on: n octets that compare all but the bit of the letters' case, then nothing. */
#define EIGHT 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xdf
static const uint8_t keep[2 * ROOM] = {EIGHT, EIGHT, EIGHT};

/* Without a branch on the length. Only a control octet would become a "-" by that bit. */
static RdHeaderId long_id(const char *name, size_t len) {
  uint8_t id = slots[SLOT(len, (uint8_t)(name[0] | 0x20), (uint8_t)(name[len - 1] | 0x20))];
  const char *known = names[id].text;
  const uint8_t *kept = keep + ROOM - len;
  Octets a, b, k;
  uint64_t k8;
  memcpy(&a, name, 16);
  memcpy(&b, known, 16);
  memcpy(&k, kept, 16);
  memcpy(&k8, kept + 16, 8);
  uint64_t tail = (rd_octets_8(name + 16) ^ rd_octets_8(known + 16)) & k8;
  bool same = rd_octets_mask((Octets)(((a ^ b) & k) != 0)) == 0 && tail == 0;
  return same && names[id].len == len ? (RdHeaderId)id : RD_HDR_OTHER;
}

RdHeaderId rd_sip_name_id(const char *name, size_t len, const char *end) {
  if (len <= 1 || len >= ROOM)
    return len == 1 ? compact_id(name[0]) : RD_HDR_OTHER;
  if (end - name >= ROOM)
    return long_id(name, len);
  char copy[ROOM] = "";
  memcpy(copy, name, len);
  return long_id(copy, len);
}

RdHeaderId rd_sip_header_id(RdSlice name) {
  if (name.len == 0 || rd_sip_skip_token(name.at, rd_slice_end(name)) != rd_slice_end(name))
    return RD_HDR_OTHER;
  return rd_sip_name_id(name.at, name.len, rd_slice_end(name));
}

const char *rd_sip_header_name(RdHeaderId id) {
  return (unsigned)id < RD_HDR_COUNT ? names[id].text : "";
}

static const struct {
  const char *name;
  uint32_t len;
} methods[RD_SIP_METHOD_COUNT] = {
#define METHOD(name) [RD_SIP_##name] = {#name, sizeof #name - 1}
    [RD_SIP_NONE] = {"", 0},
    METHOD(INVITE),
    METHOD(ACK),
    METHOD(BYE),
    METHOD(CANCEL),
    METHOD(REGISTER),
    METHOD(OPTIONS),
    METHOD(PRACK),
    METHOD(UPDATE),
    METHOD(SUBSCRIBE),
    METHOD(NOTIFY),
    METHOD(PUBLISH),
    METHOD(INFO),
    METHOD(REFER),
    METHOD(MESSAGE),
    [RD_SIP_OTHER_METHOD] = {"", 0},
#undef METHOD
};

RdSipMethod rd_sip_method(RdSlice token) {
  if (token.len == 0)
    return RD_SIP_NONE;
  for (int m = RD_SIP_INVITE; m < RD_SIP_OTHER_METHOD; m++)
    if (token.len == methods[m].len && memcmp(token.at, methods[m].name, token.len) == 0)
      return (RdSipMethod)m;
  return RD_SIP_OTHER_METHOD;
}

const char *rd_sip_method_name(RdSipMethod method) {
  return (unsigned)method < RD_SIP_METHOD_COUNT ? methods[method].name : "";
}

size_t rd_sip_defect_names(uint32_t defects, char *ret, size_t cap) {
  static const char *const bits[] = {
      "unscannable",
      "truncated",
      "bare-lf",
      "bad-start-line",
      "bad-version",
      "bad-method",
      "bad-status",
      "bad-header",
      "bad-octet",
      "missing-header",
      "duplicate-header",
      "bad-cseq",
      "cseq-method",
      "bad-content-length",
      "body-short",
      "body-long",
      "bad-scalar",
      "no-max-forwards",
      "bad-uri",
      "bad-from-to",
      "bad-via",
      "no-magic-cookie",
      "too-many-headers",
      "folded",
      "compact",
      "leading-blank",
      "space-before-colon",
      "unterminated-quote",
      "bad-value",
  };
  RdText t = rd_text(ret, cap);
  for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
    if (!(defects >> i & 1))
      continue;
    if (t.len > 0)
      rd_text_char(&t, ',');
    rd_text_add(&t, bits[i]);
  }
  return t.len;
}
