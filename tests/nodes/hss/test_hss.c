/* The HSS alone: what it answers over Cx (TS 29.228 s6), and whom it hears. */
#include "lab/auth/aka.h"
#include "lab/auth/digest.h"
#include "lab/sip/scan.h"
#include "lab/subscribers/profile.h"
#include "tests/nodes/diameter.h"

extern const RdPlugin redoubt_plugin;

#define SCSCF "sip:198.51.100.2:5060"
#define OTHER "sip:198.51.100.3:5060"

static MockWorld *world;
static MockHost *mock;
static void *config;
static RdProvision people;
static char impi[2][RD_IDENTITY_TEXT], impu[2][RD_IDENTITY_TEXT], temporary[2][RD_IDENTITY_TEXT];
static const char *const peers[] = {"s-cscf", "i-cscf", "other", NULL};

static void prepare(void) {
  world = mock_world_new(1);
  mock = mock_host_new(world, "hss");
  config = mock_config(&redoubt_plugin);
  mock_attach(mock, RD_IF_CX, "cx", "home", "203.0.113.3/24");
  mock_set(&redoubt_plugin, config, "count", 50);
  for (const RdParam *p = redoubt_plugin.params; p->key; p++)
    if (strcmp(p->key, "accept") == 0)
      memcpy((char *)config + p->offset, &(const char *const *){peers}, sizeof(void *));
  ck_assert(rd_provision_init(&people, "redoubt", 2, 50));
  for (unsigned i = 0; i < 2; i++) {
    rd_provision_impi(&people, i, impi[i]);
    rd_provision_impu(&people, i, impu[i]);
    rd_provision_temporary(&people, i, temporary[i]);
  }
}

static void setup(void) {
  prepare();
  ck_assert_ptr_nonnull(mock_open(mock, redoubt_plugin.actor, config));
  mock_start(mock);
  peer_connect(mock, 1, "s-cscf");
  peer_connect(mock, 2, "other");
}

static void teardown(void) {
  mock_close(mock);
  mock_world_free(world);
  g_free(config);
}

/* --- asking; NULL leaves an AVP out --- */

static const RdDiameter *send(RdConn conn, RdDiaBuild *b) {
  peer_tell(mock, 0, RD_DATA, conn, b->at, rd_dia_finish(b));
  return peer_last(mock);
}

static const RdDiameter *uar(const char *private, const char *public, uint32_t type) {
  uint8_t room[1000];
  RdDiaBuild b = peer_begin(room, sizeof room, "s-cscf", RD_DIA_USER_AUTHORIZATION, "u");
  if (private)
    rd_dia_add_text(&b, RD_AVP_USER_NAME, private);
  if (public)
    rd_dia_add_text(&b, RD_AVP_PUBLIC_IDENTITY, public);
  rd_dia_add_text(&b, RD_AVP_VISITED_NETWORK_IDENTIFIER, "visited.example");
  rd_dia_add_number(&b, RD_AVP_USER_AUTHORIZATION_TYPE, type);
  return send(1, &b);
}

static const RdDiameter *mar(const char *server, const char *session, const char *scheme,
                             RdSlice told) {
  uint8_t room[1000];
  RdDiaBuild b = peer_begin(room, sizeof room, "s-cscf", RD_DIA_MULTIMEDIA_AUTH, session);
  rd_dia_add_text(&b, RD_AVP_USER_NAME, impi[0]);
  rd_dia_add_text(&b, RD_AVP_PUBLIC_IDENTITY, temporary[0]);
  rd_dia_add_text(&b, RD_AVP_SERVER_NAME, server);
  rd_dia_open(&b, RD_AVP_SIP_AUTH_DATA_ITEM);
  rd_dia_add_text(&b, RD_AVP_SIP_AUTHENTICATION_SCHEME, scheme);
  if (told.at)
    rd_dia_add(&b, RD_AVP_SIP_AUTHORIZATION, told);
  rd_dia_close(&b);
  return send(1, &b);
}

