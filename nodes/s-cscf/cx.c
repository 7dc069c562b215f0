/* cx.c - the S-CSCF's side of Cx (TS 29.228 s6, TS 24.229 s5.4.1): vectors, assignment, the HSS's own word. */
#include <string.h>

#include "lab/auth/digest.h"
#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/subscribers/identity.h"
#include "nodes/s-cscf/s-cscf.h"

#define EXPIRY_COOKIES 1
#define KEY_BITS 56 /* so that a subscriber fits into a timer's cookie */
#define IDENTITIES_TEXT 1024

typedef enum { ASK_VECTOR, ASK_ASSIGNMENT, TELL } Purpose;

/* What waits for the HSS. */
typedef struct {
  uint8_t purpose; /* Purpose */
  uint64_t waiting; /* of the proxy */
  uint64_t subscriber;
} Query;

struct Cx {
  Scscf *s;
  RdDia *dia;
  RdDiaConfig config;
  RdCookieSpace expiry;
  RdTable *identities; /* public identity -> Known */
  RdTable *queries; /* number -> Query */
  uint64_t serial;
  char server[RD_ADDRESS_TEXT + 8]; /* Server-Name: our own SIP URI */
  /* of the answer in hand */
  const RdDiameter *answer;
  const Query *query;
  RdProfile profile;
};

typedef struct {
  uint64_t subscriber;
  bool barred;
} Known;

/* --- names --- */

static uint64_t key_of(const Cx *cx, RdSlice impi) {
  return rd_siphash(cx->s->key, impi.at ? impi.at : "", impi.len) & ((UINT64_C(1) << KEY_BITS) - 1);
}

uint64_t scscf_cx_who(const Cx *cx, const RdSip *sip) {
  RdDigest room = {0};
  return key_of(cx, rd_identity_private(sip, &room));
}

Identity scscf_cx_find(Cx *cx, RdSlice identity, uint64_t *ret_subscriber) {
  char name[RD_IDENTITY_TEXT];
  if (!rd_identity_public(identity, name, sizeof name))
    return IDENTITY_UNKNOWN;
  const Known *k = rd_table_get(cx->identities, name, strlen(name));
  if (!k)
    return IDENTITY_UNKNOWN;
  *ret_subscriber = k->subscriber;
  return k->barred ? IDENTITY_TEMPORARY : IDENTITY_NUMBER;
}

/* --- asking --- */

static void refuse(Cx *cx, RdProxyRequest *r, uint32_t counter, unsigned code) {
  cx->s->host->count(cx->s->host, counter, 1);
  scscf_answer(cx->s, r, code);
}

/* Begins a request about the subscriber of a REGISTER. */
static RdDiaBuild *begin(Cx *cx, uint32_t command, const RdSip *sip, uint64_t subscriber) {
  RdDigest room = {0};
  uint8_t draw[16];
  uint64_t session;
  char identity[RD_IDENTITY_TEXT];
  scscf_draw(cx->s, sip, subscriber ^ command, draw);
  memcpy(&session, draw, sizeof session);
  RdDiaBuild *b = rd_dia_begin(cx->dia, command, session, (RdSlice){0});
  rd_dia_add(b, RD_AVP_USER_NAME, rd_identity_private(sip, &room));
  rd_dia_add(b, RD_AVP_PUBLIC_IDENTITY,
             rd_identity_public(sip->to_uri, identity, sizeof identity) ? rd_slice(identity)
                                                                        : sip->to_uri);
  rd_dia_add_text(b, RD_AVP_SERVER_NAME, cx->server);
  return b;
}

/* Sends what was begun; the REGISTER waits for its answer. */
static void ask(Cx *cx, RdProxyRequest *r, Purpose purpose, uint64_t subscriber) {
  const uint64_t number = ++cx->serial;
  const Query q = {.purpose = (uint8_t)purpose, .subscriber = subscriber};
  if (!rd_dia_send(cx->dia, number)) {
    refuse(cx, r, cx->s->n.hss_silent, 503);
    return;
  }
  Query *kept = rd_table_put(cx->queries, &number, sizeof number, NULL);
  *kept = q;
  kept->waiting = rd_sip_proxy_wait(cx->s->proxy, r);
}

