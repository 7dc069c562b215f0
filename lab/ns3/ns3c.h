/* ns3c.h - ns-3 for C programmers.
 *
 * One simulation a process (ns-3's own limit). Every function checks its arguments first: what
 * would make ns-3 abort is refused with a message instead. Functions that can fail return NULL,
 * false or a negative number, and ns3c_error() then says why. Callbacks run inside ns3c_run().
 * Addresses are RdAddress (dual-family); packet links carry IPv4 today and refuse IPv6 with an
 * error. Times are nanoseconds. Needs no GLib and nothing else of Redoubt but redoubt/base.h. */
#pragma once

#include "redoubt/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ns3c_sim ns3c_sim;
typedef struct ns3c_node ns3c_node;
typedef struct ns3c_link ns3c_link;
typedef struct ns3c_flow ns3c_flow;
typedef struct ns3c_tcp ns3c_tcp;

const char *ns3c_error(void); /* of the last call that failed; never NULL */
const char *ns3c_version(void); /* "3.37" */

/* --- the clock ------------------------------------------------------------------------------ */

/* Starts a simulation, on an event queue of the bindings' own (ns-3's break ties by a 32-bit number
 * that wraps). A new one may start once the last is freed. `seed` is for ns-3's own generators. */
ns3c_sim *ns3c_new(uint64_t seed);
RdTime ns3c_now(const ns3c_sim *sim);
/* Runs fn(arg) at `at` (absolute; the past is refused). Events of one time run in the order they
 * were scheduled. 0 on failure. Cancelling is lazy: O(1), the event stays in the queue but does
 * nothing; cancelling 0 or a run event is harmless. */
typedef uint64_t ns3c_event;
ns3c_event ns3c_at(ns3c_sim *sim, RdTime at, void (*fn)(void *arg), void *arg);
void ns3c_cancel(ns3c_sim *sim, ns3c_event event);
/* Runs until `until` (inclusive) or ns3c_stop(). May be called again with a later time. RD_NEVER:
 * until no event is left. Afterwards it is `until`, or the time of the stop or the last event. */
bool ns3c_run(ns3c_sim *sim, RdTime until);
void ns3c_stop(ns3c_sim *sim);
/* Taken from the queue so far, ns-3's own among them, and cancelled ones when their time came. */
uint64_t ns3c_events(const ns3c_sim *sim);
void ns3c_free(ns3c_sim *sim); /* NULL is fine; frees nodes, links, flows and sockets too */

/* --- packet lane: nodes, point-to-point links, IPv4 ------------------------------------------- */

ns3c_node *ns3c_node_new(ns3c_sim *sim, const char *name);

typedef struct {
  uint64_t rate; /* bit/s, > 0 */
  RdTime delay;
  uint32_t queue; /* packets in each direction's drop-tail queue, > 0 */
  uint32_t mtu; /* bytes; 0: 1500 */
} ns3c_link_spec;

/* Why a packet went missing. */
typedef enum {
  NS3C_DROP_QUEUE = 1,
  NS3C_DROP_LOSS,
  NS3C_DROP_NO_ROUTE,
  NS3C_DROP_TTL,
  NS3C_DROP_NO_SOCKET,
  NS3C_DROP_FRAGMENT /* a fragment's others never came */
} ns3c_drop;

/* `tag` is the 64-bit word given to ns3c_udp_send or ns3c_tcp_send, 0 for others' (pure ACKs). All
 * fragments of a datagram carry it, and each that is dropped is told, then the datagram once more
 * as NS3C_DROP_FRAGMENT if some of them arrived. */
typedef void (*ns3c_on_drop)(void *user, ns3c_drop reason, uint64_t tag);
/* Shall this packet be lost? It has crossed the link, as the nth (counted from 0) with this tag in
 * this direction; a tag is forgotten after 65536 others at the earliest. */
typedef bool (*ns3c_on_loss)(void *user, uint64_t tag, unsigned nth, bool from_a);
/* What a capture at the link's a end holds, IP header and all: packets from it as they start on the
 * wire, packets to it when they have arrived, and none that were lost on the way. */
typedef void (*ns3c_on_sniff)(void *user, RdTime at, const uint8_t *ip, size_t len, uint64_t tag,
                              bool from_a);

