#include "net.h"

static const ns3c_link_spec kMega = {.rate = 8000000, .delay = 5 * RD_MILLISECOND, .queue = 100};
static Pair pair;

static void open_pair(void) {
  pair_open(&pair, &kMega);
}

static void close_pair(void) {
  ns3c_free(pair.sim);
}

static bool send_to_b(uint32_t from, const void *bytes, size_t len, uint64_t tag) {
  RdAddress source = ip4(from, 5061), target = ip4(IP_B, 5060);
  return ns3c_udp_send(pair.a, &source, &target, bytes, len, tag);
}

START_TEST(a_datagram_arrives_whole_and_on_time) {
  ck_assert(send_to_b(IP_A, "OPTIONS", 7, 42));
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(pair.received, 1);
  ck_assert_uint_eq(pair.len, 7);
  ck_assert_mem_eq(pair.bytes, "OPTIONS", 7);
  ck_assert_uint_eq(pair.tag, 42);
  RdAddress from = ip4(IP_A, 5061), to = ip4(IP_B, 5060);
  ck_assert_mem_eq(&pair.from, &from, sizeof from);
  ck_assert_mem_eq(&pair.to, &to, sizeof to);
  /* 7 + 8 UDP + 20 IP + 2 PPP = 37 bytes at 1 byte/us, then 5 ms. */
  ck_assert_int_eq(pair.at, 5037 * RD_MICROSECOND);
}
END_TEST

START_TEST(an_empty_datagram_and_the_longest_arrive) {
  static uint8_t longest[65507];
  for (size_t i = 0; i < sizeof longest; i++)
    longest[i] = (uint8_t)(i * 7 + i / 256);
  ck_assert(send_to_b(IP_A, NULL, 0, 1));
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(pair.received, 1);
  ck_assert_uint_eq(pair.len, 0);
  ck_assert(send_to_b(IP_A, longest, sizeof longest, 2));
  ck_assert(ns3c_run(pair.sim, 2 * RD_SECOND));
  ck_assert_uint_eq(pair.received, 2);
  ck_assert_uint_eq(pair.len, sizeof longest);
  ck_assert_mem_eq(pair.bytes, longest, sizeof longest);
  ck_assert_uint_eq(pair.tag, 2);
  ck_assert(!send_to_b(IP_A, longest, sizeof longest + 1, 3));
}
END_TEST

START_TEST(any_source_address_may_be_used) {
  ck_assert(send_to_b(0xCB007105, "x", 1, 1)); /* 203.0.113.5 is nobody's */
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  RdAddress forged = ip4(0xCB007105, 5061);
  ck_assert_mem_eq(&pair.from, &forged, sizeof forged);
}
END_TEST

START_TEST(a_full_queue_drops_and_counts) {
  ns3c_free(pair.sim);
  ns3c_link_spec narrow = {.rate = 8000000, .delay = 0, .queue = 3};
  pair_open(&pair, &narrow);
  for (unsigned i = 1; i <= 10; i++)
    ck_assert(send_to_b(IP_A, "0123456789", 10, i));
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(pair.received, 4); /* one on the wire, three waiting */
  ck_assert_uint_eq(pair.drops[NS3C_DROP_QUEUE], 6);
  ck_assert_uint_eq(pair.drop_tag, 10);
  ck_assert_uint_eq(pair.tag_sum, 1 + 2 + 3 + 4);
}
END_TEST

START_TEST(no_socket_and_no_route_are_told) {
  RdAddress source = ip4(IP_A, 1), closed = ip4(IP_B, 9), nowhere = ip4(0xC6336401, 9);
  ck_assert(ns3c_udp_send(pair.a, &source, &closed, "x", 1, 5));
  ck_assert(!ns3c_udp_send(pair.a, &source, &nowhere, "x", 1, 6));
  ck_assert_ptr_nonnull(strstr(ns3c_error(), "no route"));
  RdAddress all = ip4(0, 0);
  ck_assert(ns3c_route(pair.a, pair.link, &all, 0));
  ck_assert(ns3c_udp_send(pair.a, &source, &nowhere, "x", 1, 7)); /* b has no route for it */
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(pair.drops[NS3C_DROP_NO_SOCKET], 1);
  ck_assert_uint_eq(pair.drops[NS3C_DROP_NO_ROUTE], 1);
  ck_assert_uint_eq(pair.drop_tag, 7);
  ck_assert_uint_eq(pair.received, 0);
}
END_TEST

