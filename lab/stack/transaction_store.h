/* transaction_store.h - where a layer keeps its transactions, and how it finds them again.
 *
 * Internal to lab/stack. Hash tables under a key of the layer's own, slots with generations for the
 * timers' cookies; everything is bounded by the layer's capacity. */
#pragma once

#include "lab/base/pool.h"
#include "lab/stack/connections.h"
#include "lab/stack/transaction.h"
#include "lab/stack/transaction_table.h"

#define RD_TX_NO_SLOT UINT32_MAX

struct RdSipTransaction {
  RdSipLayer *layer;
  RdSipTransaction *chain; /* next in the bucket */
  uint64_t hash;
  RdSipTransaction *dialog_chain; /* the same by dialog; only while `reliable` */
  uint64_t dialog_hash;
  RdSipTransaction *conn_next, *conn_last; /* bound to connections of the same bucket */
  uint32_t slot;
  uint32_t busy; /* calls into the user that are on the stack */
  uint8_t machine, state;
  bool stream; /* a reliable transport */
  bool waits; /* its connection is being opened: nothing is sent yet */
  bool by_size; /* goes by a connection because it is long: datagrams are next best */
  bool reliable; /* the 2xx is ours to retransmit */
  bool wants_ack; /* ... and its ACK has not come */
  bool legacy; /* RFC 2543: no magic cookie */
  bool failed; /* the first send failed; the user is yet to hear of it */
  uint8_t method;
  uint16_t attachment;
  uint64_t entity;
  RdConn conn; /* set by rd_tx_bind() */
  RdAddress local, remote;
  RdTimer retransmit, guard;
  RdTime interval; /* of the retransmission to come */
  const RdSipTimers *timers; /* the layer's, of this side */
  void *context;
  RdSlice branch, sent_by, via, method_text, uri, call_id, from_tag; /* into request */
  uint32_t cseq;
  uint8_t *response; /* the last one sent */
  size_t response_len, request_len;
  uint8_t *request; /* what of it is still wanted */
  size_t
      request_room; /* as it was taken from the layer's pool; the response is as long as its room */
};

/* Transactions of the connections of one bucket, in the order in which they were bound. */
typedef struct {
  RdSipTransaction *first, *last;
} RdTxBound;

struct RdSipLayer {
  RdHost *host;
  RdSipTimers timers, radio;
  RdSipLayerOps ops;
  void *user;
  RdCookieSpace cookies;
  RdSipConnections *connections; /* NULL: none are opened */
  uint32_t impossible; /* the counter */
  RdTime keep_alive; /* 0: none */
  RdCookieSpace pings;
  uint32_t refused, broken; /* counters: connections that were not had, or broke */
  uint64_t key[2];
  uint32_t capacity, count, peak;
  RdSipTransaction **slots;
  uint32_t *generations; /* of each slot: a cookie of an earlier one is stale */
  uint32_t *free_slots; /* a stack */
  uint32_t n_slots, n_free;
  RdSipTransaction **buckets, **dialogs;
  RdTxBound *bound; /* by connection; NULL: none was yet */
  uint32_t n_buckets; /* a power of two, of each */
  RdPool pool; /* transactions, requests and responses */
};

void rd_tx_store_init(RdSipLayer *layer);
void rd_tx_store_free(RdSipLayer *layer);

/* A transaction of a request that is no ACK; `bytes` is what `sip` points into. NULL: full. */
RdSipTransaction *rd_tx_create(RdSipLayer *layer, const RdSip *sip, const void *bytes, size_t len,
                               uint64_t entity, bool server);
/* One that is in no table any more. */
void rd_tx_free(RdSipTransaction *tx);
/* Keeps a copy of the last response. */
void rd_tx_keep_response(RdSipTransaction *tx, const void *bytes, size_t len);
/* Keeps no more of the request than what a repeated one, or an answer, is known by. */
void rd_tx_forget_request(RdSipTransaction *tx);
/* Takes it out of every table, so that nothing finds it any more, and stops its timers. */
void rd_tx_retire(RdSipTransaction *tx);
/* Makes an INVITE server transaction findable by the ACK of its 2xx. */
void rd_tx_expect_ack(RdSipTransaction *tx);

/* Ties it to a connection, behind those that are tied to it already; 0: to none. */
void rd_tx_bind(RdSipTransaction *tx, RdConn conn);
/* The one that was tied to a connection first; NULL: none is. */
RdSipTransaction *rd_tx_of_conn(const RdSipLayer *layer, RdConn conn);

/* s17.2.3; `method` NULL: the message's own. */
RdSipTransaction *rd_tx_find_server(RdSipLayer *layer, const RdMessage *m, const char *method);
RdSipTransaction *rd_tx_find_client(RdSipLayer *layer, const RdMessage *m); /* s17.1.3 */
/* The INVITE client transaction that a CANCEL about to be sent speaks of. */
RdSipTransaction *rd_tx_find_cancelled(RdSipLayer *layer, const RdSip *cancel, uint64_t entity);
RdSipTransaction *rd_tx_find_dialog(RdSipLayer *layer, const RdMessage *m); /* s13.2.2.4 */

uint64_t rd_tx_cookie(const RdSipTransaction *tx, bool guard);
/* NULL when the cookie is stale. *ret_guard: which of the two timers. */
RdSipTransaction *rd_tx_of_cookie(RdSipLayer *layer, uint64_t cookie, bool *ret_guard);