static const RdDiameter *sar(RdConn conn, const char *node, const char *server, uint32_t type) {
  uint8_t room[1000];
  RdDiaBuild b = peer_begin(room, sizeof room, node, RD_DIA_SERVER_ASSIGNMENT, "a");
  rd_dia_add_text(&b, RD_AVP_USER_NAME, impi[0]);
  rd_dia_add_text(&b, RD_AVP_PUBLIC_IDENTITY, temporary[0]);
  rd_dia_add_text(&b, RD_AVP_SERVER_NAME, server);
  rd_dia_add_number(&b, RD_AVP_SERVER_ASSIGNMENT_TYPE, type);
  rd_dia_add_number(&b, RD_AVP_USER_DATA_ALREADY_AVAILABLE, 0);
  return send(conn, &b);
}

static const RdDiameter *lir(const char *public) {
  uint8_t room[1000];
  RdDiaBuild b = peer_begin(room, sizeof room, "s-cscf", RD_DIA_LOCATION_INFO, "l");
  rd_dia_add_text(&b, RD_AVP_PUBLIC_IDENTITY, public);
  return send(1, &b);
}

static void registers(void) {
  ck_assert_uint_eq(mar(SCSCF, "m", "Digest-AKAv1-MD5", (RdSlice){0})->result, RD_DIA_SUCCESS);
  ck_assert_uint_eq(sar(1, "s-cscf", SCSCF, RD_CX_REGISTRATION)->result, RD_DIA_SUCCESS);
}

/* --- UAR --- */

START_TEST(who_is_unknown_is_told_so) {
  ck_assert_uint_eq(uar(impi[0], "sip:nobody@" REALM, 0)->experimental_result, RD_CX_USER_UNKNOWN);
  ck_assert_uint_eq(uar("nobody@" REALM, temporary[0], 0)->experimental_result, RD_CX_USER_UNKNOWN);
  ck_assert_uint_eq(peer_last(mock)->experimental_vendor, RD_3GPP);
  ck_assert_uint_eq(uar(impi[1], temporary[0], 0)->experimental_result,
                    RD_CX_IDENTITIES_DONT_MATCH);
  ck_assert_uint_eq(uar(NULL, temporary[0], 0)->result, RD_DIA_MISSING_AVP);
  ck_assert_uint_eq(uar(impi[0], NULL, 0)->result, RD_DIA_MISSING_AVP);
}
END_TEST

START_TEST(a_first_registration_asks_for_a_server_and_a_later_one_has_it) {
  uint32_t n;
  const RdDiameter *a = uar(impi[0], temporary[0], 0);
  ck_assert_uint_eq(a->experimental_result, RD_CX_FIRST_REGISTRATION);
  ck_assert(rd_dia_number_in(rd_dia_data(a, RD_AVP_SERVER_CAPABILITIES),
                             RD_AVP_MANDATORY_CAPABILITY, &n));
  ck_assert_uint_eq(uar(impi[0], temporary[0], 1)->experimental_result,
                    RD_CX_IDENTITY_NOT_REGISTERED); /* to leave */
  registers();
  a = uar(impi[0], temporary[0], 0);
  ck_assert_uint_eq(a->experimental_result, RD_CX_SUBSEQUENT_REGISTRATION);
  ck_assert(rd_slice_is(rd_dia_data(a, RD_AVP_SERVER_NAME), SCSCF));
  ck_assert_uint_eq(uar(impi[0], temporary[0], 1)->result, RD_DIA_SUCCESS);
  ck_assert_uint_eq(uar(impi[1], temporary[1], 0)->experimental_result, RD_CX_FIRST_REGISTRATION);
}
END_TEST

/* --- MAR --- */

