/* proxy.h - the core of a stateful, non-forking proxy (RFC 3261 s16) on the transaction layer.
 *
 * Shared by the server nodes: they decide where a request goes and what changes in it, the core
 * does the rest: Max-Forwards, Via, Record-Route, loose and strict routing, loops, 100, CANCEL,
 * timer C, ACK. Everything it does not have to touch goes on byte for byte. Identifiers that it
 * makes are keyed functions of the message in hand, so no traffic changes the bytes of other
 * traffic. It listens for TCP and opens connections only if the config allows any.
 *
 * Departures from the RFC, all of them narrow: a CANCEL that matches nothing is answered 481 and not
 * forwarded (s16.10); a 503 from the only next hop goes on as it is (s16.7 step 6 would make it a
 * 500); a received Via parameter that was there already is taken out, so that the hop behind a
 * trusted proxy can believe it; a non-INVITE that times out is dropped in silence (RFC 4320). */
#pragma once

#include "lab/base/text.h"
#include "lab/stack/transaction.h"
#include "redoubt/actor.h"
#include "redoubt/defense.h"

typedef struct RdSipProxy RdSipProxy;

#define RD_PROXY_EDITS 24
#define RD_PROXY_TEXT 4096

/* Header edits, and the room for the values written for them. */
typedef struct {
  RdEdit edit[RD_PROXY_EDITS];
  unsigned n;
  bool full; /* one did not fit: the request is answered 500 */
  RdText text;
  char room[RD_PROXY_TEXT];
} RdProxyEdits;

