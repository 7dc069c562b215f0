/* seen.h - what was seen of a call, by whom; from there to columns and arrows. */
#pragma once

#include "lab/capture/reader.h"
#include "lab/ladder/ladder.h"

/* One message in one capture. */
typedef struct {
  RdTime time;
  uint64_t order; /* among all that were read */
  uint64_t same; /* hash of its octets and both addresses */
  const char *interface; /* "NODE.NETWORK"; of RdLadder.names, as `cause`: one pointer a text */
  RdAddress src, dst;
  int direction; /* RdDirection; -1: not told */
  const char *cause; /* of an attack message; NULL */
  char *text, *full, *detail;
  RdLadderLabel label;
  bool is_sip, is_request, used;
} RdSeen;

/* Whose an address is: the node's name, of RdLadder.names; NULL: nobody said. *ret_captures: are its
 * captures here, so that what is not in them did not come? */
typedef const char *(*RdLadderOwner)(void *user, const RdAddress *address, bool *ret_captures);

/* Fills in columns and arrows; `seen` (RdSeen) is sorted on the way. */
void rd_ladder_join(RdLadder *l, GArray *seen, RdLadderOwner owner_of, void *user);

/* What a message is called in a ladder: sets text, full and is_request. False: it cannot be read. */
bool rd_ladder_name(const RdCaptureMessage *m, RdSeen *ret);
