/* ue.h - what the files of the phones share.
 *
 * A registered, idle subscriber costs one Subscriber; registrations and calls in progress are
 * allocated, and found through their subscriber. */
#pragma once

#include <glib.h>

#include "lab/sip/precondition.h"
#include "lab/stack/proxy.h"
#include "lab/stack/registration.h"
#include "lab/stack/transaction.h"
#include "lab/subscribers/provision.h"
#include "nodes/ue/call_table.h"
#include "redoubt/plugin.h"

/* How a phone makes Call-IDs, tags and branches. */
typedef enum { IDENTIFIERS_DRAWN = 0, IDENTIFIERS_COUNTED } Identifiers;

typedef struct {
  int64_t subscribers, first, spread, redials;
  const char *proxy, *realm, *secret;
  RdTime register_over, expires, patience, register_patience, retry_base, retry_max;
  double registrations, bhca; /* a subscriber and hour */
  RdTime calls_from, hold, hold_max, ring_min, ring_max, ring_limit, media_timeout, redial_after;
  double answered, unanswered, busy, rejected; /* weights */
  int reliable; /* Reliable: of provisional answers (RFC 3262) */
  bool preconditions; /* RFC 3312; and the headers and codecs of an IR.92 phone */
  RdTime reservation;
  int identifiers; /* Identifiers */
  bool digest;
  RdSipTimers timers;
  RdSipTcp tcp; /* `connections` is not used: as many as there are phones */
} UeConfig;

/* What a phone makes of 100rel: as its callers can, or nobody else may call. */
typedef enum { RELIABLE_NO = 0, RELIABLE_YES, RELIABLE_REQUIRED } Reliable;

typedef struct Call Call;
typedef struct Early Early; /* early.c: what is between INVITE and its final answer */

typedef struct {
  RdSipSim sim;
  RdTime bound_until; /* 0: not registered */
  uint64_t number; /* E.164, as the registrar told; 0: it has told none */
  RdSipRegistration *registration; /* in progress */
  RdTimer refresh; /* the next registration, if one is due before the end */
  Call *calls; /* in progress, as caller or callee */
  uint32_t cycle; /* initial registrations begun */
  uint16_t follow_up; /* registrations since the last initial one */
  uint16_t service_route; /* index into Ue.routes; 0: none */
  uint32_t call_attempts;
} Subscriber;

G_STATIC_ASSERT(sizeof(Subscriber) <= 72);

/* What callees do, drawn a call. */
typedef enum { OUTCOME_ANSWER, OUTCOME_UNANSWERED, OUTCOME_BUSY, OUTCOME_REJECT } Outcome;

struct Call {
  Call *next; /* of the same subscriber */
  bool outgoing, provisional;
  bool near; /* callee: its caller is a phone of this population */
  bool heard; /* callee: its caller is known to be in the call */
  uint8_t state, retries, outcome;
  uint16_t status; /* final answer to INVITE; 0: none yet */
  uint32_t cseq; /* of its INVITE, as caller */
  uint32_t used; /* the highest of its own in the dialog, if above that */
  Early *early; /* NULL: provisional answers are as RFC 3261 has them */
  uint64_t entity, peer, attempt;
  RdSipTransaction *invite, *bye;
  RdTimer guard;
  RdTime started, ringing, answered, ended, left, parted, wanted; /* parted: either side was out */
  char *call_id, *local_uri, *remote_uri, *remote_tag, *target, *route;
  char tag[17]; /* own */
};

/* A Poisson process over the whole population, one timer long. */
typedef struct {
  uint64_t number; /* of the arrival that the timer stands for, from 0 */
  RdTime at;
  uint64_t entity; /* whose it is */
} Arrivals;

/* Initial registrations in their order; gone once all have begun. */
typedef struct {
  RdTime at;
  uint32_t entity;
} Due;

/* The population's own timers. What a cookie says: nothing; nothing; the entity; nothing; a guard's,
 * bit 55: the callee's, then the attempt, then 24 bits of entity; and so the next two. */
typedef enum {
  TIMER_DUE = 1,
  TIMER_CYCLE = 2,
  TIMER_REFRESH = 3,
  TIMER_AGAIN = 4, /* a reliable provisional answer, unacknowledged */
  TIMER_RESERVED = 5, /* the own bearer is there */
  TIMER_CALL = 6,
  TIMER_GUARD = 7,
  TIMER_KINDS = 8
} TimerKind;

