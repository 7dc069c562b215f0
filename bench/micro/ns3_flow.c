/* Events a second of processor time with many pending: the bindings' clock and flow lines beside bare ns-3 events.
 *
 * Each event that runs copies a payload of 600 bytes into a fresh buffer and schedules its like, up
 * to 2 s ahead, so that as many stay pending. `flow` sends over a line of its own for each. */
#include "bench/micro/ns3_bare.h"
#include "bench/micro/pair.h"
#include "lab/ns3/ns3c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint32_t line;
  uint8_t bytes[NS3_BENCH_BYTES];
} Message;

static ns3c_sim *sim;
static ns3c_flow **lines; /* NULL: plain events */
static unsigned long left;
static uint64_t state = 1;

static uint64_t draw(void) {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return state >> 33;
}

static void arrive(void *arg);

static void launch(const Message *from) {
  Message *copy = malloc(sizeof *copy);
  memcpy(copy, from, sizeof *copy);
  if (lines)
    ns3c_flow_send(lines[copy->line], NS3_BENCH_BYTES + 28, arrive, copy, NULL);
  else
    ns3c_at(sim, ns3c_now(sim) + (RdTime)(draw() % (2 * RD_SECOND)), arrive, copy);
}

static void arrive(void *arg) {
  Message *message = arg;
  if (left > 0 && --left == 0)
    ns3c_stop(sim);
  launch(message);
  free(message);
}

static double ours(bool flow, unsigned pending, unsigned long events) {
  Message first = {.line = 0};
  sim = ns3c_new(1);
  left = events;
  if (flow)
    lines = malloc(pending * sizeof(ns3c_flow *));
  for (unsigned i = 0; i < pending; i++) {
    first.line = i;
    if (flow)
      lines[i] = ns3c_flow_new(sim, 10000000, (RdTime)(draw() % (2 * RD_SECOND)), 10);
    launch(&first);
  }
  double start = rd_bench_seconds();
  ns3c_run(sim, RD_NEVER);
  double rate = (double)events / (rd_bench_seconds() - start);
  ns3c_free(sim); /* the messages under way go with the process */
  free(lines);
  return rate;
}

int main(int argc, char **argv) {
  if (argc == 4) {
    unsigned pending = (unsigned)strtoul(argv[2], NULL, 10);
    unsigned long events = strtoul(argv[3], NULL, 10);
    if (pending == 0 || events == 0)
      return 2;
    double rate = strcmp(argv[1], "bare") == 0 ? ns3_bare_flow(pending, events)
                                               : ours(argv[1][0] == 'f', pending, events);
    printf("%.0f\n", rate);
    return 0;
  }
  if (argc > 2) {
    fprintf(stderr, "usage: %s [ROUNDS] | at|flow|bare PENDING EVENTS\n", argv[0]);
    return 2;
  }
  int rounds = argc == 2 ? atoi(argv[1]) : 5;
  static const RdBenchPair pairs[] = {
      {"ns3c_at, 10k pending", {"at 10000 3000000", "bare 10000 3000000"}},
      {"ns3c_at, 1M pending", {"at 1000000 3000000", "bare 1000000 3000000"}},
      {"ns3c_flow_send, 1M lines", {"flow 1000000 3000000", "bare 1000000 3000000"}}};
  printf("%-32s %12s %12s  %5s\n", "events/s, payload copied", "bindings", "bare ns-3", "ratio");
  int failed = 0;
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    failed |= rd_bench_pair(argv[0], &pairs[i], rounds);
  return failed;
}
