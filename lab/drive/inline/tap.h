/* tap.h - writes what passes on the loopback interface into a pcap file, from a process of its own:
 * the kernel's time stamps, whatever the bridge is busy with. Needs root or CAP_NET_RAW. */
#pragma once

#include <glib.h>

#include "redoubt/base.h"

typedef struct RdTap RdTap;

/* UDP to or from this port. NULL with *error: no right to capture, or no such interface. */
RdTap *rd_tap_start(uint16_t port, const char *path, GError **error);
/* Ends it; *ret_dropped: packets that the kernel could not keep for it; false: it failed. Frees. */
bool rd_tap_stop(RdTap *tap, uint64_t *ret_dropped);
