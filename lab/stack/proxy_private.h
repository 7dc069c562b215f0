/* proxy_private.h - what the halves of the proxy core share. */
#pragma once

#include "lab/base/table.h"
#include "lab/sip/build.h"
#include "lab/sip/scan.h"
#include "lab/stack/proxy.h"
#include "lab/stack/proxy_table.h"

/* A request on its way: two transactions and what ties them. */
typedef struct {
  RdSipProxy *proxy;
  RdSipTransaction *server, *client; /* NULL once ended */
  RdTimer timer_c;
  uint64_t serial; /* names it in timer C's cookie; never seen on the wire */
  bool invite; /* or else it has no state */
  bool waiting; /* for the node's decision */
  bool told; /* 100 */
  bool done; /* by a 2xx of a way that was given up */
  bool own; /* a request of the node's own: `serial` is its number for it */
  uint8_t branches; /* client transactions alive: `client`, and those before it */
  uint8_t tries; /* ways tried before */
  uint16_t failed; /* status of the last of them */
  uint16_t heard; /* highest provisional status on this one */
  uint32_t mark; /* the node's own */
  RdTime patience;
  uint8_t state; /* RdProxyState */
} RdForward;

struct RdSipProxy {
  RdHost *host;
  const RdActorSetup *setup;
  RdSipLayer *layer;
  RdSipProxyOps ops;
  void *user;
  RdTime timer_c;
  bool ignore_loops;
  bool tcp; /* URIs may ask for it */
  bool prefers_tcp, alias;
  uint16_t port_c, port_s; /* protected; 0: none */
  RdCookieSpace cookies;
  uint64_t key[2];
  uint64_t serial;
  uint32_t transaction_cost, impossible;
  RdTable *forwards; /* serial -> RdForward *: INVITEs, and what waits */
  RdSipScan scan, edited; /* of what is being worked on; never across calls */
  RdSipScan resumed; /* what is put before the node again */
  char buffer[RD_SIP_MAX_MESSAGE], spare[RD_SIP_MAX_MESSAGE];
};

/* How a request is to leave. */
typedef struct {
  const RdSip *sip; /* with the node's edits done */
  RdSlice uri; /* new Request-URI; absent: as it was */
  unsigned strip; /* Route entries to take off the top */
  RdSlice append; /* to be added as last Route entry, for a strict router; absent: none */
  RdAddress next;
  uint16_t attachment;
  bool record_route;
  int max_forwards; /* to be written */
  RdAddress source; /* of the message received */
  bool came_by_tcp; /* as its sender wanted, not for its length */
  uint16_t arrived; /* by this attachment */
  bool protects,
      came_protected; /* the next hop, the sender: told and reached by the protected ports */
  char branch[RD_SIP_BRANCH];
} RdProxyPlan;

/* Finds next hop and Route changes (s16.6 steps 6 and 7). 0, or the status to answer. */
unsigned rd_proxy_plan(RdSipProxy *proxy, const RdProxyRequest *r, const RdSip *sip,
                       RdProxyPlan *ret);
/* The own branch of s16.6 step 8: half of it a function of the request as it came, half of what
 * would come round again in a loop. */
void rd_proxy_branch(const RdSipProxy *proxy, const RdSip *request, char ret[RD_SIP_BRANCH]);
/* Has it been here before, bound for the same place (s16.3 step 4)? */
bool rd_proxy_loops(const RdSipProxy *proxy, const RdSip *request);
/* Both: length, 0 if it did not fit. */
size_t rd_proxy_write_request(const RdSipProxy *proxy, const RdProxyPlan *plan, char *buffer,
                              size_t cap);
size_t rd_proxy_write_response(const RdSip *response, char *buffer, size_t cap);
/* s16.4: a strict router put our Record-Route URI into the Request-URI. 0: it did not fit. */
size_t rd_proxy_undo_strict(const RdSip *request, char *buffer, size_t cap);

/* The URIs of all Route entries, one after the other; absent: no more. */
typedef struct {
  const RdSip *sip;
  const RdSipHeader *header;
  RdSlice rest;
} RdProxyRoutes;
RdProxyRoutes rd_proxy_routes(const RdSip *sip);
RdSlice rd_proxy_next_route(RdProxyRoutes *routes);
/* Number of Route entries at the top that name this node, the last of them, and the one behind. */
unsigned rd_proxy_own_routes(const RdSipProxy *proxy, const RdSip *sip, RdSlice *ret_last,
                             RdSlice *ret_next);
void rd_proxy_no_edits(RdProxyEdits *edits);
const RdAttachment *rd_proxy_attachment(const RdSipProxy *proxy, uint16_t attachment);
/* "192.0.2.1", or with its port if it is not 5060. */
void rd_proxy_host_text(const RdAddress *a, char ret[64]);
