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
 * pairs of a key and a double as mock_set() takes them, ended by NULL. */
void bench_open(Bench *bench, uint64_t seed, RdTime stop, ...) G_GNUC_NULL_TERMINATED;
/* The same with a config of mock_config(), which it takes. */
void bench_open_with(Bench *bench, uint64_t seed, RdTime stop, void *config);
void bench_close(Bench *bench);
/* Answers a request that it sent, from "sbc"; other parameters of the answer: lab/sip/build.h. */
void bench_answer(Bench *bench, const MockSent *sent, unsigned status);

#define EVIDENCE_SECONDS 64

/* What became of the attempts begun in each second, and delays of both worlds. */
typedef struct {
  RdEvidence evidence;
  RdFared seconds[EVIDENCE_SECONDS];
  double srd[2], rrd[2];
  RdClaimed claimed;
  int64_t registered, failed, drained, placed, answered, caught, accepted, sent;
  uint32_t kind; /* of attempts that fared() is to be asked for */
} FakeEvidence;

/* An attack from 10 s to 40 s that did nothing: ten attempts a second, SRD 1 s, RRD 100 ms in both
 * worlds. */
void evidence_of_nothing(FakeEvidence *fake);
RdSuccess evidence_judge(const FakeEvidence *fake, const void *config);
