/* sbc.c - the access border: a Record-Routing stateful proxy that guards the trust domain's edge. */
#include <glib.h>

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/stack/next_hop.h"
#include "lab/stack/tcp_rows.h"
#include "lab/stack/timer_rows.h"
#include "redoubt/plugin.h"

typedef struct {
  const char *next_hop, *next_hop_address;
  int64_t max_forwards;
  bool path, strip;
  RdSipProxyConfig proxy;
} SbcConfig;

typedef struct {
  RdHost *host;
  const SbcConfig *config;
  const RdActorSetup *setup;
  RdCookies cookies;
  RdSipProxy *proxy;
  RdNextHop hop;
  uint32_t requests, stripped, options;
} Sbc;

static const RdParam params[] = {
    RD_PARAM(SbcConfig, "next-hop", RD_NODE_NAME, next_hop, "", 0, 0, "",
             "Where requests from the access side go: a P-CSCF or another proxy."),
    RD_PARAM(SbcConfig, "next-hop-address", RD_TEXT, next_hop_address, "", 0, 0, "",
             "The same as ip:port, when it is no node of the topology."),
    RD_PARAM(SbcConfig, "max-forwards", RD_INTEGER, max_forwards, "70", 1, 255, "",
             "Requests from the access side go on with at most so many hops left."),
    RD_PARAM(SbcConfig, "path", RD_BOOL, path, "true", 0, 0, "",
             "Adds Path to REGISTER (RFC 3327)."),
    RD_PARAM(SbcConfig, "strip", RD_BOOL, strip, "true", 0, 0, "",
             "Takes headers that only the network may set out of requests from the access side."),
    RD_SIP_PROXY_ROWS(SbcConfig, proxy),
    RD_SIP_PHONE_TIMERS(SbcConfig, proxy.radio, "gm-"),
    RD_SIP_TIMER_C(SbcConfig, proxy),
    RD_SIP_TCP_ROWS(SbcConfig, proxy.tcp),
    RD_PARAM_END};

/* What a phone has no business sending: set by the network, and believed by it (RFC 3325 s5,
 * RFC 7315, RFC 3327, RFC 3608, TS 24.229 s4.4). */
static const char *const network_only[] = {"P-Asserted-Identity",
                                           "P-Charging-Vector",
                                           "P-Charging-Function-Addresses",
                                           "P-Visited-Network-ID",
                                           "P-Associated-URI",
                                           "P-Called-Party-ID",
                                           "P-Served-User",
                                           "P-User-Database",
                                           "P-Profile-Key",
                                           "P-Private-Network-Indication",
                                           "Path",
                                           "Service-Route",
                                           "Feature-Caps",
                                           "Relayed-Charge",
                                           "Restoration-Info"};

static bool has_header(const RdSip *sip, const char *name) {
  RdHeaderId id = rd_sip_header_id(rd_slice(name));
  if (id != RD_HDR_OTHER)
    return rd_sip_first(sip, id) != NULL;
  for (unsigned i = 0; i < sip->n_headers; i++)
    if (rd_slice_is_nocase(rd_sip_header(sip, i)->name, name))
      return true;
  return false;
}

static void strip(Sbc *sbc, RdProxyRequest *r) {
  for (size_t i = 0; i < G_N_ELEMENTS(network_only); i++)
    if (has_header(r->message->sip, network_only[i])) {
      rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, network_only[i], NULL);
      sbc->host->count(sbc->host, sbc->stripped, 1);
    }
}

static void add_path(Sbc *sbc, RdProxyRequest *r) {
  char text[RD_ADDRESS_TEXT];
  rd_address_text(rd_sip_proxy_address(sbc->proxy, sbc->hop.attachment), text);
  rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Path", "<sip:%s%s;lr>", text,
                rd_sip_proxy_transport(sbc->proxy));
}

