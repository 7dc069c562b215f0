/* actor.h - the configuration of the parts that the tests of the harness are compiled with. */
#pragma once

#include "redoubt/plugin.h"

typedef enum { MODE_WORK = 0, MODE_FAIL, MODE_CRASH, MODE_LOOP, MODE_FULL, MODE_MUTE } Mode;

typedef struct {
  int64_t subscribers; /* nodes */
  int mode; /* attacks: what the fake engine is to do where they take part */
} ActorConfig;

typedef struct {
  int64_t strength; /* percent of the attack's harm that it takes away */
} GateConfig;
