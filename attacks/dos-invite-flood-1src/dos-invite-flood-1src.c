/* dos-invite-flood-1src - one address that sends INVITEs, and nothing after them. */
#include "lab/attacker/flood.h"

typedef struct {
  RdFloodAim aim;
  double rate;
} Config;

#define ROW(key, type, field, fallback, min, max, unit, help)                                      \
  { key, type, offsetof(Config, field), fallback, min, max, unit, NULL, help }

static const RdParam params[] = {
    ROW("rate", RD_NUMBER, rate, "4000", 0.001, 1e6, "1/s", "INVITEs a second."),
    RD_FLOOD_ROWS(Config, "1"),
    {0}};

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

static const RdActorOps ops = {.size = sizeof ops,
                               .open = open_flood,
                               .start = rd_flood_start,
                               .receive = rd_flood_receive,
                               .timer = timer,
                               .close = rd_flood_close,
                               .success = rd_flood_success};

RD_EXPORT const RdPlugin redoubt_plugin = {
    .abi = RD_ABI,
    .size = sizeof redoubt_plugin,
    .kind = RD_ATTACK,
    .param_size = sizeof(RdParam),
    .name = "dos-invite-flood-1src",
    .summary = "One source that sends INVITEs far above capacity, and never an ACK.",
    .params = params,
    .config_size = sizeof(Config),
    .actor = &ops,
    .interface = RD_IF_GM,
    .family = "dos"};
