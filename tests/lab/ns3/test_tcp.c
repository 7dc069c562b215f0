#include "net.h"

static const ns3c_link_spec kMega = {.rate = 8000000, .delay = 5 * RD_MILLISECOND, .queue = 100};

/* What one end of a connection has lived through. */
typedef struct {
  ns3c_tcp *conn;
  unsigned opened, refused, closed, pieces;
  size_t len;
  bool close_on_data, echo;
  RdTime at;
  uint64_t tags[64];
  size_t lens[64];
  uint8_t *bytes; /* malloc'd */
} Side;

static Pair pair;
static Side client, server;
static unsigned accepted;
static RdAddress accepted_from, accepted_to;

static void opened(void *user, ns3c_tcp *conn) {
  Side *s = user;
  ck_assert_ptr_eq(conn, s->conn);
  s->opened++;
  s->at = ns3c_now(pair.sim);
}

static void refused(void *user, ns3c_tcp *conn) {
  Side *s = user;
  ck_assert(!ns3c_tcp_send(conn, "x", 1, 1));
  s->refused++;
  s->at = ns3c_now(pair.sim);
}

static void closed(void *user, ns3c_tcp *conn) {
  Side *s = user;
  ck_assert(!ns3c_tcp_send(conn, "x", 1, 1));
  ck_assert_ptr_nonnull(strstr(ns3c_error(), "closed"));
  ns3c_tcp_close(conn); /* harmless */
  s->closed++;
  s->at = ns3c_now(pair.sim);
}

static void data(void *user, ns3c_tcp *conn, const uint8_t *bytes, size_t len, uint64_t tag) {
  Side *s = user;
  s->bytes = realloc(s->bytes, s->len + len);
  memcpy(s->bytes + s->len, bytes, len);
  s->len += len;
  /* TCP may deliver one send in several pieces: pieces of one tag are counted as one. */
  if (s->pieces == 0 || s->tags[s->pieces - 1] != tag) {
    ck_assert_uint_lt(s->pieces, 64);
    s->tags[s->pieces] = tag;
    s->lens[s->pieces++] = 0;
  }
  s->lens[s->pieces - 1] += len;
  if (s->echo)
    ck_assert(ns3c_tcp_send(conn, bytes, len, tag + 1000));
  if (s->close_on_data)
    ns3c_tcp_close(conn);
}

static const ns3c_tcp_ops kOps = {opened, refused, data, closed};

static void *accept_one(void *user, ns3c_tcp *conn, const RdAddress *from, const RdAddress *to) {
  Side *s = user;
  s->conn = conn;
  accepted++;
  accepted_from = *from;
  accepted_to = *to;
  return s;
}

static void open_pair(void) {
  pair_open(&pair, &kMega);
  memset(&client, 0, sizeof client);
  memset(&server, 0, sizeof server);
  accepted = 0;
  ck_assert(ns3c_tcp_listen(pair.b, 5060, &kOps, accept_one, &server));
}

static void close_pair(void) {
  ns3c_free(pair.sim);
  free(client.bytes);
  free(server.bytes);
}

static void dial(uint16_t port) {
  RdAddress from = ip4(IP_A, 0), to = ip4(IP_B, port);
  client.conn = ns3c_tcp_open(pair.a, &from, &to, &kOps, &client);
  ck_assert_msg(client.conn != NULL, "%s", ns3c_error());
}

static uint8_t *pattern(size_t len) {
  uint8_t *bytes = malloc(len);
  for (size_t i = 0; i < len; i++)
    bytes[i] = (uint8_t)(i * 31 + i / 251);
  return bytes;
}

