/* imposter.h - registers in somebody else's name: one victim after the other, and what a challenge is answered
 * with. On borrowed time.
 *
 * What attacks on registrations have in common: whom they name, how fast, from where. An attack's config
 * begins with an RdImposterAim and has RD_IMPOSTER_ROWS; what a REGISTER asks for, and what is known of a
 * password, is the attack's own. A try is one Call-ID: REGISTER, and up to RD_IMPOSTER_ROUNDS challenges.
 * Nothing is sent again. At most RD_IMPOSTER_TRIES are open; the oldest gives way. */
#pragma once

#include "lab/auth/digest.h"
#include "lab/sip/request.h"
#include "lab/subscribers/provision.h"
#include "redoubt/plugin.h"

#define RD_IMPOSTER_TRIES 4096
#define RD_IMPOSTER_ROUNDS 3
#define RD_IMPOSTER_PASSWORD 40

typedef struct {
  const char *target, *realm, *secret;
  double rate, threshold;
  int64_t sources, victims, first, spread;
} RdImposterAim;

#define RD_IMPOSTER_ROWS(Config, rate_, threshold_, unit)                                          \
  RD_PARAM(Config, "target", RD_NODE_NAME, aim.target, "sbc", 0, 0, "", "Where it registers."),    \
      RD_PARAM(Config, "rate", RD_NUMBER, aim.rate, rate_, 0.001, 1e6, "1/s",                      \
               "Tries a second, of all sources."),                                                 \
      RD_PARAM(Config, "sources", RD_INTEGER, aim.sources, "1", 1, 65536, "",                      \
               "Addresses that take turns."),                                                      \
      RD_PARAM(Config, "victims", RD_INTEGER, aim.victims, "100", 1, 4e6, "",                      \
               "Subscribers it knows the identities of, and names in turn."),                      \
      RD_PARAM(Config, "first-victim", RD_INTEGER, aim.first, "0", 0, 4e9, "",                     \
               "Index of the first of them at the registrar."),                                    \
      RD_PARAM(Config, "spread", RD_INTEGER, aim.spread, "2", 1, 1000, "",                         \
               "As at the registrar."),                                                            \
      RD_PARAM(Config, "secret", RD_TEXT, aim.secret, "redoubt", 0, 0, "",                         \
               "As at the registrar: makes the identities known; a victim's key is never used."),  \
      RD_PARAM(Config, "realm", RD_TEXT, aim.realm, RD_IMS_DOMAIN, 0, 0, "",                       \
               "Home network domain."),                                                            \
      RD_PARAM(Config, "threshold", RD_NUMBER, aim.threshold, threshold_, 0.001, 100, "", unit)

typedef struct {
  uint64_t number; /* from 0 */
  uint64_t victim; /* from 0, of those it names; subscriber first + victim */
  uint64_t source;
} RdImposterTry;

/* Who it says it is, and by which password. */
typedef struct {
  char username[RD_IDENTITY_TEXT];
  uint8_t password[RD_IMPOSTER_PASSWORD];
  size_t len;
} RdImposterProof;

typedef struct {
  /* Alters the REGISTER of a try, which as it stands binds the source's address, for a week. False: this
   * try is left out. NULL: as it stands. */
  bool (*ask)(void *user, const RdImposterTry *t, RdSipRequest *r);
  /* False: it has no answer. NULL: never. */
  bool (*prove)(void *user, const RdImposterTry *t, RdSlice nonce, bool aka, RdImposterProof *ret);
  void (*over)(void *user, const RdImposterTry *t, unsigned status); /* final, or 401 unanswered */
} RdImposterOps;

typedef struct RdImposter RdImposter;

/* Counters "sent" and "accepted" (2xx). NULL: refused, and logged why. */
RdImposter *rd_imposter_new(RdHost *host, const RdActorSetup *setup, const RdImposterAim *aim,
                            const RdImposterOps *ops, void *user);
const RdProvision *rd_imposter_provision(const RdImposter *im);
uint64_t rd_imposter_entities(const void *config);
void rd_imposter_start(RdImposter *im);
void rd_imposter_receive(RdImposter *im, const RdMessage *message);
void rd_imposter_timer(RdImposter *im, uint64_t source);
void rd_imposter_free(RdImposter *im); /* NULL is fine */
