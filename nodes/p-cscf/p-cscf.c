/* p-cscf.c - the first CSCF: it knows who is registered from where, and vouches for them
 * (TS 24.229 s5.2). */
#include <glib.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/base/table.h"
#include "lab/base/text.h"
#include "lab/sip/contact.h"
#include "lab/sip/scan.h"
#include "lab/sip/uri.h"
#include "lab/sip/via.h"
#include "lab/stack/next_hop.h"
#include "lab/stack/tcp_rows.h"
#include "lab/stack/timer_rows.h"
#include "lab/subscribers/provision.h"
#include "nodes/p-cscf/p-cscf.h"
#include "redoubt/plugin.h"

#define DRAW_TABLE_KEY 1
#define IDENTITIES_TEXT (RD_IDENTITY_TEXT * 3)
#define ROUTE_TEXT 192

/* What becomes of a request of who is not registered. */
static const char *const unregistered_names[] = {
    [UNREGISTERED_REFUSE] = "refuse", [UNREGISTERED_PASS] = "pass", NULL};

static const RdParam rows[] = {
    RD_PARAM(PcscfConfig, "next-hop", RD_NODE_NAME, next_hop, "", 0, 0, "",
             "Where REGISTER goes, and what has no Service-Route: an I-CSCF or S-CSCF."),
    RD_PARAM(PcscfConfig, "visited-network", RD_TEXT, visited_network, RD_IMS_DOMAIN, 0, 0, "",
             "What P-Visited-Network-ID says."),
    RD_PARAM(PcscfConfig, "bindings", RD_INTEGER, bindings, "1000000", 1, 1e8, "",
             "Registrations remembered; past it the one used longest ago gives way."),
    RD_PARAM(PcscfConfig, "sec-agree", RD_BOOL, sec_agree, "false", 0, 0, "",
             "Phones at Gm need a security association (RFC 3329, TS 33.203)."),
    RD_PARAM(PcscfConfig, "protected-client-port", RD_INTEGER, port_c, "5062", 1024, 65535, "",
             "By which requests to phones with an association leave."),
    RD_PARAM(PcscfConfig, "protected-server-port", RD_INTEGER, port_s, "5063", 1024, 65535, "",
             "At which phones with an association are heard."),
    RD_PARAM(PcscfConfig, "await-auth", RD_DURATION, await_auth, "240 s", 1, 3600, "s",
             "How long an association waits for the phone's proof."),
    RD_PARAM(PcscfConfig, "null-cipher", RD_BOOL, null_cipher, "false", 0, 0, "",
             "An offer without encryption is good enough (a weakness)."),
    RD_PARAM(
        PcscfConfig, "bind-impi", RD_BOOL, bind_impi, "true", 0, 0, "",
        "A REGISTER by an association has to be of its private identity; false is a weakness."),
    RD_PARAM(PcscfConfig, "check-verify", RD_BOOL, check_verify, "true", 0, 0, "",
             "Security-Verify has to repeat what was sent; false is a weakness."),
    RD_PARAM(PcscfConfig, "accept-unprotected", RD_BOOL, accept_unprotected, "false", 0, 0, "",
             "Requests at the unprotected port are served like others (a weakness)."),
    RD_PARAM(PcscfConfig, "believe-integrity", RD_BOOL, believe_integrity, "false", 0, 0, "",
             "A phone's own word of integrity-protected goes to the core (a weakness)."),
    RD_CHOICE(PcscfConfig, "unregistered", unregistered, "refuse", unregistered_names,
              "What becomes of requests of who is not registered here: refused 403, or passed on "
              "with nobody's word for who they are from (a weakness)."),
    RD_SIP_PROXY_ROWS(PcscfConfig, proxy),
    RD_SIP_PHONE_TIMERS(PcscfConfig, proxy.radio, "gm-"),
    RD_SIP_TIMER_C(PcscfConfig, proxy),
    RD_SIP_TCP_ROWS(PcscfConfig, proxy.tcp),
    RD_PARAM_END};

/* --- who is at the other end --- */

/* Behind an SBC the phone is who wrote the second Via, and the SBC has put the truth there; on Gm
 * itself it is the sender. Stands in for the security association of TS 33.203. */
