/* streamer - a test node that sends a train of datagrams a second to a node, and counts what comes: messages, and
 * the datagrams that they stand for. */
#include <stdlib.h>

#include "redoubt/plugin.h"

typedef struct {
  const char *to;
  int64_t count;
  RdTime spacing;
} Config;

typedef struct {
  RdHost *host;
  const Config *config;
  RdAddress to;
  uint16_t port;
  uint64_t sent;
  uint32_t messages, datagrams, odd;
} Streamer;

enum { PORT = 4000 };

static void *streamer_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Streamer *s = calloc(1, sizeof *s);
  (void)setup;
  if (!s)
    return NULL;
  s->host = host;
  s->config = config;
  s->messages = host->counter(host, "messages");
  s->datagrams = host->counter(host, "datagrams");
  s->odd = host->counter(host, "odd");
  RdListen at = {.size = sizeof at, .port = PORT, .transport = RD_UDP, .protocol = RD_PROTO_RTP};
  s->port = host->listen(host, &at);
  return s;
}

static void next(Streamer *s) {
  RdTimerSpec spec = {.size = sizeof spec,
                      .cause = RD_NEW,
                      .at = s->host->now(s->host) + RD_SECOND,
                      .attempt = ++s->sent};
  s->host->timer(s->host, &spec);
}

static void streamer_start(void *self) {
  Streamer *s = self;
  if (*s->config->to && s->host->resolve(s->host, 0, s->config->to, &s->to))
    next(s);
}

static void streamer_timer(void *self, RdTimer timer, uint64_t cookie) {
  Streamer *s = self;
  static const uint8_t bytes[172] = {0x80};
  (void)timer, (void)cookie;
  s->to.port = PORT;
  RdSend send = {.size = sizeof send,
                 .protocol = RD_PROTO_RTP,
                 .remote = s->to,
                 .bytes = bytes,
                 .len = sizeof bytes,
                 .count = (uint64_t)s->config->count,
                 .spacing = s->config->spacing};
  s->host->send(s->host, &send);
  next(s);
}

static void streamer_receive(void *self, const RdMessage *m) {
  Streamer *s = self;
  s->host->count(s->host, s->messages, 1);
  s->host->count(s->host, s->datagrams, m->count ? (int64_t)m->count : 1);
  if (m->count > 1 && m->spacing != s->config->spacing)
    s->host->count(s->host, s->odd, 1);
}

static void streamer_close(void *self) {
  free(self);
}

static const RdParam params[] = {
    RD_PARAM(Config, "to", RD_NODE_NAME, to, "", 0, 0, "", "Node that is sent to."),
    RD_PARAM(Config, "count", RD_INTEGER, count, "50", 1, 1e6, "", "Datagrams of a train."),
    RD_PARAM(Config, "spacing", RD_DURATION, spacing, "10 ms", 0, 60, "s", "Between two of them."),
    RD_PARAM_END};

RD_PART(RD_NODE, "streamer", "Test: sends trains of datagrams", RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = streamer_open, .start = streamer_start, .receive = streamer_receive,
                     .timer = streamer_timer, .close = streamer_close));
