/* ns3_bare.h - the same work on ns-3 itself, for comparison: the one place outside lab/ns3 with C++.
 *
 * Both answer the rate: messages or events a second of the wall clock. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

enum {
  NS3_BENCH_BYTES = 600, /* of payload */
  NS3_BENCH_PORT = 5060
};

/* `leaves` nodes exchange requests and responses with a server behind a hub. */
double ns3_bare_packet(unsigned leaves, unsigned long messages);
/* `pending` events wait; each one that runs makes another, with a payload. */
double ns3_bare_flow(unsigned pending, unsigned long events);

#ifdef __cplusplus
}
#endif
