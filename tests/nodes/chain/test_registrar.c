/* The S-CSCF alone: REGISTER in all its ways, and where calls go. */
#include <stdio.h>
#include <string.h>

#include "lab/auth/aka.h"
#include "lab/auth/digest.h"
#include "lab/base/slice.h"
#include "lab/subscribers/provision.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

extern const RdPlugin s_cscf_plugin;

#define PROXY "198.51.100.1:5060"

typedef struct {
  MockWorld *world;
  MockHost *mock;
  void *config;
  RdProvision provision;
  unsigned n; /* of requests: makes branches */
  uint32_t cseq;
} Fixture;

static Fixture *prepare(void) {
  Fixture *f = g_new0(Fixture, 1);
  f->world = mock_world_new(5);
  f->mock = mock_host_new(f->world, "s-cscf");
  mock_attach(f->mock, RD_IF_MW, "core", "home", "198.51.100.2/24");
  f->config = mock_config(&s_cscf_plugin);
  mock_set(&s_cscf_plugin, f->config, "count", 50);
  ck_assert(rd_provision_init(&f->provision, "redoubt", 2, 50));
  return f;
}

static Fixture *start(Fixture *f) {
  ck_assert_ptr_nonnull(mock_open(f->mock, s_cscf_plugin.actor, f->config));
  mock_start(f->mock);
  return f;
}

static void finish(Fixture *f) {
  mock_close(f->mock);
  mock_world_free(f->world);
  g_free(f->config);
  g_free(f);
}

static void run(Fixture *f, RdTime seconds) {
  mock_run_until(f->world, mock_now(f->world) + seconds * RD_SECOND);
}

/* Sends a REGISTER and returns the answer. */
static const RdSip *send_register(Fixture *f, const char *identity, const char *call_id,
                                  const char *head) {
  char text[4000];
  snprintf(text, sizeof text,
           "REGISTER sip:" RD_IMS_DOMAIN " SIP/2.0\r\n"
           "Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKp%u\r\n"
           "Via: SIP/2.0/UDP 198.18.1.0:5060;branch=z9hG4bKu%u\r\n"
           "Max-Forwards: 68\r\nFrom: <%s>;tag=t1\r\nTo: <%s>\r\nCall-ID: %s\r\n"
           "CSeq: %u REGISTER\r\n%sContent-Length: 0\r\n\r\n",
           f->n, f->n, identity, identity, call_id, ++f->cseq, head);
  f->n++;
  mock_receive_text(f->mock, 0, PROXY, text);
  return &mock_last(f->mock)->scan->sip;
}

#define CONTACT "Contact: <sip:phone@198.18.1.0:5060>\r\n"
#define PATH "Path: <sip:198.51.100.1;lr>\r\nPath: <sip:192.0.2.1;lr>\r\n"

/* The Authorization line that answers a 401 as subscriber `who`, with `good` or wrong keys. */
static const char *answer(Fixture *f, const RdSip *challenge, uint64_t who, uint64_t *sqn,
                          bool good) {
  static char line[1000];
  char value[900], impi[RD_IDENTITY_TEXT], auts[RD_AKA_AUTS];
  uint8_t res[RD_AKA_RES];
  RdDigest d;
  RdAkaKeys keys;
  RdSlice header = rd_sip_value(challenge, RD_HDR_WWW_AUTHENTICATE);
  ck_assert_uint_eq(challenge->status, 401);
  ck_assert(header.at && rd_digest_parse(header, &d));
  rd_provision_impi(&f->provision, who, impi);
  rd_provision_keys(&f->provision, who, keys.k, keys.opc);
  RdAkaResult result = rd_aka_answer(&keys, d.nonce, sqn, res, auts);
  ck_assert(result == RD_AKA_OK || result == RD_AKA_SYNC_FAILURE);
  res[0] ^= !good;
  bool stale = result == RD_AKA_SYNC_FAILURE;
  size_t n = rd_digest_answer(&d, rd_slice(impi), rd_slice_of(res, stale ? 0 : sizeof res),
                              rd_slice("REGISTER"), rd_slice("sip:" RD_IMS_DOMAIN), rd_slice("c"),
                              1, stale ? auts : NULL, value, sizeof value);
  ck_assert_uint_gt(n, 0);
  snprintf(line, sizeof line, "Authorization: %s\r\n", value);
  return line;
}

