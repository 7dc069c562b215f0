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

static const RdParam params[] = {RD_PARAM(GateConfig, "strength", RD_INTEGER, strength, "100", 0,
                                          100, "%", "Of the harm, how much it takes away."),
                                 RD_PARAM_END};

RD_PART(RD_DEFENSE, "gate", "A part of the harness's tests", RD_CONFIG(GateConfig, params),
        RD_DEFENSE_OPS(.open = open_gate, .judge = judge, .close = nothing));
