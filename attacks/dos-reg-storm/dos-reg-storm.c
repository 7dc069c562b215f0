/* dos-reg-storm - after an outage every phone registers again: the benign twin of the floods. */
#include <glib.h>
#include <stdio.h>

#include "lab/base/proportion.h"
#include "lab/base/random.h"
#include "lab/stack/registration.h"
#include "lab/stack/timer_rows.h"
#include "lab/subscribers/provision.h"
#include "redoubt/plugin.h"

typedef struct {
  const char *target, *realm, *secret;
  int64_t subscribers, first, spread;
  RdTime window, expires, patience, retry_base, retry_max;
  RdSipTimers timers;
} Config;

static const RdParam params[] = {
    RD_PARAM(Config, "target", RD_NODE_NAME, target, "sbc", 0, 0, "", "Where the phones register."),
    RD_PARAM(Config, "subscribers", RD_INTEGER, subscribers, "500", 1, 1e6, "",
             "Phones that come back."),
    RD_PARAM(
        Config, "first-subscriber", RD_INTEGER, first, "100000", 0, 4e9, "",
        "Index of the first one at the registrar, which has to be provisioned with them; put it "
        "behind the phones of the topology."),
    RD_PARAM(Config, "window", RD_DURATION, window, "5 s", 0, 3600, "s",
             "They begin uniformly over this time from the start."),
    RD_PARAM(Config, "spread", RD_INTEGER, spread, "2", 1, 1000, "", "As at the registrar."),
    RD_PARAM(Config, "secret", RD_TEXT, secret, "redoubt", 0, 0, "", "As at the registrar."),
    RD_PARAM(Config, "realm", RD_TEXT, realm, RD_IMS_DOMAIN, 0, 0, "", "Home network domain."),
    RD_PARAM(Config, "expires", RD_DURATION, expires, "600000 s", 60, 4294967295.0, "s",
             "Registration time asked for (TS 24.229)."),
    RD_PARAM(Config, "register-patience", RD_DURATION, patience, "32 s", 1, 3600, "s",
             "An attempt without success after this time has failed."),
    RD_PARAM(Config, "retry-base", RD_DURATION, retry_base, "30 s", 1, 3600, "s",
             "Back-off after the first failure; doubles with each further one."),
    RD_PARAM(Config, "retry-max", RD_DURATION, retry_max, "1800 s", 1, 86400, "s",
             "The longest back-off."),
    RD_SIP_PHONE_TIMERS(Config, timers, ""),
    RD_PARAM_END};

enum { DRAW_BEGIN = 1 };

typedef struct {
  RdSipSim sim;
  RdSipRegistration *registration;
  uint32_t attempts;
} Phone;

typedef struct {
  RdHost *host;
  const Config *config;
  const RdActorSetup *setup;
  RdProvision provision;
  RdCookies cookies;
  RdCookieSpace begin; /* the entity's: the next attempt */
  RdSipLayer *layer;
  RdSipRegistrant registrant;
  Phone *phones;
  RdTime drained; /* how long it has taken the last one so far */
  struct {
    uint32_t registered, failed, drained, refused, resync;
  } counters;
} Storm;

static uint64_t entities(const void *config) {
  return (uint64_t)((const Config *)config)->subscribers;
}

/* Nobody calls these phones: whatever is asked of them is dropped. */
static void on_request(void *user, RdSipTransaction *tx, const RdMessage *message) {
  (void)user;
  (void)message;
  if (tx)
    rd_sip_abandon(tx);
}

static void on_response(void *user, RdSipTransaction *tx, const RdMessage *message,
                        unsigned status) {
  (void)user;
  RdSipRegistration *registration = rd_sip_context(tx);
  if (registration)
    rd_sip_registration_response(registration, message, status);
}

static const RdSipLayerOps layer_ops = {.request = on_request, .response = on_response};

static void begin_at(Storm *s, uint64_t entity, RdTime at) {
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_INHERIT,
                            .at = at,
                            .cookie = rd_cookie(s->begin, entity),
                            .entity = entity};
  if (at < s->setup->stop)
    s->host->timer(s->host, &spec);
}

static void done(void *user, uint64_t entity, const RdSipRegistered *outcome) {
  Storm *s = user;
  const RdTime now = s->host->now(s->host);
  s->phones[entity].registration = NULL;
  if (!outcome->registered) {
    s->host->count(s->host, s->counters.failed, 1);
    begin_at(s, entity, now + outcome->wait);
    return;
  }
  s->host->count(s->host, s->counters.registered, 1);
  const RdTime drained = now - s->setup->start;
  s->host->count(s->host, s->counters.drained,
                 drained / RD_MILLISECOND - s->drained / RD_MILLISECOND);
  s->drained = drained;
}

