#include "net.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* A star: every leaf has a line to the hub, and the hub forwards. */
enum { LEAVES = 12, MESSAGES = 3000 };

typedef struct {
  ns3c_sim *sim;
  ns3c_node *hub, *leaf[LEAVES];
  ns3c_link *line[LEAVES];
  uint64_t state; /* of the test's own generator */
  unsigned drops[NS3C_DROP_FRAGMENT + 1], received[MESSAGES + 1], dropped[MESSAGES + 1];
  uint64_t digest;
} Star;

static uint32_t draw(Star *s, uint32_t bound) {
  s->state = s->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((s->state >> 33) % bound);
}

static void mix(Star *s, uint64_t word) {
  s->digest = (s->digest ^ word) * UINT64_C(1099511628211);
}

static void star_got(void *user, const RdAddress *from, const RdAddress *to, const uint8_t *bytes,
                     size_t len, uint64_t tag) {
  Star *s = user;
  (void)from;
  ck_assert_uint_le(tag, MESSAGES);
  for (size_t i = 0; i < len; i++) {
    if (bytes[i] != (uint8_t)(tag + i))
      ck_abort_msg("byte %zu of message %u is wrong", i, (unsigned)tag);
  }
  s->received[tag]++;
  mix(s, tag);
  mix(s, (uint64_t)ns3c_now(s->sim));
  mix(s, to->ip[3]);
}

static void star_drop(void *user, ns3c_drop reason, uint64_t tag) {
  Star *s = user;
  s->drops[reason]++;
  s->dropped[tag]++;
  mix(s, tag * 8 + reason);
}

static bool star_loss(void *user, uint64_t tag, unsigned nth, bool from_a) {
  (void)user;
  return (tag * 7 + nth * 3 + from_a) % 41 == 0;
}

static uint32_t leaf_ip(unsigned i) {
  return 0x0A000001u + (i << 8); /* 10.0.i.1 */
}

static void star_open(Star *s, uint64_t seed) {
  memset(s, 0, sizeof *s);
  s->state = seed;
  s->sim = ns3c_new(seed);
  ns3c_drops(s->sim, star_drop, s);
  s->hub = ns3c_node_new(s->sim, "hub");
  ns3c_link_spec spec = {.rate = 20000000, .delay = 3 * RD_MILLISECOND, .queue = 8};
  RdAddress all = ip4(0, 0);
  for (unsigned i = 0; i < LEAVES; i++) {
    s->leaf[i] = ns3c_node_new(s->sim, "leaf");
    s->line[i] = ns3c_link_new(s->sim, s->leaf[i], s->hub, &spec);
    RdAddress own = ip4(leaf_ip(i), 0), net = ip4(leaf_ip(i) & 0xFFFFFF00, 0);
    ck_assert(ns3c_address(s->leaf[i], s->line[i], &own));
    ck_assert(ns3c_route(s->leaf[i], s->line[i], &all, 0));
    ck_assert(ns3c_route(s->hub, s->line[i], &net, 24));
    ck_assert(ns3c_udp_bind(s->leaf[i], 5060, star_got, s));
    ck_assert(ns3c_link_loss(s->line[i], star_loss, s));
  }
}

typedef struct {
  Star *star;
  uint64_t tag;
} Shot;

static Shot shots[MESSAGES + 1];

static void shoot(void *arg) {
  Shot *shot = arg;
  Star *s = shot->star;
  static uint8_t bytes[6000];
  size_t len = draw(s, 4) ? draw(s, 1200) : draw(s, sizeof bytes);
  for (size_t i = 0; i < len; i++)
    bytes[i] = (uint8_t)(shot->tag + i);
  unsigned from = draw(s, LEAVES), to = draw(s, LEAVES + 1);
  RdAddress source = ip4(leaf_ip(from), 5060);
  RdAddress target = ip4(leaf_ip(to), draw(s, 20) ? 5060 : 5061); /* 10.0.12.1 is nowhere */
  ck_assert(ns3c_udp_send(s->leaf[from], &source, &target, bytes, len, shot->tag));
}

static void star_run(Star *s) {
  for (uint64_t tag = 1; tag <= MESSAGES; tag++) {
    shots[tag] = (Shot){s, tag};
    ck_assert(ns3c_at(s->sim, draw(s, 1000) * RD_MILLISECOND, shoot, &shots[tag]));
  }
  ck_assert(ns3c_run(s->sim, 60 * RD_SECOND));
}

