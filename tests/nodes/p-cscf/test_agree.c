/* Sec-agree at Gm: what is agreed on, who may speak at which port, and what the weak ways let through. */
#include <stdio.h>

#include "lab/auth/digest.h"
#include "lab/base/slice.h"
#include "lab/sip/security.h"
#include "nodes/p-cscf/security.h"
#include "tests/machine.h"
#include "tests/mock/host.h"

extern const RdPlugin redoubt_plugin;

#define HOME "ims.example"
#define CORE "198.51.100.2:5060"
#define PHONE "198.18.1.0"
#define PORTS(c, s, pc, ps) ";spi-c=" #c ";spi-s=" #s ";port-c=" #pc ";port-s=" #ps
#define OFFER                                                                                      \
  "Require: sec-agree\r\nProxy-Require: sec-agree\r\n"                                             \
  "Security-Client: ipsec-3gpp;alg=hmac-md5-96;ealg=null" PORTS(                                   \
      5000, 5001, 7000,                                                                            \
      7001) ", ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc" PORTS(5000, 5001, 7000, 7001) "\r\n"
#define AGAIN                                                                                      \
  "Security-Client: ipsec-3gpp;alg=hmac-sha-1-96;ealg=aes-cbc" PORTS(6000, 6001, 8000, 8001) "\r"  \
                                                                                             "\n"
#define KEY "00112233445566778899aabbccddeeff"
#define CHALLENGE                                                                                  \
  "WWW-Authenticate: Digest realm=\"" HOME "\", nonce=\"abc\", algorithm=AKAv1-MD5, "              \
  "qop=\"auth\", ik=\"" KEY "\", ck=\"" KEY "\"\r\n"
#define BOUND                                                                                      \
  "Contact: <sip:a@198.18.1.0:7001>;expires=600\r\nP-Associated-URI: <sip:+9991@" HOME ">\r\n"

static MockWorld *world;
static MockHost *mock;
static void *config;
static unsigned serial;
static char verify[800]; /* the Security-Verify line for what was told last */

static void setup(void) {
  world = mock_world_new(3);
  mock = mock_host_new(world, "p-cscf");
  config = mock_config(&redoubt_plugin);
  mock_attach(mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  mock_attach(mock, RD_IF_MW, "core", "home", "198.51.100.1/24");
  mock_name(mock, 1, "s-cscf", CORE);
  mock_set_text(&redoubt_plugin, config, "next-hop", "s-cscf");
  mock_set(&redoubt_plugin, config, "sec-agree", 1);
  verify[0] = 0;
}

static void open_it(void) {
  ck_assert_ptr_nonnull(mock_open(mock, redoubt_plugin.actor, config));
  mock_start(mock);
  ck_assert_uint_eq(mock_n_logs(mock, RD_LOG_ERROR), 0);
}

static void open_weak(const char *key, bool value) {
  mock_set(&redoubt_plugin, config, key, value);
  open_it();
}

static void teardown(void) {
  mock_close(mock);
  mock_world_free(world);
  g_free(config);
}

/* From a port of the phone to one of the P-CSCF's. */
static void ask(const char *method, const char *uri, const char *user, unsigned from, unsigned to,
                const char *head) {
  g_autofree char *remote = g_strdup_printf(PHONE ":%u", from);
  g_autofree char *text = g_strdup_printf(
      "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP " PHONE ":%u;branch=z9hG4bKp%u\r\nMax-Forwards: 70\r\n"
      "From: <sip:a@" HOME ">;tag=1\r\nTo: <sip:a@" HOME ">\r\nCall-ID: c%u\r\n"
      "CSeq: %u %s\r\nContact: <sip:a@198.18.1.0:7001>\r\n"
      "Authorization: Digest username=\"%s\", realm=\"" HOME "\", nonce=\"\", uri=\"sip:" HOME
      "\", response=\"\", integrity-protected=\"yes\"\r\n%sContent-Length: 0\r\n\r\n",
      method, uri, from, serial, serial, serial + 1, method, user, head);
  serial++;
  mock_forget_sent(mock);
  RdMessage m = *mock_message(mock, 0, RD_INGRESS, remote, text, strlen(text));
  m.local.port = (uint16_t)to;
  mock_deliver(mock, &m);
}

static const MockSent *forwarded(void) {
  for (unsigned i = 0; i < mock_n_sent(mock); i++)
    if (mock_sent(mock, i)->attachment == 1)
      return mock_sent(mock, i);
  return NULL;
}

/* The status that the phone was told; 0: none. */
static unsigned told(void) {
  const MockSent *last = mock_last(mock);
  return last && last->attachment == 0 ? last->scan->sip.status : 0;
}

static void core_says(unsigned status, const char *head) {
  const RdSip *sip = &forwarded()->scan->sip;
  GString *text = g_string_new(NULL);
  g_string_printf(text, "SIP/2.0 %u X\r\n", status);
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_VIA); h; h = rd_sip_next(sip, h))
    g_string_append_printf(text, "Via: %.*s\r\n", (int)h->value.len, h->value.at);
  g_string_append_printf(text,
                         "From: <sip:a@" HOME ">;tag=1\r\nTo: <sip:a@" HOME ">;tag=2\r\n"
                         "Call-ID: %.*s\r\nCSeq: %u %.*s\r\n%sContent-Length: 0\r\n\r\n",
                         (int)sip->call_id.len, sip->call_id.at, sip->cseq,
                         (int)sip->method_text.len, sip->method_text.at, head);
  mock_receive_text(mock, 1, CORE, text->str);
  g_string_free(text, TRUE);
}

