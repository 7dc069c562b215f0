/* The S-CSCF's application servers: initial filter criteria (TS 24.229 s5.4.3.2, s5.4.3.3), default handling,
 * third-party REGISTER (s5.4.1.7). */
#include "lab/sip/scan.h"
#include "lab/subscribers/profile.h"
#include "tests/nodes/diameter.h"

extern const RdPlugin redoubt_plugin;

#define HSS_CONN 1
#define IMPI "001010000000001@" REALM
#define TEMPORARY "sip:" IMPI
#define TEL "tel:+9990000000001"
#define SIP_NUMBER "sip:+9990000000001@" REALM ";user=phone"
#define OTHER "tel:+9990000000002"
#define FIRST 20 /* last octets of the servers' addresses */
#define SECOND 21
#define ENTRY 7
#define PATH 1

static MockWorld *world;
static MockHost *mock;
static void *config;
static unsigned n, cseq;
static RdProfile profile;

/* Method and session case, or only the method if it is REGISTER. */
static void criterion(const char *server, const char *method, RdSessionCase session_case,
                      bool ends) {
  RdFilterCriteria *c = &profile.criteria[profile.n_criteria];
  *c = (RdFilterCriteria){.priority = profile.n_criteria++, .ends_session = ends, .n_points = 1};
  g_strlcpy(c->server, server, sizeof c->server);
  c->points[0] = (RdServicePoint){.kind = RD_POINT_METHOD, .groups = 1};
  g_strlcpy(c->points[0].text, method, sizeof c->points[0].text);
  if (strcmp(method, "REGISTER") != 0)
    c->points[c->n_points++] =
        (RdServicePoint){.kind = RD_POINT_CASE, .groups = 1, .session_case = (uint8_t)session_case};
}

static void setup(void) {
  world = mock_world_new(1);
  mock = mock_host_new(world, "s-cscf");
  config = mock_config(&redoubt_plugin);
  mock_attach(mock, RD_IF_MW, "core", "home", "198.51.100.2/24");
  mock_attach(mock, RD_IF_CX, "cx", "home", "203.0.113.2/24");
  mock_name(mock, 1, "hss", "203.0.113.9:5060");
  mock_name(mock, 0, "i-cscf", "198.51.100.7:5060");
  mock_name(mock, 0, "tas", "198.51.100.20:5060");
  mock_name(mock, 0, "second", "198.51.100.21:5060");
  mock_population(mock, 1, 0, 1000 * RD_SECOND);
  mock_set_text(&redoubt_plugin, config, "hss", "hss");
  mock_set_text(&redoubt_plugin, config, "entry", "i-cscf");
  mock_set(&redoubt_plugin, config, "auth", 2);
  mock_set(&redoubt_plugin, config, "diameter-watchdog", 3600);
  ck_assert_ptr_nonnull(mock_open(mock, redoubt_plugin.actor, config));
  mock_start(mock);
  peer_accept(mock, 1, HSS_CONN);
  profile = (RdProfile){.impi = IMPI,
                        .n_identities = 3,
                        .identities = {{TEMPORARY, true}, {SIP_NUMBER, false}, {TEL, false}}};
  n = cseq = 0;
}

static void teardown(void) {
  ck_assert_int_eq(mock_count(mock, "impossible-events"), 0);
  mock_close(mock);
  mock_world_free(world);
  g_free(config);
}

static void run(RdTime seconds) {
  mock_run_until(world, mock_now(world) + seconds * RD_SECOND);
}

static void send_register(unsigned expires) {
  char text[2000];
  snprintf(text, sizeof text,
           "REGISTER sip:" REALM " SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK%u\r\n"
           "Max-Forwards: 60\r\nFrom: <" TEMPORARY ">;tag=1\r\nTo: <" TEMPORARY ">\r\n"
           "Call-ID: c1\r\nCSeq: %u REGISTER\r\nContact: <sip:x@198.18.1.1>;expires=%u\r\n"
           "Path: <sip:198.51.100.1;lr>\r\nContent-Length: 0\r\n\r\n",
           ++n, ++cseq, expires);
  mock_receive_text(mock, 0, "198.51.100.7:5060", text);
}

