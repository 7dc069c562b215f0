/* A Diameter node: peers, requests, answers, what falls silent (RFC 6733, RFC 3539). */
#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/stack/diameter.h"
#include "lab/stack/machine.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

#define REALM "home.example"
#define HSS "192.0.2.8:3868"
#define SPARE "192.0.2.9:3868"
#define GUEST "192.0.2.7:40000"

typedef struct {
  MockWorld *world;
  MockHost *mock;
  RdCookies cookies;
  RdDiaConfig config;
  RdDia *dia;
  unsigned answers, requests;
  uint64_t context;
  RdDiaOutcome outcome;
  uint32_t result;
  RdDiaReply reply;
} Fixture;

static void on_answer(void *user, uint64_t context, RdDiaOutcome outcome,
                      const RdDiameter *answer) {
  Fixture *f = user;
  f->answers++;
  f->context = context;
  f->outcome = outcome;
  f->result = answer ? answer->result : 0;
}

static void on_request(void *user, const RdDiaReply *reply, const RdDiameter *request) {
  Fixture *f = user;
  f->requests++;
  f->reply = *reply;
  ck_assert_uint_eq(request->command, RD_DIA_LOCATION_INFO);
}

static void on_receive(void *self, const RdMessage *m) {
  rd_dia_receive(((Fixture *)self)->dia, m);
}

static void on_timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  ck_assert(rd_cookies_fire(&((Fixture *)self)->cookies, cookie));
}

static const char *const friends[] = {"guest", NULL};
static const RdDiaOps ops = {.request = on_request, .answer = on_answer};

static Fixture *setup(void) {
  Fixture *f = g_new0(Fixture, 1);
  f->config = (RdDiaConfig){.realm = REALM,
                            .accept = friends,
                            .watchdog = 30 * RD_SECOND,
                            .reconnect = 20 * RD_SECOND,
                            .timeout = 5 * RD_SECOND,
                            .pending = 3};
  f->world = mock_world_new(3);
  f->mock = mock_host_new(f->world, "cscf");
  mock_attach(f->mock, RD_IF_CX, "cx", "home", "192.0.2.1/24");
  mock_name(f->mock, 0, "hss", "192.0.2.8:5060");
  mock_name(f->mock, 0, "spare", "192.0.2.9:5060");
  mock_on_receive(f->mock, on_receive, f);
  mock_on_timer(f->mock, on_timer, f);
  f->dia = rd_dia_new(mock_host(f->mock), mock_setup(f->mock), &f->cookies, &f->config, RD_DIA_CX,
                      &ops, f);
  return f;
}

static void teardown(Fixture *f) {
  rd_dia_free(f->dia);
  mock_world_free(f->world);
  g_free(f);
}

static void run(Fixture *f, RdTime seconds) {
  mock_run_until(f->world, mock_now(f->world) + seconds * RD_SECOND);
}

static void tell(Fixture *f, RdMessageKind kind, RdConn conn, const char *remote) {
  RdMessage m = *mock_message(f->mock, 0, RD_INGRESS, remote, "", 0);
  m.kind = (uint8_t)kind;
  m.protocol = RD_PROTO_DIAMETER;
  m.conn = conn;
  m.sip = NULL;
  mock_deliver(f->mock, &m);
}

static void receive(Fixture *f, RdConn conn, const void *bytes, size_t len) {
  RdMessage m = *mock_message(f->mock, 0, RD_INGRESS, HSS, bytes, len);
  m.protocol = RD_PROTO_DIAMETER;
  m.conn = conn;
  m.sip = NULL;
  mock_deliver(f->mock, &m);
}

static RdDiaScan scan;

/* The message sent last. */
static const RdDiameter *last(const Fixture *f) {
  const MockSent *s = mock_last(f->mock);
  ck_assert_ptr_nonnull(s);
  ck_assert(rd_dia_scan(&scan, s->bytes, s->len));
  ck_assert_uint_eq(scan.dia.defects, 0);
  return &scan.dia;
}