static void remember(void) {
  const RdSlice list = rd_sip_value(&mock_last(mock)->scan->sip, RD_HDR_SECURITY_SERVER);
  ck_assert_ptr_nonnull(list.at);
  snprintf(verify, sizeof verify, "Security-Verify: %.*s\r\n", (int)list.len, list.at);
}

static void begin(void) {
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 5060, 5060, OFFER);
  ck_assert_ptr_nonnull(forwarded());
  core_says(401, CHALLENGE);
  ck_assert_uint_eq(told(), 401);
  remember();
}

static void registers(void) {
  begin();
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 7000, 5063, verify);
  ck_assert_ptr_nonnull(forwarded());
  core_says(200, BOUND);
  ck_assert_uint_eq(told(), 200);
}

static void invite(unsigned from, unsigned to) {
  ask("INVITE", "sip:b@" HOME, "impi@" HOME, from, to, verify);
}

START_TEST(the_machine_is_sound_and_drawn) {
  machine_is_sound(&p_cscf_security);
  machine_is_drawn(&p_cscf_security, README);
}
END_TEST

START_TEST(the_keys_stay_and_the_own_order_decides) {
  RdSecurity list[RD_SECURITY_MOST];
  open_it();
  begin();
  const MockSent *sent = mock_last(mock);
  ck_assert_ptr_null(strstr((const char *)sent->bytes, KEY));
  ck_assert_ptr_nonnull(strstr((const char *)sent->bytes, "nonce=\"abc\""));
  ck_assert_uint_eq(rd_security_read(&sent->scan->sip, RD_HDR_SECURITY_SERVER, list, 8), 2);
  ck_assert_int_eq(list[0].cipher, RD_CIPHER_AES_CBC); /* the phone put null first */
  ck_assert_uint_eq(list[0].port_c, 5062);
  ck_assert_uint_eq(list[0].port_s, 5063);
  ck_assert_int_eq(mock_count(mock, "security-associations"), 1);
}
END_TEST

START_TEST(what_is_agreed_on_does_not_go_on) {
  open_it();
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 5060, 5060, OFFER);
  const char *bytes = (const char *)forwarded()->bytes;
  ck_assert_ptr_null(strstr(bytes, "Security-"));
  ck_assert_ptr_null(strstr(bytes, "sec-agree"));
  ck_assert_ptr_nonnull(strstr(bytes, "integrity-protected=\"no\"")); /* the phone said yes */
  ck_assert_ptr_null(strstr(bytes, "integrity-protected=\"yes\""));
  core_says(401, CHALLENGE);
  remember();
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 7000, 5063, verify);
  bytes = (const char *)forwarded()->bytes;
  ck_assert_ptr_null(strstr(bytes, "Security-"));
  ck_assert_ptr_nonnull(strstr(bytes, "integrity-protected=\"yes\""));
}
END_TEST

START_TEST(a_registered_phone_speaks_by_its_association_alone) {
  open_it();
  registers();
  invite(7000, 5063);
  ck_assert_ptr_nonnull(forwarded());
  const char *bytes = (const char *)forwarded()->bytes;
  ck_assert_ptr_nonnull(strstr(bytes, "P-Asserted-Identity: <sip:+9991@" HOME ">"));
  ck_assert_ptr_nonnull(strstr(bytes, "<sip:198.18.0.1:5063;lr>")); /* Record-Route */
  invite(5060, 5060);
  ck_assert_ptr_null(forwarded());
  ck_assert_uint_eq(told(), 403);
  ck_assert_ptr_nonnull(strstr((const char *)mock_last(mock)->bytes, "not by a security"));
  invite(7002, 5063); /* another port of the phone */
  ck_assert_uint_eq(told(), 403);
  ck_assert_ptr_null(forwarded());
  ck_assert_uint_gt(mock_spent(mock, "esp"), 0);
}
END_TEST

