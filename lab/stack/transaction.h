/* transaction.h - RFC 3261 s17 transactions with RFC 6026, on borrowed time.
 *
 * Sans-I/O: everything goes through the RdHost. One layer per actor instance; a transaction exists
 * only while it is active, so an idle subscriber costs nothing. The state machines are tables
 * (transaction_table.c) of RFC names: Trying, Calling, Proceeding, Completed, Accepted, Confirmed.
 * Retransmission timers are armed RD_INHERIT. Every host timer serves one purpose of one
 * transaction. */
#pragma once

#include "lab/stack/cookies.h"
#include "redoubt/actor.h"
#include "redoubt/host.h"
#include "redoubt/message.h"

#define RD_SIP_PORT 5060
#define RD_SIP_LONGEST_DATAGRAM 1300 /* s18.1.1, where the path MTU is not known */

typedef struct RdSipLayer RdSipLayer;
typedef struct RdSipTransaction RdSipTransaction;

typedef struct {
  RdTime t1, t2, t4, t_d; /* 0: RFC 3261 table 4: 500 ms, 4 s, 5 s, 32 s */
} RdSipTimers;

/* What the same table of TS 24.229 s7.7 (7.7.1) wants where a radio leg lies in between. */
#define RD_SIP_RADIO_TIMERS                                                                        \
  ((RdSipTimers){2 * RD_SECOND, 16 * RD_SECOND, 17 * RD_SECOND, 128 * RD_SECOND})

typedef struct {
  /* A new request: `tx` is its server transaction. ACK for a 2xx, and an ACK that matches nothing,
   * come with tx == NULL. A CANCEL comes with its own tx; find its INVITE by rd_sip_cancelled(). */
  void (*request)(void *user, RdSipTransaction *tx, const RdMessage *message);
  /* A response to a client transaction, retransmitted 2xx to INVITE included (RFC 6026). On time-out
   * status is 408 and on a transport error 503, with message == NULL. */
  void (*response)(void *user, RdSipTransaction *tx, const RdMessage *message, unsigned status);
  /* A response that matches no transaction. May be NULL (then dropped, RFC 6026 s8.9). */
  void (*stray)(void *user, const RdMessage *message);
  /* A server transaction gave up waiting for an ACK (timer H, or 64*T1 after a reliable 2xx). May be
   * NULL. */
  void (*no_ack)(void *user, RdSipTransaction *tx);
  /* The transaction goes; its context is the user's to free. May be NULL. */
  void (*ended)(void *user, RdSipTransaction *tx);
  /* Asked once for each new transaction: is there a radio leg between us and this peer? Then it keeps
   * the timers of rd_sip_layer_set_radio(). May be NULL: never. */
  bool (*over_radio)(void *user, uint16_t attachment, const RdAddress *remote);
} RdSipLayerOps;

/* `capacity` bounds the transactions alive at once; past it a new request is answered 503 without
 * one, and rd_sip_client() gives NULL. Its timers are a block of `cookies`. */
RdSipLayer *rd_sip_layer_new(RdHost *host, RdCookies *cookies, const RdSipTimers *timers,
                             uint32_t capacity, const RdSipLayerOps *ops, void *user);
/* The timers towards peers that over_radio() says yes to; where 0, and without this call, those of
 * RD_SIP_RADIO_TIMERS; timer D is 64*T1 if it is 0. */
void rd_sip_layer_set_radio(RdSipLayer *layer, const RdSipTimers *timers);
/* From now on requests of more than 1,300 bytes (RFC 3261 s18.1.1), and those to an address whose
 * transport is TCP, go by connections, at most so many at once. A long one that is refused a connection
 * goes as a datagram; one that asked for TCP fails. Responses whose connection broke get another
 * (s18.2.2); a peer whose Via has "alias" is sent requests on the connection that it opened (RFC 5923).
 * Without this call no connection is opened. */