ns3c_link *ns3c_link_new(ns3c_sim *sim, ns3c_node *a, ns3c_node *b, const ns3c_link_spec *spec);
bool ns3c_link_loss(ns3c_link *link, ns3c_on_loss fn, void *user);
bool ns3c_link_sniff(ns3c_link *link, ns3c_on_sniff fn, void *user);
/* An ordinary ns-3 pcap file of the link's a end (link type PPP). */
bool ns3c_link_pcap(ns3c_link *link, const char *path);
void ns3c_drops(ns3c_sim *sim, ns3c_on_drop fn, void *user);

/* Gives node (an end of link) an address. A node may have a million: look-up is a hash table. */
bool ns3c_address(ns3c_node *node, ns3c_link *link, const RdAddress *address);
/* Addresses of prefix/length (or one address: 32) are reached from node over link. */
bool ns3c_route(ns3c_node *node, ns3c_link *link, const RdAddress *prefix, unsigned length);

/* --- UDP and TCP ------------------------------------------------------------------------------ */

typedef void (*ns3c_on_datagram)(void *user, const RdAddress *from, const RdAddress *to,
                                 const uint8_t *bytes, size_t len, uint64_t tag);
/* All datagrams to a port, at any address of the node. */
bool ns3c_udp_bind(ns3c_node *node, uint16_t port, ns3c_on_datagram fn, void *user);
/* From any address of the node (not checked to be its own: a lab may spoof). Refused, and so not
 * told as a drop, when the node itself has no route; no ICMP is ever sent. */
bool ns3c_udp_send(ns3c_node *node, const RdAddress *from, const RdAddress *to, const void *bytes,
                   size_t len, uint64_t tag);

typedef struct {
  void (*opened)(void *user, ns3c_tcp *conn); /* it is up; not for accepted ones */
  void (*refused)(void *user, ns3c_tcp *conn); /* conn is freed after the call */
  void (*data)(void *user, ns3c_tcp *conn, const uint8_t *bytes, size_t len, uint64_t tag);
  void (*closed)(void *user, ns3c_tcp *conn); /* by the far end; conn is freed after the call */
} ns3c_tcp_ops;
/* Bytes reach data() cut at the borders of differently tagged sends, maybe in several pieces. Any of
 * the functions may be NULL, but not accept(), which gives the user word of the new connection and
 * stands for its opened(). */
bool ns3c_tcp_listen(ns3c_node *node, uint16_t port, const ns3c_tcp_ops *ops,
                     void *(*accept)(void *user, ns3c_tcp *conn, const RdAddress *from,
                                     const RdAddress *to),
                     void *user);
/* from->port 0: any free port. */
ns3c_tcp *ns3c_tcp_open(ns3c_node *node, const RdAddress *from, const RdAddress *to,
                        const ns3c_tcp_ops *ops, void *user);
/* Possible before the connection is up, too. At most 16 MiB may wait to be sent. */
bool ns3c_tcp_send(ns3c_tcp *conn, const void *bytes, size_t len, uint64_t tag);
/* `hold`: data() is called no more until it is let go, but for what is in hand; what comes meanwhile fills
 * ns-3's buffer of 128 kB and closes the window. A far end that closes has what it sent handed over. */
void ns3c_tcp_hold(ns3c_tcp *conn, bool hold);
/* What was sent before still leaves. No callback follows; conn must not be used again. */
void ns3c_tcp_close(ns3c_tcp *conn);

/* --- flow lane: a message crosses a line as one event ------------------------------------------ */

/* A one-way line: serialised at `rate` (0: at once) behind at most `queue` waiting messages, then
 * `delay`. No bytes are kept: the caller's fn gets them by arg. */
ns3c_flow *ns3c_flow_new(ns3c_sim *sim, uint64_t rate, RdTime delay, uint32_t queue);
/* `wire_len` with all headers. False: the queue is full; fn will not run. ret_at (may be NULL):
 * when it will run. */
bool ns3c_flow_send(ns3c_flow *flow, size_t wire_len, void (*fn)(void *arg), void *arg,
                    RdTime *ret_at);

#ifdef __cplusplus
}
#endif
