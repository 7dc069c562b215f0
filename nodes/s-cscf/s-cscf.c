/* s-cscf.c - the serving CSCF: parameters, life, and the routing of calls (TS 24.229 s5.4.3). */
#include "nodes/s-cscf/s-cscf.h"

#include "lab/base/slice.h"
#include "lab/sip/scan.h"
#include "lab/sip/uri.h"
#include "lab/stack/tcp_rows.h"
#include "lab/stack/timer_rows.h"

#define DRAW_KEY 1

static const char *const auth_names[] = {"aka", "digest", "none", NULL};
static const char *const algorithm_names[] = {"MD5", "SHA-256", NULL};

static const char *const challenge_names[] = {
    [CHALLENGE_ALWAYS] = "always", [CHALLENGE_FIRST] = "first", NULL};
static const char *const nonce_names[] = {[NONCE_ONCE] = "once", [NONCE_AGAIN] = "again", NULL};
static const char *const half_open_names[] = {
    [HALF_OPEN_EVICT] = "evict", [HALF_OPEN_REFUSE] = "refuse", NULL};

static const RdParam params[] = {
    RD_PARAM(
        ScscfConfig, "subscribers", RD_NODE_NAME, subscribers, "", 0, 0, "",
        "The population whose subscribers are provisioned here; for the reader of the topology."),
    RD_PARAM(ScscfConfig, "count", RD_INTEGER, count, "1000000", 1, 4e9, "",
             "Subscribers provisioned, from index 0; at least as many as there are phones."),
    RD_PARAM(ScscfConfig, "spread", RD_INTEGER, spread, "2", 1, 1000, "",
             "One number in so many belongs to a subscriber; as at the phones."),
    RD_PARAM(ScscfConfig, "secret", RD_TEXT, secret, "redoubt", 0, 0, "",
             "What the subscribers' keys are made of; as at the phones."),
    RD_PARAM(ScscfConfig, "realm", RD_TEXT, realm, RD_IMS_DOMAIN, 0, 0, "", "Realm of challenges."),
    RD_PARAM(ScscfConfig, "hss", RD_NODE_NAME, hss, "", 0, 0, "",
             "The HSS that is asked over Cx; none: the subscribers are provisioned here."),
    RD_PARAM(ScscfConfig, "entry", RD_NODE_NAME, entry, "", 0, 0, "",
             "The I-CSCF that a subscriber's requests go on to; none: they end here."),
    RD_CHOICE(ScscfConfig, "auth", auth, "aka", auth_names,
              "How REGISTER is challenged: AKAv1-MD5, digest with K in hex as password, or not."),
    RD_CHOICE(ScscfConfig, "digest-algorithm", algorithm, "SHA-256", algorithm_names,
              "For auth: digest."),
    RD_PARAM(
        ScscfConfig, "give-keys", RD_BOOL, give_keys, "false", 0, 0, "",
        "A challenge by AKA has CK and IK, for a P-CSCF with sec-agree, which takes them out. A "
        "P-CSCF without it hands them to the phone, and to who listens."),
    RD_CHOICE(ScscfConfig, "challenge", challenged, "always", challenge_names,
              "Who is challenged: every REGISTER, or only those of who is not registered yet (a "
              "weakness: whoever names somebody who is, is believed)."),
    RD_CHOICE(ScscfConfig, "nonce", nonce_use, "once", nonce_names,
              "An answered nonce is used up, or good again while its challenge lasts (a weakness: "
              "what was overheard can be replayed)."),
    RD_PARAM(ScscfConfig, "impi-check", RD_BOOL, impi_check, "true", 0, 0, "",
             "Who proves to be one subscriber may register no other; false is a weakness."),
    RD_PARAM(ScscfConfig, "pin-digits", RD_INTEGER, pin_digits, "0", 0, 9, "",
             "For auth: digest: takes a PIN of so many digits beside the password (a weakness: it "
             "can be guessed); 0: does not."),
    RD_PARAM(ScscfConfig, "unknown-user-code", RD_INTEGER, unknown_user_code, "404", 400, 699, "",
             "Answer to the REGISTER of nobody; 403 tells an enumerator less than 404."),
    RD_PARAM(ScscfConfig, "await-auth", RD_DURATION, await_auth, "240 s", 1, 3600, "s",
             "How long a challenge may be answered (reg-await-auth, TS 24.229 table 7.8.1)."),
    RD_PARAM(ScscfConfig, "half-open", RD_INTEGER, pending, "100000", 1, 1e8, "",
             "Unanswered challenges remembered."),
    RD_CHOICE(ScscfConfig, "half-open-full", half_open_full, "evict", half_open_names,
              "When so many are: the oldest gives way, or whoever is new is answered 503 (a "
              "weakness: challenges that nobody means to answer then lock everybody out)."),
    RD_PARAM(ScscfConfig, "bindings", RD_INTEGER, bindings, "4000000", 1, 1e8, "",
             "Registrations remembered; past it the one used longest ago gives way."),
    RD_PARAM(ScscfConfig, "expires", RD_DURATION, expires, "600000 s", 1, 4294967295.0, "s",
             "Granted to who asks for nothing."),
    RD_PARAM(ScscfConfig, "expires-min", RD_DURATION, expires_min, "60 s", 0, 86400, "s",
             "Who asks for less is answered 423."),
    RD_PARAM(ScscfConfig, "expires-max", RD_DURATION, expires_max, "600000 s", 1, 4294967295.0, "s",
             "Who asks for more gets this."),
    RD_PARAM(ScscfConfig, "server-patience", RD_DURATION, server_patience, "4 s", 0, 300, "s",
             "How long an application server may be silent before it is passed over; 0: as long as "
             "SIP's own timers."),
    RD_PARAM(
        ScscfConfig, "watch-by-all", RD_BOOL, watch_by_all, "false", 0, 0, "",
        "Anybody may subscribe to anybody's registration state (a weakness: it tells where and "
        "when a subscriber is there)."),
    RD_DIA_ROWS(ScscfConfig, dia),
    RD_SIP_PROXY_ROWS(ScscfConfig, proxy),
    RD_SIP_TIMER_C(ScscfConfig, proxy),
    RD_SIP_TCP_ROWS(ScscfConfig, proxy.tcp),
    RD_PARAM_END};

