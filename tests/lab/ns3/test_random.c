#include "net.h"

/* Any calls in any order with good and bad arguments: nothing may crash, hang or go back in time. */
enum { NODES = 12, LINKS = 30, CONNS = 40, STEPS = 4000 };

typedef struct {
  ns3c_sim *sim;
  ns3c_node *nodes[NODES];
  ns3c_link *links[LINKS];
  ns3c_flow *flows[LINKS];
  ns3c_tcp *conns[CONNS];
  unsigned n_nodes, n_links, n_flows;
  uint64_t state;
  uint64_t done, refused, events;
} Chaos;

static Chaos chaos;

static uint32_t draw(uint32_t bound) {
  chaos.state = chaos.state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((chaos.state >> 33) % bound);
}

static void count(bool done) {
  if (done)
    chaos.done++;
  else
    chaos.refused++;
}

static RdAddress any_address(void) {
  RdAddress a = ip4(0x0A000000 + draw(NODES), (uint16_t)(5060 + draw(3)));
  if (draw(30) == 0)
    a.family = (uint8_t)draw(8);
  if (draw(30) == 0)
    a.port = 0;
  if (draw(30) == 0)
    a.ip[0] = (uint8_t)draw(256);
  return a;
}

static ns3c_node *any_node(void) {
  return chaos.n_nodes && draw(50) ? chaos.nodes[draw(chaos.n_nodes)] : NULL;
}

static ns3c_link *any_link(void) {
  return chaos.n_links && draw(50) ? chaos.links[draw(chaos.n_links)] : NULL;
}

static void tick(void *arg) {
  (void)arg;
  chaos.events++;
}

static void got(void *user, const RdAddress *from, const RdAddress *to, const uint8_t *bytes,
                size_t len, uint64_t tag) {
  ns3c_node *node = user;
  if (draw(4) == 0)
    count(ns3c_udp_send(node, to, from, bytes, len, tag));
}

static void forget(void *user, ns3c_tcp *conn) {
  ns3c_tcp **slot = user;
  ck_assert_ptr_eq(*slot, conn);
  *slot = NULL;
}

static void stream(void *user, ns3c_tcp *conn, const uint8_t *bytes, size_t len, uint64_t tag) {
  ns3c_tcp **slot = user;
  if (draw(10) == 0) {
    ns3c_tcp_close(conn);
    *slot = NULL;
  } else if (draw(3) == 0) {
    count(ns3c_tcp_send(conn, bytes, len / 2, tag));
  }
}

static const ns3c_tcp_ops kOps = {.refused = forget, .data = stream, .closed = forget};

static ns3c_tcp **free_slot(void) {
  for (unsigned i = 0; i < CONNS; i++) {
    if (!chaos.conns[i])
      return &chaos.conns[i];
  }
  return NULL;
}

static void *take(void *user, ns3c_tcp *conn, const RdAddress *from, const RdAddress *to) {
  static ns3c_tcp *spare[4096]; /* accepted ones beyond the table: never touched by us */
  static unsigned n_spare;
  (void)user, (void)from, (void)to;
  ns3c_tcp **slot = free_slot();
  if (!slot)
    slot = &spare[n_spare++ % 4096];
  *slot = conn;
  return slot;
}

static bool lose(void *user, uint64_t tag, unsigned nth, bool from_a) {
  (void)user, (void)tag, (void)nth, (void)from_a;
  return draw(10) == 0;
}

static void sniff(void *user, RdTime at, const uint8_t *ip, size_t len, uint64_t tag, bool from_a) {
  (void)user, (void)tag, (void)from_a;
  ck_assert(at == ns3c_now(chaos.sim) && len >= 20 && ip[0] == 0x45);
}

