/* acc-dereg - takes other people's registrations away. */
#include <stdlib.h>

#include "lab/attacker/harm.h"
#include "lab/attacker/imposter.h"
#include "lab/base/memory.h"

typedef struct {
  RdImposterAim aim;
} Config;

static const RdParam params[] = {
    RD_IMPOSTER_ROWS(Config, "20", "5",
                     "Points of legitimate calls lost from which it has succeeded."),
    RD_PARAM_END};

static bool ask(void *user, const RdImposterTry *t, RdSipRequest *r) {
  (void)user;
  (void)t;
  r->contact_all = true;
  return true;
}

static const RdImposterOps ops = {.ask = ask};

static void *open_dereg(RdHost *host, const void *config, const RdActorSetup *setup) {
  return rd_imposter_new(host, setup, &((const Config *)config)->aim, &ops, NULL);
}

static void start(void *self) {
  rd_imposter_start(self);
}

static void receive(void *self, const RdMessage *m) {
  rd_imposter_receive(self, m);
}

static void timer(void *self, RdTimer id, uint64_t source) {
  (void)id;
  rd_imposter_timer(self, source);
}

static void close_dereg(void *self) {
  rd_imposter_free(self);
}

static void success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  rd_harm_to(evidence, RD_ATTEMPT_CALL, ((const Config *)config)->aim.threshold, ret);
}

RD_PART(RD_ATTACK, "acc-dereg",
        "Takes other people's registrations away, so that nobody can call them.",
        RD_CONFIG(Config, params),
        RD_ACTOR_OPS(.open = open_dereg, .start = start, .receive = receive, .timer = timer,
                     .close = close_dereg, .entities = rd_imposter_entities, .success = success),
        .interface = RD_IF_GM, .family = "acc");
