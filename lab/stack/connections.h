/* connections.h - the stream connections that a stack keeps to its peers: opened when wanted, used again,
 * bounded.
 *
 * A connection is found by peer (attachment, own entity, remote address and port). One that a peer opened
 * is found only by what it asked to be known by (RFC 5923 "alias": its address, the port of its Via), since
 * it comes from a port of its own. */
#pragma once

#include "redoubt/host.h"
#include "redoubt/message.h"

typedef struct RdSipConnections RdSipConnections;

/* `lost` is called for a connection that had to give way to another: it is closed, and nothing more comes
 * of it. It must not ask for one here. */
RdSipConnections *rd_sip_connections_new(RdHost *host, uint32_t capacity,
                                         void (*lost)(void *user, RdConn conn), void *user);
void rd_sip_connections_free(
    RdSipConnections *connections); /* NULL is fine; closes what was opened */

/* To a peer; begins to open one if there is none. *ret_up: it can be sent on now; else RD_OPENED or
 * RD_REFUSED comes. 0: none can be had. */
RdConn rd_sip_connections_to(RdSipConnections *connections, uint16_t attachment, uint64_t entity,
                             const RdAddress *remote, bool *ret_up);
/* The peer that a message came from over a connection is to be found at `port` of its address as well. */
void rd_sip_connections_alias(RdSipConnections *connections, const RdMessage *message,
                              uint16_t port);
/* To be shown every message that is no data. */
void rd_sip_connections_receive(RdSipConnections *connections, const RdMessage *message);
/* It is closed, or as good as. */
void rd_sip_connections_forget(RdSipConnections *connections, RdConn conn);
bool rd_sip_connections_is_own(RdSipConnections *connections, RdConn conn); /* opened here */
/* Two line ends by a connection that was opened here. False: it is not there (any more). */
bool rd_sip_connections_ping(RdSipConnections *connections, RdConn conn, uint64_t *ret_entity);
uint32_t rd_sip_connections_count(const RdSipConnections *connections);
