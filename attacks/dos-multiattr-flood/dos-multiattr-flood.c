/* dos-multiattr-flood - requests of all kinds at once, mixed as subscribers mix them. */
#include "lab/attacker/flood.h"
#include "lab/base/random.h"

typedef struct {
  RdFloodAim aim;
  double rate, invite, reg, options, bye;
  int64_t bots;
} Config;

static const RdParam params[] = {
    RD_PARAM(Config, "bots", RD_INTEGER, bots, "300", 1, 65536, "", "Addresses that send."),
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "4", 0.001, 1000, "1/s",
             "Requests a second of one bot."),
    RD_PARAM(Config, "invite", RD_NUMBER, invite, "10", 0, 1e6, "", "Weight of INVITE."),
    RD_PARAM(Config, "register", RD_NUMBER, reg, "10", 0, 1e6, "", "Weight of REGISTER."),
    RD_PARAM(Config, "options", RD_NUMBER, options, "1", 0, 1e6, "", "Weight of OPTIONS."),
    RD_PARAM(Config, "bye", RD_NUMBER, bye, "7", 0, 1e6, "",
             "Weight of BYE: seven of ten calls are answered, and then end."),
    RD_FLOOD_ROWS(Config, "1"),
    RD_PARAM_END};

enum { DRAW_METHOD = 1 };

static uint64_t entities(const void *config) {
  return (uint64_t)((const Config *)config)->bots;
}

static void *open_flood(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  if (c->invite + c->reg + c->options + c->bye <= 0) {
    host->log(host, RD_LOG_ERROR, "all weights are 0");
    return NULL;
  }
  return rd_flood_new(host, setup, &c->aim, c->rate, RD_PACE_RANDOM);
}

static RdSipMethod method_of(const RdFlood *f, uint64_t bot, uint64_t number) {
  const Config *c = (const Config *)f->aim; /* its first member */
  RdHost *host = f->probe.host;
  double at = rd_unit(host->random(host, bot, DRAW_METHOD, number)) *
              (c->invite + c->reg + c->options + c->bye);
  if ((at -= c->invite) < 0)
    return RD_SIP_INVITE;
  if ((at -= c->reg) < 0)
    return RD_SIP_REGISTER;
  return (at -= c->options) < 0 ? RD_SIP_OPTIONS : RD_SIP_BYE;
}

static void send_method(RdFlood *f, RdSipMethod method, uint64_t bot, uint64_t number) {
  char who[RD_IMSI_TEXT], callee[RD_NUMBER_TEXT], caller[RD_NUMBER_TEXT];
  const char *realm = f->aim->realm;
  rd_provision_guess_number(bot, caller); /* a bot has one name, as a phone has */
  rd_flood_number(f, bot, number, callee);
  if (method == RD_SIP_INVITE) {
    rd_flood_invite(f, bot, number, 0);
  } else if (method == RD_SIP_REGISTER) {
    rd_flood_victim(f, bot, number, who);
    rd_flood_count(f, rd_probe_register(&f->probe, bot, number, who, realm));
  } else if (method == RD_SIP_OPTIONS) {
    rd_flood_count(f, rd_probe_options(&f->probe, bot, number, caller, callee, realm));
  } else {
    rd_flood_count(f, rd_probe_bye(&f->probe, bot, number, caller, callee, realm));
  }
}

static void timer(void *self, RdTimer id, uint64_t bot) {
  RdFlood *f = self;
  (void)id;
  const uint64_t number = rd_pace_tick(f->pace, bot);
  send_method(f, method_of(f, bot, number), bot, number);
}

RD_PART(RD_ATTACK, "dos-multiattr-flood",
        "INVITE, REGISTER, OPTIONS and BYE raised together, so that no ratio between them moves.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_flood, .timer = timer, .entities = entities, RD_FLOOD_OPS),
        .interface = RD_IF_GM, .family = "dos");