static const char *join(const char *a, const char *b, const char *c) {
  static char text[3000];
  snprintf(text, sizeof text, "%s%s%s", a, b, c);
  return text;
}

static const char *impu(const Fixture *f, uint64_t who) {
  static char text[RD_IDENTITY_TEXT];
  rd_provision_temporary(&f->provision, who, text);
  return text;
}

/* As who one calls and is called. */
static const char *number(const Fixture *f, uint64_t who) {
  static char text[RD_IDENTITY_TEXT];
  rd_provision_impu(&f->provision, who, text);
  return text;
}

/* Both steps; the answer to the second. */
static const RdSip *registered(Fixture *f, uint64_t who, uint64_t *sqn, const char *head) {
  const RdSip *c = send_register(f, impu(f, who), "r1", head);
  return send_register(f, impu(f, who), "r1", join(answer(f, c, who, sqn, true), head, ""));
}

START_TEST(a_registration_takes_two_steps) {
  Fixture *f = start(prepare());
  uint64_t sqn = 0;
  const RdSip *ok = registered(f, 3, &sqn, CONTACT PATH "Expires: 3600\r\n");
  ck_assert_uint_eq(ok->status, 200);
  ck_assert(
      rd_slice_is(rd_sip_value(ok, RD_HDR_CONTACT), "<sip:phone@198.18.1.0:5060>;expires=3600"));
  ck_assert(rd_slice_is(rd_sip_value(ok, RD_HDR_SERVICE_ROUTE), "<sip:198.51.100.2:5060;lr;orig>"));
  ck_assert(
      rd_slice_is(rd_sip_value(ok, RD_HDR_PATH), "<sip:198.51.100.1;lr>, <sip:192.0.2.1;lr>"));
  char associated[3 * RD_IDENTITY_TEXT], tel[RD_IDENTITY_TEXT];
  rd_provision_tel(&f->provision, 3, tel);
  snprintf(associated, sizeof associated, "<%s>, <%s>", number(f, 3), tel);
  ck_assert(rd_slice_is(rd_sip_value(ok, RD_HDR_P_ASSOCIATED_URI), associated));
  ck_assert_uint_eq(mock_spent(f->mock, "aka-vector"), 1);
  ck_assert_uint_eq(mock_spent(f->mock, "digest-verify"), 1);
  ck_assert_uint_eq(mock_spent(f->mock, "registrar-write"), 1);
  ck_assert_uint_eq(mock_spent(f->mock, "subscriber-lookup"), 2);
  ck_assert_uint_eq(mock_spent(f->mock, "transaction"), 2);
  ck_assert_uint_eq(registered(f, 3, &sqn, CONTACT PATH)->status, 200); /* and again */
  ck_assert_uint_eq(sqn, 2);
  finish(f);
}
END_TEST

/* The value of a parameter in quotes, as octets; false: it is not there. */
static bool key_in(RdSlice header, const char *name, uint8_t ret[16]) {
  g_autofree char *text = g_strndup(header.at, header.len);
  g_autofree char *mark = g_strdup_printf(", %s=\"", name);
  const char *at = strstr(text, mark);
  if (!at)
    return false;
  at += strlen(mark);
  for (int i = 0; i < 16; i++) {
    ck_assert(g_ascii_isxdigit(at[2 * i]) && g_ascii_isxdigit(at[2 * i + 1]));
    ret[i] = (uint8_t)(g_ascii_xdigit_value(at[2 * i]) << 4 | g_ascii_xdigit_value(at[2 * i + 1]));
  }
  return at[32] == '"';
}

