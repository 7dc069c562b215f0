/* cx.c - Cx at the HSS (TS 29.228 s6, TS 29.229). */
#include <string.h>

#include "lab/auth/digest.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "nodes/hss/hss.h"

#define AKA_SCHEME "Digest-AKAv1-MD5"
#define DIGEST_SCHEME "SIP Digest"
#define MOST_VECTORS 5

/* A request in hand. */
typedef struct {
  Hss *hss;
  const RdDiaReply *reply;
  const RdDiameter *in;
  uint64_t index;
  RdSlice public_identity;
} Query;

/* --- answers --- */

static RdDiaBuild *begin(const Query *q, uint32_t result, bool experimental) {
  return rd_dia_begin_answer(q->hss->dia, q->reply, result, experimental);
}

static void finish(const Query *q) {
  rd_dia_answer(q->hss->dia, q->reply);
}

static void answer(const Query *q, uint32_t result) {
  begin(q, result, false);
  finish(q);
}

static void refuse(const Query *q, uint32_t experimental) {
  begin(q, experimental, true);
  finish(q);
}

static void count(const Query *q, uint32_t counter) {
  q->hss->host->count(q->hss->host, counter, 1);
}

/* --- who it is about --- */

static void pay(const Query *q, uint32_t operation) {
  q->hss->host->spend(q->hss->host, operation, 0, 0);
}

/* The identities of a request, which have to be of one subscriber; answers what is not so. */
static bool identify(Query *q, bool private_too) {
  uint64_t owner;
  pay(q, q->hss->cost.lookup);
  q->public_identity = rd_dia_data(q->in, RD_AVP_PUBLIC_IDENTITY);
  if (!q->public_identity.at || (private_too && !q->in->user_name.at)) {
    answer(q, RD_DIA_MISSING_AVP);
    return false;
  }
  const bool known = hss_find_public(q->hss->database, q->public_identity, &q->index) &&
                     (!private_too || hss_find_private(q->hss->database, q->in->user_name, &owner));
  if (!known) {
    count(q, q->hss->n.unknown);
    refuse(q, RD_CX_USER_UNKNOWN);
    return false;
  }
  if (private_too && owner != q->index) {
    count(q, q->hss->n.mismatched);
    refuse(q, RD_CX_IDENTITIES_DONT_MATCH);
    return false;
  }
  return true;
}

static bool is_listed(const char *const *list, RdSlice name) {
  for (const char *const *one = list; one && *one; one++)
    if (rd_slice_is_nocase(name, *one))
      return true;
  return !list || !*list;
}

/* --- UAR (s6.1.1) --- */

static void name_server(const Query *q, uint32_t code, bool experimental) {
  RdDiaBuild *b = begin(q, code, experimental);
  const char *server = hss_server(q->hss->database, q->index);
  if (server[0]) {
    rd_dia_add_text(b, RD_AVP_SERVER_NAME, server);
  } else {
    const char *const *named = q->hss->config->servers;
    rd_dia_open(b, RD_AVP_SERVER_CAPABILITIES);
    if (!named || !*named)
      rd_dia_add_number(b, RD_AVP_MANDATORY_CAPABILITY, (uint32_t)q->hss->config->capability);
    for (; named && *named; named++)
      rd_dia_add_text(b, RD_AVP_SERVER_NAME, *named);
    rd_dia_close(b);
  }
  finish(q);
}

static void user_authorization(Query *q) {
  uint32_t type = RD_CX_AUTHORIZE_REGISTRATION;
  count(q, q->hss->n.authorizations);
  if (!identify(q, true))
    return;
  const HssState state = hss_state(q->hss->database, q->index);
  rd_dia_number(q->in, RD_AVP_USER_AUTHORIZATION_TYPE, &type);
  if (type == RD_CX_AUTHORIZE_DE_REGISTRATION) {
    if (state == HSS_NOT_REGISTERED)
      refuse(q, RD_CX_IDENTITY_NOT_REGISTERED);
    else
      name_server(q, RD_DIA_SUCCESS, false);
    return;
  }
  if (!is_listed(q->hss->config->visited, rd_dia_data(q->in, RD_AVP_VISITED_NETWORK_IDENTIFIER))) {
    count(q, q->hss->n.roaming_refused);
    refuse(q, RD_CX_ROAMING_NOT_ALLOWED);
    return;
  }
  const bool served = hss_server(q->hss->database, q->index)[0];
  name_server(q, served ? RD_CX_SUBSEQUENT_REGISTRATION : RD_CX_FIRST_REGISTRATION, true);
}

