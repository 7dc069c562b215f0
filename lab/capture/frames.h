/* frames.h - the packets of a pcap or pcapng file, one after the other.
 *
 * pcap is read by libpcap. pcapng is read here (draft-ietf-opsawg-pcapng), because libpcap gives
 * neither comments nor names of interfaces, and refuses interfaces of unlike link types. */
#pragma once

#include <stdio.h>

#include "lab/capture/error.h"
#include "redoubt/base.h"

typedef struct {
  uint64_t n; /* from 1 */
  RdTime time; /* ns since 1970, or of whatever clock wrote the file */
  int link; /* LINKTYPE_ of the interface */
  const uint8_t *bytes; /* valid until the next frame, as is all below */
  uint32_t captured, original; /* bytes; captured < original: cut by the snap length */
  const char *interface; /* its name; NULL: not told */
  const char *comment; /* not NUL-terminated; NULL: none */
  uint32_t comment_len;
  int direction; /* RdDirection, seen from the interface; -1: not told */
  int64_t offset; /* of the frame's record in the file; -1: not known (a pipe) */
} RdFrame;

typedef struct RdFrames RdFrames;

/* Could a file that starts with this byte be a capture? Enough to tell it from a SIP message. */
bool rd_frames_magic(int first_byte);
/* Takes the file, which need not be seekable. NULL: RD_CAPTURE_INVALID; the file is closed. */
RdFrames *rd_frames_take(FILE *file, const char *name, GError **error);
/* 1: *ret is the next frame; 0: the file's proper end; -1: RD_CAPTURE_BROKEN, and no more comes. */
int rd_frames_next(RdFrames *f, RdFrame *ret, GError **error);
/* Name of the i-th interface that the file has told of so far; NULL: none such, or no name. */
const char *rd_frames_interface(const RdFrames *f, unsigned i, const char **ret_description);
void rd_frames_free(RdFrames *f); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RdFrames, rd_frames_free)
