/* network.h - who lives where in a network, and what becomes of a message there. */
#pragma once

#include "lab/drive/world/parcel.h"

/* Gives every entity its address, servers lowest, then populations, attackers scattered among them;
 * of IPv6, all but servers have a /64 each (place.h). */
bool rd_network_number(RdWorldNetwork *net, GError **error);
bool rd_network_join(RdWorldNetwork *net,
                     GError **error); /* all that are attached, to the carrier */
RdAddress rd_attachment_address(const RdWorldAttachment *attachment, uint64_t entity);
/* The attachment that holds an address, and which of its entities; NULL if nobody does. */
RdWorldAttachment *rd_network_find(RdWorldNetwork *net, const RdAddress *address,
                                   uint64_t *ret_entity);
bool rd_network_holds(const RdWorldNetwork *net, const RdAddress *address); /* in its prefix */
/* Puts a parcel on its way: a datagram, or bytes of a stream; takes it. */
void rd_network_send(RdParcel *parcel);
void rd_network_crossed(
    RdParcel *parcel); /* what an attack on the line had kept goes on; takes it */
void rd_network_free(RdWorldNetwork *net);

/* --- for carriers --- */
/* It has come to parcel->to; takes it. */
void rd_network_delivered(RdParcel *parcel);
void rd_network_lose(RdParcel *parcel, uint64_t *counter, const char *why);
unsigned rd_network_fragments(size_t len); /* IP packets that a datagram of len octets takes */
/* One draw a packet and line, keyed by the message's place in the tree of causes. */
bool rd_network_lost_on(const RdWorldAttachment *attachment, uint64_t lineage, unsigned nth,
                        bool outgoing);
/* The same for a whole datagram: on its sender's line, between, or on its receiver's. */
uint64_t rd_network_lost(const RdParcel *parcel); /* how many: of a train, each has its own luck */
bool rd_network_lost_on_path(const RdWorldNetwork *net, uint64_t lineage); /* one draw a message */
