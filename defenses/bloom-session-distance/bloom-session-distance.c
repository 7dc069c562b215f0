/* bloom-session-distance - alarms when INVITEs are not followed by 2xx and ACK of the same session. */
#include <math.h>

#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/detector/alarm.h"
#include "lab/detector/bloom.h"
#include "lab/detector/ewma.h"
#include "lab/detector/identity.h"
#include "lab/detector/measure.h"
#include "lab/detector/report.h"
#include "lab/detector/window.h"
#include "redoubt/plugin.h"

enum { INVITE = 0, INVITE_OK, ACK, STEPS };

typedef struct {
  RdTime window, half, age;
  double deviations, share, least, weight;
  int64_t cells, hashes, learn, freeze, calm;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  uint64_t key[2];
  RdWindow window;
  RdBloom of[STEPS][2]; /* sessions that came so far, in this age and in the one before */
  double count[STEPS]; /* sessions, fading */
  double fade; /* what is left of a count after a window */
  RdTime aged;
  RdEwma usual; /* distances */
  RdAlarm alarm;
  uint32_t alarms, given_up;
} Detector;

static void *distance_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Detector *d = rd_alloc(sizeof *d);
  const Config *c = config;
  (void)setup;
  d->host = host;
  d->config = c;
  d->key[0] = host->random(host, 0, 1, 0);
  d->key[1] = host->random(host, 0, 2, 0);
  d->window = rd_window(c->window);
  d->fade = rd_half_to((double)c->window / (double)c->half);
  for (unsigned i = 0; i < STEPS; i++)
    for (unsigned age = 0; age < 2; age++)
      rd_bloom_open(&d->of[i][age], (uint32_t)c->cells, (uint32_t)c->hashes);
  d->alarm.freeze = (uint32_t)c->freeze;
  d->alarm.calm = (uint32_t)c->calm;
  d->alarms = host->counter(host, "alarms");
  d->given_up = host->counter(host, "alarms-given-up");
  return d;
}

static void distance_close(void *self) {
  Detector *d = self;
  for (unsigned i = 0; i < STEPS; i++)
    for (unsigned age = 0; age < 2; age++)
      rd_bloom_close(&d->of[i][age]);
  free(d);
}

/* 1 / sqrt(N (N - 1)) times the sum of |differences| of all pairs of the N = 3 counts. */
static double session_distance(const double count[STEPS]) {
  double sum = 0;
  for (unsigned i = 0; i < STEPS; i++)
    for (unsigned j = i + 1; j < STEPS; j++)
      sum += fabs(count[i] - count[j]);
  return sum / sqrt(STEPS * (STEPS - 1));
}

static double threshold(const Detector *d) {
  const Config *c = d->config;
  const double mean = d->usual.mean;
  if (d->usual.n < (uint64_t)c->learn)
    return INFINITY;
  return mean + fmax(fmax(c->deviations * rd_ewma_sigma(&d->usual), c->share * mean), c->least);
}

static void tell(Detector *d, double distance) {
  d->host->count(d->host, d->alarms, 1);
  rd_report(d->host, RD_SUBJECT_NONE, "", fmin(1, distance / (2 * threshold(d))), "dos",
            "session distance %.1f over %.1f, usually %.1f; sessions with INVITE %.1f, 2xx %.1f, "
            "ACK %.1f at %.3f s",
            distance, threshold(d), d->usual.mean, d->count[INVITE], d->count[INVITE_OK],
            d->count[ACK], (double)d->host->now(d->host) * 1e-9);
}

static void close_window(Detector *d) {
  const double distance = session_distance(d->count);
  const RdAlarmStep step = rd_alarm_close(&d->alarm, distance > threshold(d));
  if (step == RD_ALARM_GIVEN_UP) {
    d->usual = (RdEwma){0};
    d->host->count(d->host, d->given_up, 1);
  }
  if (!d->alarm.on)
    rd_ewma_add(&d->usual, distance, d->config->weight, d->config->weight);
  for (unsigned i = 0; i < STEPS; i++)
    d->count[i] *= d->fade;
}

static void next_age(Detector *d, RdTime now) {
  if (now - d->aged < d->config->age)
    return;
  d->aged = now;
  for (unsigned i = 0; i < STEPS; i++) {
    const RdBloom spare = d->of[i][1];
    d->of[i][1] = d->of[i][0];
    d->of[i][0] = spare;
    rd_bloom_clear(&d->of[i][0]);
  }
}

static bool came(const Detector *d, unsigned step, uint64_t session) {
  return rd_bloom_has(&d->of[step][0], session) || rd_bloom_has(&d->of[step][1], session);
}

/* A session comes to a step once, and only after the steps before it. */
static void come(Detector *d, unsigned step, uint64_t session) {
  if (came(d, step, session) || (step > 0 && !came(d, step - 1, session)))
    return;
  rd_bloom_put(&d->of[step][0], session);
  d->count[step]++;
}

