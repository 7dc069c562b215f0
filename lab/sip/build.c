#include "lab/sip/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/scan.h"

const char *rd_sip_reason(unsigned status) {
  static const struct {
    uint16_t status;
    const char *reason;
  } rows[] = {
      {100, "Trying"},
      {180, "Ringing"},
      {181, "Call Is Being Forwarded"},
      {182, "Queued"},
      {183, "Session Progress"},
      {199, "Early Dialog Terminated"},
      {200, "OK"},
      {202, "Accepted"},
      {204, "No Notification"},
      {300, "Multiple Choices"},
      {301, "Moved Permanently"},
      {302, "Moved Temporarily"},
      {305, "Use Proxy"},
      {380, "Alternative Service"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {407, "Proxy Authentication Required"},
      {408, "Request Timeout"},
      {410, "Gone"},
      {412, "Conditional Request Failed"},
      {413, "Request Entity Too Large"},
      {414, "Request-URI Too Long"},
      {415, "Unsupported Media Type"},
      {416, "Unsupported URI Scheme"},
      {420, "Bad Extension"},
      {421, "Extension Required"},
      {422, "Session Interval Too Small"},
      {423, "Interval Too Brief"},
      {428, "Use Identity Header"},
      {429, "Provide Referrer Identity"},
      {430, "Flow Failed"},
      {433, "Anonymity Disallowed"},
      {436, "Bad Identity Info"},
      {437, "Unsupported Credential"},
      {438, "Invalid Identity Header"},
      {439, "First Hop Lacks Outbound Support"},
      {440, "Max-Breadth Exceeded"},
      {480, "Temporarily Unavailable"},
      {481, "Call/Transaction Does Not Exist"},
      {482, "Loop Detected"},
      {483, "Too Many Hops"},
      {484, "Address Incomplete"},
      {485, "Ambiguous"},
      {486, "Busy Here"},
      {487, "Request Terminated"},
      {488, "Not Acceptable Here"},
      {489, "Bad Event"},
      {491, "Request Pending"},
      {493, "Undecipherable"},
      {494, "Security Agreement Required"},
      {500, "Server Internal Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Server Time-out"},
      {505, "Version Not Supported"},
      {513, "Message Too Large"},
      {580, "Precondition Failure"},
      {600, "Busy Everywhere"},
      {603, "Decline"},
      {604, "Does Not Exist Anywhere"},
      {606, "Not Acceptable"},
      {607, "Unwanted"},
      {608, "Rejected"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
    if (rows[i].status == status)
      return rows[i].reason;
  return "";
}

RdSipBuild rd_sip_request(char *buffer, size_t cap, const char *method, RdSlice uri) {
  RdSipBuild b = {rd_text(buffer, cap), 0};
  rd_text_add(&b.text, method);
  rd_text_char(&b.text, ' ');
  rd_text_slice(&b.text, uri);
  rd_text_add(&b.text, " SIP/2.0\r\n");
  return b;
}

RdSipBuild rd_sip_response(char *buffer, size_t cap, unsigned status, const char *reason) {
  RdSipBuild b = {rd_text(buffer, cap), 0};
  rd_text_add(&b.text, "SIP/2.0 ");
  rd_text_uint(&b.text, status);
  rd_text_char(&b.text, ' ');
  rd_text_add(&b.text, reason ? reason : rd_sip_reason(status));
  rd_text_add(&b.text, "\r\n");
  return b;
}

static void open_field(RdText *t, const char *name) {
  rd_text_add(t, name);
  rd_text_add(t, ": ");
}

void rd_sip_add(RdSipBuild *b, const char *name, RdSlice value) {
  open_field(&b->text, name);
  rd_text_slice(&b->text, value);
  rd_text_add(&b->text, "\r\n");
}

void rd_sip_addf(RdSipBuild *b, const char *name, const char *format, ...) {
  RdText *t = &b->text;
  open_field(t, name);
  va_list args;
  va_start(args, format);
  size_t room = t->cap - t->len;
  int n = vsnprintf(t->at + t->len, room, format, args);
  va_end(args);
  if (n < 0 || (size_t)n >= room) {
    t->full = true;
    t->at[t->len] = 0;
    return;
  }
  t->len += (size_t)n;
  rd_text_add(t, "\r\n");
}

size_t rd_sip_finish(RdSipBuild *b, const char *type, RdSlice body) {
  if (!type)
    body = (RdSlice){0};
  else
    rd_sip_add(b, "Content-Type", rd_slice(type));
  open_field(&b->text, "Content-Length");
  b->length_at = b->text.len;
  rd_text_uint(&b->text, body.len);
  rd_text_add(&b->text, "\r\n\r\n");
  rd_text_slice(&b->text, body);
  return b->text.full ? 0 : b->text.len;
}

/* Requests whose 2xx may set up a dialog (s12.1; RFC 6665, RFC 3515). */
static bool makes_dialog(RdSipMethod method) {
  return method == RD_SIP_INVITE || method == RD_SIP_SUBSCRIBE || method == RD_SIP_REFER;
}

static void copy_to(RdSipBuild *b, const RdSip *request, unsigned status, RdSlice value,
                    RdSlice to_tag) {
  open_field(&b->text, "To");
  rd_text_slice(&b->text, value);
  if (to_tag.at && !request->to_tag.at && status != 100) {
    rd_text_add(&b->text, ";tag=");
    rd_text_slice(&b->text, to_tag);
  }
  rd_text_add(&b->text, "\r\n");
}

/* Is header i to be copied into a response (s8.2.6.1, s8.2.6.2, s12.1.1)? */
static bool is_copied(const RdSip *request, unsigned i, unsigned status) {
  const RdSipHeader *h = rd_sip_header(request, i);
  switch (h->id) {
  case RD_HDR_VIA:
    return true;
  case RD_HDR_FROM:
  case RD_HDR_TO:
  case RD_HDR_CALL_ID:
  case RD_HDR_CSEQ:
    return request->first[h->id] == i + 1;
  case RD_HDR_RECORD_ROUTE:
    return status > 100 && status < 300 && makes_dialog((RdSipMethod)request->method);
  case RD_HDR_OTHER:
    return status == 100 && rd_slice_is_nocase(h->name, "Timestamp");
  default:
    return false;
  }
}

RdSipBuild rd_sip_reply(char *buffer, size_t cap, const RdSip *request, unsigned status,
                        const char *reason, RdSlice to_tag) {
  RdSipBuild b = rd_sip_response(buffer, cap, status, reason);
  for (unsigned i = 0; i < request->n_headers; i++) {
    const RdSipHeader *h = rd_sip_header(request, i);
    if (!is_copied(request, i, status))
      continue;
    if (h->id == RD_HDR_TO)
      copy_to(&b, request, status, h->value, to_tag);
    else
      rd_sip_add(&b, h->id == RD_HDR_OTHER ? "Timestamp" : rd_sip_header_name((RdHeaderId)h->id),
                 h->value);
  }
  return b;
}