static void answer_profile(void) {
  uint8_t room[12000];
  char xml[RD_PROFILE_XML];
  const size_t len = rd_profile_write(&profile, xml, sizeof xml);
  ck_assert_uint_gt(len, 0);
  RdDiaBuild b = peer_answer(mock, room, sizeof room, RD_DIA_SUCCESS, false);
  rd_dia_add(&b, RD_AVP_CX_USER_DATA, rd_slice_of(xml, len));
  peer_tell(mock, 1, RD_DATA, HSS_CONN, b.at, rd_dia_finish(&b));
}

static void registers(void) {
  send_register(600);
  answer_profile();
  ck_assert_int_gt(mock_count(mock, "registrations"), 0);
}

/* The SIP request that went to an address last; NULL: none did. */
static const RdSip *sent_to(unsigned last_octet, const char *method) {
  for (unsigned i = mock_n_sent(mock); i-- > 0;) {
    const MockSent *s = mock_sent(mock, i);
    if (s->protocol == RD_PROTO_SIP && s->scan->sip.is_request && s->remote.ip[3] == last_octet &&
        rd_slice_is(s->scan->sip.method_text, method))
      return &s->scan->sip;
  }
  return NULL;
}

static RdSlice header(const RdSip *sip, const char *name) {
  for (unsigned i = 0; i < sip->n_headers; i++)
    if (rd_slice_is_nocase(rd_sip_header(sip, i)->name, name))
      return rd_sip_header(sip, i)->value;
  return (RdSlice){0};
}

static void send_invite(unsigned from, const char *uri, const char *routes, const char *head) {
  char text[3000], address[40];
  n++;
  snprintf(text, sizeof text,
           "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.%u;branch=z9hG4bK%u\r\n"
           "Max-Forwards: 60\r\nRoute: %s\r\nFrom: <%s>;tag=1\r\nTo: <%s>\r\nCall-ID: i1\r\n"
           "CSeq: 1 INVITE\r\n%sContent-Length: 0\r\n\r\n",
           uri, from, n, routes, SIP_NUMBER, uri, head);
  snprintf(address, sizeof address, "198.51.100.%u:5060", from);
  mock_receive_text(mock, 0, address, text);
}

#define ORIG "<sip:198.51.100.2:5060;lr;orig>"
#define TERM "<sip:198.51.100.2:5060;lr>"

/* The routes behind the server's own of what it was sent: what it sends back with. */
static const char *back_from(unsigned server) {
  static char routes[600];
  const RdSip *sent = sent_to(server, "INVITE");
  ck_assert_ptr_nonnull(sent);
  RdSlice rest = rd_sip_value(sent, RD_HDR_ROUTE);
  rd_sip_split(&rest);
  rd_slice_copy(rd_slice_trim(rest), routes, sizeof routes);
  return routes;
}

static void answer_from(unsigned server, const char *method, unsigned status) {
  char text[2000], address[40];
  const RdSip *sent = sent_to(server, method);
  ck_assert_ptr_nonnull(sent);
  size_t len = (size_t)snprintf(text, sizeof text, "SIP/2.0 %u A\r\n", status);
  for (const RdSipHeader *h = rd_sip_first(sent, RD_HDR_VIA); h; h = rd_sip_next(sent, h))
    len += (size_t)snprintf(text + len, sizeof text - len, "Via: %.*s\r\n", (int)h->value.len,
                            h->value.at);
  snprintf(text + len, sizeof text - len,
           "From: %.*s\r\nTo: %.*s;tag=t\r\nCall-ID: %.*s\r\nCSeq: 1 %s\r\n"
           "Content-Length: 0\r\n\r\n",
           (int)sent->from.len, sent->from.at, (int)sent->to.len, sent->to.at,
           (int)sent->call_id.len, sent->call_id.at, method);
  snprintf(address, sizeof address, "198.51.100.%u:5060", server);
  mock_receive_text(mock, 0, address, text);
}

static unsigned answered(void) {
  unsigned status = 0;
  for (unsigned i = 0; i < mock_n_sent(mock); i++) {
    const MockSent *s = mock_sent(mock, i);
    if (s->protocol == RD_PROTO_SIP && s->scan->sip.status > 100 &&
        rd_slice_is(s->scan->sip.method_text, "INVITE"))
      status = s->scan->sip.status;
  }
  return status;
}

