/* A node or an attack that does nothing: the fake engine plays it. PART_NAME and the rest come from
 * meson. */
#include "tests/bench/parts/actor.h"

#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int self;

static void *open_actor(RdHost *host, const void *config, const RdActorSetup *setup) {
  (void)host;
  (void)config;
  (void)setup;
  return &self;
}

static void nothing(void *me) {
  (void)me;
}

static void receive(void *me, const RdMessage *message) {
  (void)me;
  (void)message;
}

static void timer(void *me, RdTimer id, uint64_t cookie) {
  (void)me;
  (void)id;
  (void)cookie;
}

static uint64_t entities(const void *config) {
  return (uint64_t)((const ActorConfig *)config)->subscribers;
}

static void misbehave(int asked) {
  switch (asked) {
  case ASKED_CRASH:
    fprintf(stderr, "about to touch what is not there\n");
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    break;
  case ASKED_LOOP:
    fprintf(stderr, "thinking\n");
    for (;;)
      pause();
  case ASKED_EXIT:
    exit(0);
  case ASKED_TALK: /* more than a pipe holds */
    for (int i = 0; i < 20000; i++)
      printf("talking of line %d\n", i);
    break;
  default:
    break;
  }
}

/* Success: it took at least 5 points of the calls that were served without it. */
static void success(const RdEvidence *e, const void *config, RdSuccess *ret) {
  misbehave(((const ActorConfig *)config)->asked);
  const RdFared f = e->fared(e, RD_ATTEMPT_CALL, e->attack_start, e->attack_stop);
  double with = e->metric(e, RD_WORLD_THIS, RD_METRIC_SER, e->attack_start, e->attack_stop);
  double without = e->metric(e, RD_WORLD_BASELINE, RD_METRIC_SER, e->attack_start, e->attack_stop);
  ret->effect = 100 * ((double)f.lost - (double)f.gained) / (double)f.attempts;
  ret->effect_low = ret->effect - 3;
  ret->effect_high = ret->effect + 3;
  ret->least = -100;
  ret->most = 100;
  ret->threshold = 5;
  ret->worst = ret->effect;
  ret->unit = "points of calls";
  ret->succeeded = ret->effect >= 5;
  snprintf(ret->why, sizeof ret->why, "SER fell from %.1f to %.1f", without, with);
}

static const char *const modes[] = {"work", "fail", "crash", "loop", "full", "mute", NULL};
static const char *const answers[] = {"answer", "crash", "loop", "exit", "talk", NULL};
static const RdParam params[] = {
    RD_PARAM(ActorConfig, "subscribers", RD_INTEGER, subscribers, "1", 1, 1000, "",
             "How many there are."),
    RD_CHOICE(ActorConfig, "mode", mode, "work", modes, "What the fake engine does."),
    RD_CHOICE(ActorConfig, "asked", asked, "answer", answers, "What its predicate does."),
    RD_PARAM_END};

RD_PART(PART_KIND, PART_NAME, "A part of the harness's tests", RD_CONFIG(ActorConfig, params),
        RD_ACTOR_OPS(.open = open_actor, .start = nothing, .receive = receive, .timer = timer,
                     .close = nothing, .entities = PART_KIND == RD_NODE ? entities : NULL,
                     .success = PART_BENIGN ? NULL : success),
        .interface = RD_IF_GM, .family = PART_KIND == RD_ATTACK ? "dos" : NULL,
        .benign = PART_BENIGN);