/* --- MAR (s6.3) --- */

/* A function of the session, so that what others do moves no octet of it. */
static void draw_rand(const Query *q, uint32_t item, uint8_t ret[16]) {
  for (uint64_t half = 0; half < 2; half++) {
    const uint64_t key[2] = {q->hss->key[0] ^ rd_mix(q->index, item), q->hss->key[1] + half};
    const uint64_t h = rd_siphash(key, q->in->session_id.at, q->in->session_id.len);
    for (int i = 0; i < 8; i++)
      ret[half * 8 + i] = (uint8_t)(h >> (8 * i));
  }
}

static void add_vector(const Query *q, RdDiaBuild *b, uint32_t item) {
  RdAkaVector v;
  uint8_t rand[16], challenge[32];
  draw_rand(q, item, rand);
  hss_vector(q->hss->database, q->index, rand, &v);
  pay(q, q->hss->cost.vector);
  count(q, q->hss->n.vectors);
  memcpy(challenge, v.rand, 16);
  memcpy(challenge + 16, v.autn, 16);
  rd_dia_open(b, RD_AVP_SIP_AUTH_DATA_ITEM);
  rd_dia_add_number(b, RD_AVP_SIP_ITEM_NUMBER, item);
  rd_dia_add_text(b, RD_AVP_SIP_AUTHENTICATION_SCHEME, AKA_SCHEME);
  rd_dia_add(b, RD_AVP_SIP_AUTHENTICATE, rd_slice_of(challenge, sizeof challenge));
  rd_dia_add(b, RD_AVP_SIP_AUTHORIZATION, rd_slice_of(v.res, sizeof v.res));
  rd_dia_add(b, RD_AVP_CONFIDENTIALITY_KEY, rd_slice_of(v.ck, sizeof v.ck));
  rd_dia_add(b, RD_AVP_INTEGRITY_KEY, rd_slice_of(v.ik, sizeof v.ik));
  rd_dia_close(b);
}

static void add_digest(const Query *q, RdDiaBuild *b) {
  char password[33], ha1[RD_DIGEST_HEX];
  hss_password(q->hss->database, q->index, password);
  rd_digest_ha1(q->in->user_name, rd_slice(q->hss->config->realm), rd_slice(password), ha1);
  pay(q, q->hss->cost.vector);
  rd_dia_open(b, RD_AVP_SIP_AUTH_DATA_ITEM);
  rd_dia_add_text(b, RD_AVP_SIP_AUTHENTICATION_SCHEME, DIGEST_SCHEME);
  rd_dia_open(b, RD_AVP_SIP_DIGEST_AUTHENTICATE);
  rd_dia_add_text(b, RD_AVP_DIGEST_REALM, q->hss->config->realm);
  rd_dia_add_text(b, RD_AVP_DIGEST_ALGORITHM, "MD5");
  rd_dia_add_text(b, RD_AVP_DIGEST_QOP, "auth");
  rd_dia_add_text(b, RD_AVP_DIGEST_HA1, ha1);
  rd_dia_close(b);
  rd_dia_close(b);
}

/* SIP-Authorization is RAND || AUTS then (TS 29.229 s6.3.11). False: it is not the USIM's word, and changes
 * nothing. */
static bool resynchronise(const Query *q, RdSlice told) {
  const uint8_t *octets = (const uint8_t *)told.at;
  const bool good = told.len == 16 + RD_AKA_AUTS_OCTETS &&
                    hss_resynchronise(q->hss->database, q->index, octets, octets + 16);
  count(q, good ? q->hss->n.resynchronised : q->hss->n.false_resynchronisations);
  return good;
}

