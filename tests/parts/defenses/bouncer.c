/* bouncer - a test defense that has a rule before the queue drop who has sent more than it bears. */
#include <stdlib.h>
#include <string.h>

#include "redoubt/plugin.h"

typedef struct {
  int64_t after, bits;
  double rate;
  bool each;
  RdTime time;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  uint64_t filter;
  int64_t seen;
  uint32_t filters, refused, dropped, strange;
} Bouncer;

static void *bouncer_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Bouncer *b = calloc(1, sizeof *b);
  (void)setup;
  if (!b)
    return NULL;
  b->host = host;
  b->config = config;
  b->filters = host->counter(host, "filters");
  b->refused = host->counter(host, "refused");
  b->dropped = host->counter(host, "dropped");
  b->strange = host->counter(host, "strange");
  RdFilter none = {.size = sizeof none, .bits = 129, .until = RD_NEVER};
  RdFilter nowhere = {.size = sizeof nowhere, .place = 7, .until = RD_NEVER};
  if (host->filter(host, &none) || host->filter(host, &nowhere) ||
      host->unfilter(host, 12345, true, NULL))
    host->count(host, b->strange, 1);
  return b;
}

static void bouncer_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Bouncer *b = self;
  if (m->direction != RD_INGRESS)
    return;
  v->score = 0;
  if (++b->seen != b->config->after)
    return;
  RdFilter f = {.size = sizeof f,
                .place = m->attachment,
                .bits = (uint8_t)b->config->bits,
                .source = m->remote,
                .rate = b->config->rate,
                .burst = 1,
                .each = b->config->each,
                .until = b->config->time > 0 ? b->host->now(b->host) + b->config->time : RD_NEVER};
  f.source.port = 0;
  b->filter = b->host->filter(b->host, &f);
  b->host->count(b->host, b->filter ? b->filters : b->refused, 1);
  RdTimerSpec spec = {.size = sizeof spec, .at = b->host->now(b->host) + 5500 * RD_MILLISECOND};
  b->host->timer(b->host, &spec);
}

/* After a while it asks what the rule has dropped; then it takes it away. */
static void bouncer_timer(void *self, RdTimer timer, uint64_t cookie) {
  Bouncer *b = self;
  uint64_t dropped = 0, again = 0;
  (void)timer, (void)cookie;
  if (!b->host->unfilter(b->host, b->filter, true, &dropped) ||
      !b->host->unfilter(b->host, b->filter, false, &again) || dropped != again ||
      b->host->unfilter(b->host, b->filter, false, NULL))
    b->host->count(b->host, b->strange, 1);
  b->host->count(b->host, b->dropped, (int64_t)dropped);
}

static void bouncer_close(void *self) {
  free(self);
}

static const RdParam params[] = {
    RD_PARAM(Config, "after", RD_INTEGER, after, "1", 1, 1e9, "",
             "Messages before the rule stands."),
    RD_PARAM(Config, "bits", RD_INTEGER, bits, "32", 0, 128, "", "Of the source's address."),
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "0", 0, 1e6, "1/s", "That is let through."),
    RD_PARAM(Config, "each", RD_BOOL, each, "false", 0, 0, "", "Every source for itself?"),
    RD_PARAM(Config, "time", RD_DURATION, time, "0 s", 0, 60, "s",
             "How long; 0: until it is taken away."),
    RD_PARAM_END};

RD_PART(RD_DEFENSE, "bouncer", "Test: a rule before the queue", RD_CONFIG(Config, params),
        RD_DEFENSE_OPS(.open = bouncer_open, .judge = bouncer_judge, .timer = bouncer_timer,
                       .close = bouncer_close));