/* `format` NULL: no value (REMOVE). The name has to stay where it is. */
void rd_proxy_edit(RdProxyEdits *edits, RdEditKind kind, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

typedef enum {
  RD_PROXY_FORWARD = 0,
  RD_PROXY_ANSWER, /* by `code`; ADD edits become headers of the answer */
  RD_PROXY_TAKEN, /* the node answers it, now or later, by tx */
  RD_PROXY_DROP
} RdProxyAction;

/* A request that passed the checks of s16.3 and is to be decided on. */
typedef struct {
  const RdMessage *message;
  RdSipTransaction *tx; /* NULL for an ACK */
  RdSlice own_route; /* URI of the Route entry that named this node; absent: none did */
  RdSlice route; /* URI of the first Route entry behind the own ones; absent: none */
  bool in_dialog; /* To has a tag */
  bool for_self; /* the Request-URI names this node and no user */
  uint8_t tries; /* ways that it was sent before, see RdSipProxyOps.again */
  uint16_t failed; /* what the last of them was answered */

  uint32_t mark; /* the node's own: kept for again() and for the next decision; 0 at first */
  RdTime
      patience; /* of an INVITE: so long after it left, and after each 101 to 199, again() is asked (408) */
  uint8_t action; /* RdProxyAction */
  uint16_t code;
  bool record_route; /* comes in as true for requests that begin a dialog */
  RdAddress next; /* family 0: whom Route or else the Request-URI names */
  RdSlice uri; /* new Request-URI; absent: as it was */
  RdProxyEdits edits;
} RdProxyRequest;

/* A response on its way back; 100 never comes here. */
typedef struct {
  const RdMessage *message;
  const RdSip *request; /* as it was received */
  const RdAddress *from; /* where the request came from, and the response goes back to */
  uint16_t arrived; /* attachment that the request came by */
  RdProxyEdits edits;
} RdProxyResponse;

/* What became of a request that was forwarded. */
typedef struct {
  const RdSip *request; /* as it was received */
  uint32_t mark; /* as it was set when the request left */
  uint16_t status; /* from 300 on; 408 also for silence */
  uint16_t heard; /* the highest provisional status before that; 0: none */
  bool impatient; /* it was not answered within its `patience`, and may be yet */
} RdProxyFailure;

typedef struct {
  void (*request)(void *user, RdProxyRequest *request);
  void (*response)(void *user, RdProxyResponse *response); /* may be NULL */
  /* A request that was forwarded has failed. True: it is to go another way, and is put before request() again
   * instead of being answered. Not asked once its sender has cancelled it. May be NULL: never. */
  bool (*again)(void *user, const RdProxyFailure *failure);
  /* The final answer to a request of the node's own, by its number; 408 or 503 without a message if there
   * was none. May be NULL. */
  void (*answered)(void *user, uint64_t number, const RdMessage *message, unsigned status);
  /* Is this peer a phone, with a radio leg on the way? May be NULL: none is. */
  bool (*over_radio)(void *user, uint16_t attachment, const RdAddress *remote);
  /* Does the node understand this option tag of Proxy-Require? May be NULL: none. Which it takes out of a
   * request is its own business. */
  bool (*understands)(void *user, RdSlice tag);
  /* Does this peer want to be reached by the protected ports of rd_sip_proxy_protect()? May be NULL: none
   * does. */
  bool (*protects)(void *user, uint16_t attachment, const RdAddress *remote);
} RdSipProxyOps;

typedef enum { RD_SIP_BY_UDP = 0, RD_SIP_BY_TCP } RdSipBy;

typedef struct {
  int transport; /* RdSipBy: of requests whose URI does not say */
  bool alias; /* RFC 5923 */
  int64_t connections; /* 0: datagrams only; see rd_sip_layer_set_tcp() */
  RdTime keep_alive; /* 0: never */
} RdSipTcp;

typedef struct {
  RdSipTimers timers, radio; /* between servers; towards phones */
  RdTime timer_c; /* 0: 181 s (s16.6 step 11: above 3 minutes) */
  int64_t capacity; /* transactions */
  bool
      ignore_loops; /* what comes round again is forwarded again: RFC 5393 s3 says what comes of that */
  RdSipTcp tcp;
} RdSipProxyConfig;

/* Cost row of a part on a proxy: `transaction`, by the number alive. */
#define RD_SIP_PROXY_COSTS                                                                         \
  { .operation = "transaction", .help = "A transaction begun, by the number alive." }

/* The setup is borrowed for the proxy's life. Timers are blocks of `cookies`. */
RdSipProxy *rd_sip_proxy_new(RdHost *host, const RdActorSetup *setup, RdCookies *cookies,
                             const RdSipProxyConfig *config, const RdSipProxyOps *ops, void *user);
void rd_sip_proxy_receive(RdSipProxy *proxy, const RdMessage *message);
void rd_sip_proxy_free(RdSipProxy *proxy); /* NULL is fine */

/* Ports beside 5060 for peers with a security association (TS 33.203): requests to them leave by port_c, and
 * Via and Record-Route tell them port_s. The node listens there itself. */
void rd_sip_proxy_protect(RdSipProxy *proxy, uint16_t port_c, uint16_t port_s);
RdSipLayer *rd_sip_proxy_layer(RdSipProxy *proxy);
/* The own address on an attachment. */
const RdAddress *rd_sip_proxy_address(const RdSipProxy *proxy, uint16_t attachment);
/* What the node's own URIs say of how it wants to be reached: "" or ";transport=tcp". */
const char *rd_sip_proxy_transport(const RdSipProxy *proxy);
/* Is the attachment on a Gm network, where phones are? */
bool rd_sip_proxy_on_gm(const RdSipProxy *proxy, uint16_t attachment);
/* Does a URI's host name this node: an own address, or the node's name? */
bool rd_sip_proxy_is_self(const RdSipProxy *proxy, RdSlice uri);
/* The address of a URI: its own, or that of the node it names on one of our networks. ret_loose (may
 * be NULL): it has lr. */
bool rd_sip_proxy_locate(const RdSipProxy *proxy, RdSlice uri, RdAddress *ret, bool *ret_loose);
/* For a decision that has to wait for another's word, a database's: called from request(), which then says
 * RD_PROXY_TAKEN. The proxy keeps the request, tells an INVITE's sender 100, and ends it by 487 if it is
 * cancelled. The number names it in rd_sip_proxy_resume(), which has to follow in the end; 0: an ACK, which
 * cannot wait. */
uint64_t rd_sip_proxy_wait(RdSipProxy *proxy, const RdProxyRequest *request);
/* Puts it before `decide` as it was put before request(), and does as that says; it may be waited with again.
 * False: it is over by now, and `decide` was not called. Not from within a decision. */
bool rd_sip_proxy_resume(RdSipProxy *proxy, uint64_t waiting,
                         void (*decide)(void *context, RdProxyRequest *request), void *context);
/* Sends a request of the node's own, as a user agent does: copied, whole, with a branch of its own. False:
 * there is no room or no way. */
bool rd_sip_proxy_request(RdSipProxy *proxy, const RdSend *request, uint64_t number);
/* The To tag that rd_sip_proxy_answer() gives to the answers of a request. */
#define RD_PROXY_TAG 17
void rd_sip_proxy_tag(const RdSipProxy *proxy, const RdSip *request, char ret[RD_PROXY_TAG]);
/* Answers a request, with the ADD edits (may be NULL) as headers of the answer. The To tag is a
 * keyed function of the request. An answer that does not fit ends the
 * transaction. */
bool rd_sip_proxy_answer(RdSipProxy *proxy, RdSipTransaction *tx, const RdSip *request,
                         unsigned code, const RdProxyEdits *edits);