void scscf_cx_authenticate(Cx *cx, RdProxyRequest *r, uint64_t subscriber, RdSlice auts,
                           const uint8_t rand[16]) {
  uint8_t told[16 + RD_AKA_AUTS_OCTETS];
  RdDiaBuild *b = begin(cx, RD_DIA_MULTIMEDIA_AUTH, r->message->sip, subscriber);
  rd_dia_add_number(b, RD_AVP_SIP_NUMBER_AUTH_ITEMS, 1);
  rd_dia_open(b, RD_AVP_SIP_AUTH_DATA_ITEM);
  rd_dia_add_text(b, RD_AVP_SIP_AUTHENTICATION_SCHEME,
                  cx->s->config->auth == AUTH_AKA ? "Digest-AKAv1-MD5" : "SIP Digest");
  if (auts.at && rd_aka_auts(auts, told + 16)) {
    memcpy(told, rand, 16);
    rd_dia_add(b, RD_AVP_SIP_AUTHORIZATION, rd_slice_of(told, sizeof told));
    cx->s->host->count(cx->s->host, cx->s->n.resynchronised, 1);
  }
  rd_dia_close(b);
  ask(cx, r, ASK_VECTOR, subscriber);
}

static uint32_t assignment_type(Cx *cx, const RdSip *sip, bool bound) {
  if (scscf_asks(cx->s, sip) == ASKS_TO_UNBIND)
    return RD_CX_USER_DEREGISTRATION;
  return bound ? RD_CX_RE_REGISTRATION : RD_CX_REGISTRATION;
}

void scscf_cx_assign(Cx *cx, RdProxyRequest *r, uint64_t subscriber) {
  const RdSip *sip = r->message->sip;
  const Binding *bound = scscf_binding(cx->s, subscriber);
  if (scscf_asks(cx->s, sip) == ASKS_NOTHING) {
    scscf_accept(cx->s, r, subscriber, NULL);
    return;
  }
  RdDiaBuild *b = begin(cx, RD_DIA_SERVER_ASSIGNMENT, sip, subscriber);
  rd_dia_add_number(b, RD_AVP_SERVER_ASSIGNMENT_TYPE, assignment_type(cx, sip, bound));
  rd_dia_add_number(b, RD_AVP_USER_DATA_ALREADY_AVAILABLE, bound != NULL);
  ask(cx, r, ASK_ASSIGNMENT, subscriber);
}

void scscf_cx_report(Cx *cx, const RdSip *sip, uint64_t subscriber, uint32_t type) {
  const uint64_t number = ++cx->serial;
  RdDiaBuild *b = begin(cx, RD_DIA_SERVER_ASSIGNMENT, sip, subscriber);
  rd_dia_add_number(b, RD_AVP_SERVER_ASSIGNMENT_TYPE, type);
  rd_dia_add_number(b, RD_AVP_USER_DATA_ALREADY_AVAILABLE, 0);
  if (rd_dia_send(cx->dia, number))
    *(Query *)rd_table_put(cx->queries, &number, sizeof number, NULL) = (Query){.purpose = TELL};
}

/* --- being answered --- */

/* What the sender of a REGISTER hears of a refusal: who is not known learns no more than that it may not. */
static unsigned status_of(const RdDiameter *answer) {
  switch (answer->experimental_result) {
  case RD_CX_USER_UNKNOWN:
  case RD_CX_IDENTITIES_DONT_MATCH:
  case RD_CX_IDENTITY_ALREADY_REGISTERED:
  case RD_CX_ROAMING_NOT_ALLOWED:
    return 403;
  default:
    return answer->result == RD_DIA_TOO_BUSY ? 503 : 500;
  }
}

static bool take_vector(const Cx *cx, Pending *p) {
  const RdSlice item = rd_dia_data(cx->answer, RD_AVP_SIP_AUTH_DATA_ITEM);
  const RdSlice challenge = rd_dia_in(item, RD_AVP_SIP_AUTHENTICATE);
  const RdSlice res = rd_dia_in(item, RD_AVP_SIP_AUTHORIZATION);
  RdAkaVector v;
  if (challenge.len != 32 || res.len != sizeof p->res)
    return false;
  memcpy(v.rand, challenge.at, 16);
  memcpy(v.autn, challenge.at + 16, 16);
  memcpy(p->rand, v.rand, 16);
  memcpy(p->res, res.at, sizeof p->res);
  const RdSlice ck = rd_dia_in(item, RD_AVP_CONFIDENTIALITY_KEY);
  const RdSlice ik = rd_dia_in(item, RD_AVP_INTEGRITY_KEY);
  p->keyed = ck.len == sizeof p->ck && ik.len == sizeof p->ik;
  if (p->keyed) {
    memcpy(p->ck, ck.at, sizeof p->ck);
    memcpy(p->ik, ik.at, sizeof p->ik);
  }
  rd_aka_nonce(&v, p->nonce);
  return true;
}

