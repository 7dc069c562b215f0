/* mimic - a test attack that sends requests from whatever address and as whomever it is told to. Built
 * twice: `mimic`, and its benign twin `mimic-twin`. */
#include <stdlib.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/base/text.h"
#include "lab/sip/request.h"
#include "redoubt/plugin.h"

typedef struct {
  double rate;
  const char *target, *source, *from, *to, *method;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  RdAddress own, target;
  RdTime stop;
  uint64_t sent;
} Mimic;

static void *mimic_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Mimic *m = calloc(1, sizeof *m);
  if (!m)
    return NULL;
  m->host = host;
  m->config = config;
  m->stop = setup->stop;
  m->own = setup->address(host, 0, 0);
  if (*m->config->source && rd_address_parse(rd_slice(m->config->source), &m->own))
    m->own.port = 5060;
  if (host->resolve(host, 0, m->config->target, &m->target))
    return m;
  host->log(host, RD_LOG_ERROR, "target: no such node on this network");
  free(m);
  return NULL;
}

static void send_one(Mimic *m) {
  char text[2048], name[17], branch[32];
  RdText id = rd_text(name, sizeof name), b = rd_text(branch, sizeof branch);
  uint64_t bits = m->host->random(m->host, 0, 1, m->sent++);
  rd_text_hex(&id, bits, 16);
  rd_text_add(&b, "z9hG4bK");
  rd_text_hex(&b, bits, 16);
  const RdSipRequest request = {.method = m->config->method,
                                .local = m->own,
                                .uri = rd_slice(m->config->to),
                                .branch = rd_slice(branch),
                                .from_uri = rd_slice(m->config->from),
                                .from_tag = rd_slice(name),
                                .to_uri = rd_slice(m->config->to),
                                .call_id = rd_slice(name),
                                .cseq = 1};
  const RdSend send = {.size = sizeof send,
                       .protocol = RD_PROTO_SIP,
                       .local = m->own,
                       .remote = m->target,
                       .bytes = (const uint8_t *)text,
                       .len = rd_sip_write(&request, text, sizeof text)};
  m->host->send(m->host, &send);
}

static void mimic_timer(void *self, RdTimer timer, uint64_t cookie) {
  Mimic *m = self;
  RdTime now = m->host->now(m->host);
  (void)timer, (void)cookie;
  send_one(m);
  RdTimerSpec spec = {.size = sizeof spec, .at = now + (RdTime)(1e9 / m->config->rate)};
  if (spec.at < m->stop)
    m->host->timer(m->host, &spec);
}

static void mimic_start(void *self) {
  mimic_timer(self, 0, 0);
}

static void mimic_close(void *self) {
  free(self);
}

static void mimic_success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  (void)evidence, (void)config;
  ret->succeeded = false; /* it wants nothing */
}

static const RdParam params[] = {
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "10", 0.001, 1e6, "", "Requests a second."),
    RD_PARAM(Config, "target", RD_NODE_NAME, target, NULL, 0, 0, "", "Node that it sends to."),
    RD_PARAM(Config, "source", RD_TEXT, source, "", 0, 0, "",
             "Address that it sends from; empty: its own."),
    RD_PARAM(Config, "from", RD_TEXT, from, "sip:mimic@example.com", 0, 0, "", "From."),
    RD_PARAM(Config, "to", RD_TEXT, to, "sip:sink@example.com", 0, 0, "", "To and Request-URI."),
    RD_PARAM(Config, "method", RD_TEXT, method, "OPTIONS", 0, 0, "", "Method."),
    RD_PARAM_END};

#ifdef TWIN
#define NAME "mimic-twin"
#define BENIGN true
#else
#define NAME "mimic"
#define BENIGN false
#endif

RD_PART(RD_ATTACK, NAME, "Test: sends from and as anybody", RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = mimic_open, .start = mimic_start, .timer = mimic_timer,
                     .close = mimic_close, .success = mimic_success),
        .interface = RD_IF_GM, .family = "dos", .benign = BENIGN);
