#include "lab/stack/registration.h"

#include <stdlib.h>

#include "lab/auth/aka.h"
#include "lab/auth/digest.h"
#include "lab/base/address.h"
#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/contact.h"
#include "lab/sip/request.h"
#include "lab/sip/scan.h"
#include "lab/stack/registration_table.h"

enum {
  DRAW_CALL_ID = 0x72656701,
  DRAW_TAG,
  DRAW_BRANCH,
  DRAW_BACK_OFF,
  MAX_CHALLENGES = 3, /* one, and one after a resynchronisation that crossed another */
  STEPS = 4096 /* REGISTERs an attempt can send and keep its draws apart */
};

struct RdSipRegistration {
  const RdSipRegistrant *by;
  RdSipSim *sim;
  uint64_t entity, attempt;
  RdTime started;
  RdTimer retry, patience;
  RdTime wait; /* the one that is running, or has no time to */
  RdSipTransaction *tx;
  unsigned step, challenges, retries;
  uint8_t state; /* RdRegistrationState */
  uint16_t status; /* of the last final answer; 0: none came */
};

static uint64_t draw(const RdSipRegistration *r, uint32_t purpose) {
  RdHost *host = r->by->host;
  return host->random(host, r->entity, purpose, r->attempt * STEPS + r->step % STEPS);
}

static void forget_transaction(RdSipRegistration *r) {
  RdSipTransaction *tx = r->tx;
  r->tx = NULL;
  if (tx) {
    rd_sip_set_context(tx, NULL);
    rd_sip_abandon(tx);
  }
}

void rd_sip_registration_free(RdSipRegistration *r) {
  if (!r)
    return;
  r->by->host->cancel(r->by->host, r->retry);
  r->by->host->cancel(r->by->host, r->patience);
  forget_transaction(r);
  free(r);
}

static void finish(RdSipRegistration *r, RdSipRegistered *outcome) {
  const RdSipRegistrant *by = r->by;
  const uint64_t entity = r->entity;
  const RdTime now = by->host->now(by->host);
  const RdAttempt attempt = {.size = sizeof attempt,
                             .kind = RD_ATTEMPT_REGISTER,
                             .retries = (uint8_t)(r->retries < 255 ? r->retries : 255),
                             .status = outcome->status,
                             .entity = entity,
                             .attempt = r->attempt,
                             .peer = UINT64_MAX,
                             .started = r->started,
                             .ringing = RD_NEVER,
                             .answered = outcome->status ? now : RD_NEVER,
                             .ended = RD_NEVER,
                             .closed = RD_NEVER,
                             .left = RD_NEVER};
  by->host->attempt(by->host, &attempt);
  if (outcome->registered)
    r->sim->failures = 0;
  rd_sip_registration_free(r);
  by->done(by->user, entity, outcome);
}

static RdTime back_off(RdSipRegistration *r) {
  RdTime wait = r->by->retry_base;
  for (unsigned i = 1; i < r->sim->failures && wait < r->by->retry_max; i++)
    wait *= 2;
  if (wait > r->by->retry_max)
    wait = r->by->retry_max;
  return wait / 2 + (RdTime)rd_below(draw(r, DRAW_BACK_OFF), (uint64_t)(wait / 2) + 1);
}

static size_t write_register(RdSipRegistration *r, RdSlice authorization, char *buffer,
                             size_t cap) {
  const RdSipRegistrant *by = r->by;
  char uri[RD_IDENTITY_TEXT * 2], impu[RD_IDENTITY_TEXT], imsi[RD_IMSI_TEXT];
  char branch[RD_SIP_BRANCH], tag[17], call_id[17];
  RdText t = rd_text(uri, sizeof uri);
  rd_text_add(&t, "sip:");
  rd_text_add(&t, by->realm);
  rd_provision_temporary(by->provision, by->first + r->entity, impu);
  rd_provision_imsi(by->provision, by->first + r->entity, imsi);
  rd_sip_branch(draw(r, DRAW_BRANCH), branch);
  t = rd_text(tag, sizeof tag);
  rd_text_hex(&t, by->host->random(by->host, r->entity, DRAW_TAG, r->attempt), 16);
  t = rd_text(call_id, sizeof call_id);
  rd_text_hex(&t, by->host->random(by->host, r->entity, DRAW_CALL_ID, 0), 16);
  RdAddress local = by->address(by->host, by->attachment, r->entity);
  local.transport = by->proxy.transport;
  const RdSipRequest request = {.method = "REGISTER",
                                .local = local,
                                .alias = by->alias,
                                .uri = rd_slice(uri),
                                .branch = rd_slice(branch),
                                .from_uri = rd_slice(impu),
                                .from_tag = rd_slice(tag),
                                .to_uri = rd_slice(impu),
                                .call_id = rd_slice(call_id),
                                .cseq = ++r->sim->cseq,
                                .contact_user = rd_slice(imsi),
                                .authorization = authorization,
                                .expires = by->expires};
  return rd_sip_write(&request, buffer, cap);
}