/* An answer to what was sent last, from a host of the realm. */
static void answer(Fixture *f, RdConn conn, const char *host, uint32_t result) {
  uint8_t bytes[600];
  const RdDiameter *request = last(f);
  RdDiaBuild b = rd_dia_build(bytes, sizeof bytes, 0, request->command, request->application,
                              request->hop_by_hop, request->end_to_end);
  if (request->session_id.at)
    rd_dia_add(&b, RD_AVP_SESSION_ID, request->session_id);
  rd_dia_add_number(&b, RD_AVP_RESULT_CODE, result);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_HOST, host);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_REALM, REALM);
  if (request->command == RD_DIA_CAPABILITIES_EXCHANGE)
    rd_dia_add_application(&b, RD_DIA_CX);
  receive(f, conn, bytes, rd_dia_finish(&b));
}

/* A request from a peer. */
static void ask(Fixture *f, RdConn conn, const char *host, uint32_t command, uint32_t application) {
  uint8_t bytes[600];
  const bool base = command != RD_DIA_LOCATION_INFO;
  RdDiaBuild b = rd_dia_build(bytes, sizeof bytes, RD_DIA_REQUEST, command,
                              base ? RD_DIA_COMMON : application, 5, 6);
  if (!base)
    rd_dia_add_text(&b, RD_AVP_SESSION_ID, "s;1;2");
  rd_dia_add_text(&b, RD_AVP_ORIGIN_HOST, host);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_REALM, REALM);
  if (command == RD_DIA_CAPABILITIES_EXCHANGE)
    rd_dia_add_application(&b, application);
  receive(f, conn, bytes, rd_dia_finish(&b));
}

static void send_lir(Fixture *f, uint64_t context) {
  RdDiaBuild *b = rd_dia_begin(f->dia, RD_DIA_LOCATION_INFO, 0x100000002, (RdSlice){0});
  rd_dia_add_text(b, RD_AVP_PUBLIC_IDENTITY, "tel:+9990000000001");
  ck_assert(rd_dia_send(f->dia, context));
}

/* Connection 1 to the HSS, open. */
static Fixture *setup_open(void) {
  Fixture *f = setup();
  ck_assert(rd_dia_connect(f->dia, "hss"));
  tell(f, RD_OPENED, 1, HSS);
  answer(f, 1, "hss." REALM, RD_DIA_SUCCESS);
  return f;
}

START_TEST(capabilities_are_exchanged_first) {
  Fixture *f = setup();
  ck_assert(!rd_dia_connect(f->dia, "nobody"));
  ck_assert(rd_dia_connect(f->dia, "hss"));
  ck_assert_uint_eq(mock_n_sent(f->mock), 0);
  tell(f, RD_OPENED, 1, HSS);
  const RdDiameter *cer = last(f);
  ck_assert(cer->is_request);
  ck_assert_uint_eq(cer->command, RD_DIA_CAPABILITIES_EXCHANGE);
  ck_assert_uint_eq(cer->application, 0);
  ck_assert(rd_slice_is(cer->origin_host, "cscf." REALM));
  ck_assert(rd_slice_is(cer->origin_realm, REALM));
  const uint8_t address[] = {0, 1, 192, 0, 2, 1};
  RdSlice ip = rd_dia_data(cer, RD_AVP_HOST_IP_ADDRESS);
  ck_assert_uint_eq(ip.len, sizeof address);
  ck_assert_mem_eq(ip.at, address, sizeof address);
  uint32_t n;
  RdSlice applications = rd_dia_data(cer, RD_AVP_VENDOR_SPECIFIC_APPLICATION_ID);
  ck_assert(rd_dia_number_in(applications, RD_AVP_AUTH_APPLICATION_ID, &n));
  ck_assert_uint_eq(n, RD_DIA_CX);
  teardown(f);
}
END_TEST

