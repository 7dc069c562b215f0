/* The S-CSCF with an HSS (TS 24.229 s5.4.1, TS 29.228 s6): vectors fetched, assignments told, and its word
 * obeyed. */
#include "lab/auth/aka.h"
#include "lab/auth/digest.h"
#include "lab/sip/scan.h"
#include "lab/subscribers/profile.h"
#include "tests/nodes/diameter.h"

extern const RdPlugin redoubt_plugin;

#define HSS_CONN 1
#define IMPI "001010000000001@" REALM
#define TEMPORARY "sip:" IMPI
#define TEL "tel:+9990000000001"
#define SIP_NUMBER "sip:+9990000000001@" REALM ";user=phone"

static MockWorld *world;
static MockHost *mock;
static void *config;
static unsigned n, cseq;
static const RdAkaKeys keys = {{1, 2, 3}, {4, 5, 6}};
static uint64_t sqn;
static double watchdog = 30; /* s */

static void begin(int auth) {
  world = mock_world_new(1);
  mock = mock_host_new(world, "s-cscf");
  config = mock_config(&redoubt_plugin);
  mock_attach(mock, RD_IF_MW, "core", "home", "198.51.100.2/24");
  mock_attach(mock, RD_IF_CX, "cx", "home", "203.0.113.2/24");
  mock_name(mock, 1, "hss", "203.0.113.9:5060");
  mock_name(mock, 0, "i-cscf", "198.51.100.7:5060");
  mock_population(mock, 1, 0, 1000 * RD_SECOND);
  mock_set_text(&redoubt_plugin, config, "hss", "hss");
  mock_set_text(&redoubt_plugin, config, "entry", "i-cscf");
  mock_set(&redoubt_plugin, config, "auth", auth);
  mock_set(&redoubt_plugin, config, "digest-algorithm", 0);
  mock_set(&redoubt_plugin, config, "diameter-watchdog", watchdog);
  ck_assert_ptr_nonnull(mock_open(mock, redoubt_plugin.actor, config));
  mock_start(mock);
  peer_accept(mock, 1, HSS_CONN);
  sqn = 0;
}

static void setup(void) {
  begin(0);
}

static void teardown(void) {
  mock_close(mock);
  mock_world_free(world);
  g_free(config);
}

static const RdSip *sip(void) {
  const MockSent *s = mock_last(mock);
  ck_assert_int_eq(s->protocol, RD_PROTO_SIP);
  return &s->scan->sip;
}

static void send_register(const char *authorization, unsigned expires) {
  char text[3000];
  snprintf(text, sizeof text,
           "REGISTER sip:" REALM " SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK%u\r\n"
           "Max-Forwards: 60\r\nFrom: <" TEMPORARY ">;tag=1\r\nTo: <" TEMPORARY ">\r\n"
           "Call-ID: c1\r\nCSeq: %u REGISTER\r\nContact: <sip:x@198.18.1.1>;expires=%u\r\n"
           "Path: <sip:198.51.100.1;lr>\r\n%sContent-Length: 0\r\n\r\n",
           ++n, ++cseq, expires, authorization);
  mock_receive_text(mock, 0, "198.51.100.7:5060", text);
}

static void finish_answer(RdDiaBuild *b) {
  peer_tell(mock, 1, RD_DATA, HSS_CONN, b->at, rd_dia_finish(b));
}

static void answer(uint32_t code, bool experimental) {
  uint8_t room[600];
  RdDiaBuild b = peer_answer(mock, room, sizeof room, code, experimental);
  finish_answer(&b);
}

static bool with_keys;