START_TEST(a_connection_opens_and_both_ends_know_it) {
  dial(5060);
  ck_assert_uint_eq(client.opened, 0);
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(client.opened, 1);
  ck_assert_uint_eq(accepted, 1);
  ck_assert_uint_eq(server.opened, 0); /* accept() was its notice */
  ck_assert_int_gt(client.at, 10 * RD_MILLISECOND);
  ck_assert_int_lt(client.at, 11 * RD_MILLISECOND);
  ck_assert_uint_eq(accepted_from.transport, RD_TCP);
  ck_assert_uint_eq(accepted_from.ip[3], 1);
  ck_assert_uint_ge(accepted_from.port, 49152);
  ck_assert_uint_eq(accepted_to.port, 5060);
}
END_TEST

START_TEST(bytes_are_cut_at_the_borders_of_tags) {
  dial(5060);
  ck_assert(ns3c_tcp_send(client.conn, "INVITE", 6, 1));
  ck_assert(ns3c_tcp_send(client.conn, "ACK", 3, 2));
  ck_assert(ns3c_tcp_send(client.conn, "BYE", 3, 2));
  ck_assert(ns3c_tcp_send(client.conn, "", 0, 9));
  ck_assert(ns3c_tcp_send(client.conn, "none", 4, 0));
  ck_assert(ns3c_tcp_send(client.conn, "OPTIONS", 7, 1));
  server.echo = true;
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(server.len, 23);
  ck_assert_mem_eq(server.bytes, "INVITEACKBYEnoneOPTIONS", 23);
  const uint64_t tags[] = {1, 2, 0, 1};
  const size_t lens[] = {6, 6, 4, 7};
  ck_assert_uint_eq(server.pieces, 4);
  ck_assert_uint_eq(client.pieces, 4);
  for (int i = 0; i < 4; i++) {
    ck_assert_uint_eq(server.tags[i], tags[i]);
    ck_assert_uint_eq(server.lens[i], lens[i]);
    ck_assert_uint_eq(client.tags[i], tags[i] + 1000);
    ck_assert_uint_eq(client.lens[i], lens[i]);
  }
}
END_TEST

START_TEST(a_megabyte_outgrows_ns3s_buffer_and_arrives) {
  const size_t len = 1500000;
  uint8_t *bytes = pattern(len);
  dial(5060);
  for (size_t i = 0; i < 3; i++)
    ck_assert(ns3c_tcp_send(client.conn, bytes + i * 500000, 500000, i + 1));
  ns3c_tcp_close(client.conn); /* what was sent before still leaves */
  ck_assert(ns3c_run(pair.sim, 60 * RD_SECOND));
  ck_assert_uint_eq(server.len, len);
  ck_assert_mem_eq(server.bytes, bytes, len);
  ck_assert_uint_eq(server.pieces, 3);
  for (size_t i = 0; i < 3; i++)
    ck_assert_uint_eq(server.lens[i], 500000);
  ck_assert_uint_eq(server.closed, 1);
  ck_assert_uint_eq(client.closed, 0);
  free(bytes);
}
END_TEST

/* Its buffer, and no more, is taken for who does not read; then all of it comes, in order. */
START_TEST(who_does_not_read_closes_the_window) {
  const size_t len = 1000000;
  uint8_t *bytes = pattern(len);
  dial(5060);
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ns3c_tcp_hold(server.conn, true);
  ck_assert(ns3c_tcp_send(client.conn, bytes, len, 1));
  ck_assert(ns3c_run(pair.sim, 20 * RD_SECOND));
  ck_assert_uint_eq(server.len, 0);
  ns3c_tcp_hold(server.conn, false);
  ns3c_tcp_hold(server.conn, true);
  ck_assert(ns3c_run(pair.sim, 21 * RD_SECOND));
  ck_assert_uint_eq(server.len, 0);
  ns3c_tcp_hold(server.conn, false);
  ck_assert(ns3c_run(pair.sim, 21 * RD_SECOND + 1));
  ck_assert_uint_gt(server.len, 100000);
  ck_assert_uint_le(server.len, 131072);
  ck_assert(ns3c_run(pair.sim, 23 * RD_SECOND)); /* a megabyte takes one; a probe would be late */
  ck_assert_uint_eq(server.len, len);
  ck_assert_mem_eq(server.bytes, bytes, len);
  free(bytes);
}
END_TEST