static bool phone_of(const Pcscf *p, const RdSip *request, uint16_t attachment,
                     const RdAddress *hop, RdAddress *ret) {
  RdAddress said;
  if (rd_sip_proxy_on_gm(p->proxy, attachment)) {
    *ret = *hop;
    if (hop->transport == RD_TCP && rd_sip_via_source(request->via, &said))
      ret->port = said.port; /* where it is reached: its connections come and go */
    if (p->config->sec_agree)
      ret->port = 0; /* its protected ports change with each agreement */
    return true;
  }
  unsigned n = 0;
  for (const RdSipHeader *h = rd_sip_first(request, RD_HDR_VIA); h; h = rd_sip_next(request, h)) {
    RdSlice rest = h->value;
    for (RdSlice via = rd_sip_split(&rest); via.at; via = rd_sip_split(&rest))
      if (n++ == 1)
        return rd_sip_via_source(via, ret);
  }
  *ret = *hop;
  return true;
}

typedef struct {
  uint8_t bytes[19];
} Key;

static Key key_of(const RdAddress *a) {
  Key key;
  memcpy(key.bytes, a->ip, 16);
  key.bytes[16] = a->family;
  key.bytes[17] = (uint8_t)(a->port >> 8);
  key.bytes[18] = (uint8_t)a->port;
  return key;
}

static const Binding *binding_of(Pcscf *p, const RdMessage *m) {
  RdAddress phone;
  if (!phone_of(p, m->sip, m->attachment, &m->remote, &phone))
    return NULL;
  Key key = key_of(&phone);
  const Binding *b = rd_table_get(p->bindings, key.bytes, sizeof key.bytes);
  if (b && b->until > p->host->now(p->host))
    return b;
  if (b)
    rd_table_remove(p->bindings, key.bytes, sizeof key.bytes);
  return NULL;
}

/* --- registration (s5.2.2) --- */

static void forward_register(Pcscf *p, RdProxyRequest *r) {
  char text[RD_ADDRESS_TEXT];
  rd_address_text(rd_sip_proxy_address(p->proxy, p->hop.attachment), text);
  rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Path", "<sip:%s%s;lr>", text,
                rd_sip_proxy_transport(p->proxy));
  rd_proxy_edit(&r->edits, RD_EDIT_REPLACE, "P-Visited-Network-ID", "\"%s\"",
                p->config->visited_network);
  r->next = p->hop.address;
}

/* Seconds that the registrar granted; 0: the registration is gone. */
static uint64_t granted(const RdSip *response) {
  uint64_t seconds;
  if (!rd_sip_value(response, RD_HDR_CONTACT).at)
    return 0;
  if (rd_sip_contact_expires(response, NULL, &seconds))
    return seconds;
  return response->expires > 0 ? (uint64_t)response->expires : 0;
}

/* The set that was registered; told none, it is the one that asked. */
static bool copy_identities(const RdSip *sip, char *ret, size_t cap) {
  RdText t = rd_text(ret, cap);
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_P_ASSOCIATED_URI); h;
       h = rd_sip_next(sip, h)) {
    if (t.len > 0)
      rd_text_add(&t, ", ");
    rd_text_slice(&t, h->value);
  }
  if (t.len == 0) {
    rd_text_char(&t, '<');
    rd_text_slice(&t, sip->to_uri);
    rd_text_char(&t, '>');
  }
  RdSlice rest = rd_slice_of(t.at, t.len);
  return !t.full && !memchr(t.at, '\r', t.len) && !memchr(t.at, '\n', t.len) &&
         rd_sip_name_addr(rd_sip_split(&rest), NULL).len > 0;
}

/* A million of them are kept: each takes no more than it needs. */
static void keep_texts(Binding *b, const char *identities, RdSlice route) {
  const size_t n = strlen(identities) + 1;
  b->identities = g_malloc(n + route.len + 1);
  memcpy(b->identities, identities, n);
  if (route.len > 0)
    memcpy(b->identities + n, route.at, route.len);
  b->identities[n + route.len] = 0;
  b->service_route = b->identities + n;
}

static void binding_gone(void *value) {
  g_free(((Binding *)value)->identities);
}