static void answer_vector(uint64_t with_sqn) {
  uint8_t room[1000], challenge[32];
  const uint8_t rand[16] = {9, (uint8_t)n, (uint8_t)cseq};
  RdAkaVector v;
  rd_aka_vector(&keys, rand, with_sqn, &v);
  memcpy(challenge, v.rand, 16);
  memcpy(challenge + 16, v.autn, 16);
  RdDiaBuild b = peer_answer(mock, room, sizeof room, RD_DIA_SUCCESS, false);
  rd_dia_open(&b, RD_AVP_SIP_AUTH_DATA_ITEM);
  rd_dia_add(&b, RD_AVP_SIP_AUTHENTICATE, rd_slice_of(challenge, 32));
  rd_dia_add(&b, RD_AVP_SIP_AUTHORIZATION, rd_slice_of(v.res, sizeof v.res));
  if (with_keys) {
    rd_dia_add(&b, RD_AVP_CONFIDENTIALITY_KEY, rd_slice_of(v.ck, sizeof v.ck));
    rd_dia_add(&b, RD_AVP_INTEGRITY_KEY, rd_slice_of(v.ik, sizeof v.ik));
  }
  rd_dia_close(&b);
  finish_answer(&b);
}

static void answer_profile(void) {
  uint8_t room[4000];
  char xml[RD_PROFILE_XML];
  RdProfile p = {.impi = IMPI,
                 .n_identities = 3,
                 .identities = {{TEMPORARY, true}, {SIP_NUMBER, false}, {TEL, false}}};
  const size_t len = rd_profile_write(&p, xml, sizeof xml);
  RdDiaBuild b = peer_answer(mock, room, sizeof room, RD_DIA_SUCCESS, false);
  rd_dia_add(&b, RD_AVP_CX_USER_DATA, rd_slice_of(xml, len));
  finish_answer(&b);
}

/* The Authorization line to the 401 sent last. */
static const char *proof(bool good) {
  static char line[1200];
  char value[1000], auts[RD_AKA_AUTS];
  uint8_t res[RD_AKA_RES];
  RdDigest d;
  ck_assert_uint_eq(sip()->status, 401);
  ck_assert(rd_digest_parse(rd_sip_value(sip(), RD_HDR_WWW_AUTHENTICATE), &d));
  const RdAkaResult r = rd_aka_answer(&keys, d.nonce, &sqn, res, auts);
  ck_assert(r == RD_AKA_OK || r == RD_AKA_SYNC_FAILURE);
  if (!good)
    res[0] ^= 1;
  const size_t len = rd_digest_answer(&d, rd_slice(IMPI),
                                      r == RD_AKA_OK ? rd_slice_of(res, sizeof res) : rd_slice(""),
                                      rd_slice("REGISTER"), rd_slice("sip:" REALM), rd_slice("c"),
                                      1, r == RD_AKA_OK ? NULL : auts, value, sizeof value);
  snprintf(line, sizeof line, "Authorization: %.*s\r\n", (int)len, value);
  return line;
}

static void registers(void) {
  send_register("", 600);
  answer_vector(sqn + 1);
  send_register(proof(true), 600);
  answer_profile();
  ck_assert_uint_eq(sip()->status, 200);
}

static bool challenge_has_keys(void) {
  const RdSlice value = rd_sip_value(sip(), RD_HDR_WWW_AUTHENTICATE);
  g_autofree char *text = g_strndup(value.at, value.len);
  return strstr(text, ", ik=\"") && strstr(text, ", ck=\"");
}

START_TEST(keys_of_the_hss_are_given_if_there_are_any) {
  mock_set(&redoubt_plugin, config, "give-keys", 1);
  with_keys = true;
  send_register("", 600);
  answer_vector(1);
  ck_assert(challenge_has_keys());
  with_keys = false;
  send_register("", 600);
  answer_vector(2);
  ck_assert(!challenge_has_keys());
}
END_TEST