START_TEST(keys_are_given_only_when_told) {
  uint8_t ck[16], ik[16], rand[16];
  Fixture *f = start(prepare());
  RdSlice header =
      rd_sip_value(send_register(f, impu(f, 3), "k", CONTACT), RD_HDR_WWW_AUTHENTICATE);
  ck_assert(!key_in(header, "ck", ck) && !key_in(header, "ik", ik));
  finish(f);
  f = prepare();
  mock_set(&s_cscf_plugin, f->config, "give-keys", 1);
  start(f);
  const RdSip *challenge = send_register(f, impu(f, 3), "k", CONTACT);
  header = rd_sip_value(challenge, RD_HDR_WWW_AUTHENTICATE);
  ck_assert(key_in(header, "ck", ck) && key_in(header, "ik", ik));
  RdDigest d;
  RdAkaKeys keys;
  RdAkaVector v;
  uint64_t sqn = 0;
  ck_assert(rd_digest_parse(header, &d) && rd_aka_nonce_rand(d.nonce, rand));
  rd_provision_keys(&f->provision, 3, keys.k, keys.opc);
  rd_aka_vector(&keys, rand, 1, &v); /* as the USIM reckons them */
  ck_assert_mem_eq(ck, v.ck, 16);
  ck_assert_mem_eq(ik, v.ik, 16);
  const char *line = answer(f, challenge, 3, &sqn, true);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "k", join(line, CONTACT, ""))->status, 200);
  finish(f);
  f = prepare();
  mock_set(&s_cscf_plugin, f->config, "give-keys", 1);
  mock_set(&s_cscf_plugin, f->config, "auth", 1);
  start(f);
  header = rd_sip_value(send_register(f, impu(f, 3), "k", CONTACT), RD_HDR_WWW_AUTHENTICATE);
  ck_assert(header.at && !key_in(header, "ck", ck)); /* digest has none */
  finish(f);
}
END_TEST

START_TEST(nobody_is_told_so) {
  Fixture *f = prepare();
  mock_set(&s_cscf_plugin, f->config, "unknown-user-code", 403);
  start(f);
  ck_assert_uint_eq(send_register(f, "sip:nobody@" RD_IMS_DOMAIN, "x", CONTACT)->status, 403);
  ck_assert_uint_eq(send_register(f, "sip:001010000009999@" RD_IMS_DOMAIN, "x", CONTACT)->status,
                    403);
  ck_assert_uint_eq(mock_spent(f->mock, "aka-vector"), 0);
  finish(f);
  f = start(prepare());
  ck_assert_uint_eq(send_register(f, "sip:nobody@" RD_IMS_DOMAIN, "x", CONTACT)->status, 404);
  ck_assert_int_eq(mock_count(f->mock, "unknown-users"), 1);
  finish(f);
}
END_TEST

START_TEST(a_wrong_answer_is_refused_once) {
  Fixture *f = start(prepare());
  uint64_t sqn = 0;
  const RdSip *c = send_register(f, impu(f, 3), "r1", CONTACT);
  const char *line = answer(f, c, 3, &sqn, false);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", join(line, CONTACT, ""))->status, 403);
  ck_assert_int_eq(mock_count(f->mock, "authentications-failed"), 1);
  c = send_register(f, impu(f, 3), "r1", CONTACT);
  line = answer(f, c, 3, &sqn, true);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", join(line, CONTACT, ""))->status, 200);
  /* the same credentials a second time: a replay, and a new challenge */
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", join(line, CONTACT, ""))->status, 401);
  finish(f);
}
END_TEST

START_TEST(another_subscriber_cannot_answer) {
  Fixture *f = start(prepare());
  uint64_t sqn = 0;
  char line[1000];
  const RdSip *c = send_register(f, impu(f, 4), "r1", CONTACT);
  g_strlcpy(line, answer(f, c, 4, &sqn, true), sizeof line);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", join(line, CONTACT, ""))->status, 403);
  finish(f);
}
END_TEST

