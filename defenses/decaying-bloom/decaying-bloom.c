/* decaying-bloom - callers who call much, are not called, and talk briefly: time-decaying Bloom filters. */
#include <math.h>

#include "lab/base/memory.h"
#include "lab/base/slice.h"
#include "lab/base/table.h"
#include "lab/detector/bloom.h"
#include "lab/detector/identity.h"
#include "lab/detector/report.h"
#include "redoubt/plugin.h"

enum { OUT = 0, IN, ANSWERED, ENDED, TALK, FILTERS };
/* Callers whose last alert is remembered: more than flag at once, or each of their calls would alert. */
enum { TOLD_MOST = 65536 };
typedef enum { ACT_ALERT = 0, ACT_REJECT, ACT_DROP } Act;

typedef struct {
  RdTime half, brief, quiet;
  double limit, returned;
  int64_t cells, hashes, calls, retry_after;
  int act;
} Config;

typedef struct {
  RdTime answered;
  uint64_t caller;
} Call;

typedef struct {
  RdHost *host;
  const Config *config;
  uint64_t key[2];
  RdDecaying of[FILTERS];
  RdTable *calls; /* Call-ID -> Call, of those that talk */
  RdTable *told; /* caller -> when it was last alerted on */
  uint32_t flagged, alerts, evicted;
} Detector;

static void on_eviction(void *value, void *user) {
  Detector *d = user;
  (void)value;
  d->host->count(d->host, d->evicted, 1);
}

static void *decaying_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Detector *d = rd_alloc(sizeof *d);
  const Config *c = config;
  (void)setup;
  d->host = host;
  d->config = c;
  d->key[0] = host->random(host, 0, 1, 0);
  d->key[1] = host->random(host, 0, 2, 0);
  for (unsigned i = 0; i < FILTERS; i++)
    rd_decaying_open(&d->of[i], (uint32_t)c->cells, (uint32_t)c->hashes, c->half);
  d->calls = rd_table_new((uint32_t)c->calls, sizeof(Call), d->key, on_eviction, d);
  d->told = rd_table_new(TOLD_MOST, sizeof(RdTime), d->key, NULL, NULL);
  d->flagged = host->counter(host, "flagged");
  d->alerts = host->counter(host, "callers-alerted");
  d->evicted = host->counter(host, "calls-evicted");
  return d;
}

static void decaying_close(void *self) {
  Detector *d = self;
  for (unsigned i = 0; i < FILTERS; i++)
    rd_decaying_close(&d->of[i]);
  rd_table_free(d->calls);
  rd_table_free(d->told);
  free(d);
}

