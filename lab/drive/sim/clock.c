#include "lab/drive/sim/carriers.h"

static ns3c_sim *sim_of(RdClock *clock) {
  return ((RdSimClock *)clock)->sim;
}

static RdTime now(RdClock *clock) {
  return ns3c_now(sim_of(clock));
}

static RdClockEvent at(RdClock *clock, RdTime t, void (*fn)(void *arg), void *arg) {
  return ns3c_at(sim_of(clock), t, fn, arg);
}

static void cancel(RdClock *clock, RdClockEvent event) {
  ns3c_cancel(sim_of(clock), event);
}

static void stop(RdClock *clock) {
  ns3c_stop(sim_of(clock));
}

static bool run(RdClock *clock, RdTime until, const char **why) {
  bool ok = ns3c_run(sim_of(clock), until);
  *why = ok ? NULL : ns3c_error();
  return ok;
}

static uint64_t events(RdClock *clock) {
  return ns3c_events(sim_of(clock));
}

RdSimClock *rd_sim_clock_new(uint64_t seed, GError **error) {
  ns3c_sim *sim = ns3c_new(seed);
  if (!sim) {
    g_set_error(error, RD_WORLD_ERROR, 0, "ns-3: %s", ns3c_error());
    return NULL;
  }
  RdSimClock *c = g_new0(RdSimClock, 1);
  c->clock = (RdClock){now, at, cancel, stop, run, events};
  c->sim = sim;
  return c;
}

void rd_sim_clock_free(RdSimClock *c) {
  if (!c)
    return;
  ns3c_free(c->sim);
  g_free(c);
}