void rd_sip_layer_set_tcp(RdSipLayer *layer, uint32_t connections);
/* Two line ends go by every connection opened here, so often (RFC 5626 s3.5.1); TCP tells if nobody is
 * there any more, so the answer is not waited for. After rd_sip_layer_set_tcp(). */
void rd_sip_layer_keep_alive(RdSipLayer *layer, RdCookies *cookies, RdTime every);
/* Opens TCP's port of SIP on every attachment. A driver without streams opens none. */
void rd_sip_listen_tcp(RdHost *host, const RdActorSetup *setup);
void rd_sip_layer_receive(RdSipLayer *layer, const RdMessage *message);
uint32_t rd_sip_layer_count(const RdSipLayer *layer);
uint32_t rd_sip_layer_peak(const RdSipLayer *layer);
void rd_sip_layer_free(RdSipLayer *layer); /* NULL is fine; ended() is called for each */

/* Sends a request (copied) and keeps at it. The top Via must carry a fresh branch. Not for ACK. */
RdSipTransaction *rd_sip_client(RdSipLayer *layer, const RdSend *request, void *context);
/* Sends a request that has no transaction, the ACK of a 2xx, by the rules of rd_sip_layer_set_tcp(). One
 * whose connection is still being opened is not sent: its 2xx comes again, and so does it. */
bool rd_sip_send(RdSipLayer *layer, const RdSend *request);
/* Sends a response (copied) in a server transaction; `status` is the message's own. A 2xx to INVITE
 * is retransmitted by the layer until its ACK comes (s13.3.1.4) only if `reliable`, as a UAS core
 * wants and a proxy does not. */
bool rd_sip_respond(RdSipTransaction *tx, const void *bytes, size_t len, unsigned status,
                    bool reliable);
/* Ends a transaction now, without a word on the wire. */
void rd_sip_abandon(RdSipTransaction *tx);

void *rd_sip_context(const RdSipTransaction *tx);
void rd_sip_set_context(RdSipTransaction *tx, void *context);
bool rd_sip_is_server(const RdSipTransaction *tx);
RdSipMethod rd_sip_tx_method(const RdSipTransaction *tx);
/* The request that made the transaction, as sent or received, scanned again on demand. Of one that is no
 * INVITE there is nothing left (0 octets) once it has its final answer. */
const uint8_t *rd_sip_tx_request(const RdSipTransaction *tx, size_t *ret_len);
/* Where responses go (server) or requests went (client), and by which attachment and entity. */
const RdAddress *rd_sip_tx_remote(const RdSipTransaction *tx);
uint16_t rd_sip_tx_attachment(const RdSipTransaction *tx);
RdConn rd_sip_tx_conn(const RdSipTransaction *tx); /* 0: datagrams */
uint64_t rd_sip_tx_entity(const RdSipTransaction *tx);
RdTime rd_sip_tx_t1(const RdSipTransaction *tx); /* of the side it is on */
/* The INVITE server transaction that a CANCEL speaks of (s9.2); NULL if there is none. */
RdSipTransaction *rd_sip_cancelled(RdSipLayer *layer, const RdMessage *cancel);

/* The request that follows an INVITE hop by hop and has its branch, Route and CSeq number: ACK of a
 * failure (s17.1.1.3; `to` is the response's) or CANCEL (s9.1). Length, 0 if it did not fit. */
size_t rd_sip_follow_up(const RdSip *invite, const char *method, RdSlice to, char *buffer,
                        size_t cap);

/* "z9hG4bK" + 16 hex digits and a NUL. */
#define RD_SIP_BRANCH 24
void rd_sip_branch(uint64_t bits, char ret[RD_SIP_BRANCH]);
/* The branch a proxy gives what it forwards: a keyed function of the request received (s16.11), so
 * it is the same whatever else goes on. */
void rd_sip_proxy_branch(const uint64_t key[2], const RdSip *request, char ret[RD_SIP_BRANCH]);
