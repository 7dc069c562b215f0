/* crowd.h - accounts that call and call again: whom, for how long, how often. For benign crowds and for
 * attackers whose calls are perfect calls. On borrowed time.
 *
 * An attack's config begins with an RdCrowdAim and has RD_CROWD_ROWS; a crowd is then all its state, and
 * RD_CROWD_OPS go into its ops. */
#pragma once

#include "lab/attacker/accounts.h"
#include "lab/subscribers/provision.h"

typedef struct {
  RdAccountsAim accounts;
  RdTime window, hold, patience, pause;
  int64_t calls;
} RdCrowdAim;

#define RD_CROWD_ROWS(Config, n, window_, hold_, pause_, calls_)                                   \
  RD_PARAM(Config, "window", RD_DURATION, crowd.window, window_, 0, 86400, "s",                    \
           "First calls begin uniformly over this time, from when all should be registered."),     \
      RD_PARAM(Config, "hold", RD_DURATION, crowd.hold, hold_, 0.1, 86400, "s",                    \
               "Mean time in a call that is answered, exponential."),                              \
      RD_PARAM(Config, "patience", RD_DURATION, crowd.patience, "30 s", 0.1, 600, "s",             \
               "How long an account lets it ring."),                                               \
      RD_PARAM(Config, "pause", RD_DURATION, crowd.pause, pause_, 0, 86400, "s",                   \
               "Mean pause of an account between two calls, exponential, behind 100 ms."),         \
      RD_PARAM(Config, "calls", RD_INTEGER, crowd.calls, calls_, 0, 1e6, "",                       \
               "Calls of one account; 0: on and on."),                                             \
      RD_ACCOUNTS_ROWS(Config, crowd.accounts, n)

typedef struct RdCrowd RdCrowd;

/* Whom an account calls by its call number `call`. */
typedef void (*RdCrowdWhom)(const RdCrowd *crowd, uint64_t account, uint64_t call,
                            char ret[RD_NUMBER_TEXT]);
/* `listeners`: the first so many accounts place no calls, and answer any number of them at once. With
 * `report`, calls are told to the ledger. NULL: refused, and logged why. */
RdCrowd *rd_crowd_new(RdHost *host, const RdActorSetup *setup, const RdCrowdAim *aim,
                      uint64_t listeners, bool report, RdCrowdWhom whom);
const RdCrowdAim *rd_crowd_aim(const RdCrowd *crowd);
const RdAccounts *rd_crowd_accounts(const RdCrowd *crowd);
/* The number of any subscriber, by index at the registrar. */
void rd_crowd_number(const RdCrowd *crowd, uint64_t subscriber, char ret[RD_NUMBER_TEXT]);
uint64_t rd_crowd_draw(const RdCrowd *crowd, uint64_t account, uint64_t call);
uint64_t rd_crowd_entities(const void *config);
void rd_crowd_start(void *self);
void rd_crowd_receive(void *self, const RdMessage *message);
void rd_crowd_timer(void *self, RdTimer timer, uint64_t cookie);
void rd_crowd_close(void *self);
/* For twins: no success, ever; the effect is the share of their calls that were not answered. */
void rd_crowd_success(const RdEvidence *evidence, const void *config, RdSuccess *ret);
#define RD_CROWD_OPS                                                                               \
  .start = rd_crowd_start, .receive = rd_crowd_receive, .timer = rd_crowd_timer,                   \
  .close = rd_crowd_close, .entities = rd_crowd_entities
