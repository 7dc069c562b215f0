/* chameleon - a test attack whose configuration says of which family it is, and whether it is a twin; it sends
 * one request at each of its attachments, and succeeds by the facts that come of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redoubt/plugin.h"

typedef struct {
  const char *family, *target;
  bool benign;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  uint32_t n;
} Chameleon;

static const char *chameleon_family(const void *config, bool *ret_benign) {
  const Config *c = config;
  *ret_benign = c->benign;
  return *c->family ? c->family : NULL;
}

static void *chameleon_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Chameleon *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->host = host;
  c->config = config;
  c->n = setup->n_attachments;
  return c;
}

static void chameleon_start(void *self) {
  Chameleon *c = self;
  char text[512];
  for (uint16_t i = 0; i < c->n; i++) {
    int len = snprintf(text, sizeof text,
                       "OPTIONS sip:x@example.com SIP/2.0\r\n"
                       "Via: SIP/2.0/UDP chameleon.example.com;branch=z9hG4bKc%u\r\n"
                       "Max-Forwards: 70\r\nFrom: <sip:c@example.com>;tag=1\r\n"
                       "To: <sip:x@example.com>\r\nCall-ID: c%u\r\nCSeq: 1 OPTIONS\r\n"
                       "Content-Length: 0\r\n\r\n",
                       i, i);
    RdSend send = {.size = sizeof send,
                   .attachment = i,
                   .protocol = RD_PROTO_SIP,
                   .bytes = (const uint8_t *)text,
                   .len = (size_t)len};
    if (c->host->resolve(c->host, i, c->config->target, &send.remote))
      c->host->send(c->host, &send);
  }
}

static void chameleon_close(void *self) {
  free(self);
}

static void chameleon_success(const RdEvidence *e, const void *config, RdSuccess *ret) {
  (void)config;
  RdFacts own = e->facts(e, RD_WORLD_THIS, "charge", RD_FACTS_OF_ATTACK, 0, e->trial_stop);
  ret->effect = (double)own.amount;
  ret->effect_low = ret->effect_high = ret->effect;
  ret->least = 0;
  ret->threshold = 1;
  ret->unit = "units charged";
  ret->succeeded = own.amount > 0;
}

static const RdParam params[] = {
    RD_PARAM(Config, "family", RD_TEXT, family, "", 0, 0, "", "Family of the catalogue."),
    RD_PARAM(Config, "target", RD_NODE_NAME, target, NULL, 0, 0, "", "Node that it sends to."),
    RD_PARAM(Config, "benign", RD_BOOL, benign, "false", 0, 0, "", "Is it a twin?"), RD_PARAM_END};

RD_PART(RD_ATTACK, "chameleon", "Test: is what its configuration says", RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = chameleon_open, .start = chameleon_start, .close = chameleon_close,
                     .success = chameleon_success, .family = chameleon_family),
        .interface = RD_IF_OTHER, .family = "dos");