START_TEST(what_came_before_a_close_is_read) {
  dial(5060);
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ns3c_tcp_hold(server.conn, true);
  ck_assert(ns3c_tcp_send(client.conn, "BYE", 3, 1));
  ck_assert(ns3c_run(pair.sim, 2 * RD_SECOND));
  ck_assert_uint_eq(server.len, 0);
  ns3c_tcp_close(client.conn);
  ck_assert(ns3c_run(pair.sim, 3 * RD_SECOND));
  ck_assert_uint_eq(server.len, 3);
  ck_assert_uint_eq(server.closed, 1);
}
END_TEST

static bool lose_some(void *user, uint64_t tag, unsigned nth, bool from_a) {
  unsigned *seen = user;
  (void)tag;
  (void)nth;
  (void)from_a;
  return ++*seen % 19 == 0; /* out of step with three fragments and an ACK */
}

START_TEST(loss_delays_but_neither_breaks_nor_mislabels) {
  const size_t len = 200000;
  uint8_t *bytes = pattern(len);
  unsigned seen = 0;
  ck_assert(ns3c_link_loss(pair.link, lose_some, &seen));
  dial(5060);
  for (unsigned i = 0; i < 50; i++)
    ck_assert(ns3c_tcp_send(client.conn, bytes + i * 4000, 4000, i + 1));
  ck_assert(ns3c_run(pair.sim, 120 * RD_SECOND));
  ck_assert_uint_gt(pair.drops[NS3C_DROP_LOSS], 5);
  ck_assert_uint_eq(server.len, len);
  ck_assert_mem_eq(server.bytes, bytes, len);
  ck_assert_uint_eq(server.pieces, 50);
  for (unsigned i = 0; i < 50; i++) {
    ck_assert_uint_eq(server.tags[i], i + 1);
    ck_assert_uint_eq(server.lens[i], 4000);
  }
  free(bytes);
}
END_TEST

typedef struct {
  unsigned tagged, plain;
  uint64_t last;
} Sniffed;

static void sniff(void *user, RdTime at, const uint8_t *ip, size_t len, uint64_t tag, bool from_a) {
  Sniffed *s = user;
  (void)at;
  (void)from_a;
  size_t payload = len - 20 - (size_t)(ip[32] >> 4) * 4;
  ck_assert_uint_eq(ip[9], 6);
  if (payload == 0)
    ck_assert_uint_eq(tag, 0);
  else
    s->tagged++, s->last = tag;
  s->plain += payload == 0;
}

START_TEST(segments_carry_the_tag_and_pure_acks_none) {
  Sniffed sniffed = {0};
  ck_assert(ns3c_link_sniff(pair.link, sniff, &sniffed));
  dial(5060);
  uint8_t *bytes = pattern(10000);
  ck_assert(ns3c_tcp_send(client.conn, bytes, 10000, 0xABCDEF0123456789));
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(sniffed.tagged, 7); /* of 1448 bytes at most */
  ck_assert_uint_eq(sniffed.last, 0xABCDEF0123456789);
  ck_assert_uint_ge(sniffed.plain, 3 + 7);
  free(bytes);
}
END_TEST

START_TEST(segments_survive_a_narrow_link) {
  const size_t len = 100000;
  uint8_t *bytes = pattern(len);
  unsigned seen = 0;
  ns3c_free(pair.sim);
  ns3c_link_spec narrow = kMega;
  narrow.mtu = 576; /* each segment becomes three fragments */
  pair_open(&pair, &narrow);
  ck_assert(ns3c_tcp_listen(pair.b, 5060, &kOps, accept_one, &server));
  ck_assert(ns3c_link_loss(pair.link, lose_some, &seen));
  dial(5060);
  for (unsigned i = 0; i < 10; i++)
    ck_assert(ns3c_tcp_send(client.conn, bytes + i * 10000, 10000, i + 1));
  ck_assert(ns3c_run(pair.sim, 600 * RD_SECOND));
  ck_assert_uint_gt(pair.drops[NS3C_DROP_FRAGMENT], 0);
  ck_assert_uint_eq(server.len, len);
  ck_assert_mem_eq(server.bytes, bytes, len);
  ck_assert_uint_eq(server.pieces, 10);
  free(bytes);
}
END_TEST

