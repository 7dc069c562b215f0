/* hss.c - the home subscriber server: parameters, life, and what it can be told to do. */
#include "nodes/hss/hss.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "lab/base/slice.h"

#define DRAW_KEY 1

typedef enum { VERB_DEREGISTER = 0, VERB_PUSH } Verb;

typedef struct {
  int64_t subscriber;
  int reason; /* RD_CX_* reason codes */
} Deregister;

typedef struct {
  int64_t subscriber;
} Push;

static const char *const reasons[] = {"permanent-termination", "new-server-assigned",
                                      "server-change", "remove-server", NULL};

static const char *const handlings[] = {"continue", "terminate", NULL};

static const RdParam params[] = {
    RD_PARAM(
        HssConfig, "subscribers", RD_NODE_NAME, subscribers, "", 0, 0, "",
        "The population whose subscribers are provisioned here; for the reader of the topology."),
    RD_PARAM(HssConfig, "count", RD_INTEGER, count, "1000000", 1, 4e9, "",
             "Subscribers provisioned, from index 0; at least as many as there are phones."),
    RD_PARAM(HssConfig, "spread", RD_INTEGER, spread, "2", 1, 1000, "",
             "One number in so many belongs to a subscriber; as at the phones."),
    RD_PARAM(HssConfig, "secret", RD_TEXT, secret, "redoubt", 0, 0, "",
             "What the subscribers' keys are made of; as at the phones."),
    RD_PARAM(HssConfig, "realm", RD_TEXT, realm, RD_IMS_DOMAIN, 0, 0, "",
             "Realm in Diameter and in digests."),
    RD_DIA_ACCEPT_ROW(HssConfig, dia),
    RD_PARAM(HssConfig, "visited-networks", RD_LIST, visited, "", 0, 0, "",
             "From where subscribers may register; none: from everywhere."),
    RD_PARAM(HssConfig, "s-cscfs", RD_LIST, servers, "", 0, 0, "",
             "SIP URIs named in Server-Capabilities; none: the I-CSCF chooses from its own list."),
    RD_PARAM(HssConfig, "capability", RD_INTEGER, capability, "1", 0, 4294967295.0, "",
             "Mandatory-Capability that an S-CSCF must have, told where none is named."),
    RD_PARAM(HssConfig, "application-server", RD_TEXT, application_server, "", 0, 0, "",
             "SIP URI that every profile's initial filter criteria send a subscriber's calls, made "
             "and received, and registrations to; none: there are no criteria."),
    RD_CHOICE(HssConfig, "default-handling", default_handling, "continue", handlings,
              "What becomes of a call when that server is dead."),
    RD_PARAM(HssConfig, "vectors", RD_INTEGER, vectors, "1", 1, 5, "",
             "Authentication vectors given at once, at most."),
    RD_PARAM(
        HssConfig, "pin-server", RD_BOOL, pin_server, "true", 0, 0, "",
        "Refuses the SAR of another S-CSCF than the one assigned (TS 29.228 s6.1.2). false is the "
        "misconfiguration that lets any peer take a subscriber over."),
    RD_DIA_ROWS(HssConfig, dia),
    RD_PARAM_END};

static const RdDiaOps dia_ops;

static void open_counters(Hss *h) {
  RdHost *host = h->host;
  h->cost.lookup = host->operation(host, "subscriber-lookup");
  h->cost.write = host->operation(host, "subscriber-write");
  h->cost.vector = host->operation(host, "aka-vector");
  h->n.authorizations = host->counter(host, "authorizations");
  h->n.vectors = host->counter(host, "vectors");
  h->n.assignments = host->counter(host, "assignments");
  h->n.locations = host->counter(host, "locations");
  h->n.unknown = host->counter(host, "unknown-users");
  h->n.mismatched = host->counter(host, "identities-mismatched");
  h->n.resynchronised = host->counter(host, "resynchronisations");
  h->n.false_resynchronisations = host->counter(host, "resynchronisations-refused");
  h->n.stolen = host->counter(host, "assignments-refused");
  h->n.roaming_refused = host->counter(host, "roaming-refused");
  h->n.terminated = host->counter(host, "registrations-terminated");
  h->n.pushed = host->counter(host, "profiles-pushed");
}

static void *open_hss(RdHost *host, const void *config, const RdActorSetup *setup) {
  const HssConfig *c = config;
  HssDatabase *database = hss_database_new(c->secret, (uint64_t)c->spread, (uint64_t)c->count);
  const char *wrong = NULL;
  if (!database)
    wrong = "so many subscribers do not fit into ten digits";
  else if (setup->n_attachments == 0)
    wrong = "an HSS needs a network";
  else if (strlen(c->application_server) >= RD_IDENTITY_TEXT)
    wrong = "application-server is too long";
  if (wrong) {
    host->log(host, RD_LOG_ERROR, wrong);
    hss_database_free(database);
    return NULL;
  }
  Hss *h = g_new0(Hss, 1);
  h->host = host;
  h->config = c;
  h->dia_config = c->dia;
  h->dia_config.realm = c->realm;
  h->database = database;
  for (uint64_t i = 0; i < 2; i++)
    h->key[i] = host->random(host, 0, DRAW_KEY, i);
  open_counters(h);
  h->dia = rd_dia_new(host, setup, &h->cookies, &h->dia_config, RD_DIA_CX, &dia_ops, h);
  rd_dia_listen(h->dia);
  return h;
}

