/* ladder.h - the ladder of one call or registration, out of what the nodes of a trial captured.
 *
 * A message is in the capture of who sent it and of who received it; the two are put together here, so a
 * ladder shows when each left, when it arrived, and what never did. Columns are nodes, in the order in
 * which the messages meet them. A capture that does not say which way a frame went (epb_flags) is one
 * witness of both ends, as from a tap. */
#pragma once

#include <glib.h>

#include "redoubt/base.h"

#define RD_LADDER_ERROR (rd_ladder_error_quark())
GQuark rd_ladder_error_quark(void);

typedef enum { RD_LADDER_LEGITIMATE = 0, RD_LADDER_INDUCED, RD_LADDER_ATTACK } RdLadderLabel;

typedef struct {
  char *name; /* of the node, or the attack, or an address */
  char *address; /* NULL: the node has several in this ladder, or it is the name */
} RdLadderColumn;

typedef struct {
  unsigned from, to; /* columns */
  RdTime sent, received; /* ns, of the captures' clock; RD_NEVER: nobody saw it */
  char *text; /* "INVITE (SDP)", "200 INVITE", "UAR", "UAA 2001" */
  char *full; /* "200 OK (INVITE)" */
  char *detail; /* a line for who points at it */
  RdLadderLabel label;
  bool is_request, again, lost; /* again: the same octets left the same sender before */
} RdLadderArrow;

typedef struct {
  char *title;
  GArray *columns; /* RdLadderColumn */
  GArray *arrows; /* RdLadderArrow, by time */
  GStringChunk *names; /* what columns are made of */
  bool cut; /* there were more messages than RD_LADDER_MOST */
} RdLadder;

#define RD_LADDER_MOST 5000

/* `path`: a capture, or a folder of them (what defenses judged, *.judged.pcapng, is left out). `which`: a
 * Call-ID; or "call", "registration", "attack", each with ":N" for the Nth (from 1): by the first
 * message's time among INVITEs, REGISTERs, and whatever an attack began. NULL: no capture could be read, or there is none such: the
 * message lists what there is. */
RdLadder *rd_ladder_read(const char *path, const char *which, GError **error);
void rd_ladder_free(RdLadder *l); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdLadder, rd_ladder_free)

/* Text for a terminal; times in ms since the first message. To be freed. `times` false: without them, for
 * what is to be compared. */
char *rd_ladder_text(const RdLadder *l, bool times);
/* A drawing that stands alone; to be freed. */
char *rd_ladder_svg(const RdLadder *l);