START_TEST(a_call_goes_by_its_servers_in_order_of_priority) {
  criterion("sip:second", "INVITE", RD_CASE_ORIGINATING, false);
  criterion("sip:tas", "INVITE", RD_CASE_TERMINATING_REGISTERED, false);
  criterion("sip:tas", "INVITE", RD_CASE_ORIGINATING, false);
  profile.criteria[0].priority = 9;
  registers();
  send_invite(PATH, OTHER, ORIG, "");
  const RdSip *sent = sent_to(FIRST, "INVITE");
  ck_assert_ptr_nonnull(sent);
  ck_assert(rd_slice_starts_nocase(rd_sip_value(sent, RD_HDR_ROUTE), "<sip:tas;lr>, <sip:odi-"));
  ck_assert(rd_slice_is(sent->uri, OTHER));
  ck_assert(
      rd_slice_is(header(sent, "P-Served-User"), "<" SIP_NUMBER ">;sescase=orig;regstate=reg"));
  send_invite(FIRST, OTHER, back_from(FIRST), "P-Served-User: <sip:x@y>\r\n");
  ck_assert_ptr_nonnull(sent_to(SECOND, "INVITE"));
  ck_assert(rd_slice_is(header(sent_to(SECOND, "INVITE"), "P-Served-User"),
                        "<" SIP_NUMBER ">;sescase=orig;regstate=reg"));
  ck_assert_ptr_null(sent_to(ENTRY, "INVITE"));
  send_invite(SECOND, OTHER, back_from(SECOND), "P-Served-User: <sip:x@y>\r\n");
  ck_assert_ptr_nonnull(sent_to(ENTRY, "INVITE"));
  ck_assert_ptr_null(header(sent_to(ENTRY, "INVITE"), "P-Served-User").at);
  ck_assert_ptr_null(rd_sip_value(sent_to(ENTRY, "INVITE"), RD_HDR_ROUTE).at);
  ck_assert_int_eq(mock_count(mock, "requests-to-servers"), 2);
}
END_TEST

START_TEST(who_is_called_is_served_too) {
  criterion("sip:tas;lr", "INVITE", RD_CASE_TERMINATING_REGISTERED, false);
  registers();
  send_invite(ENTRY, TEL, TERM, "");
  const RdSip *sent = sent_to(FIRST, "INVITE");
  ck_assert_ptr_nonnull(sent);
  ck_assert(rd_slice_starts_nocase(rd_sip_value(sent, RD_HDR_ROUTE), "<sip:tas;lr>, <sip:odi-"));
  ck_assert(rd_slice_is(header(sent, "P-Served-User"), "<" TEL ">;sescase=term;regstate=reg"));
  send_invite(FIRST, SIP_NUMBER, back_from(FIRST), ""); /* another name of the same */
  sent = sent_to(PATH, "INVITE");
  ck_assert_ptr_nonnull(sent);
  ck_assert(rd_slice_is(sent->uri, "sip:x@198.18.1.1"));
}
END_TEST

START_TEST(what_a_server_diverts_is_the_served_users_own) {
  criterion("sip:tas", "INVITE", RD_CASE_TERMINATING_REGISTERED, false);
  if (_i)
    criterion("sip:second", "INVITE", RD_CASE_ORIGINATING_CDIV, false);
  registers();
  send_invite(ENTRY, TEL, TERM, "");
  send_invite(FIRST, OTHER, back_from(FIRST), "");
  if (_i) { /* RFC 8498 */
    ck_assert(rd_slice_is(header(sent_to(SECOND, "INVITE"), "P-Served-User"),
                          "<" SIP_NUMBER ">;orig-cdiv"));
    send_invite(SECOND, OTHER, back_from(SECOND), "");
  }
  ck_assert_ptr_nonnull(sent_to(ENTRY, "INVITE"));
  ck_assert(rd_slice_is(sent_to(ENTRY, "INVITE")->uri, OTHER));
  ck_assert_int_eq(mock_count(mock, "requests-diverted"), 1);
  ck_assert_ptr_null(sent_to(PATH, "INVITE"));
}
END_TEST