typedef struct {
  RdHost *host;
  const UeConfig *config;
  const RdActorSetup *setup;
  RdProvision provision;
  RdCookies cookies;
  RdCookieSpace timers[TIMER_KINDS];
  RdSipLayer *layer;
  RdSipRegistrant registrant;
  Subscriber *subscribers;
  uint64_t n;
  RdAddress proxy; /* its transport is that of the phones' requests */
  Due *due;
  uint64_t next_due;
  Arrivals cycles, calls;
  GPtrArray *routes; /* Service-Routes seen: char *, [0] is "" */
  GHashTable *placed; /* Call-ID -> the caller's Call, of calls in progress */
  struct {
    uint32_t registered, failed, refused, resync, unregistered, busy, orphaned, foreign, routes;
    uint32_t impossible, unreserved, unconfirmed;
  } counters;
} Ue;

#define UE_SDP 1536
#define UE_HEADERS 1024
#define UE_IDENTITY 320 /* text of a public identity in the home domain */

/* Purposes of draws. */
enum {
  DRAW_DUE = 1,
  DRAW_CYCLE_GAP,
  DRAW_CYCLE_WHO,
  DRAW_CALL_GAP,
  DRAW_CALL_WHO,
  DRAW_CALLEE,
  DRAW_HOLD,
  DRAW_CALL_ID,
  DRAW_TAG,
  DRAW_BRANCH,
  DRAW_OUTCOME,
  DRAW_RING,
  DRAW_ANSWER_TAG,
  DRAW_ANSWER_BRANCH,
  DRAW_RSEQ
};

/* An attempt's number as the engine keys chance by: calls and registrations apart. */
static inline uint64_t ue_attempt_key(RdAttemptKind kind, uint64_t attempt) {
  return (uint64_t)kind << 56 | attempt;
}

/* traffic.c: who does what when, whatever became of it before */
void ue_traffic_start(Ue *ue);
void ue_traffic_due(void *self, uint64_t cookie);
void ue_traffic_cycle(void *self, uint64_t cookie);
void ue_traffic_call(void *self, uint64_t cookie);
uint64_t ue_draw(const Ue *ue, uint64_t entity, uint32_t purpose, uint64_t index);

/* registering.c */
void ue_register_initially(Ue *ue, uint64_t entity);
void ue_register_again(Ue *ue, uint64_t entity);
bool ue_is_registered(const Ue *ue, uint64_t entity);
void ue_registered(void *user, uint64_t entity, const RdSipRegistered *outcome);
void ue_identity(const Ue *ue, uint64_t entity, char ret[UE_IDENTITY]); /* as whom it calls */
const char *ue_service_route(const Ue *ue, uint64_t entity); /* NULL: none */
RdTime ue_refresh_after(RdTime expires);

/* call.c: both sides of a dialog */
Call *ue_call_new(Ue *ue, uint64_t entity, bool outgoing, uint64_t attempt);
Call *ue_call_find(const Ue *ue, uint64_t entity, bool outgoing, uint64_t attempt);
Call *ue_call_of_dialog(const Ue *ue, const RdMessage *message);
bool ue_is_busy(const Ue *ue, uint64_t entity);
void ue_call_guard(Ue *ue, Call *call, RdTime after); /* replaces the guard that was */
RdTimer ue_call_timer(Ue *ue, const Call *call, TimerKind kind, RdTime after);
Call *ue_call_of_timer(const Ue *ue, uint64_t cookie); /* NULL: over */
void ue_call_dialog(Call *call, const RdSip *sip); /* target, route set and tag out of a message */
/* The media between two phones of the population, as far as who is in the call tells. */
Call *ue_call_caller(const Ue *ue, const Call *callee); /* NULL: not of this population, or gone */
void ue_call_heard(Ue *ue, Call *caller); /* the caller is in the call: its callee hears it */
void ue_call_part(Ue *ue, Call *call); /* one side is out: the other hears nothing from now on */
/* Meets an event and goes to its next state; CallDo bits that are now to be done. */
unsigned ue_call_meet(Ue *ue, Call *call, CallEvent event);
void ue_call_hang_up(Ue *ue, Call *call); /* BYE */
void ue_call_over(Ue *ue, Call *call, RdTime closed); /* reports it if it is its caller's; frees */
void ue_call_free(Ue *ue, Call *call);
void ue_call_unplace(Ue *ue, Call *caller); /* its Call-ID is no call in progress any more */
void ue_call_response(Ue *ue, Call *call, RdSipTransaction *tx, const RdMessage *message,
                      unsigned status);
/* A request of this call. INVITE carries an offer. A new transaction of its own unless it is ACK;
 * false: it could not be sent. */