START_TEST(a_node_may_connect_to_itself) {
  RdAddress own = ip4(IP_B, 0), to = ip4(IP_B, 5060);
  client.conn = ns3c_tcp_open(pair.b, &own, &to, &kOps, &client);
  ck_assert_ptr_nonnull(client.conn);
  server.echo = true;
  ck_assert(ns3c_tcp_send(client.conn, "self", 4, 7));
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(client.len, 4);
  ck_assert_uint_eq(client.tags[0], 1007);
  ns3c_tcp_close(client.conn);
  ck_assert(ns3c_run(pair.sim, 2 * RD_SECOND));
  ck_assert_uint_eq(server.closed, 1);
}
END_TEST

START_TEST(both_ends_may_close_at_once) {
  dial(5060);
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ns3c_tcp_close(client.conn);
  ns3c_tcp_close(server.conn);
  ck_assert(ns3c_run(pair.sim, RD_NEVER));
  ck_assert_int_lt(ns3c_now(pair.sim), 200 * RD_SECOND);
  ck_assert_uint_eq(client.closed + server.closed, 0);
}
END_TEST

START_TEST(a_closed_port_refuses_at_once) {
  dial(5070);
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(client.refused, 1);
  ck_assert_uint_eq(client.closed, 0);
  ck_assert_int_lt(client.at, 11 * RD_MILLISECOND);
}
END_TEST

START_TEST(silence_refuses_after_a_minute) {
  RdAddress all = ip4(0, 0), from = ip4(IP_A, 0), to = ip4(0xC6336401, 5060);
  ck_assert(ns3c_route(pair.a, pair.link, &all, 0));
  client.conn = ns3c_tcp_open(pair.a, &from, &to, &kOps, &client);
  ck_assert_ptr_nonnull(client.conn);
  ck_assert(ns3c_run(pair.sim, 60 * RD_SECOND));
  ck_assert_uint_eq(client.refused, 0);
  ck_assert(ns3c_run(pair.sim, 200 * RD_SECOND));
  ck_assert_uint_eq(client.refused, 1);
  ck_assert_uint_eq(pair.drops[NS3C_DROP_NO_ROUTE], 6);
}
END_TEST

START_TEST(either_end_may_close) {
  dial(5060);
  server.close_on_data = true;
  ck_assert(ns3c_tcp_send(client.conn, "bye", 3, 1));
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(client.closed, 1);
  ck_assert_uint_eq(server.closed, 0); /* no callback follows one's own close */
  dial(5060);
  ck_assert(ns3c_run(pair.sim, 2 * RD_SECOND));
  ck_assert_uint_eq(client.opened, 2);
  ns3c_tcp_close(client.conn);
  ck_assert(ns3c_run(pair.sim, 3 * RD_SECOND));
  ck_assert_uint_eq(server.closed, 1);
  ck_assert_uint_eq(client.closed, 1);
}
END_TEST

START_TEST(closing_before_it_is_up_is_silent) {
  dial(5060);
  ns3c_tcp_close(client.conn);
  ck_assert(ns3c_run(pair.sim, 10 * RD_SECOND));
  ck_assert_uint_eq(client.opened + client.refused + client.closed, 0);
}
END_TEST

