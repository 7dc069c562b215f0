/* The I-CSCF alone: what it asks the HSS, and what it does with the answer (TS 24.229 s5.3). */
#include "lab/sip/scan.h"
#include "tests/nodes/diameter.h"

extern const RdPlugin redoubt_plugin;

#define SCSCF "sip:198.51.100.2:5060"
#define HSS_CONN 1

static MockWorld *world;
static MockHost *mock;
static void *config;
static const char *const servers[] = {"s-cscf", NULL};

static void setup(void) {
  world = mock_world_new(1);
  mock = mock_host_new(world, "i-cscf");
  config = mock_config(&redoubt_plugin);
  mock_attach(mock, RD_IF_MW, "core", "home", "198.51.100.7/24");
  mock_attach(mock, RD_IF_CX, "cx", "home", "203.0.113.7/24");
  mock_name(mock, 1, "hss", "203.0.113.9:5060");
  mock_name(mock, 0, "s-cscf", "198.51.100.2:5060");
  mock_set_text(&redoubt_plugin, config, "hss", "hss");
  for (const RdParam *p = redoubt_plugin.params; p->key; p++)
    if (strcmp(p->key, "s-cscfs") == 0)
      memcpy((char *)config + p->offset, &(const char *const *){servers}, sizeof(void *));
  ck_assert_ptr_nonnull(mock_open(mock, redoubt_plugin.actor, config));
  mock_start(mock);
  peer_accept(mock, 1, HSS_CONN);
}

static void teardown(void) {
  mock_close(mock);
  mock_world_free(world);
  g_free(config);
}

static unsigned n;

static void request(const char *method, const char *uri, const char *to, const char *head) {
  char text[2000];
  n++;
  snprintf(text, sizeof text,
           "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK%u\r\n"
           "Max-Forwards: 60\r\nFrom: <sip:a@" REALM ">;tag=1\r\nTo: <%s>\r\nCall-ID: c%u\r\n"
           "CSeq: 1 %s\r\n%sContent-Length: 0\r\n\r\n",
           method, uri, n, to, n, method, head);
  mock_receive_text(mock, 0, "198.51.100.1:5060", text);
}

static void enter(void) {
  request("REGISTER", "sip:" REALM, "sip:001010000000001@" REALM,
          "P-Visited-Network-ID: \"visited.example\"\r\nContact: <sip:x@198.18.1.1>\r\n");
}

/* The last SIP message sent, NULL if the last one was none. */
static const RdSip *sip(void) {
  const MockSent *s = mock_last(mock);
  return s->protocol == RD_PROTO_SIP ? &s->scan->sip : NULL;
}

static void answer(uint32_t code, bool experimental, const char *server) {
  uint8_t room[600];
  RdDiaBuild b = peer_answer(mock, room, sizeof room, code, experimental);
  if (server)
    rd_dia_add_text(&b, RD_AVP_SERVER_NAME, server);
  peer_tell(mock, 1, RD_DATA, HSS_CONN, room, rd_dia_finish(&b));
}

START_TEST(a_register_is_asked_about) {
  uint32_t type;
  enter();
  const RdDiameter *uar = peer_last(mock);
  ck_assert_uint_eq(uar->command, RD_DIA_USER_AUTHORIZATION);
  ck_assert(rd_slice_is(uar->user_name, "001010000000001@" REALM));
  ck_assert(rd_slice_is(rd_dia_data(uar, RD_AVP_PUBLIC_IDENTITY), "sip:001010000000001@" REALM));
  ck_assert(rd_slice_is(rd_dia_data(uar, RD_AVP_VISITED_NETWORK_IDENTIFIER), "visited.example"));
  ck_assert(rd_dia_number(uar, RD_AVP_USER_AUTHORIZATION_TYPE, &type));
  ck_assert_uint_eq(type, RD_CX_AUTHORIZE_REGISTRATION);
}
END_TEST

START_TEST(who_leaves_is_asked_about_as_such) {
  uint32_t type;
  request("REGISTER", "sip:" REALM, "sip:a@" REALM,
          "Contact: <sip:x@198.18.1.1>;expires=0\r\nAuthorization: Digest username=\"p@" REALM
          "\", realm=\"r\", nonce=\"\", uri=\"sip:r\", response=\"\"\r\n");
  ck_assert(rd_dia_number(peer_last(mock), RD_AVP_USER_AUTHORIZATION_TYPE, &type));
  ck_assert_uint_eq(type, RD_CX_AUTHORIZE_DE_REGISTRATION);
  ck_assert(rd_slice_is(peer_last(mock)->user_name, "p@" REALM));
}
END_TEST

