/* tas.c - a telephony application server on ISC: a SIP proxy (TS 24.229 s5.7) between two looks of the S-CSCF at
 * its criteria, which forwards, bars, hides identities and charges. */
#include "nodes/tas/tas.h"

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/stack/tcp_rows.h"
#include "lab/stack/timer_rows.h"

#define DRAW_KEY 1
#define INDEX_TEXT 32
#define HISTORY_TEXT 2048

static const RdParam params[] = {
    RD_PARAM(TasConfig, "subscribers", RD_NODE_NAME, subscribers, "", 0, 0, "",
             "The population whose subscribers are served here; for the reader of the topology."),
    RD_PARAM(TasConfig, "count", RD_INTEGER, count, "1000000", 1, 4e9, "",
             "Subscribers provisioned, from index 0; as at the HSS."),
    RD_PARAM(TasConfig, "spread", RD_INTEGER, spread, "2", 1, 1000, "",
             "One number in so many belongs to a subscriber; as at the phones."),
    RD_PARAM(TasConfig, "secret", RD_TEXT, secret, "redoubt", 0, 0, "",
             "What the subscribers' identities are made of; as at the phones."),
    RD_PARAM(
        TasConfig, "services", RD_LIST, services, "", 0, 0, "",
        "Lines WHO SERVICE [TARGET]: WHO is *, an index or a range 3-7; SERVICE is cfu, cfb or "
        "cfnr with an index or a sip: URI as TARGET, or ocb, icb, acr, oir, oip-override."),
    RD_PARAM(TasConfig, "no-reply", RD_DURATION, no_reply, "20 s", 1, 180, "s",
             "How long a call that cfnr would forward may ring."),
    RD_PARAM(TasConfig, "diversions", RD_INTEGER, diversions, "5", 1, 100, "",
             "How often a call may be forwarded, here and before."),
    RD_PARAM(TasConfig, "calls", RD_INTEGER, calls, "100000", 1, 1e8, "",
             "Calls under way that are charged; past it the one heard of longest ago goes free."),
    RD_SIP_PROXY_ROWS(TasConfig, proxy),
    RD_SIP_TIMER_C(TasConfig, proxy),
    RD_SIP_TCP_ROWS(TasConfig, proxy.tcp),
    RD_PARAM_END};

static void answer(Tas *t, RdProxyRequest *r, uint16_t code, uint32_t counter) {
  t->host->count(t->host, counter, 1);
  r->action = RD_PROXY_ANSWER;
  r->code = code;
}

/* --- forwarding --- */

/* History-Info as it came. */
typedef struct {
  unsigned diversions; /* each has a cause */
  char last[INDEX_TEXT]; /* index; "": there was none */
  char all[HISTORY_TEXT]; /* the entries, and a comma; "": there was none */
  bool full;
} History;

static void read_entry(History *h, RdSlice entry) {
  RdSlice entry_params;
  const RdSlice uri = rd_sip_name_addr(entry, &entry_params);
  const char *semicolon = uri.len ? memchr(uri.at, ';', uri.len) : NULL;
  const RdSlice index = rd_sip_param(entry_params, "index");
  if (index.len > 0 && index.len < INDEX_TEXT)
    rd_slice_copy(index, h->last, INDEX_TEXT);
  if (semicolon &&
      rd_sip_param(rd_slice_of(semicolon, (size_t)(rd_slice_end(uri) - semicolon)), "cause").at)
    h->diversions++;
}

static void read_history(const RdSip *sip, History *ret) {
  RdText all = rd_text(ret->all, sizeof ret->all);
  ret->diversions = 0;
  ret->last[0] = 0;
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_HISTORY_INFO); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    for (RdSlice one = rd_sip_split(&rest); one.at; one = rd_sip_split(&rest)) {
      read_entry(ret, one);
      rd_text_slice(&all, one);
      rd_text_add(&all, ", ");
    }
  }
  ret->full = all.full;
}

/* RFC 7044: who was called, why not, and who is called instead. */
static void write_history(RdProxyRequest *r, const History *h, const char *target, unsigned cause) {
  const RdSlice was = r->message->sip->uri;
  const bool answered = r->tries > 0 && r->failed != 408;
  r->edits.full |= h->full;
  if (h->last[0])
    rd_proxy_edit(&r->edits, RD_EDIT_REPLACE, "History-Info", "%s<%s;cause=%u>;index=%s.1;mp=%s",
                  h->all, target, cause, h->last, h->last);
  else
    rd_proxy_edit(&r->edits, RD_EDIT_REPLACE, "History-Info",
                  "<%.*s%s>;index=1, <%s;cause=%u>;index=1.1;mp=1", (int)was.len, was.at,
                  answered ? "?Reason=SIP%3Bcause%3D486" : "", target, cause);
}

