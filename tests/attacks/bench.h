/* bench.h - an attack alone on the mock host, and evidence made by hand. */
#pragma once

#include "tests/mock/host.h"

extern const RdPlugin redoubt_plugin; /* the attack under test */

typedef struct {
  MockWorld *world;
  MockHost *mock;
  void *config, *self;
} Bench;

/* Configures, opens and starts the attack, from 1 s to `stop`; "sbc" is 198.18.0.1. The rest is
 * key, value pairs for numbers, durations in seconds and enums, ended by NULL. */
void bench_open(Bench *bench, uint64_t seed, RdTime stop, ...) G_GNUC_NULL_TERMINATED;
void bench_close(Bench *bench);
/* Sets a parameter by the name of its row. */
void bench_set(void *config, const char *key, double value);

#define EVIDENCE_SECONDS 64

/* Metrics by the second at which their window begins: [world][second]; one count for all windows. */
typedef struct {
  RdEvidence evidence;
  double ser[2][EVIDENCE_SECONDS], srd[2][EVIDENCE_SECONDS], call_failed[2];
  double rrd[2], register_failed[2], register_attempts;
  uint64_t n_claims;
  double auc, recall, precision;
  int64_t registered, failed, drained;
} FakeEvidence;

/* An attack from 10 s to 40 s that did nothing: SER 95, SRD 1 s, RRD 100 ms in both worlds. */
void evidence_of_nothing(FakeEvidence *fake);
RdSuccess evidence_judge(const FakeEvidence *fake, const void *config);
