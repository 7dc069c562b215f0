/* sip.h - the shape of a scanned SIP message (RFC 3261).
 *
 * A view is a set of slices into the raw bytes: nothing is copied, folded or decoded. Whatever the
 * scanner had to forgive is a defect bit; a message that could not be scanned at all has
 * RD_SIP_UNSCANNABLE and no start line. Parts get views from the host; lab/sip makes them. */
#pragma once

#include "redoubt/base.h"

typedef enum {
  RD_SIP_NONE = 0,
  RD_SIP_INVITE,
  RD_SIP_ACK,
  RD_SIP_BYE,
  RD_SIP_CANCEL,
  RD_SIP_REGISTER,
  RD_SIP_OPTIONS,
  RD_SIP_PRACK,
  RD_SIP_UPDATE,
  RD_SIP_SUBSCRIBE,
  RD_SIP_NOTIFY,
  RD_SIP_PUBLISH,
  RD_SIP_INFO,
  RD_SIP_REFER,
  RD_SIP_MESSAGE,
  RD_SIP_OTHER_METHOD,
  RD_SIP_METHOD_COUNT /* no bound for a part's arrays: values at or above it may come (abi.md) */
} RdSipMethod;

/* Header fields the scanner knows; all others are RD_HDR_OTHER. Compact forms are resolved. */
typedef enum {
  RD_HDR_OTHER = 0,
  RD_HDR_VIA,
  RD_HDR_FROM,
  RD_HDR_TO,
  RD_HDR_CALL_ID,
  RD_HDR_CSEQ,
  RD_HDR_MAX_FORWARDS,
  RD_HDR_CONTACT,
  RD_HDR_ROUTE,
  RD_HDR_RECORD_ROUTE,
  RD_HDR_PATH,
  RD_HDR_SERVICE_ROUTE,
  RD_HDR_EXPIRES,
  RD_HDR_MIN_EXPIRES,
  RD_HDR_CONTENT_LENGTH,
  RD_HDR_CONTENT_TYPE,
  RD_HDR_CONTENT_ENCODING,
  RD_HDR_AUTHORIZATION,
  RD_HDR_PROXY_AUTHORIZATION,
  RD_HDR_WWW_AUTHENTICATE,
  RD_HDR_PROXY_AUTHENTICATE,
  RD_HDR_AUTHENTICATION_INFO,
  RD_HDR_USER_AGENT,
  RD_HDR_SERVER,
  RD_HDR_SUPPORTED,
  RD_HDR_REQUIRE,
  RD_HDR_PROXY_REQUIRE,
  RD_HDR_UNSUPPORTED,
  RD_HDR_ALLOW,
  RD_HDR_RETRY_AFTER,
  RD_HDR_WARNING,
  RD_HDR_EVENT,
  RD_HDR_SUBSCRIPTION_STATE,
  RD_HDR_SUBJECT,
  RD_HDR_REFER_TO,
  RD_HDR_REASON,
  RD_HDR_IDENTITY,
  RD_HDR_RSEQ,
  RD_HDR_RACK,
  RD_HDR_SESSION_EXPIRES,
  RD_HDR_MIN_SE,
  RD_HDR_PRIVACY,
  RD_HDR_P_ASSERTED_IDENTITY,
  RD_HDR_P_PREFERRED_IDENTITY,
  RD_HDR_P_ACCESS_NETWORK_INFO,
  RD_HDR_P_VISITED_NETWORK_ID,
  RD_HDR_P_CHARGING_VECTOR,
  RD_HDR_P_ASSOCIATED_URI,
  RD_HDR_P_CALLED_PARTY_ID,
  RD_HDR_SECURITY_CLIENT,
  RD_HDR_SECURITY_SERVER,
  RD_HDR_SECURITY_VERIFY,
  RD_HDR_HISTORY_INFO,
  RD_HDR_GEOLOCATION,
  RD_HDR_DATE,
  RD_HDR_COUNT /* no bound for a part's arrays: values at or above it may come (abi.md) */
} RdHeaderId;