bool ue_call_send(Ue *ue, Call *call, RdSipMethod method, RdSipTransaction **ret_tx);
/* A request of a dialog that need not be the call's (yet). */
typedef struct {
  RdSipMethod method;
  RdSlice tag, target, route; /* the dialog's remote tag, remote target, route set */
  uint32_t cseq, step; /* step: makes the branch its own */
  RdSlice more, body; /* header lines; SDP */
} UeRequest;
bool ue_call_ask(Ue *ue, Call *call, const UeRequest *request, RdSipTransaction **ret_tx);
char *ue_route_set(const RdSip *sip, bool reversed); /* NULL: none, or too long */

/* caller.c */
void ue_place_call(Ue *ue, uint64_t caller, uint64_t attempt);
void ue_caller_response(Ue *ue, Call *call, const RdMessage *message, unsigned status);
void ue_caller_guard(Ue *ue, Call *call);
void ue_caller_meet(Ue *ue, Call *call, CallEvent event); /* the call may be gone then */

/* callee.c */
void ue_callee_request(Ue *ue, RdSipTransaction *tx, const RdMessage *message);
void ue_callee_guard(Ue *ue, Call *call);
void ue_callee_no_ack(Ue *ue, Call *call);
void ue_callee_hears(Ue *ue, Call *call); /* its caller's media */
void ue_callee_met(Ue *ue, Call *call); /* nothing is waited for any more */
void ue_callee_unconfirmed(Ue *ue, Call *call); /* no PRACK came: the call may be gone then */
void ue_callee_repeat(Ue *ue, Call *call, unsigned status);
void ue_reply(Ue *ue, RdSipTransaction *tx, const RdSip *sip, uint64_t entity, unsigned status,
              const Call *call);
uint64_t ue_callee_draw(const Ue *ue, uint64_t entity, uint32_t purpose, RdSlice call_id);

/* early.c: reliable provisional answers (RFC 3262) and preconditions (RFC 3312) */
bool ue_supports(const RdSip *sip, const char *option); /* Supported or Require names it */
void ue_early_free(Ue *ue, Call *call);
void ue_early_stop(Ue *ue,
                   Call *call); /* the final answer is there: nothing is repeated or waited for */
/* Caller: a provisional answer. False: it is to be passed over. */
bool ue_early_provisional(Ue *ue, Call *call, const RdMessage *message);
void ue_early_confirmed(Call *call); /* the call has its dialog: it goes on with that one's CSeq */
void ue_early_response(Ue *ue, Call *call, RdSipTransaction *tx, unsigned status);
void ue_early_reserve(Ue *ue, Call *call);
bool ue_early_update(Ue *ue, Call *call);
void ue_early_forget(Call *call, const RdSipTransaction *tx); /* it has ended */
/* Callee */
CallEvent ue_early_begin(Ue *ue, Call *call, const RdSip *invite); /* DIAL or RESERVE */
void ue_early_sent(Ue *ue, Call *call,
                   unsigned status); /* a provisional answer is to be made reliable */
void ue_early_prack(Ue *ue, RdSipTransaction *tx, const RdMessage *message);
void ue_early_updated(Ue *ue, RdSipTransaction *tx, const RdMessage *message);
void ue_early_again(void *self, uint64_t cookie);
void ue_early_reserved(void *self, uint64_t cookie);
bool ue_early_is_dialog(const Call *call, const RdSip *sip);

/* session.c: what a phone says of itself, and of its media */
extern const char ue_methods[], ue_methods_full[];
size_t ue_session_offer(const Ue *ue, const Call *call, const RdAddress *rtp, char *sdp,
                        size_t cap);
/* The answer to a message's offer, or an offer if it has none (RFC 3264, RFC 3261 s13.2.1). 0: it offers
 * nothing that a phone speaks. `call` may be NULL. */
size_t ue_session_answer(const Ue *ue, const Call *call, const RdSip *sip, const RdAddress *local,
                         char *sdp, size_t cap);
const char *ue_contact_more(const Ue *ue); /* parameters of its Contact */
size_t ue_invite_headers(const Ue *ue, char *text, size_t cap); /* whole lines */
/* What early.c knows of the call's preconditions. */
RdPrecondition ue_early_state(const Call *call);
uint32_t ue_early_version(const Call *call); /* of the session's descriptions */
uint32_t ue_early_rseq(const Call *call, unsigned status); /* 0: not a reliable answer */
bool ue_early_described(const Call *call); /* the offer has its answer already */
bool ue_early_reserves(const Call *call); /* there are preconditions */