START_TEST(a_stranger_does_not_spoil_a_challenge) {
  Fixture *f = start(prepare());
  uint64_t sqn = 0;
  char line[1000];
  const RdSip *c = send_register(f, impu(f, 3), "mine", CONTACT);
  g_strlcpy(line, answer(f, c, 3, &sqn, true), sizeof line);
  for (int i = 0; i < 5; i++) {
    char call_id[20];
    snprintf(call_id, sizeof call_id, "stranger-%d", i);
    ck_assert_uint_eq(send_register(f, impu(f, 3), call_id, CONTACT)->status, 401);
  }
  ck_assert_uint_eq(send_register(f, impu(f, 3), "mine", join(line, CONTACT, ""))->status, 200);
  finish(f);
}
END_TEST

START_TEST(challenges_wait_only_so_long) {
  Fixture *f = start(prepare());
  uint64_t sqn = 0;
  char line[1000];
  const RdSip *c = send_register(f, impu(f, 3), "r1", CONTACT);
  g_strlcpy(line, answer(f, c, 3, &sqn, true), sizeof line);
  run(f, 240);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", join(line, CONTACT, ""))->status, 401);
  finish(f);
}
END_TEST

START_TEST(half_open_registrations_are_bounded) {
  Fixture *f = prepare();
  mock_set(&s_cscf_plugin, f->config, "half-open", 4);
  start(f);
  uint64_t sqn = 0;
  char line[1000], call_id[20];
  const RdSip *c = send_register(f, impu(f, 3), "r1", CONTACT);
  g_strlcpy(line, answer(f, c, 3, &sqn, true), sizeof line);
  for (int i = 0; i < 4; i++) {
    snprintf(call_id, sizeof call_id, "flood-%d", i);
    send_register(f, impu(f, 7), call_id, CONTACT);
  }
  ck_assert_int_eq(mock_count(f->mock, "half-open-evicted"), 1);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", join(line, CONTACT, ""))->status, 401);
  finish(f);
}
END_TEST

START_TEST(a_phone_ahead_resynchronises) {
  Fixture *f = start(prepare());
  uint64_t sqn = 1000;
  const RdSip *c = send_register(f, impu(f, 3), "r1", CONTACT);
  const char *auts = answer(f, c, 3, &sqn, true);
  ck_assert_ptr_nonnull(strstr(auts, "auts="));
  c = send_register(f, impu(f, 3), "r1", join(auts, CONTACT, ""));
  ck_assert_int_eq(mock_count(f->mock, "resynchronisations"), 1);
  const char *line = answer(f, c, 3, &sqn, true);
  ck_assert_uint_eq(sqn, 1001);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", join(line, CONTACT, ""))->status, 200);
  finish(f);
}
END_TEST

static const struct {
  const char *head;
  unsigned status;
  const char *contact; /* of the 200; NULL: none */
} asked[] = {
    {CONTACT, 200, "<sip:phone@198.18.1.0:5060>;expires=600000"},
    {CONTACT "Expires: 59\r\n", 423, NULL},
    {CONTACT "Expires: 60\r\n", 200, "<sip:phone@198.18.1.0:5060>;expires=60"},
    {CONTACT "Expires: 4000000000\r\n", 200, "<sip:phone@198.18.1.0:5060>;expires=600000"},
    {"Contact: <sip:a@198.18.1.0>;expires=100\r\nExpires: 5\r\n", 200,
     "<sip:a@198.18.1.0>;expires=100"},
    {"Contact: sip:a@198.18.1.0;expires=0\r\n", 200, NULL},
    {CONTACT "Expires: 0\r\n", 200, NULL},
    {"Contact: *\r\nExpires: 0\r\n", 200, NULL},
    {"Contact: *\r\nExpires: 10\r\n", 400, NULL},
    {"", 200, NULL},
    {"Contact: <>\r\n", 513, NULL},
};

