/* Messages a second of processor time through packet links: the C bindings beside bare ns-3.
 *
 * A star: N leaves - hub - server, 1 Gbit/s and 1 ms a link, checksums on. Each leaf sends a request
 * of 600 bytes, the server answers with 600, and 10 ms after the answer the leaf sends again. Both
 * sides route by hash table and copy each payload in and out; ours also carries a tag. */
#include "bench/micro/ns3_bare.h"
#include "bench/micro/pair.h"
#include "lab/ns3/ns3c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Star Star;

typedef struct {
  Star *star;
  ns3c_node *node;
  RdAddress own;
} Leaf;

struct Star {
  ns3c_sim *sim;
  ns3c_node *hub, *server;
  RdAddress server_at;
  unsigned long messages, done;
  Leaf *leaves;
  uint8_t bytes[NS3_BENCH_BYTES];
};

static RdAddress address(uint32_t ip, uint16_t port) {
  RdAddress a = {.port = port, .family = 4, .transport = RD_UDP};
  for (int i = 0; i < 4; i++)
    a.ip[i] = (uint8_t)(ip >> (24 - 8 * i));
  return a;
}

static void count(Star *star) {
  if (++star->done == star->messages)
    ns3c_stop(star->sim);
}

static void ask(void *arg) {
  Leaf *leaf = arg;
  ns3c_udp_send(leaf->node, &leaf->own, &leaf->star->server_at, leaf->star->bytes, NS3_BENCH_BYTES,
                leaf->star->done + 1);
}

static void asked(void *user, const RdAddress *from, const RdAddress *to, const uint8_t *bytes,
                  size_t len, uint64_t tag) {
  Star *star = user;
  count(star);
  ns3c_udp_send(star->server, to, from, bytes, len, tag);
}

static void answered(void *user, const RdAddress *from, const RdAddress *to, const uint8_t *bytes,
                     size_t len, uint64_t tag) {
  Leaf *leaf = user;
  (void)from;
  (void)to;
  (void)bytes;
  (void)len;
  (void)tag;
  count(leaf->star);
  ns3c_at(leaf->star->sim, ns3c_now(leaf->star->sim) + 10 * RD_MILLISECOND, ask, leaf);
}

static ns3c_link *attach(Star *star, ns3c_node *node, const RdAddress *own) {
  const ns3c_link_spec spec = {.rate = 1000000000, .delay = RD_MILLISECOND, .queue = 1000};
  RdAddress all = address(0, 0);
  ns3c_link *link = ns3c_link_new(star->sim, node, star->hub, &spec);
  ns3c_address(node, link, own);
  ns3c_route(node, link, &all, 0);
  ns3c_route(star->hub, link, own, 32);
  return link;
}

static double ours(unsigned leaves, unsigned long messages) {
  Star *star = calloc(1, sizeof *star);
  star->messages = messages;
  star->sim = ns3c_new(1);
  star->hub = ns3c_node_new(star->sim, "hub");
  star->server = ns3c_node_new(star->sim, "server");
  star->server_at = address(0x0AFFFF01, NS3_BENCH_PORT);
  star->leaves = calloc(leaves, sizeof *star->leaves);
  memset(star->bytes, 'x', sizeof star->bytes);
  attach(star, star->server, &star->server_at);
  ns3c_udp_bind(star->server, NS3_BENCH_PORT, asked, star);
  for (unsigned i = 0; i < leaves; i++) {
    Leaf *leaf = &star->leaves[i];
    leaf->star = star;
    leaf->own = address(0x0A000001 + (i << 4), NS3_BENCH_PORT);
    leaf->node = ns3c_node_new(star->sim, "leaf");
    attach(star, leaf->node, &leaf->own);
    ns3c_udp_bind(leaf->node, NS3_BENCH_PORT, answered, leaf);
    ns3c_at(star->sim, 10 * RD_MILLISECOND / leaves * i, ask, leaf);
  }
  double start = rd_bench_seconds();
  ns3c_run(star->sim, RD_NEVER);
  double rate = (double)star->done / (rd_bench_seconds() - start);
  ns3c_free(star->sim);
  free(star->leaves);
  free(star);
  return rate;
}

int main(int argc, char **argv) {
  if (argc == 4) {
    unsigned leaves = (unsigned)strtoul(argv[2], NULL, 10);
    unsigned long messages = strtoul(argv[3], NULL, 10);
    if (leaves == 0 || messages == 0)
      return 2;
    bool bare = strcmp(argv[1], "bare") == 0;
    printf("%.0f\n", bare ? ns3_bare_packet(leaves, messages) : ours(leaves, messages));
    return 0;
  }
  if (argc > 2) {
    fprintf(stderr, "usage: %s [ROUNDS] | ours|bare LEAVES MESSAGES\n", argv[0]);
    return 2;
  }
  int rounds = argc == 2 ? atoi(argv[1]) : 5;
  static const RdBenchPair pairs[] = {
      {"packet, star of 100", {"ours 100 200000", "bare 100 200000"}},
      {"packet, star of 1000", {"ours 1000 200000", "bare 1000 200000"}}};
  printf("%-32s %12s %12s  %5s\n", "messages/s", "bindings", "bare ns-3", "ratio");
  int failed = 0;
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    failed |= rd_bench_pair(argv[0], &pairs[i], rounds);
  return failed;
}
