/* precondition.h - the quality-of-service preconditions of a session description (RFC 3312, RFC 4032), with
 * the segmented status type: each side sees to its own access. Pure. */
#pragma once

#include "lab/base/text.h"
#include "redoubt/base.h"

typedef enum {
  RD_QOS_NONE = 0,
  RD_QOS_SEND = 1,
  RD_QOS_RECV = 2,
  RD_QOS_SENDRECV = 3 /* both bits */
} RdQos;

/* As the one who wrote it sees it: `local` is his access, `remote` the reader's. */
typedef struct {
  bool stated; /* it has preconditions at all */
  bool mandatory; /* for one of the two, at least */
  bool confirm; /* the reader is asked to tell when his side is ready (a=conf) */
  uint8_t local, remote; /* RdQos: a=curr */
} RdPrecondition;

/* Reads those of the first stream. Lines that make no sense, and those of the end-to-end type, are passed
 * over. */
RdPrecondition rd_precondition_read(RdSlice body);
/* Writes the lines of a stream: sendrecv is wanted on both sides, on the reader's "mandatory" only in what
 * answers him (`firm`), as it is not known before that he can tell. */
void rd_precondition_write(RdText *t, const RdPrecondition *state, bool firm);
