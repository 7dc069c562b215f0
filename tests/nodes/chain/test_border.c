/* SBC and P-CSCF: what they let in, what they take out, whom they believe. And garbage for all. */
#include <stdio.h>
#include <string.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/subscribers/provision.h"
#include "tests/check_main.h"
#include "tests/mock/host.h"

extern const RdPlugin sbc_plugin, p_cscf_plugin, s_cscf_plugin, ue_plugin;

typedef struct {
  const RdPlugin *plugin;
  MockWorld *world;
  MockHost *mock;
  void *config;
} Node;

static Node *node(const RdPlugin *plugin) {
  Node *n = g_new0(Node, 1);
  n->plugin = plugin;
  n->world = mock_world_new(11);
  n->mock = mock_host_new(n->world, plugin->name);
  n->config = mock_config(plugin);
  return n;
}

static void start(Node *n) {
  ck_assert_ptr_nonnull(mock_open(n->mock, n->plugin->actor, n->config));
  mock_start(n->mock);
  ck_assert_uint_eq(mock_n_logs(n->mock, RD_LOG_ERROR), 0);
}

static void finish(Node *n) {
  mock_close(n->mock);
  mock_world_free(n->world);
  g_free(n->config);
  g_free(n);
}

static Node *sbc(void) {
  Node *n = node(&sbc_plugin);
  mock_attach(n->mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  mock_attach(n->mock, RD_IF_MW, "border", "home", "192.0.2.1/24");
  mock_name(n->mock, 1, "p-cscf", "192.0.2.2:5060");
  mock_set_text(&sbc_plugin, n->config, "next-hop", "p-cscf");
  start(n);
  return n;
}

static Node *pcscf(void) {
  Node *n = node(&p_cscf_plugin);
  mock_attach(n->mock, RD_IF_MW, "border", "home", "192.0.2.2/24");
  mock_attach(n->mock, RD_IF_MW, "core", "home", "198.51.100.1/24");
  mock_name(n->mock, 1, "s-cscf", "198.51.100.2:5060");
  mock_set_text(&p_cscf_plugin, n->config, "next-hop", "s-cscf");
  start(n);
  return n;
}

static unsigned serial;
static RdConn by; /* what send() sends by; 0: a datagram */

/* A request; `vias` are its Via lines, with # for a number that makes the branch fresh. */
static void send(Node *n, uint16_t attachment, const char *from, const char *method,
                 const char *uri, const char *to_tag, const char *vias, const char *head) {
  char text[4000], lines[500];
  serial++;
  g_autofree char *number = g_strdup_printf("%u", serial);
  g_auto(GStrv) parts = g_strsplit(vias, "#", -1);
  g_autofree char *joined = g_strjoinv(number, parts);
  g_strlcpy(lines, joined, sizeof lines);
  snprintf(text, sizeof text,
           "%s %s SIP/2.0\r\n%sMax-Forwards: 70\r\n%sFrom: <sip:a@example.com>;tag=1\r\n"
           "To: <sip:b@example.com>%s\r\nCall-ID: c%u\r\nCSeq: %u %s\r\n"
           "Contact: <sip:a@198.18.1.0>\r\nContent-Length: 0\r\n\r\n",
           method, uri, lines, head, to_tag, serial, serial, method);
  mock_forget_sent(n->mock);
  RdMessage m = *mock_message(n->mock, attachment, RD_INGRESS, from, text, strlen(text));
  m.conn = by;
  m.remote.transport = by ? RD_TCP : RD_UDP;
  mock_deliver(n->mock, &m);
}

static const RdSip *first_sent(const Node *n) {
  return mock_n_sent(n->mock) > 0 ? &mock_sent(n->mock, 0)->scan->sip : NULL;
}

/* The answer to the request forwarded last, with more header lines. */
static void answer(Node *n, uint16_t attachment, const char *from, unsigned status,
                   const char *head) {
  const RdSip *sip = first_sent(n);
  GString *text = g_string_new(NULL);
  g_string_printf(text, "SIP/2.0 %u Answer\r\n", status);
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_VIA); h; h = rd_sip_next(sip, h))
    g_string_append_printf(text, "Via: %.*s\r\n", (int)h->value.len, h->value.at);
  g_string_append_printf(text,
                         "From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>;tag=2\r\n"
                         "Call-ID: %.*s\r\nCSeq: %u %.*s\r\n%sContent-Length: 0\r\n\r\n",
                         (int)sip->call_id.len, sip->call_id.at, sip->cseq,
                         (int)sip->method_text.len, sip->method_text.at, head);
  mock_receive_text(n->mock, attachment, from, text->str);
  g_string_free(text, TRUE);
}

