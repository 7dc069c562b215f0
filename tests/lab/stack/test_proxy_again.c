/* Requests that go another way when the first one fails, and a node's own. */
#include "lab/stack/machine.h"
#include "tests/lab/stack/proxy_fixture.h"

typedef struct {
  Fixture *f;
  unsigned asked, decided; /* again() and request() */
  unsigned status, failed, tries; /* what they were told last */
  unsigned ways; /* there are */
  unsigned heard;
  bool impatient;
  RdTime patience;
  unsigned answered;
  uint64_t number;
} Node;

static void decide(void *user, RdProxyRequest *r) {
  Node *n = user;
  n->decided++;
  n->failed = r->failed;
  n->tries = r->tries;
  ck_assert_uint_eq(r->mark, r->tries);
  r->mark++;
  r->patience = r->tries == 0 ? n->patience : 0;
  rd_address_parse(rd_slice(r->tries ? "198.51.100.8:5060" : "198.51.100.9:5060"), &r->next);
}

static bool again(void *user, const RdProxyFailure *failure) {
  Node *n = user;
  ck_assert(rd_slice_is(failure->request->call_id, "c1"));
  n->asked++;
  n->status = failure->status;
  n->heard = failure->heard;
  n->impatient = failure->impatient;
  return failure->mark <= n->ways; /* the first is way 1 */
}

static void answered(void *user, uint64_t number, const RdMessage *m, unsigned status) {
  Node *n = user;
  ck_assert_int_eq(m != NULL, status != 408);
  n->answered = status;
  n->number = number;
}

static const RdSipProxyOps again_ops = {.request = decide, .again = again, .answered = answered};

static Node *setup_node(unsigned ways) {
  const RdSipProxyConfig config = {.capacity = 1000};
  Node *n = g_new0(Node, 1);
  Fixture *f = n->f = g_new0(Fixture, 1);
  n->ways = ways;
  f->world = mock_world_new(3);
  f->mock = mock_host_new(f->world, "proxy");
  mock_attach(f->mock, RD_IF_GM, "gm", "access", "192.0.2.1/24");
  mock_attach(f->mock, RD_IF_MW, "core", "home", "198.51.100.1/24");
  mock_on_receive(f->mock, on_receive, f);
  mock_on_timer(f->mock, on_timer, f);
  f->proxy = rd_sip_proxy_new(mock_host(f->mock), mock_setup(f->mock), &f->cookies, &config,
                              &again_ops, n);
  return n;
}

static void end(Node *n) {
  run(n->f, 200);
  ck_assert_uint_eq(rd_sip_layer_count(rd_sip_proxy_layer(n->f->proxy)), 0);
  ck_assert_int_eq(mock_count(n->f->mock, RD_IMPOSSIBLE), 0);
  teardown(n->f);
  g_free(n);
}

static unsigned sent_to(const Node *n, const char *method, unsigned last_octet) {
  unsigned found = 0;
  for (unsigned i = 0; i < mock_n_sent(n->f->mock); i++) {
    const MockSent *s = mock_sent(n->f->mock, i);
    found += s->scan->sip.is_request && rd_slice_is(s->scan->sip.method_text, method) &&
             s->remote.ip[3] == last_octet;
  }
  return found;
}

/* Answers the request of a method that went to an address first. */
static void answer_of(Node *n, const char *method, unsigned last_octet, unsigned status) {
  for (unsigned i = 0; i < mock_n_sent(n->f->mock); i++) {
    const MockSent *s = mock_sent(n->f->mock, i);
    if (!s->scan->sip.is_request || !rd_slice_is(s->scan->sip.method_text, method) ||
        s->remote.ip[3] != last_octet)
      continue;
    char text[3000], from[40];
    const RdSlice via = rd_sip_value(&s->scan->sip, RD_HDR_VIA);
    const RdSipHeader *second = rd_sip_next(&s->scan->sip, rd_sip_first(&s->scan->sip, RD_HDR_VIA));
    snprintf(text, sizeof text,
             "SIP/2.0 %u A\r\nVia: %.*s\r\nVia: %.*s\r\nFrom: <sip:alice@example.com>;tag=a1\r\n"
             "To: <sip:bob@example.com>;tag=b%u\r\nCall-ID: c1\r\nCSeq: 7 %s\r\n"
             "Content-Length: 0\r\n\r\n",
             status, (int)via.len, via.at, second ? (int)second->value.len : 0,
             second ? second->value.at : "", last_octet, method);
    snprintf(from, sizeof from, "198.51.100.%u:5060", last_octet);
    mock_receive_text(n->f->mock, 1, from, text);
    return;
  }
  ck_abort_msg("no such request was sent");
}

START_TEST(what_fails_goes_another_way) {
  Node *n = setup_node(1);
  receive(n->f, request("INVITE", BOB, "", MF));
  answer_of(n, "INVITE", 9, 100);
  answer_of(n, "INVITE", 9, 503);
  ck_assert_uint_eq(n->status, 503);
  ck_assert_uint_eq(n->heard, 100);
  ck_assert(!n->impatient);
  ck_assert_uint_eq(n->failed, 503);
  ck_assert_uint_eq(n->tries, 1);
  ck_assert_uint_eq(sent_to(n, "ACK", 9), 1);
  ck_assert_uint_eq(sent_to(n, "INVITE", 8), 1);
  ck_assert(!rd_slice_equal(mock_sent(n->f->mock, 0)->scan->sip.via_branch,
                            forwarded(n->f, "INVITE")->via_branch));
  ck_assert_uint_eq(count(n->f, "INVITE", 503), 0);
  ck_assert_uint_eq(count(n->f, "INVITE", 100), 1);
  answer_of(n, "INVITE", 8, 486); /* there is no third */
  ck_assert_uint_eq(n->asked, 2);
  ck_assert_uint_eq(n->heard, 0); /* of this way */
  ck_assert_uint_eq(count(n->f, "INVITE", 486), 1);
  end(n);
}
END_TEST

