/* s-cscf.h - what the files of the S-CSCF share. */
#pragma once

#include <glib.h>

#include "lab/auth/aka.h"
#include "lab/base/table.h"
#include "lab/stack/diameter.h"
#include "lab/stack/next_hop.h"
#include "lab/stack/proxy.h"
#include "lab/subscribers/profile.h"
#include "redoubt/plugin.h"

#define CONTACT_TEXT 160
#define PATH_TEXT 256

typedef enum { AUTH_AKA = 0, AUTH_DIGEST, AUTH_NONE } Auth;
typedef enum { ALGORITHM_MD5 = 0, ALGORITHM_SHA256 } Algorithm;

/* What becomes of a new challenge when the table of unanswered ones is full. */
typedef enum { HALF_OPEN_EVICT = 0, HALF_OPEN_REFUSE } HalfOpenFull;

/* Who is challenged, and how often an answer is good. */
typedef enum { CHALLENGE_ALWAYS = 0, CHALLENGE_FIRST } Challenged;
typedef enum { NONCE_ONCE = 0, NONCE_AGAIN } NonceUse;

typedef struct {
  const char *subscribers, *secret, *realm, *hss, *entry;
  int64_t count, spread, bindings, pending, unknown_user_code;
  int auth, algorithm, half_open_full; /* Auth, Algorithm, HalfOpenFull */
  bool give_keys, watch_by_all;
  int challenged, nonce_use; /* Challenged, NonceUse */
  bool impi_check;
  int64_t pin_digits;
  RdTime await_auth, expires, expires_min, expires_max, server_patience;
  RdSipProxyConfig proxy;
  RdDiaConfig dia;
} ScscfConfig;

/* A challenge that has not been answered (reg-await-auth). */
typedef struct {
  RdTime until;
  char nonce[RD_AKA_NONCE];
  uint8_t rand[16], res[RD_AKA_RES], ck[16], ik[16];
  bool keyed; /* ck and ik are known */
  char ha1[33]; /* SIP Digest over Cx; "": the keys are known here */
} Pending;

typedef struct Services Services;
typedef struct RegEvent RegEvent;
typedef struct Criteria Criteria;

/* Where a subscriber is; one contact each. */
typedef struct {
  RdTime until;
  uint64_t call_id; /* hash */
  uint32_t cseq;
  char *contact; /* a million of them are kept: no longer than it is */
  const char *path; /* behind it; "": none */
  char *identities; /* P-Associated-URI, as the HSS told; NULL: the rule knows */
  Criteria *criteria; /* of its profile; NULL: none */
  RdTimer expiry; /* 0: not before the trial ends, or nobody is to be told */
} Binding;

/* What the HSS is asked: cx.c. */
typedef struct Cx Cx;

typedef struct {
  RdHost *host;
  const ScscfConfig *config;
  const RdActorSetup *setup;
  RdCookies cookies;
  RdSipProxy *proxy;
  RdProvision provision;
  uint64_t key[2]; /* of RAND, nonces and tables */
  RdTable *pending; /* subscriber and Call-ID -> Pending */
  RdTable *bindings; /* subscriber -> Binding */
  Cx *cx; /* NULL: it holds the keys itself */
  Services *services; /* with an HSS; else NULL */
  RegEvent *reg_event; /* the same */
  RdNextHop entry; /* the I-CSCF that calls go to; address.family 0: none, they end here */
  uint64_t **sqn; /* the last SQN given out, by subscriber, in pages; NULL: none of these was yet */
  struct {
    uint32_t aka_vector, digest_challenge, digest_verify, lookup, write;
  } cost;
  struct {
    uint32_t challenges, registered, deregistered, failed, unknown, resynchronised, too_brief;
    uint32_t half_open_evicted, half_open_refused, calls, not_registered, not_found, foreign,
        barred;
    uint32_t hss_silent, hss_refused, timed_out, terminated;
  } n;
} Scscf;

/* registrar.c: answers a REGISTER (TS 24.229 s5.4.1). */
void scscf_register(Scscf *s, RdProxyRequest *r);
/* The binding of a subscriber, NULL if there is none (any more). */
const Binding *scscf_binding(Scscf *s, uint64_t subscriber);
void scscf_binding_gone(void *binding);
/* Whose identity is it? Pays for the look-up. */
typedef enum { IDENTITY_UNKNOWN, IDENTITY_TEMPORARY, IDENTITY_NUMBER } Identity;
Identity scscf_find(Scscf *s, RdSlice identity, uint64_t *ret_subscriber);

#define SQN_PAGE 1024
void scscf_free_sqn(Scscf *s); /* challenge.c */

/* Accepts what a REGISTER that was authenticated asks for: binds, answers. `identities` is what the HSS
 * told, NULL: the rule knows. False: what it asks for cannot be. */
bool scscf_accept(Scscf *s, RdProxyRequest *r, uint64_t subscriber, const char *identities);
/* What it asks for. */
typedef enum { ASKS_NOTHING, ASKS_TO_BIND, ASKS_TO_UNBIND } Asks;
Asks scscf_asks(const Scscf *s, const RdSip *sip);
/* What became of a registration, for who watches it. */
typedef enum {
  REG_REGISTERED = 0,
  REG_REFRESHED,
  REG_UNREGISTERED, /* by the phone */
  REG_EXPIRED,
  REG_DEACTIVATED, /* by the network: it may register again */
  REG_REJECTED /* by the network: it may not */
} RegEventKind;

