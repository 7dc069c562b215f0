/* net.h - what the tests of the packet lane share: a small network and counters for its events. */
#pragma once

#include "lab/ns3/ns3c.h"
#include "tests/check_main.h"

#include <string.h>

static inline RdAddress ip4(uint32_t ip, uint16_t port) {
  RdAddress a;
  memset(&a, 0, sizeof a);
  a.ip[0] = (uint8_t)(ip >> 24);
  a.ip[1] = (uint8_t)(ip >> 16);
  a.ip[2] = (uint8_t)(ip >> 8);
  a.ip[3] = (uint8_t)ip;
  a.port = port;
  a.family = 4;
  a.transport = RD_UDP;
  return a;
}

#define IP_A 0xC0000201u /* 192.0.2.1 */
#define IP_B 0xC0000202u /* 192.0.2.2 */

typedef struct {
  ns3c_sim *sim;
  ns3c_node *a, *b;
  ns3c_link *link;
  unsigned received, drops[NS3C_DROP_FRAGMENT + 1];
  uint64_t drop_tag, tag, tag_sum;
  RdTime at;
  RdAddress from, to;
  size_t len;
  uint8_t bytes[65536];
} Pair;

static inline void pair_got(void *user, const RdAddress *from, const RdAddress *to,
                            const uint8_t *bytes, size_t len, uint64_t tag) {
  Pair *p = user;
  p->received++;
  p->at = ns3c_now(p->sim);
  p->from = *from;
  p->to = *to;
  p->len = len;
  p->tag = tag;
  p->tag_sum += tag;
  memcpy(p->bytes, bytes, len);
}

static inline void pair_drop(void *user, ns3c_drop reason, uint64_t tag) {
  Pair *p = user;
  p->drops[reason]++;
  p->drop_tag = tag;
}

/* a - b over one link; each has one address, the other's route, and b listens on 5060. */
static inline void pair_open(Pair *p, const ns3c_link_spec *spec) {
  memset(p, 0, sizeof *p);
  p->sim = ns3c_new(7);
  p->a = ns3c_node_new(p->sim, "a");
  p->b = ns3c_node_new(p->sim, "b");
  p->link = ns3c_link_new(p->sim, p->a, p->b, spec);
  ck_assert_msg(p->link != NULL, "%s", ns3c_error());
  RdAddress at_a = ip4(IP_A, 0), at_b = ip4(IP_B, 0);
  ck_assert(ns3c_address(p->a, p->link, &at_a));
  ck_assert(ns3c_address(p->b, p->link, &at_b));
  ck_assert(ns3c_route(p->a, p->link, &at_b, 32));
  ck_assert(ns3c_route(p->b, p->link, &at_a, 32));
  ck_assert(ns3c_udp_bind(p->b, 5060, pair_got, p));
  ns3c_drops(p->sim, pair_drop, p);
}
