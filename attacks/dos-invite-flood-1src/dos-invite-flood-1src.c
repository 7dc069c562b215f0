/* dos-invite-flood-1src - one address that sends INVITEs, and nothing after them. */
#include "lab/attacker/flood.h"

typedef struct {
  RdFloodAim aim;
  double rate;
} Config;

static const RdParam params[] = {
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "4000", 0.001, 1e6, "1/s", "INVITEs a second."),
    RD_FLOOD_ROWS(Config, "1"), RD_PARAM_END};

static void *open_flood(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  return rd_flood_new(host, setup, &c->aim, c->rate, RD_PACE_EVEN);
}

/* Another caller's name each time. */
static void timer(void *self, RdTimer id, uint64_t source) {
  RdFlood *f = self;
  (void)id;
  const uint64_t number = rd_pace_tick(f->pace, source);
  rd_flood_invite(f, source, number, number);
}

RD_PART(RD_ATTACK, "dos-invite-flood-1src",
        "One source that sends INVITEs far above capacity, and never an ACK.",
        RD_CONFIG(Config, params), RD_ACTOR_OPS(.open = open_flood, .timer = timer, RD_FLOOD_OPS),
        .interface = RD_IF_GM, .family = "dos");