static double part(double x) {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* In [0, 1]; 0.5 and more: calls much, is seldom called back, and talks briefly or not at all. */
static double suspicion(const Detector *d, uint64_t caller, double out, RdTime now) {
  const Config *c = d->config;
  const double in = rd_decaying_read(&d->of[IN], caller, now);
  const double answered = rd_decaying_read(&d->of[ANSWERED], caller, now);
  const double talk = rd_decaying_read(&d->of[TALK], caller, now);
  const double ended = rd_decaying_read(&d->of[ENDED], caller, now);
  const double lonely = part(1 - in / (c->returned * out));
  /* sums that fade alike: their ratio is a mean that leans to what is recent. Who talks with several and
   * has not ended yet is not brief. */
  const double mean = ended >= 1 ? talk / ended : answered >= 2 ? (double)c->brief * 1e-9 : 0;
  const double brief = part(1 - mean / ((double)c->brief * 1e-9));
  return part(0.5 * out / c->limit) *
         (lonely >= 0.5 && brief >= 0.5 ? 1 : 0.5 * (lonely + brief) / 2);
}

static void tell(Detector *d, const RdSip *sip, uint64_t caller, double out, double score) {
  char name[RD_IDENTITY_TEXT];
  bool fresh;
  const RdTime now = d->host->now(d->host);
  RdTime *when = rd_table_put(d->told, &caller, sizeof caller, &fresh);
  const bool again = fresh || now - *when >= d->config->quiet;
  *when = now;
  if (!again)
    return;
  rd_slice_copy(sip->from_uri, name, sizeof name);
  d->host->count(d->host, d->alerts, 1);
  rd_report(d->host, RD_SUBJECT_IDENTITY, name, score, "dos,fraud",
            "fading sums at %.3f s: %.1f calls out, %.1f in, %.1f answered, %.0f s talked",
            (double)now * 1e-9, out, rd_decaying_read(&d->of[IN], caller, now),
            rd_decaying_read(&d->of[ANSWERED], caller, now),
            rd_decaying_read(&d->of[TALK], caller, now));
}

static void judge_call(Detector *d, const RdSip *sip, RdTime now, RdVerdict *v) {
  const uint64_t caller = rd_identity_key(d->key, sip->from_uri, &sip->from_at);
  const double out = rd_decaying_add(&d->of[OUT], caller, 1, now);
  v->score = suspicion(d, caller, out, now);
  if (v->score < 0.5)
    return;
  v->score = fmin(1, v->score + 0.01);
  v->classes = "dos,fraud";
  v->reason = "calls much, is not called, talks briefly";
  d->host->count(d->host, d->flagged, 1);
  tell(d, sip, caller, out, v->score);
  if (d->config->act == ACT_ALERT)
    return;
  v->action = d->config->act == ACT_DROP ? RD_DROP : RD_REJECT;
  v->code = 503;
  v->retry_after = (uint32_t)d->config->retry_after;
}

static void call_answered(Detector *d, const RdSip *sip, RdTime now) {
  bool fresh;
  Call *call = rd_table_put(d->calls, sip->call_id.at, sip->call_id.len, &fresh);
  if (!fresh)
    return; /* the same answer again */
  *call = (Call){now, rd_identity_key(d->key, sip->from_uri, &sip->from_at)};
  rd_decaying_add(&d->of[ANSWERED], call->caller, 1, now);
}

static void call_ended(Detector *d, const RdSip *sip, RdTime now) {
  const Call *call = rd_table_get(d->calls, sip->call_id.at, sip->call_id.len);
  if (!call)
    return;
  if (now > call->answered)
    rd_decaying_add(&d->of[TALK], call->caller, (double)(now - call->answered) * 1e-9, now);
  rd_decaying_add(&d->of[ENDED], call->caller, 1, now);
  rd_table_remove(d->calls, sip->call_id.at, sip->call_id.len);
}

static void decaying_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Detector *d = self;
  const RdSip *sip = m->sip;
  const RdTime now = d->host->now(d->host);
  if (!sip || !sip->call_id.at)
    return;
  const bool invite = sip->method == RD_SIP_INVITE;
  if (!sip->is_request) {
    if (invite && m->direction == RD_EGRESS && sip->status / 100 == 2)
      call_answered(d, sip, now);
  } else if (sip->method == RD_SIP_BYE) {
    call_ended(d, sip, now);
  } else if (invite && sip->to_tag.len == 0) {
    if (m->direction == RD_INGRESS)
      judge_call(d, sip, now, v);
    else
      rd_decaying_add(&d->of[IN], rd_identity_key(d->key, sip->to_uri, &sip->to_at), 1, now);
  }
}

static uint64_t decaying_state(void *self, uint64_t *ret_bytes) {
  const Detector *d = self;
  *ret_bytes = sizeof *d + FILTERS * rd_decaying_bytes(&d->of[0]) + rd_table_bytes(d->calls) +
               rd_table_bytes(d->told);
  return (uint64_t)rd_table_count(d->calls) + rd_table_count(d->told);
}

static const char *const act_names[] = {"alert", "reject", "drop", NULL};

static const RdParam params[] = {
    RD_PARAM(Config, "half-life", RD_DURATION, half, "60 s", 0.1, 604800, "s",
             "What a caller did counts half after this long."),
    RD_PARAM(Config, "limit", RD_NUMBER, limit, "12", 1, 1e9, "calls",
             "Fading sum of calls from which a caller calls much."),
    RD_PARAM(Config, "returned", RD_NUMBER, returned, "0.2", 0.001, 100, "",
             "Calls in for a call out that are usual; half of it and less is seldom."),
    RD_PARAM(Config, "brief", RD_DURATION, brief, "10 s", 0.1, 86400, "s",
             "Mean talk that is usual; half of it and less is brief."),
    RD_PARAM(Config, "cells", RD_INTEGER, cells, "16384", 64, 16777216, "",
             "Cells of each of the five filters, rounded up to a power of two."),
    RD_PARAM(Config, "hashes", RD_INTEGER, hashes, "4", 1, 16, "", "Cells that a caller takes."),
    RD_PARAM(Config, "calls", RD_INTEGER, calls, "20000", 1, 16777216, "",
             "Calls in progress whose talk is timed; the one used longest ago gives way."),
    RD_PARAM(Config, "quiet", RD_DURATION, quiet, "60 s", 0, 86400, "s",
             "A caller alerts again only after this long without being flagged."),
    RD_PARAM(Config, "retry-after", RD_INTEGER, retry_after, "60", 0, 86400, "s",
             "Retry-After of the 503; 0: none."),
    RD_CHOICE(Config, "act", act, "alert", act_names, "What happens to calls of a flagged caller."),
    RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "4520 ns",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "decaying-bloom",
        "Callers who call much, are not called and talk briefly: time-decaying Bloom filters",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = decaying_open, .judge = decaying_judge, .state = decaying_state,
                       .close = decaying_close));