static void forward_to(Tas *t, RdProxyRequest *r, RdSlice user, const char *target,
                       unsigned cause) {
  char uri[RD_IDENTITY_TEXT + 16];
  History history;
  read_history(r->message->sip, &history);
  if (history.diversions >= t->config->diversions) {
    answer(t, r, cause == 486 ? 486 : 480, t->n.too_many);
    return;
  }
  write_history(r, &history, target, cause);
  RdText to = rd_text(uri, sizeof uri);
  rd_text_add(&to, target);
  rd_text_add(&to, ";cause="); /* RFC 4458 */
  rd_text_uint(&to, cause);
  rd_slice_copy(rd_slice_of(uri, to.len), t->target, sizeof t->target);
  r->uri = rd_slice(t->target);
  tas_charge(t, r->message->sip, TAS_DIVERTER, user, rd_slice(target));
  t->host->count(t->host, t->n.forwarded, 1);
}

/* --- identities --- */

static bool has_privacy(const RdSip *sip, const char *what) {
  for (const RdSipHeader *h = rd_sip_first(sip, RD_HDR_PRIVACY); h; h = rd_sip_next(sip, h)) {
    RdSlice rest = h->value;
    while (rest.len > 0) { /* priv-values are separated by semicolons: RFC 3323 s4.2 */
      const char *end = memchr(rest.at, ';', rest.len);
      const uint32_t len = end ? (uint32_t)(end - rest.at) : rest.len;
      if (rd_slice_is_nocase(rd_slice_trim(rd_slice_of(rest.at, len)), what))
        return true;
      rest = rd_slice_of(rest.at + len + (end != NULL), rest.len - len - (end != NULL));
    }
  }
  return false;
}

static bool is_anonymous(const RdSip *sip) {
  return has_privacy(sip, "id") || has_privacy(sip, "user") || has_privacy(sip, "header");
}

/* OIR in its permanent mode: the network keeps what it asserts to itself (RFC 3325 s9.3). */
static void restrict_identity(Tas *t, RdProxyRequest *r) {
  const RdSip *sip = r->message->sip;
  const RdSlice said = rd_sip_value(sip, RD_HDR_PRIVACY);
  if (has_privacy(sip, "id"))
    return;
  if (said.len > 0 && !has_privacy(sip, "none"))
    rd_proxy_edit(&r->edits, RD_EDIT_REPLACE, "Privacy", "%.*s;id", (int)said.len, said.at);
  else
    rd_proxy_edit(&r->edits, said.at ? RD_EDIT_REPLACE : RD_EDIT_ADD, "Privacy", "id");
  t->host->count(t->host, t->n.restricted, 1);
}

/* --- calls --- */

static void make_call(Tas *t, RdProxyRequest *r, RdSlice user, const TasSubscriber *who) {
  if (who->services & TAS_OCB) {
    answer(t, r, 603, t->n.barred);
    return;
  }
  if (who->services & TAS_OIR)
    restrict_identity(t, r);
  tas_charge(t, r->message->sip, TAS_CALLER, user, r->message->sip->uri);
}

static void get_call(Tas *t, RdProxyRequest *r, RdSlice user, const TasSubscriber *who) {
  const RdSip *sip = r->message->sip;
  if (r->tries > 0) { /* it was forwarded on, and failed in a way that is served */
    const unsigned cause = r->failed == 486 ? 486 : 408;
    forward_to(t, r, user, who->target[cause == 486 ? 1 : 2], cause);
    r->mark = 0;
    return;
  }
  if (who->services & TAS_ICB) {
    answer(t, r, 603, t->n.barred);
  } else if (who->services & TAS_ACR && is_anonymous(sip)) {
    answer(t, r, 433, t->n.anonymous); /* RFC 5079 */
  } else if (who->services & TAS_CFU) {
    forward_to(t, r, user, who->target[0], 302);
  } else {
    r->mark = who->services & (TAS_CFB | TAS_CFNR);
    r->patience = who->services & TAS_CFNR ? t->config->no_reply : 0;
    if (has_privacy(sip, "id") && !(who->services & TAS_OVERRIDE) &&
        rd_sip_first(sip, RD_HDR_P_ASSERTED_IDENTITY)) {
      rd_proxy_edit(&r->edits, RD_EDIT_REMOVE, "P-Asserted-Identity", NULL);
      t->host->count(t->host, t->n.hidden, 1);
    }
  }
}

static RdSlice served_user(const RdSip *sip, RdSlice *ret_params) {
  for (unsigned i = 0; i < sip->n_headers; i++)
    if (rd_slice_is_nocase(rd_sip_header(sip, i)->name, "P-Served-User"))
      return rd_sip_name_addr(rd_sip_header(sip, i)->value, ret_params);
  return (RdSlice){0};
}

