/* juggler - a test defense: does to every INVITE what its parameter says, so that each kind of
 * verdict is carried out by a driver at least once. */
#include <stdio.h>
#include <stdlib.h>

#include "lab/base/slice.h"
#include "redoubt/plugin.h"

typedef enum {
  DELAY,
  RELEASE,
  RELEASE_REWRITTEN,
  HOLD_PASS,
  HOLD_DROP,
  REWRITE,
  CHALLENGE,
  ASK
} What;

typedef struct {
  int what, direction;
  RdTime time;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  RdTicket tickets;
  RdEdit edit;
  uint32_t judged, released, answered;
  uint16_t port; /* where it hears the answers to its questions, at every place */
} Juggler;

static void *juggler_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  Juggler *j = calloc(1, sizeof *j);
  if (!j)
    return NULL;
  j->host = host;
  for (uint16_t i = 0; i < setup->n_places; i++) {
    RdListen at = {.size = sizeof at,
                   .attachment = i,
                   .port = 5070,
                   .transport = RD_UDP,
                   .protocol = RD_PROTO_SIP};
    j->port = host->listen(host, &at);
  }
  j->config = config;
  j->edit = (RdEdit){RD_EDIT_ADD, rd_slice("X-Juggled"), rd_slice("yes")};
  j->judged = host->counter(host, "judged");
  j->released = host->counter(host, "released");
  j->answered = host->counter(host, "answered");
  return j;
}

static void release_later(Juggler *j, RdTicket ticket) {
  RdTimerSpec spec = {
      .size = sizeof spec, .at = j->host->now(j->host) + j->config->time, .cookie = ticket};
  j->host->timer(j->host, &spec);
}

static void ask(Juggler *j, const RdMessage *m) {
  char text[512], number[24];
  snprintf(number, sizeof number, "%016llx",
           (unsigned long long)j->host->random(j->host, ++j->tickets, 1, 0));
  int len = snprintf(text, sizeof text,
                     "OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP judge;rport;branch=z9hG4bK%s\r\n"
                     "Max-Forwards: 70\r\nFrom: <sip:judge@example.com>;tag=%s\r\n"
                     "To: <sip:next@example.com>\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\n"
                     "Content-Length: 0\r\n\r\n",
                     "p-cscf", number, number, number);
  RdSend send = {.size = sizeof send,
                 .attachment = m->attachment,
                 .local = m->local, /* its node's address, but a port of its own */
                 .protocol = RD_PROTO_SIP,
                 .bytes = (const uint8_t *)text,
                 .len = (size_t)len};
  send.local.port = j->port;
  if (j->host->resolve(j->host, m->attachment, "p-cscf", &send.remote))
    j->host->send(j->host, &send);
}

static void juggler_judge(void *self, const RdMessage *m, RdVerdict *v) {
  Juggler *j = self;
  if (!m->sip || !m->sip->is_request || m->sip->method != RD_SIP_INVITE ||
      m->direction != j->config->direction)
    return;
  j->host->count(j->host, j->judged, 1);
  v->classes = "test";
  v->reason = "juggled";
  v->delay = j->config->time;
  switch ((What)j->config->what) {
  case DELAY:
    v->action = RD_DELAY;
    break;
  case RELEASE:
  case RELEASE_REWRITTEN:
    v->action = RD_HOLD;
    v->delay = 10 * RD_SECOND;
    v->ticket = ++j->tickets;
    v->fallback = RD_DROP;
    release_later(j, v->ticket);
    break;
  case HOLD_PASS:
  case HOLD_DROP:
    v->action = RD_HOLD;
    v->ticket = ++j->tickets;
    v->fallback = j->config->what == HOLD_PASS ? RD_PASS : RD_DROP;
    break;
  case REWRITE:
    v->action = RD_REWRITE;
    v->edits = &j->edit;
    v->n_edits = 1;
    v->edit_stride = sizeof(RdEdit);
    break;
  case CHALLENGE:
    v->action = RD_CHALLENGE;
    v->code = 407;
    v->challenge = "Digest realm=\"test\", nonce=\"n\"";
    break;
  case ASK:
    ask(j, m);
  }
}

static void juggler_timer(void *self, RdTimer timer, uint64_t cookie) {
  Juggler *j = self;
  RdVerdict v = {.size = sizeof v, .edit_stride = sizeof(RdEdit)};
  (void)timer;
  if (j->config->what == RELEASE_REWRITTEN) {
    v.action = RD_REWRITE;
    v.edits = &j->edit;
    v.n_edits = 1;
  }
  if (j->host->release(j->host, cookie, &v))
    j->host->count(j->host, j->released, 1);
}

static void juggler_receive(void *self, const RdMessage *m) {
  Juggler *j = self;
  if (m->sip && m->sip->status == 200)
    j->host->count(j->host, j->answered, 1);
}

static void juggler_close(void *self) {
  free(self);
}

static const char *const whats[] = {"delay",     "release",   "release-rewritten",
                                    "hold-pass", "hold-drop", "rewrite",
                                    "challenge", "ask",       NULL};
static const char *const directions[] = {"ingress", "egress", NULL};

static const RdParam params[] = {
    RD_CHOICE(Config, "what", what, "delay", whats, "Verdict for an INVITE."),
    RD_CHOICE(Config, "direction", direction, "ingress", directions, "Which INVITEs."),
    RD_PARAM(Config, "time", RD_DURATION, time, "50 ms", 0, 60, "s",
             "How long a message is delayed or held."),
    RD_PARAM_END};

RD_PART(RD_DEFENSE, "juggler", "Test: gives every kind of verdict", RD_CONFIG(Config, params),
        RD_DEFENSE_OPS(.open = juggler_open, .judge = juggler_judge, .receive = juggler_receive,
                       .timer = juggler_timer, .close = juggler_close));
