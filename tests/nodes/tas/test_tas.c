/* The application server: forwarding with History-Info, barring, identities, charging. */
#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/subscribers/provision.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

extern const RdPlugin redoubt_plugin;

#define SCSCF "203.0.113.130:5060"
#define ROUTES "<sip:tas;lr>, <sip:odi-1@203.0.113.130;lr>"
#define CALLER 1
#define CALLED 2
#define THIRD 3

static MockWorld *world;
static MockHost *mock;
static void *config;
static RdProvision people;
static char impu[5][RD_IDENTITY_TEXT];
static unsigned n;

static void prepare(void) {
  world = mock_world_new(1);
  mock = mock_host_new(world, "tas");
  config = mock_config(&redoubt_plugin);
  mock_attach(mock, RD_IF_ISC, "isc", "home", "203.0.113.131/25");
  mock_set(&redoubt_plugin, config, "count", 50);
  ck_assert(rd_provision_init(&people, "redoubt", 2, 50));
  for (unsigned i = 0; i < 5; i++)
    rd_provision_impu(&people, i, impu[i]);
  n = 0;
}

static void *open_with(const char *const *lines) {
  prepare();
  for (const RdParam *p = redoubt_plugin.params; p->key; p++)
    if (strcmp(p->key, "services") == 0)
      memcpy((char *)config + p->offset, &lines, sizeof lines);
  void *self = mock_open(mock, redoubt_plugin.actor, config);
  if (self)
    mock_start(mock);
  return self;
}

static void finish(void) {
  ck_assert_int_eq(mock_count(mock, "impossible-events"), 0);
  mock_close(mock);
  mock_world_free(world);
  g_free(config);
}

#define OPEN(...) ck_assert_ptr_nonnull(open_with((const char *const[]){__VA_ARGS__, NULL}))

static void send_invite(unsigned from, unsigned to, const char *served, const char *head) {
  char text[3000];
  snprintf(text, sizeof text,
           "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.130;branch=z9hG4bK%u\r\n"
           "Max-Forwards: 60\r\nRoute: " ROUTES "\r\nFrom: <%s>;tag=1\r\nTo: <%s>\r\n"
           "P-Asserted-Identity: <%s>\r\nP-Served-User: <%s>;%s\r\nCall-ID: i1\r\n"
           "CSeq: 1 INVITE\r\n%sContent-Length: 0\r\n\r\n",
           impu[to], ++n, impu[from], impu[to], impu[from],
           strstr(served, "term") ? impu[to] : impu[from], served, head);
  mock_receive_text(mock, 0, SCSCF, text);
}
#define ORIG "sescase=orig;regstate=reg"
#define TERM "sescase=term;regstate=reg"

static const RdSip *last(bool request) {
  for (unsigned i = mock_n_sent(mock); i-- > 0;) {
    const RdSip *sip = &mock_sent(mock, i)->scan->sip;
    if (sip->is_request == request && (!request || sip->method == RD_SIP_INVITE))
      return sip;
  }
  return NULL;
}

static unsigned invites(void) {
  unsigned found = 0;
  for (unsigned i = 0; i < mock_n_sent(mock); i++)
    found += mock_sent(mock, i)->scan->sip.method == RD_SIP_INVITE &&
             mock_sent(mock, i)->scan->sip.is_request;
  return found;
}

static RdSlice header(const RdSip *sip, const char *name) {
  for (unsigned i = 0; i < sip->n_headers; i++)
    if (rd_slice_is_nocase(rd_sip_header(sip, i)->name, name))
      return rd_sip_header(sip, i)->value;
  return (RdSlice){0};
}

static void reply(const RdSip *sent, unsigned status) {
  char text[3000];
  size_t len = (size_t)snprintf(text, sizeof text, "SIP/2.0 %u A\r\n", status);
  for (const RdSipHeader *h = rd_sip_first(sent, RD_HDR_VIA); h; h = rd_sip_next(sent, h))
    len += (size_t)snprintf(text + len, sizeof text - len, "Via: %.*s\r\n", (int)h->value.len,
                            h->value.at);
  snprintf(text + len, sizeof text - len,
           "From: <%s>;tag=1\r\nTo: <%s>;tag=2\r\nCall-ID: i1\r\nCSeq: 1 INVITE\r\n"
           "Content-Length: 0\r\n\r\n",
           impu[CALLER], impu[CALLED]);
  mock_receive_text(mock, 0, SCSCF, text);
}

static void bye(void) {
  char text[1000];
  snprintf(text, sizeof text,
           "BYE sip:x@203.0.113.130 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.130;branch=z9hG4bKb%u\r\n"
           "Max-Forwards: 60\r\nRoute: <sip:203.0.113.131;lr>\r\nFrom: <%s>;tag=1\r\n"
           "To: <%s>;tag=2\r\nCall-ID: i1\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n",
           ++n, impu[CALLER], impu[CALLED]);
  mock_receive_text(mock, 0, SCSCF, text);
}

