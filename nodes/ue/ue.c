/* ue.c - the population: parameters, life cycle, and who gets what arrives. */
#include "nodes/ue/ue.h"

#include "lab/base/address.h"
#include "lab/base/slice.h"
#include "lab/sip/build.h"
#include "lab/stack/tcp_rows.h"
#include "lab/stack/timer_rows.h"

static const char *const identifier_names[] = {
    [IDENTIFIERS_DRAWN] = "drawn", [IDENTIFIERS_COUNTED] = "counted", NULL};

static const char *const reliable_names[] = {
    [RELIABLE_NO] = "no", [RELIABLE_YES] = "yes", [RELIABLE_REQUIRED] = "required", NULL};

static const RdParam params[] = {
    RD_PARAM(UeConfig, "subscribers", RD_INTEGER, subscribers, "100", 1, 4e6, "",
             "Phones in the population, each with an address of its own."),
    RD_PARAM(UeConfig, "first-subscriber", RD_INTEGER, first, "0", 0, 4e9, "",
             "Index of the first one in the registrar's provisioning."),
    RD_PARAM(UeConfig, "proxy", RD_NODE_NAME, proxy, "sbc", 0, 0, "",
             "Where every request is sent: SBC or P-CSCF."),
    RD_PARAM(UeConfig, "realm", RD_TEXT, realm, RD_IMS_DOMAIN, 0, 0, "", "Home network domain."),
    RD_PARAM(UeConfig, "spread", RD_INTEGER, spread, "2", 1, 1000, "",
             "One number in so many belongs to a subscriber; as at the registrar."),
    RD_PARAM(UeConfig, "secret", RD_TEXT, secret, "redoubt", 0, 0, "",
             "What the subscribers' keys are made of; as at the registrar."),
    RD_PARAM(UeConfig, "register-over", RD_DURATION, register_over, "5 s", 0, 86400, "s",
             "First registrations begin uniformly over this time."),
    RD_PARAM(
        UeConfig, "registrations", RD_NUMBER, registrations, "0", 0, 3600, "1/h",
        "Further initial registrations of a subscriber an hour: power cycles, changes of access."),
    RD_PARAM(UeConfig, "expires", RD_DURATION, expires, "600000 s", 60, 4294967295.0, "s",
             "Registration time asked for (TS 24.229)."),
    RD_PARAM(UeConfig, "register-patience", RD_DURATION, register_patience, "32 s", 1, 3600, "s",
             "A registration attempt without success after this time has failed."),
    RD_PARAM(UeConfig, "digest", RD_BOOL, digest, "false", 0, 0, "",
             "Answers digest challenges, too, by K in hex (`auth: digest` of the S-CSCF): phones "
             "without a USIM."),
    RD_PARAM(UeConfig, "retry-base", RD_DURATION, retry_base, "30 s", 1, 3600, "s",
             "Back-off after the first failed registration; doubles with each further one."),
    RD_PARAM(UeConfig, "retry-max", RD_DURATION, retry_max, "1800 s", 1, 86400, "s",
             "The longest back-off."),
    RD_PARAM(UeConfig, "bhca", RD_NUMBER, bhca, "12", 0, 36000, "1/h",
             "Call attempts of a subscriber an hour (busy-hour call attempts), Poisson."),
    RD_PARAM(UeConfig, "calls-from", RD_DURATION, calls_from, "10 s", 0, 86400, "s",
             "No call begins before this time."),
    RD_PARAM(UeConfig, "hold", RD_DURATION, hold, "10 s", 0.001, 86400, "s",
             "Mean holding time, exponential."),
    RD_PARAM(UeConfig, "hold-max", RD_DURATION, hold_max, "60 s", 0.001, 86400, "s",
             "Longer holding times are cut to this."),
    RD_PARAM(UeConfig, "ring-min", RD_DURATION, ring_min, "3 s", 0, 600, "s",
             "Shortest time before a callee answers or declines."),
    RD_PARAM(UeConfig, "ring-max", RD_DURATION, ring_max, "15 s", 0, 600, "s",
             "Longest; uniform between the two."),
    RD_PARAM(UeConfig, "ring-limit", RD_DURATION, ring_limit, "90 s", 1, 3600, "s",
             "A callee's phone stops ringing by itself after so long and answers 480."),
    RD_PARAM(UeConfig, "media-timeout", RD_DURATION, media_timeout, "20 s", 0.1, 3600, "s",
             "A phone that hears nothing from the other side of a call for so long hangs up."),
    RD_PARAM(UeConfig, "patience", RD_DURATION, patience, "30 s", 0.1, 600, "s",
             "A caller hangs up after so long without an answer."),
    RD_PARAM(UeConfig, "answered", RD_NUMBER, answered, "70", 0, 1e6, "",
             "Weight of calls answered."),
    RD_PARAM(UeConfig, "no-answer", RD_NUMBER, unanswered, "14", 0, 1e6, "",
             "Weight of calls not answered."),
    RD_PARAM(UeConfig, "busy", RD_NUMBER, busy, "7", 0, 1e6, "",
             "Weight of calls to a line busy elsewhere, besides those busy in the population."),
    RD_PARAM(UeConfig, "rejected", RD_NUMBER, rejected, "9", 0, 1e6, "",
             "Weight of calls declined."),
    RD_PARAM(UeConfig, "redials", RD_INTEGER, redials, "0", 0, 100, "",
             "Times a caller tries again within an attempt that the network failed."),
    RD_PARAM(UeConfig, "redial-after", RD_DURATION, redial_after, "5 s", 0.1, 600, "s",
             "How long a caller waits before that."),
    RD_CHOICE(UeConfig, "prack", reliable, "no", reliable_names,
              "Reliable provisional answers (RFC 3262): as callers can do them, or of all callers; "
              "one who cannot is answered 421 then."),
    RD_PARAM(
        UeConfig, "preconditions", RD_BOOL, preconditions, "false", 0, 0, "",
        "A callee rings when both bearers are there (RFC 3312); with the headers and codecs of an "
        "IR.92 phone. Takes prack."),
    RD_PARAM(UeConfig, "reservation", RD_DURATION, reservation, "150 ms", 0, 60, "s",
             "How long a phone's bearer takes to come."),
    RD_CHOICE(UeConfig, "identifiers", identifiers, "drawn", identifier_names,
              "Call-IDs, tags and branches: drawn at random, or counted, so that whoever knows how "
              "writes them down unseen (a weakness; lab/stack/counted.h)."),
    RD_SIP_PHONE_TIMERS(UeConfig, timers, ""),
    RD_SIP_TRANSPORT_ROWS(UeConfig, tcp,
                          "By what requests go, and how the Contact says a phone is reached."),
    RD_PARAM_END};