static void multimedia_auth(Query *q) {
  uint32_t wanted = 1;
  if (!identify(q, true))
    return;
  const RdSlice item = rd_dia_data(q->in, RD_AVP_SIP_AUTH_DATA_ITEM);
  const RdSlice scheme = rd_dia_in(item, RD_AVP_SIP_AUTHENTICATION_SCHEME);
  const RdSlice server = rd_dia_data(q->in, RD_AVP_SERVER_NAME);
  const bool digest = rd_slice_is_nocase(scheme, DIGEST_SCHEME);
  if (!digest && !rd_slice_is_nocase(scheme, AKA_SCHEME)) {
    refuse(q, RD_CX_AUTH_SCHEME_NOT_SUPPORTED);
    return;
  }
  const RdSlice told = rd_dia_in(item, RD_AVP_SIP_AUTHORIZATION);
  if (told.at && !resynchronise(q, told)) {
    answer(q, RD_DIA_UNABLE_TO_COMPLY);
    return;
  }
  if (hss_state(q->hss->database, q->index) == HSS_NOT_REGISTERED &&
      !hss_assign(q->hss->database, q->index, server, q->in->origin_host, HSS_NOT_REGISTERED)) {
    answer(q, RD_DIA_UNABLE_TO_COMPLY);
    return;
  }
  rd_dia_number(q->in, RD_AVP_SIP_NUMBER_AUTH_ITEMS, &wanted);
  const uint32_t most = (uint32_t)q->hss->config->vectors;
  const uint32_t n = digest || wanted == 0 ? 1 : wanted < most ? wanted : most;
  RdDiaBuild *b = begin(q, RD_DIA_SUCCESS, false);
  rd_dia_add(b, RD_AVP_USER_NAME, q->in->user_name);
  rd_dia_add(b, RD_AVP_PUBLIC_IDENTITY, q->public_identity);
  rd_dia_add_number(b, RD_AVP_SIP_NUMBER_AUTH_ITEMS, n);
  if (digest)
    add_digest(q, b);
  for (uint32_t i = 1; !digest && i <= n; i++)
    add_vector(q, b, i);
  finish(q);
}

/* --- SAR (s6.1.2) --- */

static bool is_own(const Query *q) {
  const char *server = hss_server(q->hss->database, q->index);
  return rd_slice_is(rd_dia_data(q->in, RD_AVP_SERVER_NAME), server);
}

static void add_profile(const Query *q, RdDiaBuild *b) {
  RdProfile profile;
  char xml[RD_PROFILE_XML];
  hss_subscription(q->hss, q->index, &profile);
  const size_t len = rd_profile_write(&profile, xml, sizeof xml);
  rd_dia_add(b, RD_AVP_CX_USER_DATA, rd_slice_of(xml, len));
}

static void assign(Query *q, HssState state) {
  uint32_t has = 0;
  const char *server = hss_server(q->hss->database, q->index);
  if (server[0] && !is_own(q) && q->hss->config->pin_server) {
    count(q, q->hss->n.stolen);
    RdDiaBuild *b = begin(q, RD_CX_IDENTITY_ALREADY_REGISTERED, true);
    rd_dia_add_text(b, RD_AVP_SERVER_NAME, server);
    finish(q);
    return;
  }
  pay(q, q->hss->cost.write);
  if (!hss_assign(q->hss->database, q->index, rd_dia_data(q->in, RD_AVP_SERVER_NAME),
                  q->in->origin_host, state)) {
    answer(q, RD_DIA_UNABLE_TO_COMPLY);
    return;
  }
  rd_dia_number(q->in, RD_AVP_USER_DATA_ALREADY_AVAILABLE, &has);
  RdDiaBuild *b = begin(q, RD_DIA_SUCCESS, false);
  if (q->in->user_name.at)
    rd_dia_add(b, RD_AVP_USER_NAME, q->in->user_name);
  if (has == 0)
    add_profile(q, b);
  finish(q);
}

/* Only the server that is assigned may give a subscriber up. */
static void give_up(Query *q, bool keep) {
  if (!is_own(q)) {
    answer(q, RD_DIA_UNABLE_TO_COMPLY);
    return;
  }
  pay(q, q->hss->cost.write);
  if (keep)
    hss_assign(q->hss->database, q->index, rd_dia_data(q->in, RD_AVP_SERVER_NAME),
               q->in->origin_host, HSS_UNREGISTERED);
  else
    hss_release(q->hss->database, q->index);
  answer(q, RD_DIA_SUCCESS);
}

/* What failed to prove itself leaves a registration that stands alone. */
static void forget_attempt(Query *q) {
  if (is_own(q) && hss_state(q->hss->database, q->index) == HSS_NOT_REGISTERED)
    hss_release(q->hss->database, q->index);
  answer(q, RD_DIA_SUCCESS);
}

