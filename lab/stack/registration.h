/* registration.h - a phone registers: IMS AKA, back-off, patience. On borrowed time.
 *
 * One attempt of one subscriber is REGISTER, 401, REGISTER with the AKA answer, 200 (TS 24.229
 * s5.1.1.2, RFC 3310), and whatever it takes to get there: 408 and 5xx answers are retried within
 * the attempt, after Retry-After if there is one, else after a back-off that doubles with each
 * failure and is drawn from its upper half (the shape of RFC 5626 s4.5). After `patience` the
 * attempt has failed. It is reported to the ledger exactly once, its delay with the challenge's
 * round in it. A network whose MAC is wrong is refused (TS 24.229 s5.1.1.5.3).
 *
 * Everything goes through the RdHost and a transaction layer. A subscriber who is not registering
 * costs an RdSipSim. Identifiers are functions of (entity, attempt, step) alone. */
#pragma once

#include "lab/stack/transaction.h"
#include "lab/subscribers/provision.h"

/* What a subscriber keeps between registrations. Zeroed at first. */
typedef struct {
  uint64_t sqn; /* highest SQN accepted (TS 33.102 annex C) */
  uint32_t cseq; /* of the REGISTER last sent: one Call-ID for all (RFC 3261 s10.2.4) */
  uint32_t failures; /* in a row */
} RdSipSim;

typedef struct RdSipRegistration RdSipRegistration;

typedef struct {
  bool registered;
  uint16_t status; /* final; 0: none came */
  RdTime expires; /* registered: how long the binding lasts from now */
  RdSlice service_route; /* registered: all values, comma-separated; absent if there was none */
  RdSlice identity; /* registered: the default public identity, a URI; absent if none was told */
  RdTime wait; /* failed: how long to wait before the next attempt */
} RdSipRegistered;

/* One a population; borrowed by its registrations. */
typedef struct {
  RdHost *host;
  RdSipLayer *layer;
  const RdProvision *provision;
  uint64_t first; /* subscriber whom entity 0 is */
  const char *realm;
  RdAddress proxy; /* its transport is that of all requests */
  bool alias; /* RFC 5923 */
  bool digest; /* answers digest challenges too, by K in hex; a USIM does not (bidding down) */
  uint16_t attachment;
  uint32_t expires; /* asked, in seconds */
  RdTime patience, retry_base, retry_max;
  RdCookieSpace retry, patience_over; /* by rd_sip_registrant_claim() */
  uint32_t refused_counter, resync_counter; /* wrong MAC, SQN out of range */
  uint32_t impossible; /* by rd_sip_registrant_claim() */
  RdAddress (*address)(RdHost *host, uint16_t attachment, uint64_t entity);
  /* Over: the registration goes when this returns. Begin the next one by a timer, not here. */
  void (*done)(void *user, uint64_t entity, const RdSipRegistered *outcome);
  /* The registration that an entity has in progress; NULL: none. */
  RdSipRegistration *(*of)(void *user, uint64_t entity);
  void *user;
} RdSipRegistrant;

/* Its timers become two blocks of `cookies`; two timers at most are pending for an entity, one of
 * each. Before the first registration begins. */
void rd_sip_registrant_claim(RdSipRegistrant *registrant, RdCookies *cookies);

/* Begins an attempt. NULL: it was over at once, and done() was called. Its transactions carry the
 * registration as their context and have method REGISTER. */
RdSipRegistration *rd_sip_register(const RdSipRegistrant *registrant, RdSipSim *sim,
                                   uint64_t entity, uint64_t attempt);
/* From the layer's response(), for a REGISTER transaction with a context. */
void rd_sip_registration_response(RdSipRegistration *r, const RdMessage *message, unsigned status);
/* Its owner's patience is over, or the phone goes off. */
void rd_sip_registration_give_up(RdSipRegistration *r);
/* Ends without a report and without done(). NULL is fine. */
void rd_sip_registration_free(RdSipRegistration *r);
