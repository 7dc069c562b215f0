/* A node that leaves out whatever may be left out. */
#include "redoubt/plugin.h"

static void *part_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  (void)config, (void)setup;
  return host;
}

static void part_close(void *self) {
  (void)self;
}

RD_PART(RD_NODE, "idle", "opens and closes", RD_ACTOR_OPS(.open = part_open, .close = part_close));
