/* ben-options-ping - a monitor, or a PBX, that asks by OPTIONS whether its trunk is alive. Benign. */
#include <stdio.h>
#include <stdlib.h>

#include "lab/attacker/pace.h"
#include "lab/attacker/probe.h"
#include "lab/base/memory.h"
#include "lab/base/proportion.h"
#include "redoubt/plugin.h"

typedef struct {
  const char *target;
  int64_t sources, extensions;
  RdTime every;
} Config;

static const RdParam params[] = {
    RD_PARAM(Config, "target", RD_NODE_NAME, target, "sbc", 0, 0, "", "Whom it asks."),
    RD_PARAM(Config, "sources", RD_INTEGER, sources, "1", 1, 65536, "",
             "Addresses: offices, each behind one."),
    RD_PARAM(Config, "extensions", RD_INTEGER, extensions, "2000", 1, 1e6, "",
             "Phones behind each address that ping."),
    RD_PARAM(Config, "every", RD_DURATION, every, "30 s", 0.1, 3600, "s",
             "How often each phone does."),
    RD_PARAM_END};

typedef struct {
  const Config *config;
  RdProbe probe;
  RdPace *pace;
  uint32_t sent, alive;
} Ping;

static uint64_t entities(const void *config) {
  return (uint64_t)((const Config *)config)->sources;
}

static void *open_ping(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  Ping *p = rd_alloc(sizeof *p);
  *p = (Ping){.config = c, .probe = {.host = host, .setup = setup}};
  p->sent = host->counter(host, "pings");
  p->alive = host->counter(host, "pings-answered");
  const double rate = (double)c->extensions * (double)RD_SECOND / (double)c->every;
  p->pace = rd_pace_new(host, setup->start, setup->stop, setup->entities, rate, RD_PACE_RANDOM, 0);
  return p;
}

static void start(void *self) {
  Ping *p = self;
  if (rd_probe_aim(&p->probe, p->config->target))
    rd_pace_start(p->pace);
}

static void timer(void *self, RdTimer id, uint64_t source) {
  Ping *p = self;
  (void)id;
  const uint64_t number = rd_pace_tick(p->pace, source);
  if (rd_probe_ping(&p->probe, source, number, number % (uint64_t)p->config->extensions))
    p->probe.host->count(p->probe.host, p->sent, 1);
}

/* Any final answer says that the trunk lives. */
static void receive(void *self, const RdMessage *m) {
  Ping *p = self;
  uint64_t call;
  if (rd_probe_answer(m, &call) && m->sip->status >= 200)
    p->probe.host->count(p->probe.host, p->alive, 1);
}

static void close_ping(void *self) {
  Ping *p = self;
  rd_pace_free(p->pace);
  free(p);
}

/* It attacks nobody: what it tells is how many of its pings nobody answered. */
static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  (void)config;
  const int64_t sent = evidence->counter(evidence, "pings");
  const int64_t alive = evidence->counter(evidence, "pings-answered");
  const int64_t lost = sent > alive ? sent - alive : 0;
  const RdRange range = rd_share_range((uint64_t)lost, (uint64_t)sent);
  ret->succeeded = false;
  ret->least = 0;
  ret->most = 100;
  ret->unit = "percent of its pings not answered";
  ret->effect_low = 100 * range.low;
  ret->effect_high = 100 * range.high;
  if (sent > 0)
    ret->effect = 100.0 * (double)lost / (double)sent;
  snprintf(ret->why, sizeof ret->why, "no attack: %lld of %lld pings answered", (long long)alive,
           (long long)sent);
}

RD_PART(RD_ATTACK, "ben-options-ping",
        "Benign twin: offices whose phones ask by OPTIONS, from one address, whether all is well.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_ping, .start = start, .receive = receive, .timer = timer,
                     .close = close_ping, .entities = entities, .success = success),
        .interface = RD_IF_GM, .family = "benign", .benign = true);
