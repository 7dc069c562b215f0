/* pass-all - the placebo: judges everything, does nothing, costs nothing. */
#include <stdlib.h>

#include "redoubt/plugin.h"

typedef struct {
  RdHost *host;
} PassAll;

static void *pass_open(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  PassAll *p = calloc(1, sizeof *p);
  (void)config, (void)setup;
  if (p)
    p->host = host;
  return p;
}

static void pass_judge(void *self, const RdMessage *message, RdVerdict *verdict) {
  (void)self, (void)message, (void)verdict;
}

static void pass_close(void *self) {
  free(self);
}

static const RdDefenseOps ops = {
    .size = sizeof ops, .open = pass_open, .judge = pass_judge, .close = pass_close};

RD_EXPORT const RdPlugin redoubt_plugin = {.abi = RD_ABI,
                                           .size = sizeof(RdPlugin),
                                           .kind = RD_DEFENSE,
                                           .param_size = sizeof(RdParam),
                                           .name = "pass-all",
                                           .summary = "The placebo: passes everything, at no cost",
                                           .defense = &ops};
