#include "lab/attacker/strike.h"

#include <stdlib.h>
#include <string.h>

#include "lab/attacker/harm.h"
#include "lab/attacker/pace.h"
#include "lab/attacker/probe.h"
#include "lab/base/address.h"
#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/base/table.h"
#include "lab/sip/scan.h"
#include "lab/sip/uri.h"
#include "redoubt/message.h"

enum { DRAW_SHARE = 0x73746b01, DRAW_JITTER, DRAW_FRESH };
#define PACED (UINT64_C(1) << 63) /* cookies of guesses; all others are a call's hash */

const char *const rd_strike_knowledge[] = {
    [RD_KNOWS_LINE] = "line", [RD_KNOWS_NOTHING] = "nothing", NULL};

/* A call that it has heard of. */
typedef struct {
  uint32_t len; /* 0: spared, or struck */
  RdAddress source, target;
  char bytes[RD_STRIKE_BYTES];
} Call;

struct RdStrikes {
  RdHost *host;
  const RdActorSetup *setup;
  const RdStrikeAim *aim;
  RdStrikeGuess guess;
  RdTable *calls; /* hash of the Call-ID -> Call */
  RdPace *pace;
  RdAddress phone, server;
  bool aimed;
  uint32_t heard, sent, on_streams;
};

RdStrikes *rd_strikes_new(RdHost *host, const RdActorSetup *setup, const RdStrikeAim *aim,
                          RdStrikeGuess guess) {
  const uint64_t key[2] = {0x7374726b, 0x63616c6c};
  RdStrikes *s = rd_alloc(sizeof *s);
  *s = (RdStrikes){.host = host, .setup = setup, .aim = aim, .guess = guess};
  s->calls = rd_table_new(RD_STRIKES, sizeof(Call), key, NULL, NULL);
  s->heard = host->counter(host, "calls-heard-of");
  s->sent = host->counter(host, "sent");
  s->on_streams = host->counter(host, "calls-on-streams");
  if (aim->knows == RD_KNOWS_LINE && setup->n_links == 0)
    host->log(host, RD_LOG_WARNING, "it knows by a line, and stands on none (on: NODE.NETWORK)");
  return s;
}

const RdStrikeAim *rd_strikes_aim(const RdStrikes *s) {
  return s->aim;
}

RdAddress rd_strikes_own(const RdStrikes *s) {
  return s->setup->address(s->host, 0, 0);
}

static uint64_t hash_of(RdSlice call_id) {
  const uint64_t key[2] = {0x63616c6c2d6964, 0x73747269};
  return rd_siphash(key, call_id.at, call_id.len) & ~PACED;
}

void rd_strikes_branch(RdStrikes *s, RdSlice call_id, uint64_t n, char ret[RD_SIP_BRANCH]) {
  rd_sip_branch(s->host->random(s->host, n, DRAW_FRESH, hash_of(call_id)), ret);
}

void rd_strikes_close(void *self) {
  RdStrikes *s = self;
  rd_table_free(s->calls);
  rd_pace_free(s->pace);
  free(s);
}

void rd_strikes_success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  rd_harm_to(evidence, RD_ATTEMPT_CALL, ((const RdStrikeAim *)config)->threshold, ret);
}

/* --- what is heard --- */

bool rd_strike_wanted(RdStrikes *s, const RdMessage *m) {
  bool added;
  if (m->conn || !m->sip || !m->sip->call_id.at) {
    s->host->count(s->host, s->on_streams, m->conn && m->sip);
    return false;
  }
  const uint64_t hash = hash_of(m->sip->call_id);
  rd_table_put(s->calls, &hash, sizeof hash, &added);
  if (!added)
    return false;
  s->host->count(s->host, s->heard, 1);
  return rd_unit(s->host->random(s->host, 0, DRAW_SHARE, hash)) < s->aim->share;
}