static uint64_t entities(const void *config) {
  return (uint64_t)((const UeConfig *)config)->subscribers;
}

static void on_request(void *user, RdSipTransaction *tx, const RdMessage *message) {
  ue_callee_request(user, tx, message);
}

/* A REGISTER's context is its registration, any other's its call. */
static void on_response(void *user, RdSipTransaction *tx, const RdMessage *message,
                        unsigned status) {
  void *context = rd_sip_context(tx);
  if (!context)
    return;
  if (rd_sip_tx_method(tx) == RD_SIP_REGISTER)
    rd_sip_registration_response(context, message, status);
  else if (rd_sip_tx_method(tx) != RD_SIP_CANCEL)
    ue_call_response(user, context, tx, message, status);
}

static void on_no_ack(void *user, RdSipTransaction *tx) {
  Call *call = rd_sip_context(tx);
  if (call)
    ue_callee_no_ack(user, call);
}

static void on_ended(void *user, RdSipTransaction *tx) {
  (void)user;
  Call *call = rd_sip_tx_method(tx) == RD_SIP_REGISTER ? NULL : rd_sip_context(tx);
  if (call && call->invite == tx)
    call->invite = NULL;
  if (call && call->bye == tx)
    call->bye = NULL;
  if (call)
    ue_early_forget(call, tx);
}

static const RdSipLayerOps layer_ops = {
    .request = on_request, .response = on_response, .no_ack = on_no_ack, .ended = on_ended};

static void guard_fired(void *self, uint64_t cookie) {
  Ue *ue = self;
  Call *call = ue_call_of_timer(ue, cookie);
  if (!call)
    return;
  call->guard = 0;
  if (call->outgoing)
    ue_caller_guard(ue, call);
  else
    ue_callee_guard(ue, call);
}

