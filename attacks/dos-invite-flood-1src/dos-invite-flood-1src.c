/* dos-invite-flood-1src - one address that sends INVITEs, and nothing after them. */
#include <glib.h>

#include "lab/base/random.h"
#include "lab/sip/harm.h"
#include "lab/sip/pace.h"
#include "lab/sip/stranger.h"
#include "redoubt/plugin.h"

typedef struct {
  const char *target, *realm, *secret;
  double rate, known;
  int64_t subscribers, spread;
} Config;

#define ROW(key, type, field, fallback, min, max, unit, help)                                      \
  { key, type, offsetof(Config, field), fallback, min, max, unit, NULL, help }

static const RdParam params[] = {
    ROW("target", RD_NODE_NAME, target, "sbc", 0, 0, "", "Whom it sends to."),
    ROW("rate", RD_NUMBER, rate, "4000", 0.001, 1e6, "1/s", "INVITEs a second."),
    ROW("known", RD_NUMBER, known, "1", 0, 1, "",
        "Share that names a real subscriber; the others name random numbers."),
    ROW("subscribers", RD_INTEGER, subscribers, "100", 1, 4e6, "",
        "How many subscribers the attacker knows: the registrar's first ones."),
    ROW("spread", RD_INTEGER, spread, "2", 1, 1000, "", "As at the registrar."),
    ROW("secret", RD_TEXT, secret, "redoubt", 0, 0, "",
        "As at the registrar: makes the numbers known; no key is ever used."),
    ROW("realm", RD_TEXT, realm, RD_IMS_DOMAIN, 0, 0, "", "Home network domain."),
    {0}};

enum { DRAW_CALLER = 1 };

typedef struct {
  const Config *config;
  RdStranger stranger;
  RdVictims victims;
  RdPace *pace;
  uint32_t sent;
} Flood;

static void *open_flood(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  Flood *f = g_new0(Flood, 1);
  f->config = c;
  f->stranger = (RdStranger){.host = host, .setup = setup};
  f->victims.known = c->known;
  if (!rd_provision_init(&f->victims.provision, c->secret, (uint64_t)c->spread,
                         (uint64_t)c->subscribers)) {
    host->log(host, RD_LOG_ERROR, "so many subscribers do not fit into ten digits");
    g_free(f);
    return NULL;
  }
  f->sent = host->counter(host, "sent");
  f->pace = rd_pace_new(host, setup->start, setup->stop, 1, c->rate, RD_PACE_EVEN, 0);
  return f;
}

static void start(void *self) {
  Flood *f = self;
  if (rd_stranger_aim(&f->stranger, f->config->target))
    rd_pace_start(f->pace);
}

/* Another caller's name each time. */
static void timer(void *self, RdTimer id, uint64_t source) {
  Flood *f = self;
  RdHost *host = f->stranger.host;
  char caller[RD_IMSI_TEXT], callee[RD_IMSI_TEXT];
  (void)id;
  const uint64_t number = rd_pace_tick(f->pace, source);
  const uint64_t bits = host->random(host, source, DRAW_CALLER, number);
  rd_provision_guess(rd_below(bits, RD_MSIN_LIMIT), caller);
  rd_victims_pick(&f->victims, host, source, number, callee);
  if (rd_stranger_invite(&f->stranger, source, number, caller, callee, f->config->realm))
    host->count(host, f->sent, 1);
}

/* Answers are of no interest to it: with no ACK, finals are repeated to it in vain. */
static void receive(void *self, const RdMessage *message) {
  (void)self;
  (void)message;
}

static void close_flood(void *self) {
  Flood *f = self;
  rd_pace_free(f->pace);
  g_free(f);
}

static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  (void)config;
  rd_harm_calls(evidence, ret);
}

static const RdActorOps ops = {.size = sizeof ops,
                               .open = open_flood,
                               .start = start,
                               .receive = receive,
                               .timer = timer,
                               .close = close_flood,
                               .success = success};

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