/* Sends a REGISTER in a transaction of its own. */
static bool send_register(RdSipRegistration *r, RdSlice authorization) {
  char buffer[2048];
  RdSend send = {.size = sizeof send,
                 .attachment = r->by->attachment,
                 .protocol = RD_PROTO_SIP,
                 .entity = r->entity,
                 .remote = r->by->proxy,
                 .bytes = (const uint8_t *)buffer,
                 .len = write_register(r, authorization, buffer, sizeof buffer)};
  r->step++;
  r->tx = send.len > 0 ? rd_sip_client(r->by->layer, &send, r) : NULL;
  return r->tx != NULL;
}

/* The first REGISTER names the subscriber and leaves the rest empty (TS 24.229 s5.1.1.2.2). */
static bool send_first(RdSipRegistration *r) {
  char impi[RD_IDENTITY_TEXT], line[512];
  rd_provision_impi(r->by->provision, r->by->first + r->entity, impi);
  RdText t = rd_text(line, sizeof line);
  rd_text_add(&t, "Digest username=\"");
  rd_text_add(&t, impi);
  rd_text_add(&t, "\", realm=\"");
  rd_text_add(&t, r->by->realm);
  rd_text_add(&t, "\", nonce=\"\", uri=\"sip:");
  rd_text_add(&t, r->by->realm);
  rd_text_add(&t, "\", response=\"\"");
  r->challenges = 0;
  return !t.full && send_register(r, rd_slice_of(t.at, t.len));
}

static bool send_answer(RdSipRegistration *r, const RdDigest *challenge, RdSlice password,
                        const char *auts) {
  char impi[RD_IDENTITY_TEXT], uri[RD_IDENTITY_TEXT * 2], cnonce[17], line[1024];
  rd_provision_impi(r->by->provision, r->by->first + r->entity, impi);
  RdText t = rd_text(uri, sizeof uri);
  rd_text_add(&t, "sip:");
  rd_text_add(&t, r->by->realm);
  t = rd_text(cnonce, sizeof cnonce);
  rd_text_hex(&t, rd_mix(draw(r, DRAW_BRANCH), DRAW_TAG), 16);
  size_t n = rd_digest_answer(challenge, rd_slice(impi), password, rd_slice("REGISTER"),
                              rd_slice(uri), rd_slice(cnonce), 1, auts, line, sizeof line);
  return n > 0 && send_register(r, rd_slice_of(line, n));
}

/* Without AKA the password is K in hex, as at the registrar. */
static bool send_digest(RdSipRegistration *r, const RdDigest *challenge, const RdAkaKeys *keys) {
  char password[2 * sizeof keys->k + 1];
  RdText t = rd_text(password, sizeof password);
  for (size_t i = 0; i < sizeof keys->k; i++)
    rd_text_hex(&t, keys->k[i], 2);
  return send_answer(r, challenge, rd_slice(password), NULL);
}