#define PHONE "198.18.1.0:5060"
#define PHONE_VIA "Via: SIP/2.0/UDP 198.18.1.0:5060;branch=z9hG4bKp#\r\n"
#define SBC "192.0.2.1:5060"
#define SBC_VIA "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKs#\r\n"
#define CORE "198.51.100.2:5060"
#define HOME "sip:ims.mnc001.mcc001.3gppnetwork.org"
#define BOB "sip:+9990000000003@ims.mnc001.mcc001.3gppnetwork.org;user=phone"

/* --- SBC --- */

START_TEST(the_edge_takes_out_what_phones_must_not_say) {
  Node *n = sbc();
  send(n, 0, PHONE, "INVITE", BOB, "", PHONE_VIA,
       "P-Asserted-Identity: <sip:boss@example.com>\r\nPATH: <sip:evil>\r\n"
       "p-charging-vector: icid-value=1\r\nP-Served-User: <sip:x@y>\r\nX-Mine: stays\r\n"
       "P-Preferred-Identity: <sip:a@example.com>\r\nMax-Forwards: 70\r\n");
  const char *bytes = (const char *)mock_sent(n->mock, 0)->bytes;
  ck_assert_ptr_null(strstr(bytes, "boss"));
  ck_assert_ptr_null(strstr(bytes, "evil"));
  ck_assert_ptr_null(strstr(bytes, "icid"));
  ck_assert_ptr_null(strstr(bytes, "Served"));
  ck_assert_ptr_nonnull(strstr(bytes, "X-Mine: stays\r\n"));
  ck_assert_ptr_nonnull(strstr(bytes, "P-Preferred-Identity"));
  ck_assert_int_eq(mock_count(n->mock, "headers-stripped"), 4);
  ck_assert_uint_eq(mock_sent(n->mock, 0)->attachment, 1);
  /* from the core they are let through */
  send(n, 1, "192.0.2.2:5060", "INVITE", "sip:a@198.18.1.0:5060", "",
       "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKc#\r\n",
       "P-Asserted-Identity: <sip:boss@example.com>\r\n");
  ck_assert_ptr_nonnull(strstr((const char *)mock_sent(n->mock, 0)->bytes, "boss"));
  ck_assert_uint_eq(mock_sent(n->mock, 0)->attachment, 0);
  finish(n);
}
END_TEST