static void refresh_fired(void *self, uint64_t entity) {
  ue_register_again(self, entity);
}

static void open_timers(Ue *ue) {
  static const RdCookieFired fired[TIMER_KINDS] = {
      [TIMER_DUE] = ue_traffic_due,         [TIMER_CYCLE] = ue_traffic_cycle,
      [TIMER_REFRESH] = refresh_fired,      [TIMER_AGAIN] = ue_early_again,
      [TIMER_RESERVED] = ue_early_reserved, [TIMER_CALL] = ue_traffic_call,
      [TIMER_GUARD] = guard_fired};
  for (unsigned i = 1; i < TIMER_KINDS; i++)
    if (fired[i])
      ue->timers[i] = rd_cookies_own(&ue->cookies, i, fired[i], ue);
}

static void open_layer(Ue *ue) {
  const UeConfig *c = ue->config;
  RdSipTimers timers = c->timers;
  timers.t_d = 64 * timers.t1;
  /* A storm of registrations has one transaction a phone, a call at most a few. */
  const uint64_t room = MAX(ue->n * 4, 4096);
  ue->layer = rd_sip_layer_new(ue->host, &ue->cookies, &timers,
                               (uint32_t)MIN(room, UINT32_C(1) << 23), &layer_ops, ue);
}

/* A phone has one connection of its own to its proxy, and hears others at its port. */
static void open_tcp(Ue *ue) {
  rd_sip_layer_set_tcp(ue->layer, (uint32_t)ue->n);
  rd_sip_listen_tcp(ue->host, ue->setup);
  if (ue->config->tcp.keep_alive > 0)
    rd_sip_layer_keep_alive(ue->layer, &ue->cookies, ue->config->tcp.keep_alive);
}

static void open_counters(Ue *ue) {
  RdHost *h = ue->host;
  ue->counters.registered = h->counter(h, "registrations");
  ue->counters.failed = h->counter(h, "registrations-failed");
  ue->counters.refused = h->counter(h, "networks-refused");
  ue->counters.resync = h->counter(h, "resynchronisations");
  ue->counters.unregistered = h->counter(h, "calls-while-unregistered");
  ue->counters.busy = h->counter(h, "calls-to-busy");
  ue->counters.orphaned = h->counter(h, "calls-orphaned");
  ue->counters.foreign = h->counter(h, "messages-not-from-proxy");
  ue->counters.impossible = h->counter(h, RD_IMPOSSIBLE);
  ue->counters.unreserved = h->counter(h, "calls-without-bearers");
  ue->counters.unconfirmed = h->counter(h, "calls-without-prack");
  ue->counters.routes = h->counter(h, "service-routes-not-kept");
}

static RdSipRegistration *registration_of(void *user, uint64_t entity) {
  return ((Ue *)user)->subscribers[entity].registration;
}

static void open_registrant(Ue *ue) {
  const UeConfig *c = ue->config;
  ue->registrant = (RdSipRegistrant){.host = ue->host,
                                     .layer = ue->layer,
                                     .provision = &ue->provision,
                                     .first = (uint64_t)c->first,
                                     .realm = c->realm,
                                     .proxy = ue->proxy,
                                     .alias = c->tcp.alias,
                                     .expires = (uint32_t)(c->expires / RD_SECOND),
                                     .patience = c->register_patience,
                                     .digest = c->digest,
                                     .retry_base = c->retry_base,
                                     .retry_max = c->retry_max,
                                     .refused_counter = ue->counters.refused,
                                     .resync_counter = ue->counters.resync,
                                     .address = ue->setup->address,
                                     .done = ue_registered,
                                     .of = registration_of,
                                     .user = ue};
  rd_sip_registrant_claim(&ue->registrant, &ue->cookies);
}

/* NULL, or why the configuration makes no sense. */
static const char *objection(const Ue *ue) {
  const UeConfig *c = ue->config;
  if (ue->setup->n_attachments == 0)
    return "phones need a network";
  if (c->ring_min > c->ring_max)
    return "ring-min is above ring-max";
  if (c->preconditions && c->reliable == RELIABLE_NO)
    return "preconditions take prack (RFC 3312 s11)";
  if (c->answered + c->unanswered + c->busy + c->rejected <= 0)
    return "answered, no-answer, busy and rejected are all 0";
  return NULL;
}