START_TEST(a_request_is_answered) {
  Fixture *f = setup_open();
  send_lir(f, 77);
  const RdDiameter *lir = last(f);
  ck_assert(lir->is_request && lir->is_proxiable && !lir->is_repeated);
  ck_assert(rd_slice_is(lir->session_id, "cscf." REALM ";1;2"));
  ck_assert(rd_slice_is(lir->destination_realm, REALM));
  ck_assert_ptr_null(lir->destination_host.at);
  ck_assert_uint_eq(rd_dia_pending(f->dia), 1);
  answer(f, 1, "hss." REALM, RD_DIA_SUCCESS);
  ck_assert_uint_eq(f->answers, 1);
  ck_assert_uint_eq(f->context, 77);
  ck_assert_int_eq(f->outcome, RD_DIA_ANSWERED);
  ck_assert_uint_eq(f->result, RD_DIA_SUCCESS);
  ck_assert_uint_eq(rd_dia_pending(f->dia), 0);
  answer(f, 1, "hss." REALM, RD_DIA_SUCCESS); /* again: nobody's any more */
  ck_assert_uint_eq(f->answers, 1);
  ck_assert_int_eq(mock_count(f->mock, "diameter-late-answers"), 1);
  teardown(f);
}
END_TEST

START_TEST(a_request_waits_for_a_peer) {
  Fixture *f = setup();
  ck_assert(rd_dia_connect(f->dia, "hss"));
  send_lir(f, 1);
  ck_assert_uint_eq(mock_n_sent(f->mock), 0);
  tell(f, RD_OPENED, 1, HSS);
  answer(f, 1, "hss." REALM, RD_DIA_SUCCESS);
  ck_assert_uint_eq(last(f)->command, RD_DIA_LOCATION_INFO);
  ck_assert(!last(f)->is_repeated);
  teardown(f);
}
END_TEST

START_TEST(a_request_that_nobody_answers_is_over) {
  Fixture *f = setup_open();
  send_lir(f, 9);
  run(f, 4);
  ck_assert_uint_eq(f->answers, 0);
  run(f, 1);
  ck_assert_uint_eq(f->answers, 1);
  ck_assert_int_eq(f->outcome, RD_DIA_TIMED_OUT);
  ck_assert_uint_eq(f->context, 9);
  ck_assert_uint_eq(rd_dia_pending(f->dia), 0);
  teardown(f);
}
END_TEST

START_TEST(as_many_wait_as_may) {
  Fixture *f = setup_open();
  for (uint64_t i = 0; i < 3; i++)
    send_lir(f, i);
  rd_dia_begin(f->dia, RD_DIA_LOCATION_INFO, 1, (RdSlice){0});
  ck_assert(!rd_dia_send(f->dia, 3));
  run(f, 5);
  ck_assert_uint_eq(f->answers, 3);
  send_lir(f, 4);
  teardown(f);
}
END_TEST

START_TEST(a_peer_with_another_name_is_left) {
  Fixture *f = setup();
  rd_dia_connect(f->dia, "hss");
  tell(f, RD_OPENED, 1, HSS);
  answer(f, 1, "another." REALM, RD_DIA_SUCCESS);
  ck_assert_uint_eq(mock_closed(f->mock), 1);
  mock_forget_sent(f->mock);
  run(f, 20);
  tell(f, RD_OPENED, 2, HSS); /* it has been tried again */
  ck_assert_uint_eq(last(f)->command, RD_DIA_CAPABILITIES_EXCHANGE);
  teardown(f);
}
END_TEST

START_TEST(a_peer_that_refuses_is_tried_again) {
  Fixture *f = setup();
  rd_dia_connect(f->dia, "hss");
  tell(f, RD_REFUSED, 1, HSS);
  run(f, 20);
  tell(f, RD_OPENED, 2, HSS);
  ck_assert_uint_eq(last(f)->command, RD_DIA_CAPABILITIES_EXCHANGE);
  teardown(f);
}
END_TEST

START_TEST(silence_is_asked_about_and_an_answer_ends_it) {
  Fixture *f = setup_open();
  mock_forget_sent(f->mock);
  run(f, 33);
  ck_assert_uint_eq(last(f)->command, RD_DIA_DEVICE_WATCHDOG);
  answer(f, 1, "hss." REALM, RD_DIA_SUCCESS);
  run(f, 33);
  ck_assert_uint_eq(mock_n_sent(f->mock), 2);
  ck_assert_uint_eq(mock_closed(f->mock), 0);
  teardown(f);
}
END_TEST

