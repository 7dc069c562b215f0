/* transaction_stream.h - which transport a transaction goes by, and what becomes of it with its
 * connection. Internal to lab/stack. */
#pragma once

#include "lab/stack/transaction_store.h"

/* --- of transaction.c --- */
void rd_tx_stop(RdSipTransaction *tx, RdTimer *timer);
void rd_tx_arm(RdSipTransaction *tx, RdTimer *timer, RdTime after);
/* `again`: it has just fired. A doubles for ever, the others up to T2. */
void rd_tx_arm_retransmit(RdSipTransaction *tx, char letter, bool again);
/* True, too, of what waits for its connection: it leaves as that opens. */
bool rd_tx_send_request(RdSipTransaction *tx);
bool rd_tx_send_response(RdSipTransaction *tx);
/* Takes one step; false if the event cannot be, or if nothing could be sent. */
bool rd_tx_advance(RdSipTransaction *tx, RdTxEvent event, const RdMessage *m);

/* --- of transaction_stream.c --- */
/* A client transaction could not be sent: its user is told by a timer, never from within a call. */
void rd_tx_fail_later(RdSipTransaction *tx);
/* What a connection says of itself: opened, refused, closed, a keep-alive, or that it can be cut no more. */
void rd_tx_receive_stream(RdSipLayer *layer, const RdMessage *m);
/* Of a client transaction that is about to send for the first time: by a connection if its address says
 * TCP, or by s18.1.1 if it is long; a CANCEL as its INVITE. Then Via says so, and it may have to wait. */
void rd_tx_choose_transport(RdSipTransaction *tx, const RdSip *request);
/* What rd_sip_send() does where connections may be opened. */
bool rd_tx_send_alone(RdSipLayer *layer, const RdSend *request);
/* Back to datagrams; Via says so. */
void rd_tx_by_datagram(RdSipTransaction *tx);
/* A server transaction whose connection is gone: opens one to where s18.2.2 says. False: none to be had. */
bool rd_tx_connect_back(RdSipTransaction *tx);
/* Keeps a connection that a request came by for requests back, if its Via asks (RFC 5923). */
void rd_tx_note_alias(RdSipLayer *layer, const RdMessage *request);
/* The port of sent-by, 5060 if there is none. False: it is no port. */
bool rd_tx_via_port(const RdSip *sip, uint16_t *ret);