START_TEST(time_is_granted_within_limits) {
  Fixture *f = start(prepare());
  uint64_t sqn = 0;
  const RdSip *r = registered(f, 9, &sqn, asked[_i].head);
  ck_assert_uint_eq(r->status, asked[_i].status);
  RdSlice contact = rd_sip_value(r, RD_HDR_CONTACT);
  if (asked[_i].contact)
    ck_assert(rd_slice_is(contact, asked[_i].contact));
  else
    ck_assert_ptr_null(contact.at);
  if (r->status == 423)
    ck_assert(rd_slice_is(rd_sip_value(r, RD_HDR_MIN_EXPIRES), "60"));
  finish(f);
}
END_TEST

START_TEST(plain_digest_and_none_work_too) {
  for (int algorithm = 0; algorithm < 2; algorithm++) {
    Fixture *f = prepare();
    mock_set_text(&s_cscf_plugin, f->config, "auth", "digest");
    mock_set_text(&s_cscf_plugin, f->config, "digest-algorithm", algorithm ? "SHA-256" : "MD5");
    start(f);
    const RdSip *c = send_register(f, impu(f, 3), "r1", CONTACT);
    char value[900], line[1000], impi[RD_IDENTITY_TEXT], hex[33];
    uint8_t k[16], opc[16];
    RdDigest d;
    ck_assert(rd_digest_parse(rd_sip_value(c, RD_HDR_WWW_AUTHENTICATE), &d));
    ck_assert(rd_slice_is(d.algorithm, algorithm ? "SHA-256" : "MD5"));
    rd_provision_impi(&f->provision, 3, impi);
    rd_provision_keys(&f->provision, 3, k, opc);
    for (int i = 0; i < 16; i++)
      snprintf(hex + 2 * i, 3, "%02x", k[i]);
    rd_digest_answer(&d, rd_slice(impi), rd_slice(hex), rd_slice("REGISTER"), rd_slice("sip:x"),
                     rd_slice("c"), 1, NULL, value, sizeof value);
    snprintf(line, sizeof line, "Authorization: %s\r\n", value);
    ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", join(line, CONTACT, ""))->status, 200);
    ck_assert_uint_eq(mock_spent(f->mock, "aka-vector"), 0);
    finish(f);
  }
  Fixture *f = prepare();
  mock_set_text(&s_cscf_plugin, f->config, "auth", "none");
  start(f);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", CONTACT)->status, 200);
  finish(f);
}
END_TEST

/* --- weaknesses, each off by default (the tests above) --- */

START_TEST(nonces_may_be_good_again) {
  Fixture *f = prepare();
  uint64_t sqn = 0;
  mock_set_text(&s_cscf_plugin, f->config, "nonce", "again");
  start(f);
  const RdSip *c = send_register(f, impu(f, 3), "r1", CONTACT);
  const char *line = answer(f, c, 3, &sqn, true);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", join(line, CONTACT, ""))->status, 200);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", join(line, CONTACT, ""))->status, 200);
  finish(f);
}
END_TEST

START_TEST(who_is_registered_may_go_unchallenged) {
  Fixture *f = prepare();
  uint64_t sqn = 0;
  mock_set_text(&s_cscf_plugin, f->config, "challenge", "first");
  start(f);
  ck_assert_uint_eq(registered(f, 3, &sqn, CONTACT)->status, 200);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "x", "Contact: *\r\nExpires: 0\r\n")->status, 200);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "x", CONTACT)->status, 401); /* no longer */
  finish(f);
}
END_TEST

START_TEST(another_subscriber_may_be_let_answer) {
  Fixture *f = prepare();
  uint64_t sqn = 0;
  char line[1000];
  mock_set(&s_cscf_plugin, f->config, "impi-check", false);
  start(f);
  const RdSip *c = send_register(f, impu(f, 4), "r1", CONTACT);
  g_strlcpy(line, answer(f, c, 4, &sqn, true), sizeof line);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", join(line, CONTACT, ""))->status, 200);
  finish(f);
}
END_TEST

