/* messenger - a test node: a population that sends a MESSAGE (RFC 3428) now and then, evenly, and notes
 * each as an attempt: answered, or given up when the next one is due. */
#include <stdlib.h>

#include "lab/base/text.h"
#include "redoubt/plugin.h"

typedef struct {
  double rate;
  int64_t population;
  const char *to;
} Config;

typedef struct {
  uint64_t attempt;
  RdTime started; /* RD_NEVER: none is under way */
} Phone;

typedef struct {
  RdHost *host;
  const Config *config;
  RdAddress to;
  uint64_t entities;
  Phone *phones;
} Messenger;

static uint64_t messenger_entities(const void *config) {
  return (uint64_t)((const Config *)config)->population;
}

static void messenger_close(void *self) {
  Messenger *m = self;
  free(m->phones);
  free(m);
}

static void *messenger_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Messenger *m = calloc(1, sizeof *m);
  if (!m)
    return NULL;
  *m = (Messenger){.host = host, .config = config, .entities = setup->entities};
  m->phones = calloc(m->entities, sizeof *m->phones);
  for (uint64_t e = 0; m->phones && e < m->entities; e++)
    m->phones[e].started = RD_NEVER;
  if (!m->phones || !host->resolve(host, 0, m->config->to, &m->to)) {
    messenger_close(m);
    return NULL;
  }
  return m;
}

static void arm(Messenger *m, uint64_t entity, uint64_t attempt) {
  RdTimerSpec spec = {.size = sizeof spec,
                      .cause = RD_NEW,
                      .at = m->host->now(m->host) + (RdTime)(1e9 / m->config->rate),
                      .cookie = entity | attempt << 32,
                      .entity = entity,
                      .attempt = attempt};
  m->host->timer(m->host, &spec);
}

static void messenger_start(void *self) {
  Messenger *m = self;
  for (uint64_t e = 0; e < m->entities; e++)
    arm(m, e, 0);
}

/* Status 0: nobody answered. */
static void note(Messenger *m, uint64_t entity, uint16_t status) {
  Phone *phone = &m->phones[entity];
  RdAttempt attempt = {.size = sizeof attempt,
                       .kind = RD_ATTEMPT_MESSAGE,
                       .status = status,
                       .entity = entity,
                       .attempt = phone->attempt,
                       .peer = UINT64_MAX,
                       .started = phone->started,
                       .ringing = RD_NEVER,
                       .answered = status ? m->host->now(m->host) : RD_NEVER,
                       .ended = RD_NEVER,
                       .closed = RD_NEVER,
                       .left = RD_NEVER};
  phone->started = RD_NEVER;
  m->host->attempt(m->host, &attempt);
}

static size_t write_message(char *buffer, size_t cap, uint64_t entity, uint64_t attempt) {
  RdText t = rd_text(buffer, cap);
  rd_text_add(&t, "MESSAGE sip:pager@example.com SIP/2.0\r\nVia: SIP/2.0/UDP "
                  "messenger.example.com;rport;branch=z9hG4bK");
  rd_text_hex(&t, attempt << 24 | entity, 16);
  rd_text_add(&t, "\r\nMax-Forwards: 70\r\nFrom: <sip:");
  rd_text_uint(&t, entity);
  rd_text_add(&t, "@example.com>;tag=1\r\nTo: <sip:pager@example.com>\r\nCall-ID: ");
  rd_text_hex(&t, entity, 16);
  rd_text_add(&t, "@example.com\r\nCSeq: ");
  rd_text_uint(&t, attempt + 1);
  rd_text_add(&t, " MESSAGE\r\nContent-Length: 0\r\n\r\n");
  return t.len;
}

static void messenger_timer(void *self, RdTimer timer, uint64_t cookie) {
  Messenger *m = self;
  char text[512];
  const uint64_t entity = cookie & UINT32_MAX, attempt = cookie >> 32;
  Phone *phone = &m->phones[entity];
  (void)timer;
  if (phone->started != RD_NEVER)
    note(m, entity, 0);
  *phone = (Phone){attempt, m->host->now(m->host)};
  RdSend send = {.size = sizeof send,
                 .protocol = RD_PROTO_SIP,
                 .entity = entity,
                 .remote = m->to,
                 .bytes = (const uint8_t *)text,
                 .len = write_message(text, sizeof text, entity, attempt)};
  m->host->send(m->host, &send);
  arm(m, entity, attempt + 1);
}

static void messenger_receive(void *self, const RdMessage *message) {
  Messenger *m = self;
  const RdSip *sip = message->sip;
  if (!sip || !sip->status || message->entity >= m->entities)
    return;
  const Phone *phone = &m->phones[message->entity];
  if (phone->started != RD_NEVER && sip->cseq == phone->attempt + 1)
    note(m, message->entity, sip->status);
}

static const RdParam params[] = {
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "0.2", 1e-6, 1e3, "1/s",
             "Messages a second that each entity sends."),
    RD_PARAM(Config, "population", RD_INTEGER, population, "1", 1, 1e6, "", "Entities."),
    RD_PARAM(Config, "to", RD_NODE_NAME, to, NULL, 0, 0, "", "Node that is sent to."),
    RD_PARAM_END};

RD_PART(RD_NODE, "messenger", "Test: sends MESSAGEs and notes how they fared",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = messenger_open, .start = messenger_start, .receive = messenger_receive,
                     .timer = messenger_timer, .close = messenger_close,
                     .entities = messenger_entities));
