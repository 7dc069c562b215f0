/* build.h - writes SIP messages, and makes new ones of old ones. Pure.
 *
 * Everything goes into a caller's buffer; a message that does not fit gives length 0. */
#pragma once

#include "lab/base/text.h"
#include "redoubt/defense.h"
#include "redoubt/sip.h"

#define RD_SIP_MAX_MESSAGE 65507 /* the largest UDP payload over IPv4 */

typedef struct {
  RdText text;
  size_t length_at; /* where Content-Length's digits go; 0: not written yet */
} RdSipBuild;

RdSipBuild rd_sip_request(char *buffer, size_t cap, const char *method, RdSlice uri);
/* reason NULL: the RFC's own phrase for the code. */
RdSipBuild rd_sip_response(char *buffer, size_t cap, unsigned status, const char *reason);
/* The response to a request, with Via, From, To, Call-ID, CSeq (and Record-Route for 18x/2xx to
 * dialog-making requests) copied as s8.2.6 says; to_tag is added unless To has one, the status is
 * 100, or to_tag.at is NULL. */
RdSipBuild rd_sip_reply(char *buffer, size_t cap, const RdSip *request, unsigned status,
                        const char *reason, RdSlice to_tag);
void rd_sip_add(RdSipBuild *b, const char *name, RdSlice value);
void rd_sip_addf(RdSipBuild *b, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Ends the head, writes Content-Length and the body; returns the whole length, 0 if it did not
 * fit. type NULL: no body. */
size_t rd_sip_finish(RdSipBuild *b, const char *type, RdSlice body);

const char *rd_sip_reason(unsigned status);

/* Applies edits to a message; returns the new length, 0 if it did not fit. */
size_t rd_sip_edit(const RdSip *sip, const RdEdit *edits, size_t n, size_t stride, char *buffer,
                   size_t cap);
