#include "lab/attacker/crowd.h"

#include <stdio.h>
#include <stdlib.h>

#include "lab/base/memory.h"
#include "lab/base/proportion.h"
#include "lab/base/random.h"

enum { DRAW_PAUSE = 0x63726f01, DRAW_FIRST, DRAW_HOLD, DRAW_WHOM };
#define ROOM 131072 /* transactions */
#define LEAST (100 * RD_MILLISECOND) /* nobody dials again in no time */

struct RdCrowd {
  RdHost *host;
  const RdActorSetup *setup;
  const RdCrowdAim *aim;
  RdCrowdWhom whom;
  RdProvision provision; /* of everybody: an index of another's, too */
  RdAccounts *accounts;
  uint64_t listeners;
  uint32_t *calls; /* an account: that it has begun */
};

static uint64_t draw(const RdCrowd *c, uint64_t account, uint32_t purpose, uint64_t index) {
  return c->host->random(c->host, account, purpose, index);
}

const RdCrowdAim *rd_crowd_aim(const RdCrowd *c) {
  return c->aim;
}

const RdAccounts *rd_crowd_accounts(const RdCrowd *c) {
  return c->accounts;
}

void rd_crowd_number(const RdCrowd *c, uint64_t subscriber, char ret[RD_NUMBER_TEXT]) {
  rd_provision_number(&c->provision, subscriber % c->provision.count, ret);
}

uint64_t rd_crowd_draw(const RdCrowd *c, uint64_t account, uint64_t call) {
  return draw(c, account, DRAW_WHOM, call);
}

uint64_t rd_crowd_entities(const void *config) {
  return (uint64_t)((const RdCrowdAim *)config)->accounts.accounts;
}

static void on_registered(void *user, uint64_t account) {
  RdCrowd *c = user;
  const RdTime all_in = c->setup->start + c->aim->accounts.register_over,
               now = c->host->now(c->host);
  const double share = rd_unit(draw(c, account, DRAW_FIRST, 0));
  const RdTime first = all_in + (RdTime)(share * (double)c->aim->window);
  if (account >= c->listeners)
    rd_account_wake(c->accounts, account, first > now ? first : now);
}

static void on_over(void *user, uint64_t account, unsigned status) {
  RdCrowd *c = user;
  (void)status;
  const uint64_t n = c->calls[account];
  const double pause = rd_exponential(draw(c, account, DRAW_PAUSE, n), (double)c->aim->pause);
  if (c->aim->calls == 0 || n < (uint64_t)c->aim->calls)
    rd_account_wake(c->accounts, account, c->host->now(c->host) + LEAST + (RdTime)pause);
}

static void on_woken(void *user, uint64_t account) {
  RdCrowd *c = user;
  char number[RD_NUMBER_TEXT];
  const uint64_t n = c->calls[account]++;
  const double hold = rd_exponential(draw(c, account, DRAW_HOLD, n), (double)c->aim->hold);
  c->whom(c, account, n, number);
  rd_account_call(c->accounts, account, number, c->aim->patience, LEAST + (RdTime)hold);
}

static void on_request(void *user, RdSipTransaction *tx, const RdMessage *m) {
  RdCrowd *c = user;
  if (!tx)
    return;
  const bool listens = m->entity < c->listeners;
  const bool invite = m->sip->method == RD_SIP_INVITE;
  rd_account_answer(c->accounts, tx, invite ? (listens ? 200 : 486) : 405);
}

static const RdAccountsOps accounts_ops = {
    .registered = on_registered, .request = on_request, .over = on_over, .woken = on_woken};

RdCrowd *rd_crowd_new(RdHost *host, const RdActorSetup *setup, const RdCrowdAim *aim,
                      uint64_t listeners, bool report, RdCrowdWhom whom) {
  RdCrowd *c = rd_alloc(sizeof *c);
  *c = (RdCrowd){.host = host, .setup = setup, .aim = aim, .whom = whom, .listeners = listeners};
  const RdAccountsAim *a = &aim->accounts;
  c->accounts = rd_accounts_new(host, setup, a, ROOM, report, &accounts_ops, c);
  if (!c->accounts) {
    free(c);
    return NULL;
  }
  /* whoever there can be; the accounts have checked secret and spread */
  rd_provision_init(&c->provision, a->secret, (uint64_t)a->spread,
                    RD_MSIN_LIMIT / (uint64_t)a->spread);
  c->calls = rd_alloc(setup->entities * sizeof *c->calls);
  return c;
}

void rd_crowd_start(void *self) {
  rd_accounts_start(((RdCrowd *)self)->accounts);
}

void rd_crowd_receive(void *self, const RdMessage *m) {
  rd_accounts_receive(((RdCrowd *)self)->accounts, m);
}

void rd_crowd_timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  rd_accounts_timer(((RdCrowd *)self)->accounts, cookie);
}

void rd_crowd_close(void *self) {
  RdCrowd *c = self;
  rd_accounts_free(c->accounts);
  free(c->calls);
  free(c);
}

void rd_crowd_success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  (void)config;
  const int64_t placed = evidence->counter(evidence, "calls-placed");
  const int64_t answered = evidence->counter(evidence, "calls-answered");
  const RdRange range = rd_share_range((uint64_t)(placed - answered), (uint64_t)placed);
  ret->succeeded = false;
  ret->least = 0;
  ret->most = 100;
  ret->unit = "percent of its calls not answered";
  ret->effect_low = 100 * range.low;
  ret->effect_high = 100 * range.high;
  if (placed > 0)
    ret->effect = 100.0 * (double)(placed - answered) / (double)placed;
  snprintf(ret->why, sizeof ret->why, "no attack: %lld of %lld calls answered", (long long)answered,
           (long long)placed);
}
