/* actor.h - the configuration of the parts that the tests of the harness are compiled with. */
#pragma once

#include "redoubt/plugin.h"

typedef enum { MODE_WORK = 0, MODE_FAIL, MODE_CRASH, MODE_LOOP, MODE_FULL, MODE_MUTE } Mode;

/* What an attack's predicate does when it is asked. */
typedef enum { ASKED_ANSWER = 0, ASKED_CRASH, ASKED_LOOP, ASKED_EXIT, ASKED_TALK } Asked;

typedef struct {
  int64_t subscribers; /* nodes */
  int mode; /* attacks: what the fake engine is to do where they take part */
  int asked;
} ActorConfig;

typedef struct {
  int64_t strength; /* percent of the attack's harm that it takes away */
} GateConfig;
