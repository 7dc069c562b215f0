/* security.h - security associations of phones, as state (TS 33.203 s7, RFC 3329).
 *
 * An address has at most two sets of associations: the live one, and the one that is being agreed upon.
 * A set is both directions: SPIs and protected ports of both sides, the algorithms, CK and IK, and whose
 * it is (the private identity). */
#pragma once

#include "lab/base/table.h"
#include "lab/sip/security.h"
#include "lab/stack/machine.h"

typedef enum {
  SECURITY_NONE = 0,
  SECURITY_TEMPORARY, /* the phone was challenged: REGISTER alone may use it */
  SECURITY_LIVE, /* it is registered */
  SECURITY_OVER,
  SECURITY_STATES
} SecurityState;

typedef enum {
  SECURITY_CHALLENGED = 0, /* 401 with CK and IK went to the phone */
  SECURITY_ACCEPTED, /* 2xx to a REGISTER that came by it */
  SECURITY_REFUSED, /* another final answer to one, or a Security-Verify that differs */
  SECURITY_EXPIRED,
  SECURITY_REPLACED, /* by a later set of the same phone */
  SECURITY_RELEASED, /* the phone is not registered any more */
  SECURITY_EVENTS
} SecurityEvent;

typedef enum { SECURITY_DO_DROP = 1 << 0 } SecurityDo; /* forget the keys */

extern const RdMachine p_cscf_security;

#define SECURITY_OWN 4 /* entries of the own list at most */

typedef struct {
  uint8_t state; /* SecurityState */
  uint8_t n_own;
  RdTime until;
  uint64_t impi; /* keyed hash of the private identity */
  RdSecurity phone; /* of its list, the entry that was chosen */
  RdSecurity own[SECURITY_OWN]; /* as sent in Security-Server, best first */
  uint8_t ck[16], ik[16];
} SecuritySet;

typedef struct {
  RdHost *host;
  RdTable *phones; /* IP address -> two sets; the least recently used gives way */
  uint64_t key[2];
  uint32_t impossible, made, ended;
  bool null_cipher; /* an offer without encryption is good enough */
  uint16_t port_c, port_s; /* the own protected ports */
  RdTime temporary; /* how long a set may wait for the proof */
} Security;

/* `capacity` phones. key: of the table, the SPIs and the identities' hashes. */
void security_open(Security *s, RdHost *host, uint32_t capacity, const uint64_t key[2]);
void security_close(Security *s);
uint64_t security_hash(const Security *s, RdSlice impi);

/* The entry to use of a phone's list, by the own order. False: none is good enough. */
bool security_choose(const Security *s, const RdSip *request, RdSecurity *ret);
/* A set for a phone that is being challenged; it replaces another temporary one. SPIs are a keyed function
 * of `request`. */
const SecuritySet *security_challenge(Security *s, const RdAddress *phone, const RdSip *request,
                                      const RdSecurity *chosen, uint64_t impi, const uint8_t ck[16],
                                      const uint8_t ik[16]);
/* The set whose protected client port of the phone this is; NULL: there is none (any more). */
SecuritySet *security_find(Security *s, const RdAddress *from);
/* Is this the protected server port of a phone whose set is live? */
bool security_reaches(Security *s, const RdAddress *phone);
/* Of a phone's two sets, the one whose list the request's Security-Verify repeats; NULL: neither.
 * `unchecked`: whatever it says, the later one. */
SecuritySet *security_of_verify(Security *s, const RdAddress *phone, const RdSip *request,
                                bool unchecked);
/* Does Security-Verify repeat what was sent, entry by entry? */
bool security_verifies(const SecuritySet *set, const RdSip *request);
/* A set is proved, until then: it is live, and the one that was is over. */
void security_accept(Security *s, const RdAddress *phone, SecuritySet *set, RdTime until);
void security_refuse(Security *s, SecuritySet *set);
void security_release(Security *s, const RdAddress *phone);
