/* sink - a test node that takes messages and does nothing with them: a bare queue with workers. */
#include <stdlib.h>

#include "redoubt/plugin.h"

typedef struct {
  RdHost *host;
} Sink;

static void *sink_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  Sink *s = calloc(1, sizeof *s);
  (void)config, (void)setup;
  if (s)
    s->host = host;
  return s;
}

static void sink_nothing(void *self) {
  (void)self;
}

static void sink_receive(void *self, const RdMessage *message) {
  (void)self, (void)message;
}

static void sink_timer(void *self, RdTimer timer, uint64_t cookie) {
  (void)self, (void)timer, (void)cookie;
}

static void sink_close(void *self) {
  free(self);
}

static const RdActorOps ops = {.size = sizeof ops,
                               .open = sink_open,
                               .start = sink_nothing,
                               .receive = sink_receive,
                               .timer = sink_timer,
                               .close = sink_close};

RD_EXPORT const RdPlugin redoubt_plugin = {.abi = RD_ABI,
                                           .size = sizeof(RdPlugin),
                                           .kind = RD_NODE,
                                           .param_size = sizeof(RdParam),
                                           .name = "sink",
                                           .summary = "Test: a queue with workers",
                                           .actor = &ops};