START_TEST(a_register_goes_to_the_server_that_is_named) {
  enter();
  answer(RD_CX_SUBSEQUENT_REGISTRATION, true, SCSCF);
  ck_assert(rd_slice_is(sip()->method_text, "REGISTER"));
  ck_assert(rd_slice_is(sip()->uri, SCSCF));
  ck_assert_uint_eq(mock_last(mock)->attachment, 0);
}
END_TEST

START_TEST(with_none_named_one_is_chosen) {
  enter();
  answer(RD_CX_FIRST_REGISTRATION, true, NULL);
  ck_assert(rd_slice_is(sip()->uri, SCSCF));
}
END_TEST

START_TEST(a_call_gets_a_route_to_the_server) {
  request("INVITE", "tel:+9990000000001", "tel:+9990000000001", "");
  ck_assert_uint_eq(peer_last(mock)->command, RD_DIA_LOCATION_INFO);
  ck_assert(
      rd_slice_is(rd_dia_data(peer_last(mock), RD_AVP_PUBLIC_IDENTITY), "tel:+9990000000001"));
  answer(RD_DIA_SUCCESS, false, SCSCF);
  ck_assert(rd_slice_is(sip()->method_text, "INVITE"));
  ck_assert(rd_slice_is(sip()->uri, "tel:+9990000000001"));
  ck_assert(rd_slice_is(rd_sip_value(sip(), RD_HDR_ROUTE), "<" SCSCF ";lr>"));
  ck_assert_ptr_null(rd_sip_first(sip(), RD_HDR_RECORD_ROUTE));
}
END_TEST

static const struct {
  bool registers, experimental;
  uint32_t code;
  unsigned status;
} refused[] = {
    {true, true, RD_CX_USER_UNKNOWN, 403},        {true, true, RD_CX_IDENTITIES_DONT_MATCH, 403},
    {true, true, RD_CX_ROAMING_NOT_ALLOWED, 403}, {true, false, RD_DIA_AUTHORIZATION_REJECTED, 403},
    {true, false, RD_DIA_TOO_BUSY, 503},          {true, false, RD_DIA_UNABLE_TO_COMPLY, 500},
    {false, true, RD_CX_USER_UNKNOWN, 404},       {false, true, RD_CX_IDENTITY_NOT_REGISTERED, 480},
    {false, false, RD_DIA_TOO_BUSY, 503},
};

START_TEST(a_refusal_is_told) {
  if (refused[_i].registers)
    enter();
  else
    request("INVITE", "tel:+9990000000001", "tel:+9990000000001", "");
  answer(refused[_i].code, refused[_i].experimental, NULL);
  ck_assert_uint_eq(sip()->status, refused[_i].status);
}
END_TEST

START_TEST(silence_is_told) {
  enter();
  mock_run_until(world, mock_now(world) + 6 * RD_SECOND);
  ck_assert_uint_eq(sip()->status, 504);
  ck_assert_int_eq(mock_count(mock, "hss-silent"), 1);
}
END_TEST

START_TEST(what_has_a_route_follows_it) {
  request("INVITE", "tel:+9990000000001", "tel:+9990000000001",
          "Route: <sip:198.51.100.7;lr>, <sip:198.51.100.9;lr>\r\n");
  ck_assert_uint_eq(peer_last_request(mock)->remote.ip[3], 9);
}
END_TEST

START_TEST(sessions_are_the_request_s_own) {
  char first[128];
  enter();
  rd_slice_copy(peer_last(mock)->session_id, first, sizeof first);
  answer(RD_CX_USER_UNKNOWN, true, NULL);
  enter(); /* another Call-ID */
  ck_assert(!rd_slice_is(peer_last(mock)->session_id, first));
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("i-cscf");
  TCase *t = tcase_create("cx");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, a_register_is_asked_about);
  tcase_add_test(t, who_leaves_is_asked_about_as_such);
  tcase_add_test(t, a_register_goes_to_the_server_that_is_named);
  tcase_add_test(t, with_none_named_one_is_chosen);
  tcase_add_test(t, a_call_gets_a_route_to_the_server);
  tcase_add_loop_test(t, a_refusal_is_told, 0, (int)G_N_ELEMENTS(refused));
  tcase_add_test(t, silence_is_told);
  tcase_add_test(t, what_has_a_route_follows_it);
  tcase_add_test(t, sessions_are_the_request_s_own);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