static RdSipRegistration *registration_of(void *user, uint64_t entity) {
  return ((Storm *)user)->phones[entity].registration;
}

static void begin_fired(void *self, uint64_t entity) {
  Storm *s = self;
  Phone *phone = &s->phones[entity];
  phone->registration = rd_sip_register(&s->registrant, &phone->sim, entity, phone->attempts++);
}

static void *open_storm(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  RdSipTimers timers = c->timers;
  timers.t_d = 64 * timers.t1;
  Storm *s = g_new0(Storm, 1);
  s->host = host;
  s->config = c;
  s->setup = setup;
  if (!rd_provision_init(&s->provision, c->secret, (uint64_t)c->spread,
                         (uint64_t)c->first + setup->entities)) {
    host->log(host, RD_LOG_ERROR, "so many subscribers do not fit into ten digits");
    g_free(s);
    return NULL;
  }
  s->phones = g_new0(Phone, setup->entities);
  s->layer = rd_sip_layer_new(host, &s->cookies, &timers, (uint32_t)setup->entities * 4 + 64,
                              &layer_ops, s);
  s->begin = rd_cookies_own(&s->cookies, 1, begin_fired, s);
  s->counters.registered = host->counter(host, "registered");
  s->counters.failed = host->counter(host, "attempts-failed");
  s->counters.drained = host->counter(host, "drained-after-ms");
  s->counters.refused = host->counter(host, "networks-refused");
  s->counters.resync = host->counter(host, "resynchronisations");
  return s;
}

static void open_registrant(Storm *s, const RdAddress *proxy) {
  const Config *c = s->config;
  s->registrant = (RdSipRegistrant){.host = s->host,
                                    .layer = s->layer,
                                    .provision = &s->provision,
                                    .first = (uint64_t)c->first,
                                    .realm = c->realm,
                                    .proxy = *proxy,
                                    .expires = (uint32_t)(c->expires / RD_SECOND),
                                    .patience = c->patience,
                                    .retry_base = c->retry_base,
                                    .retry_max = c->retry_max,
                                    .refused_counter = s->counters.refused,
                                    .resync_counter = s->counters.resync,
                                    .address = s->setup->address,
                                    .done = done,
                                    .of = registration_of,
                                    .user = s};
  rd_sip_registrant_claim(&s->registrant, &s->cookies);
}

static void start(void *self) {
  Storm *s = self;
  RdAddress proxy;
  if (!s->config->target || !s->host->resolve(s->host, 0, s->config->target, &proxy)) {
    s->host->log(s->host, RD_LOG_ERROR, "the target is not on the phones' network");
    return;
  }
  open_registrant(s, &proxy);
  for (uint64_t i = 0; i < s->setup->entities; i++) {
    const double share = rd_unit(s->host->random(s->host, i, DRAW_BEGIN, 0));
    begin_at(s, i, s->setup->start + (RdTime)(share * (double)s->config->window));
  }
}

static void receive(void *self, const RdMessage *message) {
  Storm *s = self;
  if (message->kind == RD_DATA && message->sip && message->entity < s->setup->entities)
    rd_sip_layer_receive(s->layer, message);
}

static void timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  rd_cookies_fire(&((Storm *)self)->cookies, cookie);
}

static void close_storm(void *self) {
  Storm *s = self;
  for (uint64_t i = 0; i < s->setup->entities; i++)
    rd_sip_registration_free(s->phones[i].registration);
  rd_sip_layer_free(s->layer);
  g_free(s->phones);
  g_free(s);
}

/* It attacks nobody, so it never succeeds and states no threshold: what it says is how well the network
 * took it. */
static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  const int64_t all = ((const Config *)config)->subscribers;
  const int64_t back = evidence->counter(evidence, "registered");
  const double drained = (double)evidence->counter(evidence, "drained-after-ms") / 1000;
  const RdRange range = rd_share_range((uint64_t)(all - back), (uint64_t)all);
  ret->succeeded = false;
  ret->effect = 100.0 * (double)(all - back) / (double)all;
  ret->effect_low = 100 * range.low;
  ret->effect_high = 100 * range.high;
  ret->least = 0;
  ret->most = 100;
  ret->unit = "percent of phones never back";
  snprintf(ret->why, sizeof ret->why,
           "no attack: %lld of %lld phones back, the last after %.1f s; %lld attempts failed",
           (long long)back, (long long)all, drained,
           (long long)evidence->counter(evidence, "attempts-failed"));
}

RD_PART(RD_ATTACK, "dos-reg-storm",
        "Benign twin: valid phones that all register again after an outage.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_storm, .start = start, .receive = receive, .timer = timer,
                     .close = close_storm, .entities = entities, .success = success),
        .interface = RD_IF_GM, .family = "dos", .benign = true);
