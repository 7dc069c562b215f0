/* accounts.h - phones with credentials of their own: they register, place one call at a time each, and are
 * called. For attackers who are customers (or have robbed some), and for benign crowds. On borrowed time.
 *
 * An attack's config holds an RdAccountsAim and has RD_ACCOUNTS_ROWS; entity i of the attack is
 * account i, subscriber first + i at the registrar. Everything is bounded by the number of accounts and by
 * `capacity` transactions. */
#pragma once

#include "lab/stack/registration.h"
#include "lab/stack/transaction.h"
#include "redoubt/plugin.h"

typedef struct {
  const char *target, *realm, *secret;
  int64_t accounts, first, spread;
  RdTime register_over;
} RdAccountsAim;

#define RD_ACCOUNTS_ROWS(Config, aim, n)                                                           \
  RD_PARAM(Config, "target", RD_NODE_NAME, aim.target, "sbc", 0, 0, "",                            \
           "Where the accounts register, and by what they call."),                                 \
      RD_PARAM(Config, "accounts", RD_INTEGER, aim.accounts, n, 1, 65536, "",                      \
               "How many, each with an address of its own."),                                      \
      RD_PARAM(Config, "first-subscriber", RD_INTEGER, aim.first, "200000", 0, 4e9, "",            \
               "Index of the first one at the registrar, which has to be provisioned with them; "  \
               "put it behind the phones of the topology."),                                       \
      RD_PARAM(Config, "register-over", RD_DURATION, aim.register_over, "2 s", 0, 3600, "s",       \
               "They register uniformly over this time from the start."),                          \
      RD_PARAM(Config, "spread", RD_INTEGER, aim.spread, "2", 1, 1000, "",                         \
               "As at the registrar."),                                                            \
      RD_PARAM(Config, "secret", RD_TEXT, aim.secret, "redoubt", 0, 0, "",                         \
               "As at the registrar."),                                                            \
      RD_PARAM(Config, "realm", RD_TEXT, aim.realm, RD_IMS_DOMAIN, 0, 0, "",                       \
               "Home network domain.")

typedef struct RdAccounts RdAccounts;

typedef struct {
  void (*registered)(void *user, uint64_t account);
  /* A request to an account, as of RdSipLayerOps: answer it by rd_account_answer(), now or later. CANCEL
   * and BYE are answered already; `tx` is NULL for them and for ACK. The transaction's context is not yours. NULL: all are dropped. */
  void (*request)(void *user, RdSipTransaction *tx, const RdMessage *message);
  /* A server transaction that request() was given goes. May be NULL. */
  void (*ended)(void *user, RdSipTransaction *tx);
  /* A call that an account placed is over. `status`: of its INVITE; 0: none came, or it was not sent. */
  void (*over)(void *user, uint64_t account, unsigned status);
  /* A timer of rd_account_wake(). */
  void (*woken)(void *user, uint64_t account);
} RdAccountsOps;

/* NULL: refused, and logged why. With `report`, calls are told to the ledger (registrations always are). */
RdAccounts *rd_accounts_new(RdHost *host, const RdActorSetup *setup, const RdAccountsAim *aim,
                            uint32_t capacity, bool report, const RdAccountsOps *ops, void *user);
bool rd_accounts_start(RdAccounts *accounts); /* false: no target, and logged */
void rd_accounts_receive(RdAccounts *accounts, const RdMessage *message);
void rd_accounts_timer(RdAccounts *accounts, uint64_t cookie);
void rd_accounts_free(RdAccounts *accounts); /* NULL is fine */

bool rd_account_is_registered(const RdAccounts *accounts, uint64_t account);
/* An account's own number. */
void rd_account_number(const RdAccounts *accounts, uint64_t account, char ret[RD_NUMBER_TEXT]);
/* Calls a number; hangs up `hold` after the answer, or gives up (CANCEL) after `patience`. False: the
 * account is not registered, or in a call. */
bool rd_account_call(RdAccounts *accounts, uint64_t account, const char *number, RdTime patience,
                     RdTime hold);
/* Beside that, and as often as one likes: an INVITE number n of the account that nobody follows up. False: it
 * is not registered, or there is no room. */
bool rd_account_ring(RdAccounts *accounts, uint64_t account, uint64_t n, const char *number);
/* One timer an account: woken() at `at`, unless the attack is over by then. */
void rd_account_wake(RdAccounts *accounts, uint64_t account, RdTime at);
/* Answers a request that the account was given; a 2xx to INVITE carries SDP and is repeated until its ACK. */
void rd_account_answer(RdAccounts *accounts, RdSipTransaction *tx, unsigned status);
