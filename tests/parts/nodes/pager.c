/* pager - a test node that answers each request with 200, its header as it came. */
#include <stdlib.h>
#include <string.h>

#include "redoubt/plugin.h"

typedef struct {
  RdHost *host;
} Pager;

static void *pager_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Pager *p = calloc(1, sizeof *p);
  (void)config, (void)setup;
  if (p)
    p->host = host;
  return p;
}

static void pager_receive(void *self, const RdMessage *message) {
  static const char line[] = "SIP/2.0 200 OK";
  Pager *p = self;
  char text[1024];
  const uint8_t *end =
      message->sip && !message->sip->status ? memchr(message->bytes, '\r', message->len) : NULL;
  const size_t rest = end ? message->len - (size_t)(end - message->bytes) : 0;
  if (!end || sizeof line - 1 + rest > sizeof text)
    return;
  memcpy(text, line, sizeof line - 1);
  memcpy(text + sizeof line - 1, end, rest);
  RdSend send = {.size = sizeof send,
                 .protocol = RD_PROTO_SIP,
                 .remote = message->remote,
                 .bytes = (const uint8_t *)text,
                 .len = sizeof line - 1 + rest};
  p->host->send(p->host, &send);
}

static void pager_close(void *self) {
  free(self);
}

RD_PART(RD_NODE, "pager", "Test: answers every request with 200",
        RD_ACTOR_OPS(.open = pager_open, .receive = pager_receive, .close = pager_close));