START_TEST(a_vector_is_what_the_usim_expects) {
  const RdDiameter *a = mar(SCSCF, "m1", "Digest-AKAv1-MD5", (RdSlice){0});
  ck_assert_uint_eq(a->result, RD_DIA_SUCCESS);
  const RdSlice item = rd_dia_data(a, RD_AVP_SIP_AUTH_DATA_ITEM);
  const RdSlice challenge = rd_dia_in(item, RD_AVP_SIP_AUTHENTICATE);
  const RdSlice xres = rd_dia_in(item, RD_AVP_SIP_AUTHORIZATION);
  RdAkaKeys keys;
  RdAkaVector v;
  char nonce[RD_AKA_NONCE], auts[RD_AKA_AUTS];
  uint8_t res[RD_AKA_RES];
  uint64_t sqn = 0;
  rd_provision_keys(&people, 0, keys.k, keys.opc);
  ck_assert_uint_eq(challenge.len, 32);
  memcpy(v.rand, challenge.at, 16);
  memcpy(v.autn, challenge.at + 16, 16);
  rd_aka_nonce(&v, nonce);
  ck_assert_int_eq(rd_aka_answer(&keys, rd_slice(nonce), &sqn, res, auts), RD_AKA_OK);
  ck_assert_uint_eq(xres.len, sizeof res);
  ck_assert_mem_eq(xres.at, res, sizeof res);
  rd_aka_vector(&keys, v.rand, sqn, &v);
  ck_assert_mem_eq(rd_dia_in(item, RD_AVP_CONFIDENTIALITY_KEY).at, v.ck, 16);
  ck_assert_mem_eq(rd_dia_in(item, RD_AVP_INTEGRITY_KEY).at, v.ik, 16);
}
END_TEST

/* What the USIM answers to a vector of a SQN that it is past. */
static RdSlice stale(uint64_t highest, uint8_t ret[30]) {
  const RdDiameter *a = mar(SCSCF, "m1", "Digest-AKAv1-MD5", (RdSlice){0});
  const RdSlice challenge =
      rd_dia_in(rd_dia_data(a, RD_AVP_SIP_AUTH_DATA_ITEM), RD_AVP_SIP_AUTHENTICATE);
  RdAkaKeys keys;
  RdAkaVector v;
  char nonce[RD_AKA_NONCE], auts[RD_AKA_AUTS];
  uint8_t res[RD_AKA_RES];
  rd_provision_keys(&people, 0, keys.k, keys.opc);
  memcpy(v.rand, challenge.at, 16);
  memcpy(v.autn, challenge.at + 16, 16);
  rd_aka_nonce(&v, nonce);
  ck_assert_int_eq(rd_aka_answer(&keys, rd_slice(nonce), &highest, res, auts), RD_AKA_SYNC_FAILURE);
  memcpy(ret, v.rand, 16);
  ck_assert(rd_aka_auts(rd_slice(auts), ret + 16));
  return rd_slice_of(ret, 30);
}

static uint64_t sqn_of(const RdDiameter *a) {
  const RdSlice challenge =
      rd_dia_in(rd_dia_data(a, RD_AVP_SIP_AUTH_DATA_ITEM), RD_AVP_SIP_AUTHENTICATE);
  RdAkaKeys keys;
  RdAkaVector v;
  char nonce[RD_AKA_NONCE], auts[RD_AKA_AUTS];
  uint8_t res[RD_AKA_RES];
  uint64_t sqn = 0;
  rd_provision_keys(&people, 0, keys.k, keys.opc);
  memcpy(v.rand, challenge.at, 16);
  memcpy(v.autn, challenge.at + 16, 16);
  rd_aka_nonce(&v, nonce);
  ck_assert_int_eq(rd_aka_answer(&keys, rd_slice(nonce), &sqn, res, auts), RD_AKA_OK);
  return sqn;
}

START_TEST(a_usim_that_is_ahead_is_followed) {
  uint8_t room[30];
  const RdSlice told = stale(5000, room);
  ck_assert_uint_eq(sqn_of(mar(SCSCF, "m2", "Digest-AKAv1-MD5", told)), 5001);
  ck_assert_int_eq(mock_count(mock, "resynchronisations"), 1);
}
END_TEST