static void grow_network(void) {
  ns3c_link_spec spec = {.rate = draw(20) ? 1000 + draw(100000000) : 0,
                         .delay = (RdTime)draw(20000000) - (draw(20) == 0) * 30000000,
                         .queue = draw(20),
                         .mtu = draw(3) ? 0 : draw(2000)};
  if (chaos.n_nodes < NODES)
    chaos.nodes[chaos.n_nodes++] = ns3c_node_new(chaos.sim, "n");
  ns3c_link *link =
      chaos.n_links < LINKS ? ns3c_link_new(chaos.sim, any_node(), any_node(), &spec) : NULL;
  if (link)
    chaos.links[chaos.n_links++] = link;
  ns3c_flow *flow =
      chaos.n_flows < LINKS ? ns3c_flow_new(chaos.sim, spec.rate, spec.delay, 3) : NULL;
  if (flow)
    chaos.flows[chaos.n_flows++] = flow;
  count(link && flow);
}

static void configure(void) {
  RdAddress a = any_address();
  switch (draw(6)) {
  case 0:
    count(ns3c_address(any_node(), any_link(), &a));
    return;
  case 1:
    count(ns3c_route(any_node(), any_link(), &a, draw(3) ? 32 : draw(40)));
    return;
  case 2:
    a = ip4(0, 0);
    count(ns3c_route(any_node(), any_link(), &a, 0));
    return;
  case 3:
    count(ns3c_link_loss(any_link(), draw(4) ? lose : NULL, NULL));
    return;
  case 4:
    count(ns3c_link_sniff(any_link(), draw(4) ? sniff : NULL, NULL));
    return;
  default:
    count(ns3c_tcp_listen(any_node(), (uint16_t)(5060 + draw(3)), &kOps, take, NULL));
  }
}

static void send_something(void) {
  static uint8_t bytes[70000];
  RdAddress from = any_address(), to = any_address();
  ns3c_node *node = any_node();
  ns3c_tcp **slot;
  switch (draw(6)) {
  case 0:
    slot = free_slot();
    from.port = draw(3) ? 0 : from.port;
    if (slot)
      *slot = ns3c_tcp_open(node, &from, &to, &kOps, slot);
    return;
  case 1:
    slot = &chaos.conns[draw(CONNS)];
    count(ns3c_tcp_send(*slot, bytes, draw(sizeof bytes), draw(5)));
    return;
  case 2:
    slot = &chaos.conns[draw(CONNS)];
    ns3c_tcp_close(*slot);
    *slot = NULL;
    return;
  case 3:
    count(chaos.n_flows &&
          ns3c_flow_send(chaos.flows[draw(chaos.n_flows)], draw(3000), tick, NULL, NULL));
    return;
  default:
    if (node)
      ns3c_udp_bind(node, (uint16_t)(5060 + draw(3)), got, node);
    count(ns3c_udp_send(node, &from, &to, bytes, draw(4) ? draw(1500) : draw(sizeof bytes),
                        draw(100)));
  }
}

static void step_time(void) {
  RdTime before = ns3c_now(chaos.sim);
  ns3c_event event = ns3c_at(chaos.sim, before + draw(1000000) - 1000, tick, NULL);
  if (draw(3) == 0)
    ns3c_cancel(chaos.sim, draw(5) ? event : chaos.state);
  count(event != 0);
  count(ns3c_run(chaos.sim, before + (RdTime)draw(200) * RD_MILLISECOND - RD_MILLISECOND));
  ck_assert_int_ge(ns3c_now(chaos.sim), before);
}

START_TEST(nothing_crashes) {
  chaos = (Chaos){.state = (uint64_t)_i + 1};
  chaos.sim = ns3c_new(1);
  for (unsigned i = 0; i < STEPS; i++) {
    uint32_t choice = draw(20);
    if (choice == 0)
      grow_network();
    else if (choice < 5)
      configure();
    else if (choice < 17)
      send_something();
    else
      step_time();
  }
  ck_assert_uint_gt(chaos.done, STEPS / 10);
  ck_assert_uint_gt(chaos.refused, STEPS / 100);
  if (_i % 2) /* half of them end in the middle of everything */
    ck_assert(ns3c_run(chaos.sim, ns3c_now(chaos.sim) + 400 * RD_SECOND));
  ns3c_free(chaos.sim);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ns3-random");
  TCase *t = tcase_create("random");
  tcase_set_timeout(t, 100);
  tcase_add_loop_test(t, nothing_crashes, 0, 8);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
