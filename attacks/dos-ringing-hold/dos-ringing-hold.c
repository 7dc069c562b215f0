/* dos-ringing-hold - calls between the attacker's own phones that ring for ever. */
#include <stdlib.h>

#include "lab/attacker/accounts.h"
#include "lab/attacker/harm.h"
#include "lab/attacker/pace.h"
#include "lab/base/memory.h"

typedef struct {
  RdAccountsAim aim;
  double rate, threshold;
} Config;

#define PACED (UINT64_C(1) << 63)
#define ROOM 131072 /* its own transactions: two a call */

static const RdParam params[] = {
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "60", 0.001, 1e5, "1/s",
             "Calls a second between them, each of which rings on."),
    RD_ACCOUNTS_ROWS(Config, aim, "20"),
    RD_PARAM(Config, "threshold", RD_NUMBER, threshold, "5", 0.001, 100, "",
             "Points of legitimate attempts lost from which it has succeeded."),
    RD_PARAM_END};

typedef struct {
  RdHost *host;
  const RdActorSetup *setup;
  RdAccounts *accounts;
  RdPace *pace;
  uint32_t ringing;
} Hold;

static uint64_t entities(const void *config) {
  return (uint64_t)((const Config *)config)->aim.accounts;
}

/* 180, and never anything else. */
static void on_request(void *user, RdSipTransaction *tx, const RdMessage *m) {
  Hold *h = user;
  if (!tx)
    return;
  if (m->sip->method != RD_SIP_INVITE) {
    rd_account_answer(h->accounts, tx, 405);
    return;
  }
  h->host->count(h->host, h->ringing, 1);
  rd_account_answer(h->accounts, tx, 180);
}

static const RdAccountsOps accounts_ops = {.request = on_request};

static void *open_hold(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  Hold *h = rd_alloc(sizeof *h);
  *h = (Hold){.host = host, .setup = setup};
  h->accounts = rd_accounts_new(host, setup, &c->aim, ROOM, false, &accounts_ops, h);
  if (!h->accounts) {
    free(h);
    return NULL;
  }
  h->ringing = host->counter(host, "calls-ringing");
  h->pace = rd_pace_new(host, setup->start, setup->stop, 1, c->rate, RD_PACE_EVEN, PACED);
  return h;
}

static void start(void *self) {
  Hold *h = self;
  if (rd_accounts_start(h->accounts))
    rd_pace_start(h->pace);
}

static void receive(void *self, const RdMessage *m) {
  rd_accounts_receive(((Hold *)self)->accounts, m);
}

/* Account after account calls the next one. */
static void timer(void *self, RdTimer id, uint64_t cookie) {
  Hold *h = self;
  char number[RD_NUMBER_TEXT];
  (void)id;
  if (!(cookie & PACED)) {
    rd_accounts_timer(h->accounts, cookie);
    return;
  }
  const uint64_t n = rd_pace_tick(h->pace, 0), caller = n % h->setup->entities;
  rd_account_number(h->accounts, (caller + 1) % h->setup->entities, number);
  rd_account_ring(h->accounts, caller, n, number);
}

static void close_hold(void *self) {
  Hold *h = self;
  rd_accounts_free(h->accounts);
  rd_pace_free(h->pace);
  free(h);
}

static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  rd_harm(evidence, ((const Config *)config)->threshold, ret);
}

RD_PART(RD_ATTACK, "dos-ringing-hold",
        "Calls between its own phones that ring for ever, each holding transactions everywhere.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_hold, .start = start, .receive = receive, .timer = timer,
                     .close = close_hold, .entities = entities, .success = success),
        .interface = RD_IF_GM, .family = "dos");