START_TEST(a_false_auts_is_refused_and_moves_nothing) {
  uint8_t room[30];
  const RdSlice told = stale(5000, room);
  room[20] ^= 1;
  ck_assert_uint_eq(mar(SCSCF, "m2", "Digest-AKAv1-MD5", told)->result, RD_DIA_UNABLE_TO_COMPLY);
  ck_assert_int_eq(mock_count(mock, "resynchronisations-refused"), 1);
  ck_assert_uint_eq(sqn_of(mar(SCSCF, "m3", "Digest-AKAv1-MD5", (RdSlice){0})), 2);
}
END_TEST

START_TEST(a_challenge_depends_on_its_session_alone) {
  uint8_t first[32];
  const RdDiameter *a = mar(SCSCF, "mine", "Digest-AKAv1-MD5", (RdSlice){0});
  memcpy(first, rd_dia_in(rd_dia_data(a, RD_AVP_SIP_AUTH_DATA_ITEM), RD_AVP_SIP_AUTHENTICATE).at,
         32);
  mar(SCSCF, "another's", "Digest-AKAv1-MD5", (RdSlice){0});
  a = mar(SCSCF, "mine", "Digest-AKAv1-MD5", (RdSlice){0});
  ck_assert_mem_eq(rd_dia_in(rd_dia_data(a, RD_AVP_SIP_AUTH_DATA_ITEM), RD_AVP_SIP_AUTHENTICATE).at,
                   first, 16);
}
END_TEST

START_TEST(a_digest_is_handed_out_as_ha1) {
  const RdDiameter *a = mar(SCSCF, "m", "SIP Digest", (RdSlice){0});
  const RdSlice item = rd_dia_data(a, RD_AVP_SIP_AUTH_DATA_ITEM);
  const RdSlice digest = rd_dia_in(item, RD_AVP_SIP_DIGEST_AUTHENTICATE);
  char password[33], ha1[RD_DIGEST_HEX];
  uint8_t k[16], opc[16];
  rd_provision_keys(&people, 0, k, opc);
  for (int i = 0; i < 16; i++)
    snprintf(password + 2 * i, 3, "%02x", k[i]);
  rd_digest_ha1(rd_slice(impi[0]), rd_slice(REALM), rd_slice(password), ha1);
  ck_assert(rd_slice_is(rd_dia_in(digest, RD_AVP_DIGEST_HA1), ha1));
  ck_assert_uint_eq(mar(SCSCF, "m", "Unknown", (RdSlice){0})->experimental_result,
                    RD_CX_AUTH_SCHEME_NOT_SUPPORTED);
}
END_TEST

/* --- SAR and LIR --- */

START_TEST(an_assignment_brings_the_profile) {
  RdProfile p;
  registers();
  ck_assert(rd_profile_read(rd_dia_data(peer_last(mock), RD_AVP_CX_USER_DATA), &p));
  ck_assert_str_eq(p.impi, impi[0]);
  ck_assert_uint_eq(p.n_identities, 3);
  ck_assert_str_eq(p.identities[0].uri, temporary[0]);
  ck_assert(p.identities[0].barred);
  ck_assert_str_eq(p.identities[1].uri, impu[0]);
  ck_assert(!p.identities[1].barred);
}
END_TEST

START_TEST(an_application_server_is_named_in_the_profile) {
  RdProfile p;
  RdSipScan call, other;
  static const char invite[] = "INVITE sip:x SIP/2.0\r\n\r\n",
                    message[] = "MESSAGE x SIP/2.0\r\n\r\n";
  mock_set_text(&redoubt_plugin, config, "application-server", "sip:tas");
  mock_set(&redoubt_plugin, config, "default-handling", 1);
  registers();
  ck_assert(rd_profile_read(rd_dia_data(peer_last(mock), RD_AVP_CX_USER_DATA), &p));
  ck_assert_uint_eq(p.n_criteria, 1);
  ck_assert_str_eq(p.criteria[0].server, "sip:tas");
  ck_assert(p.criteria[0].ends_session);
  rd_sip_scan(&call, invite, sizeof invite - 1, RD_SIP_DATAGRAM);
  rd_sip_scan(&other, message, sizeof message - 1, RD_SIP_DATAGRAM);
  for (RdSessionCase c = 0; c <= RD_CASE_ORIGINATING_CDIV; c++) {
    ck_assert_int_eq(rd_criteria_match(&p.criteria[0], &call.sip, c, 0),
                     c == RD_CASE_ORIGINATING || c == RD_CASE_TERMINATING_REGISTERED);
    ck_assert(!rd_criteria_match(&p.criteria[0], &other.sip, c, 0));
  }
}
END_TEST