static void on_call(Tas *t, RdProxyRequest *r) {
  RdSlice rest, user = served_user(r->message->sip, &rest);
  uint64_t index;
  TasSubscriber who;
  if (!user.at || !rd_provision_find_number(&t->provision, user, &index)) {
    t->host->count(t->host, t->n.unserved, 1);
    return;
  }
  t->host->count(t->host, t->n.served, r->tries == 0);
  tas_subscriber(t, index, &who);
  if (rd_slice_is_nocase(rd_sip_param(rest, "sescase"), "term"))
    get_call(t, r, user, &who);
  else if (!rd_sip_param(rest, "orig-cdiv").at)
    make_call(t, r, user, &who);
}

/* TS 24.229 s5.7.1.1: only an S-CSCF sends these. */
static void on_register(Tas *t, RdProxyRequest *r) {
  const RdSlice contact = rd_sip_value(r->message->sip, RD_HDR_CONTACT);
  if (contact.at && r->message->sip->expires > 0)
    rd_proxy_edit(&r->edits, RD_EDIT_ADD, "Contact", "%.*s;expires=%d", (int)contact.len,
                  contact.at, (int)r->message->sip->expires);
  answer(t, r, 200, t->n.told);
}

static void on_request(void *user, RdProxyRequest *r) {
  Tas *t = user;
  const RdSip *sip = r->message->sip;
  r->mark = 0;
  r->patience = 0;
  if (!r->tx)
    return;
  if (sip->method == RD_SIP_REGISTER && !r->route.at)
    on_register(t, r);
  else if (sip->method == RD_SIP_OPTIONS && r->for_self && !r->route.at)
    answer(t, r, 200, 0);
  else if (sip->method == RD_SIP_INVITE && !r->in_dialog)
    on_call(t, r);
  else if (sip->method == RD_SIP_BYE)
    tas_over(t, sip);
}

static void on_response(void *user, RdProxyResponse *r) {
  const unsigned status = r->message->sip->status;
  if (r->request->method == RD_SIP_INVITE && !r->request->to_tag.at && status >= 200)
    tas_answered(user, r->request, status);
}

static bool again(void *user, const RdProxyFailure *f) {
  (void)user;
  return (f->mark & TAS_CFB && f->status == 486) || (f->mark & TAS_CFNR && f->impatient);
}

static const RdSipProxyOps proxy_ops = {
    .request = on_request, .response = on_response, .again = again};

/* --- life --- */

static void open_counters(Tas *t) {
  RdHost *h = t->host;
  t->n.served = h->counter(h, "calls-served");
  t->n.unserved = h->counter(h, "calls-of-nobody");
  t->n.forwarded = h->counter(h, "calls-forwarded");
  t->n.barred = h->counter(h, "calls-barred");
  t->n.anonymous = h->counter(h, "anonymous-calls-refused");
  t->n.restricted = h->counter(h, "identities-restricted");
  t->n.hidden = h->counter(h, "identities-hidden");
  t->n.too_many = h->counter(h, "diversions-refused");
  t->n.told = h->counter(h, "registrations-heard");
  t->n.charged = h->counter(h, "calls-charged");
}

static void close_tas(void *self) {
  Tas *t = self;
  rd_sip_proxy_free(t->proxy);
  rd_table_free(t->calls);
  g_free(t);
}

static void *refuse(Tas *t, const char *what, const char *which) {
  g_autofree char *text = g_strconcat(what, which, NULL);
  t->host->log(t->host, RD_LOG_ERROR, text);
  close_tas(t);
  return NULL;
}

static void *open_tas(RdHost *host, const void *config, const RdActorSetup *setup) {
  const TasConfig *c = config;
  Tas *t = g_new0(Tas, 1);
  const char *line = "";
  t->host = host;
  t->config = c;
  if (setup->n_attachments == 0)
    return refuse(t, "an application server needs a network", "");
  if (!rd_provision_init(&t->provision, c->secret, (uint64_t)c->spread, (uint64_t)c->count))
    return refuse(t, "so many subscribers do not fit into ten digits", "");
  if (!tas_read(t, &line))
    return refuse(t, "not a service: ", line);
  const uint64_t key[2] = {host->random(host, 0, DRAW_KEY, 0), host->random(host, 0, DRAW_KEY, 1)};
  open_counters(t);
  tas_charging_open(t, key);
  t->proxy = rd_sip_proxy_new(host, setup, &t->cookies, &c->proxy, &proxy_ops, t);
  return t;
}

static void receive(void *self, const RdMessage *message) {
  rd_sip_proxy_receive(((Tas *)self)->proxy, message);
}

static void timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  rd_cookies_fire(&((Tas *)self)->cookies, cookie);
}

static const RdCost costs[] = {RD_SIP_PROXY_COSTS, RD_COST_END};

RD_PART(RD_NODE, "tas",
        "Telephony application server: forwards, bars, hides identities and charges, over ISC.",
        RD_CONFIG(TasConfig, params), RD_COSTS(costs),
        RD_ACTOR_OPS(.open = open_tas, .receive = receive, .timer = timer, .close = close_tas),
        .interface = RD_IF_ISC);
