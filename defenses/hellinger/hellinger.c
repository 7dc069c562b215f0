/* hellinger - alarms when the shares of INVITE, 2xx, ACK and BYE are not what they were. After vFDS. */
#include <math.h>

#include "lab/base/memory.h"
#include "lab/detector/alarm.h"
#include "lab/detector/classes.h"
#include "lab/detector/ewma.h"
#include "lab/detector/measure.h"
#include "lab/detector/report.h"
#include "redoubt/plugin.h"

enum { INVITE = 0, INVITE_OK, ACK, BYE, ATTRIBUTES };

typedef struct {
  RdTime window, learn;
  double floor, deviations, weight, rate;
  int64_t least, freeze, calm;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  double usual[ATTRIBUTES]; /* shares */
  double count[ATTRIBUTES]; /* of the open window */
  double last[ATTRIBUTES]; /* shares of the window measured last */
  double distance; /* of that one, squared; NaN: none was */
  double n;
  RdTime since, began;
  bool begun;
  RdEwma distances;
  RdAlarm alarm;
  uint32_t alarms, given_up;
} Detector;

/* A call in ten that is answered seven times: what is usual before anything was learned. */
static const double expected[ATTRIBUTES] = {10.0 / 34, 7.0 / 34, 10.0 / 34, 7.0 / 34};

static void forget(Detector *d) {
  memcpy(d->usual, expected, sizeof d->usual);
  d->distances = (RdEwma){0};
}

static void *hellinger_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Detector *d = rd_alloc(sizeof *d);
  (void)setup;
  d->host = host;
  d->config = config;
  d->alarm.freeze = (uint32_t)d->config->freeze;
  d->alarm.calm = (uint32_t)d->config->calm;
  d->distance = NAN;
  d->alarms = host->counter(host, "alarms");
  d->given_up = host->counter(host, "alarms-given-up");
  forget(d);
  return d;
}

static double threshold(const Detector *d) {
  const RdEwma *e = &d->distances;
  return fmin(0.99, fmax(d->config->floor, e->mean + d->config->deviations * e->deviation));
}

static void tell(Detector *d, RdTime now) {
  d->host->count(d->host, d->alarms, 1);
  rd_report(d->host, RD_SUBJECT_NONE, "", fmin(1, d->distance / (2 * threshold(d))), "dos",
            "INVITE, 2xx, ACK, BYE: %.0f, %.0f, %.0f, %.0f in the %lld ms up to %.3f s; squared "
            "distance %.2f over %.2f",
            d->count[INVITE], d->count[INVITE_OK], d->count[ACK], d->count[BYE],
            (long long)((now - d->since) / RD_MILLISECOND), (double)now * 1e-9, d->distance,
            threshold(d));
}

/* Measures the open window; is it over? */
static bool measure(Detector *d, RdTime now) {
  const double seconds = (double)(now - d->since) * 1e-9;
  d->distance = rd_hellinger(d->usual, d->count, ATTRIBUTES);
  for (unsigned i = 0; i < ATTRIBUTES; i++)
    d->last[i] = d->count[i] / d->n;
  return d->n >= d->config->rate * seconds && now - d->began >= d->config->learn &&
         d->distance > threshold(d);
}

static void learn(Detector *d) {
  for (unsigned i = 0; i < ATTRIBUTES; i++)
    d->usual[i] += d->config->weight * (d->last[i] - d->usual[i]);
  rd_ewma_add(&d->distances, d->distance, 0.125, 0.25); /* Jacobson's weights */
}

static void close_window(Detector *d, RdTime now) {
  const bool enough = d->n >= (double)d->config->least;
  const RdTime age = now - d->since;
  if (!d->begun) {
    d->begun = true;
    d->began = d->since = now;
    return;
  }
  /* in an alarm a second is enough, or it would last until enough calls have come */
  if (age < d->config->window || !(enough || (d->alarm.on && age >= RD_SECOND)))
    return;
  const bool over = enough && measure(d, now);
  const RdAlarmStep step = rd_alarm_close(&d->alarm, over);
  if (step == RD_ALARM_BEGINS) {
    tell(d, now);
  } else if (step == RD_ALARM_GIVEN_UP) {
    forget(d);
    d->host->count(d->host, d->given_up, 1);
  }
  if (enough && !d->alarm.on)
    learn(d);
  memset(d->count, 0, sizeof d->count);
  d->n = 0;
  d->since = now;
}

/* Requests as they come in, answers as they leave; -1: not counted. */
static int attribute_of(const RdMessage *m) {
  const RdClass class = rd_class(m->sip);
  if (m->direction == RD_EGRESS)
    return class == RD_CLASS_INVITE_OK ? INVITE_OK : -1;
  return class == RD_CLASS_INVITE ? INVITE
         : class == RD_CLASS_ACK  ? ACK
         : class == RD_CLASS_BYE  ? BYE
                                  : -1;
}

static void hellinger_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Detector *d = self;
  close_window(d, d->host->now(d->host));
  const int attribute = m->sip ? attribute_of(m) : -1;
  if (attribute < 0)
    return;
  d->count[attribute]++;
  d->n++;
  if (m->direction != RD_INGRESS)
    return;
  v->score = d->distance >= 0 ? 0.5 * fmin(1, d->distance / threshold(d)) : 0;
  if (!d->alarm.on)
    return;
  /* of an attribute whose share has grown, rather than of one that was left behind */
  const bool grown = d->last[attribute] > d->usual[attribute];
  v->score = grown ? 0.6 + 0.4 * fmin(1, d->distance) : 0.51;
  v->classes = "dos";
  v->reason = "shares of INVITE, 2xx, ACK and BYE have changed";
}

static uint64_t hellinger_state(void *self, uint64_t *ret_bytes) {
  (void)self;
  *ret_bytes = sizeof(Detector);
  return ATTRIBUTES;
}

static const RdParam params[] = {
    RD_PARAM(Config, "window", RD_DURATION, window, "250 ms", 0.01, 3600, "s",
             "A window is at least this long,"),
    RD_PARAM(Config, "least", RD_INTEGER, least, "96", 1, 1e9, "messages",
             "and holds at least so many of the four."),
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "10", 0, 1e9, "1/s",
             "A window in which fewer a second came is never a flood."),
    RD_PARAM(Config, "floor", RD_NUMBER, floor, "0.2", 0, 0.99, "",
             "No squared distance below this is over."),
    RD_PARAM(Config, "deviations", RD_NUMBER, deviations, "4", 0, 1000, "deviations",
             "The threshold lies so many mean deviations above the mean distance."),
    RD_PARAM(Config, "weight", RD_NUMBER, weight, "0.05", 0.0001, 1, "",
             "Weight of a new window in the usual shares."),
    RD_PARAM(Config, "learn", RD_DURATION, learn, "10 s", 0, 86400, "s",
             "Nothing is over for so long."),
    RD_PARAM(Config, "freeze", RD_INTEGER, freeze, "600", 1, 1000000, "windows",
             "An alarm that lasts this long is given up, and what is usual is learned anew."),
    RD_PARAM(Config, "calm", RD_INTEGER, calm, "2", 1, 1000, "windows",
             "Windows in a row below the threshold that end an alarm."),
    RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "0 ns",
     .per_doubling = "88 ns",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "hellinger",
        "Alarms when the shares of INVITE, 2xx, ACK and BYE change: Hellinger distance, after vFDS",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = hellinger_open, .judge = hellinger_judge, .state = hellinger_state,
                       .close = free));
