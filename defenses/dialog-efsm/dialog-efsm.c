/* dialog-efsm - follows each dialog, and stops what somebody who takes no part in it sends into it. */
#include <math.h>

#include "defenses/dialog-efsm/dialog.h"
#include "lab/base/address.h"
#include "lab/base/memory.h"
#include "lab/base/slice.h"
#include "lab/base/table.h"
#include "lab/detector/identity.h"
#include "lab/detector/report.h"
#include "redoubt/plugin.h"

typedef enum { ACT_DROP = 0, ACT_ALERT } Act;

typedef struct {
  RdTime window, learn;
  int64_t dialogs, sources, invites, strays;
  int act;
} Config;

/* How often in the window that is open for this key. */
typedef struct {
  RdTime since;
  int64_t n;
  bool told;
} Tally;

typedef struct {
  RdHost *host;
  const Config *config;
  RdTable *dialogs; /* by Call-ID */
  RdTable *callees, *strays; /* Tally by callee, by source */
  RdTime began, evicted_at; /* -1: not yet */
  uint32_t foreign, floods, stray, evicted;
} Efsm;

static void on_eviction(void *value, void *user) {
  Efsm *e = user;
  (void)value;
  e->evicted_at = e->host->now(e->host);
  e->host->count(e->host, e->evicted, 1);
}

static void *efsm_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Efsm *e = rd_alloc(sizeof *e);
  const Config *c = config;
  (void)setup;
  const uint64_t key[2] = {host->random(host, 0, 1, 0), host->random(host, 0, 2, 0)};
  e->host = host;
  e->config = c;
  e->dialogs = rd_table_new((uint32_t)c->dialogs, sizeof(Dialog), key, on_eviction, e);
  e->callees = rd_table_new((uint32_t)c->sources, sizeof(Tally), key, NULL, NULL);
  e->strays = rd_table_new((uint32_t)c->sources, sizeof(Tally), key, NULL, NULL);
  e->began = e->evicted_at = -1;
  e->foreign = host->counter(host, "foreign-requests");
  e->floods = host->counter(host, "callees-flooded");
  e->stray = host->counter(host, "stray-answers");
  e->evicted = host->counter(host, "dialogs-evicted");
  return e;
}

static void efsm_close(void *self) {
  Efsm *e = self;
  rd_table_free(e->dialogs);
  rd_table_free(e->callees);
  rd_table_free(e->strays);
  free(e);
}

static const char *const state_names[] = {"unknown", "calling", "talking", "ended"};

/* A request into a dialog by somebody who is not in it. */
static void foreign(Efsm *e, const RdMessage *m, Dialog *d, RdVerdict *v) {
  char source[RD_ADDRESS_TEXT], method[32];
  v->score = 1;
  v->classes = "dos,acc";
  v->reason = "request within a dialog from an address that takes no part in it";
  if (e->config->act == ACT_DROP)
    v->action = RD_DROP;
  e->host->count(e->host, e->foreign, 1);
  if (d->told)
    return;
  d->told = true;
  rd_address_ip_text(&m->remote, source);
  rd_slice_copy(m->sip->method_text, method, sizeof method);
  rd_report(e->host, RD_SUBJECT_SOURCE, source, 1, v->classes,
            "%s at %.3f s into a dialog (%s) of %u other addresses, Call-ID %.*s", method,
            (double)e->host->now(e->host) * 1e-9, state_names[d->state], d->n_parties,
            (int)(m->sip->call_id.len < 80 ? m->sip->call_id.len : 80), m->sip->call_id.at);
}

/* Counts one more; true from the limit on. */
static bool over(Efsm *e, RdTable *table, const void *key, size_t len, int64_t limit, Tally **ret) {
  const RdTime now = e->host->now(e->host);
  Tally *t = *ret = rd_table_put(table, key, len, NULL);
  if (t->n == 0 || now - t->since >= e->config->window)
    *t = (Tally){.since = now, .told = t->told && t->n >= limit};
  return ++t->n >= limit;
}