START_TEST(silence_fails_too) {
  Node *n = setup_node(1);
  receive(n->f, request(_i ? "INVITE" : "MESSAGE", BOB, "", MF));
  run(n->f, 33);
  ck_assert_uint_eq(n->failed, 408);
  answer_of(n, _i ? "INVITE" : "MESSAGE", 8, 200);
  ck_assert_uint_eq(count(n->f, _i ? "INVITE" : "MESSAGE", 200), 1);
  end(n);
}
END_TEST

START_TEST(what_is_cancelled_goes_no_other_way) {
  Node *n = setup_node(1);
  receive(n->f, request("INVITE", BOB, "", MF));
  answer_of(n, "INVITE", 9, 180);
  receive(n->f, request("CANCEL", BOB, "", MF));
  answer_of(n, "INVITE", 9, 487);
  ck_assert_uint_eq(n->asked, 0);
  ck_assert_uint_eq(count(n->f, "INVITE", 487), 1);
  end(n);
}
END_TEST

static Node *out_of_patience(void) {
  Node *n = setup_node(1);
  n->patience = 20 * RD_SECOND;
  receive(n->f, request("INVITE", BOB, "", MF));
  run(n->f, 5);
  answer_of(n, "INVITE", 9, 180);
  run(n->f, 19);
  ck_assert_uint_eq(n->asked, 0);
  run(n->f, 2);
  ck_assert_uint_eq(n->failed, 408);
  ck_assert_uint_eq(n->heard, 180);
  ck_assert(n->impatient);
  ck_assert_uint_gt(sent_to(n, "CANCEL", 9), 0); /* and repeated */
  ck_assert_uint_gt(sent_to(n, "INVITE", 8), 0);
  return n;
}

START_TEST(who_does_not_answer_is_cancelled_for_another) {
  Node *n = out_of_patience();
  answer_of(n, "INVITE", 9, 487);
  ck_assert_uint_eq(count(n->f, "INVITE", 487), 0);
  answer_of(n, "INVITE", 8, 200);
  ck_assert_uint_eq(count(n->f, "INVITE", 200), 1);
  end(n);
}
END_TEST

START_TEST(an_answer_that_crossed_the_cancel_counts) {
  Node *n = out_of_patience();
  answer_of(n, "INVITE", 9, 200);
  ck_assert_uint_eq(count(n->f, "INVITE", 200), 1);
  answer_of(n, "INVITE", 8, 180);
  ck_assert_uint_eq(sent_to(n, "CANCEL", 8), 1);
  answer_of(n, "INVITE", 8, 487);
  ck_assert_uint_eq(count(n->f, "INVITE", 487), 0);
  end(n);
}
END_TEST

START_TEST(who_said_nothing_is_left_without_a_word) {
  Node *n = setup_node(_i);
  n->patience = 3 * RD_SECOND;
  receive(n->f, request("INVITE", BOB, "", MF));
  run(n->f, 4);
  const unsigned sent = sent_to(n, "INVITE", 9);
  run(n->f, 20);
  ck_assert_uint_eq(sent_to(n, "CANCEL", 9), 0);
  if (_i)
    ck_assert_uint_eq(sent_to(n, "INVITE", 9), sent);
  else /* it waits on, as ever */
    ck_assert_uint_gt(sent_to(n, "INVITE", 9), sent);
  ck_assert_int_eq(sent_to(n, "INVITE", 8) > 0, _i);
  end(n);
}
END_TEST

START_TEST(a_request_of_its_own_is_answered_to_it) {
  Node *n = setup_node(0);
  const char text[] = "OPTIONS sip:x@198.51.100.9 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1;"
                      "branch=z9hG4bKown\r\nMax-Forwards: 70\r\nFrom: <sip:p@example.com>;tag=1\r\n"
                      "To: <sip:x@example.com>\r\nCall-ID: c1\r\nCSeq: 7 OPTIONS\r\n"
                      "Content-Length: 0\r\n\r\n";
  RdSend send = {.size = sizeof send,
                 .attachment = 1,
                 .protocol = RD_PROTO_SIP,
                 .bytes = (const uint8_t *)text,
                 .len = strlen(text)};
  rd_address_parse(rd_slice("198.51.100.9:5060"), &send.remote);
  ck_assert(rd_sip_proxy_request(n->f->proxy, &send, 77));
  if (_i)
    answer_of(n, "OPTIONS", 9, 404);
  else
    run(n->f, 33);
  ck_assert_uint_eq(n->answered, _i ? 404 : 408);
  ck_assert_uint_eq(n->number, 77);
  ck_assert_uint_eq(n->asked, 0);
  end(n);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("proxy-again");
  TCase *t = tcase_create("again");
  tcase_add_test(t, what_fails_goes_another_way);
  tcase_add_loop_test(t, silence_fails_too, 0, 2);
  tcase_add_test(t, what_is_cancelled_goes_no_other_way);
  tcase_add_test(t, who_does_not_answer_is_cancelled_for_another);
  tcase_add_test(t, an_answer_that_crossed_the_cancel_counts);
  tcase_add_loop_test(t, who_said_nothing_is_left_without_a_word, 0, 2);
  tcase_add_loop_test(t, a_request_of_its_own_is_answered_to_it, 0, 2);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
