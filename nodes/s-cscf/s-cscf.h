/* s-cscf.h - what the files of the S-CSCF share. */
#pragma once

#include <glib.h>

#include "lab/auth/aka.h"
#include "lab/base/table.h"
#include "lab/stack/proxy.h"
#include "lab/subscribers/provision.h"
#include "redoubt/plugin.h"

#define CONTACT_TEXT 160
#define PATH_TEXT 256

typedef enum { AUTH_AKA = 0, AUTH_DIGEST, AUTH_NONE } Auth;
typedef enum { ALGORITHM_MD5 = 0, ALGORITHM_SHA256 } Algorithm;

/* What becomes of a new challenge when the table of unanswered ones is full. */
typedef enum { HALF_OPEN_EVICT = 0, HALF_OPEN_REFUSE } HalfOpenFull;

typedef struct {
  const char *subscribers, *secret, *realm;
  int64_t count, spread, bindings, pending, unknown_user_code;
  int auth, algorithm, half_open_full; /* Auth, Algorithm, HalfOpenFull */
  RdTime await_auth, expires, expires_min, expires_max;
  RdSipProxyConfig proxy;
} ScscfConfig;

/* A challenge that has not been answered (reg-await-auth). */
typedef struct {
  RdTime until;
  char nonce[RD_AKA_NONCE];
  uint8_t rand[16], res[RD_AKA_RES];
} Pending;

/* Where a subscriber is; one contact each. */
typedef struct {
  RdTime until;
  uint64_t call_id; /* hash */
  uint32_t cseq;
  char *contact; /* a million of them are kept: no longer than it is */
  const char *path; /* behind it; "": none */
} Binding;

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
  uint64_t **sqn; /* the last SQN given out, by subscriber, in pages; NULL: none of these was yet */
  struct {
    uint32_t aka_vector, digest_challenge, digest_verify, lookup, write;
  } cost;
  struct {
    uint32_t challenges, registered, deregistered, failed, unknown, resynchronised, too_brief;
    uint32_t half_open_evicted, half_open_refused, calls, not_registered, not_found, foreign,
        barred;
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

/* challenge.c: is the REGISTER of who it says? Answers it itself if not (yet). */
bool scscf_authenticate(Scscf *s, RdProxyRequest *r, uint64_t subscriber);
void scscf_answer(Scscf *s, RdProxyRequest *r, unsigned code);
