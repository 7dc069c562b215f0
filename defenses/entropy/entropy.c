/* entropy - alarms when the mixture of sources, callers, callees, methods or agents changes. */
#include <math.h>

#include "defenses/entropy/block.h"
#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/detector/alarm.h"
#include "lab/detector/ewma.h"
#include "lab/detector/identity.h"
#include "lab/detector/report.h"
#include "lab/sip/scan.h"
#include "redoubt/plugin.h"

enum { SOURCE = 0, CALLER, CALLEE, METHOD, AGENT, FEATURES };

typedef struct {
  int64_t block, learn, freeze, calm;
  double limit, floor, weight, rate;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  uint64_t key[2];
  BlockCounts of[FEATURES];
  RdEwma usual[FEATURES];
  double last[FEATURES]; /* bits, of the block before */
  double z; /* largest of them, without its sign */
  unsigned worst;
  uint32_t n;
  RdTime since;
  RdAlarm alarm;
  uint32_t alarms, given_up;
} Detector;

static const char *const feature_names[FEATURES] = {"sources", "callers", "callees", "methods",
                                                    "agents"};

static void *entropy_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Detector *d = rd_alloc(sizeof *d);
  (void)setup;
  d->host = host;
  d->config = config;
  d->key[0] = host->random(host, 0, 1, 0);
  d->key[1] = host->random(host, 0, 2, 0);
  d->alarm.freeze = (uint32_t)d->config->freeze;
  d->alarm.calm = (uint32_t)d->config->calm;
  d->alarms = host->counter(host, "alarms");
  d->given_up = host->counter(host, "alarms-given-up");
  return d;
}

/* How far a feature is from what is usual, in deviations; two-sided. */
static double stray(const Detector *d, unsigned feature) {
  const RdEwma *usual = &d->usual[feature];
  if (usual->n < (uint64_t)d->config->learn)
    return 0;
  return (d->last[feature] - usual->mean) / fmax(d->config->floor, rd_ewma_sigma(usual));
}

static void measure(Detector *d) {
  d->z = 0;
  for (unsigned i = 0; i < FEATURES; i++) {
    d->last[i] = block_entropy(&d->of[i]);
    block_clear(&d->of[i]);
    if (fabs(stray(d, i)) > d->z) {
      d->z = fabs(stray(d, i));
      d->worst = i;
    }
  }
}

static void tell(Detector *d, RdTime now) {
  d->host->count(d->host, d->alarms, 1);
  rd_report(d->host, RD_SUBJECT_NONE, "", fmin(1, d->z / (2 * d->config->limit)), "dos,acc",
            "entropy of %s: %.2f bits in %u requests up to %.3f s, usually %.2f; %.1f deviations",
            feature_names[d->worst], d->last[d->worst], d->n, (double)now * 1e-9,
            d->usual[d->worst].mean, d->z);
}

static void close_block(Detector *d, RdTime now) {
  const Config *c = d->config;
  const double seconds = (double)(now - d->since) * 1e-9;
  measure(d);
  const bool over = d->z > c->limit && d->n >= c->rate * seconds;
  const RdAlarmStep step = rd_alarm_close(&d->alarm, over);
  if (step == RD_ALARM_BEGINS)
    tell(d, now);
  else if (step == RD_ALARM_GIVEN_UP)
    d->host->count(d->host, d->given_up, 1);
  for (unsigned i = 0; i < FEATURES; i++) {
    if (step == RD_ALARM_GIVEN_UP)
      d->usual[i] = (RdEwma){0};
    if (!d->alarm.on)
      rd_ewma_add(&d->usual[i], d->last[i], c->weight, c->weight);
  }
  d->n = 0;
  d->since = now;
}

/* A flood that is over may leave a block that takes minutes to fill: a slow one ends the alarm at once. */
static void end_slow_alarm(Detector *d, RdTime now) {
  const double seconds = (double)(now - d->since) * 1e-9;
  if (d->alarm.on && seconds >= 2 && d->n < d->config->rate * seconds)
    d->alarm.on = false;
}

static void count(Detector *d, const RdMessage *m) {
  const RdSip *sip = m->sip;
  const RdSlice agent = rd_sip_value(sip, RD_HDR_USER_AGENT);
  block_count(&d->of[SOURCE], rd_source_key(d->key, &m->remote));
  block_count(&d->of[CALLER], rd_identity_key(d->key, sip->from_uri, &sip->from_at));
  block_count(&d->of[CALLEE], rd_identity_key(d->key, sip->to_uri, &sip->to_at));
  block_count(&d->of[METHOD], rd_mix(d->key[0], sip->method));
  block_count(&d->of[AGENT], rd_siphash(d->key, agent.at ? agent.at : "", agent.len));
  d->n++;
}

static void entropy_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Detector *d = self;
  const RdTime now = d->host->now(d->host);
  end_slow_alarm(d, now);
  if (m->direction != RD_INGRESS || !m->sip || !m->sip->is_request)
    return;
  if (d->n == 0)
    d->since = now;
  count(d, m);
  if (d->n >= (uint32_t)d->config->block)
    close_block(d, now);
  v->score = 0.5 * fmin(1, d->z / d->config->limit);
  if (!d->alarm.on)
    return;
  v->score = 0.51 + 0.49 * fmin(1, d->z / (2 * d->config->limit));
  v->classes = "dos,acc";
  v->reason = "the mixture of requests has changed";
}

static uint64_t entropy_state(void *self, uint64_t *ret_bytes) {
  const Detector *d = self;
  *ret_bytes = sizeof *d;
  return (uint64_t)d->n * FEATURES;
}

static const RdParam params[] = {
    RD_PARAM(Config, "block", RD_INTEGER, block, "64", 8, BLOCK_MOST, "requests",
             "Entropy is taken over so many requests."),
    RD_PARAM(Config, "limit", RD_NUMBER, limit, "4.5", 0.1, 1000, "deviations",
             "It alarms when one of the five is this far from what is usual, either way,"),
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "20", 0, 1e9, "1/s",
             "and the block came at no less than this rate."),
    RD_PARAM(Config, "floor", RD_NUMBER, floor, "0.15", 0.001, 10, "bits",
             "The deviation is taken for no less than this."),
    RD_PARAM(Config, "weight", RD_NUMBER, weight, "0.05", 0.0001, 1, "",
             "Weight of a new block in what is usual."),
    RD_PARAM(Config, "learn", RD_INTEGER, learn, "4", 2, 100000, "blocks",
             "Blocks before it may alarm."),
    RD_PARAM(Config, "freeze", RD_INTEGER, freeze, "2000", 1, 10000000, "blocks",
             "An alarm that lasts this long is given up, and what is usual is learned anew."),
    RD_PARAM(Config, "calm", RD_INTEGER, calm, "2", 1, 1000, "blocks",
             "Blocks in a row within the limit that end an alarm."),
    RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "2206 ns",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "entropy",
        "Alarms when the mixture of sources, callers, callees, methods or agents changes",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = entropy_open, .judge = entropy_judge, .state = entropy_state,
                       .close = free));