START_TEST(a_vector_is_fetched_and_an_assignment_told) {
  uint32_t type;
  send_register("", 600);
  const RdDiameter *mar = peer_last(mock);
  ck_assert_uint_eq(mar->command, RD_DIA_MULTIMEDIA_AUTH);
  ck_assert(rd_slice_is(mar->user_name, IMPI));
  ck_assert(rd_slice_is(rd_dia_data(mar, RD_AVP_SERVER_NAME), "sip:198.51.100.2:5060"));
  answer_vector(1);
  ck_assert(memmem(sip()->head.at, sip()->head.len, "AKAv1-MD5", 9));
  send_register(proof(true), 600);
  const RdDiameter *sar = peer_last(mock);
  ck_assert_uint_eq(sar->command, RD_DIA_SERVER_ASSIGNMENT);
  ck_assert(rd_dia_number(sar, RD_AVP_SERVER_ASSIGNMENT_TYPE, &type));
  ck_assert_uint_eq(type, RD_CX_REGISTRATION);
  answer_profile();
  ck_assert_uint_eq(sip()->status, 200);
  ck_assert(
      rd_slice_is(rd_sip_value(sip(), RD_HDR_P_ASSOCIATED_URI), "<" SIP_NUMBER ">, <" TEL ">"));
  send_register("", 600); /* again: the profile is known */
  answer_vector(2);
  send_register(proof(true), 600);
  ck_assert(rd_dia_number(peer_last(mock), RD_AVP_SERVER_ASSIGNMENT_TYPE, &type));
  ck_assert_uint_eq(type, RD_CX_RE_REGISTRATION);
  answer(RD_DIA_SUCCESS, false);
  ck_assert(
      rd_slice_is(rd_sip_value(sip(), RD_HDR_P_ASSOCIATED_URI), "<" SIP_NUMBER ">, <" TEL ">"));
}
END_TEST

START_TEST(who_fails_to_prove_itself_is_refused_and_told_of) {
  uint32_t type;
  send_register("", 600);
  answer_vector(1);
  send_register(proof(false), 600);
  ck_assert_uint_eq(sip()->status, 403);
  ck_assert(rd_dia_number(peer_last(mock), RD_AVP_SERVER_ASSIGNMENT_TYPE, &type));
  ck_assert_uint_eq(type, RD_CX_AUTHENTICATION_FAILURE);
}
END_TEST

START_TEST(auts_is_passed_on) {
  sqn = 1000; /* of the phone */
  send_register("", 600);
  answer_vector(1);
  send_register(proof(true), 600);
  const RdDiameter *mar = peer_last(mock);
  ck_assert_uint_eq(mar->command, RD_DIA_MULTIMEDIA_AUTH);
  const RdSlice told =
      rd_dia_in(rd_dia_data(mar, RD_AVP_SIP_AUTH_DATA_ITEM), RD_AVP_SIP_AUTHORIZATION);
  uint64_t found;
  ck_assert_uint_eq(told.len, 30);
  ck_assert(
      rd_aka_resync_octets(&keys, (const uint8_t *)told.at, (const uint8_t *)told.at + 16, &found));
  ck_assert_uint_eq(found, 1000);
  answer_vector(1001);
  send_register(proof(true), 600);
  answer_profile();
  ck_assert_uint_eq(sip()->status, 200);
}
END_TEST

static const struct {
  bool experimental;
  uint32_t code;
  unsigned status;
} refused[] = {{true, RD_CX_USER_UNKNOWN, 403},
               {true, RD_CX_IDENTITIES_DONT_MATCH, 403},
               {false, RD_DIA_TOO_BUSY, 503},
               {false, RD_DIA_UNABLE_TO_COMPLY, 500},
               {false, RD_DIA_SUCCESS, 500}}; /* but without a vector */

START_TEST(a_refused_vector_is_a_refusal) {
  send_register("", 600);
  answer(refused[_i].code, refused[_i].experimental);
  ck_assert_uint_eq(sip()->status, refused[_i].status);
}
END_TEST

START_TEST(an_assignment_that_is_another_s_is_refused) {
  send_register("", 600);
  answer_vector(1);
  send_register(proof(true), 600);
  answer(RD_CX_IDENTITY_ALREADY_REGISTERED, true);
  ck_assert_uint_eq(sip()->status, 403);
  ck_assert_int_eq(mock_count(mock, "registrations"), 0);
}
END_TEST

START_TEST(silence_of_the_hss_is_told) {
  send_register("", 600);
  mock_run_until(world, mock_now(world) + 6 * RD_SECOND);
  ck_assert_uint_eq(sip()->status, 504);
}
END_TEST

