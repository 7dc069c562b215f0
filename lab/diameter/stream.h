/* stream.h - cuts a byte stream into Diameter messages by their length field (RFC 6733 s3). Pure.
 *
 * Another version than 1, or a length that is below 20, no multiple of four or above the limit, breaks the
 * stream for good: no later boundary can be trusted. */
#pragma once

#include "redoubt/base.h"

typedef struct RdDiaStream RdDiaStream;

typedef enum { RD_DIA_MORE = 0, RD_DIA_MESSAGE, RD_DIA_BROKEN } RdDiaCut;

/* Never keeps much more than `longest` octets beyond what was pushed last. */
RdDiaStream *rd_dia_stream_new(size_t longest);
void rd_dia_stream_push(RdDiaStream *stream, const void *bytes, size_t len);
/* Until it says MORE or BROKEN; a message is valid until the next push. */
RdDiaCut rd_dia_stream_pop(RdDiaStream *stream, RdSlice *ret);
size_t rd_dia_stream_pending(const RdDiaStream *stream); /* octets kept */
void rd_dia_stream_free(RdDiaStream *stream); /* NULL is fine */