START_TEST(another_server_cannot_take_a_subscriber_over) {
  registers();
  const RdDiameter *a = sar(2, "other", OTHER, RD_CX_REGISTRATION);
  ck_assert_uint_eq(a->experimental_result, RD_CX_IDENTITY_ALREADY_REGISTERED);
  ck_assert(rd_slice_is(rd_dia_data(a, RD_AVP_SERVER_NAME), SCSCF));
  ck_assert_uint_eq(sar(2, "other", OTHER, RD_CX_USER_DEREGISTRATION)->result,
                    RD_DIA_UNABLE_TO_COMPLY);
  ck_assert(rd_slice_is(rd_dia_data(lir(impu[0]), RD_AVP_SERVER_NAME), SCSCF));
}
END_TEST

START_TEST(unless_the_hss_is_told_not_to_care) {
  mock_close(mock);
  mock_set(&redoubt_plugin, config, "pin-server", 0);
  ck_assert_ptr_nonnull(mock_open(mock, redoubt_plugin.actor, config));
  peer_connect(mock, 1, "s-cscf");
  peer_connect(mock, 2, "other");
  registers();
  ck_assert_uint_eq(sar(2, "other", OTHER, RD_CX_REGISTRATION)->result, RD_DIA_SUCCESS);
  ck_assert(rd_slice_is(rd_dia_data(lir(impu[0]), RD_AVP_SERVER_NAME), OTHER));
}
END_TEST

START_TEST(who_is_called_is_where_it_registered) {
  char tel[RD_IDENTITY_TEXT];
  rd_provision_tel(&people, 0, tel);
  ck_assert_uint_eq(lir(tel)->experimental_result, RD_CX_IDENTITY_NOT_REGISTERED);
  ck_assert_uint_eq(lir("tel:+15550100")->experimental_result, RD_CX_USER_UNKNOWN);
  registers();
  ck_assert(rd_slice_is(rd_dia_data(lir(tel), RD_AVP_SERVER_NAME), SCSCF));
  ck_assert_uint_eq(sar(1, "s-cscf", SCSCF, RD_CX_USER_DEREGISTRATION)->result, RD_DIA_SUCCESS);
  ck_assert_uint_eq(lir(tel)->experimental_result, RD_CX_IDENTITY_NOT_REGISTERED);
}
END_TEST

START_TEST(a_failed_proof_leaves_a_registration_alone) {
  registers();
  ck_assert_uint_eq(sar(1, "s-cscf", SCSCF, RD_CX_AUTHENTICATION_FAILURE)->result, RD_DIA_SUCCESS);
  ck_assert_uint_eq(lir(impu[0])->result, RD_DIA_SUCCESS);
}
END_TEST

START_TEST(an_attempt_that_failed_leaves_nothing) {
  mar(SCSCF, "m", "Digest-AKAv1-MD5", (RdSlice){0});
  sar(1, "s-cscf", SCSCF, RD_CX_AUTHENTICATION_TIMEOUT);
  ck_assert_uint_eq(uar(impi[0], temporary[0], 0)->experimental_result, RD_CX_FIRST_REGISTRATION);
}
END_TEST

