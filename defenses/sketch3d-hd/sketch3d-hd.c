/* sketch3d-hd - floods found by the distribution of callers, an attribute at a time, and discarded by the
 * cells that they hash to. After Tang, Cheng and Hao. */
#include <math.h>

#include "defenses/sketch3d-hd/known.h"
#include "defenses/sketch3d-hd/plane.h"
#include "lab/base/memory.h"
#include "lab/base/slice.h"
#include "lab/detector/classes.h"
#include "lab/detector/identity.h"
#include "lab/detector/report.h"
#include "lab/sip/scan.h"
#include "lab/sip/uri.h"
#include "redoubt/plugin.h"

enum { INVITE = 0, INVITE_OK, ACK, BYE, PLANES };
typedef enum { ACT_DISCARD = 0, ACT_ALERT } Act;

typedef struct {
  RdTime window, learn, settle, forget;
  double rate, floor, deviations, ratio;
  int64_t rows, cells, inner, vote, least, known, freeze, calm;
  int act;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  uint64_t key[2];
  Plane of[PLANES];
  Known known;
  RdTime began, settled, aged; /* -1: nothing has come yet */
  uint32_t alarms, given_up, discarded;
} Detector;

static const char *const plane_names[PLANES] = {"INVITE", "2xx of INVITE", "ACK", "BYE"};

static uint32_t power_of_two(int64_t most) {
  uint32_t power = 1;
  while (power * 2 <= most)
    power *= 2;
  return power;
}

static void open_plane(Plane *p, const Config *c) {
  *p = (Plane){.rows = (uint32_t)c->rows,
               .cells = power_of_two(c->cells),
               .inner = power_of_two(c->inner),
               .vote = (uint32_t)c->vote,
               .floor = c->floor,
               .deviations = c->deviations,
               .ratio = c->ratio,
               .alarm = {.freeze = (uint32_t)c->freeze, .calm = (uint32_t)c->calm}};
  plane_open(p);
}

static void *sketch_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  const Config *c = config;
  (void)setup;
  if (c->vote > c->rows || power_of_two(c->inner) * 2 > power_of_two(c->cells)) {
    host->log(host, RD_LOG_ERROR, "vote: no more than rows; inner: no more than half of the cells");
    return NULL;
  }
  Detector *d = rd_alloc(sizeof *d);
  d->host = host;
  d->config = c;
  d->key[0] = host->random(host, 0, 1, 0);
  d->key[1] = host->random(host, 0, 2, 0);
  d->began = -1;
  for (unsigned i = 0; i < PLANES; i++)
    open_plane(&d->of[i], c);
  known_open(&d->known, (uint32_t)c->known);
  d->alarms = host->counter(host, "alarms");
  d->given_up = host->counter(host, "alarms-given-up");
  d->discarded = host->counter(host, "discarded");
  return d;
}

static void sketch_close(void *self) {
  Detector *d = self;
  for (unsigned i = 0; i < PLANES; i++)
    plane_close(&d->of[i]);
  known_close(&d->known);
  free(d);
}

static bool alarmed(const Detector *d) {
  for (unsigned i = 0; i < PLANES; i++)
    if (d->of[i].alarm.on)
      return true;
  return false;
}

static void tell(Detector *d, unsigned plane, uint32_t n, RdTime since, RdTime now) {
  const Plane *p = &d->of[plane];
  d->host->count(d->host, d->alarms, 1);
  rd_report(d->host, RD_SUBJECT_NONE, "", p->last[0], "dos",
            "%s: %u in %lld ms up to %.3f s, squared distance %.2f over %.2f, %u of %u rows",
            plane_names[plane], n, (long long)((now - since) / RD_MILLISECOND), (double)now * 1e-9,
            p->last[0], plane_threshold(p, 0), plane_votes(p), p->rows);
}

/* Closes windows that are long enough and hold enough; in an alarm, also those that hold little, or it
 * would last until enough benign messages have come. */