/* A distance past twice the threshold says no more than that, and would only keep the alarm on after the
 * flood is over: INVITEs beyond it are not kept. */
static void cut_excess(Detector *d) {
  const double excess = session_distance(d->count) - 2 * threshold(d);
  if (excess > 0)
    d->count[INVITE] -= fmin(excess * sqrt(STEPS * (STEPS - 1)) / 2,
                             d->count[INVITE] - fmax(d->count[INVITE_OK], d->count[ACK]));
}

/* Requests as they come in, answers as they leave; -1: no step of a session. */
static int step_of(const RdMessage *m) {
  const RdSip *sip = m->sip;
  if (sip->method == RD_SIP_INVITE && m->direction == RD_INGRESS && sip->is_request)
    return sip->to_tag.len > 0 ? -1 : INVITE;
  if (sip->method == RD_SIP_INVITE && m->direction == RD_EGRESS && sip->status / 100 == 2)
    return INVITE_OK;
  return sip->method == RD_SIP_ACK && m->direction == RD_INGRESS && sip->is_request ? ACK : -1;
}

static uint64_t session_of(const Detector *d, const RdSip *sip) {
  const uint64_t call =
      rd_siphash(d->key, sip->call_id.at ? sip->call_id.at : "", sip->call_id.len);
  const uint64_t from = rd_identity_key(d->key, sip->from_uri, &sip->from_at);
  return rd_mix(rd_mix(call, from), rd_identity_key(d->key, sip->to_uri, &sip->to_at));
}

static void distance_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Detector *d = self;
  const RdTime now = d->host->now(d->host);
  for (uint32_t n = rd_window_roll(&d->window, now); n > 0; n--)
    close_window(d);
  next_age(d, now);
  const int step = m->sip ? step_of(m) : -1;
  if (step < 0)
    return;
  const uint64_t session = session_of(d, m->sip);
  come(d, (unsigned)step, session);
  if (step != INVITE)
    return;
  const double distance = session_distance(d->count), limit = threshold(d);
  cut_excess(d);
  if (distance > limit && rd_alarm_raise(&d->alarm))
    tell(d, distance);
  v->score = 0.5 * fmin(1, distance / limit);
  if (!d->alarm.on)
    return;
  v->score = 0.51 + 0.49 * fmin(1, distance / (2 * limit));
  v->classes = "dos";
  v->reason = "sessions that are begun are not completed";
}

static uint64_t distance_state(void *self, uint64_t *ret_bytes) {
  const Detector *d = self;
  *ret_bytes = sizeof *d + 2 * STEPS * rd_bloom_bytes(&d->of[0][0]);
  return (uint64_t)d->of[INVITE][0].keys + d->of[INVITE][1].keys;
}

static const RdParam params[] = {
    RD_PARAM(Config, "window", RD_DURATION, window, "1 s", 0.01, 3600, "s",
             "The distance is measured so often; between, what is over alarms at once."),
    RD_PARAM(Config, "half-life", RD_DURATION, half, "10 s", 0.01, 86400, "s",
             "Counts of sessions halve in this time."),
    RD_PARAM(Config, "age", RD_DURATION, age, "60 s", 0.1, 86400, "s",
             "A session is remembered for this long, and at most twice as long."),
    RD_PARAM(Config, "deviations", RD_NUMBER, deviations, "5", 0, 1000, "deviations",
             "The threshold lies above the mean distance by so many deviations,"),
    RD_PARAM(Config, "share", RD_NUMBER, share, "2", 0, 1000, "", "by this share of the mean,"),
    RD_PARAM(Config, "least", RD_NUMBER, least, "15", 0, 1e9, "",
             "and by this, whichever is most."),
    RD_PARAM(Config, "weight", RD_NUMBER, weight, "0.02", 0.0001, 1, "",
             "Weight of a new distance in what is usual."),
    RD_PARAM(Config, "cells", RD_INTEGER, cells, "65536", 64, 268435456, "",
             "Cells of each of the six filters, rounded up to a power of two."),
    RD_PARAM(Config, "hashes", RD_INTEGER, hashes, "4", 1, 16, "", "Cells that a session takes."),
    RD_PARAM(Config, "learn", RD_INTEGER, learn, "15", 1, 100000, "windows",
             "Windows before it may alarm."),
    RD_PARAM(Config, "freeze", RD_INTEGER, freeze, "120", 1, 100000, "windows",
             "An alarm that lasts this long is given up, and what is usual is learned anew."),
    RD_PARAM(Config, "calm", RD_INTEGER, calm, "2", 1, 1000, "windows",
             "Windows in a row below the threshold that end an alarm."),
    RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "2619 ns",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "bloom-session-distance",
        "Alarms when sessions are begun and not completed: three Bloom filters and a distance",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = distance_open, .judge = distance_judge, .state = distance_state,
                       .close = distance_close));