START_TEST(assignments_that_make_no_sense) {
  ck_assert_uint_eq(sar(1, "s-cscf", SCSCF, 99)->experimental_result, RD_CX_IN_ASSIGNMENT_TYPE);
  ck_assert_uint_eq(sar(1, "s-cscf", "", RD_CX_REGISTRATION)->result, RD_DIA_UNABLE_TO_COMPLY);
}
END_TEST

/* --- its own word --- */

START_TEST(a_registration_is_ended_at_its_server) {
  char reply[RD_REPLY] = "";
  struct {
    int64_t subscriber;
    int reason;
  } arguments = {0, RD_CX_REMOVE_SERVER};
  ck_assert(!redoubt_plugin.actor->act(mock_self(mock), 0, &arguments, reply));
  registers();
  ck_assert(redoubt_plugin.actor->act(mock_self(mock), 0, &arguments, reply));
  const RdDiameter *rtr = peer_last(mock);
  ck_assert(rtr->is_request);
  ck_assert_uint_eq(rtr->command, RD_DIA_REGISTRATION_TERMINATION);
  ck_assert(rd_slice_is(rtr->destination_host, "s-cscf." REALM));
  ck_assert(rd_slice_is(rtr->user_name, impi[0]));
  uint8_t room[600];
  RdDiaBuild b = peer_answer(mock, room, sizeof room, RD_DIA_SUCCESS, false);
  peer_tell(mock, 0, RD_DATA, 1, room, rd_dia_finish(&b));
  ck_assert_int_eq(mock_count(mock, "registrations-terminated"), 1);
  ck_assert_uint_eq(lir(impu[0])->experimental_result, RD_CX_IDENTITY_NOT_REGISTERED);
}
END_TEST

START_TEST(who_is_not_welcome_is_not_heard) {
  uint8_t bytes[600];
  peer_tell(mock, 0, RD_OPENED, 5, "", 0);
  RdDiaBuild b = rd_dia_build(bytes, sizeof bytes, RD_DIA_REQUEST, RD_DIA_CAPABILITIES_EXCHANGE,
                              RD_DIA_COMMON, 1, 1);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_HOST, "mallory." REALM);
  rd_dia_add_text(&b, RD_AVP_ORIGIN_REALM, REALM);
  rd_dia_add_application(&b, RD_DIA_CX);
  peer_tell(mock, 0, RD_DATA, 5, bytes, rd_dia_finish(&b));
  ck_assert_uint_eq(peer_last(mock)->result, RD_DIA_UNKNOWN_PEER);
  ck_assert_uint_eq(mock_closed(mock), 5);
}
END_TEST

static Suite *make(void) {
  Suite *s = suite_create("hss");
  TCase *t = tcase_create("cx");
  tcase_add_checked_fixture(t, setup, teardown);
  tcase_add_test(t, who_is_unknown_is_told_so);
  tcase_add_test(t, a_first_registration_asks_for_a_server_and_a_later_one_has_it);
  tcase_add_test(t, a_vector_is_what_the_usim_expects);
  tcase_add_test(t, a_usim_that_is_ahead_is_followed);
  tcase_add_test(t, a_false_auts_is_refused_and_moves_nothing);
  tcase_add_test(t, a_challenge_depends_on_its_session_alone);
  tcase_add_test(t, a_digest_is_handed_out_as_ha1);
  tcase_add_test(t, an_assignment_brings_the_profile);
  tcase_add_test(t, an_application_server_is_named_in_the_profile);
  tcase_add_test(t, another_server_cannot_take_a_subscriber_over);
  tcase_add_test(t, unless_the_hss_is_told_not_to_care);
  tcase_add_test(t, who_is_called_is_where_it_registered);
  tcase_add_test(t, a_failed_proof_leaves_a_registration_alone);
  tcase_add_test(t, an_attempt_that_failed_leaves_nothing);
  tcase_add_test(t, assignments_that_make_no_sense);
  tcase_add_test(t, a_registration_is_ended_at_its_server);
  tcase_add_test(t, who_is_not_welcome_is_not_heard);
  suite_add_tcase(s, t);
  return s;
}

int main(void) {
  return rd_check_main(make);
}
