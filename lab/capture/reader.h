/* reader.h - the messages of a capture, of a plain file, or of a folder of such.
 *
 * pcap and pcapng: IP fragments and TCP streams are put together (fragment.h, flow.h). What is no
 * message is passed over and counted: a payload is of the protocol whose default port it came by or went to
 * (codec.h), and SIP if it looks like it, came by port 5061, or by a frame whose comment says that it is a judge
 * point (label.h). Any other file is one
 * message as it stands. A folder is read in the order of its files' names, links and hidden files
 * left out; one capture's time is not made to follow another's. */
#pragma once

#include <stdio.h>

#include "lab/capture/error.h"
#include "redoubt/base.h"

/* Valid for the call. */
typedef struct {
  uint64_t n; /* of the messages given so far, from 1 */
  RdTime time; /* of the frame that completed it */
  RdAddress src, dst;
  RdConn conn; /* 0: a datagram */
  uint8_t protocol; /* RdProtocol */
  const uint8_t *bytes;
  size_t len;
  const char *interface; /* of that frame; NULL: not told */
  const char *comment; /* of that frame, not NUL-terminated; NULL: none */
  uint32_t comment_len;
  int direction; /* of that frame: RdDirection, seen from the interface; -1: not told */
} RdCaptureMessage;

typedef void (*RdCaptureSink)(void *user, const RdCaptureMessage *message);

typedef struct {
  uint64_t files, frames, messages;
  uint64_t not_ip, not_sip, keepalives; /* passed over: frames, payloads, payloads */
  uint64_t cut; /* packets cut by the snap length: passed over */
  uint64_t bad; /* packets with lengths that cannot be */
  uint64_t fragments, datagrams_lost; /* pieces seen; datagrams never whole */
  uint64_t tcp_gaps, tcp_broken, tcp_skipped; /* gaps; framing breaks; bytes passed over */
  char *warning; /* one line naming file and offset of the first cut packet; NULL: none */
} RdCaptureStats;

/* Plain files are messages of 192.0.2.1 to 192.0.2.2, a second apart. */
#define RD_CAPTURE_PLAIN_STEP RD_SECOND
#define RD_CAPTURE_PLAIN_MAX 65535 /* longest plain file */

/* Reads it all. False: RD_CAPTURE_BROKEN (what came before was given), or RD_CAPTURE_INVALID. The
 * counts go on from what *stats holds (begin with zeroes; free with rd_capture_stats_clear()). */
bool rd_capture_read(const char *path, RdCaptureSink sink, void *user, RdCaptureStats *stats,
                     GError **error);
/* The same of an open capture, which is closed. */
bool rd_capture_read_file(FILE *file, const char *name, RdCaptureSink sink, void *user,
                          RdCaptureStats *stats, GError **error);
void rd_capture_stats_clear(RdCaptureStats *stats);
