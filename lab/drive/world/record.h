/* record.h - what a trial leaves to look at: a capture an attachment with the truth in its comments, what
 * each defense judged with its verdicts, and the trace. */
#pragma once

#include "lab/drive/world/types.h"
#include "lab/text/json.h"

RdRecord *rd_record_new(RdWorld *w, const RdOutputs *outputs, GError **error);
void rd_record_message(RdRecord *r, const RdWorldAttachment *attachment, const RdParcel *parcel,
                       bool outgoing);
/* Bytes of a stream, as one segment. */
void rd_record_stream(RdRecord *r, const RdStream *stream, bool outgoing, const uint8_t *bytes,
                      size_t len, const RdTag *tag);
void rd_record_packet(RdRecord *r, const RdWorldAttachment *attachment, bool outgoing, RdTime at,
                      const uint8_t *ip, size_t len, const RdTag *tag);
void rd_record_verdict(RdRecord *r, RdWorldJudge *judge, const RdMessage *message,
                       const RdVerdict *verdict, const RdTag *tag);
void rd_record_trace(RdRecord *r, const char *event, const RdParcel *parcel, const char *detail);
/* A member of names: the attacks and twins whose bits are set. */
void rd_record_causes(RdJson *j, const RdWorld *w, const char *key, uint64_t bits);
bool rd_record_close(RdRecord *r, GError **error); /* frees r; NULL is fine */
