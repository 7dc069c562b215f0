/* Sound, but for the clock that it reads. */
#include <time.h>

#include "redoubt/plugin.h"

static void *impure_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  (void)config, (void)setup;
  return host;
}

static void impure_judge(void *self, const RdMessage *m, RdVerdict *v) {
  (void)self, (void)m;
  v->score = time(NULL) == 0;
}

static void impure_close(void *self) {
  (void)self;
}

RD_PART(RD_DEFENSE, "sound-but-impure", "reads the clock of the machine",
        RD_DEFENSE_OPS(.open = impure_open, .judge = impure_judge, .close = impure_close));