START_TEST(what_is_sent_before_it_is_up_arrives_with_its_tag) {
  dial(5060);
  ck_assert(ns3c_tcp_send(client.conn, "early", 5, 3));
  ns3c_tcp_close(client.conn);
  ck_assert(ns3c_run(pair.sim, 10 * RD_SECOND));
  ck_assert_uint_eq(server.len, 5);
  ck_assert_uint_eq(server.tags[0], 3);
  ck_assert_uint_eq(server.closed, 1);
}
END_TEST

static bool cut;

static bool lose_all(void *user, uint64_t tag, unsigned nth, bool from_a) {
  (void)user;
  (void)tag;
  (void)nth;
  (void)from_a;
  return cut;
}

START_TEST(a_vanished_far_end_leaves_no_endless_events) {
  cut = false;
  ck_assert(ns3c_link_loss(pair.link, lose_all, NULL));
  dial(5060);
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  cut = true;
  ns3c_tcp_close(client.conn);
  ck_assert(ns3c_run(pair.sim, RD_NEVER));
  ck_assert_int_lt(ns3c_now(pair.sim), 300 * RD_SECOND);
  ck_assert_uint_eq(server.closed, 0);
  ck_assert(ns3c_tcp_send(server.conn, "anyone?", 7, 1));
  ck_assert(ns3c_run(pair.sim, RD_NEVER));
  ck_assert_uint_eq(server.closed, 1); /* gave up after its retransmissions */
}
END_TEST

/* --- many ----------------------------------------------------------------------------------- */

enum { MANY = 2000 };
typedef struct {
  ns3c_tcp *conn;
  unsigned id, got;
} Caller;

static Caller callers[MANY];
static unsigned answered;

static void caller_up(void *user, ns3c_tcp *conn) {
  Caller *c = user;
  ck_assert(ns3c_tcp_send(conn, &c->id, sizeof c->id, c->id + 1));
}

static void caller_data(void *user, ns3c_tcp *conn, const uint8_t *bytes, size_t len,
                        uint64_t tag) {
  Caller *c = user;
  ck_assert_uint_eq(len, sizeof c->id);
  ck_assert_mem_eq(bytes, &c->id, len);
  ck_assert_uint_eq(tag, c->id + 1 + 1000);
  answered++;
  ns3c_tcp_close(conn);
}

static void *echo_accept(void *user, ns3c_tcp *conn, const RdAddress *from, const RdAddress *to) {
  (void)user;
  (void)from;
  (void)to;
  return conn;
}

static void echo_data(void *user, ns3c_tcp *conn, const uint8_t *bytes, size_t len, uint64_t tag) {
  ck_assert_ptr_eq(user, conn);
  ck_assert(ns3c_tcp_send(conn, bytes, len, tag + 1000));
}

START_TEST(many_addresses_of_one_node_connect) {
  const ns3c_tcp_ops caller_ops = {.opened = caller_up, .data = caller_data};
  const ns3c_tcp_ops echo_ops = {.data = echo_data};
  ns3c_free(pair.sim);
  ns3c_link_spec fast = {.rate = 1000000000, .delay = RD_MILLISECOND, .queue = 100000};
  pair_open(&pair, &fast);
  RdAddress net = ip4(0x0A000000, 0), to = ip4(IP_B, 5061);
  ck_assert(ns3c_route(pair.b, pair.link, &net, 8));
  ck_assert(ns3c_tcp_listen(pair.b, 5061, &echo_ops, echo_accept, NULL));
  answered = 0;
  for (unsigned i = 0; i < MANY; i++) {
    RdAddress from = ip4(0x0A000001 + i, 0);
    ck_assert(ns3c_address(pair.a, pair.link, &from));
    callers[i] = (Caller){.id = i};
    callers[i].conn = ns3c_tcp_open(pair.a, &from, &to, &caller_ops, &callers[i]);
    ck_assert_msg(callers[i].conn != NULL, "%s", ns3c_error());
  }
  ck_assert(ns3c_run(pair.sim, 10 * RD_SECOND));
  ck_assert_uint_eq(answered, MANY);
}
END_TEST