START_TEST(a_token_that_was_changed_is_none) {
  criterion("sip:tas", "INVITE", RD_CASE_TERMINATING_REGISTERED, false);
  registers();
  send_invite(ENTRY, TEL, TERM, "");
  g_autofree char *routes = g_strdup(back_from(FIRST));
  char *at = strstr(routes, "odi-") + 4 + _i;
  *at = *at == '0' ? '1' : '0';
  mock_forget_sent(mock);
  send_invite(FIRST, OTHER, routes, "");
  ck_assert_ptr_null(sent_to(ENTRY, "INVITE")); /* a call to one who is not here */
  ck_assert_uint_eq(answered(), 480);
}
END_TEST

START_TEST(without_criteria_nothing_is_touched) {
  char before[3000];
  uint64_t bare, matchless;
  for (unsigned i = 0; i < 2; i++) {
    if (i == 1) {
      teardown();
      setup();
      criterion("sip:tas", "MESSAGE", RD_CASE_ORIGINATING, false);
    }
    registers();
    send_invite(PATH, OTHER, ORIG, "X: y\r\n");
    const MockSent *s = peer_last_request(mock);
    ck_assert_uint_eq(s->remote.ip[3], ENTRY);
    if (i == 0)
      memcpy(before, s->bytes, bare = s->len);
    else
      ck_assert_mem_eq(before, s->bytes, matchless = s->len);
  }
  ck_assert_uint_eq(bare, matchless);
}
END_TEST

static const struct {
  bool ends;
  unsigned heard, says; /* 0: nothing */
  unsigned answer; /* 0: the call goes on */
} failures[] = {{false, 0, 0, 0},     {true, 0, 0, 408},      {false, 0, 503, 0},
                {false, 100, 500, 0}, {true, 0, 503, 503},    {false, 0, 408, 0},
                {false, 0, 486, 486}, {false, 180, 503, 503}, {false, 0, 603, 603}};

START_TEST(a_server_that_fails_is_handled_by_default) {
  const bool silent = failures[_i].says == 0;
  criterion("sip:tas", "INVITE", RD_CASE_TERMINATING_REGISTERED, failures[_i].ends);
  registers();
  send_invite(ENTRY, TEL, TERM, "");
  if (failures[_i].heard)
    answer_from(FIRST, "INVITE", failures[_i].heard);
  if (failures[_i].says)
    answer_from(FIRST, "INVITE", failures[_i].says);
  run(silent && failures[_i].ends ? 33 : 5);
  ck_assert_int_eq(sent_to(PATH, "INVITE") != NULL, failures[_i].answer == 0);
  if (failures[_i].answer)
    ck_assert_uint_eq(answered(), failures[_i].answer);
  else
    ck_assert(rd_slice_is(sent_to(PATH, "INVITE")->uri, "sip:x@198.18.1.1"));
  ck_assert_int_eq(mock_count(mock, "servers-passed-over"), failures[_i].answer == 0);
}
END_TEST

START_TEST(a_server_that_works_may_take_its_time) {
  criterion("sip:tas", "INVITE", RD_CASE_TERMINATING_REGISTERED, false);
  registers();
  send_invite(ENTRY, TEL, TERM, "");
  answer_from(FIRST, "INVITE", 100);
  run(60);
  ck_assert_ptr_null(sent_to(PATH, "INVITE"));
  answer_from(FIRST, "INVITE", 200);
  ck_assert_uint_eq(answered(), 200);
}
END_TEST

START_TEST(a_server_that_nobody_knows_is_one_that_fails) {
  criterion("sip:nobody", "INVITE", RD_CASE_TERMINATING_REGISTERED, _i);
  criterion("sip:second", "INVITE", RD_CASE_TERMINATING_REGISTERED, false);
  registers();
  send_invite(ENTRY, TEL, TERM, "");
  ck_assert_int_eq(sent_to(SECOND, "INVITE") != NULL, !_i);
  ck_assert_uint_eq(answered(), _i ? 503 : 0);
}
END_TEST

static void told(unsigned server, const char *expires) {
  const RdSip *sip = sent_to(server, "REGISTER");
  ck_assert_ptr_nonnull(sip);
  ck_assert(rd_slice_is(sip->to_uri, SIP_NUMBER));
  ck_assert(rd_slice_is(sip->from_uri, "sip:198.51.100.2:5060"));
  ck_assert(rd_slice_is(rd_sip_value(sip, RD_HDR_CONTACT), "<sip:198.51.100.2:5060>"));
  ck_assert(rd_slice_is(header(sip, "Expires"), expires));
  answer_from(server, "REGISTER", 200);
  mock_forget_sent(mock);
}