START_TEST(what_was_sent_was_received_or_dropped) {
  static Star star;
  star_open(&star, 11);
  star_run(&star);
  unsigned received = 0, gone = 0;
  for (unsigned tag = 1; tag <= MESSAGES; tag++) {
    ck_assert_uint_le(star.received[tag], 1);
    if (star.received[tag])
      ck_assert_uint_eq(star.dropped[tag], 0);
    else
      ck_assert_uint_ge(star.dropped[tag], 1);
    received += star.received[tag];
    gone += star.dropped[tag] > 0;
  }
  ck_assert_uint_eq(received + gone, MESSAGES);
  ck_assert_uint_gt(received, MESSAGES / 4);
  ck_assert_uint_gt(star.drops[NS3C_DROP_QUEUE], 0);
  ck_assert_uint_gt(star.drops[NS3C_DROP_LOSS], 0);
  ck_assert_uint_gt(star.drops[NS3C_DROP_NO_ROUTE], 0);
  ck_assert_uint_gt(star.drops[NS3C_DROP_NO_SOCKET], 0);
  ck_assert_uint_gt(star.drops[NS3C_DROP_FRAGMENT], 0);
  ns3c_free(star.sim);
}
END_TEST

/* --- same seed, same bytes ------------------------------------------------------------------- */

static void tcp_data(void *user, ns3c_tcp *conn, const uint8_t *bytes, size_t len, uint64_t tag) {
  (void)conn;
  (void)bytes;
  mix(user, len);
  mix(user, tag);
}

static void *tcp_accept(void *user, ns3c_tcp *conn, const RdAddress *from, const RdAddress *to) {
  (void)conn;
  (void)from;
  (void)to;
  return user;
}

/* UDP, fragments, loss and TCP at once, captured; in a process of its own. */
static void child(uint64_t seed, const char *pcap, int out) {
  static Star star;
  static uint8_t body[50000];
  const ns3c_tcp_ops ops = {.data = tcp_data};
  star_open(&star, seed);
  if (!ns3c_link_pcap(star.line[0], pcap))
    _exit(2);
  ns3c_tcp_listen(star.leaf[0], 5060, &ops, tcp_accept, &star);
  RdAddress from = ip4(leaf_ip(1), 0), to = ip4(leaf_ip(0), 5060);
  ns3c_tcp *conn = ns3c_tcp_open(star.leaf[1], &from, &to, &ops, &star);
  if (!conn || !ns3c_tcp_send(conn, body, sizeof body, 1))
    _exit(3);
  star_run(&star);
  ns3c_free(star.sim);
  _exit(write(out, &star.digest, sizeof star.digest) == sizeof star.digest ? 0 : 4);
}

static uint64_t digest_of(uint64_t seed, const char *pcap) {
  int fd[2], status;
  uint64_t digest = 0;
  ck_assert_int_eq(pipe(fd), 0);
  pid_t pid = fork();
  if (pid == 0)
    child(seed, pcap, fd[1]);
  ck_assert_int_eq(waitpid(pid, &status, 0), pid);
  ck_assert_int_eq(status, 0);
  ck_assert_int_eq(read(fd[0], &digest, sizeof digest), sizeof digest);
  close(fd[0]);
  close(fd[1]);
  return digest;
}

static char *read_all(const char *path, size_t *ret_len) {
  FILE *f = fopen(path, "rb");
  ck_assert_ptr_nonnull(f);
  char *bytes = malloc(1 << 24);
  *ret_len = fread(bytes, 1, 1 << 24, f);
  fclose(f);
  return bytes;
}

START_TEST(the_same_seed_gives_the_same_bytes_in_another_process) {
  char paths[3][64];
  size_t len[3];
  char *bytes[3];
  uint64_t digest[3];
  for (int i = 0; i < 3; i++) {
    snprintf(paths[i], sizeof paths[i], "test_network.%d.%d.pcap", (int)getpid(), i);
    digest[i] = digest_of(i < 2 ? 5 : 6, paths[i]);
    bytes[i] = read_all(paths[i], &len[i]);
    unlink(paths[i]);
  }
  ck_assert_uint_eq(digest[0], digest[1]);
  ck_assert_uint_ne(digest[0], digest[2]);
  ck_assert_uint_gt(len[0], 50000);
  ck_assert_uint_eq(len[0], len[1]);
  ck_assert_mem_eq(bytes[0], bytes[1], len[0]);
  /* A pcap file of link type 9, PPP; ns-3 writes it in the machine's byte order. */
  ck_assert_mem_eq(bytes[0], "\xd4\xc3\xb2\xa1", 4);
  ck_assert_uint_eq((uint8_t)bytes[0][20], 9);
  for (int i = 0; i < 3; i++)
    free(bytes[i]);
}
END_TEST

/* --- sizes ----------------------------------------------------------------------------------- */

