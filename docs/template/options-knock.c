/* options-knock - an attack to start from: asks by OPTIONS whether anybody is there. Change it into
 * yours. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab/attacker/pace.h"
#include "lab/attacker/probe.h"
#include "lab/base/memory.h"
#include "redoubt/plugin.h"

typedef struct {
  const char *target;
  double rate, share;
} Config;

typedef struct {
  const Config *config;
  RdProbe probe;
  RdPace *pace;
  uint32_t sent, answered;
} Knock;

static void knock_close(void *self) {
  Knock *k = self;
  rd_pace_free(k->pace);
  free(k);
}

static void *knock_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Knock *k = rd_alloc(sizeof *k);
  k->config = config;
  k->probe = (RdProbe){.host = host, .setup = setup};
  k->sent = host->counter(host, "sent");
  k->answered = host->counter(host, "answered");
  k->pace = rd_pace_new(host, setup->start, setup->stop, 1, k->config->rate, RD_PACE_EVEN, 0);
  return k;
}

static void knock_start(void *self) {
  Knock *k = self;
  if (rd_probe_aim(&k->probe, k->config->target)) /* says why not, if not */
    rd_pace_start(k->pace);
}

static void knock_timer(void *self, RdTimer timer, uint64_t source) {
  Knock *k = self;
  RdHost *host = k->probe.host;
  const uint64_t number = rd_pace_tick(k->pace, source);
  (void)timer;
  if (rd_probe_options(&k->probe, source, number, "knock", NULL, "example.com"))
    host->count(host, k->sent, 1);
}

/* Any final answer says that somebody is there; a refusal is one, too. */
static void knock_receive(void *self, const RdMessage *m) {
  Knock *k = self;
  if (m->kind == RD_DATA && m->sip && !m->sip->is_request && m->sip->status >= 200)
    k->probe.host->count(k->probe.host, k->answered, 1);
}

/* Judged after the trial, on what happened; no defense's word is in the evidence. The effect has a unit,
 * bounds and a threshold that is stated: a matrix says of a cell by them what it is. */
static void knock_success(const RdEvidence *e, const void *config, RdSuccess *ret) {
  const double sent = (double)e->counter(e, "sent"), answered = (double)e->counter(e, "answered");
  ret->effect = sent > 0 ? 100 * answered / sent : NAN; /* NaN: undefined, never 0 */
  ret->unit = "percent of knocks answered";
  ret->least = 0;
  ret->most = 100;
  ret->threshold = 100 * ((const Config *)config)->share;
  ret->succeeded = ret->effect >= ret->threshold;
  snprintf(ret->why, sizeof ret->why, "%.0f of %.0f knocks were answered", answered, sent);
}

static const RdParam params[] = {
    RD_PARAM(Config, "target", RD_NODE_NAME, target, "sbc", 0, 0, "", "Whom it asks."),
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "20", 0.001, 1e6, "1/s",
             "Knocks a second, all from one address."),
    RD_PARAM(Config, "share", RD_NUMBER, share, "0.9", 0, 1, "",
             "Share of knocks answered from which it has succeeded."),
    RD_PARAM_END};

RD_PART(RD_ATTACK, "options-knock", "Asks by OPTIONS, again and again, whether anybody is there",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = knock_open, .start = knock_start, .receive = knock_receive,
                     .timer = knock_timer, .close = knock_close, .success = knock_success),
        .interface = RD_IF_GM, .family = "acc");
