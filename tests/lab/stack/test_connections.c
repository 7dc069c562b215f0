/* Connections to peers: opened once, used again, bounded, forgotten when they break. */
#include "lab/stack/connections.h"

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

typedef struct {
  MockWorld *world;
  MockHost *mock;
  RdSipConnections *connections;
  RdConn lost;
  unsigned losses;
} Fixture;

static void on_lost(void *user, RdConn conn) {
  Fixture *f = user;
  f->lost = conn;
  f->losses++;
}

static Fixture *setup(uint32_t capacity) {
  Fixture *f = g_new0(Fixture, 1);
  f->world = mock_world_new(1);
  f->mock = mock_host_new(f->world, "node");
  mock_attach(f->mock, RD_IF_GM, "gm", "access", "192.0.2.1/24");
  f->connections = rd_sip_connections_new(mock_host(f->mock), capacity, on_lost, f);
  return f;
}

static void teardown(Fixture *f) {
  rd_sip_connections_free(f->connections);
  mock_world_free(f->world);
  g_free(f);
}

static RdConn to(Fixture *f, uint64_t entity, const char *remote, bool *ret_up) {
  RdAddress a;
  ck_assert(rd_address_parse(rd_slice(remote), &a));
  a.transport = RD_TCP;
  return rd_sip_connections_to(f->connections, 0, entity, &a, ret_up);
}

static void tell(Fixture *f, RdMessageKind kind, RdConn conn) {
  RdMessage m = *mock_message(f->mock, 0, RD_INGRESS, "192.0.2.7:5060", "", 0);
  m.kind = (uint8_t)kind;
  m.conn = conn;
  m.sip = NULL;
  rd_sip_connections_receive(f->connections, &m);
}

START_TEST(a_peer_has_one_connection) {
  Fixture *f = setup(10);
  bool up = true;
  const RdConn first = to(f, 0, "192.0.2.7:5060", &up);
  ck_assert_uint_ne(first, 0);
  ck_assert(!up);
  ck_assert_uint_eq(to(f, 0, "192.0.2.7:5060", &up), first);
  ck_assert(!up);
  tell(f, RD_OPENED, first);
  ck_assert_uint_eq(to(f, 0, "192.0.2.7:5060", &up), first);
  ck_assert(up);
  ck_assert_uint_ne(to(f, 0, "192.0.2.7:5061", &up), first); /* another port */
  ck_assert_uint_ne(to(f, 0, "192.0.2.8:5060", &up), first); /* another host */
  ck_assert_uint_ne(to(f, 1, "192.0.2.7:5060", &up), first); /* another of us */
  ck_assert_uint_eq(rd_sip_connections_count(f->connections), 4);
  teardown(f);
}
END_TEST

START_TEST(what_broke_is_forgotten) {
  static const RdMessageKind kinds[] = {RD_CLOSED, RD_REFUSED};
  for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
    Fixture *f = setup(10);
    bool up;
    const RdConn first = to(f, 0, "192.0.2.7:5060", &up);
    tell(f, kinds[i], first + 1); /* of nobody's */
    ck_assert_uint_eq(to(f, 0, "192.0.2.7:5060", &up), first);
    tell(f, kinds[i], first);
    ck_assert_uint_eq(rd_sip_connections_count(f->connections), 0);
    ck_assert_uint_ne(to(f, 0, "192.0.2.7:5060", &up), first);
    ck_assert_uint_eq(f->losses, 0); /* the world said so itself */
    teardown(f);
  }
}
END_TEST

START_TEST(the_one_used_longest_ago_gives_way) {
  Fixture *f = setup(2);
  bool up;
  const RdConn a = to(f, 0, "192.0.2.7:5060", &up), b = to(f, 0, "192.0.2.8:5060", &up);
  ck_assert_uint_eq(to(f, 0, "192.0.2.7:5060", &up), a);
  const RdConn c = to(f, 0, "192.0.2.9:5060", &up);
  ck_assert_uint_eq(f->losses, 1);
  ck_assert_uint_eq(f->lost, b);
  ck_assert_uint_eq(rd_sip_connections_count(f->connections), 2);
  ck_assert_uint_eq(to(f, 0, "192.0.2.7:5060", &up), a);
  ck_assert_uint_eq(to(f, 0, "192.0.2.9:5060", &up), c);
  teardown(f);
}
END_TEST

START_TEST(a_peer_s_own_is_found_by_what_it_asks) {
  Fixture *f = setup(10);
  bool up;
  RdMessage m = *mock_message(f->mock, 0, RD_INGRESS, "192.0.2.7:40000", "", 0);
  m.conn = 77;
  rd_sip_connections_alias(f->connections, &m, 5070);
  ck_assert_uint_eq(to(f, 0, "192.0.2.7:5070", &up), 77);
  ck_assert(up);
  ck_assert_uint_ne(to(f, 0, "192.0.2.7:40000", &up), 77); /* its own port was not asked for */
  m.conn = 78; /* another, which would take its place */
  rd_sip_connections_alias(f->connections, &m, 5070);
  ck_assert_uint_eq(to(f, 0, "192.0.2.7:5070", &up), 77);
  tell(f, RD_CLOSED, 77);
  rd_sip_connections_alias(f->connections, &m, 5070);
  ck_assert_uint_eq(to(f, 0, "192.0.2.7:5070", &up), 78);
  teardown(f);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("connections");
  TCase *c = tcase_create("connections");
  suite_add_tcase(s, c);
  tcase_add_test(c, a_peer_has_one_connection);
  tcase_add_test(c, what_broke_is_forgotten);
  tcase_add_test(c, the_one_used_longest_ago_gives_way);
  tcase_add_test(c, a_peer_s_own_is_found_by_what_it_asks);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
