/* pcapng.h - writes captures that tshark reads, a label in each packet's comment.
 *
 * pcapng as in draft-ietf-opsawg-pcapng: one section, link type RAW (101, the packet begins with
 * its IP header), time in nanoseconds. libpcap writes no pcapng; comments need it. Frames are
 * numbered from 1 in the order written. Buffered; a failed write (full disk) is kept and told by
 * close at the latest. One message is one frame. */
#pragma once

#include "lab/capture/label.h"

#define RD_PCAPNG_ERROR (rd_pcapng_error_quark())
GQuark rd_pcapng_error_quark(void);

typedef struct RdPcapng RdPcapng;

RdPcapng *rd_pcapng_new(const char *path, GError **error);
/* Adds an interface, at any time; returns its number, from 0. */
uint32_t rd_pcapng_interface(RdPcapng *w, const char *name);
/* The same with a description (if_description; NULL: none). Of a judge point, named "NODE.NETWORK",
 * it is the interface's name and the trust domain: "Gm access". */
uint32_t rd_pcapng_described(RdPcapng *w, const char *name, const char *description);

/* One message as the IP packet that would carry it (packet.h). A TCP connection's bytes are
 * numbered per direction so that readers reassemble them; of 65536 connections the one unused for
 * longest is forgotten. t >= 0. comment may be NULL. False, nothing written: unlike families, too
 * long, no such interface, or an earlier write failed. direction: RdDirection, seen from the interface
 * (epb_flags: Wireshark's frame.packet_flags_direction); -1: not told. */
bool rd_pcapng_message(RdPcapng *w, uint32_t interface, RdTime t, const RdAddress *src,
                       const RdAddress *dst, const void *bytes, size_t len, const char *comment,
                       int direction);
/* One whole IP packet, as it is. */
bool rd_pcapng_ip(RdPcapng *w, uint32_t interface, RdTime t, const void *packet, size_t len,
                  const char *comment, int direction);
/* The label of the frame just written, to NAME.labels.jsonl beside NAME.pcapng. */
void rd_pcapng_label(RdPcapng *w, const RdLabel *label);

uint64_t rd_pcapng_frames(const RdPcapng *w); /* written so far */
/* Flushes and frees, also when it fails. w NULL: true. */
bool rd_pcapng_close(RdPcapng *w, GError **error);
