/* Decisions that wait for another's word, as a database's. */
#include "tests/lab/stack/proxy_fixture.h"

typedef struct {
  Fixture *f;
  uint64_t waiting; /* the last one */
  unsigned decided;
  const char *next;
  unsigned answer;
  bool again;
} Node;

static void ask_first(void *user, RdProxyRequest *r) {
  Node *n = user;
  r->action = RD_PROXY_TAKEN;
  n->waiting = rd_sip_proxy_wait(n->f->proxy, r);
}

static void decide(void *context, RdProxyRequest *r) {
  Node *n = context;
  n->decided++;
  if (n->again) {
    n->again = false;
    ask_first(n, r);
    return;
  }
  if (n->next)
    rd_address_parse(rd_slice(n->next), &r->next);
  if (n->answer) {
    r->action = RD_PROXY_ANSWER;
    r->code = (uint16_t)n->answer;
  }
}

static const RdSipProxyOps waiting_ops = {.request = ask_first};

static Node setup_node(void) {
  Node n = {.f = g_new0(Fixture, 1), .next = "198.51.100.9:5060"};
  Fixture *f = n.f;
  f->world = mock_world_new(3);
  f->mock = mock_host_new(f->world, "proxy");
  mock_attach(f->mock, RD_IF_GM, "gm", "access", "192.0.2.1/24");
  mock_attach(f->mock, RD_IF_MW, "core", "home", "198.51.100.1/24");
  mock_on_receive(f->mock, on_receive, f);
  mock_on_timer(f->mock, on_timer, f);
  return n;
}

static void open_node(Node *n) {
  const RdSipProxyConfig config = {.capacity = 1000};
  n->f->proxy = rd_sip_proxy_new(mock_host(n->f->mock), mock_setup(n->f->mock), &n->f->cookies,
                                 &config, &waiting_ops, n);
}

static bool resume(Node *n) {
  return rd_sip_proxy_resume(n->f->proxy, n->waiting, decide, n);
}

START_TEST(what_waits_goes_on_as_if_it_had_not) {
  Node n = setup_node();
  open_node(&n);
  receive(n.f, request("MESSAGE", BOB, "", MF));
  ck_assert_uint_eq(mock_n_sent(n.f->mock), 0);
  run(n.f, 3);
  ck_assert(resume(&n));
  const RdSip *sent = forwarded(n.f, "MESSAGE");
  ck_assert_int_eq(sent->max_forwards, 69);
  ck_assert_uint_eq(mock_last(n.f->mock)->attachment, 1);
  answer(n.f, "MESSAGE", 200);
  ck_assert_uint_eq(count(n.f, "MESSAGE", 200), 1);
  ck_assert(!resume(&n));
  teardown(n.f);
}
END_TEST

START_TEST(a_repeated_request_that_waits_is_one) {
  Node n = setup_node();
  open_node(&n);
  receive(n.f, request("MESSAGE", BOB, "", MF));
  const uint64_t first = n.waiting;
  receive(n.f, request("MESSAGE", BOB, "", MF));
  ck_assert_uint_eq(n.waiting, first);
  ck_assert(resume(&n));
  ck_assert_uint_eq(count(n.f, "MESSAGE", 0), 1);
  teardown(n.f);
}
END_TEST

START_TEST(an_invite_that_waits_is_told_100_once) {
  Node n = setup_node();
  open_node(&n);
  receive(n.f, request("INVITE", BOB, "", MF));
  ck_assert_uint_eq(count(n.f, "INVITE", 100), 1);
  n.again = true;
  ck_assert(resume(&n));
  ck_assert(resume(&n));
  ck_assert_uint_eq(n.decided, 2);
  ck_assert_uint_eq(count(n.f, "INVITE", 0), 1);
  ck_assert_uint_eq(count(n.f, "INVITE", 100), 1);
  answer(n.f, "INVITE", 486);
  ck_assert_uint_eq(count(n.f, "INVITE", 486), 1);
  teardown(n.f);
}
END_TEST

START_TEST(what_is_cancelled_while_it_waits_is_over) {
  Node n = setup_node();
  open_node(&n);
  receive(n.f, request("INVITE", BOB, "", MF));
  receive(n.f, request("CANCEL", BOB, "", MF));
  ck_assert_uint_eq(count(n.f, "CANCEL", 200), 1);
  ck_assert_uint_eq(count(n.f, "INVITE", 487), 1);
  ck_assert(!resume(&n));
  ck_assert_uint_eq(n.decided, 0);
  ck_assert_uint_eq(count(n.f, "INVITE", 0), 0);
  run(n.f, 60);
  ck_assert_uint_eq(rd_sip_layer_count(rd_sip_proxy_layer(n.f->proxy)), 0);
  teardown(n.f);
}
END_TEST

START_TEST(a_refusal_after_waiting_is_an_answer_and_a_late_cancel_is_none) {
  Node n = setup_node();
  open_node(&n);
  n.answer = 404;
  receive(n.f, request("INVITE", BOB, "", MF));
  ck_assert(resume(&n));
  receive(n.f, request("CANCEL", BOB, "", MF));
  ck_assert_uint_eq(count(n.f, "INVITE", 404), 1);
  ck_assert_uint_eq(count(n.f, "INVITE", 487), 0);
  run(n.f, 60);
  ck_assert_uint_eq(rd_sip_layer_count(rd_sip_proxy_layer(n.f->proxy)), 0);
  teardown(n.f);
}
END_TEST

START_TEST(an_ack_cannot_wait) {
  Node n = setup_node();
  open_node(&n);
  n.waiting = 1;
  receive(n.f, request("ACK", BOB, ";tag=b1", MF));
  ck_assert_uint_eq(n.waiting, 0);
  ck_assert(!resume(&n));
  teardown(n.f);
}
END_TEST

START_TEST(what_waits_when_the_world_ends_is_no_leak) {
  Node n = setup_node();
  open_node(&n);
  receive(n.f, request("INVITE", BOB, "", MF));
  receive(n.f, request("OPTIONS", BOB, "", MF));
  teardown(n.f);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("proxy-wait");
  TCase *t = tcase_create("waiting");
  suite_add_tcase(s, t);
  tcase_add_test(t, what_waits_goes_on_as_if_it_had_not);
  tcase_add_test(t, a_repeated_request_that_waits_is_one);
  tcase_add_test(t, an_invite_that_waits_is_told_100_once);
  tcase_add_test(t, what_is_cancelled_while_it_waits_is_over);
  tcase_add_test(t, a_refusal_after_waiting_is_an_answer_and_a_late_cancel_is_none);
  tcase_add_test(t, an_ack_cannot_wait);
  tcase_add_test(t, what_waits_when_the_world_ends_is_no_leak);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
