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

static void sink_close(void *self) {
  free(self);
}

RD_PART(RD_NODE, "sink", "Test: a queue with workers",
        RD_ACTOR_OPS(.open = sink_open, .close = sink_close));