/* False: no answer to the challenge of a 401 could be sent. */
static bool prove(RdSipRegistration *r, const RdSip *sip) {
  RdHost *host = r->by->host;
  RdDigest challenge;
  RdDigestAlgorithm algorithm;
  RdAkaKeys keys;
  uint8_t res[RD_AKA_RES];
  char auts[RD_AKA_AUTS];
  RdSlice value = rd_sip_value(sip, RD_HDR_WWW_AUTHENTICATE);
  if (r->challenges++ >= MAX_CHALLENGES || !value.at || !rd_digest_parse(value, &challenge) ||
      !challenge.nonce.at)
    return false;
  rd_provision_keys(r->by->provision, r->by->first + r->entity, keys.k, keys.opc);
  if (r->by->digest && rd_digest_algorithm(challenge.algorithm, &algorithm) && !algorithm.aka)
    return send_digest(r, &challenge, &keys);
  switch (rd_aka_answer(&keys, challenge.nonce, &r->sim->sqn, res, auts)) {
  case RD_AKA_OK:
    return send_answer(r, &challenge, rd_slice_of(res, sizeof res), NULL);
  case RD_AKA_SYNC_FAILURE:
    host->count(host, r->by->resync_counter, 1);
    return send_answer(r, &challenge, rd_slice(""), auts);
  case RD_AKA_BAD_NONCE:
  case RD_AKA_BAD_MAC:
    host->count(host, r->by->refused_counter, 1);
    break;
  }
  return false;
}

/* How long the 200 says the own binding lasts: its Contact's expires, the Expires header, or what
 * was asked (RFC 3261 s10.2.4). */
static RdTime granted(const RdSipRegistration *r, const RdSip *sip) {
  char imsi[RD_IMSI_TEXT];
  uint64_t seconds = sip->expires >= 0 ? (uint64_t)sip->expires : r->by->expires;
  rd_provision_imsi(r->by->provision, r->by->first + r->entity, imsi);
  rd_sip_contact_expires(sip, imsi, &seconds);
  return (RdTime)(seconds < UINT32_MAX ? seconds : UINT32_MAX) * RD_SECOND;
}

static RdSlice service_route(const RdSip *sip, char *buffer, size_t cap) {
  RdText t = rd_text(buffer, cap);
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_SERVICE_ROUTE); h; h = rd_sip_next(sip, h)) {
    if (t.len > 0)
      rd_text_add(&t, ", ");
    rd_text_slice(&t, h->value);
  }
  return t.full || t.len == 0 ? (RdSlice){0} : rd_slice_of(t.at, t.len);
}

/* The default public identity (TS 24.229 s5.1.1.2): the first that P-Associated-URI tells. */
static RdSlice default_identity(const RdSip *sip) {
  RdSlice rest = rd_sip_value(sip, RD_HDR_P_ASSOCIATED_URI), first = rd_sip_split(&rest);
  return first.at ? rd_sip_name_addr(first, NULL) : (RdSlice){0};
}

static void succeed(RdSipRegistration *r, const RdSip *sip) {
  char buffer[512];
  RdSipRegistered outcome = {.registered = true,
                             .status = r->status,
                             .expires = granted(r, sip),
                             .service_route = service_route(sip, buffer, sizeof buffer),
                             .identity = default_identity(sip)};
  finish(r, &outcome);
}

/* Retry-After in seconds, 0 if there is none (RFC 3261 s20.33: a comment or ;duration may follow).
 */
static RdTime retry_after(const RdMessage *message) {
  RdSlice value = {0};
  uint64_t seconds = 0;
  if (message)
    value = rd_sip_value(message->sip, RD_HDR_RETRY_AFTER);
  uint32_t digits = 0;
  while (digits < value.len && value.at[digits] >= '0' && value.at[digits] <= '9')
    digits++;
  if (!value.at || !rd_slice_uint(rd_slice_of(value.at, digits), &seconds))
    return 0;
  return (RdTime)(seconds < 86400 ? seconds : 86400) * RD_SECOND;
}

/* 408 and 5xx say "not now". False: the next try would come after the owner's patience. */
static bool wait_for_it(RdSipRegistration *r, const RdMessage *message) {
  RdHost *host = r->by->host;
  const RdTime now = host->now(host);
  r->sim->failures++;
  r->wait = retry_after(message);
  if (r->wait == 0)
    r->wait = back_off(r);
  if (now + r->wait >= r->started + r->by->patience)
    return false;
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_INHERIT,
                            .at = now + r->wait,
                            .cookie = rd_cookie(r->by->retry, r->entity),
                            .entity = r->entity};
  r->retry = host->timer(host, &spec);
  return true;
}

