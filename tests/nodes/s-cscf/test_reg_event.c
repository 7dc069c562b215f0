/* The reg event package (RFC 3680, TS 24.229 s5.4.2.1): who may watch a registration, and what is told. */
#include "tests/nodes/s-cscf/fixture.h"

#define OWN "P-Asserted-Identity: <" SIP_NUMBER ">\r\n"
#define STRANGER "P-Asserted-Identity: <" OTHER ">\r\n"
#define PROXY "P-Asserted-Identity: <sip:198.51.100.1>\r\n"

/* A SUBSCRIBE of the phone, by the P-CSCF that Record-Routes. */
static void subscribe(const char *asserted, unsigned expires, unsigned dialog) {
  char text[3000];
  snprintf(
      text, sizeof text,
      "SUBSCRIBE " TEL " SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKs%u\r\n"
      "Max-Forwards: 60\r\nRoute: " ORIG "\r\nRecord-Route: <sip:198.51.100.1;lr>\r\n"
      "From: <" TEL ">;tag=f%u\r\nTo: <" TEL ">\r\nCall-ID: s%u\r\nCSeq: 1 SUBSCRIBE\r\n"
      "%sContact: <sip:x@198.18.1.1>\r\nEvent: reg\r\nExpires: %u\r\nContent-Length: 0\r\n\r\n",
      ++n, dialog, dialog, asserted, expires);
  mock_receive_text(mock, 0, "198.51.100.1:5060", text);
}

static const RdSip *response(void) {
  for (unsigned i = mock_n_sent(mock); i-- > 0;) {
    const MockSent *s = mock_sent(mock, i);
    if (s->protocol == RD_PROTO_SIP && s->scan->sip.status &&
        s->scan->sip.method == RD_SIP_SUBSCRIBE)
      return &s->scan->sip;
  }
  return NULL;
}

static unsigned notifies(void) {
  unsigned found = 0;
  for (unsigned i = 0; i < mock_n_sent(mock); i++) {
    const MockSent *s = mock_sent(mock, i);
    found += s->protocol == RD_PROTO_SIP && s->scan->sip.is_request &&
             rd_slice_is(s->scan->sip.method_text, "NOTIFY");
  }
  return found;
}

static void is_xml(RdSlice text) {
  static const GMarkupParser nothing;
  GMarkupParseContext *c = g_markup_parse_context_new(&nothing, 0, NULL, NULL);
  ck_assert(g_markup_parse_context_parse(c, text.at, text.len, NULL));
  ck_assert(g_markup_parse_context_end_parse(c, NULL));
  g_markup_parse_context_free(c);
}

/* The NOTIFY sent last says this; then it is answered. */
static void told(const char *state, const char *contact, const char *event) {
  char expected[200];
  const RdSip *sip = sent_to(PATH, "NOTIFY");
  ck_assert_ptr_nonnull(sip);
  ck_assert(rd_slice_starts_nocase(header(sip, "Subscription-State"), state));
  is_xml(sip->body);
  g_autofree char *body = g_strndup(sip->body.at, sip->body.len);
  snprintf(expected, sizeof expected, "state=\"%s\" event=\"%s\"", contact, event);
  ck_assert_msg(strstr(body, expected) != NULL, "%s", body);
  ck_assert_ptr_nonnull(strstr(body, "<registration aor=\"" SIP_NUMBER "\" id=\"a0\" state=\""));
  ck_assert_ptr_nonnull(strstr(body, "<registration aor=\"" TEL "\" id=\"a1\" state=\""));
  ck_assert_ptr_null(strstr(body, TEMPORARY)); /* it is barred */
  ck_assert_ptr_nonnull(strstr(body, "<uri>sip:x@198.18.1.1</uri>"));
  answer_from(PATH, "NOTIFY", 200);
  mock_forget_sent(mock);
}