static void run(RdTime seconds) {
  mock_run_until(world, mock_now(world) + seconds * RD_SECOND);
}

/* The third party is called with a cause, and History-Info says how it came. */
static void is_forwarded(unsigned cause, const char *reason) {
  char expected[600];
  const RdSip *sip = last(true);
  snprintf(expected, sizeof expected, "%s;cause=%u", impu[THIRD], cause);
  ck_assert(rd_slice_is(sip->uri, expected));
  ck_assert(rd_slice_is(rd_sip_value(sip, RD_HDR_ROUTE), "<sip:odi-1@203.0.113.130;lr>"));
  snprintf(expected, sizeof expected, "<%s%s>;index=1, <%s;cause=%u>;index=1.1;mp=1", impu[CALLED],
           reason, impu[THIRD], cause);
  ck_assert(rd_slice_is(rd_sip_value(sip, RD_HDR_HISTORY_INFO), expected));
  ck_assert_int_eq(mock_count(mock, "calls-forwarded"), 1);
}

START_TEST(all_calls_are_forwarded) {
  OPEN("2 cfu 3");
  send_invite(CALLER, CALLED, TERM, "");
  is_forwarded(302, "");
  finish();
}
END_TEST

START_TEST(a_busy_line_is_forwarded) {
  OPEN("2 cfb 3", "2 cfnr 4");
  send_invite(CALLER, CALLED, TERM, "");
  ck_assert(rd_slice_is(last(true)->uri, impu[CALLED]));
  reply(last(true), 486);
  is_forwarded(486, "?Reason=SIP%3Bcause%3D486");
  reply(last(true), 486); /* of the third: there is no fourth */
  ck_assert_uint_eq(last(false)->status, 486);
  finish();
}
END_TEST

START_TEST(a_call_that_is_not_answered_is_forwarded) {
  OPEN("* cfnr 4", "2 cfnr 3");
  send_invite(CALLER, CALLED, TERM, "");
  reply(last(true), 180);
  run(19);
  ck_assert_uint_eq(invites(), 1);
  run(2);
  is_forwarded(408, "");
  finish();
}
END_TEST

START_TEST(other_failures_are_nobodys_business) {
  OPEN("2 cfb 3", "2 cfnr 3");
  send_invite(CALLER, CALLED, TERM, "");
  reply(last(true), _i ? 603 : 480);
  ck_assert_uint_eq(last(false)->status, _i ? 603 : 480);
  ck_assert_uint_eq(invites(), 1);
  finish();
}
END_TEST

START_TEST(a_history_is_carried_on_and_ends) {
  char expected[300];
  OPEN("2 cfu 3");
  mock_set(&redoubt_plugin, config, "diversions", _i ? 1 : 2);
  send_invite(CALLER, CALLED, TERM,
              "History-Info: <sip:a@b>;index=1\r\n"
              "History-Info: <sip:c@d;cause=486>;index=1.1;mp=1\r\n");
  snprintf(expected, sizeof expected,
           "<sip:a@b>;index=1, <sip:c@d;cause=486>;index=1.1;mp=1, "
           "<%s;cause=302>;index=1.1.1;mp=1.1",
           impu[THIRD]);
  if (_i)
    ck_assert_uint_eq(last(false)->status, 480);
  else
    ck_assert(rd_slice_is(rd_sip_value(last(true), RD_HDR_HISTORY_INFO), expected));
  finish();
}
END_TEST

static const struct {
  const char *line, *served, *head;
  unsigned status; /* 0: it goes on */
} barred[] = {{"1 ocb", ORIG, "", 603},
              {"1 ocb", TERM, "", 0},
              {"2 icb", TERM, "", 603},
              {"2 icb", ORIG, "", 0},
              {"1 icb", ORIG, "", 0},
              {"2 acr", TERM, "", 0},
              {"2 acr", TERM, "Privacy: none\r\n", 0},
              {"2 acr", TERM, "Privacy: critical ; id\r\n", 433},
              {"1-2 ocb", "orig-cdiv", "", 0}};

START_TEST(who_is_barred_is_refused) {
  OPEN(barred[_i].line);
  send_invite(CALLER, CALLED, barred[_i].served, barred[_i].head);
  ck_assert_uint_eq(invites(), barred[_i].status == 0);
  if (barred[_i].status)
    ck_assert_uint_eq(last(false)->status, barred[_i].status);
  finish();
}
END_TEST

START_TEST(who_wants_it_is_not_shown) {
  OPEN("1 oir");
  send_invite(CALLER, CALLED, ORIG, _i ? "Privacy: header\r\n" : "");
  ck_assert(rd_slice_is(rd_sip_value(last(true), RD_HDR_PRIVACY), _i ? "header;id" : "id"));
  ck_assert_ptr_nonnull(header(last(true), "P-Asserted-Identity").at); /* the core still knows */
  finish();
}
END_TEST