/* Defects: what is wrong or odd, one bit each. The scanner goes on after all but the first. */
typedef enum {
  RD_SIP_UNSCANNABLE = 1 << 0, /* no start line could be made out: not SIP */
  RD_SIP_TRUNCATED = 1 << 1, /* the header section never ended with an empty line */
  RD_SIP_BARE_LF = 1 << 2, /* a line ended in LF without CR */
  RD_SIP_BAD_START_LINE = 1 << 3, /* odd spacing, missing or extra parts */
  RD_SIP_BAD_VERSION = 1 << 4, /* not SIP/2.0 */
  RD_SIP_BAD_METHOD = 1 << 5, /* the method is no token */
  RD_SIP_BAD_STATUS = 1 << 6, /* the status code is not three digits, 100-699 */
  RD_SIP_BAD_HEADER = 1 << 7, /* a header line without a colon, or with a name that is no token */
  RD_SIP_BAD_OCTET = 1 << 8, /* NUL or another control octet in the header section */
  RD_SIP_MISSING_HEADER = 1 << 9, /* Via, From, To, Call-ID or CSeq absent; Max-Forwards (requests)
                                     is RD_SIP_NO_MAX_FORWARDS as RFC 2543 had none */
  RD_SIP_DUPLICATE_HEADER = 1 << 10, /* a single-value header twice (From, To, Call-ID, CSeq,
                                        Max-Forwards, Content-Length, Content-Type, Expires) */
  RD_SIP_BAD_CSEQ = 1 << 11, /* not 1*DIGIT LWS Method, or >= 2**31 */
  RD_SIP_CSEQ_METHOD = 1 << 12, /* the CSeq method is not the request's method */
  RD_SIP_BAD_CONTENT_LENGTH = 1 << 13, /* not a number */
  RD_SIP_BODY_SHORT = 1 << 14, /* fewer body bytes than Content-Length says */
  RD_SIP_BODY_LONG = 1 << 15, /* more (datagrams: the rest is ignored, RFC 3261 s18.3) */
  RD_SIP_BAD_SCALAR = 1 << 16, /* Max-Forwards, Expires, RSeq... not a number or out of range */
  RD_SIP_NO_MAX_FORWARDS = 1 << 17,
  RD_SIP_BAD_URI = 1 << 18, /* the Request-URI is empty, has no scheme, holds a blank or another
                               octet no URI has, is enclosed in <>, or (sip, sips) has no host, a
                               bad port or header fields */
  RD_SIP_BAD_FROM_TO = 1 << 19, /* From or To is no name-addr or addr-spec with parameters */
  RD_SIP_BAD_VIA = 1 << 20, /* the top Via has no sent-by, an unknown form or broken parameters */
  RD_SIP_NO_MAGIC_COOKIE = 1 << 21, /* the top Via's branch lacks z9hG4bK (RFC 2543 peer) */
  RD_SIP_TOO_MANY_HEADERS = 1 << 22, /* more than RD_SIP_MAX_HEADERS: the rest is not indexed */
  RD_SIP_FOLDED = 1 << 23, /* a header was folded over lines: valid, obsolete, odd */
  RD_SIP_COMPACT = 1 << 24, /* compact header names: valid */
  RD_SIP_LEADING_BLANK = 1 << 25, /* CRLF before the start line: valid (s7.5) */
  RD_SIP_SPACE_BEFORE_COLON = 1 << 26, /* valid (s25.1 HCOLON) */
  RD_SIP_UNTERMINATED_QUOTE =
      1 << 27, /* a quoted string that never closes in From, To or Contact */
  RD_SIP_BAD_VALUE = 1 << 28 /* Call-ID, the first Contact, Route, Record-Route, Path,
                                Service-Route, Content-Type or Date breaks its grammar */
} RdSipDefect;

/* Defect bits that a well-formed but unusual message may carry. */
#define RD_SIP_ODD_BUT_VALID                                                                       \
  (RD_SIP_FOLDED | RD_SIP_COMPACT | RD_SIP_LEADING_BLANK | RD_SIP_SPACE_BEFORE_COLON |             \
   RD_SIP_NO_MAGIC_COOKIE | RD_SIP_NO_MAX_FORWARDS | RD_SIP_BODY_LONG)

#define RD_SIP_MAX_HEADERS 128
#define RD_HDR_CAPACITY 96 /* room for header ids to come, without moving what follows */

typedef struct {
  RdSlice name; /* as written */
  RdSlice value; /* without the surrounding white space; folds still inside */
  uint16_t id; /* RdHeaderId */
  uint16_t next; /* index of the next header of the same id, 0 = none (index 0 is never a "next") */
} RdSipHeader;

/* The parts of a sip: or sips: URI that name somebody. Absent in another URI, or one that is broken. */
typedef struct {
  RdSlice user; /* without the password; escapes as written */
  RdSlice host; /* an IPv6 reference with its brackets */
  uint32_t port; /* 0: none */
} RdSipUserHost;

typedef struct {
  uint32_t size; /* of this struct */
  uint32_t defects; /* RdSipDefect bits */

  bool is_request;
  uint8_t method; /* RdSipMethod: of the start line, or of CSeq in a response */
  uint16_t status; /* 0 in a request */
  RdSlice method_text; /* of the start line, or of CSeq in a response */
  RdSlice uri; /* Request-URI */
  RdSlice reason; /* reason phrase */

  /* The fields every element reads, cut out once. Absent ones have at == NULL. */
  RdSlice call_id;
  RdSlice from, to; /* whole values */
  RdSlice from_uri, to_uri; /* the URI inside, without < > and header parameters */
  RdSlice from_tag, to_tag;
  RdSlice via; /* the topmost via-parm */
  RdSlice via_sent_by; /* host[:port] of the topmost Via */
  RdSlice via_branch;
  RdSlice contact_uri; /* of the first Contact */
  uint32_t cseq;
  int32_t max_forwards; /* -1 absent or bad */
  int64_t expires; /* seconds, of the Expires header; -1 absent or bad */
  int64_t content_length; /* as stated; -1 absent or bad */

  RdSlice head; /* start line to the empty line, inclusive */
  RdSlice body;

  uint16_t first[RD_HDR_CAPACITY]; /* 1 + index of the first header of an id; 0 = absent */
  uint16_t n_headers;
  uint16_t header_stride; /* bytes from one RdSipHeader to the next */
  const RdSipHeader *headers; /* in order of appearance */

  RdSipUserHost uri_at, from_at, to_at, contact_at; /* of the URIs above */
} RdSip;
