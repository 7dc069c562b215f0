/* i-cscf.c - the interrogating CSCF: parameters and life. It asks the HSS which S-CSCF a request is for. */
#include "nodes/i-cscf/i-cscf.h"

#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/stack/tcp_rows.h"
#include "lab/stack/timer_rows.h"
#include "lab/subscribers/provision.h"

#define DRAW_KEY 1

static const RdParam params[] = {
    RD_PARAM(IcscfConfig, "hss", RD_NODE_NAME, hss, "", 0, 0, "", "The HSS that is asked over Cx."),
    RD_PARAM(IcscfConfig, "s-cscfs", RD_LIST, servers, "", 0, 0, "",
             "S-CSCFs, by node name, of which one is chosen for who has none yet."),
    RD_PARAM(IcscfConfig, "realm", RD_TEXT, realm, RD_IMS_DOMAIN, 0, 0, "",
             "The home network's own name, in Diameter too."),
    RD_DIA_ROWS(IcscfConfig, dia),
    RD_SIP_PROXY_ROWS(IcscfConfig, proxy),
    RD_SIP_TIMER_C(IcscfConfig, proxy),
    RD_SIP_TCP_ROWS(IcscfConfig, proxy.tcp),
    RD_PARAM_END};

static void on_request(void *user, RdProxyRequest *r) {
  Icscf *i = user;
  const RdSip *sip = r->message->sip;
  if (!r->tx || r->in_dialog || r->route.at)
    return; /* its way is known: s5.3.2 is about what begins something here */
  if (sip->method == RD_SIP_REGISTER) {
    icscf_authorize(i, r);
  } else if (r->for_self && sip->method == RD_SIP_OPTIONS) {
    r->action = RD_PROXY_ANSWER;
    r->code = 200;
  } else {
    icscf_locate(i, r);
  }
}

static const RdSipProxyOps proxy_ops = {.request = on_request};

static void on_answer(void *user, uint64_t context, RdDiaOutcome outcome,
                      const RdDiameter *answer) {
  icscf_answered(user, context, outcome, answer);
}

static const RdDiaOps dia_ops = {.answer = on_answer};

static void *open_icscf(RdHost *host, const void *config, const RdActorSetup *setup) {
  const IcscfConfig *c = config;
  if (setup->n_attachments == 0) {
    host->log(host, RD_LOG_ERROR, "an I-CSCF needs a network");
    return NULL;
  }
  Icscf *i = g_new0(Icscf, 1);
  i->host = host;
  i->config = c;
  i->setup = setup;
  i->dia_config = c->dia;
  i->dia_config.realm = c->realm;
  for (uint64_t k = 0; k < 2; k++)
    i->key[k] = host->random(host, 0, DRAW_KEY, k);
  i->n.registrations = host->counter(host, "registrations");
  i->n.locations = host->counter(host, "requests-located");
  i->n.unknown = host->counter(host, "unknown-users");
  i->n.refused = host->counter(host, "hss-refused");
  i->n.hss_silent = host->counter(host, "hss-silent");
  i->n.no_server = host->counter(host, "no-s-cscf");
  i->queries = rd_table_new((uint32_t)c->dia.pending, sizeof(uint64_t), i->key, NULL, NULL);
  i->proxy = rd_sip_proxy_new(host, setup, &i->cookies, &c->proxy, &proxy_ops, i);
  i->dia = rd_dia_new(host, setup, &i->cookies, &i->dia_config, RD_DIA_CX, &dia_ops, i);
  return i;
}

static void start(void *self) {
  Icscf *i = self;
  if (!rd_dia_connect(i->dia, i->config->hss))
    i->host->log(i->host, RD_LOG_ERROR, "hss is missing, or on none of the node's networks");
}

static void receive(void *self, const RdMessage *message) {
  Icscf *i = self;
  if (!rd_dia_receive(i->dia, message))
    rd_sip_proxy_receive(i->proxy, message);
}

static void timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  rd_cookies_fire(&((Icscf *)self)->cookies, cookie);
}

static void close_icscf(void *self) {
  Icscf *i = self;
  rd_sip_proxy_free(i->proxy);
  rd_dia_free(i->dia);
  rd_table_free(i->queries);
  g_free(i);
}

static const RdCost costs[] = {RD_DIA_COSTS, RD_SIP_PROXY_COSTS, RD_COST_END};

RD_PART(RD_NODE, "i-cscf", "I-CSCF: asks the HSS which S-CSCF a request is for.",
        RD_CONFIG(IcscfConfig, params), RD_COSTS(costs),
        RD_ACTOR_OPS(.open = open_icscf, .start = start, .receive = receive, .timer = timer,
                     .close = close_icscf),
        .interface = RD_IF_MW);