START_TEST(who_leaves_is_told_of) {
  uint32_t type;
  registers();
  send_register("", 0);
  answer_vector(sqn + 1);
  send_register(proof(true), 0);
  ck_assert(rd_dia_number(peer_last(mock), RD_AVP_SERVER_ASSIGNMENT_TYPE, &type));
  ck_assert_uint_eq(type, RD_CX_USER_DEREGISTRATION);
  answer(RD_DIA_SUCCESS, false);
  ck_assert_uint_eq(sip()->status, 200);
  ck_assert_int_eq(mock_count(mock, "deregistrations"), 1);
}
END_TEST

START_TEST(what_runs_out_is_told_of) {
  uint32_t type;
  teardown();
  watchdog = 3600; /* or the silent peer of this test would be given up before */
  begin(0);
  registers();
  mock_run_until(world, mock_now(world) + 601 * RD_SECOND);
  bool told = false;
  for (unsigned i = 0; i < mock_n_sent(mock); i++) {
    static RdDiaScan scan;
    const MockSent *s = mock_sent(mock, i);
    told |= s->protocol == RD_PROTO_DIAMETER && rd_dia_scan(&scan, s->bytes, s->len) &&
            rd_dia_number(&scan.dia, RD_AVP_SERVER_ASSIGNMENT_TYPE, &type) &&
            type == RD_CX_TIMEOUT_DEREGISTRATION;
  }
  ck_assert(told);
  ck_assert_int_eq(mock_count(mock, "registrations-run-out"), 1);
}
END_TEST

static void invite(const char *uri, const char *head) {
  char text[2000];
  n++;
  snprintf(text, sizeof text,
           "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK%u\r\n"
           "Max-Forwards: 60\r\nFrom: <%s>;tag=1\r\nTo: <%s>\r\nCall-ID: i%u\r\n"
           "CSeq: 1 INVITE\r\n%sContent-Length: 0\r\n\r\n",
           uri, n, SIP_NUMBER, uri, n, head);
  mock_receive_text(mock, 0, "198.51.100.1:5060", text);
}
#define ORIG "Route: <sip:198.51.100.2:5060;lr;orig>\r\n"

START_TEST(a_call_goes_on_to_the_entry_and_comes_back) {
  registers();
  invite("tel:+9990000000002", ORIG);
  ck_assert_uint_eq(peer_last_request(mock)->remote.ip[3], 7);
  invite(TEL, "Route: <sip:198.51.100.2:5060;lr>\r\n");
  const RdSip *sent = &peer_last_request(mock)->scan->sip;
  ck_assert(rd_slice_is(sent->uri, "sip:x@198.18.1.1"));
  ck_assert(rd_slice_is(rd_sip_value(sent, RD_HDR_ROUTE), "<sip:198.51.100.1;lr>"));
}
END_TEST

START_TEST(who_is_not_registered_neither_calls_nor_is_called) {
  invite("tel:+9990000000002", ORIG);
  ck_assert_uint_eq(sip()->status, 403);
  invite(TEL, "Route: <sip:198.51.100.2:5060;lr>\r\n");
  ck_assert_uint_eq(sip()->status, 480);
}
END_TEST

START_TEST(the_hss_ends_a_registration) {
  uint8_t room[600];
  registers();
  RdDiaBuild b = peer_begin(room, sizeof room, "hss", RD_DIA_REGISTRATION_TERMINATION, "r");
  rd_dia_add_text(&b, RD_AVP_USER_NAME, IMPI);
  rd_dia_add_text(&b, RD_AVP_PUBLIC_IDENTITY, TEL);
  peer_tell(mock, 1, RD_DATA, HSS_CONN, room, rd_dia_finish(&b));
  ck_assert_uint_eq(peer_last(mock)->result, RD_DIA_SUCCESS);
  ck_assert(!peer_last(mock)->is_request);
  invite(TEL, "Route: <sip:198.51.100.2:5060;lr>\r\n");
  ck_assert_uint_eq(sip()->status, 480);
}
END_TEST