START_TEST(a_node_of_a_million_addresses_hears_each) {
  static Pair pair;
  ns3c_link_spec spec = {.rate = UINT64_C(10000000000), .delay = 0, .queue = 100000};
  pair_open(&pair, &spec);
  RdAddress net = ip4(0x0A000000, 0), from = ip4(IP_A, 5060);
  ck_assert(ns3c_route(pair.a, pair.link, &net, 8));
  for (uint32_t i = 0; i < 1000000; i++) {
    RdAddress own = ip4(0x0A000000 + i, 0);
    if (!ns3c_address(pair.b, pair.link, &own))
      ck_abort_msg("address %u: %s", i, ns3c_error());
  }
  unsigned expected = 0;
  for (uint32_t i = 0; i < 1000000; i += 97) {
    RdAddress to = ip4(0x0A000000 + i, 5060);
    ck_assert(ns3c_udp_send(pair.a, &from, &to, "x", 1, 1));
    expected++;
  }
  RdAddress beyond = ip4(0x0A000000 + 1000000, 5060);
  ck_assert(ns3c_udp_send(pair.a, &from, &beyond, "x", 1, 1));
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(pair.received, expected);
  ck_assert_uint_eq(pair.drops[NS3C_DROP_NO_ROUTE], 1);
  ns3c_free(pair.sim);
}
END_TEST

START_TEST(the_longest_prefix_wins) {
  ns3c_sim *sim = ns3c_new(1);
  ns3c_link_spec spec = {.rate = 1000000, .delay = 0, .queue = 10};
  ns3c_node *hub = ns3c_node_new(sim, "hub"), *to[3];
  static Pair at[3];
  const uint32_t prefix[3] = {0x0A000000, 0x0A010000, 0x0A010203};
  const unsigned length[3] = {8, 16, 32};
  RdAddress target = ip4(0x0A010203, 5060), from = ip4(IP_A, 1);
  for (int i = 0; i < 3; i++) {
    at[i] = (Pair){.sim = sim};
    to[i] = ns3c_node_new(sim, NULL);
    ns3c_link *link = ns3c_link_new(sim, hub, to[i], &spec);
    RdAddress net = ip4(prefix[i], 0);
    ck_assert(ns3c_address(to[i], link, &target)); /* all three claim it */
    ck_assert(ns3c_udp_bind(to[i], 5060, pair_got, &at[i]));
    ck_assert(ns3c_route(hub, link, &net, length[i]));
    ck_assert(ns3c_udp_send(hub, &from, &target, "x", 1, 1));
    ck_assert(ns3c_run(sim, (i + 1) * RD_SECOND));
    ck_assert_uint_eq(at[i].received, 1);
  }
  ns3c_free(sim);
}
END_TEST

START_TEST(a_narrower_link_on_the_way_fragments_again) {
  ns3c_sim *sim = ns3c_new(1);
  static Pair end;
  static uint8_t big[5000];
  for (size_t i = 0; i < sizeof big; i++)
    big[i] = (uint8_t)(i ^ (i >> 8));
  ns3c_link_spec wide = {.rate = 100000000, .delay = 0, .queue = 50}, narrow = wide;
  narrow.mtu = 576;
  ns3c_node *a = ns3c_node_new(sim, "a"), *r = ns3c_node_new(sim, "r"),
            *b = ns3c_node_new(sim, "b");
  ns3c_link *ar = ns3c_link_new(sim, a, r, &wide), *rb = ns3c_link_new(sim, r, b, &narrow);
  RdAddress from = ip4(IP_A, 1), to = ip4(IP_B, 5060);
  end = (Pair){.sim = sim};
  ns3c_drops(sim, pair_drop, &end);
  ck_assert(ns3c_route(a, ar, &to, 32) && ns3c_route(r, rb, &to, 32));
  ck_assert(ns3c_address(b, rb, &to) && ns3c_udp_bind(b, 5060, pair_got, &end));
  ck_assert(ns3c_udp_send(a, &from, &to, big, sizeof big, 8));
  ck_assert(ns3c_run(sim, RD_SECOND));
  ck_assert_uint_eq(end.received, 1);
  ck_assert_uint_eq(end.len, sizeof big);
  ck_assert_mem_eq(end.bytes, big, sizeof big);
  ck_assert_uint_eq(end.tag, 8);
  ns3c_free(sim);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ns3-network");
  TCase *t = tcase_create("network");
  tcase_set_timeout(t, 100);
  tcase_add_test(t, what_was_sent_was_received_or_dropped);
  tcase_add_test(t, the_same_seed_gives_the_same_bytes_in_another_process);
  tcase_add_test(t, a_node_of_a_million_addresses_hears_each);
  tcase_add_test(t, the_longest_prefix_wins);
  tcase_add_test(t, a_narrower_link_on_the_way_fragments_again);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