START_TEST(a_routing_loop_ends_by_ttl) {
  RdAddress source = ip4(IP_A, 1), nowhere = ip4(0xC6336401, 9), all = ip4(0, 0);
  ck_assert(ns3c_route(pair.a, pair.link, &all, 0));
  ck_assert(ns3c_route(pair.b, pair.link, &all, 0));
  ck_assert(ns3c_udp_send(pair.a, &source, &nowhere, "x", 1, 9));
  ck_assert(ns3c_run(pair.sim, 10 * RD_SECOND));
  ck_assert_uint_eq(pair.drops[NS3C_DROP_TTL], 1);
  ck_assert_uint_eq(pair.drop_tag, 9);
}
END_TEST

START_TEST(own_addresses_are_reached_without_a_link) {
  RdAddress source = ip4(IP_B, 1), own = ip4(IP_B, 5060);
  ck_assert(ns3c_udp_send(pair.b, &source, &own, "self", 4, 3));
  ck_assert_uint_eq(pair.received, 0); /* never inside the call */
  ck_assert(ns3c_run(pair.sim, 0));
  ck_assert_uint_eq(pair.received, 1);
  ck_assert_uint_eq(pair.tag, 3);
}
END_TEST

/* --- hooks ---------------------------------------------------------------------------------- */

typedef struct {
  unsigned seen, lose_nth, from_a, last_nth;
  uint64_t tag;
} Loser;

static bool lose(void *user, uint64_t tag, unsigned nth, bool from_a) {
  Loser *l = user;
  l->seen++;
  l->from_a += from_a;
  l->last_nth = nth;
  return (l->tag == 0 || l->tag == tag) && nth == l->lose_nth;
}

START_TEST(the_loss_hook_chooses_and_is_counted) {
  Loser loser = {.lose_nth = 1};
  ck_assert(ns3c_link_loss(pair.link, lose, &loser));
  for (uint64_t tag = 1; tag <= 3; tag++) {
    ck_assert(send_to_b(IP_A, "x", 1, tag));
    ck_assert(send_to_b(IP_A, "x", 1, tag));
  }
  RdAddress back_from = ip4(IP_B, 5060), back_to = ip4(IP_A, 5060);
  ck_assert(ns3c_udp_send(pair.b, &back_from, &back_to, "y", 1, 1));
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(loser.seen, 7);
  ck_assert_uint_eq(loser.from_a, 6);
  ck_assert_uint_eq(pair.received, 3);
  ck_assert_uint_eq(pair.drops[NS3C_DROP_LOSS], 3);
  ck_assert_uint_eq(pair.drops[NS3C_DROP_NO_SOCKET], 1); /* the way back: nth counts apart */
  ck_assert(ns3c_link_loss(pair.link, NULL, NULL));
  ck_assert(send_to_b(IP_A, "x", 1, 1));
  ck_assert(ns3c_run(pair.sim, 2 * RD_SECOND));
  ck_assert_uint_eq(loser.seen, 7);
}
END_TEST

static bool remember_nth(void *user, uint64_t tag, unsigned nth, bool from_a) {
  unsigned *ret = user;
  (void)from_a;
  if (tag == 1)
    *ret = nth;
  return false;
}

START_TEST(a_tag_is_remembered_over_65536_others) {
  unsigned nth = 99;
  ns3c_free(pair.sim);
  ns3c_link_spec fast = {.rate = UINT64_C(10000000000), .delay = 0, .queue = 100000};
  pair_open(&pair, &fast);
  ck_assert(ns3c_link_loss(pair.link, remember_nth, &nth));
  for (uint64_t tag = 1; tag <= 65536; tag++) {
    if (!send_to_b(IP_A, "x", 1, tag))
      ck_abort_msg("%s", ns3c_error());
  }
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(nth, 0);
  ck_assert(send_to_b(IP_A, "x", 1, 70000));
  ck_assert(send_to_b(IP_A, "x", 1, 1));
  ck_assert(ns3c_run(pair.sim, 2 * RD_SECOND));
  ck_assert_uint_eq(nth, 1);
}
END_TEST

