/* link.h - finds the IP packet inside a captured frame.
 *
 * Knows Ethernet (with any depth of 802.1Q and 802.1ad tags up to four), Linux cooked v1 and v2,
 * raw IP, PPP (also in HDLC-like framing), and BSD loopback. PPPoE and tunnels are not unwrapped. */
#pragma once

#include "redoubt/base.h"

/* Bytes in front of the IP header; -1: no IP inside, or too short to say. */
int rd_link_strip(int link, const uint8_t *bytes, size_t len);
/* Does rd_link_strip() know this LINKTYPE_ or DLT_ value? */
bool rd_link_known(int link);
