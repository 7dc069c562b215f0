/* cx.c - the I-CSCF's side of Cx (TS 29.228 s6.1, TS 24.229 s5.3). */
#include "lab/auth/digest.h"
#include "lab/base/address.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/sip/contact.h"
#include "lab/sip/scan.h"
#include "lab/sip/uri.h"
#include "lab/subscribers/identity.h"
#include "lab/subscribers/provision.h"
#include "nodes/i-cscf/i-cscf.h"

/* The answer in hand. */
typedef struct {
  Icscf *i;
  const RdDiameter *answer; /* NULL: none came */
  char server[RD_ADDRESS_TEXT + 8]; /* SIP URI */
} Word;

/* --- asking --- */

static void refuse(Icscf *i, RdProxyRequest *r, uint32_t counter, unsigned code) {
  i->host->count(i->host, counter, 1);
  r->action = RD_PROXY_ANSWER;
  r->code = (uint16_t)code;
}

/* A function of the request, so that no other traffic moves it. */
static uint64_t session_of(const Icscf *i, const RdSip *sip) {
  const RdSlice parts[] = {sip->call_id, sip->via, sip->from_tag};
  uint64_t h = sip->cseq;
  for (size_t n = 0; n < G_N_ELEMENTS(parts); n++) {
    const uint64_t mixed[2] = {i->key[0] ^ h, i->key[1] + n};
    h = rd_siphash(mixed, parts[n].at ? parts[n].at : "", parts[n].len);
  }
  return h;
}

static void add_identity(RdDiaBuild *b, RdSlice uri) {
  char name[RD_IDENTITY_TEXT];
  rd_dia_add(b, RD_AVP_PUBLIC_IDENTITY,
             rd_identity_public(uri, name, sizeof name) ? rd_slice(name) : uri);
}

/* Sends what was begun; the request waits for its answer. */
static void ask(Icscf *i, RdProxyRequest *r) {
  const uint64_t number = ++i->serial;
  if (!rd_dia_send(i->dia, number)) {
    refuse(i, r, i->n.hss_silent, 503);
    return;
  }
  r->action = RD_PROXY_TAKEN;
  uint64_t *waiting = rd_table_put(i->queries, &number, sizeof number, NULL);
  *waiting = rd_sip_proxy_wait(i->proxy, r);
}

static RdSlice visited_network(const Icscf *i, const RdSip *sip) {
  RdSlice value = rd_slice_trim(rd_sip_value(sip, RD_HDR_P_VISITED_NETWORK_ID));
  if (value.len == 0)
    return rd_slice(i->config->realm);
  if (value.len > 1 && value.at[0] == '"' && value.at[value.len - 1] == '"')
    return rd_slice_of(value.at + 1, value.len - 2);
  return value;
}

static bool asks_to_leave(const RdSip *sip) {
  uint64_t seconds;
  if (rd_sip_contact_expires(sip, NULL, &seconds))
    return seconds == 0;
  return sip->expires == 0 && rd_sip_value(sip, RD_HDR_CONTACT).at;
}

void icscf_authorize(Icscf *i, RdProxyRequest *r) {
  const RdSip *sip = r->message->sip;
  RdDigest room = {0};
  i->host->count(i->host, i->n.registrations, 1);
  RdDiaBuild *b = rd_dia_begin(i->dia, RD_DIA_USER_AUTHORIZATION, session_of(i, sip), (RdSlice){0});
  rd_dia_add(b, RD_AVP_USER_NAME, rd_identity_private(sip, &room));
  add_identity(b, sip->to_uri);
  rd_dia_add(b, RD_AVP_VISITED_NETWORK_IDENTIFIER, visited_network(i, sip));
  rd_dia_add_number(b, RD_AVP_USER_AUTHORIZATION_TYPE,
                    asks_to_leave(sip) ? RD_CX_AUTHORIZE_DE_REGISTRATION
                                       : RD_CX_AUTHORIZE_REGISTRATION);
  ask(i, r);
}

void icscf_locate(Icscf *i, RdProxyRequest *r) {
  const RdSip *sip = r->message->sip;
  i->host->count(i->host, i->n.locations, 1);
  RdDiaBuild *b = rd_dia_begin(i->dia, RD_DIA_LOCATION_INFO, session_of(i, sip), (RdSlice){0});
  add_identity(b, sip->uri);
  ask(i, r);
}

