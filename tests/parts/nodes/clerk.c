/* clerk - a test node that notes a fact for every message it gets, names a secret at the attachment it is told
 * to, says it at another, and can be told to pay. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/base/slice.h"
#include "redoubt/plugin.h"

typedef struct {
  const char *secret, *says, *to;
} Config;

typedef struct {
  int64_t amount;
  const char *subject;
} Pay;

typedef struct {
  RdHost *host;
  const Config *config;
  RdAddress to;
  bool talks;
  uint64_t said;
  uint32_t named, refused;
} Clerk;

static void name_secret(Clerk *c) {
  RdSecret secret = {.size = sizeof secret,
                     .attachment = 0,
                     .kind = "imsi",
                     .subject = "alice",
                     .bytes = rd_slice(c->config->secret)};
  bool known = c->host->secret(c->host, &secret);
  c->host->count(c->host, known ? c->named : c->refused, 1);
}

static void *clerk_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Clerk *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->host = host;
  c->config = config;
  c->named = host->counter(host, "secrets");
  c->refused = host->counter(host, "secrets-refused");
  c->talks =
      *c->config->to && setup->n_attachments > 1 && host->resolve(host, 1, c->config->to, &c->to);
  host->count(host, host->counter(host, "epoch"), host->epoch);
  if (*c->config->secret)
    name_secret(c);
  return c;
}

/* The parameter has "|" where a line ends. */
static size_t write_text(const Clerk *c, char *text, size_t cap) {
  char says[256];
  size_t n = 0;
  for (const char *p = c->config->says; *p && n + 2 < sizeof says; p++) {
    if (*p == '|')
      says[n++] = '\r';
    says[n++] = *p == '|' ? '\n' : *p;
  }
  return (size_t)snprintf(text, cap,
                          "OPTIONS sip:sink@example.com SIP/2.0\r\n"
                          "Via: SIP/2.0/UDP clerk.example.com;branch=z9hG4bK%u\r\n"
                          "Max-Forwards: 70\r\nFrom: <sip:clerk@example.com>;tag=1\r\n"
                          "To: <sip:sink@example.com>\r\nCall-ID: %u@example.com\r\n"
                          "CSeq: 1 OPTIONS\r\nSubject: %.*s\r\nContent-Length: 0\r\n\r\n",
                          (unsigned)c->said, (unsigned)c->said, (int)n, says);
}

static void clerk_receive(void *self, const RdMessage *m) {
  Clerk *c = self;
  char text[1024];
  RdFact fact = {.size = sizeof fact,
                 .kind = "charge",
                 .subject = m->sip && m->sip->is_request ? "sip:payer@example.com" : "nobody",
                 .object = "sip:clerk@example.com",
                 .amount = 7,
                 .entity = 3};
  c->host->fact(c->host, &fact);
  if (!c->talks)
    return;
  c->said++;
  RdSend send = {.size = sizeof send,
                 .attachment = 1,
                 .protocol = RD_PROTO_SIP,
                 .remote = c->to,
                 .bytes = (const uint8_t *)text,
                 .len = write_text(c, text, sizeof text)};
  c->host->send(c->host, &send);
}

static bool clerk_act(void *self, uint32_t verb, const void *arguments, char reply[RD_REPLY]) {
  Clerk *c = self;
  const Pay *pay = arguments;
  (void)verb;
  if (pay->amount < 0) {
    snprintf(reply, RD_REPLY, "it \"never\" takes");
    return false;
  }
  RdFact fact = {
      .size = sizeof fact, .kind = "paid", .subject = pay->subject, .amount = pay->amount};
  c->host->fact(c->host, &fact);
  snprintf(reply, RD_REPLY, "paid %lld", (long long)pay->amount);
  return true;
}

static void clerk_close(void *self) {
  free(self);
}

static const RdParam params[] = {
    RD_PARAM(Config, "secret", RD_TEXT, secret, "", 0, 0, "",
             "What only the first network may know."),
    RD_PARAM(Config, "says", RD_TEXT, says, "", 0, 0, "", "What it says at the second."),
    RD_PARAM(Config, "to", RD_NODE_NAME, to, "", 0, 0, "", "Node at the second network."),
    RD_PARAM_END};

static const RdParam pay_arguments[] = {
    RD_PARAM(Pay, "amount", RD_INTEGER, amount, "1", -100, 1e6, "", "How much."),
    RD_PARAM(Pay, "subject", RD_TEXT, subject, NULL, 0, 0, "", "Who pays."), RD_PARAM_END};

static const RdVerb verbs[] = {RD_VERB("pay", Pay, pay_arguments, "Notes a payment."), RD_VERB_END};

RD_PART(RD_NODE, "clerk", "Test: notes facts and names a secret", RD_CONFIG(Config, params),
        RD_VERBS(verbs),
        RD_ACTOR_OPS(.open = clerk_open, .receive = clerk_receive, .close = clerk_close,
                     .act = clerk_act));