static bool take_digest(const Cx *cx, Pending *p) {
  const RdSlice item = rd_dia_data(cx->answer, RD_AVP_SIP_AUTH_DATA_ITEM);
  const RdSlice ha1 = rd_dia_in(rd_dia_in(item, RD_AVP_SIP_DIGEST_AUTHENTICATE), RD_AVP_DIGEST_HA1);
  return ha1.len == sizeof p->ha1 - 1 && rd_slice_copy(ha1, p->ha1, sizeof p->ha1);
}

static void on_vector(Cx *cx, RdProxyRequest *r) {
  Scscf *s = cx->s;
  Pending p = {.until = 0};
  scscf_draw(s, r->message->sip, cx->query->subscriber, p.rand);
  if (s->config->auth == AUTH_AKA ? take_vector(cx, &p) : take_digest(cx, &p))
    scscf_challenge(s, r, cx->query->subscriber, &p);
  else
    refuse(cx, r, s->n.hss_refused, 500);
}

/* The identities that may be used, as P-Associated-URI lists them, and all of them in the table. False: the
 * profile cannot be read. */
static bool take_profile(Cx *cx, uint64_t subscriber, char ret[IDENTITIES_TEXT],
                         Criteria **ret_criteria) {
  const RdSlice xml = rd_dia_data(cx->answer, RD_AVP_CX_USER_DATA);
  const Binding *b = scscf_binding(cx->s, subscriber);
  RdText t = rd_text(ret, IDENTITIES_TEXT);
  *ret_criteria = NULL;
  if (!xml.at && b) { /* as it was */
    *ret_criteria = scscf_criteria_keep(b->criteria);
    rd_text_add(&t, b->identities);
    return !t.full;
  }
  if (!rd_profile_read(xml, &cx->profile))
    return false;
  for (unsigned i = 0; i < cx->profile.n_identities; i++) {
    char name[RD_IDENTITY_TEXT];
    const char *uri = cx->profile.identities[i].uri;
    const Known known = {subscriber, cx->profile.identities[i].barred};
    if (rd_identity_public(rd_slice(uri), name, sizeof name))
      *(Known *)rd_table_put(cx->identities, name, strlen(name), NULL) = known;
    if (known.barred)
      continue;
    rd_text_add(&t, t.len > 0 ? ", <" : "<");
    rd_text_add(&t, uri);
    rd_text_char(&t, '>');
  }
  *ret_criteria = scscf_criteria_of(cx->s->services, &cx->profile);
  return !t.full && t.len > 0;
}

/* A binding takes what its profile says. */
static void give_criteria(Cx *cx, uint64_t subscriber, Criteria *criteria) {
  Binding *b = rd_table_get(cx->s->bindings, &subscriber, sizeof subscriber);
  if (b) {
    scscf_criteria_drop(b->criteria);
    b->criteria = scscf_criteria_keep(criteria);
  }
  scscf_criteria_drop(criteria);
}

static void on_assignment(Cx *cx, RdProxyRequest *r) {
  char identities[IDENTITIES_TEXT];
  Criteria *criteria;
  const uint64_t subscriber = cx->query->subscriber;
  if (scscf_asks(cx->s, r->message->sip) == ASKS_TO_UNBIND) {
    scscf_accept(cx->s, r, subscriber, NULL);
  } else if (take_profile(cx, subscriber, identities, &criteria)) {
    const RdRegisters how =
        scscf_binding(cx->s, subscriber) ? RD_REGISTERS_AGAIN : RD_REGISTERS_INITIALLY;
    const uint32_t which = scscf_servers_of(criteria, r->message->sip, how);
    const bool good = scscf_accept(cx->s, r, subscriber, identities); /* the message is gone then */
    give_criteria(cx, subscriber, scscf_criteria_keep(criteria));
    scscf_cx_watch(cx, subscriber);
    if (good) {
      scscf_reg_changed(cx->s, subscriber, scscf_binding(cx->s, subscriber),
                        how == RD_REGISTERS_AGAIN ? REG_REFRESHED : REG_REGISTERED);
      scscf_tell_servers(cx->s, subscriber, criteria, identities, which, true);
    }
    scscf_criteria_drop(criteria);
  } else {
    scscf_criteria_drop(criteria);
    refuse(cx, r, cx->s->n.hss_refused, 500);
  }
}

