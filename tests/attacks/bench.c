#include "tests/attacks/bench.h"

#include <check.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/build.h"

void bench_open_with(Bench *b, uint64_t seed, RdTime stop, void *config) {
  const RdActorOps *ops = redoubt_plugin.actor;
  *b = (Bench){.world = mock_world_new(seed), .config = config};
  b->mock = mock_host_new(b->world, redoubt_plugin.name);
  mock_attach(b->mock, RD_IF_GM, "gm", "access", "198.18.64.1/15");
  mock_name(b->mock, 0, "sbc", "198.18.0.1");
  mock_population(b->mock, ops->entities ? ops->entities(b->config) : 1, RD_SECOND, stop);
  b->self = mock_open(b->mock, ops, b->config);
  ck_assert(b->self != NULL);
  mock_run_until(b->world, RD_SECOND);
  mock_start(b->mock);
}

void bench_open(Bench *b, uint64_t seed, RdTime stop, ...) {
  void *config = mock_config(&redoubt_plugin);
  va_list list;
  va_start(list, stop);
  for (const char *key = va_arg(list, const char *); key; key = va_arg(list, const char *))
    mock_set(&redoubt_plugin, config, key, va_arg(list, double));
  va_end(list);
  bench_open_with(b, seed, stop, config);
}

void bench_answer(Bench *b, const MockSent *sent, unsigned status) {
  char buffer[4096];
  RdSipBuild r = rd_sip_reply(buffer, sizeof buffer, &sent->scan->sip, status, NULL, rd_slice("x"));
  const size_t len = rd_sip_finish(&r, NULL, (RdSlice){0});
  ck_assert_uint_gt(len, 0);
  mock_receive(b->mock, 0, "198.18.0.1:5060", buffer, len);
}

void bench_close(Bench *b) {
  mock_close(b->mock);
  mock_world_free(b->world);
  g_free(b->config);
}

static double metric(const RdEvidence *e, RdWorldKind world, RdMetric which, RdTime from,
                     RdTime to) {
  const FakeEvidence *f = (const FakeEvidence *)e;
  ck_assert_int_eq(from, e->attack_start);
  ck_assert_int_eq(to, e->attack_stop);
  return which == RD_METRIC_SRD_P95   ? f->srd[world]
         : which == RD_METRIC_RRD_P95 ? f->rrd[world]
                                      : NAN;
}

static RdFared fared(const RdEvidence *e, uint32_t kind, RdTime from, RdTime to) {
  const FakeEvidence *f = (const FakeEvidence *)e;
  RdFared sum = {0};
  ck_assert_uint_eq(kind, f->kind);
  ck_assert_int_ge(from, e->attack_start);
  ck_assert_int_le(to, e->attack_stop);
  for (RdTime s = from / RD_SECOND; s < to / RD_SECOND; s++) {
    sum.attempts += f->seconds[s].attempts;
    sum.lost += f->seconds[s].lost;
    sum.gained += f->seconds[s].gained;
  }
  return sum;
}

static RdClaimed claimed(const RdEvidence *e, const char *kind) {
  ck_assert_str_eq(kind, "identity-exists");
  return ((const FakeEvidence *)e)->claimed;
}

static int64_t counter(const RdEvidence *e, const char *name) {
  const FakeEvidence *f = (const FakeEvidence *)e;
  return strcmp(name, "registered") == 0         ? f->registered
         : strcmp(name, "attempts-failed") == 0  ? f->failed
         : strcmp(name, "drained-after-ms") == 0 ? f->drained
         : strcmp(name, "calls-placed") == 0     ? f->placed
         : strcmp(name, "calls-answered") == 0   ? f->answered
         : strcmp(name, "calls-caught") == 0     ? f->caught
         : strcmp(name, "accepted") == 0         ? f->accepted
         : strcmp(name, "sent") == 0             ? f->sent
                                                 : 0;
}

void evidence_of_nothing(FakeEvidence *f) {
  *f = (FakeEvidence){.evidence = {.size = sizeof f->evidence,
                                   .attack_start = 10 * RD_SECOND,
                                   .attack_stop = 40 * RD_SECOND,
                                   .trial_stop = 60 * RD_SECOND,
                                   .metric = metric,
                                   .fared = fared,
                                   .claimed = claimed,
                                   .counter = counter},
                      .srd = {1e9, 1e9},
                      .rrd = {1e8, 1e8},
                      .claimed = {.auc = NAN}};
  for (unsigned i = 0; i < EVIDENCE_SECONDS; i++)
    f->seconds[i].attempts = 10;
}

RdSuccess evidence_judge(const FakeEvidence *f, const void *config) {
  RdSuccess s = {.size = sizeof s,
                 .effect = NAN,
                 .effect_low = NAN,
                 .effect_high = NAN,
                 .least = -INFINITY,
                 .most = INFINITY,
                 .threshold = NAN,
                 .worst = NAN};
  redoubt_plugin.actor->success(&f->evidence, config, &s);
  ck_assert(s.unit != NULL);
  ck_assert(isnan(s.effect) || (s.effect_low <= s.effect && s.effect <= s.effect_high));
  ck_assert(isnan(s.effect) || (s.least <= s.effect_low && s.effect_high <= s.most));
  ck_assert_uint_gt(strlen(s.why), 0);
  ck_assert_uint_lt(strlen(s.why), sizeof s.why - 1); /* not cut */
  return s;
}
