/* ben-dialler - a call centre's seats that call one subscriber after the other. Benign. */
#include "lab/attacker/crowd.h"
#include "lab/base/random.h"

typedef struct {
  RdCrowdAim crowd;
  int64_t callees;
} Config;

static const RdParam params[] = {
    RD_PARAM(Config, "callees", RD_INTEGER, callees, "300", 1, 4e9, "",
             "Whom it calls: the registrar's first subscribers, drawn a call."),
    RD_CROWD_ROWS(Config, "20", "5 s", "8 s", "1 s", "0"), RD_PARAM_END};

static void whom(const RdCrowd *crowd, uint64_t account, uint64_t call, char ret[RD_NUMBER_TEXT]) {
  const Config *c = (const Config *)rd_crowd_aim(crowd); /* its first member */
  rd_crowd_number(crowd, rd_below(rd_crowd_draw(crowd, account, call), (uint64_t)c->callees), ret);
}

static void *open_dialler(RdHost *host, const void *config, const RdActorSetup *setup) {
  return rd_crowd_new(host, setup, config, 0, true, whom);
}

RD_PART(RD_ATTACK, "ben-dialler",
        "Benign twin: a call centre that calls one subscriber after the other.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_dialler, RD_CROWD_OPS, .success = rd_crowd_success),
        .interface = RD_IF_GM, .family = "benign", .benign = true);
