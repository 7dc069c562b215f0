#include "lab/config/capacity.h"

RdSeat rd_seat_of_node(const RdPart *part) {
  return part->actor.entities ? RD_SEAT_POPULATION : RD_SEAT_SERVER;
}

uint64_t rd_capacity_nets(const RdNetwork *network) {
  unsigned bits = network->prefix_length < 64 ? 64u - network->prefix_length : 0;
  return bits < 48 ? UINT64_C(1) << bits : RD_CAPACITY_NETS_MAX;
}

uint64_t rd_capacity_hosts(const RdNetwork *network) {
  unsigned bits = (network->prefix.family == 4 ? 32u : 128u) - network->prefix_length;
  if (bits > 32) /* as many as are numbered */
    bits = 32;
  return bits > 1 ? (UINT64_C(1) << bits) - 2 : 0;
}

unsigned rd_capacity_prefix(const RdSeats *taken) {
  uint64_t own = taken->seats[RD_SEAT_POPULATION], attackers = taken->seats[RD_SEAT_ATTACKER];
  uint64_t nets = attackers ? 2 + 2 * (own + attackers) : own + 1;
  unsigned bits = 0;
  while (UINT64_C(1) << bits < nets)
    bits++;
  return 64 - bits;
}