static void resume(void *context, RdProxyRequest *r) {
  Cx *cx = context;
  r->action = RD_PROXY_TAKEN;
  if (!cx->answer)
    refuse(cx, r, cx->s->n.hss_silent, 504);
  else if (cx->answer->result != RD_DIA_SUCCESS)
    refuse(cx, r, cx->s->n.hss_refused, status_of(cx->answer));
  else if (cx->query->purpose == ASK_VECTOR)
    on_vector(cx, r);
  else
    on_assignment(cx, r);
}

static void on_answer(void *user, uint64_t context, RdDiaOutcome outcome,
                      const RdDiameter *answer) {
  Cx *cx = user;
  const Query *kept = rd_table_get(cx->queries, &context, sizeof context);
  if (!kept)
    return;
  const Query q = *kept;
  rd_table_remove(cx->queries, &context, sizeof context);
  cx->query = &q;
  cx->answer = outcome == RD_DIA_ANSWERED ? answer : NULL;
  if (q.purpose != TELL)
    rd_sip_proxy_resume(cx->s->proxy, q.waiting, resume, cx);
  cx->query = NULL;
  cx->answer = NULL;
}

/* --- the HSS's own word (TS 29.228 s6.1.3, s6.2.2) --- */

static void terminate(Cx *cx, const RdDiameter *request) {
  uint64_t subscriber;
  const RdSlice code =
      rd_dia_in(rd_dia_data(request, RD_AVP_DEREGISTRATION_REASON), RD_AVP_REASON_CODE);
  static const char permanent[4] = {0, 0, 0, RD_CX_PERMANENT_TERMINATION};
  const RegEventKind why =
      code.len == 4 && memcmp(code.at, permanent, 4) != 0 ? REG_DEACTIVATED : REG_REJECTED;
  for (const RdAvp *a = rd_dia_find(request, RD_AVP_PUBLIC_IDENTITY); a;
       a = rd_dia_next(request, a))
    if (scscf_cx_find(cx, a->data, &subscriber) != IDENTITY_UNKNOWN)
      scscf_unbind(cx->s, subscriber, why, NULL);
  if (request->user_name.at)
    scscf_unbind(cx->s, key_of(cx, request->user_name), why, NULL);
  cx->s->host->count(cx->s->host, cx->s->n.terminated, 1);
}

/* A new profile for who is registered here. */
static bool replace_profile(Cx *cx, const RdDiameter *request) {
  char identities[IDENTITIES_TEXT];
  Criteria *criteria;
  const uint64_t subscriber = key_of(cx, request->user_name);
  cx->answer = request;
  const bool good = take_profile(cx, subscriber, identities, &criteria);
  cx->answer = NULL;
  Binding *b = rd_table_get(cx->s->bindings, &subscriber, sizeof subscriber);
  if (good && b) {
    g_free(b->identities);
    b->identities = g_strdup(identities);
    give_criteria(cx, subscriber, scscf_criteria_keep(criteria));
  }
  scscf_criteria_drop(criteria);
  return good;
}

static void on_request(void *user, const RdDiaReply *reply, const RdDiameter *request) {
  Cx *cx = user;
  uint32_t result = RD_DIA_COMMAND_UNSUPPORTED;
  if (request->command == RD_DIA_REGISTRATION_TERMINATION) {
    terminate(cx, request);
    result = RD_DIA_SUCCESS;
  } else if (request->command == RD_DIA_PUSH_PROFILE) {
    result = replace_profile(cx, request) ? RD_DIA_SUCCESS : RD_DIA_UNABLE_TO_COMPLY;
  }
  rd_dia_begin_answer(cx->dia, reply, result, false);
  rd_dia_answer(cx->dia, reply);
}

/* --- registrations that run out --- */

void scscf_cx_watch(Cx *cx, uint64_t subscriber) {
  Scscf *s = cx->s;
  Binding *b = rd_table_get(s->bindings, &subscriber, sizeof subscriber);
  if (!b)
    return;
  s->host->cancel(s->host, b->expiry);
  b->expiry = 0;
  if (b->until >= s->setup->stop)
    return; /* a million of them need no timer */
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_INHERIT,
                            .at = b->until,
                            .cookie = rd_cookie(cx->expiry, subscriber)};
  b->expiry = s->host->timer(s->host, &spec);
}