START_TEST(a_pin_may_do_for_a_password) {
  int (*truth)(void *, const char *, const char *) = s_cscf_plugin.actor->truth;
  for (int digits = 0; digits <= 3; digits += 3) {
    char pin[RD_PIN_TEXT], imsi[RD_IMSI_TEXT], subject[64];
    Fixture *f = prepare();
    mock_set_text(&s_cscf_plugin, f->config, "auth", "digest");
    mock_set(&s_cscf_plugin, f->config, "pin-digits", digits);
    start(f);
    rd_provision_imsi(&f->provision, 7, imsi);
    rd_provision_pin(&f->provision, 7, 3, pin);
    ck_assert_uint_eq(strspn(pin, "0123456789"), 3);
    snprintf(subject, sizeof subject, "%s:%s", imsi, pin);
    ck_assert_int_eq(truth(mock_self(f->mock), "password", subject), digits > 0);
    finish(f);
  }
}
END_TEST

/* --- calls --- */

static const RdSip *invite_as(Fixture *f, const char *from, const char *to, const char *head) {
  char text[4000];
  snprintf(text, sizeof text,
           "INVITE %s SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bKi%u\r\n"
           "Max-Forwards: 68\r\n%sFrom: <%s>;tag=t1\r\nTo: <%s>\r\nCall-ID: i%u\r\n"
           "CSeq: 1 INVITE\r\nContact: <sip:a@198.18.1.9>\r\nContent-Length: 0\r\n\r\n",
           to, f->n, head, from, to, f->n);
  f->n++;
  mock_forget_sent(f->mock);
  mock_receive_text(f->mock, 0, PROXY, text);
  ck_assert_uint_gt(mock_n_sent(f->mock), 0);
  return &mock_sent(f->mock, 0)->scan->sip;
}

static const RdSip *invite(Fixture *f, const char *to, const char *head) {
  return invite_as(f, number(f, 1), to, head);
}

#define ORIGINATING "Route: <sip:198.51.100.2:5060;lr;orig>\r\n"

START_TEST(calls_go_to_the_registered_contact) {
  Fixture *f = start(prepare());
  uint64_t sqn[2] = {0, 0};
  char called[RD_IDENTITY_TEXT];
  g_strlcpy(called, number(f, 2), sizeof called);
  registered(f, 1, &sqn[0], "Contact: <sip:a@198.18.1.9>\r\n" PATH);
  registered(f, 2, &sqn[1], CONTACT PATH);
  const RdSip *out = invite(f, called, ORIGINATING);
  ck_assert_int_eq(out->method, RD_SIP_INVITE);
  ck_assert(rd_slice_is(out->uri, "sip:phone@198.18.1.0:5060"));
  ck_assert(
      rd_slice_is(rd_sip_value(out, RD_HDR_ROUTE), "<sip:198.51.100.1;lr>, <sip:192.0.2.1;lr>"));
  ck_assert(rd_slice_is(rd_sip_value(out, RD_HDR_RECORD_ROUTE), "<sip:198.51.100.2;lr>"));
  ck_assert_uint_eq(mock_sent(f->mock, 0)->remote.ip[3], 1);
  ck_assert_uint_eq(mock_last(f->mock)->scan->sip.status, 100);
  finish(f);
}
END_TEST

START_TEST(a_number_is_called_by_either_form) {
  Fixture *f = start(prepare());
  uint64_t sqn[2] = {0, 0};
  char tel[RD_IDENTITY_TEXT];
  rd_provision_tel(&f->provision, 2, tel);
  registered(f, 1, &sqn[0], "Contact: <sip:a@198.18.1.9>\r\n" PATH);
  registered(f, 2, &sqn[1], CONTACT PATH);
  ck_assert(rd_slice_is(invite(f, tel, ORIGINATING)->uri, "sip:phone@198.18.1.0:5060"));
  finish(f);
}
END_TEST