/* Calls of both kinds, and registrations: what a server of telephony services asks for. */
static void add_criteria(const HssConfig *c, RdFilterCriteria *ret) {
  *ret = (RdFilterCriteria){
      .ends_session = c->default_handling == 1,
      .n_points = 5,
      .points = {
          {.kind = RD_POINT_METHOD, .groups = 1 << 0, .text = "INVITE"},
          {.kind = RD_POINT_CASE, .groups = 1 << 0, .session_case = RD_CASE_ORIGINATING},
          {.kind = RD_POINT_METHOD, .groups = 1 << 1, .text = "INVITE"},
          {.kind = RD_POINT_CASE, .groups = 1 << 1, .session_case = RD_CASE_TERMINATING_REGISTERED},
          {.kind = RD_POINT_METHOD, .groups = 1 << 2, .text = "REGISTER"}}};
  g_strlcpy(ret->server, c->application_server, sizeof ret->server);
}

void hss_subscription(const Hss *h, uint64_t index, RdProfile *ret) {
  hss_profile(h->database, index, ret);
  if (h->config->application_server[0])
    add_criteria(h->config, &ret->criteria[ret->n_criteria++]);
}

static void on_request(void *user, const RdDiaReply *reply, const RdDiameter *request) {
  hss_cx(user, reply, request);
}

static void on_answer(void *user, uint64_t context, RdDiaOutcome outcome,
                      const RdDiameter *answer) {
  hss_cx_answer(user, context, outcome, answer);
}

static const RdDiaOps dia_ops = {.request = on_request, .answer = on_answer};

static void receive(void *self, const RdMessage *message) {
  rd_dia_receive(((Hss *)self)->dia, message);
}

static void timer(void *self, RdTimer id, uint64_t cookie) {
  (void)id;
  rd_cookies_fire(&((Hss *)self)->cookies, cookie);
}

static bool act(void *self, uint32_t verb, const void *arguments, char reply[RD_REPLY]) {
  Hss *h = self;
  const int64_t subscriber = verb == VERB_DEREGISTER ? ((const Deregister *)arguments)->subscriber
                                                     : ((const Push *)arguments)->subscriber;
  if (subscriber >= h->config->count) {
    snprintf(reply, RD_REPLY, "there are only %lld subscribers", (long long)h->config->count);
    return false;
  }
  const bool sent =
      verb == VERB_DEREGISTER
          ? hss_terminate(h, (uint64_t)subscriber,
                          (uint32_t)((const Deregister *)arguments)->reason, "by the operator")
          : hss_push(h, (uint64_t)subscriber);
  snprintf(reply, RD_REPLY, sent ? "sent to %s" : "no S-CSCF serves that subscriber%s",
           sent ? hss_server_host(h->database, (uint64_t)subscriber) : "");
  return sent;
}

static int truth(void *self, const char *kind, const char *subject) {
  const Hss *h = self;
  uint64_t index;
  if (g_strcmp0(kind, "identity-exists") != 0)
    return -1;
  return hss_find_public(h->database, rd_slice(subject), &index) != HSS_NOBODY ||
         hss_find_private(h->database, rd_slice(subject), &index);
}

static void close_hss(void *self) {
  Hss *h = self;
  rd_dia_free(h->dia);
  hss_database_free(h->database);
  g_free(h);
}

static const RdParam deregister_arguments[] = {
    RD_PARAM(Deregister, "subscriber", RD_INTEGER, subscriber, "0", 0, 4e9, "", "Its index."),
    RD_CHOICE(Deregister, "reason", reason, "permanent-termination", reasons,
              "Reason-Code (TS 29.229 s6.3.17)."),
    RD_PARAM_END};
static const RdParam push_arguments[] = {
    RD_PARAM(Push, "subscriber", RD_INTEGER, subscriber, "0", 0, 4e9, "", "Its index."),
    RD_PARAM_END};
static const RdVerb verbs[] = {
    [VERB_DEREGISTER] = RD_VERB("deregister", Deregister, deregister_arguments,
                                "Ends a subscriber's registration (RTR)."),
    [VERB_PUSH] =
        RD_VERB("push-profile", Push, push_arguments, "Sends a subscriber's profile again (PPR)."),
    RD_VERB_END};

static const RdCost costs[] = {{.operation = "aka-vector",
                                .base = "500 us",
                                .distribution = RD_COST_EXPONENTIAL,
                                .source = "estimate: an authentication centre's answer",
                                .help = "A vector, or a digest's HA1."},
                               {.operation = "subscriber-lookup",
                                .base = "300 us",
                                .source = "estimate: a database look-up",
                                .help = "The identities of a request looked up."},
                               {.operation = "subscriber-write",
                                .base = "200 us",
                                .source = "estimate: a database write",
                                .help = "A registration state written."},
                               RD_DIA_COSTS,
                               RD_COST_END};

RD_PART(RD_NODE, "hss", "HSS: who is subscribed, their keys, and who serves them, over Cx.",
        RD_CONFIG(HssConfig, params), RD_COSTS(costs), RD_VERBS(verbs),
        RD_ACTOR_OPS(.open = open_hss, .receive = receive, .timer = timer, .close = close_hss,
                     .truth = truth, .act = act),
        .interface = RD_IF_CX);
