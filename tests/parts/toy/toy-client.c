/* toy-client - a test node: asks the toy server again and again, over UDP or over one TCP connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redoubt/plugin.h"
#include "tests/parts/toy/toy.h"

typedef struct {
  const char *server;
  int transport, how;
  int64_t questions, port;
} Config;

typedef enum { WHOLE, PIECES, ENDLESS } How;

typedef struct {
  RdHost *host;
  const Config *config;
  RdAddress server;
  RdConn conn;
  bool up;
  int64_t asked, heard;
  uint16_t port;
  uint32_t answered, refused, opened, turned_away, closed;
} Client;

static void *client_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Client *c = calloc(1, sizeof *c);
  (void)setup;
  if (!c)
    return NULL;
  c->host = host;
  c->config = config;
  c->answered = host->counter(host, "answered");
  c->refused = host->counter(host, "refused");
  c->opened = host->counter(host, "opened");
  c->turned_away = host->counter(host, "turned-away");
  c->closed = host->counter(host, "closed");
  RdListen at = {.size = sizeof at, .transport = RD_UDP, .protocol = TOY_PROTOCOL};
  c->port = host->listen(host, &at);
  return c;
}

static void next(Client *c) {
  RdTimerSpec spec = {.size = sizeof spec,
                      .cause = RD_NEW,
                      .at = c->host->now(c->host) + 100 * RD_MILLISECOND,
                      .attempt = (uint64_t)c->asked + 1};
  if (c->asked < c->config->questions)
    c->host->timer(c->host, &spec);
}

static void put(Client *c, const char *text, size_t len) {
  RdSend send = {.size = sizeof send,
                 .protocol = TOY_PROTOCOL,
                 .conn = c->conn,
                 .remote = c->server,
                 .bytes = (const uint8_t *)text,
                 .len = len};
  send.local = c->server;
  send.local.family = 0;
  if (!c->conn) { /* a datagram, from where the answer is heard */
    c->host->resolve(c->host, 0, c->host->name, &send.local);
    send.local.port = c->port;
  }
  c->host->send(c->host, &send);
}

static void ask(Client *c) {
  char text[64];
  int len = snprintf(text, sizeof text, "ASK %u\n", (unsigned)++c->asked);
  if (c->config->how == ENDLESS) /* never a line's end */
    put(c, "ASKASKASKASKASKASKASKASKASKASKASKASKASKASKASKASK", 48);
  else if (c->config->how == PIECES) {
    put(c, text, 2);
    put(c, text + 2, (size_t)len - 2);
  } else
    put(c, text, (size_t)len);
  next(c);
}

static void client_start(void *self) {
  Client *c = self;
  c->host->resolve(c->host, 0, c->config->server, &c->server);
  c->server.port = (uint16_t)c->config->port;
  if (c->config->transport == 0) {
    next(c);
    return;
  }
  c->server.transport = RD_TCP;
  RdConnect to = {.size = sizeof to, .protocol = TOY_PROTOCOL, .remote = c->server};
  c->conn = c->host->connect(c->host, &to);
}

static void client_timer(void *self, RdTimer timer, uint64_t cookie) {
  (void)timer, (void)cookie;
  ask(self);
}

static void client_receive(void *self, const RdMessage *m) {
  Client *c = self;
  const ToyMessage *t = m->view;
  if (m->kind == RD_OPENED) {
    c->host->count(c->host, c->opened, 1);
    next(c);
  } else if (m->kind == RD_REFUSED)
    c->host->count(c->host, c->turned_away, 1);
  else if (m->kind == RD_CLOSED) {
    c->host->count(c->host, c->closed, 1);
    c->asked = c->config->questions;
  } else if (t && !t->is_request) {
    bool refused = t->text.len >= 7 && memcmp(t->text.at, "refused", 7) == 0;
    c->host->count(c->host, refused ? c->refused : c->answered, 1);
    if (++c->heard == c->config->questions && c->conn)
      c->host->close(c->host, c->conn);
  }
}

static void client_close(void *self) {
  free(self);
}

static const char *const transports[] = {"udp", "tcp", NULL};
static const char *const hows[] = {"whole", "pieces", "endless", NULL};

static const RdParam params[] = {
    {"server", RD_NODE_NAME, offsetof(Config, server), "server", 0, 0, "", NULL, "Whom it asks."},
    {"transport", RD_ENUM, offsetof(Config, transport), "udp", 0, 0, "", transports, "By what."},
    {"how", RD_ENUM, offsetof(Config, how), "whole", 0, 0, "", hows, "In how many writes."},
    {"questions", RD_INTEGER, offsetof(Config, questions), "20", 0, 1e6, "", NULL, "How many."},
    {"port", RD_INTEGER, offsetof(Config, port), "7007", 1, 65535, "", NULL, "Where it asks."},
    {0}};

RD_PART(RD_NODE, "toy-client", "Test: asks the toy protocol", RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = client_open, .start = client_start, .receive = client_receive,
                     .timer = client_timer, .close = client_close));
