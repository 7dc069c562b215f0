/* calls.h - phones that call a lot, and what is asked about their calls, for the tests of calls. */
#pragma once

#include <check.h>

#include "nodes/ue/ue.h"
#include "tests/nodes/ue/network.h"

static inline void busy_hour(void *config) {
  UeConfig *c = config;
  c->register_over = RD_SECOND;
  c->calls_from = 2 * RD_SECOND;
  c->bhca = 60;
  c->hold = 5 * RD_SECOND;
  c->hold_max = 20 * RD_SECOND;
  c->ring_min = RD_SECOND;
  c->ring_max = 3 * RD_SECOND;
  c->patience = 10 * RD_SECOND;
}

static inline void only(UeConfig *c, double answered, double unanswered, double busy,
                        double rejected) {
  c->answered = answered;
  c->unanswered = unanswered;
  c->busy = busy;
  c->rejected = rejected;
}

static inline void always_answered(void *config) {
  busy_hour(config);
  only(config, 1, 0, 0, 0);
}

static inline void never_answered(void *config) {
  busy_hour(config);
  only(config, 0, 1, 0, 0);
}

static inline const RdAttempt *find_call(const Lab *lab, bool answered) {
  for (unsigned i = 0; i < mock_n_attempts(lab->phones); i++) {
    const RdAttempt *a = mock_attempt(lab->phones, i);
    if (a->kind == RD_ATTEMPT_CALL && (!answered || a->status == 200))
      return a;
  }
  ck_abort_msg("no such call");
  return NULL;
}

/* The first call that was over. */
static inline const RdAttempt *first_call(const Lab *lab) {
  return find_call(lab, false);
}

static inline const MockSent *first_sent(const Lab *lab, RdSipMethod method, bool request,
                                         unsigned status) {
  for (unsigned i = 0; i < mock_n_sent(lab->phones); i++) {
    const RdSip *sip = &mock_sent(lab->phones, i)->scan->sip;
    if (sip->method == method && sip->is_request == request && sip->status == status)
      return mock_sent(lab->phones, i);
  }
  return NULL;
}
