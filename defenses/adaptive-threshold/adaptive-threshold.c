/* adaptive-threshold - alarms when several of the last windows hold more requests than (1 + a) times their
 * moving mean. */
#include <math.h>

#include "defenses/adaptive-threshold/statistic.h"
#include "lab/base/memory.h"
#include "lab/detector/report.h"
#include "lab/detector/window.h"
#include "redoubt/plugin.h"

enum { INVITE = 0, REGISTER, OTHER, KINDS };

typedef struct {
  RdTime window;
  double above, deviations, alpha, least;
  int64_t of, over, learn, freeze, calm;
} Config;

typedef struct {
  RdHost *host;
  RdWindow window;
  Threshold of[KINDS];
  uint32_t count[KINDS]; /* of the open window */
  uint32_t alarms, given_up;
} Detector;

static const char *const kind_names[KINDS] = {"INVITE", "REGISTER", "other requests"};

static void *threshold_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  const Config *c = config;
  Detector *d = rd_alloc(sizeof *d);
  (void)setup;
  if (c->over > c->of) {
    host->log(host, RD_LOG_ERROR, "over: more windows than the last `of` that are looked at");
    free(d);
    return NULL;
  }
  d->host = host;
  d->window = rd_window(c->window);
  for (unsigned i = 0; i < KINDS; i++)
    d->of[i] = (Threshold){.above = c->above,
                           .deviations = c->deviations,
                           .least = c->least,
                           .alpha = c->alpha,
                           .of = (uint32_t)c->of,
                           .over = (uint32_t)c->over,
                           .learn = (uint32_t)c->learn,
                           .alarm = {.freeze = (uint32_t)c->freeze, .calm = (uint32_t)c->calm}};
  d->alarms = host->counter(host, "alarms");
  d->given_up = host->counter(host, "alarms-given-up");
  return d;
}

static void tell(Detector *d, unsigned kind) {
  const Threshold *t = &d->of[kind];
  const RdTime start = rd_window_start(&d->window) / RD_MILLISECOND;
  d->host->count(d->host, d->alarms, 1);
  rd_report(d->host, RD_SUBJECT_NONE, "", 1, "dos",
            "%s: %u since %lld.%03lld s, threshold %.1f, %u of the last %u windows above it",
            kind_names[kind], d->count[kind], (long long)(start / 1000), (long long)(start % 1000),
            threshold_now(t), threshold_hits(t, d->count[kind]), t->of);
}

static void close_windows(Detector *d, uint32_t closed) {
  for (uint32_t n = 0; n < closed; n++)
    for (unsigned i = 0; i < KINDS; i++) {
      const RdAlarmStep step = threshold_close(&d->of[i], d->count[i]);
      d->count[i] = 0;
      if (step == RD_ALARM_GIVEN_UP)
        d->host->count(d->host, d->given_up, 1);
    }
}

static void threshold_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Detector *d = self;
  close_windows(d, rd_window_roll(&d->window, d->host->now(d->host)));
  if (m->direction != RD_INGRESS || !m->sip || !m->sip->is_request)
    return;
  const unsigned kind = m->sip->method == RD_SIP_INVITE     ? INVITE
                        : m->sip->method == RD_SIP_REGISTER ? REGISTER
                                                            : OTHER;
  Threshold *t = &d->of[kind];
  const double count = ++d->count[kind];
  /* counts only grow: what is over within the window will be over at its end */
  if (threshold_over(t, count) && rd_alarm_raise(&t->alarm))
    tell(d, kind);
  const double share = count / threshold_now(t);
  v->score = 0.5 * fmin(1, share) * threshold_hits(t, count) / t->over;
  if (v->score > 0.5)
    v->score = 0.5;
  if (!t->alarm.on)
    return;
  v->score = 1 - 0.49 / fmax(1, share);
  v->classes = "dos";
  v->reason = "more requests than usual";
}

static uint64_t threshold_state(void *self, uint64_t *ret_bytes) {
  (void)self;
  *ret_bytes = sizeof(Detector);
  return KINDS;
}

static const RdParam params[] = {
    RD_PARAM(Config, "window", RD_DURATION, window, "250 ms", 0.01, 3600, "s",
             "Length of the windows in which requests are counted."),
    RD_PARAM(Config, "above", RD_NUMBER, above, "3", 0, 1000, "",
             "The threshold is 1 + this times the moving mean."),
    RD_PARAM(Config, "deviations", RD_NUMBER, deviations, "5", 0, 1000, "deviations",
             "It is at least so many deviations above the mean; 0: only by the share."),
    RD_PARAM(Config, "least", RD_NUMBER, least, "5", 0, 1e6, "messages",
             "A window that holds no more than this is never above."),
    RD_PARAM(Config, "alpha", RD_NUMBER, alpha, "0.01", 0.0001, 1, "",
             "Weight of a new window in the mean and in the variance."),
    RD_PARAM(Config, "over", RD_INTEGER, over, "3", 1, 32, "windows", "It alarms when so many"),
    RD_PARAM(Config, "of", RD_INTEGER, of, "4", 1, 32, "windows",
             "of the last so many were above."),
    RD_PARAM(Config, "learn", RD_INTEGER, learn, "40", 1, 100000, "windows",
             "Windows before it may alarm."),
    RD_PARAM(Config, "freeze", RD_INTEGER, freeze, "240", 1, 100000, "windows",
             "An alarm that lasts this long is given up, and the mean is learned anew."),
    RD_PARAM(Config, "calm", RD_INTEGER, calm, "4", 1, 1000, "windows",
             "Windows in a row without alarm that end it."),
    RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "642 ns",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "adaptive-threshold",
        "Alarms when several windows hold more requests than a share above their mean",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = threshold_open, .judge = threshold_judge, .state = threshold_state,
                       .close = free));
