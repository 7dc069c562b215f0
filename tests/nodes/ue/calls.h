/* calls.h - phones that call a lot, and what is asked about their calls, for the tests of calls. */
#pragma once

#include <check.h>

#include "nodes/ue/ue.h"
#include "tests/nodes/ue/network.h"

static inline void busy_hour(void *config) {
  mock_set(&redoubt_plugin, config, "register-over", 1);
  mock_set(&redoubt_plugin, config, "calls-from", 2);
  mock_set(&redoubt_plugin, config, "bhca", 60);
  mock_set(&redoubt_plugin, config, "hold", 5);
  mock_set(&redoubt_plugin, config, "hold-max", 20);
  mock_set(&redoubt_plugin, config, "ring-min", 1);
  mock_set(&redoubt_plugin, config, "ring-max", 3);
  mock_set(&redoubt_plugin, config, "patience", 10);
}

static inline void only(void *c, double answered, double unanswered, double busy, double rejected) {
  mock_set(&redoubt_plugin, c, "answered", answered);
  mock_set(&redoubt_plugin, c, "no-answer", unanswered);
  mock_set(&redoubt_plugin, c, "busy", busy);
  mock_set(&redoubt_plugin, c, "rejected", rejected);
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
