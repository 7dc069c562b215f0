#include "heap.h"
#include "link.h"
#include "tcp.h"

#include "ns3/nstime.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/version-defines.h"

#include <cstdarg>
#include <cstdio>

namespace ns3c {

ns3c_sim *current;

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

static char last_error[256] = "no error";

bool refuse(const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(last_error, sizeof last_error, format, args);
  va_end(args);
  return false;
}

RdTime now(const ns3c_sim *sim) {
  return sim->engine->Now().GetTimeStep();
}

ns3c_event schedule(ns3c_sim *sim, RdTime at, void (*fn)(void *), void *arg) {
  Event *event = new Event(fn, arg);
  ns3c_event handle = sim->pool.handle(event);
  sim->engine->Schedule(ns3::TimeStep(at - now(sim)), event);
  return handle;
}

/* The last event of a run: it waits behind whatever else happens at that very moment. */
static void end_run(void *arg) {
  ns3c_sim *sim = static_cast<ns3c_sim *>(arg);
  sim->guards++;
  if (sim->heap->due_at(uint64_t(sim->until)))
    schedule(sim, sim->until, end_run, sim);
  else
    sim->engine->Stop();
}

} // namespace ns3c

using namespace ns3c;

const char *ns3c_error(void) {
  return last_error;
}

const char *ns3c_version(void) {
  return TEXT(NS3_VERSION_MAJOR) "." TEXT(NS3_VERSION_MINOR);
}

ns3c_sim *ns3c_new(uint64_t seed) {
  if (current) {
    refuse("a simulation is running already: ns-3 can hold one a process");
    return nullptr;
  }
  /* The seed proper must not be 0 and has 32 bits; the run number takes all 64. */
  ns3::RngSeedManager::SetSeed(1);
  ns3::RngSeedManager::SetRun(seed);
  ns3::ObjectFactory factory;
  factory.SetTypeId(Heap::GetTypeId());
  ns3::Simulator::SetScheduler(factory);
  ns3c_sim *sim = new ns3c_sim;
  sim->engine = ns3::Simulator::GetImplementation();
  sim->heap = Heap::latest();
  current = sim;
  return sim;
}

RdTime ns3c_now(const ns3c_sim *sim) {
  return sim ? now(sim) : 0;
}

ns3c_event ns3c_at(ns3c_sim *sim, RdTime at, void (*fn)(void *arg), void *arg) {
  if (!sim || !fn)
    return refuse("an event needs a simulation and a function");
  if (at < now(sim))
    return refuse("%lld ns is in the past: it is %lld ns", static_cast<long long>(at),
                  static_cast<long long>(now(sim)));
  if (sim->pool.full())
    return refuse("too many events are pending");
  return schedule(sim, at, fn, arg);
}

void ns3c_cancel(ns3c_sim *sim, ns3c_event event) {
  Event *found = sim ? sim->pool.find(event) : nullptr;
  if (!found)
    return;
  sim->pool.retire(found);
  found->Cancel();
}

bool ns3c_run(ns3c_sim *sim, RdTime until) {
  if (!sim)
    return refuse("no simulation to run");
  if (sim->running)
    return refuse("the simulation is running already");
  if (until < now(sim))
    return refuse("cannot run back to %lld ns: it is %lld ns", static_cast<long long>(until),
                  static_cast<long long>(now(sim)));
  if (sim->pool.full())
    return refuse("too many events are pending");
  sim->running = true;
  sim->until = until;
  ns3c_event guard = until == RD_NEVER ? 0 : schedule(sim, until, end_run, sim);
  ns3::Simulator::Run(); /* not the engine's own: it also ends the tracking of every Time made */
  ns3c_cancel(sim, guard);
  sim->running = false;
  return true;
}

void ns3c_stop(ns3c_sim *sim) {
  if (sim)
    sim->engine->Stop();
}

uint64_t ns3c_events(const ns3c_sim *sim) {
  return sim ? sim->engine->GetEventCount() - sim->guards : 0;
}

void ns3c_free(ns3c_sim *sim) {
  if (!sim)
    return;
  if (sim->running) {
    refuse("a running simulation cannot be freed: stop it first");
    return;
  }
  sim->heap = nullptr;
  sim->engine = nullptr;
  ns3::Simulator::Destroy();
  sim->connections.clear();
  current = nullptr;
  delete sim;
}
