/* ports.h - who is heard where. The receiver's port says how bytes are read; the sender's word never does. */
#pragma once

#include "lab/drive/world/types.h"

#define RD_PORTS_DYNAMIC 16384 /* RFC 6335 s6: from 49152 */

/* The port that is open for a transport; NULL: none. Valid until the next rd_ports_open(). */
const RdPort *rd_ports_find(const RdWorldAttachment *attachment, uint8_t transport, uint16_t port);
/* Opens one, on all addresses of the attachment; port 0: any free one. owner NULL: the actor. 0: taken,
 * no such transport, or the carrier cannot. */
uint16_t rd_ports_open(RdWorldAttachment *attachment, uint8_t transport, uint16_t port,
                       uint8_t protocol, RdWorldJudge *owner);
/* A number that no open port has, from the dynamic range of RFC 6335 s6. 0: there is none. */
uint16_t rd_ports_free(RdWorldAttachment *attachment, uint8_t transport);