START_TEST(a_call_to_the_phone_goes_by_the_protected_ports) {
  open_it();
  registers();
  mock_forget_sent(mock);
  mock_receive_text(mock, 1, CORE,
                    "INVITE sip:a@198.18.1.0:7001 SIP/2.0\r\nVia: SIP/2.0/UDP "
                    "198.51.100.2;branch=z9hG4bKin\r\nMax-Forwards: 70\r\nFrom: "
                    "<sip:b@ims.example>;tag=9\r\nTo: <sip:a@ims.example>\r\nCall-ID: in\r\n"
                    "CSeq: 1 INVITE\r\nContact: <sip:b@198.18.9.9>\r\nContent-Length: 0\r\n\r\n");
  const MockSent *sent = mock_sent(mock, 0);
  ck_assert_uint_eq(sent->attachment, 0);
  ck_assert_uint_eq(sent->local.port, 5062);
  ck_assert_uint_eq(sent->remote.port, 7001);
  ck_assert_ptr_nonnull(strstr((const char *)sent->bytes, "Via: SIP/2.0/UDP 198.18.0.1:5063"));
}
END_TEST

START_TEST(an_association_that_waits_carries_register_alone) {
  open_it();
  begin();
  invite(7000, 5063);
  ck_assert_uint_eq(told(), 403);
  mock_run_until(world, mock_now(world) + 241 * RD_SECOND);
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 7000, 5063, verify);
  ck_assert_uint_eq(told(), 403);
  ck_assert_ptr_null(forwarded());
}
END_TEST

START_TEST(a_list_that_was_changed_on_the_way_ends_it) {
  open_it();
  begin();
  char *digit = strstr(verify, "q=0.9");
  ck_assert_ptr_nonnull(digit);
  digit[4] = '1';
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 7000, 5063, verify);
  ck_assert_uint_eq(told(), 494);
  ck_assert_ptr_null(forwarded());
  digit[4] = '9'; /* too late */
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 7000, 5063, verify);
  ck_assert_uint_eq(told(), 403);
  ck_assert_int_eq(mock_count(mock, "security-associations-ended"), 1);
}
END_TEST

START_TEST(a_new_agreement_replaces_the_old_one) {
  open_it();
  registers();
  char head[1200];
  snprintf(head, sizeof head, "%s" AGAIN, verify);
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 7000, 5063, head);
  core_says(401, CHALLENGE);
  invite(7000, 5063); /* the old one is good until the new one is proved */
  ck_assert_ptr_nonnull(forwarded());
  core_says(486, "");
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 7000, 5063, head);
  core_says(401, CHALLENGE);
  remember();
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 8000, 5063, verify);
  core_says(200, BOUND);
  invite(8000, 5063);
  ck_assert_ptr_nonnull(forwarded());
  invite(7000, 5063);
  ck_assert_ptr_null(forwarded());
}
END_TEST

START_TEST(it_ends_with_the_registration) {
  open_it();
  registers();
  mock_run_until(world, mock_now(world) + 601 * RD_SECOND);
  invite(7000, 5063);
  ck_assert_uint_eq(told(), 403);
  ck_assert_int_eq(mock_count(mock, "security-associations-ended"), 1);
}
END_TEST

START_TEST(another_identity_is_refused) {
  open_it();
  begin();
  ask("REGISTER", "sip:" HOME, "other@" HOME, 7000, 5063, verify);
  ck_assert_uint_eq(told(), 403);
  ck_assert_ptr_null(forwarded());
  ck_assert_int_eq(mock_count(mock, "other-identity-refused"), 1);
}
END_TEST

START_TEST(without_an_offer_nothing_is_forwarded) {
  open_it();
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 5060, 5060, "");
  ck_assert_uint_eq(told(), 421);
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 5060, 5060,
      "Security-Client: ipsec-3gpp;alg=hmac-sha-1-96;ealg=null" PORTS(5000, 5001, 7000,
                                                                      7001) "\r\n");
  ck_assert_uint_eq(told(), 494);
  ck_assert_ptr_null(forwarded());
}
END_TEST

START_TEST(a_challenge_without_keys_makes_no_association) {
  open_it();
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 5060, 5060, OFFER);
  core_says(401, "WWW-Authenticate: Digest realm=\"" HOME "\", nonce=\"abc\"\r\n");
  ck_assert_uint_eq(told(), 401);
  ck_assert_ptr_null(rd_sip_first(&mock_last(mock)->scan->sip, RD_HDR_SECURITY_SERVER));
  ck_assert_int_eq(mock_count(mock, "challenges-without-keys"), 1);
}
END_TEST