static void judge_begin(Efsm *e, const RdMessage *m, RdVerdict *v) {
  char callee[RD_IDENTITY_TEXT];
  Tally *t;
  const size_t len = rd_identity_text(m->sip->to_uri, &m->sip->to_at, callee);
  const bool flood = over(e, e->callees, callee, len, e->config->invites, &t);
  v->score = 0.5 * fmin(1, (double)t->n / (double)e->config->invites);
  if (!flood)
    return;
  v->score = 0.7;
  v->classes = "dos";
  v->reason = "callee is called too often at once";
  if (t->told)
    return;
  t->told = true;
  e->host->count(e->host, e->floods, 1);
  rd_slice_copy(m->sip->to_uri, callee, sizeof callee);
  rd_report(e->host, RD_SUBJECT_IDENTITY, callee, 0.7, "dos",
            "%lld calls to it within %.1f s, up to %.3f s", (long long)t->n,
            (double)e->config->window * 1e-9, (double)e->host->now(e->host) * 1e-9);
}

/* An INVITE that begins a dialog, in or out. A second one from elsewhere with the same Call-ID does not
 * join: it would make its sender a party. */
static void begin(Efsm *e, const RdMessage *m, RdVerdict *v) {
  bool fresh;
  Dialog *d = rd_table_put(e->dialogs, m->sip->call_id.at, m->sip->call_id.len, &fresh);
  const bool ingress = m->direction == RD_INGRESS;
  if (d->state == DIALOG_ENDED || d->state == DIALOG_UNKNOWN)
    *d = (Dialog){0};
  const bool anew = d->state == DIALOG_UNKNOWN;
  if (anew || !ingress)
    dialog_join(d, &m->remote);
  d->state = (uint8_t)dialog_step((DialogState)d->state, EVENT_INVITE);
  if (!ingress)
    return;
  if (anew)
    judge_begin(e, m, v);
  else
    v->score = 0;
}

/* A request within a dialog, or CANCEL. */
static void within(Efsm *e, const RdMessage *m, RdVerdict *v) {
  const bool ends = m->sip->method == RD_SIP_BYE || m->sip->method == RD_SIP_CANCEL;
  Dialog *d = rd_table_get(e->dialogs, m->sip->call_id.at, m->sip->call_id.len);
  if (m->direction == RD_INGRESS)
    v->score = 0;
  if (!d)
    return; /* before our time, or forgotten: nothing can be said */
  if (m->direction == RD_EGRESS) {
    dialog_join(d, &m->remote); /* our own node vouches for it */
  } else if (!dialog_is_party(d, &m->remote)) {
    foreign(e, m, d, v);
    return;
  }
  if (ends)
    d->state = (uint8_t)dialog_step((DialogState)d->state, EVENT_END);
}

/* May an answer that nobody asked for be called one? Not while requests may have been forgotten. */
static bool remembers_all(const Efsm *e, RdTime now) {
  return now - e->began >= e->config->learn &&
         (e->evicted_at < 0 || now - e->evicted_at >= e->config->learn);
}

static void judge_stray(Efsm *e, const RdMessage *m, RdVerdict *v) {
  char source[RD_ADDRESS_TEXT];
  Tally *t;
  const RdTime now = e->host->now(e->host);
  v->score = 0;
  if (!remembers_all(e, now))
    return;
  e->host->count(e->host, e->stray, 1);
  const size_t len = m->remote.family == 6 ? 8 : 4;
  const bool flood = over(e, e->strays, m->remote.ip, len, e->config->strays, &t);
  v->score = 0.5 * fmin(1, (double)t->n / (double)e->config->strays);
  if (!flood)
    return;
  v->score = 0.8;
  v->classes = "dos";
  v->reason = "answers to requests that were never sent";
  if (e->config->act == ACT_DROP)
    v->action = RD_DROP;
  if (t->told)
    return;
  t->told = true;
  rd_address_ip_text(&m->remote, source);
  rd_report(e->host, RD_SUBJECT_SOURCE, source, 0.8, "dos",
            "%lld answers within %.1f s to no request seen, up to %.3f s", (long long)t->n,
            (double)e->config->window * 1e-9, (double)now * 1e-9);
}

