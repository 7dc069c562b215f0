/* ns3_bare_clock.h - how the bare ns-3 benchmarks start and time a simulation. C++. */
#pragma once

#include "bench/micro/pair.h"

#include "ns3/object-factory.h"
#include "ns3/simulator.h"

/* The fastest of ns-3's schedulers with many events pending. */
inline void UsePriorityQueue() {
  ns3::ObjectFactory factory("ns3::PriorityQueueScheduler");
  ns3::Simulator::SetScheduler(factory);
}

inline double TimedRun() {
  double start = rd_bench_seconds();
  ns3::Simulator::Run();
  return rd_bench_seconds() - start;
}
