/* machine.h - a state machine as a table: state x event -> step, or an event that cannot be.
 *
 * A table says of every event what it does in every state where it can come, be it nothing. What it
 * does not say cannot happen: it is counted under RD_IMPOSSIBLE, and every test wants that to be zero.
 * Tests walk the tables too (is every state reached, does every one end?) and keep their drawings in
 * the READMEs in step. */
#pragma once

#include <stddef.h>

#include "lab/base/text.h"
#include "redoubt/host.h"

#define RD_IMPOSSIBLE "impossible-events" /* the counter's name */

/* First member of a machine's own step, if it has more to say. */
typedef struct {
  bool valid;
  uint8_t next; /* state */
  uint16_t actions; /* bits of the machine's own; 0: none */
} RdStep;

/* State 0 is the start, the last one the end: nothing leaves it. */
typedef struct {
  const char *name;
  const char *const *states, *const *events; /* names, ended by NULL */
  const void *steps; /* [state][event] */
  size_t stride; /* of a step */
  unsigned n_events; /* of a row */
  uint32_t no_states, no_events; /* bits: of machines that share their names, but not of this one */
} RdMachine;

/* NULL: the event cannot come in that state. */
const RdStep *rd_machine_step(const RdMachine *machine, unsigned state, unsigned event);
/* The same, and counted if it cannot; `counter` is host->counter(host, RD_IMPOSSIBLE). */
const RdStep *rd_machine_meet(const RdMachine *machine, unsigned state, unsigned event,
                              RdHost *host, uint32_t counter);
/* Meets an event and goes to the next state. The actions are the caller's to do; 0 too if the event
 * cannot be, which then changes nothing. */
unsigned rd_machine_take(const RdMachine *machine, uint8_t *state, unsigned event, RdHost *host,
                         uint32_t counter);

unsigned rd_machine_states(const RdMachine *machine);
/* Every state is reached, every state can end, nothing leaves the end, every event comes somewhere,
 * and what is said not to be of the machine is not.
 * False, and why: one of them does not hold. */
bool rd_machine_sound(const RdMachine *machine, RdText *ret_why);
/* A mermaid state diagram, line by line; steps that do nothing and stay are left out. */
void rd_machine_draw(const RdMachine *machine, RdText *ret);
