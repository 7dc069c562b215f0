/* recognise.h - does this look like SIP? Pure. */
#pragma once

#include "redoubt/base.h"

typedef enum {
  RD_LOOKS_OTHER = 0,
  RD_LOOKS_SIP, /* the first line is a request line or status line, or nearly */
  RD_LOOKS_KEEPALIVE /* CRLFs or NULs alone, or STUN (RFC 5626 s3.5) */
} RdLooks;

RdLooks rd_recognise(const void *bytes, size_t len);