void rd_strike(RdStrikes *s, const RdMessage *m, const RdStrike *strike) {
  const uint64_t hash = hash_of(m->sip->call_id);
  Call *call = rd_table_get(s->calls, &hash, sizeof hash);
  if (!call || strike->len == 0 || strike->len > sizeof call->bytes)
    return;
  call->source = strike->source;
  call->target = strike->target;
  call->len = (uint32_t)strike->len;
  memcpy(call->bytes, strike->bytes, strike->len);
  const double late = rd_unit(s->host->random(s->host, 0, DRAW_JITTER, hash));
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_INHERIT,
                            .at = s->host->now(s->host) + s->aim->after +
                                  (RdTime)(late * (double)s->aim->jitter),
                            .cookie = hash};
  if (spec.at < s->setup->stop)
    s->host->timer(s->host, &spec);
}

static void send(RdStrikes *s, const RdStrike *strike) {
  const int attachment = s->host->route(s->host, &strike->target);
  RdSend send = {.size = sizeof send,
                 .protocol = RD_PROTO_SIP,
                 .attachment = (uint16_t)attachment,
                 .local = strike->source,
                 .remote = strike->target,
                 .bytes = (const uint8_t *)strike->bytes,
                 .len = strike->len};
  if (!s->aim->spoof)
    send.local = (RdAddress){0};
  send.remote.transport = RD_UDP;
  if (attachment >= 0 && strike->len > 0 && s->host->send(s->host, &send))
    s->host->count(s->host, s->sent, 1);
}

/* --- what is guessed --- */

void rd_strikes_start(void *self) {
  RdStrikes *s = self;
  const RdStrikeAim *aim = s->aim;
  if (aim->knows != RD_KNOWS_NOTHING || !s->guess)
    return;
  if (!aim->phones || !aim->server || !s->host->resolve(s->host, 0, aim->phones, &s->phone) ||
      !s->host->resolve(s->host, 0, aim->server, &s->server)) {
    s->host->log(s->host, RD_LOG_ERROR, "phones or server are not on the attack's network");
    return;
  }
  s->pace =
      rd_pace_new(s->host, s->setup->start, s->setup->stop, 1, aim->rate, RD_PACE_EVEN, PACED);
  rd_pace_start(s->pace);
}

void rd_strike_target(const RdStrikes *s, uint64_t n, RdStrikeTarget *ret) {
  const uint64_t phones = (uint64_t)s->aim->population;
  ret->phone = n % phones;
  ret->attempt = n / phones % (uint64_t)s->aim->attempts;
  ret->address = rd_address_beside(s->phone, ret->phone);
  ret->server = s->server;
}

void rd_strikes_timer(void *self, RdTimer id, uint64_t cookie) {
  RdStrikes *s = self;
  (void)id;
  if (cookie & PACED) {
    char buffer[RD_STRIKE_BYTES];
    RdStrike strike = {.bytes = buffer};
    s->guess(s, rd_pace_tick(s->pace, 0), buffer, &strike);
    send(s, &strike);
    return;
  }
  Call *call = rd_table_get(s->calls, &cookie, sizeof cookie);
  if (!call || call->len == 0)
    return;
  const RdStrike strike = {call->source, call->target, call->bytes, call->len};
  send(s, &strike);
  call->len = 0;
}

/* --- hops --- */

bool rd_hop_is_clients(const RdSip *sip) {
  const RdSipHeader *via = rd_sip_first(sip, RD_HDR_VIA);
  if (!via || rd_sip_next(sip, via))
    return false;
  RdSlice rest = via->value;
  rd_sip_split(&rest);
  return !rd_sip_split(&rest).at;
}

bool rd_uri_is_at(RdSlice text, const RdAddress *address) {
  RdSipUri uri;
  RdAddress at;
  return rd_sip_uri_parse(text, &uri) && rd_sip_uri_address(&uri, &at) &&
         rd_address_same_ip(&at, address);
}
