/* acc-unreg-invite - calls without having registered. */
#include <stdio.h>
#include <stdlib.h>

#include "lab/attacker/flood.h"
#include "lab/base/memory.h"
#include "lab/base/proportion.h"
#include "lab/base/table.h"

typedef struct {
  RdFloodAim aim;
  double rate;
  int64_t sources;
} Config;

static const RdParam params[] = {RD_PARAM(Config, "rate", RD_NUMBER, rate, "2", 0.001, 1e6, "1/s",
                                          "Calls a second, of all sources."),
                                 RD_PARAM(Config, "sources", RD_INTEGER, sources, "5", 1, 65536, "",
                                          "Addresses that take turns."),
                                 RD_FLOOD_ROWS(Config, "1"), RD_PARAM_END};

typedef struct {
  RdFlood *flood;
  RdHost *host;
  uint32_t ringing, answered;
  RdTable *rang, *talked; /* Call-IDs' numbers */
} Caller;

#define CALLS 4096 /* remembered; the one heard of longest ago gives way */

static uint64_t entities(const void *config) {
  return (uint64_t)((const Config *)config)->sources;
}

static void *open_caller(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  const uint64_t key[2] = {0x756e7265, 0x63616c6c};
  RdFlood *f =
      rd_flood_new(host, setup, &c->aim, c->rate / (double)setup->entities, RD_PACE_RANDOM);
  if (!f)
    return NULL;
  Caller *u = rd_alloc(sizeof *u);
  *u = (Caller){.flood = f,
                .host = host,
                .ringing = host->counter(host, "ringing"),
                .answered = host->counter(host, "answered"),
                .rang = rd_table_new(CALLS, 0, key, NULL, NULL),
                .talked = rd_table_new(CALLS, 0, key, NULL, NULL)};
  return u;
}

static void start(void *self) {
  rd_flood_start(((Caller *)self)->flood);
}

static void count_once(const Caller *u, RdTable *calls, uint64_t call, uint32_t counter) {
  bool added;
  rd_table_put(calls, &call, sizeof call, &added);
  u->host->count(u->host, counter, added);
}

/* It never acknowledges, so a 200 comes again and again: each call counts once. */
static void receive(void *self, const RdMessage *m) {
  const Caller *u = self;
  uint64_t call;
  rd_flood_receive(u->flood, m);
  if (!rd_probe_answer(m, &call) || m->sip->method != RD_SIP_INVITE)
    return;
  if (m->sip->status == 180)
    count_once(u, u->rang, call, u->ringing);
  if (m->sip->status == 200)
    count_once(u, u->talked, call, u->answered);
}

static void timer(void *self, RdTimer id, uint64_t source) {
  const Caller *u = self;
  (void)id;
  const uint64_t number = rd_pace_tick(u->flood->pace, source);
  rd_flood_invite(u->flood, source, number, source);
}

static void stop(void *self) {
  rd_flood_stop(((Caller *)self)->flood);
}

static void close_caller(void *self) {
  Caller *u = self;
  rd_flood_close(u->flood);
  rd_table_free(u->rang);
  rd_table_free(u->talked);
  free(u);
}

/* A call is set up when its callee has answered. */
static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  const int64_t sent = evidence->counter(evidence, "sent");
  const int64_t answered = evidence->counter(evidence, "answered");
  const uint64_t n = sent > 0 ? (uint64_t)sent : 0;
  const uint64_t k = answered > 0 && (uint64_t)answered < n ? (uint64_t)answered
                     : answered > 0                         ? n
                                                            : 0;
  const RdRange range = rd_share_range(k, n);
  ret->least = 0;
  ret->most = 100;
  ret->threshold = ((const RdFloodAim *)config)->threshold;
  ret->unit = "percent of its calls that were answered";
  ret->effect_low = 100 * range.low;
  ret->effect_high = 100 * range.high;
  if (n > 0)
    ret->effect = 100 * (double)k / (double)n;
  ret->succeeded = ret->effect >= ret->threshold && ret->effect_low > 0; /* NaN: neither holds */
  snprintf(ret->why, sizeof ret->why, "%llu calls of somebody who is not registered, %llu answered",
           (unsigned long long)n, (unsigned long long)k);
}

RD_PART(RD_ATTACK, "acc-unreg-invite", "Calls subscribers without having registered.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_caller, .start = start, .receive = receive, .timer = timer,
                     .stop = stop, .close = close_caller, .entities = entities, .success = success),
        .interface = RD_IF_GM, .family = "acc");
