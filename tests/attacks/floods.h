/* floods.h - what every flood is held to: exact rates, unique requests, silence after the end, and what
 * is a success (harm.c). A flood's own test says what it is and adds what is its alone. */
#pragma once

#include "tests/attacks/bench.h"
#include "tests/check_main.h"

#define FLOOD_END (11 * RD_SECOND)
#define FLOOD_SETTINGS 4

typedef struct {
  const char *key; /* NULL: no more */
  double value; /* as mock_set() takes it */
} FloodSetting;

typedef struct {
  RdSipMethod method; /* what it sends: RD_SIP_REGISTER or RD_SIP_INVITE */
  FloodSetting sixty[FLOOD_SETTINGS]; /* with these it sends 60 a second in all */
  unsigned least, most; /* of them in any one second */
} FloodTraits;

/* The suite of the flood that the test is linked with; the traits are borrowed. */
Suite *flood_suite(const FloodTraits *traits);
void harm_add(Suite *suite); /* flood_suite() does */
/* What follows is of an attack whose harm is counted in one kind of attempt; before harm_add(). */
void harm_of(uint32_t kind, const char *what);
/* The same of an attack whose harm is counted in one kind of attempt (RdAttemptKind), called `what`. */
void harm_add_of(Suite *suite, uint32_t kind, const char *what);