static void answer(RdProxyRequest *r, uint16_t code) {
  r->action = r->tx ? RD_PROXY_ANSWER : RD_PROXY_DROP;
  r->code = code;
}

/* The asserted identity, or who the request says it is from. */
static RdSlice served_user(const RdSip *sip) {
  RdSlice rest = rd_sip_value(sip, RD_HDR_P_ASSERTED_IDENTITY), first = rd_sip_split(&rest);
  return first.at ? rd_sip_name_addr(first, NULL) : sip->from_uri;
}

/* s5.4.3.2: may the served user call at all? Not by an identity that is barred. */
static bool may_originate(Scscf *s, const RdSip *sip, uint64_t *ret_subscriber) {
  const Identity identity = scscf_find(s, served_user(sip), ret_subscriber);
  if (identity == IDENTITY_NUMBER && scscf_binding(s, *ret_subscriber))
    return true;
  const uint32_t why = identity == IDENTITY_TEMPORARY ? s->n.barred : s->n.foreign;
  s->host->count(s->host, why, 1);
  return false;
}

static bool is_originating(const RdProxyRequest *r) {
  const char *semicolon = r->own_route.len ? memchr(r->own_route.at, ';', r->own_route.len) : NULL;
  if (!semicolon)
    return false;
  size_t at = (size_t)(semicolon - r->own_route.at);
  return rd_sip_param(rd_slice_of(semicolon, r->own_route.len - at), "orig").at != NULL;
}

/* s5.4.3.3: to the application servers from `next` on, then to the contact, by the path that it registered
 * over. */
static void terminate(Scscf *s, RdProxyRequest *r, unsigned next) {
  uint64_t subscriber;
  const Identity identity = scscf_find(s, r->message->sip->uri, &subscriber);
  if (s->cx && identity == IDENTITY_UNKNOWN) { /* the HSS sent it here, or did before it ran out */
    s->host->count(s->host, s->n.not_registered, 1);
    answer(r, 480);
    return;
  }
  if (identity != IDENTITY_NUMBER) { /* who is barred cannot be told from nobody */
    s->host->count(s->host, identity == IDENTITY_TEMPORARY ? s->n.barred : s->n.not_found, 1);
    answer(r, 404);
    return;
  }
  const Binding *b = scscf_binding(s, subscriber);
  if (!b) {
    s->host->count(s->host, s->n.not_registered, 1);
    answer(r, 480);
    return;
  }
  if (scscf_serve(s, r, subscriber, r->message->sip->uri, RD_CASE_TERMINATING_REGISTERED, next))
    return;
  s->host->count(s->host, s->n.calls, 1);
  rd_proxy_edit(&r->edits, b->path[0] ? RD_EDIT_REPLACE : RD_EDIT_REMOVE, "Route", "%s", b->path);
  r->uri = rd_slice(b->contact);
}

