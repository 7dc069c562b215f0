/* cusum - alarms when counts of requests stay above what is usual, by a cumulative sum. */
#include <math.h>

#include "defenses/cusum/statistic.h"
#include "lab/base/memory.h"
#include "lab/detector/report.h"
#include "lab/detector/window.h"
#include "redoubt/plugin.h"

enum { INVITE = 0, REGISTER, OTHER, KINDS };

typedef struct {
  RdTime window;
  double k, h, alpha, dispersion, least;
  int64_t learn, freeze, calm;
} Config;

typedef struct {
  RdHost *host;
  RdWindow window;
  Cusum of[KINDS];
  uint32_t count[KINDS]; /* of the open window */
  uint32_t alarms, given_up;
} Detector;

static const char *const kind_names[KINDS] = {"INVITE", "REGISTER", "other requests"};

static void *cusum_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  const Config *c = config;
  Detector *d = rd_alloc(sizeof *d);
  (void)setup;
  d->host = host;
  d->window = rd_window(c->window);
  for (unsigned i = 0; i < KINDS; i++)
    d->of[i] = (Cusum){.k = c->k,
                       .h = c->h,
                       .alpha = c->alpha,
                       .dispersion = c->dispersion,
                       .least = c->least,
                       .learn = (uint32_t)c->learn,
                       .alarm = {.freeze = (uint32_t)c->freeze, .calm = (uint32_t)c->calm}};
  d->alarms = host->counter(host, "alarms");
  d->given_up = host->counter(host, "alarms-given-up");
  return d;
}

static void tell(Detector *d, unsigned kind, double sum) {
  const Cusum *c = &d->of[kind];
  const RdTime start = rd_window_start(&d->window) / RD_MILLISECOND;
  d->host->count(d->host, d->alarms, 1);
  rd_report(d->host, RD_SUBJECT_NONE, "", sum / (2 * c->h), "dos",
            "%s: %u since %lld.%03lld s, usually %.1f a window; sum %.1f over %.1f",
            kind_names[kind], d->count[kind], (long long)(start / 1000), (long long)(start % 1000),
            c->base.mean, sum, c->h);
}

static void close_windows(Detector *d, uint32_t closed) {
  for (uint32_t n = 0; n < closed; n++)
    for (unsigned i = 0; i < KINDS; i++) {
      const RdAlarmStep step = cusum_close(&d->of[i], d->count[i]);
      d->count[i] = 0;
      if (step == RD_ALARM_GIVEN_UP)
        d->host->count(d->host, d->given_up, 1);
    }
}

static void cusum_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Detector *d = self;
  close_windows(d, rd_window_roll(&d->window, d->host->now(d->host)));
  if (m->direction != RD_INGRESS || !m->sip || !m->sip->is_request)
    return;
  const unsigned kind = m->sip->method == RD_SIP_INVITE     ? INVITE
                        : m->sip->method == RD_SIP_REGISTER ? REGISTER
                                                            : OTHER;
  Cusum *c = &d->of[kind];
  /* counts only grow: what is over within the window will be over at its end */
  const double sum = cusum_next(c, ++d->count[kind]);
  if (sum > c->h && rd_alarm_raise(&c->alarm))
    tell(d, kind, sum);
  v->score = fmin(0.5, 0.5 * sum / c->h);
  if (!c->alarm.on)
    return;
  v->score = 0.51 + 0.49 * fmin(1, sum / (2 * c->h));
  v->classes = "dos";
  v->reason = "more requests than usual";
}

static uint64_t cusum_state(void *self, uint64_t *ret_bytes) {
  (void)self;
  *ret_bytes = sizeof(Detector);
  return KINDS;
}

static const RdParam params[] = {
    RD_PARAM(Config, "window", RD_DURATION, window, "1 s", 0.01, 3600, "s",
             "Length of the windows in which requests are counted."),
    RD_PARAM(Config, "k", RD_NUMBER, k, "1", 0, 100, "deviations",
             "What a window may be above the mean without adding to the sum."),
    RD_PARAM(Config, "h", RD_NUMBER, h, "12", 0.1, 1000, "deviations",
             "The sum above which it alarms."),
    RD_PARAM(Config, "alpha", RD_NUMBER, alpha, "0.03", 0.0001, 1, "",
             "Weight of a new window in the mean and in the variance."),
    RD_PARAM(Config, "dispersion", RD_NUMBER, dispersion, "1", 0, 10, "",
             "The deviation is taken for no less than this share of the mean; 0: as measured."),
    RD_PARAM(Config, "least", RD_NUMBER, least, "2", 0.01, 1e6, "messages",
             "The deviation is taken for no less than this."),
    RD_PARAM(Config, "learn", RD_INTEGER, learn, "10", 1, 100000, "windows",
             "Windows before it may alarm."),
    RD_PARAM(Config, "freeze", RD_INTEGER, freeze, "60", 1, 100000, "windows",
             "An alarm that lasts this long is given up, and the mean is learned anew."),
    RD_PARAM(Config, "calm", RD_INTEGER, calm, "2", 1, 1000, "windows",
             "Windows in a row below the threshold that end an alarm."),
    RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "314 ns",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "cusum", "Alarms when requests stay above what is usual: cumulative sum",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = cusum_open, .judge = cusum_judge, .state = cusum_state,
                       .close = free));