/* The temporary identity registers and does nothing else, both phones being there. */
START_TEST(the_name_one_registers_with_is_barred_from_calls) {
  Fixture *f = start(prepare());
  uint64_t sqn[2] = {0, 0};
  char barred[RD_IDENTITY_TEXT], asserted[200];
  registered(f, 1, &sqn[0], "Contact: <sip:a@198.18.1.9>\r\n" PATH);
  registered(f, 2, &sqn[1], CONTACT PATH);
  g_strlcpy(barred, impu(f, 2), sizeof barred);
  ck_assert_uint_eq(invite(f, barred, ORIGINATING)->status, 404); /* as nobody's */
  g_strlcpy(barred, impu(f, 1), sizeof barred);
  ck_assert_uint_eq(invite_as(f, barred, number(f, 2), ORIGINATING)->status, 403);
  snprintf(asserted, sizeof asserted, ORIGINATING "P-Asserted-Identity: <%s>\r\n", barred);
  ck_assert_uint_eq(invite(f, number(f, 2), asserted)->status, 403); /* asserted beats From */
  ck_assert_int_eq(mock_count(f->mock, "requests-barred"), 3);
  ck_assert_int_eq(mock_count(f->mock, "requests-routed"), 0);
  finish(f);
}
END_TEST

START_TEST(who_cannot_be_reached_is_told_apart) {
  Fixture *f = start(prepare());
  uint64_t sqn = 0;
  char called[RD_IDENTITY_TEXT];
  g_strlcpy(called, number(f, 2), sizeof called);
  ck_assert_uint_eq(invite(f, called, ORIGINATING)->status, 403); /* the caller is not here */
  ck_assert_uint_eq(invite(f, called, "")->status, 480);
  registered(f, 1, &sqn, "Contact: <sip:a@198.18.1.9>\r\n" PATH "Expires: 100\r\n");
  ck_assert_uint_eq(invite(f, called, ORIGINATING)->status, 480);
  ck_assert_uint_eq(invite(f, "sip:nobody@" RD_IMS_DOMAIN, ORIGINATING)->status, 404);
  ck_assert_uint_eq(invite(f, "sip:+9990000000000@example.com", ORIGINATING)->status, 404);
  ck_assert_uint_eq(invite(f, "tel:+12015550123", ORIGINATING)->status, 404);
  run(f, 101);
  ck_assert_uint_eq(invite(f, called, ORIGINATING)->status, 403); /* it ran out */
  finish(f);
}
END_TEST

START_TEST(it_tells_the_engine_the_truth) {
  Fixture *f = start(prepare());
  int (*truth)(void *, const char *, const char *) = s_cscf_plugin.actor->truth;
  ck_assert_int_eq(truth(mock_self(f->mock), "identity-exists", impu(f, 49)), 1);
  ck_assert_int_eq(truth(mock_self(f->mock), "identity-exists", number(f, 49)), 1);
  ck_assert_int_eq(truth(mock_self(f->mock), "identity-exists", "sip:nobody@example.com"), 0);
  ck_assert_int_eq(truth(mock_self(f->mock), "cell-id", impu(f, 1)), -1);
  unsigned real = 0;
  for (uint64_t msin = 0; msin < 120; msin++) {
    char imsi[RD_IMSI_TEXT], uri[RD_IDENTITY_TEXT];
    rd_provision_guess(msin, imsi);
    snprintf(uri, sizeof uri, "sip:%s@" RD_IMS_DOMAIN, imsi);
    bool challenged = send_register(f, uri, uri, CONTACT)->status == 401;
    ck_assert_int_eq(truth(mock_self(f->mock), "identity-exists", uri), challenged);
    real += challenged;
  }
  ck_assert_uint_eq(real, 50);
  finish(f);
}
END_TEST