static void close_windows(Detector *d, RdTime now) {
  const Config *c = d->config;
  for (unsigned i = 0; i < PLANES; i++) {
    Plane *p = &d->of[i];
    const RdTime age = now - p->since;
    const bool enough = p->n >= c->least;
    if (age < c->window || !(enough || (p->alarm.on && age >= RD_SECOND)))
      continue;
    const uint32_t n = p->n;
    const RdTime since = p->since;
    const bool flood = enough && n >= c->rate * (double)age * 1e-9;
    const bool settled = now - d->began >= c->learn;
    const RdAlarmStep step =
        plane_next(p, now, settled && (flood || (enough && !p->alarm.on)), settled);
    if (step == RD_ALARM_BEGINS && !flood)
      p->alarm.on = false; /* too few a second to be a flood, and nothing learned from it */
    else if (step == RD_ALARM_BEGINS)
      tell(d, i, n, since, now);
    else if (step == RD_ALARM_GIVEN_UP)
      d->host->count(d->host, d->given_up, 1);
  }
}

static void age_known(Detector *d, RdTime now) {
  const Config *c = d->config;
  if (d->began < 0) {
    d->began = d->settled = d->aged = now;
    for (unsigned i = 0; i < PLANES; i++)
      d->of[i].since = now;
  }
  if (alarmed(d))
    known_discard(&d->known);
  if (now - d->settled >= c->settle) {
    known_settle(&d->known);
    d->settled = now;
  }
  if (now - d->aged >= c->forget / 2) {
    known_next_age(&d->known);
    d->aged = now;
  }
}

/* The plane a message is counted in; -1: none. Requests as they come in, answers as they leave. */
static int plane_of(const RdMessage *m, RdClass class) {
  if (m->direction == RD_EGRESS)
    return class == RD_CLASS_INVITE_OK ? INVITE_OK : -1;
  switch (class) {
  case RD_CLASS_INVITE:
    return INVITE;
  case RD_CLASS_ACK:
    return ACK;
  case RD_CLASS_BYE:
    return BYE;
  default:
    return -1;
  }
}

/* All that a registrar's answer says is its subscriber's (RFC 7315 s4.1): calls come from these. */
static void learn_names(Detector *d, const RdSip *sip) {
  RdSipUri uri;
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_P_ASSOCIATED_URI); h;
       h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value, parameters;
    for (unsigned i = 0; i < 16 && rest.len > 0; i++) {
      const RdSlice text = rd_sip_name_addr(rd_sip_split(&rest), &parameters);
      if (!rd_sip_uri_parse(text, &uri))
        continue;
      const RdSipUserHost at = {uri.user, uri.host, uri.port};
      const bool tel = rd_slice_starts_nocase(text, "tel:");
      known_served(&d->known, rd_identity_key(d->key, text, tel ? NULL : &at));
    }
  }
}

static void learn_served(Detector *d, const RdSip *sip, uint64_t caller) {
  known_served(&d->known, caller);
  if (sip->method == RD_SIP_REGISTER)
    learn_names(d, sip);
}

static void act(Detector *d, RdVerdict *v, double distance) {
  v->score = fmin(1, 0.6 + 0.4 * distance);
  v->classes = "dos";
  v->reason = "its cells are abnormal in every row";
  if (d->config->act == ACT_ALERT)
    return;
  v->action = RD_DROP;
  d->host->count(d->host, d->discarded, 1);
}

static void sketch_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Detector *d = self;
  const RdTime now = d->host->now(d->host);
  age_known(d, now);
  close_windows(d, now);
  if (!m->sip)
    return;
  const RdClass class = rd_class(m->sip);
  const int plane = plane_of(m, class);
  const bool served = m->direction == RD_EGRESS && !m->sip->is_request &&
                      m->sip->status / 100 == 2 &&
                      (m->sip->method == RD_SIP_INVITE || m->sip->method == RD_SIP_REGISTER);
  if (plane < 0 && !served)
    return;
  const uint64_t key = rd_identity_key(d->key, m->sip->from_uri, &m->sip->from_at);
  if (served)
    learn_served(d, m->sip, key);
  if (plane < 0)
    return;
  Plane *p = &d->of[plane];
  const bool known = known_has(&d->known, key);
  plane_count(p, key, known);
  if (!m->sip->is_request)
    return;
  v->score = 0;
  if (!p->alarm.on) {
    if (p->last[0] > 0)
      v->score = 0.5 * fmin(1, p->last[0] / plane_threshold(p, 0));
    return;
  }
  v->score = 0.4;
  if (plane_abnormal(p, key, known))
    act(d, v, p->last[0]);
}

