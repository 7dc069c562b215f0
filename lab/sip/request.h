/* request.h - writes the requests of a user agent from the few values that differ. Pure.
 *
 * Everything goes into a caller's buffer; what does not fit gives length 0. */
#pragma once

#include "redoubt/sip.h"

/* Absent slices leave their header out. Via, From, To, Call-ID, CSeq and Max-Forwards always go. */
typedef struct {
  const char *method; /* of the start line and of CSeq */
  RdAddress local; /* sent-by of the Via, and the Contact's host; its transport in both */
  bool alias; /* of the Via (RFC 5923), over TCP */
  RdSlice uri; /* Request-URI */
  RdSlice branch; /* whole, "z9hG4bK" included */
  RdSlice from_uri, from_tag;
  RdSlice to_uri, to_tag;
  RdSlice call_id;
  uint32_t cseq;
  RdSlice contact_user; /* makes the Contact <sip:USER@local> */
  bool contact_all; /* Contact: * and Expires: 0 instead (RFC 3261 s10.2.2) */
  RdSlice preferred; /* URI in P-Preferred-Identity (RFC 3325 s9.2) */
  RdSlice route; /* the value of one Route header, commas and all */
  RdSlice authorization;
  uint32_t expires; /* seconds; 0: no such header */
  RdSlice contact_more; /* parameters of the Contact, ";" and all */
  RdSlice more; /* whole header lines, each with its CRLF */
  RdSlice body;
  const char *body_type; /* NULL: no body */
} RdSipRequest;

size_t rd_sip_write(const RdSipRequest *request, char *buffer, size_t cap);

/* Where the voice of a phone at an address would go: nobody listens, as there is no media plane. */
static inline RdAddress rd_sip_rtp(RdAddress phone) {
  phone.port = 49152;
  return phone;
}