/* What came last is the attempt's status: a 503 whose Retry-After was being waited for, or none.
 * Its timer ends with it: who gives up early (a power cycle) must not leave it to the next one. */
static void fail(RdSipRegistration *r, RdRegistrationEvent event, bool waited) {
  RdSipRegistered outcome = {.wait = r->wait};
  if (event == RD_RG_UNPROVED)
    outcome.status = 401;
  else if (event == RD_RG_REFUSED || event == RD_RG_TOO_LATE || waited)
    outcome.status = r->status;
  if (event != RD_RG_TOO_LATE) {
    r->sim->failures++;
    outcome.wait = back_off(r);
  }
  finish(r, &outcome);
}

/* False: that was its end, and it is gone. */
static bool meet(RdSipRegistration *r, RdRegistrationEvent event, const RdMessage *message) {
  const bool waited = r->state == RD_RG_WAITING && event != RD_RG_AGAIN;
  const unsigned actions =
      rd_machine_take(&rd_registration, &r->state, event, r->by->host, r->by->impossible);
  if (actions & RD_RG_RETRY) {
    r->retry = 0;
    r->retries++;
  }
  if ((actions & RD_RG_SEND) && !send_first(r))
    return meet(r, RD_RG_UNSENT, NULL);
  if (actions & RD_RG_PROVE)
    return meet(r, prove(r, message->sip) ? RD_RG_PROVED : RD_RG_UNPROVED, message);
  if ((actions & RD_RG_WAIT) && !wait_for_it(r, message))
    return meet(r, RD_RG_TOO_LATE, message);
  if (actions & RD_RG_SUCCEED)
    succeed(r, message->sip);
  if (actions & RD_RG_FAIL)
    fail(r, event, waited);
  return !(actions & (RD_RG_SUCCEED | RD_RG_FAIL));
}

static RdRegistrationEvent event_of(const RdMessage *message, unsigned status) {
  if (message && status < 300)
    return RD_RG_ACCEPTED;
  if (message && status == 401)
    return RD_RG_CHALLENGED;
  return status == 408 || status >= 500 ? RD_RG_NOT_NOW : RD_RG_REFUSED;
}

void rd_sip_registration_response(RdSipRegistration *r, const RdMessage *message, unsigned status) {
  if (status < 200) {
    meet(r, RD_RG_PROVISIONAL, message);
    return;
  }
  if (r->tx)
    rd_sip_set_context(r->tx, NULL);
  r->tx = NULL;
  r->status = message ? (uint16_t)status : 0;
  meet(r, event_of(message, status), message);
}

void rd_sip_registration_give_up(RdSipRegistration *r) {
  meet(r, RD_RG_GIVE_UP, NULL);
}

static void retry_fired(void *block, uint64_t entity) {
  const RdSipRegistrant *by = block;
  RdSipRegistration *r = by->of(by->user, entity);
  if (r)
    meet(r, RD_RG_AGAIN, NULL);
}

static void patience_fired(void *block, uint64_t entity) {
  const RdSipRegistrant *by = block;
  RdSipRegistration *r = by->of(by->user, entity);
  if (r)
    rd_sip_registration_give_up(r);
}

void rd_sip_registrant_claim(RdSipRegistrant *by, RdCookies *cookies) {
  by->impossible = by->host->counter(by->host, RD_IMPOSSIBLE);
  by->retry = rd_cookies_claim(cookies, retry_fired, by);
  by->patience_over = rd_cookies_claim(cookies, patience_fired, by);
}

RdSipRegistration *rd_sip_register(const RdSipRegistrant *by, RdSipSim *sim, uint64_t entity,
                                   uint64_t attempt) {
  RdHost *host = by->host;
  RdSipRegistration *r = rd_alloc(sizeof *r);
  *r = (RdSipRegistration){
      .by = by, .sim = sim, .entity = entity, .attempt = attempt, .started = host->now(host)};
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_INHERIT,
                            .at = r->started + by->patience,
                            .cookie = rd_cookie(by->patience_over, entity),
                            .entity = entity};
  r->patience = host->timer(host, &spec);
  return meet(r, RD_RG_BEGIN, NULL) ? r : NULL;
}
