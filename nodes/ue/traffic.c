/* traffic.c - who does what when. Times and choices are functions of the arrival's number alone, so
 * whatever becomes of one attempt moves no other. */
#include "nodes/ue/ue.h"

#include <stdlib.h>

#include "lab/base/random.h"

uint64_t ue_draw(const Ue *ue, uint64_t entity, uint32_t purpose, uint64_t index) {
  return ue->host->random(ue->host, entity, purpose, index);
}

/* A clean cause of its own, for the entity whose attempt begins. */
static void arm(Ue *ue, TimerKind kind, RdTime at, uint64_t entity, uint64_t attempt) {
  const RdTimerSpec spec = {.size = sizeof spec,
                            .cause = RD_NEW,
                            .at = at,
                            .cookie = rd_cookie(ue->timers[kind], 0),
                            .entity = entity,
                            .attempt = attempt};
  if (at < ue->setup->stop)
    ue->host->timer(ue->host, &spec);
}

static int by_time(const void *a, const void *b) {
  const Due *x = a, *y = b;
  if (x->at != y->at)
    return x->at < y->at ? -1 : 1;
  return x->entity < y->entity ? -1 : x->entity > y->entity;
}

static void arm_due(Ue *ue) {
  if (ue->next_due == ue->n) {
    g_clear_pointer(&ue->due, g_free);
    return;
  }
  const Due *due = &ue->due[ue->next_due];
  arm(ue, TIMER_DUE, due->at, due->entity, ue_attempt_key(RD_ATTEMPT_REGISTER, 0));
}

static void start_due(Ue *ue) {
  const RdTime begin = ue->setup->start;
  ue->due = g_new(Due, ue->n);
  for (uint64_t i = 0; i < ue->n; i++) {
    const double share = rd_unit(ue_draw(ue, i, DRAW_DUE, 0));
    ue->due[i] = (Due){begin + (RdTime)(share * (double)ue->config->register_over), (uint32_t)i};
  }
  qsort(ue->due, ue->n, sizeof *ue->due, by_time);
  arm_due(ue);
}

void ue_traffic_due(void *self, uint64_t cookie) {
  Ue *ue = self;
  (void)cookie;
  const uint64_t entity = ue->due[ue->next_due++].entity;
  arm_due(ue);
  ue_register_initially(ue, entity);
}

/* Draws when the arrival after `from` comes and whose it is. */
static void draw_arrival(const Ue *ue, Arrivals *a, RdTime from, double per_hour, uint32_t gap,
                         uint32_t who) {
  const double mean = 3600.0 * (double)RD_SECOND / (per_hour * (double)ue->n);
  a->at = from + (RdTime)rd_exponential(ue_draw(ue, 0, gap, a->number), mean) + 1;
  a->entity = rd_below(ue_draw(ue, 0, who, a->number), ue->n);
}

static void next_cycle(Ue *ue, RdTime from) {
  draw_arrival(ue, &ue->cycles, from, ue->config->registrations, DRAW_CYCLE_GAP, DRAW_CYCLE_WHO);
  const uint64_t cycle = ue->subscribers[ue->cycles.entity].cycle;
  arm(ue, TIMER_CYCLE, ue->cycles.at, ue->cycles.entity,
      ue_attempt_key(RD_ATTEMPT_REGISTER, cycle << 16));
}

void ue_traffic_cycle(void *self, uint64_t cookie) {
  Ue *ue = self;
  (void)cookie;
  const uint64_t entity = ue->cycles.entity;
  ue_register_initially(ue, entity);
  ue->cycles.number++;
  next_cycle(ue, ue->cycles.at);
}

static void next_call(Ue *ue, RdTime from) {
  draw_arrival(ue, &ue->calls, from, ue->config->bhca, DRAW_CALL_GAP, DRAW_CALL_WHO);
  const uint64_t attempt = ue->subscribers[ue->calls.entity].call_attempts;
  arm(ue, TIMER_CALL, ue->calls.at, ue->calls.entity, ue_attempt_key(RD_ATTEMPT_CALL, attempt));
}

void ue_traffic_call(void *self, uint64_t cookie) {
  Ue *ue = self;
  (void)cookie;
  const uint64_t entity = ue->calls.entity;
  const uint64_t attempt = ue->subscribers[entity].call_attempts++;
  ue->calls.number++;
  next_call(ue, ue->calls.at);
  ue_place_call(ue, entity, attempt);
}

void ue_traffic_start(Ue *ue) {
  const UeConfig *c = ue->config;
  start_due(ue);
  if (c->registrations > 0)
    next_cycle(ue, ue->setup->start + c->register_over);
  if (c->bhca > 0 && ue->n > 1)
    next_call(ue, ue->setup->start + c->calls_from);
}
