/* scan.h - reads one SIP message without copying it (RFC 3261 s7, s25).
 *
 * One pass finds lines with memchr, names the headers and cuts out what every element reads. It
 * never refuses: what it had to forgive is a defect bit of the view (redoubt/sip.h), and the
 * caller decides. Pure; thread-safe; touches nothing but its arguments. */
#pragma once

#include "redoubt/sip.h"

/* The view and the room for its headers. Uninitialised memory is fine. */
typedef struct {
  RdSip sip;
  RdSipHeader headers[RD_SIP_MAX_HEADERS];
} RdSipScan;

typedef enum {
  RD_SIP_DATAGRAM = 0, /* the message ends where the bytes end */
  RD_SIP_STREAM /* Content-Length rules; body may be cut short by len */
} RdSipFraming;

/* Scans bytes[0..len); the view points into them. Returns false exactly when the view has
 * RD_SIP_UNSCANNABLE. */
bool rd_sip_scan(RdSipScan *scan, const void *bytes, size_t len, RdSipFraming framing);
/* For those who wrote the message themselves: only what tells its transaction, as rd_sip_scan() has it.
 * That is the return value, is_request, method, method_text, uri, call_id, from_tag, cseq, via,
 * via_sent_by and via_branch; headers behind the last of these may be missing, and defects are not all
 * there. */
bool rd_sip_scan_identity(RdSipScan *scan, const void *bytes, size_t len);

/* The first header of an id, NULL if absent, and the one after. */
const RdSipHeader *rd_sip_first(const RdSip *sip, RdHeaderId id);
const RdSipHeader *rd_sip_next(const RdSip *sip, const RdSipHeader *header);
/* The i-th header in order of appearance. */
const RdSipHeader *rd_sip_header(const RdSip *sip, unsigned i);
/* Whole value of the first header of an id; absent: at == NULL. */
RdSlice rd_sip_value(const RdSip *sip, RdHeaderId id);

RdHeaderId rd_sip_header_id(RdSlice name); /* long or compact form, any case */
const char *rd_sip_header_name(RdHeaderId id); /* canonical long form */
RdSipMethod rd_sip_method(RdSlice token); /* case-sensitive, as the RFC has it */
const char *rd_sip_method_name(RdSipMethod method);

/* The next comma-separated element of a header value, aware of quotes and <>; *rest moves behind
 * it. An absent slice ends the list. */
RdSlice rd_sip_split(RdSlice *rest);
/* The value of ;name or ;name=value in a parameter list; found without value: len 0, at != NULL. */
RdSlice rd_sip_param(RdSlice params, const char *name);
/* The URI of a name-addr or addr-spec; *ret_params (may be NULL) gets the header parameters. */
RdSlice rd_sip_name_addr(RdSlice value, RdSlice *ret_params);
/* The host of "host" or "host:port" as in a Via; *ret_port is 0 if there is none or it is bad. An
 * IPv6 reference keeps its brackets. */
RdSlice rd_sip_host_port(RdSlice sent_by, unsigned *ret_port);
/* The type of "type/subtype;parameters". Absent (both) if there is no slash. */
RdSlice rd_sip_media_type(RdSlice value, RdSlice *ret_subtype);

/* Names of the defect bits set, comma-separated, lower-case-with-hyphens, into ret[cap]. */
size_t rd_sip_defect_names(uint32_t defects, char *ret, size_t cap);