/* s5.4.3.2: who is called may be another S-CSCF's. */
static void go_on(Scscf *s, RdProxyRequest *r) {
  if (s->entry.address.family != 0)
    r->next = s->entry.address;
  else
    terminate(s, r, 0);
}

static void route_initial(Scscf *s, RdProxyRequest *r) {
  const RdSip *sip = r->message->sip;
  uint64_t subscriber;
  unsigned next = 0;
  switch (scscf_returned(s, r, &next)) {
  case RETURNED_SERVED:
    return;
  case RETURNED_TO_ORIGINATE:
    go_on(s, r);
    return;
  case RETURNED_TO_TERMINATE:
    terminate(s, r, next);
    return;
  case RETURNED_GONE:
    s->host->count(s->host, s->n.not_registered, 1);
    answer(r, 480);
    return;
  case RETURNED_NOT:
    break;
  }
  if (!is_originating(r))
    terminate(s, r, 0);
  else if (!may_originate(s, sip, &subscriber))
    answer(r, 403);
  else if (!scscf_serve(s, r, subscriber, served_user(sip), RD_CASE_ORIGINATING, 0))
    go_on(s, r);
}

static void on_request(void *user, RdProxyRequest *r) {
  Scscf *s = user;
  const RdSip *sip = r->message->sip;
  if (sip->method == RD_SIP_REGISTER && r->tx) {
    scscf_register(s, r);
  } else if (r->for_self && !r->route.at && sip->method == RD_SIP_OPTIONS) {
    answer(r, 200);
  } else if (scscf_reg_subscribe(s, r)) {
    return;
  } else if (!r->in_dialog) { /* or else the route set knows */
    route_initial(s, r);
  }
}

static bool again(void *user, const RdProxyFailure *failure) {
  return scscf_passes_over(user, failure);
}

static void answered(void *user, uint64_t number, const RdMessage *message, unsigned status) {
  (void)message;
  Scscf *s = user;
  if (scscf_reg_is_notify(number))
    scscf_reg_notified(s, number, status);
  else
    scscf_told(s->services, number, status);
}

static const RdSipProxyOps proxy_ops = {
    .request = on_request, .again = again, .answered = answered};

static void half_open_evicted(void *value, void *user) {
  Scscf *s = user;
  (void)value;
  s->host->count(s->host, s->n.half_open_evicted, 1);
}

static void open_counters(Scscf *s) {
  RdHost *h = s->host;
  s->cost.aka_vector = h->operation(h, "aka-vector");
  s->cost.digest_challenge = h->operation(h, "digest-challenge");
  s->cost.digest_verify = h->operation(h, "digest-verify");
  s->cost.lookup = h->operation(h, "subscriber-lookup");
  s->cost.write = h->operation(h, "registrar-write");
  h->operation(h, "diameter-message"); /* of lab/stack's, where there is an HSS */
  s->n.challenges = h->counter(h, "challenges");
  s->n.registered = h->counter(h, "registrations");
  s->n.deregistered = h->counter(h, "deregistrations");
  s->n.failed = h->counter(h, "authentications-failed");
  s->n.unknown = h->counter(h, "unknown-users");
  s->n.resynchronised = h->counter(h, "resynchronisations");
  s->n.too_brief = h->counter(h, "registrations-too-brief");
  s->n.half_open_evicted = h->counter(h, "half-open-evicted");
  s->n.half_open_refused = h->counter(h, "half-open-refused");
  s->n.calls = h->counter(h, "requests-routed");
  s->n.not_registered = h->counter(h, "requests-to-unregistered");
  s->n.not_found = h->counter(h, "requests-to-unknown");
  s->n.foreign = h->counter(h, "requests-of-unregistered");
  s->n.barred = h->counter(h, "requests-barred");
}

/* NULL, or why the configuration makes no sense. */
static const char *objection(const ScscfConfig *c, const RdActorSetup *setup) {
  if (setup->n_attachments == 0)
    return "an S-CSCF needs a network";
  if (c->expires_min > c->expires_max)
    return "expires-min is above expires-max";
  return NULL;
}