static uint64_t sketch_state(void *self, uint64_t *ret_bytes) {
  Detector *d = self;
  *ret_bytes = sizeof *d + known_bytes(&d->known);
  for (unsigned i = 0; i < PLANES; i++)
    *ret_bytes += plane_bytes(&d->of[i]);
  return d->known.age[0].keys + d->known.age[1].keys;
}

static const char *const act_names[] = {"discard", "alert", NULL};

static const RdParam params[] = {
    RD_PARAM(Config, "window", RD_DURATION, window, "250 ms", 0.01, 3600, "s",
             "A window is at least this long,"),
    RD_PARAM(Config, "least", RD_INTEGER, least, "32", 1, 1e9, "messages",
             "and holds at least so many messages of its attribute."),
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "20", 0, 1e9, "1/s",
             "A window in which fewer a second came is never a flood."),
    RD_PARAM(Config, "rows", RD_INTEGER, rows, "3", 1, PLANE_ROWS_MOST, "",
             "Rows of a sketch, each with a hash of its own."),
    RD_PARAM(Config, "cells", RD_INTEGER, cells, "2048", 4, 1048576, "",
             "Cells of a row, rounded down to a power of two."),
    RD_PARAM(Config, "inner", RD_INTEGER, inner, "64", 1, 1048576, "",
             "Cells that known callers share, rounded down to a power of two."),
    RD_PARAM(Config, "vote", RD_INTEGER, vote, "2", 1, PLANE_ROWS_MOST, "rows",
             "Rows that have to be over for an alarm."),
    RD_PARAM(Config, "floor", RD_NUMBER, floor, "0.6", 0, 0.99, "",
             "No squared distance below this is over."),
    RD_PARAM(Config, "deviations", RD_NUMBER, deviations, "4", 0, 1000, "deviations",
             "The threshold lies so many mean deviations above the mean distance."),
    RD_PARAM(Config, "ratio", RD_NUMBER, ratio, "4", 1, 1e6, "",
             "A cell is abnormal if its share is so many times the usual one."),
    RD_PARAM(Config, "learn", RD_DURATION, learn, "15 s", 0, 86400, "s",
             "Nothing is judged for so long: callers become known."),
    RD_PARAM(Config, "settle", RD_DURATION, settle, "10 s", 0.001, 86400, "s",
             "Who is served becomes known after this long at most, if there is no alarm by then."),
    RD_PARAM(Config, "forget", RD_DURATION, forget, "24 h", 1, 31536000, "s",
             "Who was not served for this long is a stranger again."),
    RD_PARAM(
        Config, "known", RD_INTEGER, known, "131072", 64, 268435456, "cells",
        "Cells of the Bloom filters of known callers; 8 a caller make 1 in 40 strangers known."),
    RD_PARAM(Config, "freeze", RD_INTEGER, freeze, "1200", 1, 1000000, "windows",
             "An alarm that lasts this long is given up, and what is usual is learned anew."),
    RD_PARAM(Config, "calm", RD_INTEGER, calm, "2", 1, 1000, "windows",
             "Windows in a row below the threshold that end an alarm."),
    RD_CHOICE(Config, "act", act, "discard", act_names,
              "What happens to requests whose cells are abnormal in every row."),
    RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "2021 ns",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "sketch3d-hd",
        "Finds floods by how callers are distributed, and discards those that make the difference",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = sketch_open, .judge = sketch_judge, .state = sketch_state,
                       .close = sketch_close));