START_TEST(nor_to_whom_it_calls) {
  OPEN(_i ? "2 oip-override" : "2 cfb 3");
  send_invite(CALLER, CALLED, TERM, "Privacy: id\r\n");
  ck_assert_int_eq(header(last(true), "P-Asserted-Identity").at != NULL, _i);
  finish();
}
END_TEST

START_TEST(who_has_no_service_is_left_alone) {
  OPEN("3 icb");
  send_invite(CALLER, CALLED, _i ? ORIG : TERM, "X: y\r\n");
  const RdSip *sip = last(true);
  ck_assert(rd_slice_is(sip->uri, impu[CALLED]));
  ck_assert_ptr_null(header(sip, "History-Info").at);
  ck_assert_ptr_null(header(sip, "Privacy").at);
  ck_assert_ptr_nonnull(header(sip, "Record-Route").at);
  ck_assert_int_eq(mock_count(mock, "calls-served"), 1);
  finish();
}
END_TEST

/* Both legs of a call that is forwarded come by here; its BYE comes by twice. */
START_TEST(who_calls_and_who_forwards_pays) {
  OPEN("2 cfu 3");
  send_invite(CALLER, CALLED, ORIG, "");
  const RdSip *first = last(true);
  send_invite(CALLER, CALLED, TERM, "");
  run(2);
  reply(last(true), 200);
  reply(first, 200);
  run(7);
  bye();
  bye();
  ck_assert_uint_eq(mock_n_facts(mock), 2);
  for (unsigned i = 0; i < 2; i++) {
    const MockFact *fact = mock_fact(mock, i);
    ck_assert_str_eq(fact->kind, "call-seconds");
    ck_assert_str_eq(fact->subject, impu[i ? CALLED : CALLER]);
    ck_assert_str_eq(fact->object, impu[i ? THIRD : CALLED]);
    ck_assert_int_eq(fact->amount, 7);
  }
  finish();
}
END_TEST

START_TEST(what_is_not_answered_costs_nothing) {
  OPEN("2 cfu 3");
  send_invite(CALLER, CALLED, ORIG, "");
  if (_i)
    reply(last(true), 486);
  bye();
  ck_assert_uint_eq(mock_n_facts(mock), 0);
  finish();
}
END_TEST

START_TEST(a_registration_is_heard) {
  OPEN("2 cfu 3");
  mock_receive_text(mock, 0, SCSCF,
                    "REGISTER sip:tas SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.130;branch=z9hG4bKr\r\n"
                    "Max-Forwards: 70\r\nFrom: <sip:203.0.113.130>;tag=1\r\nTo: <sip:a@b>\r\n"
                    "Contact: <sip:203.0.113.130>\r\nExpires: 600\r\nCall-ID: r\r\n"
                    "CSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n");
  ck_assert_uint_eq(last(false)->status, 200);
  ck_assert(
      rd_slice_is(rd_sip_value(last(false), RD_HDR_CONTACT), "<sip:203.0.113.130>;expires=600"));
  finish();
}
END_TEST

static const char *const wrong[] = {"cfu",         "2 cfu",  "2 cfu 50",     "50 icb", "2 icb 3",
                                    "7-3 icb",     "2 what", "2 cfu 3 4",    "x icb",  "",
                                    "2 cfu tel:1", "2- icb", "2 cfu sip:a>b"};

START_TEST(a_line_that_is_none_is_an_error) {
  ck_assert_ptr_null(open_with((const char *const[]){wrong[_i], NULL}));
  ck_assert_uint_eq(mock_n_logs(mock, RD_LOG_ERROR), 1);
  mock_world_free(world);
  g_free(config);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("tas");
  TCase *t = tcase_create("tas");
  tcase_add_test(t, all_calls_are_forwarded);
  tcase_add_test(t, a_busy_line_is_forwarded);
  tcase_add_test(t, a_call_that_is_not_answered_is_forwarded);
  tcase_add_loop_test(t, other_failures_are_nobodys_business, 0, 2);
  tcase_add_loop_test(t, a_history_is_carried_on_and_ends, 0, 2);
  tcase_add_loop_test(t, who_is_barred_is_refused, 0, (int)G_N_ELEMENTS(barred));
  tcase_add_loop_test(t, who_wants_it_is_not_shown, 0, 2);
  tcase_add_loop_test(t, nor_to_whom_it_calls, 0, 2);
  tcase_add_loop_test(t, who_has_no_service_is_left_alone, 0, 2);
  tcase_add_test(t, who_calls_and_who_forwards_pays);
  tcase_add_loop_test(t, what_is_not_answered_costs_nothing, 0, 2);
  tcase_add_test(t, a_registration_is_heard);
  tcase_add_loop_test(t, a_line_that_is_none_is_an_error, 0, (int)G_N_ELEMENTS(wrong));
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