START_TEST(every_fragment_carries_the_tag_and_a_lost_one_is_mourned) {
  static uint8_t big[4000];
  Loser loser = {.lose_nth = 0, .tag = 77}; /* the first, which alone has the UDP header */
  ck_assert(ns3c_link_loss(pair.link, lose, &loser));
  ck_assert(send_to_b(IP_A, big, sizeof big, 77));
  ck_assert(send_to_b(IP_A, big, sizeof big, 78));
  ck_assert(ns3c_run(pair.sim, 29 * RD_SECOND));
  ck_assert_uint_eq(loser.seen, 6);
  ck_assert_uint_eq(loser.last_nth, 2);
  ck_assert_uint_eq(pair.received, 1);
  ck_assert_uint_eq(pair.tag, 78);
  ck_assert_uint_eq(pair.drops[NS3C_DROP_LOSS], 1);
  ck_assert_uint_eq(pair.drops[NS3C_DROP_FRAGMENT], 0);
  ck_assert(ns3c_run(pair.sim, 31 * RD_SECOND));
  ck_assert_uint_eq(pair.drops[NS3C_DROP_FRAGMENT], 1);
  ck_assert_uint_eq(pair.drop_tag, 77);
}
END_TEST

START_TEST(partial_datagrams_are_bounded) {
  static uint8_t big[2000];
  Loser loser = {.lose_nth = 1};
  ns3c_free(pair.sim);
  ns3c_link_spec fast = {.rate = UINT64_C(10000000000), .delay = 0, .queue = 10000};
  pair_open(&pair, &fast);
  ck_assert(ns3c_link_loss(pair.link, lose, &loser));
  for (unsigned i = 1; i <= 1030; i++)
    ck_assert(send_to_b(IP_A, big, sizeof big, i));
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(pair.drops[NS3C_DROP_FRAGMENT], 6); /* 1024 are kept, the oldest went */
  ck_assert(ns3c_run(pair.sim, 60 * RD_SECOND));
  ck_assert_uint_eq(pair.drops[NS3C_DROP_FRAGMENT], 1030);
}
END_TEST

typedef struct {
  unsigned seen, from_a;
  RdTime at;
  size_t len;
  uint64_t tag;
  uint8_t ip[2000];
} Sniffer;

static void sniff(void *user, RdTime at, const uint8_t *ip, size_t len, uint64_t tag, bool from_a) {
  Sniffer *s = user;
  s->seen++;
  s->from_a += from_a;
  s->at = at;
  s->len = len;
  s->tag = tag;
  ck_assert_uint_le(len, sizeof s->ip);
  memcpy(s->ip, ip, len);
}

