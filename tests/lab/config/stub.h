/* stub.h - parts compiled into the tests of lab/config: every parameter type, no behaviour. */
#pragma once

#include "lab/plugin/loader.h"

typedef struct {
  int64_t subscribers;
  const char *proxy;
} StubPhone; /* nodes phone and ue */

typedef struct {
  const char *next_hop;
  const char *subscribers;
} StubBox; /* nodes box, sbc, p-cscf, s-cscf */

typedef struct {
  double rate;
  RdTime every;
  bool spoof;
  const char *text;
  int method;
  const char *const *hosts;
  const char *const *headers;
  const char *scenario;
  int64_t sources;
  const char *target;
} StubFlood; /* attacks flood (Gm) and twin (Gm, benign) */

typedef struct {
  double rate;
  int64_t burst;
} StubLimit; /* defense limit; burst has no default */

RdParts *stub_parts(void);