static void on_response(void *user, RdProxyResponse *r) {
  Pcscf *p = user;
  const RdSip *sip = r->message->sip;
  RdAddress phone;
  if (sip->method == RD_SIP_REGISTER && rd_sip_proxy_on_gm(p->proxy, r->arrived))
    agree_response(p, r, granted(sip));
  if (sip->method != RD_SIP_REGISTER || sip->status / 100 != 2 ||
      !phone_of(p, r->request, r->arrived, r->from, &phone))
    return;
  Key key = key_of(&phone);
  uint64_t seconds = granted(sip);
  if (seconds == 0) {
    rd_table_remove(p->bindings, key.bytes, sizeof key.bytes);
    p->host->count(p->host, p->unbound, 1);
    return;
  }
  RdSlice route = rd_sip_value(sip, RD_HDR_SERVICE_ROUTE);
  char identities[IDENTITIES_TEXT];
  if (!copy_identities(sip, identities, sizeof identities) || route.len >= ROUTE_TEXT)
    return; /* the phone will be told 403: it could not be vouched for */
  Binding *b = rd_table_put(p->bindings, key.bytes, sizeof key.bytes, NULL);
  g_free(b->identities);
  b->until = seconds > UINT32_MAX ? RD_NEVER : p->host->now(p->host) + (RdTime)seconds * RD_SECOND;
  keep_texts(b, identities, route);
  p->host->count(p->host, p->bound, 1);
}

/* --- other requests --- */

/* As whom a registered phone speaks: as it prefers if it is registered so, else by default. */
static RdSlice asserted(const Binding *b, const RdSip *sip) {
  RdSlice rest = rd_slice(b->identities), said = rd_sip_value(sip, RD_HDR_P_PREFERRED_IDENTITY);
  const RdSlice first = rd_sip_split(&said);
  const RdSlice by_default = rd_sip_name_addr(rd_sip_split(&rest), NULL);
  RdSipUri preferred, own;
  if (!first.at || !rd_sip_uri_parse(rd_sip_name_addr(first, NULL), &preferred))
    return by_default;
  rest = rd_slice(b->identities);
  for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest)) {
    const RdSlice uri = rd_sip_name_addr(one, NULL);
    if (rd_sip_uri_parse(uri, &own) && rd_sip_uri_equal(&own, &preferred))
      return uri;
  }
  return by_default;
}

/* Within a dialog its route set knows; else it goes where all go that have no Service-Route. */
static void pass_unknown(Pcscf *p, RdProxyRequest *r) {
  if (r->in_dialog)
    return;
  if (rd_sip_first(r->message->sip, RD_HDR_ROUTE))
    rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, "Route", NULL);
  r->next = p->hop.address;
}

/* s5.2.6.3: a registered phone's request; its identity and its route are ours to state. */
static void from_phone(Pcscf *p, RdProxyRequest *r) {
  const Binding *b = binding_of(p, r->message);
  if (!b && p->config->unregistered == UNREGISTERED_PASS) {
    pass_unknown(p, r);
    return;
  }
  if (!b) {
    p->host->count(p->host, p->refused, 1);
    r->action = r->tx ? RD_PROXY_ANSWER : RD_PROXY_DROP;
    r->code = 403;
    return;
  }
  const RdSlice identity = asserted(b, r->message->sip);
  if (rd_sip_first(r->message->sip, RD_HDR_P_PREFERRED_IDENTITY))
    rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, "P-Preferred-Identity", NULL);
  if (r->in_dialog) {
    if (rd_sip_first(r->message->sip, RD_HDR_P_ASSERTED_IDENTITY))
      rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, "P-Asserted-Identity", NULL);
    return;
  }
  rd_proxy_edit(&r->edits, RD_EDIT_REPLACE, "P-Asserted-Identity", "<%.*s>", (int)identity.len,
                identity.at);
  if (b->service_route[0]) {
    rd_proxy_edit(&r->edits, RD_EDIT_REPLACE, "Route", "%s", b->service_route);
    return;
  }
  if (rd_sip_first(r->message->sip, RD_HDR_ROUTE))
    rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, "Route", NULL);
  r->next = p->hop.address;
}

/* Nobody is vouched for (TS 24.229 s5.2.10). */
static void emergency(Pcscf *p, RdProxyRequest *r) {
  static const char *const unsaid[] = {"P-Preferred-Identity", "P-Asserted-Identity", "Route"};
  for (size_t i = 0; i < G_N_ELEMENTS(unsaid) && !(r->in_dialog && i == 2); i++)
    if (rd_sip_first(r->message->sip, rd_sip_header_id(rd_slice(unsaid[i]))))
      rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, unsaid[i], NULL);
  if (!r->in_dialog)
    r->next = p->hop.address;
}

