/* fixture.h - an S-CSCF with an HSS, its neighbours and a profile, on the mock host. Every REGISTER is believed. */
#pragma once

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
static inline void criterion(const char *server, const char *method, RdSessionCase session_case,
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

static inline void setup(void) {
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

static inline void teardown(void) {
  ck_assert_int_eq(mock_count(mock, "impossible-events"), 0);
  mock_close(mock);
  mock_world_free(world);
  g_free(config);
}

static inline void run(RdTime seconds) {
  mock_run_until(world, mock_now(world) + seconds * RD_SECOND);
}

static inline void send_register(unsigned expires) {
  char text[2000];
  snprintf(text, sizeof text,
           "REGISTER sip:" REALM " SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK%u\r\n"
           "Max-Forwards: 60\r\nFrom: <" TEMPORARY ">;tag=1\r\nTo: <" TEMPORARY ">\r\n"
           "Call-ID: c1\r\nCSeq: %u REGISTER\r\nContact: <sip:x@198.18.1.1>;expires=%u\r\n"
           "Path: <sip:198.51.100.1;lr>\r\nContent-Length: 0\r\n\r\n",
           ++n, ++cseq, expires);
  mock_receive_text(mock, 0, "198.51.100.7:5060", text);
}

static inline void answer_profile(void) {
  uint8_t room[12000];
  char xml[RD_PROFILE_XML];
  const size_t len = rd_profile_write(&profile, xml, sizeof xml);
  ck_assert_uint_gt(len, 0);
  RdDiaBuild b = peer_answer(mock, room, sizeof room, RD_DIA_SUCCESS, false);
  rd_dia_add(&b, RD_AVP_CX_USER_DATA, rd_slice_of(xml, len));
  peer_tell(mock, 1, RD_DATA, HSS_CONN, b.at, rd_dia_finish(&b));
}

static inline void registers(void) {
  send_register(600);
  answer_profile();
  ck_assert_int_gt(mock_count(mock, "registrations"), 0);
}

/* Whoever asks from OTHER is registered here as well, and known by name. */
static inline void neighbour_registers(void) {
  const RdProfile own = profile;
  profile = (RdProfile){
      .impi = "001010000000002@" REALM, .n_identities = 1, .identities = {{OTHER, false}}};
  mock_receive_text(mock, 0, "198.51.100.7:5060",
                    "REGISTER sip:" REALM " SIP/2.0\r\n"
                    "Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKother\r\nMax-Forwards: 60\r\n"
                    "From: <sip:001010000000002@" REALM ">;tag=1\r\n"
                    "To: <sip:001010000000002@" REALM ">\r\nCall-ID: c2\r\nCSeq: 1 REGISTER\r\n"
                    "Contact: <sip:y@198.18.1.2>;expires=600\r\nContent-Length: 0\r\n\r\n");
  answer_profile();
  ck_assert_int_eq(mock_count(mock, "registrations"), 2);
  profile = own;
}

/* The SIP request that went to an address last; NULL: none did. */
static inline const RdSip *sent_to(unsigned last_octet, const char *method) {
  for (unsigned i = mock_n_sent(mock); i-- > 0;) {
    const MockSent *s = mock_sent(mock, i);
    if (s->protocol == RD_PROTO_SIP && s->scan->sip.is_request && s->remote.ip[3] == last_octet &&
        rd_slice_is(s->scan->sip.method_text, method))
      return &s->scan->sip;
  }
  return NULL;
}

static inline RdSlice header(const RdSip *sip, const char *name) {
  for (unsigned i = 0; i < sip->n_headers; i++)
    if (rd_slice_is_nocase(rd_sip_header(sip, i)->name, name))
      return rd_sip_header(sip, i)->value;
  return (RdSlice){0};
}

static inline void send_invite(unsigned from, const char *uri, const char *routes,
                               const char *head) {
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
static inline const char *back_from(unsigned server) {
  static char routes[600];
  const RdSip *sent = sent_to(server, "INVITE");
  ck_assert_ptr_nonnull(sent);
  RdSlice rest = rd_sip_value(sent, RD_HDR_ROUTE);
  rd_sip_split(&rest);
  rd_slice_copy(rd_slice_trim(rest), routes, sizeof routes);
  return routes;
}

static inline void answer_from(unsigned server, const char *method, unsigned status) {
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

static inline unsigned answered(void) {
  unsigned status = 0;
  for (unsigned i = 0; i < mock_n_sent(mock); i++) {
    const MockSent *s = mock_sent(mock, i);
    if (s->protocol == RD_PROTO_SIP && s->scan->sip.status > 100 &&
        rd_slice_is(s->scan->sip.method_text, "INVITE"))
      status = s->scan->sip.status;
  }
  return status;
}