static bool over_radio(void *user, uint16_t attachment, const RdAddress *remote) {
  const Sbc *sbc = user;
  return rd_sip_proxy_on_gm(sbc->proxy, attachment) &&
         !rd_next_hop_is_core(&sbc->hop, attachment, remote);
}

/* A route set made up by a phone must not lead back to other phones, past the core. */
static bool leads_inside(const Sbc *sbc, RdSlice route) {
  RdAddress next;
  if (sbc->setup->n_attachments == 1)
    return true;
  return rd_sip_proxy_locate(sbc->proxy, route, &next, NULL) &&
         sbc->host->route(sbc->host, &next) == sbc->hop.attachment;
}

static void from_access(Sbc *sbc, RdProxyRequest *r) {
  const RdSip *sip = r->message->sip;
  if (sbc->config->strip)
    strip(sbc, r);
  if (sip->max_forwards > sbc->config->max_forwards)
    rd_proxy_edit(&r->edits, RD_EDIT_REPLACE, "Max-Forwards", "%d", (int)sbc->config->max_forwards);
  if (sip->method == RD_SIP_REGISTER && sbc->config->path)
    add_path(sbc, r);
  if (!r->in_dialog || (!r->route.at && sbc->setup->n_attachments > 1))
    r->next = sbc->hop.address;
  else if (r->route.at && !leads_inside(sbc, r->route)) {
    r->action = RD_PROXY_ANSWER;
    r->code = 403;
  }
}

static void on_request(void *user, RdProxyRequest *r) {
  Sbc *sbc = user;
  sbc->host->count(sbc->host, sbc->requests, 1);
  if (r->for_self && !r->route.at && r->message->sip->method == RD_SIP_OPTIONS) {
    sbc->host->count(sbc->host, sbc->options, 1);
    r->action = RD_PROXY_ANSWER;
    r->code = 200;
    return;
  }
  if (!rd_next_hop_is_core(&sbc->hop, r->message->attachment, &r->message->remote))
    from_access(sbc, r);
}

static const RdSipProxyOps proxy_ops = {.request = on_request, .over_radio = over_radio};

static void *open_sbc(RdHost *host, const void *config, const RdActorSetup *setup) {
  const SbcConfig *c = config;
  if (setup->n_attachments == 0) {
    host->log(host, RD_LOG_ERROR, "an SBC needs a network");
    return NULL;
  }
  Sbc *sbc = g_new0(Sbc, 1);
  sbc->host = host;
  sbc->config = c;
  sbc->setup = setup;
  sbc->hop.setup = setup;
  sbc->requests = host->counter(host, "requests");
  sbc->stripped = host->counter(host, "headers-stripped");
  sbc->options = host->counter(host, "options-answered");
  sbc->proxy = rd_sip_proxy_new(host, setup, &sbc->cookies, &c->proxy, &proxy_ops, sbc);
  return sbc;
}

/* Names are resolved here, not in open(): by now every node has its addresses. */
static void start(void *self) {
  Sbc *sbc = self;
  rd_next_hop_find(&sbc->hop, sbc->host, sbc->setup, sbc->config->next_hop,
                   sbc->config->next_hop_address);
}

static void receive(void *self, const RdMessage *message) {
  rd_sip_proxy_receive(((Sbc *)self)->proxy, message);
}

static void timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  rd_cookies_fire(&((Sbc *)self)->cookies, cookie);
}

static void close_sbc(void *self) {
  Sbc *sbc = self;
  rd_sip_proxy_free(sbc->proxy);
  g_free(sbc);
}

static const RdCost costs[] = {RD_SIP_PROXY_COSTS, RD_COST_END};

RD_PART(RD_NODE, "sbc",
        "Access SBC: a Record-Routing stateful proxy at the edge of the trust domain.",
        RD_CONFIG(SbcConfig, params), RD_COSTS(costs),
        RD_ACTOR_OPS(.open = open_sbc, .start = start, .receive = receive, .timer = timer,
                     .close = close_sbc),
        .interface = RD_IF_GM);