START_TEST(servers_are_told_who_is_registered) {
  criterion("sip:tas", "REGISTER", 0, false);
  criterion("sip:second", "REGISTER", 0, false);
  profile.criteria[1].points[0].registers = RD_REGISTERS_OUT;
  registers();
  ck_assert_ptr_null(sent_to(SECOND, "REGISTER"));
  told(FIRST, "600");
  send_register(300);
  answer_profile();
  told(FIRST, "300");
  if (_i == 0) {
    send_register(0);
    answer_profile();
  } else if (_i == 1) {
    uint8_t room[600];
    RdDiaBuild b = peer_begin(room, sizeof room, "hss", RD_DIA_REGISTRATION_TERMINATION, "r");
    rd_dia_add_text(&b, RD_AVP_USER_NAME, IMPI);
    peer_tell(mock, 1, RD_DATA, HSS_CONN, room, rd_dia_finish(&b));
  } else {
    run(301);
  }
  ck_assert_ptr_nonnull(sent_to(SECOND, "REGISTER"));
  answer_from(SECOND, "REGISTER", 200);
  told(FIRST, "0");
  ck_assert_int_eq(mock_count(mock, "registrations-told"), 4);
}
END_TEST

/* s5.4.1.7: where criteria say that the session ends, so does the registration. */
START_TEST(without_a_needed_server_there_is_no_registration) {
  uint32_t type = 0;
  criterion("sip:tas", "REGISTER", 0, _i);
  registers();
  run(33);
  send_invite(ENTRY, TEL, TERM, "");
  ck_assert_uint_eq(answered(), _i ? 480 : 0);
  rd_dia_number(peer_last(mock), RD_AVP_SERVER_ASSIGNMENT_TYPE, &type);
  ck_assert_uint_eq(type, _i ? RD_CX_ADMINISTRATIVE_DEREGISTRATION : RD_CX_REGISTRATION);
}
END_TEST

/* A pushed profile counts at once, and what was shared before is given back. */
START_TEST(pushed_criteria_are_the_ones_that_count) {
  uint8_t room[12000];
  char xml[RD_PROFILE_XML];
  criterion("sip:tas", "INVITE", RD_CASE_TERMINATING_REGISTERED, false);
  registers();
  profile.n_criteria = 0;
  criterion("sip:second", "INVITE", RD_CASE_TERMINATING_REGISTERED, false);
  const size_t len = rd_profile_write(&profile, xml, sizeof xml);
  RdDiaBuild b = peer_begin(room, sizeof room, "hss", RD_DIA_PUSH_PROFILE, "p");
  rd_dia_add_text(&b, RD_AVP_USER_NAME, IMPI);
  rd_dia_add(&b, RD_AVP_CX_USER_DATA, rd_slice_of(xml, len));
  peer_tell(mock, 1, RD_DATA, HSS_CONN, room, rd_dia_finish(&b));
  send_invite(ENTRY, TEL, TERM, "");
  ck_assert_ptr_null(sent_to(FIRST, "INVITE"));
  ck_assert_ptr_nonnull(sent_to(SECOND, "INVITE"));
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("s-cscf-services");
  TCase *t = tcase_create("services");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, a_call_goes_by_its_servers_in_order_of_priority);
  tcase_add_test(t, who_is_called_is_served_too);
  tcase_add_loop_test(t, what_a_server_diverts_is_the_served_users_own, 0, 2);
  tcase_add_loop_test(t, a_token_that_was_changed_is_none, 0, 32);
  tcase_add_test(t, without_criteria_nothing_is_touched);
  tcase_add_loop_test(t, a_server_that_fails_is_handled_by_default, 0, (int)G_N_ELEMENTS(failures));
  tcase_add_test(t, a_server_that_works_may_take_its_time);
  tcase_add_loop_test(t, a_server_that_nobody_knows_is_one_that_fails, 0, 2);
  tcase_add_loop_test(t, servers_are_told_who_is_registered, 0, 3);
  tcase_add_loop_test(t, without_a_needed_server_there_is_no_registration, 0, 2);
  tcase_add_test(t, pushed_criteria_are_the_ones_that_count);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
