/* dos-invite-ddos-low - many addresses that send INVITEs, each of them seldom. */
#include "lab/attacker/flood.h"

typedef struct {
  RdFloodAim aim;
  double rate;
  int64_t bots;
} Config;

static const RdParam params[] = {
    RD_PARAM(Config, "bots", RD_INTEGER, bots, "200", 1, 65536, "", "Addresses that send."),
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "0.5", 0.001, 1000, "1/s",
             "INVITEs a second of one bot."),
    RD_FLOOD_ROWS(Config, "1"), RD_PARAM_END};

static uint64_t entities(const void *config) {
  return (uint64_t)((const Config *)config)->bots;
}

static void *open_flood(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  return rd_flood_new(host, setup, &c->aim, c->rate, RD_PACE_RANDOM);
}

/* A bot calls as one and the same caller, as a phone would. */
static void timer(void *self, RdTimer id, uint64_t bot) {
  RdFlood *f = self;
  (void)id;
  rd_flood_invite(f, bot, rd_pace_tick(f->pace, bot), 0);
}

RD_PART(RD_ATTACK, "dos-invite-ddos-low",
        "Many bots that send INVITEs, each below any threshold a source is held to.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_flood, .timer = timer, .entities = entities, RD_FLOOD_OPS),
        .interface = RD_IF_GM, .family = "dos");
