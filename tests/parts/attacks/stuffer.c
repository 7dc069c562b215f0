/* stuffer - a test attack on streams: over one TCP connection it sends a header that never ends, or what is no SIP. */
#include <stdlib.h>
#include <string.h>

#include "redoubt/plugin.h"

#define PIECE 1000

typedef struct {
  const char *target;
  double rate;
  int what;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  RdTime stop;
  RdConn conn;
  uint32_t pieces, closed;
  bool begun;
} Stuffer;

static void *stuffer_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Stuffer *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->host = host;
  s->config = config;
  s->stop = setup->stop;
  s->pieces = host->counter(host, "pieces");
  s->closed = host->counter(host, "closed");
  return s;
}

static void stuffer_start(void *self) {
  Stuffer *s = self;
  RdConnect to = {.size = sizeof to, .protocol = RD_PROTO_SIP};
  if (!s->host->resolve(s->host, 0, s->config->target, &to.remote))
    return;
  to.remote.transport = RD_TCP;
  s->conn = s->host->connect(s->host, &to);
}

static void stuffer_timer(void *self, RdTimer timer, uint64_t cookie) {
  static const char *const begin[] = {"OPTIONS sip:a SIP/2.0\r\nX: ", "this is no SIP\r\n\r\n"};
  Stuffer *s = self;
  char piece[PIECE];
  (void)timer, (void)cookie;
  const char *first = begin[s->config->what];
  size_t n = s->begun ? sizeof piece : strlen(first);
  memset(piece, 'x', sizeof piece);
  if (!s->begun)
    memcpy(piece, first, n);
  s->begun = true;
  const RdSend send = {.size = sizeof send,
                       .protocol = RD_PROTO_SIP,
                       .conn = s->conn,
                       .bytes = (const uint8_t *)piece,
                       .len = n};
  if (s->conn && s->host->send(s->host, &send))
    s->host->count(s->host, s->pieces, 1);
  const RdTimerSpec spec = {.size = sizeof spec,
                            .at = s->host->now(s->host) + (RdTime)(1e9 / s->config->rate)};
  if (s->conn && spec.at < s->stop)
    s->host->timer(s->host, &spec);
}

static void stuffer_receive(void *self, const RdMessage *m) {
  Stuffer *s = self;
  if (m->kind == RD_OPENED)
    stuffer_timer(s, 0, 0);
  if (m->kind != RD_CLOSED)
    return;
  s->host->count(s->host, s->closed, 1);
  s->conn = 0;
}

static void stuffer_close(void *self) {
  free(self);
}

static const char *const whats[] = {"endless", "garbage", NULL};

static const RdParam params[] = {
    RD_PARAM(Config, "target", RD_NODE_NAME, target, "sbc", 0, 0, "", "Whom it connects to."),
    RD_PARAM(Config, "rate", RD_NUMBER, rate, "100", 0.001, 1e6, "1/s", "Pieces a second."),
    RD_CHOICE(Config, "what", what, "endless", whats, "What it sends."), RD_PARAM_END};

RD_PART(RD_ATTACK, "stuffer", "Test: sends a stream that never becomes a message.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = stuffer_open, .start = stuffer_start, .receive = stuffer_receive,
                     .timer = stuffer_timer, .close = stuffer_close),
        .interface = RD_IF_GM, .family = "dos", .benign = true);