/* Within the dialog, as the watcher would write it. */
static void again(unsigned expires, const char *to_tag, const char *from_tag) {
  char text[3000];
  const RdSip *first = sent_to(PATH, "NOTIFY");
  ck_assert_ptr_nonnull(first);
  const RdSlice contact = rd_sip_name_addr(rd_sip_value(first, RD_HDR_CONTACT), NULL);
  const RdSlice tag = first->from_tag;
  snprintf(text, sizeof text,
           "SUBSCRIBE %.*s SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKs%u\r\n"
           "Max-Forwards: 60\r\nFrom: \"me\" <" TEL ">;tag=%s\r\nTo: <" TEL ">;tag=%.*s%s\r\n"
           "Call-ID: s1\r\nCSeq: 2 SUBSCRIBE\r\nContact: <sip:x@198.18.1.1>\r\nEvent: reg\r\n"
           "Expires: %u\r\nContent-Length: 0\r\n\r\n",
           (int)contact.len, contact.at, ++n, from_tag, (int)tag.len, tag.at, to_tag, expires);
  mock_receive_text(mock, 0, "198.51.100.1:5060", text);
}

START_TEST(who_subscribes_is_told_the_state) {
  registers();
  subscribe(OWN, 500, 1);
  ck_assert_uint_eq(response()->status, 200);
  ck_assert(rd_slice_is(header(response(), "Expires"), "500"));
  const RdSip *sip = sent_to(PATH, "NOTIFY");
  ck_assert(rd_slice_is(sip->uri, "sip:x@198.18.1.1"));
  ck_assert(rd_slice_is(rd_sip_value(sip, RD_HDR_ROUTE), "<sip:198.51.100.1;lr>"));
  ck_assert(rd_slice_is(sip->to_tag, "f1"));
  ck_assert(rd_slice_equal(sip->from_tag, response()->to_tag));
  ck_assert(rd_slice_is(sip->call_id, "s1"));
  ck_assert(rd_slice_is(header(sip, "Event"), "reg"));
  ck_assert(rd_slice_is(header(sip, "Content-Type"), "application/reginfo+xml"));
  ck_assert(rd_slice_is(header(sip, "Subscription-State"), "active;expires=500"));
  told("active", "active", "registered");
}
END_TEST

static const struct {
  const char *asserted;
  bool may;
} watchers[] = {{OWN, true},
                {"P-Asserted-Identity: <" TEL ">\r\n", true},
                {PROXY, true},
                {STRANGER, false},
                {"", false}, /* From says what it likes */
                {"P-Asserted-Identity: <" TEMPORARY ">\r\n", false},
                {"P-Asserted-Identity: <sip:198.51.100.7>\r\n", false},
                {"P-Asserted-Identity: <sip:tas>\r\n", true}};

START_TEST(only_who_may_watches) {
  criterion("sip:tas", "INVITE", RD_CASE_ORIGINATING, false);
  registers();
  neighbour_registers();
  subscribe(watchers[_i].asserted, 500, 1);
  ck_assert_uint_eq(response()->status, watchers[_i].may ? 200 : 403);
  ck_assert_uint_eq(notifies(), watchers[_i].may);
}
END_TEST

START_TEST(unless_everybody_may) {
  registers();
  mock_set(&redoubt_plugin, config, "watch-by-all", 1);
  subscribe(STRANGER, 500, 1);
  ck_assert_uint_eq(response()->status, 200);
}
END_TEST

static void terminates(unsigned reason) {
  uint8_t room[600];
  RdDiaBuild b = peer_begin(room, sizeof room, "hss", RD_DIA_REGISTRATION_TERMINATION, "r");
  rd_dia_add_text(&b, RD_AVP_USER_NAME, IMPI);
  rd_dia_open(&b, RD_AVP_DEREGISTRATION_REASON);
  rd_dia_add_number(&b, RD_AVP_REASON_CODE, reason);
  rd_dia_close(&b);
  peer_tell(mock, 1, RD_DATA, HSS_CONN, room, rd_dia_finish(&b));
}

static const struct {
  const char *event, *state;
} ends[] = {{"unregistered", "terminated;reason=noresource"},
            {"expired", "terminated;reason=noresource"},
            {"rejected", "terminated;reason=rejected"},
            {"deactivated", "terminated;reason=deactivated"}};

