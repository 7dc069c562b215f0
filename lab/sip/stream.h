/* stream.h - cuts a byte stream (TCP, TLS) into SIP messages (RFC 3261 s18.3, RFC 5626 s3.5.1). Pure.
 *
 * Content-Length rules, and must be there (s20.14). Once a stream is broken no later boundary can be
 * trusted, so it stays broken: the connection has to be closed. */
#pragma once

#include "redoubt/base.h"

typedef struct RdSipStream RdSipStream;

typedef enum {
  RD_STREAM_MORE = 0, /* no whole message yet */
  RD_STREAM_MESSAGE, /* one message; valid until the next push */
  RD_STREAM_PING, /* CRLF CRLF between messages: answer with CRLF */
  RD_STREAM_BROKEN
} RdStreamVerdict;

/* Heads longer than max_head bytes and bodies longer than max_body break the stream; it never keeps
 * much more than the two together. */
RdSipStream *rd_sip_stream_new(size_t max_head, size_t max_body);
void rd_sip_stream_push(RdSipStream *s, const void *bytes, size_t len);
/* Call until it says MORE or BROKEN. ret_why (may be NULL): a constant phrase when BROKEN. */
RdStreamVerdict rd_sip_stream_pop(RdSipStream *s, RdSlice *ret, const char **ret_why);
size_t rd_sip_stream_pending(const RdSipStream *s); /* bytes kept */
void rd_sip_stream_free(RdSipStream *s); /* NULL is fine */
