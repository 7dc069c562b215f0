/* source - a test node: a population that sends OPTIONS to a node, as Poisson or even arrivals,
 * and hears nothing back. Arrival k of an entity depends on nothing but k. */
#include <stdlib.h>

#include "lab/base/random.h"
#include "lab/base/text.h"
#include "redoubt/plugin.h"

typedef struct {
  double rate;
  int64_t population;
  int interval;
  const char *to;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  RdAddress to;
  uint64_t entities;
} Source;

static uint64_t source_entities(const void *config) {
  return (uint64_t)((const Config *)config)->population;
}

static void *source_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Source *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->host = host;
  s->config = config;
  s->entities = setup->entities;
  if (!host->resolve(host, 0, s->config->to, &s->to)) {
    host->log(host, RD_LOG_ERROR, "to: no such node on this network");
    free(s);
    return NULL;
  }
  return s;
}

/* Arms arrival `attempt` of an entity, counted from the one before. The cookie is the entity in the
 * low half and the attempt in the high half. */
static void arm(Source *s, uint64_t entity, uint64_t attempt) {
  double mean = 1e9 / s->config->rate;
  uint64_t bits = s->host->random(s->host, entity, 1, attempt);
  double wait = s->config->interval ? mean : rd_exponential(bits, mean);
  RdTimerSpec spec = {.size = sizeof spec,
                      .cause = RD_NEW,
                      .at = s->host->now(s->host) + (RdTime)wait,
                      .cookie = entity | attempt << 32,
                      .entity = entity,
                      .attempt = attempt};
  s->host->timer(s->host, &spec);
}

static void source_start(void *self) {
  Source *s = self;
  for (uint64_t e = 0; e < s->entities; e++)
    arm(s, e, 0);
}

/* Not printf: it is what a benchmark of the driver would time. */
static size_t write_options(char *buffer, size_t cap, uint64_t id, uint64_t entity) {
  RdText t = rd_text(buffer, cap);
  uint64_t tag = id >> 32;
  int digits = 1;
  while (tag >> 4 * digits)
    digits++;
  rd_text_add(&t, "OPTIONS sip:sink@example.com SIP/2.0\r\n"
                  "Via: SIP/2.0/UDP source.example.com;branch=z9hG4bK");
  rd_text_hex(&t, id, 16);
  rd_text_add(&t, "\r\nMax-Forwards: 70\r\nFrom: <sip:");
  rd_text_uint(&t, entity);
  rd_text_add(&t, "@example.com>;tag=");
  rd_text_hex(&t, tag, digits);
  rd_text_add(&t, "\r\nTo: <sip:sink@example.com>\r\nCall-ID: ");
  rd_text_hex(&t, id, 16);
  rd_text_add(&t, "@example.com\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n");
  return t.len;
}

static void source_timer(void *self, RdTimer timer, uint64_t cookie) {
  Source *s = self;
  char text[512];
  uint64_t entity = cookie & UINT32_MAX, attempt = cookie >> 32;
  uint64_t id = s->host->random(s->host, entity, 2, attempt);
  (void)timer;
  RdSend send = {.size = sizeof send,
                 .protocol = RD_PROTO_SIP,
                 .entity = entity,
                 .remote = s->to,
                 .bytes = (const uint8_t *)text,
                 .len = write_options(text, sizeof text, id, entity)};
  s->host->send(s->host, &send);
  arm(s, entity, attempt + 1);
}

static void source_close(void *self) {
  free(self);
}

static const char *const intervals[] = {"exponential", "even", NULL};

static const RdParam params[] = {
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "1", 1e-6, 1e9, "1/s",
             "Messages a second that each entity sends."),
    RD_PARAM(Config, "population", RD_INTEGER, population, "1", 1, 4e6, "",
             "Entities, each with its own arrivals."),
    RD_CHOICE(Config, "interval", interval, "exponential", intervals,
              "Distribution of the time between arrivals."),
    RD_PARAM(Config, "to", RD_NODE_NAME, to, NULL, 0, 0, "", "Node that is sent to."),
    RD_PARAM_END};

RD_PART(RD_NODE, "source", "Test: sends messages as they arrive", RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = source_open, .start = source_start, .timer = source_timer,
                     .close = source_close, .entities = source_entities));