START_TEST(foreign_registers_change_no_byte_of_a_subscriber_s) {
  Fixture *a = start(prepare()), *b = start(prepare());
  for (int i = 0; i < 200; i++) {
    char call_id[20];
    snprintf(call_id, sizeof call_id, "flood-%d", i);
    send_register(b, impu(b, 10 + (uint64_t)i % 40), call_id, CONTACT);
  }
  b->n = a->n = 1000;
  b->cseq = a->cseq = 5;
  send_register(a, impu(a, 3), "r1", CONTACT);
  send_register(b, impu(b, 3), "r1", CONTACT);
  ck_assert_str_eq((const char *)mock_last(a->mock)->bytes,
                   (const char *)mock_last(b->mock)->bytes);
  finish(a);
  finish(b);
}
END_TEST

START_TEST(impossible_configurations_are_refused) {
  Fixture *f = prepare();
  mock_set(&s_cscf_plugin, f->config, "count", INT64_C(4000000000));
  mock_set(&s_cscf_plugin, f->config, "spread", 1000);
  ck_assert_ptr_null(mock_open(f->mock, s_cscf_plugin.actor, f->config));
  ck_assert_uint_eq(mock_n_logs(f->mock, RD_LOG_ERROR), 1);
  finish(f);
}
END_TEST

/* s10.3 step 7: in one Call-ID every REGISTER has to have a higher CSeq than the last. */
START_TEST(a_register_out_of_order_changes_nothing) {
  Fixture *f = prepare();
  mock_set_text(&s_cscf_plugin, f->config, "auth", "none");
  start(f);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", CONTACT)->status, 200);
  f->cseq--; /* the same again */
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", CONTACT)->status, 500);
  f->cseq -= 2; /* an earlier one */
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r1", CONTACT)->status, 500);
  ck_assert_int_eq(mock_count(f->mock, "registrations"), 1);
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r2", CONTACT)->status, 200);
  f->cseq++;
  ck_assert_uint_eq(send_register(f, impu(f, 3), "r2", CONTACT)->status, 200);
  finish(f);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("registrar");
  TCase *c = tcase_create("register");
  suite_add_tcase(s, c);
  tcase_add_test(c, a_registration_takes_two_steps);
  tcase_add_test(c, keys_are_given_only_when_told);
  tcase_add_test(c, nobody_is_told_so);
  tcase_add_test(c, a_wrong_answer_is_refused_once);
  tcase_add_test(c, another_subscriber_cannot_answer);
  tcase_add_test(c, a_stranger_does_not_spoil_a_challenge);
  tcase_add_test(c, challenges_wait_only_so_long);
  tcase_add_test(c, half_open_registrations_are_bounded);
  tcase_add_test(c, a_phone_ahead_resynchronises);
  tcase_add_loop_test(c, time_is_granted_within_limits, 0, G_N_ELEMENTS(asked));
  tcase_add_test(c, plain_digest_and_none_work_too);
  tcase_add_test(c, nonces_may_be_good_again);
  tcase_add_test(c, who_is_registered_may_go_unchallenged);
  tcase_add_test(c, another_subscriber_may_be_let_answer);
  tcase_add_test(c, a_pin_may_do_for_a_password);
  tcase_add_test(c, it_tells_the_engine_the_truth);
  tcase_add_test(c, foreign_registers_change_no_byte_of_a_subscriber_s);
  tcase_add_test(c, impossible_configurations_are_refused);
  c = tcase_create("calls");
  suite_add_tcase(s, c);
  tcase_add_test(c, calls_go_to_the_registered_contact);
  tcase_add_test(c, a_number_is_called_by_either_form);
  tcase_add_test(c, the_name_one_registers_with_is_barred_from_calls);
  tcase_add_test(c, who_cannot_be_reached_is_told_apart);
  tcase_add_test(c, a_register_out_of_order_changes_nothing);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