START_TEST(an_emergency_call_needs_none) {
  open_it();
  ask("INVITE", "urn:service:sos.fire", "x", 5060, 5060,
      "P-Preferred-Identity: <sip:boss@" HOME ">\r\n");
  ck_assert_ptr_nonnull(forwarded());
  ck_assert_ptr_null(strstr((const char *)forwarded()->bytes, "boss"));
  ask("INVITE", "urn:service:sosa", "x", 5060, 5060, "");
  ck_assert_ptr_null(forwarded());
  ask("MESSAGE", "urn:service:sos", "x", 5060, 5060, "");
  ck_assert_ptr_null(forwarded());
}
END_TEST

/* --- the weak ways --- */

START_TEST(weak_null_cipher) {
  open_weak("null-cipher", true);
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 5060, 5060,
      "Security-Client: ipsec-3gpp;alg=hmac-sha-1-96;ealg=null" PORTS(5000, 5001, 7000,
                                                                      7001) "\r\n");
  ck_assert_ptr_nonnull(forwarded());
}
END_TEST

START_TEST(weak_identity) {
  open_weak("bind-impi", false);
  begin();
  ask("REGISTER", "sip:" HOME, "other@" HOME, 7000, 5063, verify);
  ck_assert_ptr_nonnull(strstr((const char *)forwarded()->bytes, "integrity-protected=\"yes\""));
}
END_TEST

START_TEST(weak_verify) {
  open_weak("check-verify", false);
  begin();
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 7000, 5063, "");
  ck_assert_ptr_nonnull(forwarded());
  core_says(200, BOUND);
  ask("INVITE", "sip:b@" HOME, "impi@" HOME, 7000, 5063, "");
  ck_assert_ptr_nonnull(forwarded());
}
END_TEST

START_TEST(weak_port) {
  open_weak("accept-unprotected", true);
  registers();
  invite(5060, 5060);
  ck_assert_ptr_nonnull(forwarded());
}
END_TEST

START_TEST(weak_integrity) {
  open_weak("believe-integrity", true);
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 5060, 5060, OFFER);
  ck_assert_ptr_nonnull(strstr((const char *)forwarded()->bytes, "integrity-protected=\"yes\""));
}
END_TEST

START_TEST(without_sec_agree_nothing_changes) {
  mock_set(&redoubt_plugin, config, "sec-agree", 0);
  open_it();
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 5060, 5060, OFFER);
  ck_assert_uint_eq(told(), 420);
  ask("REGISTER", "sip:" HOME, "impi@" HOME, 5060, 5060, "Security-Client: x;y=1\r\n");
  const char *bytes = (const char *)forwarded()->bytes;
  ck_assert_ptr_nonnull(strstr(bytes, "Security-Client: x;y=1\r\n"));
  ck_assert_ptr_nonnull(strstr(bytes, "integrity-protected=\"yes\""));
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("sec-agree");
  TCase *c = tcase_create("agree");
  suite_add_tcase(s, c);
  tcase_add_test(c, the_machine_is_sound_and_drawn);
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, the_keys_stay_and_the_own_order_decides);
  tcase_add_test(c, what_is_agreed_on_does_not_go_on);
  tcase_add_test(c, a_registered_phone_speaks_by_its_association_alone);
  tcase_add_test(c, a_call_to_the_phone_goes_by_the_protected_ports);
  tcase_add_test(c, an_association_that_waits_carries_register_alone);
  tcase_add_test(c, a_list_that_was_changed_on_the_way_ends_it);
  tcase_add_test(c, a_new_agreement_replaces_the_old_one);
  tcase_add_test(c, it_ends_with_the_registration);
  tcase_add_test(c, another_identity_is_refused);
  tcase_add_test(c, without_an_offer_nothing_is_forwarded);
  tcase_add_test(c, a_challenge_without_keys_makes_no_association);
  tcase_add_test(c, an_emergency_call_needs_none);
  tcase_add_test(c, weak_null_cipher);
  tcase_add_test(c, weak_identity);
  tcase_add_test(c, weak_verify);
  tcase_add_test(c, weak_port);
  tcase_add_test(c, weak_integrity);
  tcase_add_test(c, without_sec_agree_nothing_changes);
  return s;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--draw") == 0)
    return machine_draw_anew(&p_cscf_security, README) ? EXIT_SUCCESS : EXIT_FAILURE;
  return rd_check_main(suite);
}
