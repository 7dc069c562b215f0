/* address.h - IPv4 and IPv6 transport addresses as text and as keys. Pure. */
#pragma once

#include "redoubt/base.h"

#define RD_ADDRESS_TEXT 64 /* room for "[ipv6]:port" and its NUL */

/* Parses "192.0.2.1", "192.0.2.1:5060", "[2001:db8::1]:5060" or "2001:db8::1". Without a port the
 * result has port 0. Transport is set to RD_UDP. False: not an address; *ret untouched. */
bool rd_address_parse(RdSlice text, RdAddress *ret);

/* Writes the IP only ("192.0.2.1", "2001:db8::1") and returns its length. */
size_t rd_address_ip_text(const RdAddress *a, char ret[RD_ADDRESS_TEXT]);
/* Writes host:port as in a SIP URI ("192.0.2.1:5060", "[2001:db8::1]:5060"). */
size_t rd_address_text(const RdAddress *a, char ret[RD_ADDRESS_TEXT]);

RdAddress rd_address_ip4(uint32_t host_order, uint16_t port);
uint32_t rd_address_as_ip4(const RdAddress *a); /* host order; 0 unless family 4 */
bool rd_address_same_ip(const RdAddress *a, const RdAddress *b);
bool rd_address_equal(const RdAddress *a, const RdAddress *b); /* IP and port; not transport */