/* The first of P-Associated-URI will do: the set goes as one (TS 29.228 s6.5.1.2). */
void scscf_cx_end(Cx *cx, uint64_t subscriber, uint32_t type) {
  Scscf *s = cx->s;
  const Binding *b = rd_table_get(s->bindings, &subscriber, sizeof subscriber);
  if (!b)
    return;
  char identity[RD_IDENTITY_TEXT];
  RdSlice rest = rd_slice(b->identities);
  const uint64_t number = ++cx->serial;
  RdDiaBuild *d = rd_dia_begin(cx->dia, RD_DIA_SERVER_ASSIGNMENT,
                               rd_mix(subscriber, (uint64_t)b->until), (RdSlice){0});
  if (rd_identity_public(rd_sip_name_addr(rd_sip_split(&rest), NULL), identity, sizeof identity))
    rd_dia_add_text(d, RD_AVP_PUBLIC_IDENTITY, identity);
  rd_dia_add_text(d, RD_AVP_SERVER_NAME, cx->server);
  rd_dia_add_number(d, RD_AVP_SERVER_ASSIGNMENT_TYPE, type);
  rd_dia_add_number(d, RD_AVP_USER_DATA_ALREADY_AVAILABLE, 1);
  if (rd_dia_send(cx->dia, number))
    *(Query *)rd_table_put(cx->queries, &number, sizeof number, NULL) = (Query){.purpose = TELL};
  scscf_unbind(s, subscriber, type == RD_CX_TIMEOUT_DEREGISTRATION ? REG_EXPIRED : REG_DEACTIVATED,
               NULL);
}

static void ran_out(void *block, uint64_t subscriber) {
  Cx *cx = block;
  Scscf *s = cx->s;
  Binding *b = rd_table_get(s->bindings, &subscriber, sizeof subscriber);
  if (!b)
    return;
  b->expiry = 0;
  if (b->until > s->host->now(s->host))
    return;
  s->host->count(s->host, s->n.timed_out, 1);
  scscf_cx_end(cx, subscriber, RD_CX_TIMEOUT_DEREGISTRATION);
}

/* --- life --- */

static const RdDiaOps dia_ops = {.request = on_request, .answer = on_answer};

Cx *scscf_cx_new(Scscf *s) {
  Cx *cx = g_new0(Cx, 1);
  RdHost *host = s->host;
  char own[RD_ADDRESS_TEXT];
  cx->s = s;
  cx->config = s->config->dia;
  cx->config.realm = s->config->realm;
  cx->expiry = rd_cookies_own(&s->cookies, EXPIRY_COOKIES, ran_out, cx);
  cx->identities = rd_table_new((uint32_t)MIN(s->config->bindings * 3, UINT32_MAX), sizeof(Known),
                                s->key, NULL, NULL);
  cx->queries = rd_table_new((uint32_t)cx->config.pending, sizeof(Query), s->key, NULL, NULL);
  rd_address_text(&s->setup->attachments[0].first, own);
  RdText t = rd_text(cx->server, sizeof cx->server);
  rd_text_add(&t, "sip:");
  rd_text_add(&t, own);
  cx->dia = rd_dia_new(host, s->setup, &s->cookies, &cx->config, RD_DIA_CX, &dia_ops, cx);
  s->n.hss_silent = host->counter(host, "hss-silent");
  s->n.hss_refused = host->counter(host, "hss-refused");
  s->n.timed_out = host->counter(host, "registrations-run-out");
  s->n.terminated = host->counter(host, "registrations-terminated");
  return cx;
}

void scscf_cx_start(Cx *cx) {
  if (!rd_dia_connect(cx->dia, cx->s->config->hss))
    cx->s->host->log(cx->s->host, RD_LOG_ERROR, "hss is on none of the node's networks");
}

bool scscf_cx_receive(Cx *cx, const RdMessage *message) {
  return rd_dia_receive(cx->dia, message);
}

void scscf_cx_free(Cx *cx) {
  if (!cx)
    return;
  rd_dia_free(cx->dia);
  rd_table_free(cx->identities);
  rd_table_free(cx->queries);
  g_free(cx);
}
