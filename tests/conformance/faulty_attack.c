/* An attack that breaks the contract in the one way that the build asks for (-DFAULT_...). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "redoubt/plugin.h"

static void *faulty_open(RdHost *host, const void *config, const RdActorSetup *setup) {
  (void)config;
  return setup->n_links > 0 ? host : NULL;
}

static void faulty_start(void *self) {
  (void)self;
}

static void faulty_receive(void *self, const RdMessage *m) {
  (void)self, (void)m;
#ifdef FAULT_TRAIN
  char few[16];
  if (m->count > sizeof few) /* one octet for each of the train, and no more room than that */
    abort();
#endif
}

static void faulty_timer(void *self, RdTimer timer, uint64_t cookie) {
  (void)self, (void)timer, (void)cookie;
}

static void faulty_intercept(void *self, const RdMessage *m, RdVerdict *v) {
  (void)self, (void)m, (void)v;
#ifdef FAULT_LINE
  v->action = 77;
#elif defined FAULT_LINE_HOLD
  v->action = RD_HOLD;
#elif defined FAULT_LINE_SEALED
  if (m->sip->is_request) /* a cipher's bytes have no view */
    v->action = RD_DROP;
#endif
}

static void faulty_success(const RdEvidence *evidence, const void *config, RdSuccess *ret) {
  (void)evidence, (void)config;
  strcpy(ret->why, "never");
}

static void faulty_close(void *self) {
  (void)self;
}

RD_PART(RD_ATTACK, PART_NAME, "breaks the contract in one way", .family = "dos",
        RD_ACTOR_OPS(.open = faulty_open, .start = faulty_start, .receive = faulty_receive,
                     .timer = faulty_timer, .close = faulty_close, .success = faulty_success,
                     .intercept = faulty_intercept));