START_TEST(a_pushed_profile_is_the_one_that_counts) {
  uint8_t room[4000];
  char xml[RD_PROFILE_XML];
  RdProfile p = {.impi = IMPI, .n_identities = 1, .identities = {{"tel:+9990000000009", false}}};
  registers();
  const size_t len = rd_profile_write(&p, xml, sizeof xml);
  RdDiaBuild b = peer_begin(room, sizeof room, "hss", RD_DIA_PUSH_PROFILE, "p");
  rd_dia_add_text(&b, RD_AVP_USER_NAME, IMPI);
  rd_dia_add(&b, RD_AVP_CX_USER_DATA, rd_slice_of(xml, len));
  peer_tell(mock, 1, RD_DATA, HSS_CONN, room, rd_dia_finish(&b));
  ck_assert_uint_eq(peer_last(mock)->result, RD_DIA_SUCCESS);
  send_register("", 600);
  answer_vector(sqn + 1);
  send_register(proof(true), 600);
  answer(RD_DIA_SUCCESS, false); /* the profile is known */
  ck_assert(rd_slice_is(rd_sip_value(sip(), RD_HDR_P_ASSOCIATED_URI), "<tel:+9990000000009>"));
}
END_TEST

START_TEST(a_digest_is_checked_by_ha1) {
  char ha1[RD_DIGEST_HEX], value[1000], line[1200];
  uint8_t room[1000];
  RdDigest d;
  teardown();
  begin(1);
  send_register("", 600);
  rd_digest_ha1(rd_slice(IMPI), rd_slice(REALM), rd_slice("secret"), ha1);
  RdDiaBuild b = peer_answer(mock, room, sizeof room, RD_DIA_SUCCESS, false);
  rd_dia_open(&b, RD_AVP_SIP_AUTH_DATA_ITEM);
  rd_dia_open(&b, RD_AVP_SIP_DIGEST_AUTHENTICATE);
  rd_dia_add_text(&b, RD_AVP_DIGEST_HA1, ha1);
  rd_dia_close(&b);
  rd_dia_close(&b);
  finish_answer(&b);
  ck_assert(rd_digest_parse(rd_sip_value(sip(), RD_HDR_WWW_AUTHENTICATE), &d));
  const size_t len =
      rd_digest_answer(&d, rd_slice(IMPI), rd_slice(_i ? "wrong" : "secret"), rd_slice("REGISTER"),
                       rd_slice("sip:" REALM), rd_slice("c"), 1, NULL, value, sizeof value);
  snprintf(line, sizeof line, "Authorization: %.*s\r\n", (int)len, value);
  send_register(line, 600);
  if (_i)
    ck_assert_uint_eq(sip()->status, 403);
  else
    answer_profile();
  ck_assert_uint_eq(sip()->status, _i ? 403 : 200);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("s-cscf-cx");
  TCase *t = tcase_create("cx");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, keys_of_the_hss_are_given_if_there_are_any);
  tcase_add_test(t, a_vector_is_fetched_and_an_assignment_told);
  tcase_add_test(t, who_fails_to_prove_itself_is_refused_and_told_of);
  tcase_add_test(t, auts_is_passed_on);
  tcase_add_loop_test(t, a_refused_vector_is_a_refusal, 0, (int)G_N_ELEMENTS(refused));
  tcase_add_test(t, an_assignment_that_is_another_s_is_refused);
  tcase_add_test(t, silence_of_the_hss_is_told);
  tcase_add_test(t, who_leaves_is_told_of);
  tcase_add_test(t, what_runs_out_is_told_of);
  tcase_add_test(t, a_call_goes_on_to_the_entry_and_comes_back);
  tcase_add_test(t, who_is_not_registered_neither_calls_nor_is_called);
  tcase_add_test(t, the_hss_ends_a_registration);
  tcase_add_test(t, a_pushed_profile_is_the_one_that_counts);
  tcase_add_loop_test(t, a_digest_is_checked_by_ha1, 0, 2);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