static unsigned ones_sum(const uint8_t *at, size_t len, uint32_t sum) {
  for (size_t i = 0; i < len; i++)
    sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

START_TEST(the_sniffer_sees_a_sound_ip_packet) {
  Sniffer sniffer = {0};
  ck_assert(ns3c_link_sniff(pair.link, sniff, &sniffer));
  ck_assert(send_to_b(IP_A, "first", 5, 1));
  ck_assert(send_to_b(IP_A, "REGISTER", 8, 11));
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(sniffer.seen, 2);
  ck_assert_uint_eq(sniffer.from_a, 2);
  ck_assert_int_eq(sniffer.at, 35 * RD_MICROSECOND); /* once the first has left */
  ck_assert_uint_eq(sniffer.tag, 11);
  ck_assert_uint_eq(sniffer.len, 36);
  ck_assert_uint_eq(sniffer.ip[0], 0x45);
  ck_assert_uint_eq(sniffer.ip[9], 17);
  ck_assert_uint_eq(ones_sum(sniffer.ip, 20, 0), 0xffff);
  /* RFC 768: the checksum covers addresses, protocol and length too. */
  ck_assert_uint_eq(ones_sum(sniffer.ip + 12, 24, 17 + 16), 0xffff);
  ck_assert_mem_eq(sniffer.ip + 28, "REGISTER", 8);
  ck_assert(ns3c_link_sniff(pair.link, NULL, NULL));
  ck_assert(send_to_b(IP_A, "x", 1, 1));
  ck_assert(ns3c_run(pair.sim, 2 * RD_SECOND));
  ck_assert_uint_eq(sniffer.seen, 2);
}
END_TEST

static bool lose_the_second(void *user, uint64_t tag, unsigned nth, bool from_a) {
  (void)user, (void)nth;
  return tag == 2 && !from_a;
}

START_TEST(the_sniffer_sees_what_comes_when_it_has_come) {
  Sniffer sniffer = {0};
  RdAddress from = ip4(IP_B, 5060), to = ip4(IP_A, 5060);
  ck_assert(ns3c_link_sniff(pair.link, sniff, &sniffer));
  ck_assert(ns3c_link_loss(pair.link, lose_the_second, NULL));
  ck_assert(ns3c_udp_send(pair.b, &from, &to, "OPTIONS", 7, 1));
  ck_assert(ns3c_udp_send(pair.b, &from, &to, "OPTIONS", 7, 2)); /* never arrives */
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(sniffer.seen, 1);
  ck_assert_uint_eq(sniffer.from_a, 0);
  ck_assert_int_eq(sniffer.at, 5037 * RD_MICROSECOND);
  ck_assert_uint_eq(sniffer.tag, 1);
  ck_assert_mem_eq(sniffer.ip + 28, "OPTIONS", 7);
}
END_TEST

/* --- refusals ------------------------------------------------------------------------------- */

static void refused(const char *why) {
  ck_assert_msg(strstr(ns3c_error(), why) != NULL, "%s, not %s", ns3c_error(), why);
}

START_TEST(links_refuse_what_ns3_would_abort_on) {
  ns3c_link_spec spec = kMega;
  spec.rate = 0;
  ck_assert_ptr_null(ns3c_link_new(pair.sim, pair.a, pair.b, &spec));
  refused("rate");
  spec = kMega;
  spec.queue = 0;
  ck_assert_ptr_null(ns3c_link_new(pair.sim, pair.a, pair.b, &spec));
  refused("queue");
  spec = kMega;
  spec.delay = -1;
  ck_assert_ptr_null(ns3c_link_new(pair.sim, pair.a, pair.b, &spec));
  refused("delay");
  spec.delay = INT64_MAX;
  ck_assert_ptr_null(ns3c_link_new(pair.sim, pair.a, pair.b, &spec));
  spec = kMega;
  spec.mtu = 67;
  ck_assert_ptr_null(ns3c_link_new(pair.sim, pair.a, pair.b, &spec));
  refused("MTU");
  spec.mtu = 65536;
  ck_assert_ptr_null(ns3c_link_new(pair.sim, pair.a, pair.b, &spec));
  ck_assert_ptr_null(ns3c_link_new(pair.sim, pair.a, pair.a, &kMega));
  refused("itself");
  ck_assert_ptr_null(ns3c_link_new(pair.sim, pair.a, NULL, &kMega));
  ck_assert_ptr_null(ns3c_link_new(pair.sim, pair.a, pair.b, NULL));
  ck_assert_ptr_null(ns3c_node_new(NULL, "x"));
  ck_assert(!ns3c_link_pcap(pair.link, "/nowhere/at/all.pcap"));
  refused("cannot write");
  ck_assert(!ns3c_link_pcap(NULL, "x"));
  ck_assert(!ns3c_link_loss(NULL, lose, NULL));
  ck_assert(!ns3c_link_sniff(NULL, sniff, NULL));
}
END_TEST

START_TEST(addresses_and_routes_are_checked) {
  RdAddress v6 = {.family = 6}, none = {.family = 0}, odd = {.family = 9}, zero = ip4(0, 0);
  RdAddress own = ip4(IP_A, 0), multicast = ip4(0xE0000001, 0), net = ip4(0xC6336400, 0);
  ns3c_node *c = ns3c_node_new(pair.sim, "c");
  ck_assert(!ns3c_address(pair.a, pair.link, &v6));
  refused("IPv6");
  ck_assert(!ns3c_address(pair.a, pair.link, &none));
  ck_assert(!ns3c_address(pair.a, pair.link, &odd));
  ck_assert(!ns3c_address(pair.a, pair.link, NULL));
  ck_assert(!ns3c_address(pair.a, pair.link, &own));
  refused("already");
  ck_assert(!ns3c_address(pair.a, pair.link, &multicast));
  ck_assert(!ns3c_address(pair.a, pair.link, &zero));
  ck_assert(!ns3c_address(c, pair.link, &net));
  refused("does not touch");
  ck_assert(!ns3c_address(c, NULL, &net));
  ck_assert(!ns3c_route(pair.a, pair.link, &net, 33));
  ck_assert(!ns3c_route(pair.a, pair.link, &own, 24)); /* 192.0.2.1/24 */
  refused("beyond");
  ck_assert(!ns3c_route(pair.a, pair.link, &v6, 0));
  ck_assert(ns3c_route(pair.a, pair.link, &net, 24));
  ck_assert(!ns3c_route(pair.a, pair.link, &net, 24));
}
END_TEST

START_TEST(datagrams_are_checked) {
  RdAddress from = ip4(IP_A, 1), to = ip4(IP_B, 5060), v6 = {.family = 6, .port = 5060};
  RdAddress portless = ip4(IP_B, 0);
  ck_assert(!ns3c_udp_bind(pair.b, 5060, pair_got, &pair));
  refused("bound already");
  ck_assert(!ns3c_udp_bind(pair.b, 0, pair_got, &pair));
  ck_assert(!ns3c_udp_bind(pair.b, 1, NULL, &pair));
  ck_assert(!ns3c_udp_bind(NULL, 1, pair_got, &pair));
  ck_assert(!ns3c_udp_send(pair.a, &from, &v6, "x", 1, 1));
  refused("IPv6");
  ck_assert(!ns3c_udp_send(pair.a, &v6, &to, "x", 1, 1));
  ck_assert(!ns3c_udp_send(pair.a, &from, &portless, "x", 1, 1));
  ck_assert(!ns3c_udp_send(pair.a, &from, &to, NULL, 1, 1));
  ck_assert(!ns3c_udp_send(NULL, &from, &to, "x", 1, 1));
  ck_assert(!ns3c_udp_send(pair.a, NULL, &to, "x", 1, 1));
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(pair.received, 0);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ns3-udp");
  TCase *t = tcase_create("udp");
  tcase_set_timeout(t, 60);
  tcase_add_checked_fixture(t, open_pair, close_pair);
  tcase_add_test(t, a_datagram_arrives_whole_and_on_time);
  tcase_add_test(t, an_empty_datagram_and_the_longest_arrive);
  tcase_add_test(t, any_source_address_may_be_used);
  tcase_add_test(t, a_full_queue_drops_and_counts);
  tcase_add_test(t, no_socket_and_no_route_are_told);
  tcase_add_test(t, a_routing_loop_ends_by_ttl);
  tcase_add_test(t, own_addresses_are_reached_without_a_link);
  tcase_add_test(t, the_loss_hook_chooses_and_is_counted);
  tcase_add_test(t, a_tag_is_remembered_over_65536_others);
  tcase_add_test(t, every_fragment_carries_the_tag_and_a_lost_one_is_mourned);
  tcase_add_test(t, partial_datagrams_are_bounded);
  tcase_add_test(t, the_sniffer_sees_a_sound_ip_packet);
  tcase_add_test(t, the_sniffer_sees_what_comes_when_it_has_come);
  tcase_add_test(t, links_refuse_what_ns3_would_abort_on);
  tcase_add_test(t, addresses_and_routes_are_checked);
  tcase_add_test(t, datagrams_are_checked);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
