/* dos-stray-responses - answers to requests that nobody sent. */
#include <stdlib.h>

#include "lab/attacker/harm.h"
#include "lab/attacker/pace.h"
#include "lab/attacker/probe.h"
#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "redoubt/plugin.h"

typedef struct {
  const char *target, *phones;
  double rate, threshold;
  int64_t sources, population;
  int pose;
} Config;

enum { POSE_SELF = 0, POSE_PHONES };
static const char *const poses[] = {"self", "phones", NULL};

static const RdParam params[] = {
    RD_PARAM(Config, "target", RD_NODE_NAME, target, "sbc", 0, 0, "", "Whom it answers."),
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "30000", 0.001, 1e6, "1/s",
             "Responses a second, of all sources."),
    RD_PARAM(Config, "sources", RD_INTEGER, sources, "1", 1, 65536, "",
             "Addresses that take turns."),
    RD_CHOICE(Config, "pose", pose, "self", poses,
              "Sends from its own addresses, or spoofs phones' in turn."),
    RD_PARAM(Config, "phones", RD_NODE_NAME, phones, "ue", 0, 0, "",
             "pose: phones: whose addresses."),
    RD_PARAM(Config, "population", RD_INTEGER, population, "300", 1, 16777215, "",
             "pose: phones: how many of them, from the first."),
    RD_PARAM(Config, "threshold", RD_NUMBER, threshold, "5", 0.001, 100, "",
             "Points of legitimate attempts lost from which it has succeeded."),
    RD_PARAM_END};

enum { DRAW_STATUS = 1, DRAW_PHONE };
static const unsigned statuses[] = {180, 183, 200, 200, 404, 480, 486, 503};

typedef struct {
  const Config *config;
  RdProbe probe;
  RdPace *pace;
  RdAddress phone;
  uint32_t sent;
} Strays;

static uint64_t entities(const void *config) {
  return (uint64_t)((const Config *)config)->sources;
}

static void *open_strays(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  Strays *s = rd_alloc(sizeof *s);
  *s = (Strays){.config = c, .probe = {.host = host, .setup = setup}};
  s->sent = host->counter(host, "sent");
  s->pace = rd_pace_new(host, setup->start, setup->stop, setup->entities,
                        c->rate / (double)setup->entities, RD_PACE_EVEN, 0);
  return s;
}

static void start(void *self) {
  Strays *s = self;
  RdHost *host = s->probe.host;
  if (!rd_probe_aim(&s->probe, s->config->target))
    return;
  if (s->config->pose == POSE_PHONES &&
      (!s->config->phones || !host->resolve(host, 0, s->config->phones, &s->phone))) {
    host->log(host, RD_LOG_ERROR, "the phones are not on the attack's network");
    return;
  }
  rd_pace_start(s->pace);
}

static RdAddress pose(const Strays *s, uint64_t source, uint64_t number) {
  RdHost *host = s->probe.host;
  if (s->config->pose == POSE_SELF)
    return (RdAddress){0};
  const uint64_t bits = host->random(host, source, DRAW_PHONE, number);
  return rd_address_beside(s->phone, rd_below(bits, (uint64_t)s->config->population));
}

static void timer(void *self, RdTimer id, uint64_t source) {
  Strays *s = self;
  RdHost *host = s->probe.host;
  (void)id;
  const uint64_t number = rd_pace_tick(s->pace, source);
  const uint64_t bits = host->random(host, source, DRAW_STATUS, number);
  const unsigned status = statuses[rd_below(bits, sizeof statuses / sizeof *statuses)];
  const RdAddress as = pose(s, source, number);
  if (rd_probe_response(&s->probe, source, number, status, &as))
    host->count(host, s->sent, 1);
}

static void close_strays(void *self) {
  Strays *s = self;
  rd_pace_free(s->pace);
  free(s);
}

static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  rd_harm(evidence, ((const Config *)config)->threshold, ret);
}

RD_PART(RD_ATTACK, "dos-stray-responses",
        "Responses that match no transaction, each of them read and thrown away at a price.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_strays, .start = start, .timer = timer, .close = close_strays,
                     .entities = entities, .success = success),
        .interface = RD_IF_GM, .family = "dos");
