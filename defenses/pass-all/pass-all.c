/* pass-all - the placebo: judges everything, does nothing, costs nothing. */
#include <stdlib.h>

#include "lab/base/memory.h"
#include "redoubt/plugin.h"

typedef struct {
  RdHost *host;
} PassAll;

static void *pass_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  PassAll *p = rd_alloc(sizeof *p);
  (void)config, (void)setup;
  p->host = host;
  return p;
}

static void pass_judge(void *self, const RdMessage *message, RdVerdict *verdict) {
  (void)self, (void)message, (void)verdict;
}

static void pass_close(void *self) {
  free(self);
}

static const RdCost costs[] = {{.operation = "judge",
                                .base = "0 ns",
                                .source = "by decision: a placebo is free, or it is none",
                                .help = "A message judged."},
                               RD_COST_END};

RD_PART(RD_DEFENSE, "pass-all", "The placebo: passes everything, at no cost", RD_COSTS(costs),
        RD_DEFENSE_OPS(.open = pass_open, .judge = pass_judge, .close = pass_close));
