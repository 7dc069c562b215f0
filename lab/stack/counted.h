/* counted.h - the identifiers of a phone that counts instead of drawing: who knows how it counts can write
 * down its next Call-ID, tag and branch unseen. Sound phones draw them (RFC 3261 s8.1.1.7, s19.3). Pure. */
#pragma once

#include <stdint.h>

/* The Call-ID and From tag of a phone's call, both as 16 hex digits. */
static inline uint64_t rd_counted_call(uint64_t phone, uint64_t attempt, uint64_t redial) {
  return (phone & 0xffffff) << 24 | (attempt & 0xffff) << 8 | (redial & 0xff);
}

/* What its branches are made of; `step` tells the requests of one call apart. */
static inline uint64_t rd_counted_branch(uint64_t call, uint32_t step) {
  return (uint64_t)(step & 0xff) << 56 | call;
}

#define RD_COUNTED_TAG UINT64_C(1) /* a callee's To tag, in every call */