static void server_assignment(Query *q) {
  uint32_t type;
  count(q, q->hss->n.assignments);
  if (!identify(q, q->in->user_name.at != NULL))
    return;
  if (!rd_dia_number(q->in, RD_AVP_SERVER_ASSIGNMENT_TYPE, &type) ||
      !rd_dia_find(q->in, RD_AVP_SERVER_NAME)) {
    answer(q, RD_DIA_MISSING_AVP);
    return;
  }
  switch (type) {
  case RD_CX_REGISTRATION:
  case RD_CX_RE_REGISTRATION:
    assign(q, HSS_REGISTERED);
    break;
  case RD_CX_UNREGISTERED_USER:
    assign(q, HSS_UNREGISTERED);
    break;
  case RD_CX_NO_ASSIGNMENT:
    if (is_own(q))
      assign(q, hss_state(q->hss->database, q->index));
    else
      answer(q, RD_DIA_UNABLE_TO_COMPLY);
    break;
  case RD_CX_TIMEOUT_DEREGISTRATION:
  case RD_CX_USER_DEREGISTRATION:
  case RD_CX_ADMINISTRATIVE_DEREGISTRATION:
    give_up(q, false);
    break;
  case RD_CX_TIMEOUT_DEREGISTRATION_STORE_SERVER:
  case RD_CX_USER_DEREGISTRATION_STORE_SERVER:
    give_up(q, true);
    break;
  case RD_CX_AUTHENTICATION_FAILURE:
  case RD_CX_AUTHENTICATION_TIMEOUT:
    forget_attempt(q);
    break;
  default:
    refuse(q, RD_CX_IN_ASSIGNMENT_TYPE);
  }
}

/* --- LIR (s6.1.4) --- */

static void location_info(Query *q) {
  count(q, q->hss->n.locations);
  if (!identify(q, false))
    return;
  if (hss_state(q->hss->database, q->index) == HSS_NOT_REGISTERED)
    refuse(q, RD_CX_IDENTITY_NOT_REGISTERED);
  else
    name_server(q, RD_DIA_SUCCESS, false);
}

void hss_cx(Hss *hss, const RdDiaReply *reply, const RdDiameter *request) {
  Query q = {.hss = hss, .reply = reply, .in = request};
  switch (request->command) {
  case RD_DIA_USER_AUTHORIZATION:
    user_authorization(&q);
    break;
  case RD_DIA_MULTIMEDIA_AUTH:
    multimedia_auth(&q);
    break;
  case RD_DIA_SERVER_ASSIGNMENT:
    server_assignment(&q);
    break;
  case RD_DIA_LOCATION_INFO:
    location_info(&q);
    break;
  default:
    answer(&q, RD_DIA_COMMAND_UNSUPPORTED);
  }
}

/* --- what the HSS begins itself: RTR (s6.1.3), PPR (s6.2.2) --- */

static RdDiaBuild *begin_request(Hss *hss, uint32_t command, uint64_t index, RdProfile *ret) {
  const char *host = hss_server_host(hss->database, index);
  if (!host[0])
    return NULL;
  hss_subscription(hss, index, ret);
  const uint64_t moment = (uint64_t)hss->host->now(hss->host);
  RdDiaBuild *b =
      rd_dia_begin(hss->dia, command, rd_mix(hss->key[0] ^ index, moment), rd_slice(host));
  rd_dia_add_text(b, RD_AVP_USER_NAME, ret->impi);
  return b;
}

bool hss_terminate(Hss *hss, uint64_t index, uint32_t reason, const char *info) {
  RdProfile profile;
  RdDiaBuild *b = begin_request(hss, RD_DIA_REGISTRATION_TERMINATION, index, &profile);
  if (!b)
    return false;
  for (unsigned i = 0; i < profile.n_identities; i++)
    rd_dia_add_text(b, RD_AVP_PUBLIC_IDENTITY, profile.identities[i].uri);
  rd_dia_open(b, RD_AVP_DEREGISTRATION_REASON);
  rd_dia_add_number(b, RD_AVP_REASON_CODE, reason);
  rd_dia_add_text(b, RD_AVP_REASON_INFO, info);
  rd_dia_close(b);
  return rd_dia_send(hss->dia, index << 1);
}

bool hss_push(Hss *hss, uint64_t index) {
  RdProfile profile;
  char xml[RD_PROFILE_XML];
  RdDiaBuild *b = begin_request(hss, RD_DIA_PUSH_PROFILE, index, &profile);
  if (!b)
    return false;
  const size_t len = rd_profile_write(&profile, xml, sizeof xml);
  rd_dia_add(b, RD_AVP_CX_USER_DATA, rd_slice_of(xml, len));
  return rd_dia_send(hss->dia, index << 1 | 1);
}

void hss_cx_answer(Hss *hss, uint64_t context, RdDiaOutcome outcome, const RdDiameter *answer) {
  if (outcome != RD_DIA_ANSWERED || answer->result != RD_DIA_SUCCESS)
    return;
  if (context & 1) {
    hss->host->count(hss->host, hss->n.pushed, 1);
  } else {
    hss->host->count(hss->host, hss->n.terminated, 1);
    hss_release(hss->database, context >> 1);
  }
}