/* --- being answered --- */

/* One of those that are named: by the HSS, or by the operator. */
static bool choose(Icscf *i, const RdSip *sip, const RdDiameter *answer, RdAddress *ret) {
  const RdSlice capabilities = rd_dia_data(answer, RD_AVP_SERVER_CAPABILITIES);
  const RdSlice named = rd_dia_in(capabilities, RD_AVP_SERVER_NAME);
  unsigned n = 0;
  if (named.at)
    return rd_sip_proxy_locate(i->proxy, named, ret, NULL);
  while (i->config->servers && i->config->servers[n])
    n++;
  if (n == 0)
    return false;
  const uint64_t draw = rd_siphash(i->key, sip->to_uri.at, sip->to_uri.len);
  const char *name = i->config->servers[draw % n];
  for (uint32_t a = 0; a < i->setup->n_attachments; a++)
    if (i->host->resolve(i->host, (uint16_t)a, name, ret))
      return true;
  return false;
}

static bool server_of(Icscf *i, const RdSip *sip, const RdDiameter *answer, RdAddress *ret) {
  const RdSlice name = rd_dia_data(answer, RD_AVP_SERVER_NAME);
  if (name.at)
    return rd_sip_proxy_locate(i->proxy, name, ret, NULL);
  return choose(i, sip, answer, ret);
}

/* To a REGISTER nobody learns whether there is such a user; to others s5.3.2 has its own answers. */
static unsigned status_of(const RdDiameter *answer, bool registers) {
  if (answer->result == RD_DIA_TOO_BUSY)
    return 503;
  switch (answer->experimental_result) {
  case RD_CX_USER_UNKNOWN:
    return registers ? 403 : 404;
  case RD_CX_IDENTITY_NOT_REGISTERED:
    return registers ? 403 : 480;
  case RD_CX_IDENTITIES_DONT_MATCH:
  case RD_CX_ROAMING_NOT_ALLOWED:
    return 403;
  default:
    return answer->result == RD_DIA_AUTHORIZATION_REJECTED ? 403 : 500;
  }
}

static bool is_good(const RdDiameter *answer) {
  return answer->result == RD_DIA_SUCCESS ||
         answer->experimental_result == RD_CX_FIRST_REGISTRATION ||
         answer->experimental_result == RD_CX_SUBSEQUENT_REGISTRATION ||
         answer->experimental_result == RD_CX_UNREGISTERED_SERVICE;
}

/* s5.3.1.2: a REGISTER is addressed to the server; s5.3.2.1: else a Route leads there, and the I-CSCF stays out
 * of the dialog. */
static void address_server(Word *word, RdProxyRequest *r, bool registers) {
  char address[RD_ADDRESS_TEXT];
  rd_address_text(&r->next, address);
  RdText t = rd_text(word->server, sizeof word->server);
  rd_text_add(&t, "sip:");
  rd_text_add(&t, address);
  if (registers)
    r->uri = rd_slice(word->server);
  else
    rd_proxy_edit(&r->edits, RD_EDIT_REPLACE, "Route", "<%s;lr>", word->server);
  r->record_route = false;
}

static void resume(void *context, RdProxyRequest *r) {
  Word *word = context;
  Icscf *i = word->i;
  const bool registers = r->message->sip->method == RD_SIP_REGISTER;
  if (!word->answer) {
    refuse(i, r, i->n.hss_silent, 504);
  } else if (!is_good(word->answer)) {
    const bool unknown = word->answer->experimental_result == RD_CX_USER_UNKNOWN;
    refuse(i, r, unknown ? i->n.unknown : i->n.refused, status_of(word->answer, registers));
  } else if (!server_of(i, r->message->sip, word->answer, &r->next)) {
    refuse(i, r, i->n.no_server, registers ? 504 : 480);
  } else {
    address_server(word, r, registers);
  }
}

void icscf_answered(Icscf *i, uint64_t context, RdDiaOutcome outcome, const RdDiameter *answer) {
  const uint64_t *kept = rd_table_get(i->queries, &context, sizeof context);
  Word word = {.i = i, .answer = outcome == RD_DIA_ANSWERED ? answer : NULL};
  if (!kept)
    return;
  const uint64_t waiting = *kept;
  rd_table_remove(i->queries, &context, sizeof context);
  rd_sip_proxy_resume(i->proxy, waiting, resume, &word);
}