START_TEST(who_stays_silent_is_failed_over_and_left) {
  Fixture *f = setup_open();
  f->config.timeout = 300 * RD_SECOND;
  ck_assert(rd_dia_connect(f->dia, "spare"));
  tell(f, RD_OPENED, 2, SPARE);
  answer(f, 2, "spare." REALM, RD_DIA_SUCCESS);
  send_lir(f, 5);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 1);
  const uint32_t hop = last(f)->hop_by_hop, end = last(f)->end_to_end;
  bool moved = false;
  for (int s = 0; s < 100 && !moved; s++) { /* the spare answers, the other does not */
    run(f, 1);
    if (mock_last(f->mock)->conn == 2 && last(f)->command == RD_DIA_DEVICE_WATCHDOG)
      answer(f, 2, "spare." REALM, RD_DIA_SUCCESS);
    moved = last(f)->command == RD_DIA_LOCATION_INFO && mock_last(f->mock)->conn == 2;
  }
  ck_assert(moved);
  ck_assert(last(f)->is_repeated);
  ck_assert_uint_ne(last(f)->hop_by_hop, hop);
  ck_assert_uint_eq(last(f)->end_to_end, end);
  answer(f, 2, "spare." REALM, RD_DIA_SUCCESS);
  ck_assert_uint_eq(f->answers, 1);
  run(f, 35);
  ck_assert_uint_eq(mock_closed(f->mock), 1);
  teardown(f);
}
END_TEST

START_TEST(a_broken_connection_fails_over_at_once) {
  Fixture *f = setup_open();
  rd_dia_connect(f->dia, "spare");
  tell(f, RD_OPENED, 2, SPARE);
  answer(f, 2, "spare." REALM, RD_DIA_SUCCESS);
  send_lir(f, 5);
  tell(f, RD_CLOSED, 1, HSS);
  ck_assert_uint_eq(mock_last(f->mock)->conn, 2);
  ck_assert(last(f)->is_repeated);
  teardown(f);
}
END_TEST

START_TEST(bytes_that_are_no_diameter_end_a_connection) {
  Fixture *f = setup_open();
  receive(f, 1, "INVITE sip:a@b SIP/2.0\r\n", 24);
  ck_assert_uint_eq(mock_closed(f->mock), 1);
  teardown(f);
}
END_TEST

START_TEST(a_peer_that_goes_is_told_goodbye) {
  Fixture *f = setup_open();
  ask(f, 1, "hss." REALM, RD_DIA_DISCONNECT_PEER, 0);
  ck_assert_uint_eq(last(f)->command, RD_DIA_DISCONNECT_PEER);
  ck_assert(!last(f)->is_request);
  ck_assert_uint_eq(last(f)->result, RD_DIA_SUCCESS);
  send_lir(f, 5); /* waits: nobody is there */
  ck_assert_uint_eq(last(f)->command, RD_DIA_DISCONNECT_PEER);
  tell(f, RD_CLOSED, 1, HSS);
  teardown(f);
}
END_TEST

/* --- who connects here --- */

static Fixture *setup_guest(const char *name, uint32_t application) {
  Fixture *f = setup();
  char host[100];
  rd_dia_listen(f->dia);
  tell(f, RD_OPENED, 9, GUEST);
  snprintf(host, sizeof host, "%s." REALM, name);
  ask(f, 9, host, RD_DIA_CAPABILITIES_EXCHANGE, application);
  return f;
}

START_TEST(who_is_on_the_list_is_heard) {
  Fixture *f = setup_guest("guest", RD_DIA_CX);
  ck_assert_uint_eq(last(f)->result, RD_DIA_SUCCESS);
  ask(f, 9, "guest." REALM, RD_DIA_LOCATION_INFO, RD_DIA_CX);
  ck_assert_uint_eq(f->requests, 1);
  ck_assert_str_eq(f->reply.session, "s;1;2");
  rd_dia_begin_answer(f->dia, &f->reply, RD_CX_USER_UNKNOWN, true);
  ck_assert(rd_dia_answer(f->dia, &f->reply));
  ck_assert_uint_eq(last(f)->experimental_result, RD_CX_USER_UNKNOWN);
  ck_assert_uint_eq(last(f)->hop_by_hop, 5);
  ask(f, 9, "guest." REALM, RD_DIA_DEVICE_WATCHDOG, 0);
  ck_assert_uint_eq(last(f)->result, RD_DIA_SUCCESS);
  tell(f, RD_CLOSED, 9, GUEST);
  ck_assert(!rd_dia_answer(f->dia, &f->reply));
  teardown(f);
}
END_TEST

