#include "lab/stack/machine.h"

#define MOST_STATES 32

static const RdStep *at(const RdMachine *m, unsigned state, unsigned event) {
  const char *steps = m->steps;
  return (const RdStep *)(const void *)(steps + (state * m->n_events + event) * m->stride);
}

const RdStep *rd_machine_step(const RdMachine *m, unsigned state, unsigned event) {
  const RdStep *step = at(m, state, event);
  return step->valid ? step : NULL;
}

const RdStep *rd_machine_meet(const RdMachine *m, unsigned state, unsigned event, RdHost *host,
                              uint32_t counter) {
  const RdStep *step = rd_machine_step(m, state, event);
  if (!step)
    host->count(host, counter, 1);
  return step;
}

unsigned rd_machine_take(const RdMachine *m, uint8_t *state, unsigned event, RdHost *host,
                         uint32_t counter) {
  const RdStep *step = rd_machine_meet(m, *state, event, host, counter);
  if (!step)
    return 0;
  *state = step->next;
  return step->actions;
}

unsigned rd_machine_states(const RdMachine *m) {
  unsigned n = 0;
  while (m->states[n])
    n++;
  return n;
}

/* The states that can be reached from those of a set. */
static uint32_t closure(const RdMachine *m, unsigned n, uint32_t reached) {
  for (uint32_t before = 0; before != reached;) {
    before = reached;
    for (unsigned s = 0; s < n; s++)
      for (unsigned e = 0; (reached >> s & 1) && e < m->n_events; e++)
        if (at(m, s, e)->valid && at(m, s, e)->next < n)
          reached |= UINT32_C(1) << at(m, s, e)->next;
  }
  return reached;
}

static bool fault(const RdMachine *m, const char *what, const char *which, RdText *ret_why) {
  rd_text_add(ret_why, m->name);
  rd_text_add(ret_why, ": ");
  rd_text_add(ret_why, which);
  rd_text_add(ret_why, what);
  return false;
}

static bool comes(const RdMachine *m, unsigned n, unsigned event) {
  for (unsigned s = 0; s < n; s++)
    if (at(m, s, event)->valid)
      return true;
  return false;
}

bool rd_machine_sound(const RdMachine *m, RdText *ret_why) {
  const unsigned n = rd_machine_states(m);
  if (n < 2 || n > MOST_STATES)
    return fault(m, " states", "too few or too many", ret_why);
  const uint32_t reached = closure(m, n, 1);
  for (unsigned s = 0; s < n; s++) {
    const bool wanted = !(m->no_states >> s & 1);
    if ((reached >> s & 1) != wanted)
      return fault(m, wanted ? " is never reached" : " is reached", m->states[s], ret_why);
    if (wanted && !(closure(m, n, UINT32_C(1) << s) >> (n - 1) & 1))
      return fault(m, " never ends", m->states[s], ret_why);
    for (unsigned e = 0; e < m->n_events; e++)
      if (at(m, s, e)->valid && (s == n - 1 || at(m, s, e)->next >= n))
        return fault(m, s == n - 1 ? " leaves the end" : " leads nowhere", m->events[e], ret_why);
  }
  for (unsigned e = 0; e < m->n_events; e++)
    if (comes(m, n, e) == (m->no_events >> e & 1))
      return fault(m, m->no_events >> e & 1 ? " comes" : " comes nowhere", m->events[e], ret_why);
  return true;
}

/* Does anything lead back to where it starts? Then that has a box of its own. */
static bool comes_back(const RdMachine *m, unsigned n) {
  for (unsigned s = 1; s < n; s++)
    for (unsigned e = 0; e < m->n_events; e++)
      if (at(m, s, e)->valid && at(m, s, e)->next == 0)
        return true;
  return false;
}

static void draw_arrow(const RdMachine *m, unsigned n, unsigned from, unsigned to, RdText *t) {
  bool any = false;
  for (unsigned e = 0; e < m->n_events; e++) {
    const RdStep *step = at(m, from, e);
    if (!step->valid || step->next != to || (from == to && step->actions == 0))
      continue;
    if (!any) {
      rd_text_add(t, "  ");
      rd_text_add(t, from == 0 && !comes_back(m, n) ? "[*]" : m->states[from]);
      rd_text_add(t, " --> ");
      rd_text_add(t, to == n - 1 ? "[*]" : m->states[to]);
    }
    rd_text_add(t, any ? ", " : ": ");
    rd_text_add(t, m->events[e]);
    any = true;
  }
  if (any)
    rd_text_add(t, "\n");
}

void rd_machine_draw(const RdMachine *m, RdText *t) {
  const unsigned n = rd_machine_states(m);
  rd_text_add(t, "stateDiagram-v2\n");
  if (comes_back(m, n)) {
    rd_text_add(t, "  [*] --> ");
    rd_text_add(t, m->states[0]);
    rd_text_add(t, "\n");
  }
  for (unsigned from = 0; from < n; from++)
    for (unsigned to = 0; to < n; to++)
      draw_arrow(m, n, from, to, t);
}