static void *open_scscf(RdHost *host, const void *config, const RdActorSetup *setup) {
  const ScscfConfig *c = config;
  Scscf *s = g_new0(Scscf, 1);
  const char *wrong = objection(c, setup);
  if (!wrong &&
      !rd_provision_init(&s->provision, c->secret, (uint64_t)c->spread, (uint64_t)c->count))
    wrong = "so many subscribers do not fit into ten digits";
  if (wrong) {
    host->log(host, RD_LOG_ERROR, wrong);
    g_free(s);
    return NULL;
  }
  s->host = host;
  s->config = c;
  s->setup = setup;
  s->key[0] = host->random(host, 0, DRAW_KEY, 0);
  s->key[1] = host->random(host, 0, DRAW_KEY, 1);
  open_counters(s);
  s->pending = rd_table_new((uint32_t)c->pending, sizeof(Pending), s->key, half_open_evicted, s);
  s->bindings = rd_table_new((uint32_t)c->bindings, sizeof(Binding), s->key, NULL, NULL);
  rd_table_own(s->bindings, scscf_binding_gone);
  s->sqn = g_new0(uint64_t *, s->provision.count / SQN_PAGE + 1);
  s->proxy = rd_sip_proxy_new(host, setup, &s->cookies, &c->proxy, &proxy_ops, s);
  if (c->hss[0]) {
    s->cx = scscf_cx_new(s);
    s->services = scscf_services_new(s);
    s->reg_event = scscf_reg_event_new(s);
  }
  return s;
}

static void start(void *self) {
  Scscf *s = self;
  if (s->cx)
    scscf_cx_start(s->cx);
  if (s->config->entry[0])
    rd_next_hop_find(&s->entry, s->host, s->setup, s->config->entry, NULL);
}

static void receive(void *self, const RdMessage *message) {
  Scscf *s = self;
  if (!s->cx || !scscf_cx_receive(s->cx, message))
    rd_sip_proxy_receive(s->proxy, message);
}

static void timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  rd_cookies_fire(&((Scscf *)self)->cookies, cookie);
}

static void close_scscf(void *self) {
  Scscf *s = self;
  rd_sip_proxy_free(s->proxy);
  scscf_cx_free(s->cx);
  rd_table_free(s->pending);
  rd_table_free(s->bindings);
  scscf_services_free(s->services);
  scscf_reg_event_free(s->reg_event);
  scscf_free_sqn(s);
  g_free(s);
}

/* "IMSI:PASSWORD". */
static int is_password(const Scscf *s, const char *subject) {
  char real[SCSCF_PASSWORD];
  uint64_t index;
  const char *colon = strchr(subject, ':');
  if (!colon ||
      !rd_provision_find(&s->provision, rd_slice_of(subject, (size_t)(colon - subject)), &index))
    return 0;
  scscf_password(s, index, real);
  if (strcmp(colon + 1, real) == 0)
    return 1;
  return scscf_pin(s, index, real) && strcmp(colon + 1, real) == 0;
}

static int truth(void *self, const char *kind, const char *subject) {
  const Scscf *s = self;
  uint64_t index;
  if (s->cx)
    return -1;
  if (g_strcmp0(kind, "password") == 0)
    return is_password(s, subject);
  if (g_strcmp0(kind, "identity-exists") != 0)
    return -1;
  return rd_provision_find(&s->provision, rd_slice(subject), &index) ||
         rd_provision_find_number(&s->provision, rd_slice(subject), &index);
}

static const RdCost costs[] = {{.operation = "aka-vector",
                                .base = "3 ms",
                                .distribution = RD_COST_EXPONENTIAL,
                                .source = "estimate: a vector fetched from the HSS",
                                .help = "A challenge by AKA."},
                               {.operation = "subscriber-lookup",
                                .base = "300 us",
                                .source = "estimate: a database look-up",
                                .help = "An identity looked up."},
                               {.operation = "registrar-write",
                                .base = "200 us",
                                .source = "estimate: a database write",
                                .help = "A REGISTER that was authenticated."},
                               {.operation = "digest-challenge", .help = "A challenge by digest."},
                               {.operation = "digest-verify", .help = "A response checked."},
                               RD_DIA_COSTS,
                               RD_SIP_PROXY_COSTS,
                               RD_COST_END};

RD_PART(RD_NODE, "s-cscf", "S-CSCF: registrar with IMS AKA, and the home network's call routing.",
        RD_CONFIG(ScscfConfig, params), RD_COSTS(costs),
        RD_ACTOR_OPS(.open = open_scscf, .start = start, .receive = receive, .timer = timer,
                     .close = close_scscf, .truth = truth),
        .interface = RD_IF_MW);
