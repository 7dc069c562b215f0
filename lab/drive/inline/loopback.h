/* loopback.h - UDP sockets that cannot leave this machine. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "redoubt/base.h"

#define RD_INLINE_ERROR g_quark_from_static_string("rd-inline")
#define RD_INLINE_USAGE 1 /* the code of "this may not be asked for"; others are 0 */

/* 127.0.0.0/8 or ::1. Nothing else may be bound or sent to by the inline driver, ever. */
bool rd_is_loopback(const RdAddress *a);

/* A non-blocking socket bound to the address; port 0: a free one, told in address->port. -1 with
 * *error if it is no loopback address, or cannot be bound. */
int rd_loopback_bind(RdAddress *address, GError **error);
/* Length of the datagram put into bytes[cap], -1: none waits. *ret_dropped: those the kernel has
 * dropped so far because the receive queue was full. */
ssize_t rd_loopback_receive(int fd, void *bytes, size_t cap, RdAddress *ret_from,
                            uint32_t *ret_dropped);
/* False: no loopback address, or the kernel refused. */
bool rd_loopback_send(int fd, const RdAddress *to, const void *bytes, size_t len);
/* A port free on this address just now; 0 with *error. */
uint16_t rd_loopback_free_port(const RdAddress *address, GError **error);
/* Has somebody bound this address? */
bool rd_loopback_taken(const RdAddress *address);