START_TEST(the_end_of_a_registration_is_told) {
  registers();
  subscribe(OWN, 5000, 1);
  told("active", "active", "registered");
  send_register(300);
  answer_profile();
  told("active", "active", "refreshed");
  if (_i == 0) {
    send_register(0);
    answer_profile();
  } else if (_i == 1) {
    run(301);
  } else {
    terminates(_i == 2 ? RD_CX_PERMANENT_TERMINATION : RD_CX_PERMANENT_TERMINATION + 2);
  }
  told(ends[_i].state, "terminated", ends[_i].event);
  registers();
  ck_assert_uint_eq(notifies(), 0); /* that subscription is over */
}
END_TEST

START_TEST(a_subscription_is_refreshed_and_ended) {
  registers();
  subscribe(OWN, 500, 1);
  again(_i ? 0 : 700, "", "f1");
  ck_assert_uint_eq(response()->status, 200);
  ck_assert(rd_slice_is(header(sent_to(PATH, "NOTIFY"), "Subscription-State"),
                        _i ? "terminated;reason=timeout" : "active;expires=700"));
  ck_assert(rd_slice_starts_nocase(header(sent_to(PATH, "NOTIFY"), "CSeq"), "2 "));
  mock_forget_sent(mock);
  send_register(600);
  answer_profile();
  ck_assert_uint_eq(notifies(), !_i);
}
END_TEST

START_TEST(another_dialog_is_none) {
  registers();
  subscribe(OWN, 500, 1);
  again(0, _i ? "x" : "", _i ? "f1" : "f2");
  ck_assert_uint_eq(response()->status, 481);
  mock_forget_sent(mock);
  send_register(600);
  answer_profile();
  ck_assert_uint_eq(notifies(), 1);
}
END_TEST

START_TEST(a_subscription_that_runs_out_ends) {
  registers();
  subscribe(OWN, 100, 1);
  answer_from(PATH, "NOTIFY", 200);
  mock_forget_sent(mock);
  run(101);
  told("terminated;reason=timeout", "active", "refreshed");
}
END_TEST

START_TEST(who_does_not_know_the_dialog_is_not_told_again) {
  registers();
  subscribe(OWN, 500, 1);
  if (_i)
    run(33);
  else
    answer_from(PATH, "NOTIFY", 481);
  mock_forget_sent(mock);
  send_register(600);
  answer_profile();
  ck_assert_uint_eq(notifies(), 0);
  ck_assert_int_eq(mock_count(mock, "reg-notifications-failed"), 1);
}
END_TEST

/* A fifth takes the place of the first. */
START_TEST(a_subscriber_has_few_watchers) {
  registers();
  for (unsigned i = 1; i <= 5; i++)
    subscribe(OWN, 500, i);
  mock_forget_sent(mock);
  send_register(600);
  answer_profile();
  ck_assert_uint_eq(notifies(), 4);
  for (unsigned i = 0; i < mock_n_sent(mock); i++) {
    const MockSent *s = mock_sent(mock, i);
    ck_assert(s->protocol != RD_PROTO_SIP || !rd_slice_is(s->scan->sip.call_id, "s1"));
  }
}
END_TEST

START_TEST(what_is_fetched_is_told_once) {
  registers();
  subscribe(OWN, 0, 1);
  told("terminated;reason=timeout", "active", "registered");
  send_register(600);
  answer_profile();
  ck_assert_uint_eq(notifies(), 0);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("s-cscf-reg-event");
  TCase *t = tcase_create("reg-event");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, who_subscribes_is_told_the_state);
  tcase_add_loop_test(t, only_who_may_watches, 0, (int)G_N_ELEMENTS(watchers));
  tcase_add_test(t, unless_everybody_may);
  tcase_add_loop_test(t, the_end_of_a_registration_is_told, 0, 4);
  tcase_add_loop_test(t, a_subscription_is_refreshed_and_ended, 0, 2);
  tcase_add_loop_test(t, another_dialog_is_none, 0, 2);
  tcase_add_test(t, a_subscription_that_runs_out_ends);
  tcase_add_loop_test(t, who_does_not_know_the_dialog_is_not_told_again, 0, 2);
  tcase_add_test(t, a_subscriber_has_few_watchers);
  tcase_add_test(t, what_is_fetched_is_told_once);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
