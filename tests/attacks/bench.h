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

/* What became of the attempts begun in each second, and delays of both worlds. */
typedef struct {
  RdEvidence evidence;
  RdFared seconds[EVIDENCE_SECONDS];
  double srd[2], rrd[2];
  RdClaimed claimed;
  int64_t registered, failed, drained;
} FakeEvidence;

/* An attack from 10 s to 40 s that did nothing: ten attempts a second, SRD 1 s, RRD 100 ms in both
 * worlds. */
void evidence_of_nothing(FakeEvidence *fake);
RdSuccess evidence_judge(const FakeEvidence *fake, const void *config);