/* Takes a binding away, and tells the application servers that were told of it; the HSS is another's to tell.
 * `request` is the REGISTER that wants it; NULL: the network does. */
void scscf_unbind(Scscf *s, uint64_t subscriber, RegEventKind why, const RdSip *request);

/* challenge.c: a subscriber's digest password, and its PIN (false: it has none). */
#define SCSCF_PASSWORD 33
void scscf_password(const Scscf *s, uint64_t subscriber, char ret[SCSCF_PASSWORD]);
bool scscf_pin(const Scscf *s, uint64_t subscriber, char ret[SCSCF_PASSWORD]);

/* challenge.c: is the REGISTER of who it says? Answers it itself if not (yet). */
bool scscf_authenticate(Scscf *s, RdProxyRequest *r, uint64_t subscriber);
void scscf_answer(Scscf *s, RdProxyRequest *r, unsigned code);
/* Answers 401 by a challenge that is ready but for its nonce in digest, and remembers it. */
void scscf_challenge(Scscf *s, RdProxyRequest *r, uint64_t subscriber, Pending *p);
/* 16 octets that are a function of the REGISTER in hand. */
void scscf_draw(const Scscf *s, const RdSip *sip, uint64_t subscriber, uint8_t ret[16]);

/* cx.c: the HSS, over Diameter (TS 29.228). A subscriber is then a keyed hash of its private identity, in
 * 56 bits. */
Cx *scscf_cx_new(Scscf *s);
void scscf_cx_free(Cx *cx); /* NULL is fine */
void scscf_cx_start(Cx *cx);
bool scscf_cx_receive(Cx *cx, const RdMessage *message); /* false: it is none of Diameter */
/* Whose REGISTER is it, by what it says? */
uint64_t scscf_cx_who(const Cx *cx, const RdSip *sip);
/* Whose public identity is it, of those that are registered here? */
Identity scscf_cx_find(Cx *cx, RdSlice identity, uint64_t *ret_subscriber);
/* Fetches a vector, then challenges. `auts` and the RAND it answers, or absent. */
void scscf_cx_authenticate(Cx *cx, RdProxyRequest *r, uint64_t subscriber, RdSlice auts,
                           const uint8_t rand[16]);
/* Tells of what was accepted (SAR), then carries it out. */
void scscf_cx_assign(Cx *cx, RdProxyRequest *r, uint64_t subscriber);
/* Tells that a REGISTER failed to prove itself, or that a registration ran out. */
void scscf_cx_report(Cx *cx, const RdSip *sip, uint64_t subscriber, uint32_t type);
/* Ends a registration and tells why (RD_CX_*). */
void scscf_cx_end(Cx *cx, uint64_t subscriber, uint32_t type);
/* Arms the end of a registration, if that comes before the trial's. */
void scscf_cx_watch(Cx *cx, uint64_t subscriber);

/* services.c: application servers (TS 24.229 s5.4.3). */
Services *scscf_services_new(Scscf *s);
void scscf_services_free(Services *services); /* NULL is fine; after the bindings */
/* The set of a profile's criteria, kept once for all who have the same; NULL: it has none. drop() it. */
Criteria *scscf_criteria_of(Services *services, const RdProfile *profile);
Criteria *scscf_criteria_keep(Criteria *criteria);
void scscf_criteria_drop(Criteria *criteria); /* NULL is fine */
/* Sends an initial request of `user` to the server of the next criterion that matches, `next` being the first
 * that was not asked yet. False: there is none (any more), it goes on. */
bool scscf_serve(Scscf *s, RdProxyRequest *r, uint64_t subscriber, RdSlice user,
                 RdSessionCase session_case, unsigned next);
/* Does a request come back from a server? What is to be done with it is in the answer; ret_next: the first
 * criterion that was not asked yet. */
typedef enum {
  RETURNED_NOT = 0,
  RETURNED_SERVED, /* and goes to the next server */
  RETURNED_TO_ORIGINATE, /* on its way from the served user */
  RETURNED_TO_TERMINATE, /* on its way to the served user: *ret_next is for scscf_serve() */
  RETURNED_GONE /* the served user is not registered any more */
} Returned;
Returned scscf_returned(Scscf *s, RdProxyRequest *r, unsigned *ret_next);
/* May a request go on without the server that it was sent to? */
bool scscf_passes_over(Scscf *s, const RdProxyFailure *failure);
/* third_party.c: the servers whose criteria match a registration, as bits. `request`: as scscf_unbind(). */
uint32_t scscf_servers_of(const Criteria *set, const RdSip *request, RdRegisters registers);
/* Tells them of it, or (not bound) of its end. `identities` begins with the default one. */
void scscf_tell_servers(Scscf *s, uint64_t subscriber, Criteria *set, const char *identities,
                        uint32_t which, bool bound);
void scscf_told(Services *services, uint64_t number, unsigned status);

/* reg_event.c: the reg event package (RFC 3680). */
RegEvent *scscf_reg_event_new(Scscf *s);
void scscf_reg_event_free(RegEvent *e); /* NULL is fine */
/* A SUBSCRIBE that asks for it is answered. False: it is none, or of nobody who is registered here. */
bool scscf_reg_subscribe(Scscf *s, RdProxyRequest *r);
/* Tells who watches a subscriber; `binding` as it is, or as it was. */
void scscf_reg_changed(Scscf *s, uint64_t subscriber, const Binding *binding, RegEventKind kind);
/* The final answer to a NOTIFY, by its number. */
bool scscf_reg_is_notify(uint64_t number);
void scscf_reg_notified(Scscf *s, uint64_t number, unsigned status);
