/* toy-server - a test node: answers every question of the toy protocol, over UDP and TCP. */
#include <stdio.h>
#include <stdlib.h>

#include "redoubt/plugin.h"
#include "tests/parts/toy/toy.h"

typedef struct {
  RdHost *host;
  uint32_t asked, opened, closed, unframed, unreadable;
} Server;

static void *server_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Server *s = calloc(1, sizeof *s);
  (void)config;
  if (!s)
    return NULL;
  s->host = host;
  s->asked = host->counter(host, "asked");
  s->opened = host->counter(host, "opened");
  s->closed = host->counter(host, "closed");
  s->unframed = host->counter(host, "unframed");
  s->unreadable = host->counter(host, "unreadable");
  for (uint16_t i = 0; i < setup->n_attachments; i++) {
    RdListen at = {.size = sizeof at, .attachment = i, .port = TOY_PORT, .protocol = TOY_PROTOCOL};
    at.transport = RD_UDP;
    host->listen(host, &at);
    at.transport = RD_TCP;
    host->listen(host, &at);
  }
  return s;
}

static void answer(Server *s, const RdMessage *m, const ToyMessage *asked) {
  char text[64];
  int len = snprintf(text, sizeof text, "SAY %u yes\n", asked->number);
  RdSend send = {.size = sizeof send,
                 .attachment = m->attachment,
                 .protocol = TOY_PROTOCOL,
                 .conn = m->conn,
                 .local = m->local,
                 .remote = m->remote,
                 .bytes = (const uint8_t *)text,
                 .len = (size_t)len};
  s->host->send(s->host, &send);
}

static void server_receive(void *self, const RdMessage *m) {
  Server *s = self;
  const ToyMessage *t = m->protocol == TOY_PROTOCOL ? m->view : NULL;
  if (m->kind == RD_OPENED)
    s->host->count(s->host, s->opened, 1);
  else if (m->kind == RD_CLOSED)
    s->host->count(s->host, s->closed, 1);
  else if (m->flags & RD_UNFRAMED) {
    s->host->count(s->host, s->unframed, 1);
    s->host->close(s->host, m->conn);
  } else if (t && t->is_request) {
    s->host->count(s->host, s->asked, 1);
    answer(s, m, t);
  } else if (m->kind == RD_DATA && !m->sip)
    s->host->count(s->host, s->unreadable, 1);
}

static void server_close(void *self) {
  free(self);
}

RD_PART(RD_NODE, "toy-server", "Test: answers the toy protocol",
        RD_ACTOR_OPS(.open = server_open, .receive = server_receive, .close = server_close));