START_TEST(a_request_goes_to_who_connected_by_name) {
  Fixture *f = setup_guest("guest", RD_DIA_CX);
  rd_dia_begin(f->dia, RD_DIA_REGISTRATION_TERMINATION, 3, rd_slice("guest." REALM));
  ck_assert(rd_dia_send(f->dia, 1));
  ck_assert_uint_eq(mock_last(f->mock)->conn, 9);
  ck_assert(rd_slice_is(last(f)->destination_host, "guest." REALM));
  teardown(f);
}
END_TEST

START_TEST(who_is_not_on_the_list_is_turned_away) {
  Fixture *f = setup_guest("stranger", RD_DIA_CX);
  ck_assert_uint_eq(last(f)->result, RD_DIA_UNKNOWN_PEER);
  ck_assert(last(f)->is_error);
  ck_assert_uint_eq(mock_closed(f->mock), 9);
  ck_assert_int_eq(mock_count(f->mock, "diameter-unknown-peers"), 1);
  teardown(f);
}
END_TEST

START_TEST(who_speaks_another_application_is_turned_away) {
  Fixture *f = setup_guest("guest", RD_DIA_SH);
  ck_assert_uint_eq(last(f)->result, RD_DIA_NO_COMMON_APPLICATION);
  ck_assert_uint_eq(mock_closed(f->mock), 9);
  teardown(f);
}
END_TEST

START_TEST(who_asks_before_it_says_who_it_is_is_closed) {
  Fixture *f = setup();
  tell(f, RD_OPENED, 9, GUEST);
  ask(f, 9, "guest." REALM, RD_DIA_LOCATION_INFO, RD_DIA_CX);
  ck_assert_uint_eq(mock_closed(f->mock), 9);
  ck_assert_uint_eq(f->requests, 0);
  teardown(f);
}
END_TEST

START_TEST(who_says_nothing_is_closed) {
  Fixture *f = setup();
  tell(f, RD_OPENED, 9, GUEST);
  run(f, 5);
  ck_assert_uint_eq(mock_closed(f->mock), 9);
  teardown(f);
}
END_TEST

START_TEST(no_more_are_accepted_than_there_is_room_for) {
  Fixture *f = setup();
  for (RdConn c = 1; c <= RD_DIA_ACCEPTED; c++)
    tell(f, RD_OPENED, c, GUEST);
  ck_assert_uint_eq(mock_closed(f->mock), 0);
  tell(f, RD_OPENED, 1000, GUEST);
  ck_assert_uint_eq(mock_closed(f->mock), 1000);
  teardown(f);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("diameter-node");
  TCase *c = tcase_create("peers");
  suite_add_tcase(s, c);
  tcase_add_test(c, capabilities_are_exchanged_first);
  tcase_add_test(c, a_request_is_answered);
  tcase_add_test(c, a_request_waits_for_a_peer);
  tcase_add_test(c, a_request_that_nobody_answers_is_over);
  tcase_add_test(c, as_many_wait_as_may);
  tcase_add_test(c, a_peer_with_another_name_is_left);
  tcase_add_test(c, a_peer_that_refuses_is_tried_again);
  tcase_add_test(c, silence_is_asked_about_and_an_answer_ends_it);
  tcase_add_test(c, who_stays_silent_is_failed_over_and_left);
  tcase_add_test(c, a_broken_connection_fails_over_at_once);
  tcase_add_test(c, bytes_that_are_no_diameter_end_a_connection);
  tcase_add_test(c, a_peer_that_goes_is_told_goodbye);
  tcase_add_test(c, who_is_on_the_list_is_heard);
  tcase_add_test(c, a_request_goes_to_who_connected_by_name);
  tcase_add_test(c, who_is_not_on_the_list_is_turned_away);
  tcase_add_test(c, who_speaks_another_application_is_turned_away);
  tcase_add_test(c, who_asks_before_it_says_who_it_is_is_closed);
  tcase_add_test(c, who_says_nothing_is_closed);
  tcase_add_test(c, no_more_are_accepted_than_there_is_room_for);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