START_TEST(register_gets_a_path_and_hops_are_capped) {
  Node *n = node(&sbc_plugin);
  mock_attach(n->mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  mock_attach(n->mock, RD_IF_MW, "border", "home", "192.0.2.1/24");
  mock_set_text(&sbc_plugin, n->config, "next-hop-address", "192.0.2.2");
  mock_set(&sbc_plugin, n->config, "max-forwards", 20);
  start(n);
  send(n, 0, PHONE, "REGISTER", HOME, "", PHONE_VIA, "");
  ck_assert(rd_slice_is(rd_sip_value(first_sent(n), RD_HDR_PATH), "<sip:192.0.2.1:5060;lr>"));
  ck_assert_int_eq(first_sent(n)->max_forwards, 19);
  ck_assert_ptr_null(rd_sip_first(first_sent(n), RD_HDR_RECORD_ROUTE));
  finish(n);
}
END_TEST

START_TEST(phones_cannot_choose_their_way) {
  Node *n = sbc();
  /* out of dialog: always inside, whatever Route says */
  send(n, 0, PHONE, "MESSAGE", "sip:b@198.18.1.7", "", PHONE_VIA,
       "Route: <sip:198.18.0.1;lr>, <sip:198.18.1.7;lr>\r\n");
  ck_assert_uint_eq(mock_sent(n->mock, 0)->attachment, 1);
  /* within one: not back to the phones */
  send(n, 0, PHONE, "BYE", "sip:b@198.18.1.7", ";tag=2", PHONE_VIA,
       "Route: <sip:198.18.0.1;lr>, <sip:198.18.1.7;lr>\r\n");
  ck_assert_uint_eq(first_sent(n)->status, 403);
  send(n, 0, PHONE, "BYE", "sip:b@198.18.1.7", ";tag=2", PHONE_VIA, "");
  ck_assert_uint_eq(mock_sent(n->mock, 0)->attachment, 1);
  /* the honest way */
  send(n, 0, PHONE, "BYE", "sip:b@198.18.1.7", ";tag=2", PHONE_VIA,
       "Route: <sip:198.18.0.1;lr>, <sip:192.0.2.1;lr>, <sip:192.0.2.2;lr>\r\n");
  ck_assert_uint_eq(mock_sent(n->mock, 0)->attachment, 1);
  ck_assert(rd_slice_is(rd_sip_value(first_sent(n), RD_HDR_ROUTE), "<sip:192.0.2.2;lr>"));
  finish(n);
}
END_TEST

START_TEST(a_ping_is_answered) {
  Node *n = sbc();
  send(n, 0, PHONE, "OPTIONS", "sip:198.18.0.1", "", PHONE_VIA, "");
  ck_assert_uint_eq(first_sent(n)->status, 200);
  send(n, 0, PHONE, "OPTIONS", BOB, "", PHONE_VIA, "");
  ck_assert_uint_eq(first_sent(n)->status, 0);
  finish(n);
}
END_TEST

/* Between a caller and a callee on one network, as `live` uses it. */
START_TEST(it_stands_alone_between_two_user_agents) {
  Node *n = node(&sbc_plugin);
  mock_attach(n->mock, RD_IF_GM, "loop", "loop", "192.0.2.1/24");
  mock_set_text(&sbc_plugin, n->config, "next-hop-address", "192.0.2.9:5080");
  start(n);
  send(n, 0, "192.0.2.7:5060", "INVITE", "sip:service@192.0.2.1:5060", "",
       "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKa#\r\n", "");
  const MockSent *out = mock_sent(n->mock, 0);
  ck_assert_uint_eq(out->remote.port, 5080);
  ck_assert(rd_slice_is(rd_sip_value(&out->scan->sip, RD_HDR_RECORD_ROUTE), "<sip:192.0.2.1;lr>"));
  answer(n, 0, "192.0.2.9:5080", 200, "Contact: <sip:192.0.2.9:5080>\r\n");
  ck_assert_uint_eq(mock_last(n->mock)->scan->sip.status, 200);
  ck_assert_uint_eq(mock_last(n->mock)->remote.port, 5060);
  send(n, 0, "192.0.2.7:5060", "ACK", "sip:192.0.2.9:5080", ";tag=2",
       "Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKb#\r\n", "Route: <sip:192.0.2.1;lr>\r\n");
  ck_assert_uint_eq(mock_sent(n->mock, 0)->remote.port, 5080);
  /* and the callee hangs up */
  send(n, 0, "192.0.2.9:5080", "BYE", "sip:a@192.0.2.7:5060", ";tag=1",
       "Via: SIP/2.0/UDP 192.0.2.9:5080;branch=z9hG4bKc#\r\n", "Route: <sip:192.0.2.1;lr>\r\n");
  ck_assert_uint_eq(mock_sent(n->mock, 0)->remote.ip[3], 7);
  finish(n);
}
END_TEST

/* --- P-CSCF --- */

#define ALICE "sip:+9990000000007@ims.mnc001.mcc001.3gppnetwork.org;user=phone"
#define GRANT                                                                                      \
  "Contact: <sip:a@198.18.1.0>;expires=100\r\nP-Associated-URI: <" ALICE ">, "                     \
  "<tel:+9990000000007>\r\n"                                                                       \
  "Service-Route: <sip:198.51.100.2:5060;lr;orig>\r\n"

static void bind_phone(Node *n, const char *grant) {
  send(n, 0, SBC, "REGISTER", HOME, "", SBC_VIA PHONE_VIA, "Path: <sip:192.0.2.1:5060;lr>\r\n");
  answer(n, 1, CORE, 200, grant);
}

START_TEST(registrations_are_bound_to_their_source) {
  Node *n = pcscf();
  bind_phone(n, GRANT);
  ck_assert_uint_eq(mock_last(n->mock)->scan->sip.status, 200);
  const RdSip *sip = first_sent(n);
  ck_assert(rd_slice_is(rd_sip_value(sip, RD_HDR_PATH), "<sip:198.51.100.1:5060;lr>"));
  ck_assert(rd_slice_is(rd_sip_value(sip, RD_HDR_P_VISITED_NETWORK_ID), "\"" RD_IMS_DOMAIN "\""));
  send(n, 0, SBC, "INVITE", BOB, "", SBC_VIA PHONE_VIA,
       "Route: <sip:203.0.113.1;lr>\r\nP-Preferred-Identity: <sip:boss@home>\r\n"
       "P-Asserted-Identity: <sip:boss@home>\r\n");
  sip = first_sent(n);
  ck_assert_int_eq(sip->method, RD_SIP_INVITE);
  ck_assert(rd_slice_is(rd_sip_value(sip, RD_HDR_P_ASSERTED_IDENTITY), "<" ALICE ">"));
  ck_assert_ptr_null(rd_sip_first(sip, RD_HDR_P_PREFERRED_IDENTITY));
  ck_assert(rd_slice_is(rd_sip_value(sip, RD_HDR_ROUTE), "<sip:198.51.100.2:5060;lr;orig>"));
  ck_assert_uint_eq(mock_sent(n->mock, 0)->attachment, 1);
  send(n, 0, SBC, "BYE", "sip:b@198.18.1.7", ";tag=2", SBC_VIA PHONE_VIA,
       "Route: <sip:p-cscf;lr>, <sip:198.51.100.2;lr>\r\n"
       "P-Asserted-Identity: <sip:boss@home>\r\n");
  ck_assert(rd_slice_is(rd_sip_value(first_sent(n), RD_HDR_ROUTE), "<sip:198.51.100.2;lr>"));
  ck_assert_ptr_null(rd_sip_first(first_sent(n), RD_HDR_P_ASSERTED_IDENTITY));
  finish(n);
}
END_TEST

/* What a phone prefers to be, and what it is said to be. */
static const struct {
  const char *preferred, *asserted;
} preferences[] = {
    {"<tel:+999-000-0000007>", "<tel:+9990000000007>"},
    {"\"A\" <" ALICE ">", "<" ALICE ">"},
    {"<tel:+9990000000008>", "<" ALICE ">"}, /* not its own */
    {"<sip:001010000000007@ims.mnc001.mcc001.3gppnetwork.org>", "<" ALICE ">"},
    {"<>", "<" ALICE ">"},
    {",;<", "<" ALICE ">"},
};

START_TEST(a_phone_may_choose_among_its_own_names) {
  Node *n = pcscf();
  g_autofree char *head =
      g_strdup_printf("P-Preferred-Identity: %s\r\n", preferences[_i].preferred);
  bind_phone(n, GRANT);
  send(n, 0, SBC, "INVITE", BOB, "", SBC_VIA PHONE_VIA, head);
  ck_assert(rd_slice_is(rd_sip_value(first_sent(n), RD_HDR_P_ASSERTED_IDENTITY),
                        preferences[_i].asserted));
  ck_assert_ptr_null(rd_sip_first(first_sent(n), RD_HDR_P_PREFERRED_IDENTITY));
  finish(n);
}
END_TEST

static const char *const strangers[] = {
    SBC_VIA "Via: SIP/2.0/UDP 198.18.1.1:5060;branch=z9hG4bKp#\r\n", /* another address */
    SBC_VIA "Via: SIP/2.0/UDP 198.18.1.0:5061;branch=z9hG4bKp#\r\n", /* another port */
    /* says it is the phone; the SBC saw otherwise */
    SBC_VIA "Via: SIP/2.0/UDP 198.18.1.0:5060;branch=z9hG4bKp#;received=198.18.1.1\r\n",
    SBC_VIA "Via: SIP/2.0/UDP 198.18.1.0:5060;branch=z9hG4bKp#;received=198.18.1.0;rport=99\r\n",
    SBC_VIA "Via: SIP/2.0/UDP phone.example.com;branch=z9hG4bKp#\r\n",
    SBC_VIA, /* no phone at all */
};

START_TEST(strangers_are_refused) {
  Node *n = pcscf();
  bind_phone(n, GRANT);
  send(n, 0, SBC, "INVITE", BOB, "", strangers[_i], "");
  ck_assert_uint_eq(first_sent(n)->status, 403);
  ck_assert_int_eq(mock_count(n->mock, "unregistered-refused"), 1);
  send(n, 0, SBC, "ACK", BOB, ";tag=2", strangers[_i], "");
  ck_assert_uint_eq(mock_n_sent(n->mock), 0);
  finish(n);
}
END_TEST

START_TEST(bindings_end) {
  Node *n = pcscf();
  bind_phone(n, GRANT);
  mock_run_until(n->world, 101 * RD_SECOND);
  send(n, 0, SBC, "INVITE", BOB, "", SBC_VIA PHONE_VIA, "");
  ck_assert_uint_eq(first_sent(n)->status, 403);
  bind_phone(n, GRANT);
  send(n, 0, SBC, "INVITE", BOB, "", SBC_VIA PHONE_VIA, "");
  ck_assert_uint_eq(first_sent(n)->status, 0);
  bind_phone(n, ""); /* the 200 of a de-registration has no Contact */
  send(n, 0, SBC, "INVITE", BOB, "", SBC_VIA PHONE_VIA, "");
  ck_assert_uint_eq(first_sent(n)->status, 403);
  ck_assert_int_eq(mock_count(n->mock, "registrations-released"), 1);
  finish(n);
}
END_TEST

START_TEST(a_refused_register_binds_nobody) {
  Node *n = pcscf();
  send(n, 0, SBC, "REGISTER", HOME, "", SBC_VIA PHONE_VIA, "");
  answer(n, 1, CORE, 401, GRANT);
  send(n, 0, SBC, "INVITE", BOB, "", SBC_VIA PHONE_VIA, "");
  ck_assert_uint_eq(first_sent(n)->status, 403);
  finish(n);
}
END_TEST

/* On Gm itself the phone is the sender of the datagram, and Via is its own word. */
START_TEST(without_a_border_the_sender_counts) {
  Node *n = node(&p_cscf_plugin);
  mock_attach(n->mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  mock_attach(n->mock, RD_IF_MW, "core", "home", "198.51.100.1/24");
  mock_name(n->mock, 1, "s-cscf", "198.51.100.2:5060");
  mock_set_text(&p_cscf_plugin, n->config, "next-hop", "s-cscf");
  start(n);
  send(n, 0, PHONE, "REGISTER", HOME, "", PHONE_VIA, "");
  answer(n, 1, CORE, 200, GRANT);
  send(n, 0, PHONE, "INVITE", BOB, "", PHONE_VIA, "");
  ck_assert_uint_eq(first_sent(n)->status, 0);
  send(n, 0, "198.18.1.1:5060", "INVITE", BOB, "", SBC_VIA PHONE_VIA, "");
  ck_assert_uint_eq(first_sent(n)->status, 403);
  finish(n);
}
END_TEST

/* A connection comes from a port of its own and goes; the phone is who is reached at its Via. */
START_TEST(by_tcp_a_phone_is_its_address_and_the_port_of_its_via) {
  Node *n = node(&p_cscf_plugin);
  mock_attach(n->mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  mock_attach(n->mock, RD_IF_MW, "core", "home", "198.51.100.1/24");
  mock_name(n->mock, 1, "s-cscf", "198.51.100.2:5060");
  mock_set_text(&p_cscf_plugin, n->config, "next-hop", "s-cscf");
  start(n);
  by = 7;
  send(n, 0, "198.18.1.0:49152", "REGISTER", HOME, "", PHONE_VIA, "");
  answer(n, 1, CORE, 200, GRANT);
  by = 8;
  send(n, 0, "198.18.1.0:49153", "INVITE", BOB, "", PHONE_VIA, "");
  ck_assert_uint_eq(first_sent(n)->status, 0);
  send(n, 0, "198.18.1.0:49153", "INVITE", BOB, "",
       "Via: SIP/2.0/TCP 198.18.1.0:5062;branch=z9hG4bKo#\r\n", "");
  ck_assert_uint_eq(first_sent(n)->status, 403);
  send(n, 0, "198.18.1.1:49153", "INVITE", BOB, "", PHONE_VIA, ""); /* whatever its Via says */
  ck_assert_uint_eq(first_sent(n)->status, 403);
  by = 0;
  finish(n);
}
END_TEST

/* On one network of all the next hop alone is the core; who else is there is a phone. */
START_TEST(on_one_network_only_the_next_hop_is_the_core) {
  Node *n = node(&p_cscf_plugin);
  mock_attach(n->mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  mock_name(n->mock, 0, "s-cscf", "198.18.0.9:5060");
  mock_set_text(&p_cscf_plugin, n->config, "next-hop", "s-cscf");
  start(n);
  send(n, 0, PHONE, "INVITE", "sip:b@198.18.1.7:5060", "", PHONE_VIA, "");
  ck_assert_uint_eq(first_sent(n)->status, 403);
  ck_assert_int_eq(mock_count(n->mock, "unregistered-refused"), 1);
  send(n, 0, "198.18.0.9:5060", "INVITE", "sip:b@198.18.1.7:5060", "",
       "Via: SIP/2.0/UDP 198.18.0.9;branch=z9hG4bKc#\r\n", "");
  ck_assert_uint_eq(first_sent(n)->status, 0);
  ck_assert_uint_eq(mock_sent(n->mock, 0)->remote.ip[3], 7);
  finish(n);
}
END_TEST

START_TEST(calls_to_phones_go_back_by_the_path) {
  Node *n = pcscf();
  send(n, 1, CORE, "INVITE", "sip:b@198.18.1.7:5060", "",
       "Via: SIP/2.0/UDP 198.51.100.2;branch=z9hG4bKc#\r\n",
       "Route: <sip:198.51.100.1:5060;lr>, <sip:192.0.2.1:5060;lr>\r\n");
  const MockSent *out = mock_sent(n->mock, 0);
  ck_assert_uint_eq(out->attachment, 0);
  ck_assert_uint_eq(out->remote.ip[3], 1);
  ck_assert(rd_slice_is(rd_sip_value(&out->scan->sip, RD_HDR_ROUTE), "<sip:192.0.2.1:5060;lr>"));
  finish(n);
}
END_TEST

/* --- timers (TS 24.229 table 7.7.1) --- */

/* When each message of `attachment` to `remote` left, in milliseconds after the first. */
static const char *times(Node *n, uint16_t attachment, const char *remote) {
  static char text[200];
  RdAddress to;
  RdTime first = RD_NEVER;
  size_t len = 0;
  rd_address_parse(rd_slice(remote), &to);
  text[0] = 0;
  for (unsigned i = 0; i < mock_n_sent(n->mock); i++) {
    const MockSent *s = mock_sent(n->mock, i);
    if (s->attachment != attachment || !rd_address_equal(&s->remote, &to) ||
        s->scan->sip.status == 100)
      continue;
    first = first == RD_NEVER ? s->at : first;
    len += (size_t)snprintf(text + len, sizeof text - len, "%s%ld", len ? " " : "",
                            (long)((s->at - first) / RD_MILLISECOND));
  }
  return text;
}

#define CORE_VIA "Via: SIP/2.0/UDP 198.51.100.2;branch=z9hG4bKc#\r\n"
#define SERVER_PACE "0 500 1500 3500 7500 15500 31500"
#define PHONE_PACE "0 2000 6000 14000 30000 62000 126000"

/* An INVITE either way that nobody answers, and a phone that does not acknowledge its 403. */
static void check_paces(Node *n, const char *phone, const char *core, const char *to_phone,
                        const char *via, const char *pace) {
  uint16_t inside = mock_setup(n->mock)->n_attachments > 1;
  send(n, inside, core, "INVITE", to_phone, "", CORE_VIA, "");
  mock_run_until(n->world, mock_now(n->world) + 170 * RD_SECOND);
  ck_assert_str_eq(times(n, 0, phone), pace);
  ck_assert_uint_eq(mock_last(n->mock)->scan->sip.status, 408); /* its own, by timer B */
  send(n, 0, phone, "REGISTER", HOME, "", via, "");
  mock_run_until(n->world, mock_now(n->world) + 170 * RD_SECOND);
  ck_assert_str_eq(times(n, inside, core),
                   "0 500 1500 3500 7500 11500 15500 19500 23500 27500 31500");
}

START_TEST(phones_are_waited_for_longer_than_servers) {
  Node *n = sbc();
  check_paces(n, PHONE, "192.0.2.2:5060", "sip:a@198.18.1.0:5060", PHONE_VIA, PHONE_PACE);
  send(n, 0, PHONE, "INVITE", "sip:b@198.18.1.7", ";tag=2", PHONE_VIA,
       "Route: <sip:198.18.0.1;lr>, <sip:198.18.1.7;lr>\r\n");
  mock_run_until(n->world, mock_now(n->world) + 170 * RD_SECOND);
  ck_assert_uint_eq(mock_last(n->mock)->scan->sip.status, 403);
  ck_assert_str_eq(times(n, 0, PHONE),
                   "0 2000 6000 14000 30000 46000 62000 78000 94000 110000 126000");
  finish(n);
  n = node(&p_cscf_plugin); /* without a border */
  mock_attach(n->mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  mock_attach(n->mock, RD_IF_MW, "core", "home", "198.51.100.1/24");
  mock_name(n->mock, 1, "s-cscf", CORE);
  mock_set_text(&p_cscf_plugin, n->config, "next-hop", "s-cscf");
  start(n);
  check_paces(n, PHONE, CORE, "sip:a@198.18.1.0:5060", PHONE_VIA, PHONE_PACE);
  finish(n);
}
END_TEST

START_TEST(behind_a_border_there_is_no_phone_to_wait_for) {
  Node *n = pcscf();
  check_paces(n, SBC, CORE, "sip:a@192.0.2.1:5060", SBC_VIA PHONE_VIA, SERVER_PACE);
  finish(n);
}
END_TEST

/* With one network for both sides it is the peer that counts. */
START_TEST(on_one_network_the_next_hop_is_the_server) {
  Node *n = node(&sbc_plugin);
  mock_attach(n->mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  mock_set_text(&sbc_plugin, n->config, "next-hop-address", "198.18.0.9:5060");
  start(n);
  check_paces(n, PHONE, "198.18.0.9:5060", "sip:a@198.18.1.0:5060", PHONE_VIA, PHONE_PACE);
  finish(n);
}
END_TEST

START_TEST(the_timers_are_parameters) {
  Node *n = node(&sbc_plugin);
  mock_attach(n->mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  mock_attach(n->mock, RD_IF_MW, "border", "home", "192.0.2.1/24");
  mock_set_text(&sbc_plugin, n->config, "next-hop-address", "192.0.2.2");
  mock_set(&sbc_plugin, n->config, "gm-t1", 1);
  mock_set(&sbc_plugin, n->config, "t1", 0.1);
  start(n);
  send(n, 1, "192.0.2.2:5060", "INVITE", "sip:a@198.18.1.0:5060", "", CORE_VIA, "");
  mock_run_until(n->world, mock_now(n->world) + 100 * RD_SECOND);
  ck_assert_str_eq(times(n, 0, PHONE), "0 1000 3000 7000 15000 31000 63000");
  send(n, 0, PHONE, "INVITE", BOB, "", PHONE_VIA, "");
  mock_run_until(n->world, mock_now(n->world) + 100 * RD_SECOND);
  ck_assert_str_eq(times(n, 1, "192.0.2.2:5060"), "0 100 300 700 1500 3100 6300");
  finish(n);
}
END_TEST

/* RFC 3261 table 4 and s16.6 step 11; TS 24.229 table 7.7.1. A key that a node has means the same at
 * every node. */
static const struct {
  const char *key, *value;
  bool sbc, p_cscf, s_cscf, ue;
} timer_rows[] = {
    {"t1", "500 ms", true, true, true, false},
    {"t2", "4 s", true, true, true, false},
    {"t4", "5 s", true, true, true, false},
    {"gm-t1", "2 s", true, true, false, false},
    {"gm-t2", "16 s", true, true, false, false},
    {"gm-t4", "17 s", true, true, false, false},
    {"timer-c", "181 s", true, true, true, false},
    {"transactions", "200000", true, true, true, false},
    {"t1", "2 s", false, false, false, true},
    {"t2", "16 s", false, false, false, true},
    {"t4", "17 s", false, false, false, true},
};

START_TEST(timers_are_the_same_rows_everywhere) {
  const RdPlugin *const plugins[] = {&sbc_plugin, &p_cscf_plugin, &s_cscf_plugin, &ue_plugin};
  const bool has[] = {timer_rows[_i].sbc, timer_rows[_i].p_cscf, timer_rows[_i].s_cscf,
                      timer_rows[_i].ue};
  for (unsigned i = 0; i < G_N_ELEMENTS(plugins); i++) {
    const char *found = NULL;
    for (const RdParam *p = plugins[i]->params; p->key; p++)
      if (strcmp(p->key, timer_rows[_i].key) == 0 && strcmp(p->fallback, timer_rows[_i].value) == 0)
        found = p->fallback;
    ck_assert_msg((found != NULL) == has[i], "%s: %s %s", plugins[i]->name, timer_rows[_i].key,
                  timer_rows[_i].value);
  }
}
END_TEST

/* --- garbage --- */

static void feed(Node *n, const char *bytes, size_t len) {
  char *copy = g_malloc(len + 1);
  memcpy(copy, bytes, len);
  for (uint16_t attachment = 0; attachment < 2; attachment++) {
    const char *from = attachment == 0 ? "198.18.1.66:5060" : "192.0.2.2:5060";
    mock_receive(n->mock, attachment, from, copy, len);
    mock_receive(n->mock, attachment, from, copy, len / 2);
  }
  for (size_t i = 0; i < len; i += 7) /* one octet wrong here and there */
    for (unsigned flip = 1; flip < 256; flip <<= 3) {
      copy[i] ^= (char)flip;
      mock_receive(n->mock, 0, "198.18.1.66:5060", copy, len);
      copy[i] ^= (char)flip;
    }
  g_free(copy);
}

static void feed_folder(Node *n, const char *folder, unsigned *fed) {
  g_autofree char *path = g_build_filename(MESSAGES, folder, NULL);
  GDir *dir = g_dir_open(path, 0, NULL);
  ck_assert_ptr_nonnull(dir);
  for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
    g_autofree char *file = g_build_filename(path, name, NULL);
    g_autofree char *bytes = NULL;
    gsize len;
    if (!g_file_get_contents(file, &bytes, &len, NULL))
      continue;
    feed(n, bytes, len);
    ++*fed;
  }
  g_dir_close(dir);
}

static Node *garbage_target(int i) {
  Node *n = node(i == 0 ? &sbc_plugin : i == 1 ? &p_cscf_plugin : &s_cscf_plugin);
  mock_attach(n->mock, RD_IF_GM, "gm", "access", "198.18.0.1/15");
  mock_attach(n->mock, RD_IF_MW, "border", "home", "192.0.2.1/24");
  mock_name(n->mock, 1, "next", "192.0.2.2:5060");
  if (i < 2)
    mock_set_text(n->plugin, n->config, "next-hop", "next");
  mock_set(n->plugin, n->config, "transactions", 500);
  start(n);
  return n;
}

START_TEST(garbage_is_survived) {
  Node *n = garbage_target(_i);
  unsigned fed = 0;
  feed_folder(n, "valid", &fed);
  feed_folder(n, "odd", &fed);
  feed_folder(n, "invalid", &fed);
  ck_assert_uint_ge(fed, 100);
  mock_run_until(n->world, 400 * RD_SECOND); /* everything it armed, too */
  ck_assert_uint_eq(mock_pending(n->mock), 0);
  finish(n);
}
END_TEST

static Suite *suite(void) {
  Suite *s = suite_create("border");
  TCase *c = tcase_create("sbc");
  suite_add_tcase(s, c);
  tcase_add_test(c, the_edge_takes_out_what_phones_must_not_say);
  tcase_add_test(c, register_gets_a_path_and_hops_are_capped);
  tcase_add_test(c, phones_cannot_choose_their_way);
  tcase_add_test(c, a_ping_is_answered);
  tcase_add_test(c, it_stands_alone_between_two_user_agents);
  c = tcase_create("p-cscf");
  suite_add_tcase(s, c);
  tcase_add_test(c, registrations_are_bound_to_their_source);
  tcase_add_loop_test(c, a_phone_may_choose_among_its_own_names, 0, G_N_ELEMENTS(preferences));
  tcase_add_loop_test(c, strangers_are_refused, 0, G_N_ELEMENTS(strangers));
  tcase_add_test(c, bindings_end);
  tcase_add_test(c, a_refused_register_binds_nobody);
  tcase_add_test(c, without_a_border_the_sender_counts);
  tcase_add_test(c, by_tcp_a_phone_is_its_address_and_the_port_of_its_via);
  tcase_add_test(c, on_one_network_only_the_next_hop_is_the_core);
  tcase_add_test(c, calls_to_phones_go_back_by_the_path);
  c = tcase_create("timers");
  suite_add_tcase(s, c);
  tcase_add_test(c, phones_are_waited_for_longer_than_servers);
  tcase_add_test(c, behind_a_border_there_is_no_phone_to_wait_for);
  tcase_add_test(c, on_one_network_the_next_hop_is_the_server);
  tcase_add_test(c, the_timers_are_parameters);
  tcase_add_loop_test(c, timers_are_the_same_rows_everywhere, 0, G_N_ELEMENTS(timer_rows));
  c = tcase_create("garbage");
  suite_add_tcase(s, c);
  tcase_set_timeout(c, 120);
  tcase_add_loop_test(c, garbage_is_survived, 0, 3);
  return s;
}

int main(void) {
  return rd_check_main(suite);
}