static void answer(Efsm *e, const RdMessage *m, RdVerdict *v) {
  Dialog *d = rd_table_get(e->dialogs, m->sip->call_id.at, m->sip->call_id.len);
  if (!d) {
    if (m->direction == RD_INGRESS)
      judge_stray(e, m, v);
    return;
  }
  if (m->direction == RD_INGRESS)
    v->score = 0;
  if (m->sip->method != RD_SIP_INVITE || m->sip->status < 200)
    return;
  d->state =
      (uint8_t)dialog_step((DialogState)d->state, m->sip->status < 300 ? EVENT_OK : EVENT_FAILED);
}

static void efsm_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Efsm *e = self;
  const RdSip *sip = m->sip;
  if (e->began < 0)
    e->began = e->host->now(e->host);
  if (!sip || !sip->call_id.at)
    return;
  if (!sip->is_request)
    answer(e, m, v);
  else if (sip->method == RD_SIP_INVITE && sip->to_tag.len == 0)
    begin(e, m, v);
  else if (sip->method == RD_SIP_BYE || sip->method == RD_SIP_CANCEL ||
           sip->method == RD_SIP_INVITE || sip->method == RD_SIP_UPDATE)
    within(e, m, v);
  else if (m->direction == RD_EGRESS)
    rd_table_put(e->dialogs, sip->call_id.at, sip->call_id.len, NULL); /* its answer is no stray */
}

static uint64_t efsm_state(void *self, uint64_t *ret_bytes) {
  const Efsm *e = self;
  *ret_bytes = sizeof *e + rd_table_bytes(e->dialogs) + rd_table_bytes(e->callees) +
               rd_table_bytes(e->strays);
  return (uint64_t)rd_table_count(e->dialogs) + rd_table_count(e->callees) +
         rd_table_count(e->strays);
}

static const char *const act_names[] = {"drop", "alert", NULL};

static const RdParam params[] = {
    RD_PARAM(Config, "dialogs", RD_INTEGER, dialogs, "100000", 1, 16777216, "",
             "Dialogs followed; the one used longest ago gives way, and is not watched any more."),
    RD_PARAM(Config, "sources", RD_INTEGER, sources, "10000", 1, 16777216, "",
             "Callees, and sources of stray answers, that are counted; the oldest gives way."),
    RD_PARAM(Config, "window", RD_DURATION, window, "1 s", 0.01, 3600, "s",
             "Within this, a callee is flooded that is called"),
    RD_PARAM(Config, "invites", RD_INTEGER, invites, "20", 1, 1e9, "calls",
             "by so many dialogs that begin;"),
    RD_PARAM(Config, "strays", RD_INTEGER, strays, "20", 1, 1e9, "answers",
             "and a source reflects that sends so many answers to no request."),
    RD_PARAM(
        Config, "learn", RD_DURATION, learn, "64 s", 0, 86400, "s",
        "For so long after the start, and after a dialog was forgotten, no answer is a stray."),
    RD_CHOICE(Config, "act", act, "drop", act_names,
              "What happens to foreign requests, and to stray answers above the limit."),
    RD_PARAM_END};

static const RdCost costs[] = {
    {.operation = "judge",
     .base = "660 ns",
     .source = "measured: redoubt calibrate, 2 cores, gcc 12 -O2, quiet sources",
     .help = "A message judged."},
    RD_COST_END};

RD_PART(RD_DEFENSE, "dialog-efsm",
        "Follows each dialog, and stops what others than its parties send into it",
        RD_CONFIG(Config, params), RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = efsm_open, .judge = efsm_judge, .state = efsm_state,
                       .close = efsm_close));
