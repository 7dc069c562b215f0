/* loopback.h - sockets that cannot leave this machine. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "redoubt/base.h"

#define RD_INLINE_ERROR g_quark_from_static_string("rd-inline")

/* 127.0.0.0/8 or ::1. Nothing else may be bound or sent to by the inline driver, ever. */
bool rd_is_loopback(const RdAddress *a);

/* What errno means to somebody who asked for sockets. */
const char *rd_loopback_reason(int code);

/* A non-blocking socket bound to the address; port 0: a free one, told in address->port. -1 with
 * *error if it is no loopback address, or cannot be bound. */
int rd_loopback_bind(RdAddress *address, GError **error);
/* The same, and only ever sent from: the kernel keeps next to nothing that comes to it. */
int rd_loopback_source(const RdAddress *address);
/* A socket that listens for connections at the address; -1 with *error. */
int rd_loopback_listen(const RdAddress *address, GError **error);
/* The next connection, non-blocking; -1: none waits, or errno says why. */
int rd_loopback_accept(int fd, RdAddress *ret_from);
/* Begins to connect, non-blocking; -1: no loopback addresses, or the kernel refused. */
int rd_loopback_connect(const RdAddress *local, const RdAddress *remote);
int rd_loopback_error(int fd); /* errno of a connection that was begun; 0: it is there */
void rd_loopback_reset(int fd); /* closes it at once: the far end reads an error, not an end */
/* Length of the datagram put into bytes[cap], -1: none waits. *ret_dropped: those the kernel has
 * dropped so far because the receive queue was full. */
ssize_t rd_loopback_receive(int fd, void *bytes, size_t cap, RdAddress *ret_from,
                            uint32_t *ret_dropped);
/* False: no loopback address, or the kernel refused. */
bool rd_loopback_send(int fd, const RdAddress *to, const void *bytes, size_t len);
/* Has somebody bound this address? */
bool rd_loopback_taken(const RdAddress *address);
