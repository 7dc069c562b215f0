/* strike.h - one forged request against a call, sent a little after the attacker has heard of it, once a call.
 * On borrowed time.
 *
 * What an attack on dialogs and transactions has in common: whom it hits, in whose name, how soon, how
 * many. An attack's config begins with an RdStrikeAim and has RD_STRIKE_ROWS (`guesses`: default rate of them); the attack itself writes the
 * request. At most RD_STRIKES calls are remembered; the one heard of longest ago gives way. */
#pragma once

#include "lab/stack/transaction.h"
#include "redoubt/plugin.h"

#define RD_STRIKES 4096
#define RD_STRIKE_BYTES 1400

typedef enum { RD_KNOWS_LINE = 0, RD_KNOWS_NOTHING } RdStrikeKnows;

typedef struct {
  const char *server, *phones;
  RdTime after, jitter;
  double share, rate, threshold;
  int64_t population, attempts;
  int knows, victim; /* RdStrikeKnows; the attack's own */
  bool spoof;
} RdStrikeAim;

extern const char *const rd_strike_knowledge[];

#define RD_STRIKE_ROWS(Config, guesses)                                                            \
  RD_CHOICE(Config, "knows", aim.knows, "line", rd_strike_knowledge,                               \
            "line: what crosses the lines it stands on (the trial's on:). nothing: it guesses "    \
            "identifiers as a phone that counts would give them."),                                \
      RD_PARAM(Config, "after", RD_DURATION, aim.after, "1 s", 0, 3600, "s",                       \
               "How long after it heard of a call it strikes."),                                   \
      RD_PARAM(Config, "jitter", RD_DURATION, aim.jitter, "0 s", 0, 3600, "s",                     \
               "Up to so much later, drawn a call."),                                              \
      RD_PARAM(Config, "share", RD_NUMBER, aim.share, "1", 0, 1, "",                               \
               "Share of the calls heard of that it strikes."),                                    \
      RD_PARAM(Config, "spoof", RD_BOOL, aim.spoof, "true", 0, 0, "",                              \
               "Sends from the address of whose name it uses; false: from its own."),              \
      RD_PARAM(Config, "rate", RD_NUMBER, aim.rate, guesses, 0.001, 1e6, "1/s",                    \
               "knows: nothing: guesses a second."),                                               \
      RD_PARAM(Config, "server", RD_NODE_NAME, aim.server, "sbc", 0, 0, "",                        \
               "knows: nothing: the proxy that the phones hear."),                                 \
      RD_PARAM(Config, "phones", RD_NODE_NAME, aim.phones, "ue", 0, 0, "",                         \
               "knows: nothing: the population whose calls it guesses."),                          \
      RD_PARAM(Config, "population", RD_INTEGER, aim.population, "300", 1, 16777215, "",           \
               "knows: nothing: how many of its phones it tries in turn, from the first."),        \
      RD_PARAM(Config, "attempts", RD_INTEGER, aim.attempts, "1", 1, 65535, "",                    \
               "knows: nothing: it tries the first so many calls of each phone."),                 \
      RD_PARAM(Config, "threshold", RD_NUMBER, aim.threshold, "5", 0.001, 100, "",                 \
               "Points of legitimate calls lost from which it has succeeded.")

typedef struct RdStrikes RdStrikes;

/* A forged request: from `source` (its own address if the aim does not spoof) to `target`. */
typedef struct {
  RdAddress source, target;
  const char *bytes;
  size_t len;
} RdStrike;

/* With `knows: nothing`, asked `rate` times a second for guess number n, written into the buffer; it is sent
 * at once. Length 0: none. */
typedef void (*RdStrikeGuess)(RdStrikes *strikes, uint64_t n, char buffer[RD_STRIKE_BYTES],
                              RdStrike *ret);
RdStrikes *rd_strikes_new(RdHost *host, const RdActorSetup *setup, const RdStrikeAim *aim,
                          RdStrikeGuess guess);
const RdStrikeAim *rd_strikes_aim(const RdStrikes *strikes);
/* The attacker's own address. */
RdAddress rd_strikes_own(const RdStrikes *strikes);
/* A branch of the forger's own: one for each call, and each guess. */
void rd_strikes_branch(RdStrikes *strikes, RdSlice call_id, uint64_t n, char ret[RD_SIP_BRANCH]);
/* Is this call to be struck? It is new, and among the share. From an attack's intercept(). */
bool rd_strike_wanted(RdStrikes *strikes, const RdMessage *message);
/* Sends it when its time has come; copied. After rd_strike_wanted() of the same message. */
void rd_strike(RdStrikes *strikes, const RdMessage *message, const RdStrike *strike);

/* What a guess n aims at: the phone, its address, and its how-manieth call. */
typedef struct {
  uint64_t phone, attempt;
  RdAddress address, server;
} RdStrikeTarget;
void rd_strike_target(const RdStrikes *strikes, uint64_t n, RdStrikeTarget *ret);

void rd_strikes_start(void *strikes);
void rd_strikes_timer(void *strikes, RdTimer timer, uint64_t cookie);
void rd_strikes_close(void *strikes);
/* Points of legitimate calls lost, of those under way while it ran (harm.h). `config` begins with the aim. */
void rd_strikes_success(const RdEvidence *evidence, const void *config, RdSuccess *ret);
#define RD_STRIKE_OPS                                                                              \
  .start = rd_strikes_start, .timer = rd_strikes_timer, .close = rd_strikes_close,                 \
  .success = rd_strikes_success

/* Both ends of the hop that a message on a line takes. */
static inline const RdAddress *rd_hop_source(const RdMessage *m) {
  return m->direction == RD_INGRESS ? &m->remote : &m->local;
}
static inline const RdAddress *rd_hop_target(const RdMessage *m) {
  return m->direction == RD_INGRESS ? &m->local : &m->remote;
}
/* Is the message at its sender's or its receiver's own end: one Via, so the next Via's owner is the
 * client that began it. */
bool rd_hop_is_clients(const RdSip *sip);
/* Does a URI name this address? */
bool rd_uri_is_at(RdSlice uri, const RdAddress *address);