static void close_population(void *self) {
  Ue *ue = self;
  for (uint64_t i = 0; i < ue->n; i++) {
    rd_sip_registration_free(ue->subscribers[i].registration);
    while (ue->subscribers[i].calls)
      ue_call_free(ue, ue->subscribers[i].calls);
  }
  rd_sip_layer_free(ue->layer);
  g_hash_table_destroy(ue->placed);
  g_ptr_array_free(ue->routes, TRUE);
  g_free(ue->due);
  g_free(ue->subscribers);
  g_free(ue);
}

static void *open_population(RdHost *host, const void *config, const RdActorSetup *setup) {
  const UeConfig *c = config;
  Ue *ue = g_new0(Ue, 1);
  ue->host = host;
  ue->config = c;
  ue->setup = setup;
  ue->n = setup->entities;
  ue->routes = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(ue->routes, g_strdup(""));
  const char *wrong = objection(ue);
  if (!wrong && !rd_provision_init(&ue->provision, c->secret, (uint64_t)c->spread,
                                   (uint64_t)c->first + ue->n))
    wrong = "so many subscribers do not fit into ten digits";
  if (wrong) {
    host->log(host, RD_LOG_ERROR, wrong);
    g_ptr_array_free(ue->routes, TRUE);
    g_free(ue);
    return NULL;
  }
  ue->subscribers = g_new0(Subscriber, ue->n);
  ue->placed = g_hash_table_new(g_str_hash, g_str_equal);
  open_counters(ue);
  open_layer(ue);
  open_timers(ue);
  return ue;
}

static void start(void *self) {
  Ue *ue = self;
  if (!ue->config->proxy || !ue->host->resolve(ue->host, 0, ue->config->proxy, &ue->proxy)) {
    ue->host->log(ue->host, RD_LOG_ERROR, "the proxy is not on the phones' network");
    return;
  }
  ue->proxy.transport = ue->config->tcp.transport == RD_SIP_BY_TCP ? RD_TCP : RD_UDP;
  open_registrant(ue);
  open_tcp(ue);
  ue_traffic_start(ue);
}

/* A connection comes from a port of its own. */
static bool is_proxy(const Ue *ue, const RdMessage *message) {
  return rd_address_same_ip(&message->remote, &ue->proxy) &&
         (message->conn || message->remote.port == ue->proxy.port);
}

/* Stands in for the security association: a phone hears nobody but its proxy. */
static void receive(void *self, const RdMessage *message) {
  Ue *ue = self;
  if (message->entity >= ue->n || (!message->sip && !message->conn))
    return;
  if (is_proxy(ue, message)) {
    rd_sip_layer_receive(ue->layer, message);
    return;
  }
  ue->host->count(ue->host, ue->counters.foreign, 1);
  if (message->kind == RD_OPENED)
    ue->host->close(ue->host, message->conn);
}

static void timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  rd_cookies_fire(&((Ue *)self)->cookies, cookie);
}

/* A call that is up when the trial ends has lost nothing: it wanted no more than it has had. */
static void cut_short(Call *call, RdTime now) {
  if (call->state == CALL_TALKING && call->parted == RD_NEVER)
    call->wanted = MIN(call->wanted, now - call->answered);
}

/* The trial is over. A call whose INVITE has its final answer is reported as far as it came; what
 * is still undecided is nobody's success and nobody's failure. */
static void stop(void *self) {
  Ue *ue = self;
  for (uint64_t i = 0; i < ue->n; i++)
    for (Call *call = ue->subscribers[i].calls, *next; call; call = next) {
      next = call->next;
      if (!call->outgoing || !call->status)
        continue;
      cut_short(call, ue->host->now(ue->host));
      ue_call_over(ue, call, RD_NEVER);
    }
}

RD_PART(RD_NODE, "ue",
        "A population of VoLTE phones: they register with AKA, call, ring, answer, hang up.",
        RD_CONFIG(UeConfig, params),
        RD_ACTOR_OPS(.open = open_population, .start = start, .receive = receive, .timer = timer,
                     .stop = stop, .close = close_population, .entities = entities),
        .interface = RD_IF_GM);
