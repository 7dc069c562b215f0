/* The S-CSCF's application servers: initial filter criteria (TS 24.229 s5.4.3.2, s5.4.3.3), default handling,
 * third-party REGISTER (s5.4.1.7). */
#include "tests/nodes/s-cscf/fixture.h"

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
  neighbour_registers(); /* that it is known here makes it no other's call */
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