START_TEST(refusals) {
  RdAddress from = ip4(IP_A, 0), to = ip4(IP_B, 5060), v6 = {.family = 6, .port = 5060};
  RdAddress portless = ip4(IP_B, 0), nowhere = ip4(0xC6336401, 5060), fixed = ip4(IP_A, 40000);
  ck_assert(!ns3c_tcp_listen(pair.b, 5060, &kOps, accept_one, &server));
  ck_assert_ptr_nonnull(strstr(ns3c_error(), "listener already"));
  ck_assert(!ns3c_tcp_listen(pair.b, 0, &kOps, accept_one, &server));
  ck_assert(!ns3c_tcp_listen(pair.b, 1, &kOps, NULL, &server));
  ck_assert(!ns3c_tcp_listen(NULL, 1, &kOps, accept_one, &server));
  ck_assert_ptr_null(ns3c_tcp_open(pair.a, &from, &v6, &kOps, NULL));
  ck_assert_ptr_nonnull(strstr(ns3c_error(), "IPv6"));
  ck_assert_ptr_null(ns3c_tcp_open(pair.a, &v6, &to, &kOps, NULL));
  ck_assert_ptr_null(ns3c_tcp_open(pair.a, &from, &portless, &kOps, NULL));
  ck_assert_ptr_null(ns3c_tcp_open(pair.a, &from, &nowhere, &kOps, NULL));
  ck_assert_ptr_null(ns3c_tcp_open(pair.a, &from, &to, NULL, NULL));
  ck_assert_ptr_null(ns3c_tcp_open(NULL, &from, &to, &kOps, NULL));
  client.conn = ns3c_tcp_open(pair.a, &fixed, &to, &kOps, &client);
  ck_assert_ptr_nonnull(client.conn);
  ck_assert_ptr_null(ns3c_tcp_open(pair.a, &fixed, &to, &kOps, NULL));
  ck_assert_ptr_nonnull(strstr(ns3c_error(), "in use"));
  ck_assert(!ns3c_tcp_send(NULL, "x", 1, 1));
  ck_assert(!ns3c_tcp_send(client.conn, NULL, 1, 1));
  ck_assert(!ns3c_tcp_send(client.conn, "x", SIZE_MAX, 1));
  ns3c_tcp_close(NULL);
  ck_assert(ns3c_run(pair.sim, RD_SECOND));
  ck_assert_uint_eq(client.opened, 1);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("ns3-tcp");
  TCase *t = tcase_create("tcp");
  tcase_set_timeout(t, 60);
  tcase_add_checked_fixture(t, open_pair, close_pair);
  tcase_add_test(t, a_connection_opens_and_both_ends_know_it);
  tcase_add_test(t, bytes_are_cut_at_the_borders_of_tags);
  tcase_add_test(t, a_megabyte_outgrows_ns3s_buffer_and_arrives);
  tcase_add_test(t, who_does_not_read_closes_the_window);
  tcase_add_test(t, what_came_before_a_close_is_read);
  tcase_add_test(t, loss_delays_but_neither_breaks_nor_mislabels);
  tcase_add_test(t, segments_carry_the_tag_and_pure_acks_none);
  tcase_add_test(t, segments_survive_a_narrow_link);
  tcase_add_test(t, a_node_may_connect_to_itself);
  tcase_add_test(t, both_ends_may_close_at_once);
  tcase_add_test(t, a_closed_port_refuses_at_once);
  tcase_add_test(t, silence_refuses_after_a_minute);
  tcase_add_test(t, either_end_may_close);
  tcase_add_test(t, closing_before_it_is_up_is_silent);
  tcase_add_test(t, what_is_sent_before_it_is_up_arrives_with_its_tag);
  tcase_add_test(t, a_vanished_far_end_leaves_no_endless_events);
  tcase_add_test(t, many_addresses_of_one_node_connect);
  tcase_add_test(t, refusals);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