/* Behind an SBC no phone is ours to wait for: the timers are those between servers. */
static bool over_radio(void *user, uint16_t attachment, const RdAddress *remote) {
  const Pcscf *p = user;
  return rd_sip_proxy_on_gm(p->proxy, attachment) &&
         !rd_next_hop_is_core(&p->hop, attachment, remote);
}

static void on_request(void *user, RdProxyRequest *r) {
  Pcscf *p = user;
  if (r->for_self && !r->route.at && r->message->sip->method == RD_SIP_OPTIONS) {
    r->action = RD_PROXY_ANSWER;
    r->code = 200;
    return;
  }
  if (rd_next_hop_is_core(&p->hop, r->message->attachment, &r->message->remote))
    return; /* Path and Record-Route say where to */
  const AgreeOn on =
      rd_sip_proxy_on_gm(p->proxy, r->message->attachment) ? agree_request(p, r) : AGREE_PASSES;
  if (on == AGREE_ANSWERED)
    return;
  if (on == AGREE_EMERGENCY)
    emergency(p, r);
  else if (r->message->sip->method == RD_SIP_REGISTER)
    forward_register(p, r);
  else
    from_phone(p, r);
}

static bool understands(void *user, RdSlice tag) {
  return ((Pcscf *)user)->config->sec_agree && rd_slice_is_nocase(tag, "sec-agree");
}

static bool protects(void *user, uint16_t attachment, const RdAddress *remote) {
  Pcscf *p = user;
  return rd_sip_proxy_on_gm(p->proxy, attachment) && security_reaches(&p->agree.security, remote);
}

static const RdSipProxyOps proxy_ops = {.request = on_request,
                                        .response = on_response,
                                        .over_radio = over_radio,
                                        .understands = understands,
                                        .protects = protects};

/* --- life --- */

static void *open_pcscf(RdHost *host, const void *config, const RdActorSetup *setup) {
  const PcscfConfig *c = config;
  if (setup->n_attachments == 0) {
    host->log(host, RD_LOG_ERROR, "a P-CSCF needs a network");
    return NULL;
  }
  Pcscf *p = g_new0(Pcscf, 1);
  p->host = host;
  p->config = c;
  p->setup = setup;
  p->hop.setup = setup;
  p->bound = host->counter(host, "registrations-bound");
  p->unbound = host->counter(host, "registrations-released");
  p->refused = host->counter(host, "unregistered-refused");
  const uint64_t key[2] = {host->random(host, 0, DRAW_TABLE_KEY, 0),
                           host->random(host, 0, DRAW_TABLE_KEY, 1)};
  p->bindings = rd_table_new((uint32_t)c->bindings, sizeof(Binding), key, NULL, NULL);
  rd_table_own(p->bindings, binding_gone);
  p->proxy = rd_sip_proxy_new(host, setup, &p->cookies, &c->proxy, &proxy_ops, p);
  agree_open(p, key);
  return p;
}

static void start(void *self) {
  Pcscf *p = self;
  rd_next_hop_find(&p->hop, p->host, p->setup, p->config->next_hop, NULL);
  agree_start(p);
}

static void receive(void *self, const RdMessage *message) {
  rd_sip_proxy_receive(((Pcscf *)self)->proxy, message);
}

static void timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  rd_cookies_fire(&((Pcscf *)self)->cookies, cookie);
}

static void close_pcscf(void *self) {
  Pcscf *p = self;
  rd_sip_proxy_free(p->proxy);
  rd_table_free(p->bindings);
  agree_close(p);
  g_free(p);
}

static const RdCost costs[] = {RD_SIP_PROXY_COSTS,
                               {.operation = "esp",
                                .base = "2 us",
                                .per_byte = "10 ns",
                                .source = "estimate: HMAC-SHA-1 and AES-CBC in software",
                                .help = "A message in or out of a security association."},
                               RD_COST_END};

RD_PART(RD_NODE, "p-cscf",
        "P-CSCF: binds registrations to where they came from, and asserts identities.",
        RD_CONFIG(PcscfConfig, rows), RD_COSTS(costs),
        RD_ACTOR_OPS(.open = open_pcscf, .start = start, .receive = receive, .timer = timer,
                     .close = close_pcscf),
        .interface = RD_IF_MW);
