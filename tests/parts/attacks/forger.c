/* forger - a test attack that tears calls down: it knows the trial's seed, so it knows every dialog
 * that a population's phones will ever have, and speaks with their proxy's address. Nobody real can
 * do this; it makes dropped calls and half-dead ones for the tests of what these are counted as. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/random.h"
#include "nodes/ue/ue.h"

#define ATTEMPTS 8 /* a phone */

typedef struct {
  int64_t seed, subscribers;
  const char *phones, *proxy;
  int at;
  RdTime every;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  const RdActorSetup *setup;
  RdAddress phones, proxy;
  uint64_t stream, sent;
} Forger;

static const char *const sides[] = {"caller", "callee", NULL};

static const RdParam params[] = {
    RD_PARAM(Config, "seed", RD_INTEGER, seed, "1", 0, 4e9, "", "The trial's."),
    RD_PARAM(Config, "subscribers", RD_INTEGER, subscribers, "100", 2, 1000, "",
             "The population's."),
    RD_PARAM(Config, "phones", RD_NODE_NAME, phones, "ue", 0, 0, "", "The population."),
    RD_PARAM(Config, "proxy", RD_NODE_NAME, proxy, "sbc", 0, 0, "", "Its proxy."),
    RD_CHOICE(Config, "at", at, "caller", sides, "Which of the two is told that it is over."),
    RD_PARAM(Config, "every", RD_DURATION, every, "1 s", 0.1, 100, "",
             "How often all calls are torn down."),
    RD_PARAM_END};

static RdAddress phone(const Forger *f, uint64_t entity) {
  return rd_address_ip4(rd_address_as_ip4(&f->phones) + (uint32_t)entity, 5060);
}

static uint64_t draw(const Forger *f, uint64_t entity, uint32_t purpose, uint64_t index) {
  return rd_random(f->stream, entity, purpose, index);
}

static void hex(char text[17], uint64_t bits) {
  snprintf(text, 17, "%016" G_GINT64_MODIFIER "x", bits);
}

/* The names of a call's first try, as caller.c and callee.c make them. */
static void tear_down(Forger *f, uint64_t caller, uint64_t attempt) {
  static const uint64_t key[2] = {UINT64_C(0x63616c6c2d696401), 0};
  const uint64_t other =
      rd_below(draw(f, caller, DRAW_CALLEE, attempt), (uint64_t)f->config->subscribers - 1);
  const uint64_t callee = other < caller ? other : other + 1;
  char call_id[17], tags[2][17], bye[512];
  hex(call_id, draw(f, caller, DRAW_CALL_ID, attempt << 8));
  hex(tags[0], draw(f, caller, DRAW_TAG, attempt << 8));
  hex(tags[1], draw(f, callee, DRAW_ANSWER_TAG, rd_siphash(key, call_id, strlen(call_id))));
  const int at = f->config->at;
  const int len = snprintf(
      bye, sizeof bye,
      "BYE sip:x@x.invalid SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.250:5060;branch=z9hG4bKforged%u\r\n"
      "Max-Forwards: 70\r\nFrom: <sip:x@x.invalid>;tag=%s\r\nTo: <sip:x@x.invalid>;tag=%s\r\n"
      "Call-ID: %s\r\nCSeq: 9 BYE\r\nContent-Length: 0\r\n\r\n",
      (unsigned)++f->sent, tags[!at], tags[at], call_id);
  const RdSend send = {.size = sizeof send,
                       .protocol = RD_PROTO_SIP,
                       .local = f->proxy,
                       .remote = phone(f, at ? callee : caller),
                       .bytes = (const uint8_t *)bye,
                       .len = (size_t)len};
  f->host->send(f->host, &send);
}

static void *open_forger(RdHost *host, const void *config, const RdActorSetup *setup) {
  const Config *c = config;
  Forger *f = g_new0(Forger, 1);
  *f = (Forger){.host = host, .config = c, .setup = setup};
  f->stream = rd_stream((uint64_t)c->seed, c->phones);
  return f;
}

/* One phone after the other, so that their refusals of what fits no call do not fill the proxy. */
static void again(Forger *f, uint64_t entity) {
  const RdTimerSpec spec = {.size = sizeof spec,
                            .at = f->host->now(f->host) + f->config->every / f->config->subscribers,
                            .cookie = entity};
  if (spec.at < f->setup->stop)
    f->host->timer(f->host, &spec);
}

static void start(void *self) {
  Forger *f = self;
  if (f->host->resolve(f->host, 0, f->config->phones, &f->phones) &&
      f->host->resolve(f->host, 0, f->config->proxy, &f->proxy))
    again(f, 0);
}

static void timer(void *self, RdTimer id, uint64_t entity) {
  Forger *f = self;
  (void)id;
  for (uint64_t attempt = 0; attempt < ATTEMPTS; attempt++)
    tear_down(f, entity, attempt);
  again(f, (entity + 1) % (uint64_t)f->config->subscribers);
}

/* It succeeds where it makes more calls fail than fail without it. */
static void success(const RdEvidence *e, const void *config, RdSuccess *ret) {
  (void)config;
  ret->effect =
      e->metric(e, RD_WORLD_THIS, RD_METRIC_CALL_FAILED, e->attack_start, e->attack_stop) -
      e->metric(e, RD_WORLD_BASELINE, RD_METRIC_CALL_FAILED, e->attack_start, e->attack_stop);
  ret->succeeded = ret->effect > 0;
}

RD_PART(RD_ATTACK, "forger", "Test: forges a BYE within every dialog", RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_forger, .start = start, .timer = timer, .close = g_free,
                     .success = success),
        .interface = RD_IF_GM, .family = "dos");
