/* countmin-heavyhitters - names and refuses who sends a large share of all requests: Count-Min sketches. */
#include <math.h>

#include "lab/base/address.h"
#include "lab/base/memory.h"
#include "lab/base/random.h"
#include "lab/base/slice.h"
#include "lab/base/table.h"
#include "lab/detector/identity.h"
#include "lab/detector/report.h"
#include "lab/detector/sketch.h"
#include "lab/detector/window.h"
#include "redoubt/plugin.h"

enum { SOURCE = 0, CALLER, CALLEE, KEYS };
typedef enum { ACT_REJECT = 0, ACT_DROP, ACT_ALERT } Act;

typedef struct {
  RdTime window, quiet;
  double share;
  int64_t least, rows, cells, prefix, retry_after;
  int act;
} Config;

typedef struct {
  RdSketch now, before; /* this window, and the one before */
} Counts;

typedef struct {
  RdHost *host;
  const Config *config;
  uint64_t key[2];
  RdWindow window;
  Counts of[KEYS];
  RdTable *told; /* key -> when it was last alerted on */
  uint32_t refused, alerts;
} Detector;

static const char *const key_names[KEYS] = {"source", "caller", "callee"};

static void *heavy_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Detector *d = rd_alloc(sizeof *d);
  const Config *c = config;
  (void)setup;
  d->host = host;
  d->config = c;
  d->key[0] = host->random(host, 0, 1, 0);
  d->key[1] = host->random(host, 0, 2, 0);
  d->window = rd_window(c->window);
  for (unsigned i = 0; i < KEYS; i++) {
    rd_sketch_open(&d->of[i].now, (uint32_t)c->rows, (uint32_t)c->cells);
    rd_sketch_open(&d->of[i].before, (uint32_t)c->rows, (uint32_t)c->cells);
  }
  d->told = rd_table_new(1024, sizeof(RdTime), d->key, NULL, NULL);
  d->refused = host->counter(host, "refused");
  d->alerts = host->counter(host, "heavy-hitters");
  return d;
}

static void heavy_close(void *self) {
  Detector *d = self;
  for (unsigned i = 0; i < KEYS; i++) {
    rd_sketch_close(&d->of[i].now);
    rd_sketch_close(&d->of[i].before);
  }
  rd_table_free(d->told);
  free(d);
}

static void next_window(Detector *d, uint32_t closed) {
  for (unsigned i = 0; closed > 0 && i < KEYS; i++) {
    const RdSketch spare = d->of[i].before;
    d->of[i].before = d->of[i].now;
    d->of[i].now = spare;
    rd_sketch_clear(&d->of[i].now);
    if (closed > 1)
      rd_sketch_clear(&d->of[i].before);
  }
}

/* Of a callee the first `prefix` characters, or all of it. */
static uint64_t callee_key(const Detector *d, const RdSip *sip) {
  char text[RD_IDENTITY_TEXT];
  const size_t most = (size_t)d->config->prefix;
  if (most == 0)
    return rd_identity_key(d->key, sip->to_uri, &sip->to_at);
  const size_t len = rd_identity_text(sip->to_uri, &sip->to_at, text);
  return rd_siphash(d->key, text, len < most ? len : most);
}

static void name_of(const RdMessage *m, unsigned i, char ret[RD_IDENTITY_TEXT]) {
  if (i == SOURCE)
    rd_address_ip_text(&m->remote, ret);
  else
    rd_slice_copy(i == CALLER ? m->sip->from_uri : m->sip->to_uri, ret, RD_IDENTITY_TEXT);
}

static void tell(Detector *d, const RdMessage *m, unsigned i, uint64_t key, double count,
                 double all) {
  char name[RD_IDENTITY_TEXT];
  bool fresh;
  const RdTime now = d->host->now(d->host);
  const uint64_t told[2] = {key, i};
  RdTime *when = rd_table_put(d->told, told, sizeof told, &fresh);
  if (!fresh && now - *when < d->config->quiet) {
    *when = now;
    return;
  }
  *when = now;
  name_of(m, i, name);
  d->host->count(d->host, d->alerts, 1);
  rd_report(d->host, i == SOURCE ? RD_SUBJECT_SOURCE : RD_SUBJECT_IDENTITY, name,
            fmin(1, 0.5 + count / (2 * all)), "dos,acc",
            "%s: at most %.0f of %.0f requests in a window of %lld ms, up to %.3f s", key_names[i],
            count, all, (long long)(d->config->window / RD_MILLISECOND), (double)now * 1e-9);
}

