/* redoubt-trial - runs one world on ns-3. Started by redoubt; one world a process, as ns-3 has it. */
#include "lab/drive/sim/carriers.h"
#include "lab/drive/sim/heap.h"
#include "lab/drive/world/program.h"

static const RdCarrier *carrier_of(const RdNetwork *network) {
  return network->fidelity == RD_PACKET ? &rd_carrier_packet : &rd_carrier_flow;
}

static bool open_driver(const RdTrial *trial, RdWorldDriver *ret, GError **error) {
  RdSimClock *clock = rd_sim_clock_new(trial->seed, error);
  *ret = (RdWorldDriver){clock ? &clock->clock : NULL, carrier_of, false};
  return clock != NULL;
}

static void close_driver(RdWorldDriver *driver) {
  rd_sim_clock_free((RdSimClock *)driver->clock);
}

int main(int argc, char **argv) {
  static const RdWorldProgram program = {"redoubt-trial", open_driver, NULL, NULL, close_driver};
  rd_sim_heap_prepare();
  return rd_world_program(&program, argc, argv);
}
