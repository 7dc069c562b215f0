/* fragment.h - puts fragmented IP datagrams together again.
 *
 * At most 256 datagrams at once (then the one untouched for longest is given up), each for 30 s of
 * capture time from its first fragment, in at most 64 pieces. Overlapping pieces give the datagram up (RFC
 * 5722), exact repetitions are ignored (RFC 8200 s4.5). IPv4 is treated the same. */
#pragma once

#include "lab/capture/ip.h"

typedef struct RdFragments RdFragments;

typedef struct {
  uint64_t pieces; /* seen */
  uint64_t begun, whole; /* datagrams: a first piece seen; put together */
  uint64_t given_up; /* overlap, time-out, eviction, impossible lengths */
} RdFragmentCounts;

RdFragments *rd_fragments_new(void);
/* Takes one fragment. True: *ip is now the whole datagram, valid until the next call. */
bool rd_fragments_add(RdFragments *f, RdIp *ip, RdTime now);
RdFragmentCounts rd_fragments_counts(const RdFragments *f);
void rd_fragments_free(RdFragments *f); /* NULL is fine */