/* How heavy a key is: 1 from the limit on. Over this window and the one before, whichever is more, so
 * that a new window is no pardon. */
static double weigh(Detector *d, const RdMessage *m, unsigned i, uint64_t key) {
  Counts *c = &d->of[i];
  const double now = rd_sketch_add(&c->now, key, true),
               before = rd_sketch_estimate(&c->before, key);
  const double limit_now = fmax((double)d->config->least, d->config->share * (double)c->now.total);
  const double limit_before =
      fmax((double)d->config->least, d->config->share * (double)c->before.total);
  const bool is_now = now / limit_now >= before / limit_before;
  const double weight = is_now ? now / limit_now : before / limit_before;
  if (weight >= 1)
    tell(d, m, i, key, is_now ? now : before, (double)(is_now ? c->now.total : c->before.total));
  return weight;
}

static void refuse(Detector *d, RdVerdict *v) {
  v->classes = "dos,acc";
  v->reason = "source or caller sends a large share of all requests";
  if (d->config->act == ACT_ALERT)
    return;
  v->action = d->config->act == ACT_DROP ? RD_DROP : RD_REJECT;
  v->code = 503;
  v->retry_after = (uint32_t)d->config->retry_after;
  d->host->count(d->host, d->refused, 1);
}

static void heavy_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Detector *d = self;
  next_window(d, rd_window_roll(&d->window, d->host->now(d->host)));
  if (m->direction != RD_INGRESS || !m->sip || !m->sip->is_request || m->sip->method == RD_SIP_ACK)
    return;
  const RdSip *sip = m->sip;
  const double source = weigh(d, m, SOURCE, rd_source_key(d->key, &m->remote));
  const double caller = weigh(d, m, CALLER, rd_identity_key(d->key, sip->from_uri, &sip->from_at));
  weigh(d, m, CALLEE, callee_key(d, sip)); /* a victim: told, never refused */
  const double weight = fmax(source, caller);
  v->score = weight < 1 ? 0.5 * weight : 1 - 0.49 / weight;
  if (weight >= 1)
    refuse(d, v);
}

static uint64_t heavy_state(void *self, uint64_t *ret_bytes) {
  const Detector *d = self;
  *ret_bytes = sizeof *d + rd_table_bytes(d->told) + 2 * KEYS * rd_sketch_bytes(&d->of[0].now);
  return rd_table_count(d->told);
}

static const char *const act_names[] = {"reject", "drop", "alert", NULL};

static const RdParam params[] = {
    RD_PARAM(Config, "window", RD_DURATION, window, "1 s", 0.01, 3600, "s",
             "Length of the windows in which requests are counted."),
    RD_PARAM(Config, "share", RD_NUMBER, share, "0.05", 0.0001, 1, "",
             "A key is heavy that has this share of all requests of a window,"),
    RD_PARAM(Config, "least", RD_INTEGER, least, "25", 1, 1e9, "requests",
             "and at least so many of them."),
    RD_PARAM(Config, "rows", RD_INTEGER, rows, "4", 1, 16, "", "Rows of a sketch."),
    RD_PARAM(Config, "cells", RD_INTEGER, cells, "2048", 16, 16777216, "",
             "Cells of a row, rounded up to a power of two."),
    RD_PARAM(Config, "prefix", RD_INTEGER, prefix, "0", 0, 64, "characters",
             "Callees that begin alike count as one; 0: whole names."),
    RD_PARAM(Config, "quiet", RD_DURATION, quiet, "60 s", 0, 86400, "s",
             "A key alerts again only after it was light for this long."),
    RD_PARAM(Config, "retry-after", RD_INTEGER, retry_after, "5", 0, 86400, "s",
             "Retry-After of the 503; 0: none."),
    RD_CHOICE(Config, "act", act, "reject", act_names,
              "What happens to requests of heavy sources and callers."),
    RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "4648 ns",
     .per_doubling = "87 ns",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "countmin-heavyhitters",
        "Refuses sources and callers with a large share of all requests: Count-Min sketches",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = heavy_open, .judge = heavy_judge, .state = heavy_state,
                       .close = heavy_close));
