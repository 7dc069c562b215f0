/* flood.h - what floods have in common: whom they aim at, at what pace, and that they read no answer.
 * On borrowed time.
 *
 * A flood's config begins with an RdFloodAim and RD_FLOOD_ROWS in its parameters; an RdFlood is then all
 * the state there is, and RD_FLOOD_OPS go into its ops. */
#pragma once

#include "lab/attacker/pace.h"
#include "lab/attacker/probe.h"
#include "lab/stack/tcp_rows.h"
#include "lab/subscribers/provision.h"
#include "redoubt/plugin.h"

/* Whom it names: a share of real subscribers, whose numbers it has got hold of, among numbers drawn
 * from the whole range, which hardly ever belong to anybody. */
typedef struct {
  const char *target, *realm, *secret;
  double known, threshold;
  int64_t subscribers, spread;
  int transport; /* RdSipBy */
} RdFloodAim;

/* `share`: default of `known`. `threshold`: as RD_HARM_THRESHOLD of harm.h. */
#define RD_FLOOD_ROWS(Config, share)                                                               \
  RD_PARAM(Config, "target", RD_NODE_NAME, aim.target, "sbc", 0, 0, "", "Whom it sends to."),      \
      RD_PARAM(Config, "known", RD_NUMBER, aim.known, share, 0, 1, "",                             \
               "Share that names a real subscriber; the others name random numbers."),             \
      RD_PARAM(Config, "subscribers", RD_INTEGER, aim.subscribers, "100", 1, 4e6, "",              \
               "How many subscribers the attacker knows: the registrar's first ones."),            \
      RD_PARAM(Config, "spread", RD_INTEGER, aim.spread, "2", 1, 1000, "",                         \
               "As at the registrar."),                                                            \
      RD_PARAM(Config, "secret", RD_TEXT, aim.secret, "redoubt", 0, 0, "",                         \
               "As at the registrar: makes the numbers known; no key is ever used."),              \
      RD_PARAM(Config, "realm", RD_TEXT, aim.realm, RD_IMS_DOMAIN, 0, 0, "",                       \
               "Home network domain."),                                                            \
      RD_CHOICE(Config, "transport", aim.transport, "udp", rd_sip_transports,                      \
                "tcp: each source opens one connection and keeps it until the attack is over."),   \
      RD_PARAM(Config, "threshold", RD_NUMBER, aim.threshold, "5", 0.001, 100, "",                 \
               "Points of legitimate attempts lost from which it has succeeded.")

typedef struct {
  const RdFloodAim *aim;
  RdProbe probe;
  RdProvision provision;
  RdPace *pace; /* its timers' cookies are the sources */
  uint32_t sent;
} RdFlood;

/* `rate` is a source's, in messages a second. NULL: refused, and logged why. */
RdFlood *rd_flood_new(RdHost *host, const RdActorSetup *setup, const RdFloodAim *aim, double rate,
                      RdPacePhase phase);
/* Its predicate (harm.h); `config` begins with the aim. */
void rd_flood_success(const RdEvidence *evidence, const void *config, RdSuccess *ret);
void rd_flood_start(void *self);
void rd_flood_receive(void *self, const RdMessage *message);
void rd_flood_stop(void *self);
void rd_flood_close(void *self);
/* The IMSI that message `number` of a source registers. */
void rd_flood_victim(const RdFlood *f, uint64_t source, uint64_t number, char imsi[RD_IMSI_TEXT]);
/* The telephone number that it calls or asks for. */
void rd_flood_number(const RdFlood *f, uint64_t source, uint64_t number, char ret[RD_NUMBER_TEXT]);
/* Sends message `number` of a source: an INVITE to a victim's number, from one that need not exist,
 * the same for the same `caller`. Counts it if it was sent. */
void rd_flood_invite(const RdFlood *f, uint64_t source, uint64_t number, uint64_t caller);
#define RD_FLOOD_OPS                                                                               \
  .start = rd_flood_start, .receive = rd_flood_receive, .stop = rd_flood_stop,                     \
  .close = rd_flood_close, .success = rd_flood_success
void rd_flood_count(const RdFlood *f, bool sent); /* counter "sent" */
