/* A defense that does nothing: the fake engine plays it. */
#include "tests/bench/parts/actor.h"

#include <stddef.h>

static int self;

static void *open_gate(RdHost *host, const void *config, const RdDefenseSetup *setup) {
  (void)host;
  (void)config;
  (void)setup;
  return &self;
}

static void judge(void *me, const RdMessage *message, RdVerdict *verdict) {
  (void)me;
  (void)message;
  (void)verdict;
}

static void nothing(void *me) {
  (void)me;
}

static const RdDefenseOps ops = {
    .size = sizeof ops, .open = open_gate, .judge = judge, .close = nothing};

static const RdParam params[] = {{.key = "strength",
                                  .type = RD_INTEGER,
                                  .offset = offsetof(GateConfig, strength),
                                  .fallback = "100",
                                  .min = 0,
                                  .max = 100,
                                  .unit = "%",
                                  .help = "Of the harm, how much it takes away."},
                                 {.key = NULL}};

RD_EXPORT const RdPlugin redoubt_plugin = {.abi = RD_ABI,
                                           .size = sizeof redoubt_plugin,
                                           .kind = RD_DEFENSE,
                                           .param_size = sizeof(RdParam),
                                           .name = "gate",
                                           .summary = "A part of the harness's tests",
                                           .params = params,
                                           .config_size = sizeof(GateConfig),
                                           .defense = &ops};
